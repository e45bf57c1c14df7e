import type { IpAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import type { Endpoint, EndpointOptions } from "../stack/index.ts";
import type { Capture } from "./capture/capture.ts";
import { captureEndpoint } from "./capture/endpoint-capture.ts";
import type { Driver } from "./driver.ts";
import type { DriverLease } from "./driver-lease.ts";

/** A driver with local addresses on it; what `DriverLease` is over real sockets. */
export type Lease = Pick<DriverLease, "driver" | "addresses" | "add" | "remove" | "release">;

/** An SCTP port on a share in a driver, for the faces to build upon: what addresses the one has, the other has. */
export class LeasedEndpoint {
  readonly driver: Driver;
  readonly endpoint: Endpoint;
  /** Resolves when everything is given back. */
  readonly released: Promise<void>;
  readonly #lease: Lease;
  #endCapture: () => Promise<void> = async () => {};
  #markReleased: (result: Promise<void>) => void = () => {};
  #isGivenBack = false;

  /** Throws as `Stack.createEndpoint` does; then the lease is still the caller's. */
  constructor(lease: Lease, options: Omit<EndpointOptions, "addresses">) {
    this.#lease = lease;
    this.driver = lease.driver;
    this.endpoint = this.driver.stack.createEndpoint({ ...options, addresses: lease.addresses });
    this.released = new Promise((resolve) => {
      this.#markReleased = resolve;
    });
    // A transport or driver of the caller's may fail to close when nobody waits for it.
    this.released.catch(() => {});
  }

  get addresses(): readonly IpAddress[] {
    return this.endpoint.addresses;
  }

  /** Everything is given back, or on its way. */
  get isGivenBack(): boolean {
    return this.#isGivenBack;
  }

  /** Captures the packets of this port, from the first one on when it is called at once. */
  capture(capture: Capture): void {
    this.#endCapture = captureEndpoint(capture, this.driver, this.endpoint);
  }

  /** Entries as `DriverLease.add` takes them. */
  async addAddresses(entries: readonly string[]): Promise<void> {
    const added = await this.#lease.add(entries);
    try {
      this.endpoint.addAddresses(this.driver.now(), added);
    } catch (error) {
      // Another endpoint has the port there: all or none.
      if (added.length > 0) await this.#lease.remove(added);
      throw error;
    }
    this.driver.wake();
  }

  /** Rejects as `DriverLease.remove` and `Endpoint.checkRemoval` say. */
  async removeAddresses(addresses: readonly IpAddress[]): Promise<void> {
    this.endpoint.checkRemoval(addresses);
    await this.#lease.remove(addresses);
    this.endpoint.removeAddresses(this.driver.now(), addresses);
    this.driver.wake();
  }

  /** The addresses changed by themselves, on an interface that is followed. */
  onAddresses(now: readonly IpAddress[]): void {
    const before = this.endpoint.addresses;
    const added = now.filter((address) => !before.includes(address));
    const removed = before.filter((address) => !now.includes(address));
    for (const address of added) this.#addIfFree(address);
    if (removed.length > 0) this.endpoint.removeAddresses(this.driver.now(), removed, true);
    this.driver.wake();
  }

  /** One that another endpoint has is left to it, until the next change. */
  #addIfFree(address: IpAddress): void {
    try {
      this.endpoint.addAddresses(this.driver.now(), [address], true);
    } catch (error) {
      if (!(error instanceof SctpError)) throw error;
    }
  }

  /** No more events, and everything is given back; once. */
  protected giveBack(): void {
    if (this.#isGivenBack) return;
    this.#isGivenBack = true;
    this.driver.detach(this.endpoint);
    this.#markReleased(this.#release());
  }

  async #release(): Promise<void> {
    try {
      await this.#lease.release();
    } finally {
      await this.#endCapture();
    }
  }
}
