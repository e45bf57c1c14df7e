import type { IpAddress } from "usctp/core";
import type { Element, PacketAction } from "../language/ast.ts";
import { buildPacket, type Replay } from "../packets/build.ts";
import { COMMON_HEADER, readNumber } from "../packets/bytes.ts";
import { compareChunks, type Difference } from "../packets/compare.ts";
import { type DecodedPacket, decodePacket } from "../packets/decode.ts";
import { firstChunk, layoutByName } from "../packets/layouts.ts";
import type { NormalChunk } from "../packets/normalize.ts";
import { type Learned, Symbols } from "../packets/symbols.ts";
import type { Sent } from "./tested-host.ts";

/** One end as the packets name it. */
export interface End {
  readonly address: IpAddress;
  /** SCTP port. */
  readonly port: number;
}

/** What of the packets so far decides how the next one is built, or what it must be. */
export class Conversation {
  readonly symbols: Symbols = new Symbols();
  #local: End;
  #remote: End;
  /** The two ends are known from the first packet on. */
  #isLearned = false;
  #replay: Replay = { cookie: undefined, heartbeat: undefined };
  /** The tag of the association, as the peer asked for it. */
  #peerTag: number | undefined = undefined;
  /** The Initiate Tag of the last INIT of the peer. */
  #initTag: number | undefined = undefined;
  /** The last packet to the tested host: its tag, and whether it was an INIT. */
  #arrived: { readonly tag: number; readonly isInit: boolean } | undefined = undefined;
  /** The tested host has sent an INIT from the socket of now. */
  #isInitKnown = false;
  /** There is an association: a COOKIE ACK went one way or the other. */
  #isUp = false;
  /** What an INIT ACK said while there was one: it holds from the COOKIE ACK on (RFC 9260 §5.2.2, §5.2.4). */
  #pending: Learned | undefined = undefined;

  constructor(local: End, remote: End) {
    this.#local = local;
    this.#remote = remote;
  }

  /** A new socket: what it sends first may be of another association. */
  beginSocket(): void {
    this.#isInitKnown = false;
    this.#isUp = false;
    this.#peerTag = undefined;
  }

  /** The port that the tested host is bound to. */
  bound(port: number): void {
    if (!this.#isLearned) this.#local = { ...this.#local, port };
  }

  get local(): End {
    return this.#local;
  }

  get remote(): End {
    return this.#remote;
  }

  /** Only packets between the two ends are compared. */
  isOurs({ bytes, destination }: Sent): boolean {
    const [source, port] = [readNumber(bytes, 0, 2), readNumber(bytes, 2, 2)];
    if (!this.#isLearned) {
      this.#isLearned = true;
      this.#local = { ...this.#local, port: source };
      this.#remote = { address: destination, port };
    }
    return destination === this.#remote.address && source === this.#local.port && port === this.#remote.port;
  }

  /** A packet from the peer. */
  build(packet: PacketAction, normal: readonly NormalChunk[]): Uint8Array {
    this.#isLearned = true;
    const header = {
      sourcePort: this.#remote.port,
      destinationPort: this.#local.port,
      tag: 0,
      badChecksum: packet.badChecksum,
    };
    const context = { symbols: this.symbols, replay: this.#replay };
    const untagged = buildPacket(header, normal, context);
    const tag = this.#tagTowards(packet.tag, untagged);
    const bytes = buildPacket({ ...header, tag }, normal, context);
    if (!packet.badChecksum) this.#noteArrival(bytes, tag);
    return bytes;
  }

  /** RFC 9260 §8.5: the tag of the tested host; 0 with an INIT; the peer's with the T bit. */
  #tagTowards(symbol: number | undefined, packet: Uint8Array): number {
    const type = firstChunk(packet);
    const isReflected = hasTBit(packet);
    if (symbol !== undefined && (type === "INIT" || isReflected)) return symbol;
    if (type === "INIT") return 0;
    if (isReflected) return this.#peerTag ?? 0;
    const { learned } = this.symbols;
    // RFC 9260 §8.5.1 D: the tag of the INIT ACK, whose cookie comes back.
    if (type === "COOKIE_ECHO" && this.#pending !== undefined) this.symbols.learned = this.#pending;
    const tag = symbol === undefined ? this.symbols.localTag : this.symbols.liveTag(symbol);
    this.symbols.learned = learned;
    return tag;
  }

  #noteArrival(packet: Uint8Array, tag: number): void {
    const type = firstChunk(packet);
    const isWhole = packet.length >= COMMON_HEADER + 20;
    this.#arrived = { tag, isInit: type === "INIT" };
    if (type === "INIT" && isWhole) this.#initTag = readNumber(packet, COMMON_HEADER + 4, 4);
    if (type === "INIT_ACK" && isWhole) this.#peerTag ??= readNumber(packet, COMMON_HEADER + 4, 4);
    if (type === "COOKIE_ACK") this.#isUp = true;
  }

  /** Reads what was sent; learns what the tested host chose where `expected` says what it is called. */
  read(sent: Sent, expected: readonly NormalChunk[]): DecodedPacket {
    const { bytes } = sent;
    const type = firstChunk(bytes);
    const before = this.symbols.learned;
    if ((type === "INIT" || type === "INIT_ACK") && bytes.length >= COMMON_HEADER + 20) {
      this.#learn(bytes, type, expected[0]);
    }
    if (type === "COOKIE_ACK") this.#beginAssociation();
    const packet = decodePacket(bytes, this.symbols);
    if (type === "INIT_ACK" && this.#isUp) {
      this.#pending = this.symbols.learned;
      this.symbols.learned = before;
    }
    for (const chunk of packet.chunks) this.#keepForReplay(chunk);
    return packet;
  }

  /** The tested host has taken a cookie. */
  #beginAssociation(): void {
    if (this.#pending !== undefined) this.symbols.learned = this.#pending;
    this.#pending = undefined;
    this.#peerTag = this.#initTag ?? this.#peerTag;
    this.#isUp = true;
  }

  #learn(bytes: Uint8Array, type: string, expected: NormalChunk | undefined): void {
    // An INIT that is sent again says the same again; each INIT ACK has a tag and a TSN of its own.
    if (type === "INIT" && this.#isInitKnown) return;
    if (type === "INIT") this.#isInitKnown = true;
    const items = expected?.kind === "element" && expected.name === type ? expected.items : [];
    const symbol = (of: string): number | undefined => {
      const value = items.find((item) => item.name === of)?.value;
      return value?.kind === "number" ? value.value : undefined;
    };
    this.symbols.learnTag(readNumber(bytes, COMMON_HEADER + 4, 4), symbol("tag"));
    const tsn = symbol("tsn");
    if (tsn !== undefined) this.symbols.learnTsn(readNumber(bytes, COMMON_HEADER + 16, 4), tsn);
  }

  #keepForReplay(chunk: Element): void {
    const bytes = (name: string): Uint8Array | undefined => {
      const part = chunk.items
        .map(({ value }) => value)
        .find((each) => each.kind === "element" && each.name === name);
      const value =
        part?.kind === "element" ? part.items.find((each) => each.name === "val")?.value : undefined;
      if (value?.kind !== "list") return undefined;
      return Uint8Array.from(value.items, (each) => (each.value.kind === "number" ? each.value.value : 0));
    };
    const { cookie, heartbeat } = this.#replay;
    if (chunk.name === "INIT_ACK") this.#replay = { heartbeat, cookie: bytes("STATE_COOKIE") ?? cookie };
    if (chunk.name === "HEARTBEAT")
      this.#replay = { cookie, heartbeat: bytes("HEARTBEAT_INFORMATION") ?? heartbeat };
  }

  /** What is first wrong with what was sent. */
  compare(
    packet: PacketAction,
    normal: readonly NormalChunk[],
    {
      sent,
      read,
      isStrict,
    }: { readonly sent: Sent; readonly read: DecodedPacket; readonly isStrict: boolean },
  ): Difference | undefined {
    return compareChunks(normal, read.chunks) ?? this.compareHeaders(packet, { sent, read, isStrict });
  }

  /** What is first wrong around the chunks. */
  compareHeaders(
    packet: Pick<PacketAction, "tag" | "udp">,
    {
      sent,
      read,
      isStrict,
    }: { readonly sent: Sent; readonly read: DecodedPacket; readonly isStrict: boolean },
  ): Difference | undefined {
    const { udp } = packet;
    const ports = `${sent.sourcePort} > ${sent.destinationPort}`;
    if (udp !== undefined && ports !== `${udp.source} > ${udp.destination}`) {
      return { field: "udp", expected: `${udp.source} > ${udp.destination}`, actual: ports };
    }
    const [tag, ...others] = this.#wantedTags(packet, sent.bytes);
    if ((isStrict || packet.tag !== undefined) && tag !== undefined && ![tag, ...others].includes(read.tag)) {
      return { field: "tag", expected: String(tag), actual: String(read.tag) };
    }
    const [fault] = read.faults;
    if (!isStrict || fault === undefined) return undefined;
    return { field: "packet", expected: "a packet by RFC 9260 §3, §6.8", actual: fault };
  }

  /** RFC 9260 §8.5, §8.5.1: the tags that a packet to the peer may have. */
  #wantedTags(packet: Pick<PacketAction, "tag">, bytes: Uint8Array): number[] {
    const isReflected = hasTBit(bytes);
    if (packet.tag !== undefined) return [isReflected ? this.symbols.liveTag(packet.tag) : packet.tag];
    const type = firstChunk(bytes);
    if (type === "INIT") return [0];
    const known = (tag: number | undefined): number[] => (tag === undefined ? [] : [tag]);
    if (isReflected) return known(this.#arrived?.tag);
    if (type === "INIT_ACK") return known(this.#initTag);
    const ofAssociation = known(this.#peerTag ?? this.#initTag);
    // §8.4, 3: an ABORT for an INIT has the INIT's tag; but the association may be aborted just then, too.
    if (type === "ABORT" && this.#arrived?.isInit === true)
      return [...known(this.#initTag), ...ofAssociation];
    return ofAssociation;
  }
}

/** ABORT and SHUTDOWN COMPLETE may reflect the tag. */
function hasTBit(packet: Uint8Array): boolean {
  const type = firstChunk(packet);
  if (type !== "ABORT" && type !== "SHUTDOWN_COMPLETE") return false;
  const { T = 0 } = layoutByName("chunk", type)?.flags ?? {};
  return ((packet[COMMON_HEADER + 1] as number) & T) !== 0;
}
