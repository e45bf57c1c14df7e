import type { IpAddress } from "../base/address.ts";
import { sourceTowards } from "../datagram/routes.ts";

/** Destinations that may wait for an answer; of more no route is known (each question costs a socket for a moment). */
const MOST_WAITING = 1_024;

export type RouteListener = (destination: IpAddress, source: IpAddress | undefined) => void;

/** Answers which source the system takes towards a destination, one question after the other. */
export class RouteQueue {
  readonly #listener: RouteListener;
  /** A set: many associations with one peer ask once. */
  readonly #waiting: Set<IpAddress> = new Set();
  #working = false;

  constructor(listener: RouteListener) {
    this.#listener = listener;
  }

  ask(destination: IpAddress): void {
    if (this.#waiting.size >= MOST_WAITING && !this.#waiting.has(destination)) {
      // Who asked would wait for ever.
      this.#listener(destination, undefined);
      return;
    }
    this.#waiting.add(destination);
    if (!this.#working) void this.#work();
  }

  /** No more answers. */
  clear(): void {
    this.#waiting.clear();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (const destination of this.#waiting) {
      const source = await sourceTowards(destination);
      // Not there any more: cleared meanwhile.
      if (this.#waiting.delete(destination)) this.#listener(destination, source);
    }
    this.#working = false;
  }
}
