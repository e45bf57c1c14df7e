import type { Association } from "./endpoint.ts";

interface Entry {
  readonly deadline: number;
  readonly association: Association;
}

/**
 * The deadlines of all associations: a binary heap, re-armed lazily. A deadline that moves later (T3 does at every
 * SACK) costs nothing: the entry is looked at when the earlier one comes. Bound: an association has one live entry
 * and at most a few that are out of date, which go when their time comes.
 */
export class TimerQueue {
  readonly #heap: Entry[] = [];

  /** The earliest deadline, ms, or one that was moved later since; Infinity when there is none. */
  get earliest(): number {
    this.#dropStale();
    return this.#heap[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** The association's next deadline is this; nothing is done when an earlier one is queued. */
  update(association: Association, deadline: number): void {
    if (deadline >= association.scheduled) return;
    association.scheduled = deadline;
    this.#push({ deadline, association });
  }

  /** Takes out an association whose queued deadline has come. */
  takeDue(now: number): Association | undefined {
    this.#dropStale();
    const first = this.#heap[0];
    if (first === undefined || first.deadline > now) return undefined;
    this.#pop();
    first.association.scheduled = Number.POSITIVE_INFINITY;
    return first.association;
  }

  #dropStale(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.deadline === first.association.scheduled) return;
      this.#pop();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const above = heap[parent] as Entry;
      if (above.deadline <= entry.deadline) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && (heap[right] as Entry).deadline < (heap[child] as Entry).deadline)
        child = right;
      const below = heap[child] as Entry;
      if (below.deadline >= last.deadline) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}
