import type { AssociationConfig } from "../../association/config.ts";
import type { IpAddress } from "../../base/address.ts";
import { type Capture, captureEndpoint, type Driver, DriverLease } from "../../driver/index.ts";
import type { Association as Core, Endpoint, StackEvent } from "../../stack/index.ts";

/** An association as it is known to a port. */
export interface PortAssociation {
  readonly core: Core;
  handle(event: StackEvent): void;
}

/** Who decides of the associations that peers ask for. */
export interface PortListener {
  /** A peer asks for one: it is taken, and belongs to what is returned, or refused. */
  incoming(core: Core): PortAssociation | undefined;
}

/**
 * An SCTP port with its addresses: what a bound socket has, and what sockets that it accepted or that were peeled off it
 * share. Everything is given back when the last of them is closed and the last association is over.
 */
export class SocketPort {
  readonly driver: Driver;
  readonly endpoint: Endpoint;
  /** Resolves when everything is given back. */
  readonly released: Promise<void>;
  /** The wildcards that it was bound to; empty when it was bound to addresses. */
  readonly wildcards: readonly IpAddress[];
  listener: PortListener | undefined = undefined;
  readonly #lease: Lease;
  /** Bound: the associations of the stack. */
  readonly #associations: Map<Core, PortAssociation> = new Map();
  #sockets = 0;
  #unreferenced = false;
  #markReleased: (result: Promise<void>) => void = () => {};
  #endCapture: () => Promise<void> = async () => {};
  #isGone = false;

  constructor(
    lease: Lease,
    options: {
      readonly port: number;
      readonly config: AssociationConfig;
      readonly reusePort: boolean;
      readonly wildcards: readonly IpAddress[];
      /** Gets the packets of this port. */
      readonly capture?: Capture | undefined;
    },
  ) {
    this.#lease = lease;
    this.driver = lease.driver;
    this.wildcards = options.wildcards;
    this.released = new Promise((resolve) => {
      this.#markReleased = resolve;
    });
    // A driver of the caller's may fail to give addresses back when nobody waits for it.
    this.released.catch(() => {});
    this.endpoint = this.driver.stack.createEndpoint({
      port: options.port,
      addresses: lease.addresses,
      config: options.config,
      listening: false,
      deferAccept: true,
      reusePort: options.reusePort,
    });
    this.driver.attach(this.endpoint, (event) => this.#onEvent(event));
    const { capture } = options;
    if (capture !== undefined) this.#endCapture = captureEndpoint(capture, this.driver, this.endpoint);
  }

  get addresses(): readonly IpAddress[] {
    return this.#lease.addresses;
  }

  /** A socket begins to use it. */
  retain(): void {
    this.#sockets += 1;
  }

  /** Sockets use it. */
  get isShared(): boolean {
    return this.#sockets > 0;
  }

  /** A socket is closed. */
  release(): void {
    this.#sockets -= 1;
    if (this.#sockets === 0) this.endpoint.close();
    this.#releaseIfOver();
  }

  /** An association that was opened from here. */
  add(association: PortAssociation): void {
    this.#associations.set(association.core, association);
  }

  async addAddresses(entries: readonly string[]): Promise<void> {
    const added = await this.#lease.add(entries);
    this.endpoint.addAddresses(this.driver.now(), added);
    this.driver.wake();
  }

  async removeAddresses(addresses: readonly IpAddress[]): Promise<void> {
    await this.#lease.remove(addresses);
    this.endpoint.removeAddresses(this.driver.now(), addresses);
    this.driver.wake();
  }

  /** The addresses of a wildcard came or went. */
  onAddresses(now: readonly IpAddress[]): void {
    const before = this.endpoint.addresses;
    const added = now.filter((address) => !before.includes(address));
    const removed = before.filter((address) => !now.includes(address));
    if (added.length > 0) this.endpoint.addAddresses(this.driver.now(), added);
    if (removed.length > 0) this.endpoint.removeAddresses(this.driver.now(), removed);
    this.driver.wake();
  }

  /** Whether its sockets keep the process alive. */
  hold(keep: boolean): void {
    this.#unreferenced = !keep;
    if (this.#isGone) return;
    if (keep) this.driver.ref(this.endpoint);
    else this.driver.unref(this.endpoint);
  }

  get isHeld(): boolean {
    return !this.#unreferenced;
  }

  #onEvent(event: StackEvent): void {
    const core = event.association;
    if (event.type === "incoming") {
      const taken = this.listener?.incoming(core);
      if (taken === undefined) core.refuse();
      else {
        this.#associations.set(core, taken);
        core.accept(this.driver.now());
      }
      this.driver.wake();
      return;
    }
    const association = this.#associations.get(core);
    association?.handle(event);
    if (event.type !== "closed") return;
    this.#associations.delete(core);
    this.#releaseIfOver();
  }

  #releaseIfOver(): void {
    if (this.#isGone || this.#sockets > 0 || this.#associations.size > 0) return;
    this.#isGone = true;
    this.driver.detach(this.endpoint);
    this.#markReleased(this.#giveBack());
  }

  async #giveBack(): Promise<void> {
    try {
      await this.#lease.release();
    } finally {
      await this.#endCapture();
    }
  }
}

/** A driver with local addresses on it; what `DriverLease` is. */
export type Lease = Pick<DriverLease, "driver" | "addresses" | "add" | "remove" | "release">;

/** Addresses on a driver of the caller's, given back at the end. */
export async function leaseOn(driver: Driver, addresses: readonly IpAddress[]): Promise<DriverLease> {
  await driver.bind(addresses);
  return new DriverLease({
    driver,
    held: addresses,
    skipped: [],
    selection: { fixed: addresses, current: undefined },
    listener: {},
    onRelease: (held) => driver.unbind(held),
  });
}
