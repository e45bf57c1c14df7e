import { Ring } from "../base/ring.ts";
import type { Association } from "./endpoint.ts";

/** Bytes an association may send before the next one's turn. */
const QUANTUM = 24_576;

/**
 * The associations that may have something to send, served in turn by bytes (deficit round robin). Bound: the number
 * of associations; each stands in it once.
 */
export class ReadyRing {
  readonly #ring: Ring<Association> = new Ring();

  get isEmpty(): boolean {
    return this.#ring.length === 0;
  }

  add(association: Association): void {
    if (association.isReady) return;
    association.isReady = true;
    association.credit = QUANTUM;
    this.#ring.push(association);
  }

  /** Whose turn it is. */
  peek(): Association | undefined {
    return this.#ring.peek();
  }

  /** The one whose turn it is has nothing more to send. */
  removeHead(): void {
    const head = this.#ring.shift();
    if (head !== undefined) head.isReady = false;
  }

  /** The one whose turn it is has sent so many bytes. */
  charge(bytes: number): void {
    const head = this.#ring.peek();
    if (head === undefined) return;
    head.credit -= bytes;
    if (head.credit > 0) return;
    // What it sent beyond its share is taken off the next one.
    head.credit += QUANTUM;
    this.#ring.shift();
    this.#ring.push(head);
  }
}
