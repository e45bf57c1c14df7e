import type { IpAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import { isUnavailable } from "../datagram/bind-error.ts";
import { type LocalSelection, selectLocalAddresses } from "../datagram/local-addresses.ts";
import { Turns } from "../datagram/turns.ts";
import type { Stack } from "../stack/index.ts";
import type { DrivenStack, Driver } from "./driver.ts";

/** ms between two looks at the interfaces, of whose changes Node is not told. A look is some tens of microseconds. */
const WATCH_INTERVAL = 2_000;

/** What is told to who holds a lease. */
export interface LeaseListener {
  /** The lease's addresses changed by themselves: an interface that it follows got or lost some. All of them. */
  readonly onAddresses?: ((addresses: readonly IpAddress[]) => void) | undefined;
  /**
   * An address of a wildcard or interface could not be bound: it is tentative, vanished, or its port is taken. Told
   * once; it is tried again every two seconds.
   */
  readonly onSkipped?: ((address: IpAddress, error: Error) => void) | undefined;
}

/**
 * A share in a driver that other endpoints may use too: with addresses of its own, each of which stays open as long as
 * a lease has it. Where wildcards or interface names were asked for, it follows them.
 */
export class DriverLease<S extends DrivenStack = Stack> {
  readonly driver: Driver<S>;
  readonly #held: Set<IpAddress>;
  /** Taken out by the user: a wildcard does not bring them back. */
  readonly #removed: Set<IpAddress> = new Set();
  /** Failed to bind, and reported. */
  readonly #skipped: Set<IpAddress>;
  readonly #fixed: Set<IpAddress>;
  readonly #follow: (() => IpAddress[])[] = [];
  readonly #listener: LeaseListener;
  readonly #onRelease: (addresses: readonly IpAddress[]) => Promise<void>;
  #watch: NodeJS.Timeout | undefined;
  /** add, remove, release and what the watch finds take their turn. */
  readonly #turns: Turns = new Turns();
  #released: Promise<void> | undefined;

  /**
   * `held`: bound for this lease already; `skipped`: could not be, and is reported. `onRelease` gives the addresses
   * back that are left at the end.
   */
  constructor(options: {
    readonly driver: Driver<S>;
    readonly held: readonly IpAddress[];
    readonly skipped: readonly IpAddress[];
    readonly selection: LocalSelection;
    readonly listener: LeaseListener;
    readonly onRelease: (addresses: readonly IpAddress[]) => Promise<void>;
  }) {
    this.driver = options.driver;
    this.#held = new Set(options.held);
    this.#skipped = new Set(options.skipped);
    this.#fixed = new Set(options.selection.fixed);
    this.#listener = options.listener;
    this.#onRelease = options.onRelease;
    this.#followAlso(options.selection);
  }

  /** The local addresses of this lease; the driver may have more. */
  get addresses(): readonly IpAddress[] {
    return [...this.#held];
  }

  /**
   * Adds local addresses, all or none; entries as in `DriverRequest`. Resolves with those that are new. Rejects with
   * the errors of `Driver.bind` and those of a bad entry (ERR_SCTP_INVALID_ADDRESS, ERR_SCTP_LOOKUP).
   */
  async add(entries: readonly string[]): Promise<readonly IpAddress[]> {
    const selection = await selectLocalAddresses(entries);
    return this.#turns.run(async () => {
      if (this.#released !== undefined)
        throw new SctpError("ERR_SCTP_CLOSED", "the local addresses are released");
      const added = selection.fixed.filter((address) => !this.#held.has(address));
      if (added.length > 0) await this.driver.bind(added);
      for (const address of selection.fixed) {
        this.#held.add(address);
        this.#fixed.add(address);
        this.#removed.delete(address);
      }
      if (selection.current === undefined) return added;
      this.#followAlso(selection);
      return [...added, ...(await this.#bindEach(selection.current()))];
    });
  }

  /** Rejects with ERR_SCTP_LAST_ADDRESS when none would be left, ERR_SCTP_UNKNOWN_ADDRESS; then none is removed. */
  remove(addresses: readonly IpAddress[]): Promise<void> {
    return this.#turns.run(async () => {
      const given = new Set(addresses);
      for (const address of given) {
        if (!this.#held.has(address)) {
          throw new SctpError("ERR_SCTP_UNKNOWN_ADDRESS", `${address} is not a local address here`);
        }
      }
      if (given.size === this.#held.size) {
        throw new SctpError(
          "ERR_SCTP_LAST_ADDRESS",
          `cannot remove ${[...given].join(", ")}: none would be left`,
        );
      }
      for (const address of given) {
        this.#held.delete(address);
        this.#fixed.delete(address);
        this.#removed.add(address);
      }
      await this.driver.unbind([...given]);
    });
  }

  /** Gives everything back. The last lease of a driver closes it. */
  release(): Promise<void> {
    clearInterval(this.#watch);
    this.#released ??= this.#turns.run(() => this.#onRelease([...this.#held]));
    return this.#released;
  }

  #followAlso(selection: LocalSelection): void {
    if (selection.current === undefined) return;
    this.#follow.push(selection.current);
    // Unreferenced: to wait for new addresses alone is no reason to keep a process alive.
    this.#watch ??= setInterval(() => void this.#turns.run(() => this.#keepUp()), WATCH_INTERVAL).unref();
  }

  /** Brings the held addresses in step with what is followed. */
  async #keepUp(): Promise<void> {
    if (this.#released !== undefined) return;
    const wanted = new Set(this.#follow.flatMap((list) => list()));
    // New ones first, so that the last of the old ones can go.
    const appeared = await this.#bindEach([...wanted]);
    const vanished = [...this.#held].filter((address) => !wanted.has(address) && !this.#fixed.has(address));
    let changed = appeared.length > 0;
    for (const address of vanished) {
      if (this.#held.size === 1) break;
      this.#held.delete(address);
      await this.driver.unbind([address]);
      changed = true;
    }
    for (const address of this.#skipped) if (!wanted.has(address)) this.#skipped.delete(address);
    if (changed) this.#listener.onAddresses?.(this.addresses);
  }

  async #bindEach(candidates: readonly IpAddress[]): Promise<IpAddress[]> {
    const bound: IpAddress[] = [];
    for (const address of candidates) {
      if (this.#held.has(address) || this.#removed.has(address)) continue;
      try {
        await this.driver.bind([address]);
        this.#held.add(address);
        this.#skipped.delete(address);
        bound.push(address);
      } catch (error) {
        if (!(error instanceof Error) || this.#skipped.has(address)) continue;
        this.#skipped.add(address);
        this.#listener.onSkipped?.(address, error);
      }
    }
    return bound;
  }
}

/**
 * Binds for a new lease on a driver that is there already: `fixed` all or none, the rest as far as this machine has
 * it. Resolves with what was bound.
 */
export async function bindSelection(
  driver: Driver<DrivenStack>,
  selection: LocalSelection,
  onSkipped: NonNullable<LeaseListener["onSkipped"]>,
): Promise<IpAddress[]> {
  const bound: IpAddress[] = [];
  let failure: unknown = new SctpError("ERR_SCTP_ADDRESS_UNAVAILABLE", "there is no local address to bind");
  try {
    if (selection.fixed.length > 0) await driver.bind(selection.fixed);
    bound.push(...selection.fixed);
    for (const address of selection.current?.() ?? []) {
      try {
        await driver.bind([address]);
        bound.push(address);
      } catch (error) {
        if (!(error instanceof Error) || !isUnavailable(error)) throw error;
        failure = error;
        onSkipped(address, error);
      }
    }
  } catch (error) {
    if (bound.length > 0) await driver.unbind(bound);
    throw error;
  }
  if (bound.length === 0) throw failure;
  return bound;
}
