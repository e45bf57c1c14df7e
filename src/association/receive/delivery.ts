import { Ring } from "../../base/ring.ts";
import { ssnDiff, type Tsn, tsnAdd, tsnDiff, tsnGt, tsnNext } from "../../base/serial.ts";
import type { SkippedStream } from "../../packet/chunks/forward-tsn.ts";
import type { SkippedMessages } from "../../packet/chunks/i-forward-tsn.ts";
import type { AssociationConfig } from "../config.ts";
import type { IncomingMessage } from "../events.ts";
import { lists, type StreamList } from "../reconfig/request.ts";
import { DataStreams } from "./data-streams.ts";
import { IDataStreams } from "./idata-streams.ts";
import type { AbortedMessage, IDataInboundChunk, InboundChunk } from "./inbound-chunk.ts";
import { type Ready, wholeOf } from "./ready.ts";
import { isSequel, Reassembly, Run } from "./reassembly.ts";

/** Streams whose numbers begin anew after a TSN, and what has come for them of later ones (RFC 6525 §5.2.2 E2). */
interface Deferred {
  readonly streams: StreamList;
  readonly lastTsn: Tsn;
  /** Bound: the receive window. */
  readonly chunks: InboundChunk[];
}

/** What of the configuration rules delivery; sizes in bytes. */
export type DeliveryParameters = Pick<
  AssociationConfig,
  "receiveBuffer" | "partialDeliveryPoint" | "fragmentInterleave"
>;

/** Messages in parts at one time: as many as there may be gaps in the TSNs (see TsnTracker), where each of them waits. */
const MAX_PARTIALS = 1_024;

/**
 * Memory that what is unread may hold, beside its user data. A large datagram full of small messages is some 800 of them
 * at once: less would drop what the window had allowed.
 */
const MEMORY = 4;

/** The windows below this many bytes are told as none (RFC 9260 §6.2, RFC 1122 §4.2.3.3: silly window). */
const SMALLEST_WINDOW = 1_500;

/**
 * What has come in and is not read: fragments, messages before their turn, messages ready. The receive window is what
 * is left beside them (RFC 9260 §6.2 A to C). Two bounds: the user data may fill receiveBuffer, and the memory that
 * it really holds may be MEMORY times that, which matters where messages are tiny.
 */
export class Delivery {
  #reassembly: Reassembly = new Reassembly();
  #streams: DataStreams = new DataStreams();
  /** In place of both, where messages are interleaved (RFC 8260). */
  #interleaved: IDataStreams | undefined = undefined;
  readonly #ready: Ring<Ready> = new Ring(4);
  /** Messages completed while others that are being delivered in parts hold them back. */
  readonly #held: Ring<Run> = new Ring(1);
  /**
   * The messages that are being delivered in parts: the last chunk given out of each, by the TSN that goes on with it.
   * Bound: one, or with fragmentInterleave MAX_PARTIALS.
   */
  readonly #partials: Map<Tsn, InboundChunk> = new Map();
  #deferred: Deferred | undefined = undefined;
  #payload = 0;
  #retained = 0;
  #parameters: DeliveryParameters;
  /** The largest receiveBuffer that there was: what the peer has sent may have been sent by it. */
  #largestLimit: number;
  /** The window last told to the peer, bytes. */
  advertised: number;
  /** Bytes of it that what has come since has used. */
  #sinceTold = 0;

  constructor(parameters: DeliveryParameters) {
    this.#parameters = parameters;
    this.advertised = parameters.receiveBuffer;
    this.#largestLimit = parameters.receiveBuffer;
  }

  /** Takes changed parameters; there may be something to read by them. */
  configure(parameters: DeliveryParameters): void {
    this.#parameters = parameters;
    this.#largestLimit = Math.max(this.#largestLimit, parameters.receiveBuffer);
    this.#interleaved?.reconsider(parameters.partialDeliveryPoint);
    this.#releaseHeld();
    this.#beginWaiting();
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

  /** Room for user data, bytes. RFC 9260 §6.2 A to C: a_rwnd is the buffer less what came and is not read yet. */
  get window(): number {
    const limit = this.#limit;
    // If all that it allows were tiny, it would still be within the hard bound.
    const ofTiny = Math.floor(((MEMORY + 1) * limit - this.#retained) / MEMORY);
    return Math.max(0, Math.min(limit - this.#payload, MEMORY * limit - this.#retained, ofTiny));
  }

  /** Of the window that the peer knows something is left: it may have been sent already, and is taken. */
  get isPromised(): boolean {
    return this.#sinceTold < this.advertised;
  }

  /** a_rwnd for a SACK (RFC 9260 §6.2 D). A small rest is not offered: the peer would fill it with small chunks. */
  advertise(): number {
    const window = this.window;
    this.advertised = window < this.#smallestWindow ? 0 : window;
    this.#sinceTold = 0;
    return this.advertised;
  }

  /** RFC 9260 §3.3.2, §3.3.3: the dedicated buffer "SHOULD NOT be reduced": what the user said last. */
  get #limit(): number {
    return this.#parameters.receiveBuffer;
  }

  get #smallestWindow(): number {
    return Math.min(SMALLEST_WINDOW, this.#limit / 4);
  }

  /**
   * The window has opened by so much that the peer should hear of it (RFC 9260 §6.2: "at least a quarter"). Where it knows
   * of little, and nothing is left to read, it will not open further: then what there is.
   */
  get hasOpened(): boolean {
    const opened = this.window - this.advertised;
    const quarter = this.#limit / 4;
    if (opened >= quarter) return true;
    return this.advertised < quarter && !this.hasMessage && opened >= this.#smallestWindow;
  }

  /** Of the window that the peer knows it has used more than half. */
  get isHalfUsed(): boolean {
    return this.#sinceTold * 2 > this.advertised;
  }

  /** The hard bound: a peer that ignores the window, filling gap after gap, is not followed further. */
  get isOverrun(): boolean {
    return this.#holdsOver(1);
  }

  /**
   * A message in parts holds back all that there is, and nothing can be read before the peer gets on. The bound is that of the
   * largest buffer that there was: what was in flight when it was made smaller fits in that.
   */
  get isStuck(): boolean {
    const inParts = this.#partials.size + (this.#interleaved?.inParts ?? 0);
    return inParts > 0 && !this.hasMessage && !this.#holdsOver(1, this.#largestLimit);
  }

  /** Not so far from that that the next chunks would be there again. */
  get #isCrowded(): boolean {
    return this.#holdsOver(1 / 2);
  }

  /** So many receive buffers more than was offered. */
  #holdsOver(buffers: number, limit: number = this.#limit): boolean {
    return this.#payload > (1 + buffers) * limit || this.#retained > (MEMORY + buffers) * limit;
  }

  /**
   * Nothing can be read before this TSN comes: it goes on with a message in parts, and what is held behind that may
   * fill the window. To drop it would be to wait for ever.
   */
  awaits(tsn: Tsn): boolean {
    return this.#partials.size > 0 && !this.hasMessage && this.#partials.has(tsn);
  }

  /** Takes a chunk that is new; false when it contradicts what is there. */
  add(chunk: InboundChunk): boolean {
    if (this.#deferred !== undefined && this.#isDeferred(chunk, this.#deferred)) return true;
    const part = this.#partials.size > 0 ? this.#partials.get(chunk.tsn) : undefined;
    // A chunk right behind a part that was delivered must go on with its message.
    if (part !== undefined && !isSequel(part, chunk)) return false;
    this.#charge(chunk);
    if (chunk.beginning && chunk.ending && this.#reassembly.size === 0) {
      return this.#complete(new Run(chunk));
    }
    const run = this.#reassembly.add(chunk);
    if (run === "inconsistent") return false;
    if (part !== undefined) this.#continuePartial(chunk.tsn);
    else if (run !== undefined && !this.#complete(run)) return false;
    this.#considerPartial();
    return true;
  }

  #isDeferred(chunk: InboundChunk, { streams, lastTsn, chunks }: Deferred): boolean {
    if (!tsnGt(chunk.tsn, lastTsn) || !lists(streams, chunk.stream)) return false;
    this.#charge(chunk);
    chunks.push(chunk);
    return true;
  }

  /** Keeps what comes for these streams after `lastTsn` for itself, until they are reset or it is released. */
  defer(streams: StreamList, lastTsn: Tsn): void {
    this.#deferred = { streams, lastTsn, chunks: [] };
  }

  /**
   * RFC 9260 §6.2: drops what waits between these TSNs, the upper half of them first, until there is room again. What can
   * be read stays. The first of the two is missing, so that no message reaches across it. Returns the TSNs dropped.
   */
  renege(missing: Tsn, highest: Tsn): readonly Tsn[] {
    const dropped: InboundChunk[] = [];
    for (let above = tsnDiff(highest, missing); above > 0 && this.#isCrowded; ) {
      above = Math.floor(above / 2);
      const chunks = this.#takeAbove(tsnAdd(missing, above));
      for (const chunk of chunks) this.#release(chunk);
      dropped.push(...chunks);
    }
    return dropped.map(({ tsn }) => tsn);
  }

  #takeAbove(tsn: Tsn): InboundChunk[] {
    const taken: InboundChunk[] = [...(this.#interleaved?.takeAbove(tsn) ?? [])];
    const runs = [
      ...this.#reassembly.takeAbove(tsn),
      ...this.#streams.takeAbove(tsn),
      ...this.#takeHeldAbove(tsn),
    ];
    for (const { chunks } of runs) taken.push(...chunks);
    const deferred = this.#deferred;
    if (deferred !== undefined) {
      taken.push(...deferred.chunks.filter((chunk) => tsnGt(chunk.tsn, tsn)));
      this.#deferred = { ...deferred, chunks: deferred.chunks.filter((chunk) => !tsnGt(chunk.tsn, tsn)) };
    }
    return taken;
  }

  #takeHeldAbove(tsn: Tsn): readonly Run[] {
    const taken: Run[] = [];
    const rewound = new Set<number>();
    for (let count = this.#held.length; count > 0; count -= 1) {
      const run = this.#held.shift();
      const first = run?.chunks[0];
      if (run === undefined || first === undefined) continue;
      const { stream, ssn, unordered } = first;
      if (tsnGt(run.last, tsn)) {
        taken.push(run);
        if (unordered || rewound.has(stream)) continue;
        this.#streams.rewind(stream, ssn);
        rewound.add(stream);
      } else {
        this.#held.push(run);
      }
    }
    return taken;
  }

  /**
   * RFC 6525 §5.2.2 E3, E4: these streams begin anew after `lastTsn`. Ordered messages without their end never get it:
   * `aborted` are those of which parts were read. Not `fits`: what was kept for them contradicts what is there.
   */
  resetStreams(
    streams: StreamList,
    lastTsn: Tsn,
  ): { readonly aborted: readonly AbortedMessage[]; readonly fits: boolean } {
    const isOver = ({ tsn, stream, unordered }: InboundChunk): boolean =>
      !unordered && lists(streams, stream) && !tsnGt(tsn, lastTsn);
    const aborted: AbortedMessage[] = this.#partials.size > 0 ? this.#abortParts(isOver) : [];
    for (const run of this.#reassembly.takeWhere(isOver))
      for (const chunk of run.chunks) this.#release(chunk);
    this.#releaseHeld();
    aborted.push(...this.#resetNumbers(streams));
    const fits = this.#addAll(this.#takeDeferred());
    this.#beginWaiting();
    return { aborted, fits };
  }

  /** What was kept is data like any other; false when it contradicts what is there. */
  releaseDeferred(): boolean {
    return this.#addAll(this.#takeDeferred());
  }

  /**
   * The TSNs begin anew (RFC 6525 §5.2.4 G4, §5.2.7 H5): what was kept of those before `nextTsn` is data of before, the
   * rest is data of after. Messages without their end never get it: `aborted` are those of which parts were read.
   * `tsns`: those of the rest; undefined when a chunk contradicts what is there.
   */
  renumber(nextTsn: Tsn): {
    readonly aborted: readonly AbortedMessage[];
    readonly tsns: readonly Tsn[] | undefined;
  } {
    const kept = this.#takeDeferred();
    const before = kept.filter((chunk) => tsnGt(nextTsn, chunk.tsn));
    const after = kept.filter((chunk) => !tsnGt(nextTsn, chunk.tsn));
    if (!this.#addAll(before)) return { aborted: [], tsns: undefined };
    const aborted: AbortedMessage[] = this.#abortParts(() => true);
    this.#releaseHeld();
    aborted.push(...this.#resetNumbers([]));
    this.#beginAnew(false);
    return { aborted, tsns: this.#addAll(after) ? after.map(({ tsn }) => tsn) : undefined };
  }

  /**
   * RFC 3758 §3.6: nothing up to this TSN is awaited any more, nor the messages of these streams up to their SSNs. Drops
   * fragments that will not be completed, and delivers what waited behind them. Returns the messages of which parts were
   * read and whose rest will not come, by their last chunk.
   */
  skip(through: Tsn, skipped: readonly SkippedStream[]): readonly InboundChunk[] {
    const inParts = this.#partials.size;
    const aborted = inParts > 0 ? this.#abortPartials(through, skipped) : [];
    for (const run of this.#reassembly.takeMissing(through)) {
      for (const chunk of run.chunks) this.#release(chunk);
    }
    // Messages are held back by those in parts alone, be it that nothing of them was read.
    if (this.#partials.size < inParts) this.#releaseHeld();
    for (const { stream, ssn } of skipped) this.#streams.skip(stream, ssn, (run) => this.#deliver(run));
    this.#beginWaiting();
    return aborted;
  }

  /**
   * RFC 8260 §2.3.1: of the messages up to these MIDs what is whole is delivered, the rest never gets its end. Returns the
   * messages of which parts were read.
   */
  skipMessages(skipped: readonly SkippedMessages[]): readonly AbortedMessage[] {
    if (this.#interleaved === undefined) return [];
    const { dropped, inParts } = this.#interleaved.skip(skipped, this.#parameters.partialDeliveryPoint);
    for (const chunk of dropped) this.#release(chunk);
    const aborted = inParts.filter((message) => this.#dropUnreadParts(message));
    this.#makeRoom();
    return aborted;
  }

  #abortPartials(through: Tsn, skipped: readonly SkippedStream[]): InboundChunk[] {
    const ssns = new Map(skipped.map(({ stream, ssn }) => [stream, ssn]));
    return this.#abortParts((part, awaited) => {
      const ssn = part.unordered ? undefined : ssns.get(part.stream);
      return !tsnGt(awaited, through) || (ssn !== undefined && ssnDiff(ssn, part.ssn) >= 0);
    });
  }

  /** Messages in parts that are over; returns those of which parts were read, by their last chunk. */
  #abortParts(isOver: (part: InboundChunk, awaited: Tsn) => boolean): InboundChunk[] {
    const aborted: InboundChunk[] = [];
    for (const [awaited, part] of this.#partials) {
      if (!isOver(part, awaited)) continue;
      this.#partials.delete(awaited);
      if (this.#dropUnreadParts(part)) aborted.push(part);
    }
    return aborted;
  }

  /** Parts of a message that nobody has read need not be; returns whether there are others. */
  #dropUnreadParts({ stream, unordered, ssn }: AbortedMessage): boolean {
    const isOf = (first: InboundChunk): boolean =>
      first.stream === stream &&
      first.unordered === unordered &&
      // Interleaved messages of a stream may be in parts at the same time.
      (this.#interleaved === undefined || first.ssn === ssn);
    const kept: Ready[] = [];
    let isOpen = true;
    for (const ready of [...this.#ready].reverse()) {
      const first = ready.chunks[0];
      if (isOpen && ready.more && first !== undefined && isOf(first)) {
        for (const chunk of ready.chunks) this.#release(chunk);
        isOpen = ready.continuation;
      } else {
        kept.push(ready);
      }
    }
    this.#ready.clear();
    for (const ready of kept.reverse()) this.#ready.push(ready);
    return isOpen;
  }

  #takeDeferred(): readonly InboundChunk[] {
    const chunks = this.#deferred?.chunks ?? [];
    this.#deferred = undefined;
    for (const chunk of chunks) this.#release(chunk);
    return chunks;
  }

  #addAll(chunks: readonly InboundChunk[]): boolean {
    return chunks.every((chunk) =>
      this.#interleaved === undefined ? this.add(chunk) : this.addIData(chunk as IDataInboundChunk),
    );
  }

  /** What waited for its turn is delivered. Returns the interleaved messages that were read in part and never end. */
  #resetNumbers(streams: StreamList): AbortedMessage[] {
    this.#streams.reset(streams, (run) => this.#deliver(run));
    if (this.#interleaved === undefined) return [];
    const { dropped, inParts } = this.#interleaved.reset(streams);
    for (const chunk of dropped) this.#release(chunk);
    return inParts.filter((message) => this.#dropUnreadParts(message));
  }

  /** From now on the peer sends I-DATA (RFC 8260 §2.2.1). Nothing of its data may have come. */
  interleave(): void {
    this.#interleaved = new IDataStreams((chunks, part) => this.#ready.push({ chunks, ...part }));
  }

  /** Takes an I-DATA chunk that is new; false when it contradicts what is there. */
  addIData(chunk: IDataInboundChunk): boolean {
    const interleaved = this.#interleaved;
    if (interleaved === undefined) return false;
    if (this.#deferred !== undefined && this.#isDeferred(chunk, this.#deferred)) return true;
    this.#charge(chunk);
    const taken = interleaved.add(chunk, this.#parameters.partialDeliveryPoint);
    if (taken === "inconsistent") return false;
    if (taken === "late") this.#release(chunk);
    else this.#makeRoom();
    return true;
  }

  /** The next message or part; its bytes no longer fill the window. */
  read(): IncomingMessage | undefined {
    const ready = this.#ready.shift();
    const first = ready?.chunks[0];
    if (ready === undefined || first === undefined) return undefined;
    for (const chunk of ready.chunks) this.#release(chunk);
    this.#makeRoom();
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
    this.#deferred = undefined;
    this.#beginAnew(true);
    // The handshake says.
    this.#interleaved = undefined;
  }

  #beginAnew(hasParts: boolean): void {
    this.#partials.clear();
    this.#releaseHeld();
    this.#reassembly = new Reassembly();
    this.#streams = new DataStreams();
    if (this.#interleaved !== undefined) this.interleave();
    this.#payload = 0;
    this.#retained = 0;
    // Parts of a message that will never end cannot be read as a message; nor, after a restart, one that was begun before.
    const whole = hasParts ? wholeOf(this.#ready) : [...this.#ready];
    this.#ready.clear();
    for (const ready of whole) {
      this.#ready.push(ready);
      for (const chunk of ready.chunks) this.#charge(chunk);
    }
  }

  /** A message has all its fragments; false when it contradicts another one. */
  #complete(run: Run): boolean {
    const first = run.chunks[0];
    // RFC 9260 §3.3.1, §6.6: an unordered message "MUST be dispatched ... without any attempt to reorder", and its SSN is
    // ignored.
    if (first?.unordered === true) {
      this.#deliver(run);
      return true;
    }
    // RFC 9260 §6.5: an SSN is that of one message, and here of one that has been read in part.
    if (first !== undefined && this.#partOf(first)?.ssn === first.ssn) return false;
    if (!this.#streams.order(run, (next) => this.#deliver(next))) return false;
    this.#beginPastPoint();
    return true;
  }

  #deliver(run: Run): void {
    const first = run.chunks[0];
    if (first !== undefined && this.#isHeldBack(first)) this.#held.push(run);
    else this.#ready.push({ chunks: run.chunks, more: false, continuation: false });
  }

  /**
   * Whether a message must wait for the end of one that is being delivered in parts. RFC 6458 §8.1.20: up to level 1
   * "only one message will be delivered until all parts of a message have been delivered"; on level 2 "no other
   * messages would be delivered" of its stream alone.
   */
  #isHeldBack(first: InboundChunk): boolean {
    if (this.#partials.size === 0) return false;
    return !this.#parameters.fragmentInterleave || this.#partOf(first) !== undefined;
  }

  /** The last part of a message of the same stream and U bit that is being delivered in parts. */
  #partOf(first: InboundChunk): InboundChunk | undefined {
    if (this.#partials.size === 0) return undefined;
    for (const part of this.#partials.values()) {
      if (part.stream === first.stream && part.unordered === first.unordered) return part;
    }
    return undefined;
  }

  /** Whether the message of this first chunk may be delivered in parts: it is the next of its stream. */
  readonly #mayBegin = (first: InboundChunk): boolean =>
    !this.#isHeldBack(first) && this.#partials.size < MAX_PARTIALS && this.#streams.isNext(first);

  /** Whether the message that has just grown is to be delivered in parts. */
  #considerPartial(): void {
    const { recent } = this.#reassembly;
    // RFC 6458 §8.1.21: past the partial delivery point.
    if (recent !== undefined && recent.bytes > this.#parameters.partialDeliveryPoint) {
      const first = recent.firstChunk;
      if (first.beginning && this.#mayBegin(first)) this.#deliverPart(recent, false);
    }
    this.#makeRoom();
  }

  /**
   * A message that fills the buffer before it is complete would never fit: what is there of it is delivered, and then
   * what comes (RFC 9260 §6.9). While there is something to read, or room, it may yet be completed.
   */
  #makeRoom(): void {
    if (this.hasMessage || this.window >= this.#smallestWindow) return;
    if (this.#interleaved !== undefined) {
      this.#interleaved.giveOutLongest();
      return;
    }
    const run = this.#reassembly.longestBegun(this.#mayBegin);
    if (run !== undefined) this.#deliverPart(run, false);
  }

  /** It may be the turn of other messages though no data has come, and none may come while the window is full. */
  #beginWaiting(): void {
    this.#beginPastPoint();
    this.#makeRoom();
  }

  /** It is the turn of other messages: those past the partial delivery point begin (RFC 6458 §8.1.21). */
  #beginPastPoint(): void {
    const { partialDeliveryPoint } = this.#parameters;
    if (partialDeliveryPoint === Number.POSITIVE_INFINITY || this.#reassembly.size === 0) return;
    for (;;) {
      const run = this.#reassembly.longestBegun(this.#mayBegin);
      if (run === undefined || run.bytes <= partialDeliveryPoint) return;
      this.#deliverPart(run, false);
    }
  }

  /** A chunk has come that goes on with a message in parts, and perhaps joins it to more. */
  #continuePartial(tsn: Tsn): void {
    const run = this.#reassembly.startingAt(tsn);
    if (run === undefined) return;
    this.#partials.delete(tsn);
    const last = this.#deliverPart(run, true);
    if (last?.ending !== true) return;
    if (!last.unordered) this.#streams.advance(last.stream, (next) => this.#deliver(next));
    this.#releaseHeld();
    this.#beginPastPoint();
  }

  /** Gives out what there is of a message, and awaits the rest; returns the last chunk of it. */
  #deliverPart(run: Run, continuation: boolean): InboundChunk | undefined {
    this.#reassembly.remove(run);
    const last = run.chunks.at(-1);
    const more = last?.ending !== true;
    this.#ready.push({ chunks: run.chunks, more, continuation });
    if (last !== undefined && more) this.#partials.set(tsnNext(last.tsn), last);
    return last;
  }

  /** What nothing holds back any more can be read, in its order. */
  #releaseHeld(): void {
    for (let count = this.#held.length; count > 0; count -= 1) {
      const run = this.#held.shift();
      if (run !== undefined) this.#deliver(run);
    }
  }

  #charge(chunk: InboundChunk): void {
    this.#sinceTold += Math.max(chunk.data.length, chunk.retained / MEMORY);
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
