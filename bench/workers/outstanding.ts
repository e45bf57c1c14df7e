import type { AssociationConfig } from "../../src/association/config.ts";
import type { Association } from "../../src/stack/index.ts";
import {
  connectTo,
  coreSide,
  nextPacket,
  type Packet,
  plainMessage,
  readable,
  type Side,
} from "./core-pair.ts";

/** Bytes: small, so that many chunks are outstanding in a window of a usual size. */
const SIZE = 16;
const BUFFER = 67_108_864;
/** Messages that wait to be sent, at least: packets are always full. */
const QUEUED = 200;
/** Many more round trips than slow start needs. */
const BEGINNING = 200_000;

const config: Partial<AssociationConfig> = { receiveBuffer: BUFFER, sendBuffer: BUFFER, pathMtu: 1_500 };
const message = plainMessage(new Uint8Array(SIZE));

/**
 * A sender with a constant number of chunks outstanding: packets on their way stand in a queue of that length. What is
 * timed is the sender's part alone.
 */
export class OutstandingChunks {
  readonly #a: Side = coreSide("10.0.0.1", config);
  readonly #z: Side = coreSide("10.0.0.2", config);
  readonly #association: Association;
  readonly #onTheWay: Packet[] = [];
  readonly #outstanding: number;
  #sent = 0;
  #arrived = 0;
  #now = 0;

  /** With so many chunks outstanding, once they are. */
  constructor(outstanding: number) {
    this.#outstanding = outstanding;
    this.#association = connectTo(this.#a, this.#z, this.#now);
    for (let i = 0; i < 4; i++) {
      this.#carry(this.#a, this.#z);
      this.#carry(this.#z, this.#a);
    }
    for (let i = 0; i < BEGINNING && this.#sent - this.#arrived < outstanding; i++) this.step();
    if (this.#sent - this.#arrived < outstanding)
      throw new Error(`there are never ${outstanding} outstanding`);
    // As long again, so that what is being built up is over.
    for (let i = 0; i < this.#onTheWay.length; i++) this.step();
  }

  /** One packet arrives, and what acknowledges it. Gives the ms of the sender, and the messages they are for. */
  step(): { readonly ms: number; readonly messages: number } {
    this.#now += 0.01;
    const before = this.#arrived;
    const packet = this.#onTheWay.shift();
    if (packet !== undefined) this.#z.stack.handleDatagram(this.#now, packet);
    for (const association of readable(this.#z.stack)) {
      while (association.receive() !== undefined) this.#arrived += 1;
    }
    const answers: Packet[] = [];
    for (let sack = nextPacket(this.#z.stack, this.#now); sack !== undefined; ) {
      answers.push(sack);
      sack = nextPacket(this.#z.stack, this.#now);
    }
    const begin = performance.now();
    for (const answer of answers) this.#a.stack.handleDatagram(this.#now, answer);
    this.#send();
    const ms = performance.now() - begin;
    readable(this.#a.stack);
    return { ms, messages: this.#arrived - before };
  }

  /** Fills the queue of what is on its way, as far as the congestion window allows. */
  #send(): void {
    const { stack } = this.#a;
    while (this.#sent - this.#arrived < this.#outstanding) {
      while (this.#association.bufferedBytes < SIZE * (QUEUED + this.#outstanding)) {
        this.#association.send(this.#now, message);
      }
      const packet = nextPacket(stack, this.#now);
      if (packet === undefined) return;
      this.#onTheWay.push(packet);
      this.#sent += Math.floor(packet.bytes.length / (SIZE + 16));
    }
  }

  #carry(from: Side, to: Side): void {
    for (let packet = nextPacket(from.stack, this.#now); packet !== undefined; ) {
      to.stack.handleDatagram(this.#now, packet);
      packet = nextPacket(from.stack, this.#now);
    }
    readable(from.stack);
  }
}
