/** One signal for a caller's signal and a time limit, and what belongs to both is taken away again by `clear`. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#controller.abort(this.#signal?.reason);

  /** `timeout`: ms, or Infinity. `late` makes the error of a deadline that passed. Throws the signal's reason. */
  constructor(timeout: number, signal: AbortSignal | undefined, late: () => Error) {
    signal?.throwIfAborted();
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (timeout !== Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.#controller.abort(late()), timeout);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** As `work`, but rejects as soon as the limit is reached. The work itself goes on. */
  race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      const settle = (): void => signal.removeEventListener("abort", onAbort);
      work.finally(settle).then(resolve, reject);
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}
