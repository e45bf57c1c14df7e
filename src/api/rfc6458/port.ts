import type { AssociationConfig } from "../../association/config.ts";
import type { IpAddress } from "../../base/address.ts";
import { type Capture, type Driver, DriverLease, type Lease, LeasedEndpoint } from "../../driver/index.ts";
import type { Association as Core, StackEvent } from "../../stack/index.ts";

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
export class SocketPort extends LeasedEndpoint {
  /** The wildcards that it was bound to; empty when it was bound to addresses. */
  readonly wildcards: readonly IpAddress[];
  listener: PortListener | undefined = undefined;
  /** Bound: the associations of the stack. */
  readonly #associations: Map<Core, PortAssociation> = new Map();
  #sockets = 0;

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
    const { port, config, reusePort, wildcards, capture } = options;
    super(lease, { port, config, reusePort, listening: false, deferAccept: true });
    this.wildcards = wildcards;
    this.driver.attach(this.endpoint, (event) => this.#onEvent(event));
    if (capture !== undefined) this.capture(capture);
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

  /** Whether its sockets keep the process alive. */
  hold(keep: boolean): void {
    if (this.isGivenBack) return;
    if (keep) this.driver.ref(this.endpoint);
    else this.driver.unref(this.endpoint);
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
    if (this.#sockets === 0 && this.#associations.size === 0) this.giveBack();
  }
}

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
