import { MAX_DELAY } from "../message/checks.ts";
import { nodeError } from "./errors.ts";

/** Tells once when nothing has happened for a time, and again after the next time that something has. */
export class IdleTimer {
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(expired: () => void) {
    this.#expired = expired;
  }

  /** ms; 0 turns it off. Throws ERR_INVALID_ARG_TYPE and ERR_OUT_OF_RANGE. */
  set(timeout: unknown): void {
    if (typeof timeout !== "number") {
      throw nodeError(
        TypeError,
        "ERR_INVALID_ARG_TYPE",
        `setTimeout(): the time must be a number, got ${timeout}`,
      );
    }
    if (!(timeout >= 0 && timeout <= MAX_DELAY)) {
      throw nodeError(
        RangeError,
        "ERR_OUT_OF_RANGE",
        `setTimeout(): the time must be 0 to ${MAX_DELAY} ms, got ${timeout}`,
      );
    }
    this.clear();
    // It must not keep the process alive.
    if (timeout > 0) this.#timer = setTimeout(this.#expired, timeout).unref();
  }

  /** Something happened. */
  refresh(): void {
    this.#timer?.refresh();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
