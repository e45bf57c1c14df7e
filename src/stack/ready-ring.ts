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

  /** Whose turn it is. Who is still in debt from turns before is passed over, a share of it paid. */
  peek(): Association | undefined {
    for (let head = this.#ring.peek(); head !== undefined; head = this.#ring.peek()) {
      if (head.credit > 0) return head;
      head.credit += QUANTUM;
      this.#ring.shift();
      this.#ring.push(head);
    }
    return undefined;
  }

  /** The one whose turn it is has nothing more to send. */
  removeHead(): void {
    const head = this.#ring.shift();
    if (head !== undefined) head.isReady = false;
  }

  /** The one whose turn it is has sent so many bytes; true when that ends its turn. */
  charge(bytes: number): boolean {
    const head = this.#ring.peek();
    if (head === undefined) return false;
    head.credit -= bytes;
    return head.credit <= 0;
  }
}
