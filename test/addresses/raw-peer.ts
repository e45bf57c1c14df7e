import { createSocket, type Socket } from "node:dgram";
import { addressFamily, type IpAddress, parseAddress } from "../../src/base/address.ts";
import { asSsn, asTsn, type Tsn, tsnAdd } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { InitBody } from "../../src/packet/chunks/init-body.ts";
import { type DecodedPacket, decodePacket } from "../../src/packet/packet.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { PacketWriter } from "../../src/packet/writer.ts";

/** Hand-made packets over real UDP sockets: what no stack of ours would send, from where none would send it. */

export type ChunkName = Chunk["type"];
export type ChunkOf<T extends ChunkName> = Extract<Chunk, { type: T }>;

/** Where a packet goes. */
export interface Place {
  readonly address: string;
  readonly udpPort: number;
}

/** A packet that has come, and from where. */
export interface Arrival {
  readonly packet: DecodedPacket;
  readonly source: string;
  readonly sourcePort: number;
  /** UDP payload. */
  readonly length: number;
}

/** ms until a packet that must come is missed. */
const PATIENCE = 5_000;

/** A UDP socket that shows the SCTP packets that come to it. */
export class RawSocket {
  readonly address: string;
  readonly udpPort: number;
  readonly #socket: Socket;
  readonly #arrived: Arrival[] = [];
  #waiting: ((arrival: Arrival) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.address = socket.address().address;
    this.udpPort = socket.address().port;
    socket.on("message", (bytes, { address, port }) => {
      const packet = decodePacket(bytes);
      if (packet === undefined) throw new Error("what came is no SCTP packet");
      this.#take({ packet, source: asAddress(address), sourcePort: port, length: bytes.length });
    });
  }

  /** Port 0: one that is free. */
  static open(address: string, udpPort: number = 0): Promise<RawSocket> {
    const type = addressFamily(asAddress(address)) === 4 ? "udp4" : "udp6";
    return new Promise((resolve, reject) => {
      const socket = createSocket({ type, ipv6Only: type === "udp6" });
      socket.once("error", reject);
      socket.bind({ address, port: udpPort, exclusive: true }, () => resolve(new RawSocket(socket)));
    });
  }

  send(bytes: Uint8Array, to: Place): void {
    this.#socket.send(bytes, to.udpPort, to.address);
  }

  /** The next packet that comes or has come. */
  next(): Promise<Arrival> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing comes to ${this.address}`)), PATIENCE);
      this.#waiting = (arrival) => {
        clearTimeout(timer);
        resolve(arrival);
      };
    });
  }

  /** The next packet that has a chunk of this type; what comes before it is passed over. */
  async await<T extends ChunkName>(type: T): Promise<Arrival & { readonly chunk: ChunkOf<T> }> {
    for (;;) {
      const arrival = await this.next();
      const chunk = arrival.packet.chunks.find((each): each is ChunkOf<T> => each.type === type);
      if (chunk !== undefined) return { ...arrival, chunk };
    }
  }

  /** The types of the chunks of everything that has come and was not looked at. */
  pending(): ChunkName[] {
    return this.#arrived
      .splice(0)
      .flatMap(({ packet }) => packet.chunks.map(({ type }) => type as ChunkName));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.close(resolve);
    });
  }

  #take(arrival: Arrival): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#arrived.push(arrival);
    else waiting(arrival);
  }
}

/** What a peer puts into a packet: SCTP ports, tags and TSNs. It sends by any socket. */
export class RawPeer {
  readonly port: number;
  readonly peerPort: number;
  /** What the stack must put into its packets, and what we must put into ours. */
  localTag: number;
  peerTag = 0;
  readonly initialTsn: Tsn = asTsn(1_000);
  /** TSN that the stack begins with. */
  peerInitialTsn: Tsn = asTsn(0);
  #sent = 0;

  constructor(options: { readonly port: number; readonly peerPort: number; readonly localTag?: number }) {
    this.port = options.port;
    this.peerPort = options.peerPort;
    this.localTag = options.localTag ?? 0x0a0b0c0d;
  }

  /** The bytes of one packet with the stack's tag, unless told otherwise. */
  packet(
    header: { readonly tag?: number; readonly port?: number; readonly peerPort?: number },
    ...chunks: readonly Chunk[]
  ): Uint8Array {
    const into = new Uint8Array(65_507);
    const writer = new PacketWriter();
    writer.reset(into, into.length, {
      sourcePort: header.port ?? this.port,
      destinationPort: header.peerPort ?? this.peerPort,
      tag: header.tag ?? this.peerTag,
    });
    for (const chunk of chunks) if (!writer.add(chunk)) throw new Error(`${chunk.type} does not fit`);
    return into.slice(0, writer.finish());
  }

  initPacket(parameters: readonly Parameter[] = []): Uint8Array {
    return this.packet({ tag: 0 }, { type: "INIT", ...this.#initBody(parameters) });
  }

  initAckPacket(parameters: readonly Parameter[] = []): Uint8Array {
    const cookie: Parameter = { type: "STATE-COOKIE", cookie: Uint8Array.of(1, 2, 3, 4) };
    return this.packet({}, { type: "INIT-ACK", ...this.#initBody([cookie, ...parameters]) });
  }

  /** An INIT of a given socket, and the INIT ACK, whose tag is the stack's from now on. */
  async init(
    socket: RawSocket,
    to: Place,
    parameters: readonly Parameter[] = [],
  ): Promise<Arrival & { readonly chunk: ChunkOf<"INIT-ACK">; readonly cookie: Uint8Array }> {
    socket.send(this.initPacket(parameters), to);
    const answer = await socket.await("INIT-ACK");
    this.peerTag = answer.chunk.initiateTag;
    this.peerInitialTsn = answer.chunk.initialTsn;
    const cookie = answer.chunk.parameters.find((each) => each.type === "STATE-COOKIE");
    if (cookie === undefined) throw new Error("no State Cookie in the INIT ACK");
    return { ...answer, cookie: cookie.cookie };
  }

  cookieEcho(cookie: Uint8Array): Uint8Array {
    return this.packet({}, { type: "COOKIE-ECHO", cookie });
  }

  /** The whole handshake, begun by this peer. Gives the cookie. */
  async associate(
    socket: RawSocket,
    to: Place,
    parameters: readonly Parameter[] = [],
  ): Promise<{ readonly cookie: Uint8Array; readonly cookieAck: Arrival }> {
    const { cookie } = await this.init(socket, to, parameters);
    socket.send(this.cookieEcho(cookie), to);
    return { cookie, cookieAck: await socket.await("COOKIE-ACK") };
  }

  /** The whole handshake, begun by the stack, from the socket to which its INIT came. */
  async accept(socket: RawSocket, parameters: readonly Parameter[] = []): Promise<Place> {
    const from = await this.hearInit(socket);
    socket.send(this.initAckPacket(parameters), from);
    await socket.await("COOKIE-ECHO");
    socket.send(this.packet({}, { type: "COOKIE-ACK" }), from);
    return from;
  }

  /** Reads the stack's INIT; where it came from. */
  async hearInit(socket: RawSocket): Promise<Place & { readonly init: ChunkOf<"INIT"> }> {
    const { chunk, source, sourcePort } = await socket.await("INIT");
    this.peerTag = chunk.initiateTag;
    this.peerInitialTsn = chunk.initialTsn;
    return { init: chunk, address: source, udpPort: sourcePort };
  }

  heartbeat(): Chunk {
    return { type: "HEARTBEAT", info: Uint8Array.of(1, 2, 3, 4) };
  }

  /** The next DATA chunk: one small message, to be acknowledged at once. */
  data(): Chunk {
    const number = this.#sent++;
    return {
      type: "DATA",
      unordered: false,
      beginning: true,
      ending: true,
      immediate: true,
      tsn: tsnAdd(this.initialTsn, number),
      stream: 0,
      ssn: asSsn(number),
      ppid: 0,
      data: new TextEncoder().encode(`message ${number}`),
    };
  }

  /** A SACK for the first `count` TSNs of the stack. */
  sack(count: number): Chunk {
    return {
      type: "SACK",
      cumulativeTsn: tsnAdd(this.peerInitialTsn, count - 1),
      receiverWindow: 1_000_000,
      gaps: [],
      duplicates: [],
    };
  }

  #initBody(parameters: readonly Parameter[]): InitBody {
    return {
      initiateTag: this.localTag,
      receiverWindow: 1_000_000,
      outboundStreams: 10,
      inboundStreams: 10,
      initialTsn: this.initialTsn,
      parameters,
    };
  }
}

/** The addresses in an INIT or INIT ACK. */
export function listedIn(parameters: readonly Parameter[]): string[] {
  return parameters.flatMap((each) =>
    each.type === "IPV4-ADDRESS" || each.type === "IPV6-ADDRESS" ? [each.address] : [],
  );
}

export function addressParameters(...addresses: string[]): Parameter[] {
  return addresses.map((text) => {
    const address = asAddress(text);
    const type = addressFamily(address) === 4 ? "IPV4-ADDRESS" : "IPV6-ADDRESS";
    return { type, address };
  });
}

function asAddress(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an IP address: ${text}`);
  return address;
}
