import type { Association, PathStatus } from "usctp/core";
import type { Host } from "../host.ts";
import type { Network, Passage } from "../network.ts";
import { outOfBounds } from "./bounds.ts";
import {
  AUTH,
  acknowledgementOf,
  CHUNKS,
  type ChunkSeen,
  COOKIE_ACK,
  chunksOf,
  INIT,
  PAD,
  SACK,
  tagOf,
} from "./chunks.ts";
import { TimerWatch } from "./timers.ts";

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
const IPV4 = 28;
const IPV6 = 48;
const LARGEST = 1_500;
/** Gaps between the TSNs received, at most (docs/security.md). */
const MOST_GAPS = 1_024;

/** Rules that hold for every packet and at every moment. */
export class Watch {
  readonly faults: Set<string> = new Set();
  packets = 0;
  readonly #network: Network;
  readonly #meet: (name: string) => void;
  readonly #timers: TimerWatch;
  /** What is sent again when a timer expires: the chunks that have been sent. */
  readonly #sent: Set<string> = new Set();
  /** The largest receive buffer that an association has had: it may hold what came before it was made smaller. */
  readonly #buffers: WeakMap<Association, number> = new WeakMap();
  /** Hosts that have sent an INIT, and wait for the end of their handshake. */
  readonly #opening: Set<string> = new Set();
  /** A hash of all packets, in order (FNV-1a, 32 bits). */
  hash = 0x811c9dc5;

  /** What an association has taken and said no fate of, bytes; by host and identifier. */
  readonly #unsettled: (host: string, association: number) => number;

  /** `meet` is told what is seen, by name. */
  constructor(
    network: Network,
    meet: (name: string) => void = () => {},
    unsettled: (host: string, association: number) => number = () => Number.POSITIVE_INFINITY,
  ) {
    this.#unsettled = unsettled;
    this.#network = network;
    this.#meet = meet;
    this.#timers = new TimerWatch(meet);
    network.tap((passage) => this.#look(passage));
  }

  #look(passage: Passage): void {
    const { bytes, source, destination, corrupted } = passage;
    this.packets += 1;
    for (const byte of bytes) this.hash = Math.imul(this.hash ^ byte, 0x01000193);
    if (corrupted) this.#meet("link corruption");
    const host = this.#network.hosts.findLast((it) => it.addresses.includes(source));
    if (host === undefined) return;
    const size = bytes.length + (destination.includes(":") ? IPV6 : IPV4);
    if (size > LARGEST) this.faults.add(`${host.name} sends a packet of ${size} bytes`);
    const chunks = chunksOf(bytes);
    const tag = tagOf(bytes);
    for (const chunk of chunks) this.#count(host.name, chunk);
    let used: { readonly association: Association; readonly path: PathStatus } | undefined;
    for (const association of host.associations) {
      // Several may have this destination; the tag of an INIT is 0.
      const isOther = tag !== 0 && tag !== association.peerTag;
      if (association.state === "closed" || isOther) continue;
      const path = association.paths.find((it) => it.destination === destination);
      if (path === undefined) continue;
      used = { association, path };
      this.#checkPath(host.name, association, path, { chunks, size });
    }
    this.#timers.look({
      passage,
      chunks,
      sender: host.name,
      receiver: this.#network.hosts.findLast((it) => it.addresses.includes(destination))?.name,
      associations: host.associations,
      association: used?.association,
      path: used?.path,
    });
    if (this.packets % 8 === 0 || !this.#buffers.has(host.associations.at(-1)!)) this.check(host);
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

  #count(host: string, chunk: ChunkSeen): void {
    const { type, body } = chunk;
    this.#meet(`chunk ${CHUNKS.get(type) ?? type}`);
    const acknowledgement = type === SACK ? acknowledgementOf(chunk) : undefined;
    if (acknowledgement?.window === 0) this.#meet("event window closed");
    const gaps = acknowledgement?.gaps.length ?? 0;
    if (gaps > MOST_GAPS) this.faults.add(`${host} keeps what came behind ${gaps} gaps`);
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
      const { id, state, bufferedBytes } = association;
      const unsettled = this.#unsettled(name, id);
      if (state !== "closed" && bufferedBytes > unsettled) {
        this.faults.add(`${name} keeps ${bufferedBytes} bytes to be sent, and was given ${unsettled}`);
      }
      const { receiveBuffer } = association.config;
      const largest = Math.max(receiveBuffer, this.#buffers.get(association) ?? 0);
      this.#buffers.set(association, largest);
      for (const fault of outOfBounds(association, largest)) this.faults.add(`${name}: ${fault}`);
    }
  }
}

/** A packet of a host: its chunks, and its bytes with the IP and UDP headers. */
interface Seen {
  readonly chunks: readonly ChunkSeen[];
  readonly size: number;
}
