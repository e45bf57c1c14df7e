/**
 * A first-in-first-out queue over a power-of-two array that doubles when full. It never shrinks by itself and has no
 * bound of its own: who pushes enforces one.
 */
export class Ring<T> {
  #slots: (T | undefined)[];
  #head = 0;
  #length = 0;

  /** `capacity`: slots to begin with, rounded up to a power of two. */
  constructor(capacity: number = 16) {
    let size = 1;
    while (size < capacity) size *= 2;
    this.#slots = new Array<T | undefined>(size).fill(undefined);
  }

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = value;
    this.#length++;
  }

  /** Puts `value` before the oldest. */
  unshift(value: T): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#slots.length - 1);
    this.#slots[this.#head] = value;
    this.#length++;
  }

  /** Takes the oldest out, or gives undefined when there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#slots[this.#head];
    // A slot that kept its value would keep it from the garbage collector.
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length--;
    return value;
  }

  /** The oldest, left in. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#slots[this.#head];
  }

  /** The `index`th from the oldest (0), or undefined out of range. */
  get(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    return this.#slots[(this.#head + index) & (this.#slots.length - 1)];
  }

  /** Replaces the `index`th from the oldest; nothing happens out of range. */
  set(index: number, value: T): void {
    if (index < 0 || index >= this.#length) return;
    this.#slots[(this.#head + index) & (this.#slots.length - 1)] = value;
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#head = 0;
    this.#length = 0;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#length; i++) yield this.get(i) as T;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Array<T | undefined>(old.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) slots[i] = old[(this.#head + i) & (old.length - 1)];
    this.#slots = slots;
    this.#head = 0;
  }
}
