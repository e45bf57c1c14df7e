import { createHash, randomFillSync } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Association, connect, type IpAddress, type PathEvent } from "usctp";
import { UdpTransport } from "usctp/driver";
import type { Sides } from "./addresses.ts";
import { PORT } from "./conversation.ts";
import { CuttableTransport } from "./cuttable-transport.ts";
import type { Finished, ReceivingProcess } from "./receiving-process.ts";

export const TOTAL = 67_108_864;
const MESSAGE = 65_536;

/** The primary is cut when half is acknowledged, and healed when three quarters are. */
const CUT_AT = TOTAL / 2;
const HEAL_AT = (TOTAL / 4) * 3;

/** Then data only trickles, so that some is under way when the primary comes back: ms between two small messages. */
const TRICKLE_INTERVAL = 20;
const TRICKLE = 8_192;
/** ms; then the return is not waited for any longer. Heartbeats of a failed path are an RTO apart: 2, 4, 8 s. */
const TRICKLE_LIMIT = 6_000;

/** HB.interval, ms: so that an idle path is asked within the demonstration. 30,000 is the protocol's own. */
const HEARTBEAT_INTERVAL = 500;

/** A point of the transfer: ms from its beginning, and bytes acknowledged by then. */
export interface Mark {
  readonly at: number;
  readonly acknowledged: number;
}

/** What has happened so far. */
export interface Marks {
  cut?: Mark;
  /** The primary was given up: its data goes by another path. */
  failover?: Mark;
  healed?: Mark;
  /** The primary has answered again, and data goes by it. */
  returned?: Mark;
  end?: Mark;
}

export interface TransferEvents {
  /** Something worth a line. */
  tell(at: number, text: string): void;
}

/** What came of it. */
export interface Outcome {
  readonly sent: string;
  readonly received: Finished;
  /** Where the data went in place of the primary. */
  readonly alternate: IpAddress | undefined;
  /** Bytes that the primary has carried since data went by it again. */
  readonly carriedSinceReturn: number;
}

/** The sending side: an association to the receiving process, and the play of three acts. */
export class Transfer {
  readonly association: Association;
  readonly marks: Marks = {};
  readonly primary: IpAddress;
  readonly #transport: CuttableTransport;
  readonly #receiver: ReceivingProcess;
  readonly #events: TransferEvents;
  readonly #ended: AbortController = new AbortController();
  readonly #data: Buffer;
  #start = 0;
  #sent = 0;
  #alternate: IpAddress | undefined;
  #carriedBeforeReturn = 0;

  private constructor(
    parts: {
      readonly association: Association;
      readonly transport: CuttableTransport;
      readonly data: Buffer;
      readonly receiver: ReceivingProcess;
    },
    events: TransferEvents,
  ) {
    this.association = parts.association;
    this.#transport = parts.transport;
    this.#data = parts.data;
    this.#receiver = parts.receiver;
    this.#events = events;
    this.primary = primaryOf(parts.association);
    this.association.on("path", (event) => this.#onPath(event));
    this.association.on("close", ({ error }) => {
      this.#ended.abort(error ?? new Error("the association was closed in the middle of the transfer"));
    });
    parts.receiver.finished.catch((error) => this.#ended.abort(error));
  }

  /** Opens the association. */
  static async begin(sides: Sides, receiver: ReceivingProcess, events: TransferEvents): Promise<Transfer> {
    const data = randomFillSync(Buffer.allocUnsafe(TOTAL));
    const udpPort = await receiver.listening;
    const transport = new CuttableTransport(await UdpTransport.open({ port: 0, addresses: sides.sender }));
    const association = await connect({
      port: PORT,
      addresses: sides.receiver,
      udpPort,
      transport,
      heartbeatInterval: HEARTBEAT_INTERVAL,
      // What RFC 9260 and RFC 7829 have by themselves; with it the cut would be over in some 50 ms, too short to be watched.
      tailLossProbes: false,
    });
    return new Transfer({ association, transport, data, receiver }, events);
  }

  /** ms since the beginning. */
  get now(): number {
    return performance.now() - this.#start;
  }

  /** Bytes that the peer has acknowledged. */
  get acknowledged(): number {
    return this.#sent - this.association.bufferedBytes;
  }

  async run(): Promise<Outcome> {
    // Beforehand, so that only the receiver hashes while the clock runs.
    const sent = createHash("sha256").update(this.#data).digest("hex");
    this.#start = performance.now();
    await this.#sendUntil(() => this.acknowledged >= CUT_AT);
    this.#cut();
    await this.#sendUntil(() => this.acknowledged >= HEAL_AT);
    this.#heal();
    await this.#trickleUntil(() => this.marks.returned !== undefined || this.marks.failover === undefined);
    await this.#sendUntil(() => false);
    await this.association.flush();
    this.#mark("end");
    await this.association.close();
    const received = await this.#receiver.finished;
    const carried = received.sight.carried[this.primary] ?? 0;
    const carriedSinceReturn = carried - this.#carriedBeforeReturn;
    return { sent, received, alternate: this.#alternate, carriedSinceReturn };
  }

  /** As fast as the association takes it, until `done` or until everything is sent. */
  async #sendUntil(done: () => boolean): Promise<void> {
    while (!done() && this.#sent < TOTAL) {
      if (!this.#sendNext(MESSAGE))
        await this.#orEnded(once(this.association, "drain", { signal: this.#ended.signal }));
    }
  }

  async #trickleUntil(done: () => boolean): Promise<void> {
    const begin = this.now;
    while (!done() && this.#sent < TOTAL && this.now - begin < TRICKLE_LIMIT) {
      this.#sendNext(TRICKLE);
      await this.#orEnded(sleep(TRICKLE_INTERVAL, undefined, { signal: this.#ended.signal }));
    }
  }

  #sendNext(most: number): boolean {
    const message = this.#data.subarray(this.#sent, this.#sent + most);
    this.#sent += message.length;
    return this.association.trySend(message);
  }

  /** A wait that ends with the association says how that ended. */
  async #orEnded(wait: Promise<unknown>): Promise<void> {
    try {
      await wait;
    } catch (error) {
      throw this.#ended.signal.aborted ? this.#ended.signal.reason : error;
    }
  }

  #cut(): void {
    this.#transport.cut(this.primary);
    this.#receiver.tell({ type: "cut", address: this.primary });
    this.#mark("cut", `cut: whatever goes to or comes from ${this.primary} vanishes, and nobody says so`);
  }

  #heal(): void {
    this.#transport.heal();
    this.#receiver.tell({ type: "heal" });
    this.#mark("healed", `healed: ${this.primary} is reachable again, which a heartbeat has to find out`);
  }

  #onPath({ change, path }: PathEvent): void {
    const { cut, failover, healed, returned } = this.marks;
    if (path.destination !== this.primary) return;
    if (change === "potentially-failed" && cut !== undefined && failover === undefined) {
      this.#alternate = this.association.paths.find((other) => other.state === "active")?.destination;
      const where = this.#alternate ?? "no other path";
      this.#mark(
        "failover",
        `failover: nothing acknowledged for one RTO, so data goes to ${where} (RFC 7829)`,
      );
    } else if (change === "active" && healed !== undefined && returned === undefined) {
      this.#carriedBeforeReturn = this.#receiver.sight.carried[this.primary] ?? 0;
      this.#mark("returned", `return: ${this.primary} has answered a heartbeat, and data goes to it again`);
    }
  }

  #mark(name: keyof Marks, text?: string): void {
    const mark = { at: this.now, acknowledged: this.acknowledged };
    this.marks[name] = mark;
    if (text !== undefined) this.#events.tell(mark.at, text);
  }
}

function primaryOf(association: Association): IpAddress {
  const primary = association.paths.find((path) => path.primary);
  if (primary === undefined) throw new Error("the association has no primary path");
  return primary.destination;
}
