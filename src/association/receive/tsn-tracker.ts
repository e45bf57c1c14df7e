import { IntervalSet } from "../../base/intervals.ts";
import { type Tsn, tsnAdd, tsnDiff, tsnNext } from "../../base/serial.ts";

/** Ranges kept above the cumulative TSN; one more is not accepted, or a peer could make the list grow at will. */
const MAX_RANGES = 1_024;
/** Duplicates reported in one SACK. */
const MAX_DUPLICATES = 16;
/** How far above the cumulative TSN data is accepted: a Gap Ack Block counts in 16 bits (RFC 9260 §3.3.4). */
const MAX_GAP_OFFSET = 0xffff;

/**
 * - `next`: it advances the cumulative TSN
 * - `ahead`: it is new and leaves or fills a gap
 * - `duplicate`: it was received before
 * - `unreportable`: too far ahead, or one gap too many, to be acknowledged
 */
export type TsnClass = "next" | "ahead" | "duplicate" | "unreportable";

/** Which TSNs have been received (RFC 9260 §6.2, §6.7). */
export class TsnTracker {
  #cumulative: Tsn;
  /** The cumulative TSN as a number that does not wrap; ranges are kept on the same scale. */
  #unwrapped = 0;
  readonly #ahead: IntervalSet = new IntervalSet();
  #duplicates: Tsn[] = [];

  /** `initialTsn`: the peer's; everything before it counts as received. */
  constructor(initialTsn: Tsn) {
    this.#cumulative = tsnAdd(initialTsn, -1);
  }

  /** The last TSN received in sequence. */
  get cumulative(): Tsn {
    return this.#cumulative;
  }

  /** The TSN that would go on with it. */
  get next(): Tsn {
    return tsnNext(this.#cumulative);
  }

  get hasGaps(): boolean {
    return this.#ahead.size > 0;
  }

  get hasDuplicates(): boolean {
    return this.#duplicates.length > 0;
  }

  /** Whether it is above everything that was received. */
  isBeyondHighest(tsn: Tsn): boolean {
    return this.#unwrap(tsn) > this.#highest();
  }

  /** The last TSN received, in sequence or not. */
  get highest(): Tsn {
    return tsnAdd(this.#cumulative, this.#highest() - this.#unwrapped);
  }

  /** What a TSN would be, changing nothing. */
  classify(tsn: Tsn): TsnClass {
    const value = this.#unwrap(tsn);
    if (value <= this.#unwrapped || this.#ahead.has(value)) return "duplicate";
    if (value === this.#unwrapped + 1) return "next";
    if (value - this.#unwrapped > MAX_GAP_OFFSET) return "unreportable";
    if (this.#ahead.size >= MAX_RANGES && !this.#joins(value)) return "unreportable";
    return "ahead";
  }

  /** A TSN that is `next` or `ahead` has been received and kept. */
  add(tsn: Tsn): void {
    const value = this.#unwrap(tsn);
    if (value !== this.#unwrapped + 1) {
      this.#ahead.add(value);
      return;
    }
    this.#reach(value);
  }

  /** RFC 3758 §3.1, §3.2, §3.6: everything up to this TSN counts as received, and what joins it. */
  advance(tsn: Tsn): void {
    const value = this.#unwrap(tsn);
    if (value <= this.#unwrapped) return;
    this.#ahead.removeThrough(value);
    this.#reach(value);
  }

  /** RFC 9260 §6.2: one above the cumulative TSN was dropped after all, and is as if it had not come. */
  renege(tsn: Tsn): void {
    this.#ahead.remove(this.#unwrap(tsn));
  }

  #reach(value: number): void {
    let end = value;
    const first = this.#ahead.size > 0 ? this.#ahead.at(0) : undefined;
    if (first !== undefined && first.start === value + 1) {
      end = first.end;
      this.#ahead.removeThrough(end);
    }
    this.#cumulative = tsnAdd(this.#cumulative, end - this.#unwrapped);
    this.#unwrapped = end;
  }

  /** RFC 9260 §6.2: "The duplicate TSN number(s) SHOULD be reported in the SACK chunk". */
  addDuplicate(tsn: Tsn): void {
    if (this.#duplicates.length < MAX_DUPLICATES) this.#duplicates.push(tsn);
  }

  /** The duplicates since the last call, `most` of them; the rest is forgotten. */
  takeDuplicates(most: number): readonly Tsn[] {
    const taken = this.#duplicates;
    if (taken.length > 0) this.#duplicates = [];
    return taken.length > most ? taken.slice(0, most) : taken;
  }

  /** Gap Ack Blocks, offsets from the cumulative TSN, the lowest `most` of them (RFC 9260 §3.3.4, §6.7). */
  gaps(most: number): readonly { readonly start: number; readonly end: number }[] {
    const blocks: { start: number; end: number }[] = [];
    for (let index = 0; index < this.#ahead.size && blocks.length < most; index += 1) {
      const range = this.#ahead.at(index);
      if (range === undefined) break;
      blocks.push({ start: range.start - this.#unwrapped, end: range.end - this.#unwrapped });
    }
    return blocks;
  }

  /** Whether it makes a range longer instead of making one more. */
  #joins(value: number): boolean {
    return this.#ahead.has(value - 1) || this.#ahead.has(value + 1);
  }

  #unwrap(tsn: Tsn): number {
    return this.#unwrapped + tsnDiff(tsn, this.#cumulative);
  }

  #highest(): number {
    const { size } = this.#ahead;
    return size === 0 ? this.#unwrapped : (this.#ahead.at(size - 1)?.end ?? this.#unwrapped);
  }
}
