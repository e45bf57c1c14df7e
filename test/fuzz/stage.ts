import { createHmac } from "node:crypto";
import { message, Random } from "@usctp/sim";
import { type AssociationConfig, defaultConfig } from "../../src/association/config.ts";
import { offeringParameters } from "../../src/association/extension/capabilities.ts";
import { schedulerNames } from "../../src/association/send/schedulers/create.ts";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { writeChecksum } from "../../src/base/crc32c.ts";
import type { Environment } from "../../src/base/environment.ts";
import { asTsn, type Tsn, tsnAdd } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { InitBody } from "../../src/packet/chunks/init-body.ts";
import { type DecodedPacket, decodePacket } from "../../src/packet/packet.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { PacketWriter } from "../../src/packet/writer.ts";
import { type Association, type Endpoint, Stack } from "../../src/stack/index.ts";
import type { ReachableState } from "../support/reach-state.ts";
import { hold } from "./target.ts";

function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

export const OURS: readonly IpAddress[] = [ip("10.0.0.1"), ip("10.1.0.1")];
export const PEER: readonly [IpAddress, IpAddress] = [ip("10.0.0.2"), ip("10.1.0.2")];
export const STRANGER: IpAddress = ip("10.9.9.9");
const HONEST = ip("10.0.0.3");
const PORT = 5_001;
const PEER_PORT = 5_002;
const UDP_PORT = 9_899;
export const PEER_TAG = 0x0a0b0c0d;
export const PEER_TSN = 1_000;
const HEADER = 12;
const BUFFER = 65_535;

/** What one step may make the stack send, or say, before it is taken to have no end. */
const MOST_OUTPUTS = 20_000;
/** Timers that may expire in one step. */
const MOST_TIMERS = 20_000;
/** Chunks that a peer might still answer. */
const MOST_UNANSWERED = 16;
/** Bytes over the receive buffer that may wait: what was under way when it became full. */
const OVER_WINDOW = 200_000;

/**
 * Chance by a seed: numbers of 32 bits, tags and TSNs, are the same whatever else was drawn. SHA-256 is
 * the real one, for a cookie that nobody signed must get nowhere; SHA-1, which signs packets alone (RFC
 * 4895), is 20 zeros, so that what is behind AUTH is reached, too.
 */
function environmentOf(label: string): Environment {
  const numbers = Random.of(1, `${label} numbers`);
  const others = Random.of(1, label);
  return {
    randomBytes: (count) => (count === 4 ? numbers : others).bytes(count),
    hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest(),
    hmacSha1: () => new Uint8Array(20),
  };
}

/** Bits of the first byte of an input. */
export const Head = {
  INTERLEAVING: 1,
  AUTHENTICATION: 2,
  ADDRESSES: 4,
  NO_RELIABILITY: 8,
  NO_RECONFIGURATION: 16,
  PARTS: 32,
  PLAIN_PEER: 64,
  NOT_READING: 128,
} as const;
/** Of the second. */
export const Head2 = {
  ZERO_CHECKSUM: 1,
  NAT: 2,
  SMALL_BUFFERS: 4,
  ADAPTATION: 8,
  SCHEDULER: 48,
  DATA_SENT: 64,
  TO_THE_END: 128,
} as const;

function configOf(first: number, second: number): AssociationConfig {
  const has = (bit: number): boolean => (first & bit) !== 0;
  const has2 = (bit: number): boolean => (second & bit) !== 0;
  const { HEARTBEAT, FORWARD_TSN } = ChunkType;
  return {
    ...defaultConfig,
    interleaving: has(Head.INTERLEAVING),
    authentication: has(Head.AUTHENTICATION)
      ? {
          keys: new Map(),
          activeKey: 0,
          deactivatedKeys: [],
          requiredChunks: [HEARTBEAT, FORWARD_TSN],
          hmacs: [1],
        }
      : undefined,
    addressReconfiguration: has(Head.ADDRESSES) ? "unauthenticated" : false,
    partialReliability: !has(Head.NO_RELIABILITY),
    reconfiguration: !has(Head.NO_RECONFIGURATION),
    fragmentInterleave: has(Head.PARTS),
    partialDeliveryPoint: has(Head.PARTS) ? 150 : Number.POSITIVE_INFINITY,
    zeroChecksum: has2(Head2.ZERO_CHECKSUM),
    nat: has2(Head2.NAT),
    receiveBuffer: has2(Head2.SMALL_BUFFERS) ? 4_096 : 1_048_576,
    sendBuffer: has2(Head2.SMALL_BUFFERS) ? 4_096 : 1_048_576,
    adaptation: has2(Head2.ADAPTATION) ? 7 : undefined,
    scheduler: schedulerNames[(second & Head2.SCHEDULER) >> 4] ?? "fcfs",
  };
}

/** Bytes of chunks without a common header: what steps have. */
export function chunkBytes(...chunks: readonly Chunk[]): Uint8Array {
  return packetOf(0, chunks).slice(HEADER);
}

const scratch = new Uint8Array(BUFFER);
/** What the stack of the moment writes its packet into. */
const sending = new Uint8Array(BUFFER);

function packetOf(tag: number, chunks: readonly Chunk[]): Uint8Array {
  const writer = new PacketWriter();
  writer.reset(scratch, scratch.length, { sourcePort: PEER_PORT, destinationPort: PORT, tag });
  for (const chunk of chunks) if (!writer.add(chunk)) throw new Error(`${chunk.type} does not fit`);
  return scratch.slice(0, writer.finish());
}

/** A common header with the right ports, this tag and the right checksum, or none. */
function withHeader(tag: number, chunks: Uint8Array, isChecked: boolean): Uint8Array {
  const packet = new Uint8Array(HEADER + chunks.length);
  packet.set(packetOf(tag, []));
  packet.set(chunks, HEADER);
  packet.fill(0, 8, HEADER);
  if (isChecked) writeChecksum(packet, packet.length);
  return packet;
}

export interface Way {
  readonly source?: IpAddress;
  readonly udpPort?: number;
  readonly tag?: number;
  readonly checksum?: boolean;
}

/**
 * One stack with two associations: that of the fuzzer, in some state of its life, and that of an honest
 * neighbour. No driver and no network: datagrams are handed over at once, and a clock that is told to go
 * on.
 */
export class Stage {
  readonly stack: Stack;
  readonly endpoint: Endpoint;
  readonly victim: Association | undefined;
  readonly config: AssociationConfig;
  now = 1_000;
  /** The tag that the stack wants to see, once it has told it. */
  peerTag = 0;
  /** The TSN that the stack begins with. */
  ourTsn: Tsn = asTsn(0);
  /** The cookie that it made last. */
  cookie: Uint8Array = new Uint8Array(0);
  readonly #honestStack: Stack = new Stack({ environment: environmentOf("honest") });
  readonly #honest: Association;
  readonly #reading: boolean;
  readonly #toTheEnd: boolean;
  readonly #plainPeer: boolean;
  #honestHeard = 0;
  #heardFromHonest = 0;
  #theirs: Association | undefined;
  #lastSent: DecodedPacket | undefined;
  /** Bound: MOST_UNANSWERED, the last ones. */
  readonly #unanswered: Chunk[] = [];

  constructor(head: Uint8Array, state: ReachableState | undefined) {
    const [first = 0, second = 0] = head;
    this.config = configOf(first, second);
    this.#reading = (first & Head.NOT_READING) === 0;
    this.#toTheEnd = (second & Head2.TO_THE_END) !== 0;
    this.#plainPeer = (first & Head.PLAIN_PEER) !== 0;
    this.stack = new Stack({ environment: environmentOf("stack"), errorDetection: "dtls" });
    this.endpoint = this.stack.createEndpoint({
      port: PORT,
      addresses: OURS,
      listening: true,
      config: this.config,
    });
    this.#honestStack.createEndpoint({
      port: PEER_PORT,
      addresses: [HONEST],
      listening: true,
      config: defaultConfig,
    });
    this.#honest = this.#connect([HONEST], defaultConfig);
    this.drain();
    hold(this.#honest.state === "established", "the stage: the neighbour is not established");
    this.victim = state === undefined ? undefined : this.#reach(state, (second & Head2.DATA_SENT) !== 0);
  }

  #connect(addresses: readonly IpAddress[], config: AssociationConfig): Association {
    return this.endpoint.connect(this.now, { port: PEER_PORT, addresses, udpPort: UDP_PORT, config });
  }

  /** As far as that state, by what the peer sends, or does not send. */
  #reach(state: ReachableState, isDataSent: boolean): Association {
    const victim = this.#connect(PEER, this.config);
    const init = this.#await("INIT");
    if (init.type !== "INIT") throw new Error("unreachable");
    this.peerTag = init.initiateTag;
    this.ourTsn = init.initialTsn;
    if (state === "cookie-wait") return victim;
    const cookie = { type: "STATE-COOKIE", cookie: Uint8Array.of(1, 2, 3, 4) } as const;
    this.feed({ type: "INIT-ACK", ...this.initBody([cookie]) });
    this.#await("COOKIE-ECHO");
    if (state === "cookie-echoed") return victim;
    this.feed({ type: "COOKIE-ACK" });
    this.drain();
    const shutdown = { type: "SHUTDOWN", cumulativeTsn: tsnAdd(this.ourTsn, -1) } as const;
    const hasData = isDataSent || state === "shutdown-pending" || state === "shutdown-received";
    if (hasData && state !== "shutdown-sent" && state !== "shutdown-ack-sent") {
      for (const stream of [0, 1, 0]) victim.send(this.now, message(new Uint8Array(2_000), { stream }));
      this.drain();
    }
    if (state === "shutdown-pending" || state === "shutdown-sent") victim.shutdown(this.now);
    if (state === "shutdown-received" || state === "shutdown-ack-sent") this.feed(shutdown);
    this.drain();
    hold(victim.state === state, () => `the stage: it is in ${victim.state}, not in ${state}`);
    return victim;
  }

  #await(type: Chunk["type"]): Chunk {
    this.#lastSent = undefined;
    this.drain();
    const found = (this.#lastSent as DecodedPacket | undefined)?.chunks.find((chunk) => chunk.type === type);
    if (found === undefined || found.type === "MALFORMED") throw new Error(`the stage: no ${type}`);
    return found;
  }

  /** What the peer puts into INIT and INIT ACK: it offers what we do. */
  initBody(more: readonly Parameter[] = []): InitBody {
    const auth: readonly Parameter[] =
      this.config.authentication === undefined
        ? []
        : [
            { type: "RANDOM", random: new Uint8Array(32).fill(7) },
            { type: "CHUNKS", chunkTypes: [ChunkType.HEARTBEAT] },
            { type: "HMAC-ALGO", identifiers: [1] },
          ];
    const offered = this.#plainPeer ? [] : [...offeringParameters(this.config), ...auth];
    return {
      initiateTag: PEER_TAG,
      receiverWindow: 100_000,
      outboundStreams: 10,
      inboundStreams: 10,
      initialTsn: asTsn(PEER_TSN),
      parameters: [...more, ...offered],
    };
  }

  feed(...chunks: readonly Chunk[]): void {
    this.#hand(packetOf(this.peerTag, chunks), {});
  }

  /** A packet of these chunks, with a header and the right checksum. */
  packet(chunks: Uint8Array, way: Way = {}): void {
    this.#hand(withHeader(way.tag ?? this.peerTag, chunks, way.checksum ?? true), way);
  }

  /** A whole packet; its checksum is made right. */
  raw(bytes: Uint8Array, way: Way = {}): void {
    const packet = bytes.slice();
    if (packet.length >= HEADER) {
      packet.fill(0, 8, HEADER);
      writeChecksum(packet, packet.length);
    }
    this.#hand(packet, way);
  }

  #hand(bytes: Uint8Array, { source = PEER[0], udpPort = UDP_PORT }: Way): void {
    const destination = source === PEER[1] ? OURS[1] : OURS[0];
    if (destination === undefined) return;
    this.stack.handleDatagram(this.now, { bytes, source, sourcePort: udpPort, destination });
  }

  /** Packets, events and messages until there are none. */
  drain(): void {
    let outputs = 0;
    for (let moved = true; moved; ) {
      moved = false;
      for (const stack of [this.stack, this.#honestStack]) {
        while (this.#transmit(stack)) {
          moved = true;
          hold(++outputs < MOST_OUTPUTS, "packets without end");
        }
        for (let event = stack.pollEvent(); event !== undefined; event = stack.pollEvent()) {
          hold(++outputs < MOST_OUTPUTS, "events without end");
          if (stack === this.#honestStack) this.#theirs = event.association;
          if (event.type === "readable" || stack === this.#honestStack) this.#read(stack, event.association);
          if (event.type === "route") {
            stack.handleRoute(this.now, { destination: event.destination, source: OURS[0] });
            moved = true;
          }
        }
      }
    }
  }

  #read(stack: Stack, association: Association): void {
    const isVictim = stack === this.stack && association !== this.#honest;
    if (isVictim && !this.#reading) return;
    for (let incoming = association.receive(); incoming !== undefined; incoming = association.receive()) {
      if (stack === this.#honestStack) this.#honestHeard += 1;
      else if (!isVictim) this.#heardFromHonest += 1;
    }
  }

  /** The next packet, to the neighbour, or to be looked at. */
  #transmit(stack: Stack): boolean {
    const transmit = stack.pollTransmit(this.now, sending);
    if (transmit === undefined) return false;
    const { source, destination, destinationPort, length } = transmit;
    const bytes = sending.slice(0, length);
    const packet = decodePacket(bytes);
    hold(packet !== undefined, "it sends what is no packet");
    const wrong = packet.chunks.find((chunk) => chunk.type === "MALFORMED");
    hold(wrong === undefined, () => `it sends a malformed chunk: ${JSON.stringify(wrong)}`);
    if (stack === this.#honestStack || destination === HONEST) {
      const to = stack === this.stack ? this.#honestStack : this.stack;
      to.handleDatagram(this.now, { bytes, source, sourcePort: UDP_PORT, destination });
      return true;
    }
    hold(destinationPort > 0, "it sends to UDP port 0");
    this.#lastSent = packet;
    for (const chunk of packet.chunks) {
      if (chunk.type !== "MALFORMED") this.#unanswered.push(chunk);
      if (chunk.type !== "INIT-ACK") continue;
      const parameter = chunk.parameters.find(({ type }) => type === "STATE-COOKIE");
      if (parameter?.type !== "STATE-COOKIE") continue;
      this.cookie = parameter.cookie.slice();
      this.peerTag = chunk.initiateTag;
    }
    this.#unanswered.splice(0, this.#unanswered.length - MOST_UNANSWERED);
    return true;
  }

  /** What a right peer says to what was sent to it; `result` is that of reconfigurations. */
  answer(result: number): void {
    for (const chunk of this.#unanswered.splice(0)) {
      const answer = answerTo(chunk, result);
      if (answer !== undefined) this.feed(answer);
      this.drain();
    }
  }

  /** Lets so much time pass, ms. */
  run(ms: number): void {
    const end = this.now + ms;
    for (let timers = 0; ; timers++) {
      const next = Math.min(this.stack.pollTimeout(), this.#honestStack.pollTimeout());
      if (!(next <= end)) break;
      hold(timers < MOST_TIMERS, "timers without end");
      this.now = Math.max(this.now, next);
      this.stack.handleTimeout(this.now);
      this.#honestStack.handleTimeout(this.now);
      this.drain();
    }
    this.now = end;
  }

  /** What must hold after whatever came. */
  check(): void {
    const { victim } = this;
    for (const source of OURS) this.stack.handleWritable(source);
    this.drain();
    if (victim !== undefined) {
      hold(
        victim.unreadBytes <= this.config.receiveBuffer + OVER_WINDOW,
        () => `${victim.unreadBytes} bytes wait to be read, of a buffer of ${this.config.receiveBuffer}`,
      );
      // Questions are answered in any state.
      void [victim.paths, victim.statistics, victim.bufferedBytes, victim.peerWindow, victim.localAddresses];
    }
    this.#checkNeighbour();
    if (!this.#toTheEnd) return;
    this.run(600_000);
    this.#checkNeighbour();
  }

  #checkNeighbour(): void {
    hold(this.#honest.state === "established", () => `the neighbour is ${this.#honest.state}`);
    const [toHonest, fromHonest] = [this.#honestHeard, this.#heardFromHonest];
    this.#honest.send(this.now, message(new Uint8Array(100)));
    this.#theirs?.send(this.now, message(new Uint8Array(100)));
    this.drain();
    this.run(1_000);
    hold(this.#honestHeard === toHonest + 1, "the neighbour does not get its message");
    hold(this.#heardFromHonest === fromHonest + 1, "the neighbour's message does not come");
  }

  /** What must not happen. */
  abortNeighbour(): void {
    this.#honest.abort(new Uint8Array(0));
    this.drain();
  }

  /** Tells the stack of a send that failed, of the fuzzer's association. */
  failSend(code: string, size: number): void {
    const { victim: association } = this;
    this.stack.handleTransmitError(this.now, {
      association,
      source: OURS[size & 1] as IpAddress,
      destination: PEER[(size >> 1) & 1] ?? PEER[0],
      size,
      code,
    });
  }
}

function answerTo(chunk: Chunk, result: number): Chunk | undefined {
  switch (chunk.type) {
    case "DATA":
    case "I-DATA":
      return { type: "SACK", cumulativeTsn: chunk.tsn, receiverWindow: 50_000, gaps: [], duplicates: [] };
    case "FORWARD-TSN":
    case "I-FORWARD-TSN": {
      const cumulativeTsn = chunk.newCumulativeTsn;
      return { type: "SACK", cumulativeTsn, receiverWindow: 50_000, gaps: [], duplicates: [] };
    }
    case "HEARTBEAT":
      return { type: "HEARTBEAT-ACK", info: chunk.info };
    case "SHUTDOWN":
      return { type: "SHUTDOWN-ACK" };
    case "SHUTDOWN-ACK":
      return { type: "SHUTDOWN-COMPLETE", tBit: false };
    case "COOKIE-ECHO":
      return { type: "COOKIE-ACK" };
    case "ASCONF":
      return { type: "ASCONF-ACK", serial: chunk.serial, parameters: [] };
    case "RE-CONFIG": {
      const parameters = chunk.parameters.flatMap((request) =>
        "requestSequence" in request
          ? [{ type: "RE-CONFIG-RESPONSE", responseSequence: request.requestSequence, result } as const]
          : [],
      );
      return parameters.length === 0 ? undefined : { type: "RE-CONFIG", parameters };
    }
    default:
      return undefined;
  }
}
