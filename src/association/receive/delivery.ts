import { Ring } from "../../base/ring.ts";
import { type Tsn, tsnNext } from "../../base/serial.ts";
import type { IncomingMessage } from "../events.ts";
import { DataStreams } from "./data-streams.ts";
import type { InboundChunk } from "./inbound-chunk.ts";
import { isSequel, Reassembly, type Run } from "./reassembly.ts";

/** A complete message, or a part of one, waiting to be read. */
interface Ready {
  readonly chunks: readonly InboundChunk[];
  readonly more: boolean;
  readonly continuation: boolean;
}

/** The windows below this many bytes are told as none (RFC 9260 §6.2, RFC 1122 §4.2.3.3: silly window). */
const SMALLEST_WINDOW = 1_500;

/**
 * What has come in and is not read: fragments, messages before their turn, messages ready. The receive window is what
 * is left beside them (RFC 9260 §6.2 A to C). Two bounds: the user data may fill receiveBuffer, and the memory that
 * it really holds may be twice that, which matters where messages are tiny.
 */
export class Delivery {
  #reassembly: Reassembly = new Reassembly();
  #streams: DataStreams = new DataStreams();
  readonly #ready: Ring<Ready> = new Ring(4);
  /** Messages completed while another one is being delivered in parts. */
  readonly #held: Ring<Run> = new Ring(1);
  /** The message that is being delivered in parts: the last chunk given out. */
  #partial: InboundChunk | undefined = undefined;
  #payload = 0;
  #retained = 0;
  #limit: number;
  /** The window last told to the peer, bytes. */
  advertised: number;

  /** `limit`: receiveBuffer, bytes. */
  constructor(limit: number) {
    this.#limit = limit;
    this.advertised = limit;
  }

  configure(limit: number): void {
    this.#limit = limit;
  }

  get hasMessage(): boolean {
    return this.#ready.length > 0;
  }

  /** Messages, and parts of messages, that can be read. */
  get readable(): number {
    return this.#ready.length;
  }

  /** User data that is not read, bytes. */
  get unread(): number {
    return this.#payload;
  }

  /** Room for user data, bytes. */
  get window(): number {
    return Math.max(0, Math.min(this.#limit - this.#payload, 2 * this.#limit - this.#retained));
  }

  /** a_rwnd for a SACK (RFC 9260 §6.2 D). A small rest is not offered: the peer would fill it with small chunks. */
  advertise(): number {
    const window = this.window;
    this.advertised = window < this.#smallestWindow ? 0 : window;
    return this.advertised;
  }

  get #smallestWindow(): number {
    return Math.min(SMALLEST_WINDOW, this.#limit / 4);
  }

  /** The window has opened by so much that the peer should hear of it (RFC 9260 §6.2: "at least a quarter"). */
  get hasOpened(): boolean {
    return this.window - this.advertised >= this.#limit / 4;
  }

  /** The hard bound: a peer that ignores the window, filling gap after gap, is not followed further. */
  get isOverrun(): boolean {
    return this.#payload > 2 * this.#limit || this.#retained > 3 * this.#limit;
  }

  /**
   * Nothing can be read before this TSN comes: it goes on with the message in parts, and what is held behind that may
   * fill the window. To drop it would be to wait for ever.
   */
  awaits(tsn: Tsn): boolean {
    return this.#partial !== undefined && !this.hasMessage && tsnNext(this.#partial.tsn) === tsn;
  }

  /** Takes a chunk that is new; false when it contradicts what is there. */
  add(chunk: InboundChunk): boolean {
    if (this.#partial !== undefined && tsnNext(this.#partial.tsn) === chunk.tsn) {
      // A chunk right behind a part that was delivered must go on with its message.
      if (!isSequel(this.#partial, chunk)) return false;
    }
    this.#charge(chunk);
    if (chunk.beginning && chunk.ending && this.#reassembly.size === 0) {
      return this.#complete({ chunks: [chunk], first: chunk.tsn, last: chunk.tsn, bytes: chunk.data.length });
    }
    const run = this.#reassembly.add(chunk);
    if (run === "inconsistent") return false;
    if (run !== undefined && !this.#complete(run)) return false;
    this.#deliverPartially();
    return true;
  }

  /** The next message or part; its bytes no longer fill the window. */
  read(): IncomingMessage | undefined {
    const ready = this.#ready.shift();
    const first = ready?.chunks[0];
    if (ready === undefined || first === undefined) return undefined;
    for (const chunk of ready.chunks) this.#release(chunk);
    return {
      data: ready.chunks.length === 1 ? first.data : concatenate(ready.chunks),
      stream: first.stream,
      ppid: first.ppid,
      unordered: first.unordered,
      // RFC 9260 §6.6: that of an unordered message "has no significance".
      ssn: first.unordered ? 0 : first.ssn,
      tsn: first.tsn,
      source: first.source,
      more: ready.more,
      continuation: ready.continuation,
    };
  }

  /** The peer began anew: what is whole can still be read, the fragments will never be completed. */
  restart(): void {
    this.#partial = undefined;
    for (let held = this.#held.shift(); held !== undefined; held = this.#held.shift()) this.#deliver(held);
    this.#reassembly = new Reassembly();
    this.#streams = new DataStreams();
    this.#payload = 0;
    this.#retained = 0;
    // Parts of a message that will never end cannot be read as a message.
    const whole = [...this.#ready].filter((ready) => !ready.more && !ready.continuation);
    this.#ready.clear();
    for (const ready of whole) {
      this.#ready.push(ready);
      for (const chunk of ready.chunks) this.#charge(chunk);
    }
  }

  /** A message has all its fragments; false when it contradicts another one. */
  #complete(run: Run): boolean {
    if (run.chunks[0]?.unordered !== true) return this.#streams.order(run, (next) => this.#deliver(next));
    this.#deliver(run);
    return true;
  }

  #deliver(run: Run): void {
    // RFC 6458 §8.1.20, level 0: nothing else is delivered between the parts of a message.
    if (this.#partial !== undefined) this.#held.push(run);
    else this.#ready.push({ chunks: run.chunks, more: false, continuation: false });
  }

  /**
   * A message that fills the buffer before it is complete would never fit: what is there of it is delivered, and then
   * what comes (RFC 9260 §6.9). Only the next message of its stream may, and one at a time.
   */
  #deliverPartially(): void {
    if (this.#partial !== undefined) {
      const run = this.#reassembly.startingAt(tsnNext(this.#partial.tsn));
      if (run === undefined) return;
      this.#reassembly.remove(run);
      this.#continuePartial(run);
      return;
    }
    // While there is something to read, or room, the message may yet be completed.
    if (this.hasMessage || this.window >= this.#smallestWindow) return;
    const run = this.#reassembly.longestBegun((chunk) => this.#streams.isNext(chunk));
    if (run === undefined) return;
    this.#reassembly.remove(run);
    this.#partial = run.chunks.at(-1);
    this.#ready.push({ chunks: run.chunks, more: true, continuation: false });
  }

  #continuePartial(run: Run): void {
    const last = run.chunks.at(-1);
    const more = last?.ending !== true;
    this.#ready.push({ chunks: run.chunks, more, continuation: true });
    this.#partial = more ? last : undefined;
    if (more || last === undefined) return;
    if (!last.unordered) this.#streams.advance(last.stream, (next) => this.#deliver(next));
    for (let held = this.#held.shift(); held !== undefined; held = this.#held.shift()) this.#deliver(held);
  }

  #charge(chunk: InboundChunk): void {
    this.#payload += chunk.data.length;
    this.#retained += chunk.retained;
  }

  #release(chunk: InboundChunk): void {
    this.#payload -= chunk.data.length;
    this.#retained -= chunk.retained;
  }
}

function concatenate(chunks: readonly InboundChunk[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.data.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk.data, offset);
    offset += chunk.data.length;
  }
  return bytes;
}
