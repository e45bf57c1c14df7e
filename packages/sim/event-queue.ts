interface Entry<T> {
  readonly time: number;
  readonly order: number;
  readonly sequence: number;
  readonly item: T;
}

/**
 * What happens when: a binary heap by time, then by `order` (the smaller first), then first in, first out. Ties are
 * broken by nothing else, or the same seed would not give the same run.
 */
export class EventQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #sequence = 0;

  get length(): number {
    return this.#heap.length;
  }

  /** The time of the first item, ms; Infinity when there is none. */
  get time(): number {
    return this.#heap[0]?.time ?? Number.POSITIVE_INFINITY;
  }

  push(time: number, order: number, item: T): void {
    const heap = this.#heap;
    const entry = { time, order, sequence: this.#sequence++, item };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry<T>;
      if (!before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  shift(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) this.#sink(last);
    return first.item;
  }

  /** Puts `entry` at the top and lets it sink to its place. */
  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      if (left === undefined) break;
      let smaller = left;
      const right = heap[child + 1];
      if (right !== undefined && before(right, left)) {
        child++;
        smaller = right;
      }
      if (!before(smaller, entry)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = entry;
  }
}

function before<T>(a: Entry<T>, b: Entry<T>): boolean {
  if (a.time !== b.time) return a.time < b.time;
  return a.order !== b.order ? a.order < b.order : a.sequence < b.sequence;
}
