import type { Host, Network, Socket } from "@usctp/sim";
import type { IpAddress } from "../../src/base/address.ts";
import { asSsn, asTsn, type Tsn, tsnAdd } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { DataChunk } from "../../src/packet/chunks/data.ts";
import type { InitBody } from "../../src/packet/chunks/init-body.ts";
import type { SackChunk } from "../../src/packet/chunks/sack.ts";
import type { UnknownChunk } from "../../src/packet/chunks/unknown-chunk.ts";
import { type DecodedPacket, decodePacket } from "../../src/packet/packet.ts";
import { PacketWriter } from "../../src/packet/writer.ts";

export interface ScriptedPeerOptions {
  readonly address: string;
  /** SCTP ports. */
  readonly port: number;
  readonly peerPort: number;
  readonly peer: Host;
}

type ChunkName = Chunk["type"];
type ChunkOf<T extends ChunkName> = Extract<Chunk, { type: T }>;

const LIMIT = 65_000;

/**
 * A peer without a protocol: it sends the packets that a test writes, with right ports, tags and checksums unless told
 * otherwise, and shows what comes back. It answers nothing by itself.
 */
export class ScriptedPeer {
  readonly socket: Socket;
  readonly #network: Network;
  readonly #port: number;
  readonly #peerPort: number;
  readonly #peer: Host;
  /** What the stack must put into its packets. */
  localTag = 0x0a0b0c0d;
  /** The tag of the stack, once it has told it. */
  peerTag = 0;
  initialTsn: Tsn = asTsn(1_000);
  /** The TSN that the stack begins with. */
  peerInitialTsn: Tsn = asTsn(0);
  readonly #ssns: Map<number, number> = new Map();
  #nextTsn = 0;

  constructor(network: Network, { address, port, peerPort, peer }: ScriptedPeerOptions) {
    this.#network = network;
    this.socket = network.socket(address);
    this.#port = port;
    this.#peerPort = peerPort;
    this.#peer = peer;
  }

  /** Sends one packet with the stack's tag. */
  send(...chunks: readonly Chunk[]): void {
    this.sendWith({}, ...chunks);
  }

  /** Sends one packet with a tag, or from ports, of the test's choice. */
  sendWith(
    options: { readonly tag?: number; readonly port?: number; readonly peerPort?: number },
    ...chunks: readonly Chunk[]
  ): void {
    this.sendBytes(this.packet(options, ...chunks));
  }

  /** The bytes of such a packet. */
  packet(
    options: { readonly tag?: number; readonly port?: number; readonly peerPort?: number },
    ...chunks: readonly Chunk[]
  ): Uint8Array {
    const into = new Uint8Array(65_507);
    const writer = new PacketWriter();
    writer.reset(into, into.length, {
      sourcePort: options.port ?? this.#port,
      destinationPort: options.peerPort ?? this.#peerPort,
      tag: options.tag ?? this.peerTag,
    });
    for (const chunk of chunks) if (!writer.add(chunk)) throw new Error(`${chunk.type} does not fit`);
    return into.slice(0, writer.finish());
  }

  sendBytes(bytes: Uint8Array): void {
    const [destination] = this.#peer.addresses;
    this.socket.send(bytes, destination as IpAddress, this.#peer.udpPort);
  }

  /** The next packet that the stack has sent or sends, within `limit` ms. */
  next(limit: number = LIMIT): DecodedPacket {
    const { received } = this.socket;
    if (!this.#network.runUntil(() => received.length > 0, limit)) {
      throw new Error(`the stack sends nothing within ${limit} ms`);
    }
    const datagram = received.shift();
    const packet = datagram === undefined ? undefined : decodePacket(datagram.bytes);
    if (packet === undefined) throw new Error("the stack sends what is no SCTP packet");
    return packet;
  }

  /** The next packet, which has exactly this chunk. */
  expect<T extends ChunkName>(type: T, limit?: number): ChunkOf<T> {
    const { chunks } = this.next(limit);
    const names = chunks.map((chunk) => chunk.type).join(" ");
    if (names !== type) throw new Error(`expected ${type}, the stack sends ${names}`);
    return chunks[0] as ChunkOf<T>;
  }

  /** The next chunk of this type, whatever comes before it. */
  await<T extends ChunkName>(type: T, limit: number = LIMIT): ChunkOf<T> {
    const end = this.#network.now + limit;
    for (;;) {
      const { chunks } = this.next(end - this.#network.now);
      const chunk = chunks.find((it) => it.type === type);
      if (chunk !== undefined) return chunk as ChunkOf<T>;
    }
  }

  /** Lets `ms` pass, in which the stack sends nothing. */
  expectNothing(ms: number): void {
    this.#network.run(ms);
    const datagram = this.socket.received[0];
    if (datagram === undefined) return;
    const names = decodePacket(datagram.bytes)?.chunks.map(({ type }) => type);
    throw new Error(`expected nothing, the stack sends ${names?.join(" ")}`);
  }

  /** Lets `ms` pass; every chunk that the stack has sent by then. */
  collect(ms: number): DecodedPacket["chunks"][number][] {
    this.#network.run(ms);
    return this.socket.received.splice(0).flatMap(({ bytes }) => decodePacket(bytes)?.chunks ?? []);
  }

  /** Begins anew, as after a crash: other tag, and the numbers of its data from the start. */
  restart(): void {
    this.localTag += 1;
    this.#ssns.clear();
    this.#nextTsn = 0;
    this.clear();
  }

  /** Forgets what has come. */
  clear(): void {
    this.socket.received.length = 0;
  }

  /** What this peer puts into INIT and INIT ACK. */
  initBody(parts: Partial<InitBody> = {}): InitBody {
    return {
      initiateTag: this.localTag,
      receiverWindow: 1_000_000,
      outboundStreams: 10,
      inboundStreams: 10,
      initialTsn: this.initialTsn,
      parameters: [],
      ...parts,
    };
  }

  /** Sends an INIT and reads the cookie of the answer. */
  init(parts: Partial<InitBody> = {}): {
    readonly cookie: Uint8Array;
    readonly initAck: ChunkOf<"INIT-ACK">;
  } {
    this.sendWith({ tag: 0 }, { type: "INIT", ...this.initBody(parts) });
    const initAck = this.await("INIT-ACK");
    this.peerTag = initAck.initiateTag;
    this.peerInitialTsn = initAck.initialTsn;
    const parameter = initAck.parameters.find(({ type }) => type === "STATE-COOKIE");
    if (parameter?.type !== "STATE-COOKIE") throw new Error("no State Cookie in the INIT ACK");
    return { cookie: parameter.cookie.slice(), initAck };
  }

  /** The whole handshake, begun by this peer. */
  associate(parts: Partial<InitBody> = {}): void {
    const { cookie } = this.init(parts);
    this.send({ type: "COOKIE-ECHO", cookie });
    this.await("COOKIE-ACK");
  }

  /** Answers the stack's INIT, which has come or comes. */
  answerInit(
    parts: Partial<InitBody> = {},
    cookie: Uint8Array | undefined = Uint8Array.of(1, 2, 3, 4),
  ): void {
    const init = this.await("INIT");
    this.peerTag = init.initiateTag;
    this.peerInitialTsn = init.initialTsn;
    const parameters = [{ type: "STATE-COOKIE", cookie } as const, ...(parts.parameters ?? [])];
    this.send({ type: "INIT-ACK", ...this.initBody(parts), parameters });
  }

  /** The whole handshake, begun by the stack. */
  accept(parts: Partial<InitBody> = {}): void {
    this.answerInit(parts);
    this.await("COOKIE-ECHO");
    this.send({ type: "COOKIE-ACK" });
    // Until it has arrived.
    this.#network.run(10);
  }

  /** The next DATA chunk of this peer: one message on stream 0, or the piece that `parts` makes of it. */
  data(parts: Partial<DataChunk> = {}): DataChunk {
    const stream = parts.stream ?? 0;
    const ordered = !(parts.unordered ?? false);
    const ssn = this.#ssns.get(stream) ?? 0;
    if (ordered && (parts.ending ?? true)) this.#ssns.set(stream, ssn + 1);
    return {
      type: "DATA",
      unordered: false,
      beginning: true,
      ending: true,
      immediate: false,
      tsn: tsnAdd(this.initialTsn, this.#nextTsn++),
      stream,
      ssn: asSsn(ordered ? ssn : 0),
      ppid: 0,
      data: Uint8Array.of(1, 2, 3, 4),
      ...parts,
    };
  }

  /** A SACK for the first `count` TSNs of the stack. */
  sack(count: number, parts: Partial<SackChunk> = {}): SackChunk {
    return {
      type: "SACK",
      cumulativeTsn: tsnAdd(this.peerInitialTsn, count - 1),
      receiverWindow: 1_000_000,
      gaps: [],
      duplicates: [],
      ...parts,
    };
  }
}

/** A chunk of a type that no RFC 9260 stack knows, with a value of four bytes. */
export function unknownChunk(typeCode: number, length: number = 8): UnknownChunk {
  const bytes = new Uint8Array(length).fill(0xee);
  bytes.set([typeCode, 0, length >> 8, length & 0xff]);
  return { type: "UNKNOWN", typeCode, flags: 0, bytes };
}
