import { Ring } from "../../base/ring.ts";
import type { Association } from "./association.ts";

/** Who listens to the `association` event. */
export interface ArrivalListeners {
  listened(): boolean;
  emit(association: Association): void;
}

/** Associations one by one. Written with one type argument, as TypeScript before 5.6 has it. */
export interface AssociationIterator extends AsyncIterableIterator<Association> {
  next(): Promise<IteratorResult<Association, undefined>>;
}

type Result = IteratorResult<Association, undefined>;

/**
 * Established associations until somebody takes them: listeners at once, else a loop. How many may wait is the
 * backlog, which is kept by whoever announces them.
 */
export class Arrivals {
  readonly #listeners: ArrivalListeners;
  readonly #queue = new Ring<Association>();
  readonly #reads: ((result: Result) => void)[] = [];
  #announced = 0;
  #closed = true;

  constructor(listeners: ArrivalListeners) {
    this.#listeners = listeners;
  }

  /** Asked for and not established yet, or established and not taken yet. */
  get waiting(): number {
    return this.#announced + this.#queue.length;
  }

  open(): void {
    this.#closed = false;
  }

  /** A peer has asked for one. */
  announced(): void {
    this.#announced++;
  }

  /** It came to nothing. */
  vanished(): void {
    this.#announced--;
  }

  arrived(association: Association): void {
    this.#announced--;
    const read = this.#reads.shift();
    if (read !== undefined) read({ value: association, done: false });
    else if (this.#listeners.listened()) this.#listeners.emit(association);
    else this.#queue.push(association);
  }

  /** Somebody has begun to listen: they get what waits, after the code that runs now. */
  listening(): void {
    process.nextTick(() => {
      while (this.#listeners.listened()) {
        const association = this.#take();
        if (association === undefined) return;
        this.#listeners.emit(association);
      }
    });
  }

  /** Loops end. Gives back what nobody took. */
  close(): Association[] {
    this.#closed = true;
    for (const read of this.#reads.splice(0)) read({ value: undefined, done: true });
    const left = [...this.#queue];
    this.#queue.clear();
    return left;
  }

  iterate(): AssociationIterator {
    const iterator: AssociationIterator = {
      next: () => this.#next(),
      return: () => Promise.resolve({ value: undefined, done: true }),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #next(): Promise<Result> {
    const association = this.#take();
    if (association !== undefined) return Promise.resolve({ value: association, done: false });
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#reads.push(resolve));
  }

  /** The next one that did not end while it waited. */
  #take(): Association | undefined {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (next.closed === undefined) return next;
    }
    return undefined;
  }
}
