/** Inclusive on both ends, `start <= end`. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/**
 * A set of integers kept as sorted, disjoint, non-adjacent ranges, as TSNs ahead of the cumulative one are reported
 * (RFC 9260 §3.3.4). The numbers are plain, not serial: give offsets from a base. The number of ranges is bounded by
 * whoever adds (an add makes at most one more).
 */
export class IntervalSet {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Number of ranges. */
  get size(): number {
    return this.#starts.length;
  }

  /** The `index`th range from below. */
  at(index: number): Interval | undefined {
    const start = this.#starts[index];
    const end = this.#ends[index];
    return start === undefined || end === undefined ? undefined : { start, end };
  }

  has(value: number): boolean {
    const index = this.#find(value);
    const start = this.#starts[index];
    return start !== undefined && start <= value;
  }

  /** Adds `value`; false when it was there. */
  add(value: number): boolean {
    // The first range that does not end before `value`: the only one that can hold it.
    const index = this.#find(value);
    const start = this.#starts[index];
    if (start !== undefined && start <= value) return false;
    const joinsBelow = index > 0 && this.#ends[index - 1] === value - 1;
    const joinsAbove = start === value + 1;
    if (joinsBelow && joinsAbove) {
      this.#ends[index - 1] = this.#ends[index] as number;
      this.#starts.splice(index, 1);
      this.#ends.splice(index, 1);
    } else if (joinsBelow) {
      this.#ends[index - 1] = value;
    } else if (joinsAbove) {
      this.#starts[index] = value;
    } else {
      this.#starts.splice(index, 0, value);
      this.#ends.splice(index, 0, value);
    }
    return true;
  }

  /** Forgets everything up to and including `value`. */
  removeThrough(value: number): void {
    let gone = 0;
    while (gone < this.#ends.length && (this.#ends[gone] as number) <= value) gone++;
    this.#starts.splice(0, gone);
    this.#ends.splice(0, gone);
    const start = this.#starts[0];
    if (start !== undefined && start <= value) this.#starts[0] = value + 1;
  }

  /** Takes `value` out; its range may fall into two. */
  remove(value: number): void {
    const index = this.#find(value);
    const start = this.#starts[index];
    const end = this.#ends[index];
    if (start === undefined || end === undefined || start > value) return;
    const rest: Interval[] = [];
    if (start < value) rest.push({ start, end: value - 1 });
    if (end > value) rest.push({ start: value + 1, end });
    this.#starts.splice(index, 1, ...rest.map((range) => range.start));
    this.#ends.splice(index, 1, ...rest.map((range) => range.end));
  }

  /** Index of the first range whose end is at or above `value`. */
  #find(value: number): number {
    // Arrivals are mostly at the upper end: look there before searching.
    const last = this.#ends.length - 1;
    if (last < 0 || (this.#ends[last] as number) < value) return last + 1;
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
