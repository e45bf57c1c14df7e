import type { Association } from "./endpoint.ts";

/**
 * The deadlines of all associations: a binary heap of associations, re-armed lazily. A deadline that moves later (T3
 * does at every SACK) costs nothing: its association is looked at when the earlier one comes. Bound: an association
 * stands in it once.
 */
export class TimerQueue {
  readonly #heap: Association[] = [];

  /** Associations that have a deadline. */
  get size(): number {
    return this.#heap.length;
  }

  /** The earliest deadline, ms, or one that was moved later since; Infinity when there is none. */
  get earliest(): number {
    return this.#heap[0]?.scheduled ?? Number.POSITIVE_INFINITY;
  }

  /** The association's next deadline is this; nothing is done when an earlier one is queued. */
  update(association: Association, deadline: number): void {
    if (deadline >= association.scheduled) return;
    association.scheduled = deadline;
    if (association.timerSlot < 0) association.timerSlot = this.#heap.push(association) - 1;
    this.#rise(association);
  }

  /** Takes out an association whose queued deadline has come. */
  takeDue(now: number): Association | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.scheduled > now) return undefined;
    this.remove(first);
    return first;
  }

  /** Forgets the association's deadline, if it has one. */
  remove(association: Association): void {
    const slot = association.timerSlot;
    if (slot < 0) return;
    association.timerSlot = -1;
    association.scheduled = Number.POSITIVE_INFINITY;
    const last = this.#heap.pop();
    if (last === undefined || last === association) return;
    this.#place(last, slot);
    this.#rise(last);
    this.#sink(last);
  }

  #place(association: Association, slot: number): void {
    this.#heap[slot] = association;
    association.timerSlot = slot;
  }

  #rise(association: Association): void {
    for (let slot = association.timerSlot; slot > 0; slot = association.timerSlot) {
      const above = this.#heap[(slot - 1) >>> 1] as Association;
      if (above.scheduled <= association.scheduled) return;
      this.#place(association, above.timerSlot);
      this.#place(above, slot);
    }
  }

  #sink(association: Association): void {
    const heap = this.#heap;
    for (;;) {
      const slot = association.timerSlot;
      let below = heap[2 * slot + 1];
      const right = heap[2 * slot + 2];
      if (below === undefined) return;
      if (right !== undefined && right.scheduled < below.scheduled) below = right;
      if (below.scheduled >= association.scheduled) return;
      this.#place(association, below.timerSlot);
      this.#place(below, slot);
    }
  }
}
