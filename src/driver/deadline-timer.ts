/** The longest delay of setTimeout, ms; a longer one would fire at once. */
const LONGEST = 2_147_483_647;

/**
 * One timer for a deadline that moves all the time. An earlier deadline sets the timer anew; a later one waits for the
 * timer to fire, so that a deadline pushed back with every packet costs nothing.
 */
export class DeadlineTimer {
  readonly #now: () => number;
  readonly #onDue: (deadline: number) => void;
  #timeout: NodeJS.Timeout | undefined;
  #firesAt = Number.POSITIVE_INFINITY;
  #deadline = Number.POSITIVE_INFINITY;
  #referenced = true;

  /** `now`: the clock of the deadlines, ms. `onDue` is called once for a deadline that has come, with it. */
  constructor(now: () => number, onDue: (deadline: number) => void) {
    this.#now = now;
    this.#onDue = onDue;
  }

  /** The deadline from now on; Infinity for none. */
  set(deadline: number): void {
    this.#deadline = deadline;
    if (deadline < this.#firesAt) this.#arm(deadline);
  }

  ref(): void {
    this.#referenced = true;
    this.#timeout?.ref();
  }

  unref(): void {
    this.#referenced = false;
    this.#timeout?.unref();
  }

  clear(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
    this.#firesAt = Number.POSITIVE_INFINITY;
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  #arm(at: number): void {
    clearTimeout(this.#timeout);
    this.#firesAt = at;
    const delay = Math.min(Math.max(Math.ceil(at - this.#now()), 1), LONGEST);
    this.#timeout = setTimeout(this.#onFired, delay);
    if (!this.#referenced) this.#timeout.unref();
  }

  readonly #onFired = (): void => {
    this.#timeout = undefined;
    this.#firesAt = Number.POSITIVE_INFINITY;
    if (this.#deadline === Number.POSITIVE_INFINITY) return;
    // Pushed back meanwhile, or fired a fraction early: the event loop's clock has whole milliseconds.
    if (this.#now() < this.#deadline) {
      this.#arm(this.#deadline);
      return;
    }
    const deadline = this.#deadline;
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#onDue(deadline);
  };
}
