import { type Tsn, tsnAdd, tsnGt, tsnLe, tsnNext } from "../../base/serial.ts";
import type { InboundChunk } from "./inbound-chunk.ts";

/**
 * Consecutive fragments of one message (RFC 9260 §6.9: "the TSNs MUST be in strict sequence"). It grows at both ends: a peer
 * may send the last fragment first.
 */
export class Run {
  first: Tsn;
  last: Tsn;
  /** User data in it, bytes. */
  bytes: number;
  /** Those before the others, the latest first. */
  #earlier: InboundChunk[] | undefined = undefined;
  #chunks: InboundChunk[];

  constructor(chunk: InboundChunk) {
    this.first = chunk.tsn;
    this.last = chunk.tsn;
    this.bytes = chunk.data.length;
    this.#chunks = [chunk];
  }

  get length(): number {
    return (this.#earlier?.length ?? 0) + this.#chunks.length;
  }

  get firstChunk(): InboundChunk {
    return (this.#earlier?.at(-1) ?? this.#chunks[0]) as InboundChunk;
  }

  get lastChunk(): InboundChunk {
    return this.#chunks[this.#chunks.length - 1] as InboundChunk;
  }

  /** All, in order. */
  get chunks(): readonly InboundChunk[] {
    if (this.#earlier !== undefined) {
      this.#chunks = this.#earlier.reverse().concat(this.#chunks);
      this.#earlier = undefined;
    }
    return this.#chunks;
  }

  push(chunk: InboundChunk): void {
    this.#chunks.push(chunk);
    this.last = chunk.tsn;
    this.bytes += chunk.data.length;
  }

  /** This one and the one behind it as one: the shorter one moves, or fragments that come backwards would all move each time. */
  joinedWith(after: Run): Run {
    if (this.length < after.length) {
      const { chunks } = this;
      after.#earlier ??= [];
      for (let at = chunks.length - 1; at >= 0; at -= 1) after.#earlier.push(chunks[at] as InboundChunk);
      after.first = this.first;
      after.bytes += this.bytes;
      return after;
    }
    for (const chunk of after.chunks) this.push(chunk);
    return this;
  }
}

/**
 * - a Run that has its beginning and its ending: the message is complete
 * - `undefined`: kept, more is to come
 * - `"inconsistent"`: it contradicts a neighbour (another stream, a beginning in the middle): the peer is at fault
 */
export type Reassembled = Run | undefined | "inconsistent";

/**
 * Puts the fragments of messages together by TSN. Bound: the receive window; what is over it never gets here.
 */
export class Reassembly {
  readonly #byFirst: Map<Tsn, Run> = new Map();
  readonly #byLast: Map<Tsn, Run> = new Map();
  /** The run that grew last: fragments mostly come in order. */
  #recent: Run | undefined = undefined;

  /** Runs that wait for more. */
  get size(): number {
    return this.#byFirst.size;
  }

  /** The run that grew last, if it is still here. */
  get recent(): Run | undefined {
    return this.#recent;
  }

  add(chunk: InboundChunk): Reassembled {
    if (this.#contradicts(chunk)) return "inconsistent";
    const before = chunk.beginning ? undefined : this.#endingAt(tsnAdd(chunk.tsn, -1));
    const after = chunk.ending ? undefined : this.#byFirst.get(tsnNext(chunk.tsn));
    if (before !== undefined) this.#byLast.delete(before.last);
    before?.push(chunk);
    const run = before ?? new Run(chunk);
    if (after === undefined) return this.#settle(run, before === undefined);
    this.remove(after);
    if (this.#recent === run) this.#recent = undefined;
    return this.#settle(run.joinedWith(after), true);
  }

  /** The run that a message's later fragments are waiting in, if it starts with this TSN. */
  startingAt(tsn: Tsn): Run | undefined {
    return this.#byFirst.get(tsn);
  }

  /** The longest run that has the beginning of its message; for partial delivery (RFC 9260 §6.9). */
  longestBegun(mayGo: (first: InboundChunk) => boolean): Run | undefined {
    let longest: Run | undefined;
    for (const run of this.#byFirst.values()) {
      const { firstChunk } = run;
      if (!firstChunk.beginning || !mayGo(firstChunk)) continue;
      if (longest === undefined || run.bytes > longest.bytes) longest = run;
    }
    return longest;
  }

  /**
   * RFC 3758 §3.6: takes out every message "which is still missing one or more TSNs earlier than or equal to the new
   * cumulative TSN point", and returns what was there of them.
   */
  takeMissing(through: Tsn): readonly Run[] {
    const taken: Run[] = [];
    for (const run of this.#byFirst.values()) {
      const lacksBefore = run.firstChunk.beginning !== true && tsnLe(tsnAdd(run.first, -1), through);
      const lacksAfter = run.lastChunk.ending !== true && tsnLe(tsnNext(run.last), through);
      if (lacksBefore || lacksAfter) taken.push(run);
    }
    for (const run of taken) this.remove(run);
    return taken;
  }

  /** Takes out every run of which a chunk is above this TSN. */
  takeAbove(tsn: Tsn): readonly Run[] {
    const taken = [...this.#byFirst.values()].filter(({ last }) => tsnGt(last, tsn));
    for (const run of taken) this.remove(run);
    return taken;
  }

  /** Takes out every run whose first chunk is such. */
  takeWhere(isSuch: (first: InboundChunk) => boolean): readonly Run[] {
    const taken = [...this.#byFirst.values()].filter(({ firstChunk }) => isSuch(firstChunk));
    for (const run of taken) this.remove(run);
    return taken;
  }

  /** Takes a run out, whole. */
  remove(run: Run): void {
    this.#byFirst.delete(run.first);
    this.#byLast.delete(run.last);
    if (this.#recent === run) this.#recent = undefined;
  }

  #endingAt(tsn: Tsn): Run | undefined {
    const recent = this.#recent;
    if (recent !== undefined && recent.last === tsn) return recent;
    return this.#byLast.get(tsn);
  }

  #settle(run: Run, isNew: boolean): Run | undefined {
    if (run.firstChunk.beginning === true && run.lastChunk.ending === true) {
      this.#byFirst.delete(run.first);
      if (this.#recent === run) this.#recent = undefined;
      return run;
    }
    if (isNew) this.#byFirst.set(run.first, run);
    this.#byLast.set(run.last, run);
    this.#recent = run;
    return undefined;
  }

  /** RFC 9260 §6.9: all fragments of a message have the same stream, SSN and U bit, and one beginning and ending. */
  #contradicts(chunk: InboundChunk): boolean {
    const before = this.#endingAt(tsnAdd(chunk.tsn, -1));
    const after = this.#byFirst.get(tsnNext(chunk.tsn));
    const previous = before?.lastChunk;
    const next = after?.firstChunk;
    // Between two fragments that follow each other a message goes on, or one ends and another begins.
    if (previous !== undefined && !isSequel(previous, chunk)) return true;
    return next !== undefined && !isSequel(chunk, next);
  }
}

/** Whether the second of two fragments with consecutive TSNs can follow the first. */
export function isSequel(one: InboundChunk, other: InboundChunk): boolean {
  return one.ending ? other.beginning : !other.beginning && isSameMessage(one, other);
}

/** RFC 9260 §6.9, §3.3.1: fragments of one message agree in stream, U bit and, when ordered, SSN. */
function isSameMessage(one: InboundChunk, other: InboundChunk): boolean {
  return (
    one.stream === other.stream &&
    one.unordered === other.unordered &&
    (one.unordered || one.ssn === other.ssn)
  );
}
