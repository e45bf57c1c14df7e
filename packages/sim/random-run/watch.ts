import type { Association, PathStatus } from "usctp/core";
import type { Host } from "../host.ts";
import type { Network, Passage } from "../network.ts";
import { outOfBounds } from "./bounds.ts";

const DATA = 0;
const INIT = 1;
const SACK = 3;
const COOKIE_ACK = 11;
const AUTH = 15;
const I_DATA = 64;
const PAD = 132;
/** Chunk types by name. */
const CHUNKS: ReadonlyMap<number, string> = new Map([
  [DATA, "DATA"],
  [INIT, "INIT"],
  [2, "INIT-ACK"],
  [SACK, "SACK"],
  [4, "HEARTBEAT"],
  [5, "HEARTBEAT-ACK"],
  [6, "ABORT"],
  [7, "SHUTDOWN"],
  [8, "SHUTDOWN-ACK"],
  [9, "ERROR"],
  [10, "COOKIE-ECHO"],
  [COOKIE_ACK, "COOKIE-ACK"],
  [14, "SHUTDOWN-COMPLETE"],
  [AUTH, "AUTH"],
  [I_DATA, "I-DATA"],
  [128, "ASCONF-ACK"],
  [130, "RE-CONFIG"],
  [PAD, "PAD"],
  [192, "FORWARD-TSN"],
  [193, "ASCONF"],
  [194, "I-FORWARD-TSN"],
]);
/**
 * HEARTBEAT and COOKIE ECHO with their answers, and what signs and pads them; besides, what ends all or is said without
 * an association (ABORT, INIT ACK, ERROR, SHUTDOWN COMPLETE), and the ASCONF-ACK, which goes to where the ASCONF came from
 * (RFC 5061 §5.2).
 */
const TO_UNCONFIRMED: ReadonlySet<number> = new Set([2, 4, 5, 6, 9, 10, COOKIE_ACK, 14, AUTH, 128, PAD]);
const FORMING: ReadonlySet<string> = new Set(["cookie-wait", "cookie-echoed"]);
/** Timers, by the type of the chunk that is sent again when they expire. */
const TIMERS: ReadonlyMap<number, string> = new Map([
  [INIT, "T1-init"],
  [10, "T1-cookie"],
  [7, "T2-shutdown (SHUTDOWN)"],
  [8, "T2-shutdown (SHUTDOWN ACK)"],
  [130, "of RE-CONFIG"],
  [193, "T4 of ASCONF"],
]);
const COMMON_HEADER = 12;
const IPV4 = 28;
const IPV6 = 48;
const LARGEST = 1_500;

/** Rules that hold for every packet and at every moment. */
export class Watch {
  readonly faults: Set<string> = new Set();
  packets = 0;
  readonly #network: Network;
  readonly #meet: (name: string) => void;
  /** What is sent again when a timer expires: the chunks that have been sent. */
  readonly #sent: Set<string> = new Set();
  /** Hosts that have sent an INIT, and wait for the end of their handshake. */
  readonly #opening: Set<string> = new Set();
  /** A hash of all packets, in order (FNV-1a, 32 bits). */
  hash = 0x811c9dc5;

  /** `meet` is told what is seen, by name. */
  constructor(network: Network, meet: (name: string) => void = () => {}) {
    this.#network = network;
    this.#meet = meet;
    network.tap((passage) => this.#look(passage));
  }

  #look({ bytes, source, destination, corrupted }: Passage): void {
    this.packets += 1;
    for (const byte of bytes) this.hash = Math.imul(this.hash ^ byte, 0x01000193);
    if (corrupted) this.#meet("link corruption");
    const host = this.#network.hosts.findLast((it) => it.addresses.includes(source));
    if (host === undefined) return;
    const size = bytes.length + (destination.includes(":") ? IPV6 : IPV4);
    if (size > LARGEST) this.faults.add(`${host.name} sends a packet of ${size} bytes`);
    const chunks = chunksOf(bytes);
    for (const chunk of chunks) this.#count(host.name, chunk);
    for (const association of host.associations) {
      if (association.state === "closed") continue;
      const path = association.paths.find((it) => it.destination === destination);
      if (path !== undefined) this.#checkPath(host.name, association, path, { chunks, size });
    }
    if (this.packets % 8 === 0) this.check(host);
  }

  #checkPath(name: string, { state }: Association, path: PathStatus, packet: Seen): void {
    const { destination, mtu } = path;
    // RFC 9260 §5.4: "MUST NOT send any chunks to an UNCONFIRMED address", but these.
    const strange = packet.chunks.find(({ type }) => !TO_UNCONFIRMED.has(type));
    if (strange !== undefined && path.state === "unconfirmed" && !FORMING.has(state)) {
      const what = CHUNKS.get(strange.type) ?? strange.type;
      this.faults.add(`${name} sends ${what} to ${destination}, which is not confirmed`);
    }
    // A probe is larger, and a chunk that was cut for a larger packet goes alone (RFC 9260 §6.9), or behind its AUTH.
    const alone = packet.chunks.filter(({ type }) => type !== AUTH && type !== PAD).length <= 1;
    if (packet.size > mtu && !alone) {
      this.faults.add(`${name} sends ${packet.size} bytes to ${destination}, whose path MTU is ${mtu}`);
    }
  }

  #count(host: string, { type, body }: ChunkSeen): void {
    this.#meet(`chunk ${CHUNKS.get(type) ?? type}`);
    if (type === SACK && body.length >= 12 && new DataView(body.buffer, body.byteOffset).getUint32(8) === 0) {
      this.#meet("event window closed");
    }
    if (type === INIT) {
      this.#opening.add(host.charAt(0));
      if (this.#opening.size === 2) this.#meet("event collision");
    } else if (type === COOKIE_ACK) this.#opening.clear();
    const timer = TIMERS.get(type);
    if (timer === undefined) return;
    const key = `${host} ${type} ${Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 24)).toString("latin1")}`;
    if (this.#sent.has(key)) this.#meet(`timer ${timer}`);
    this.#sent.add(key);
  }

  /** Nothing that is counted is out of its bounds. */
  check({ name, associations }: Host): void {
    for (const association of associations) {
      for (const fault of outOfBounds(association)) this.faults.add(`${name}: ${fault}`);
    }
  }
}

interface ChunkSeen {
  readonly type: number;
  readonly body: Uint8Array;
}

/** A packet of a host: its chunks, and its bytes with the IP and UDP headers. */
interface Seen {
  readonly chunks: readonly ChunkSeen[];
  readonly size: number;
}

function chunksOf(bytes: Uint8Array): readonly ChunkSeen[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: ChunkSeen[] = [];
  for (let at = COMMON_HEADER; at + 4 <= bytes.length; ) {
    const length = view.getUint16(at + 2);
    chunks.push({ type: bytes[at] as number, body: bytes.subarray(at, at + length) });
    if (length < 4) break;
    at += (length + 3) & ~3;
  }
  return chunks;
}
