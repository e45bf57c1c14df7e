import type { IpAddress } from "../base/address.ts";
import { localAddresses } from "./interfaces.ts";

/** ms between two looks at the interfaces. One look is some tens of microseconds. */
const WATCH_INTERVAL = 2_000;

/**
 * Looks at this machine's addresses from time to time (Node is not told of changes) and calls `onLook` with all of
 * them, changed or not: who failed to bind one of them tries again then. It never keeps the process alive.
 */
export class AddressWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #onLook: (addresses: readonly IpAddress[]) => void;

  /** `interval`: ms, 2,000 by default. */
  constructor(onLook: (addresses: readonly IpAddress[]) => void, interval: number = WATCH_INTERVAL) {
    this.#onLook = onLook;
    this.#timer = setInterval(() => this.look(), interval);
    this.#timer.unref();
  }

  /** Looks now. */
  look(): void {
    this.#onLook(localAddresses().map((local) => local.address));
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
