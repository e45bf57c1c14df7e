/** So many of something a second, and no more than that at once after a pause (a token bucket). */
export class RateLimit {
  /** How many there may be at once, now. */
  #left = 0;
  /** ms. */
  #at: number | undefined = undefined;

  /** Whether there may be one more, at `now` ms, of `perSecond` a second. */
  take(now: number, perSecond: number): boolean {
    const earned = this.#at === undefined ? perSecond : (Math.max(0, now - this.#at) * perSecond) / 1_000;
    this.#left = Math.min(perSecond, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
