import type { IpAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import type { Datagram, Endpoint, Stack, Transmit } from "../stack/index.ts";
import type { DatagramTap, Driver, EventListener } from "./driver.ts";

/**
 * The world around virtual drivers: simulated time, and a simulated network between their addresses. It decides when
 * each of them runs, so that nothing depends on a real clock or on the order in which a machine does things.
 */
export interface VirtualWorld {
  /** Simulated time, ms. It stands still while a driver runs. */
  now(): number;

  /** `driver` has something to do at this moment: call its `run` soon, not from within this call. */
  ready(driver: VirtualDriver): void;

  /** `driver` wants to receive at `address` and its UDP port. Throws an `SctpError` when somebody else does. */
  open(driver: VirtualDriver, address: IpAddress): void;

  /** `driver` no longer receives at `address`. */
  shut(driver: VirtualDriver, address: IpAddress): void;

  /** A datagram leaves. The bytes belong to the world from now on. */
  carry(datagram: VirtualDatagram): void;

  /** Which of the driver's addresses leads to `destination`. */
  route(driver: VirtualDriver, destination: IpAddress): IpAddress | undefined;
}

/** One UDP datagram between simulated hosts. */
export interface VirtualDatagram {
  /** The payload: one SCTP packet. */
  readonly bytes: Uint8Array;
  readonly source: IpAddress;
  /** UDP port. */
  readonly sourcePort: number;
  readonly destination: IpAddress;
  /** UDP port. */
  readonly destinationPort: number;
}

export interface VirtualDriverOptions {
  readonly stack: Stack;
  readonly world: VirtualWorld;
  /** At least one. */
  readonly addresses: readonly IpAddress[];
  readonly udpPort: number;
}

/** Outputs at one moment of simulated time, from which on the stack is taken to be in an endless loop. */
const OUTPUTS_AT_ONE_MOMENT = 1_000_000;

/**
 * Drives one stack in simulated time. It never acts by itself: `wake` and arriving datagrams mark it as ready in its
 * world, which then calls `run`. There is no process to keep alive, so `ref` and `unref` mean nothing here.
 */
export class VirtualDriver implements Driver {
  readonly stack: Stack;
  readonly udpPort: number;
  readonly #world: VirtualWorld;
  /** Holders of each open address. Bound: the addresses that the owner of this driver opens. */
  readonly #holders: Map<IpAddress, number> = new Map();
  /** Bound: one entry an endpoint of the stack. */
  readonly #listeners: Map<Endpoint, EventListener> = new Map();
  readonly #taps: Set<DatagramTap> = new Set();
  #buffer: Uint8Array = new Uint8Array(0);
  #outputs = 0;
  #momentOfOutputs = Number.NaN;
  #closed = false;

  constructor({ stack, world, addresses, udpPort }: VirtualDriverOptions) {
    this.stack = stack;
    this.udpPort = udpPort;
    this.#world = world;
    this.#open(addresses);
  }

  get addresses(): readonly IpAddress[] {
    return [...this.#holders.keys()];
  }

  now(): number {
    return this.#world.now();
  }

  wake(): void {
    if (!this.#closed) this.#world.ready(this);
  }

  attach(endpoint: Endpoint, listener: EventListener): void {
    this.#listeners.set(endpoint, listener);
  }

  detach(endpoint: Endpoint): void {
    this.#listeners.delete(endpoint);
  }

  ref(_endpoint: Endpoint): void {}

  unref(_endpoint: Endpoint): void {}

  async bind(addresses: readonly IpAddress[]): Promise<void> {
    if (this.#closed) throw new SctpError("ERR_SCTP_CLOSED", "the driver is closed");
    this.#open(addresses);
  }

  async unbind(addresses: readonly IpAddress[]): Promise<void> {
    const left = new Map(this.#holders);
    for (const address of addresses) {
      const holders = left.get(address);
      if (holders === undefined) {
        throw new SctpError(
          "ERR_SCTP_UNKNOWN_ADDRESS",
          `${address} is not bound to UDP port ${this.udpPort}`,
        );
      }
      if (holders > 1) left.set(address, holders - 1);
      else left.delete(address);
    }
    if (left.size === 0) throw new SctpError("ERR_SCTP_LAST_ADDRESS", "the last address cannot be removed");
    for (const address of this.addresses) {
      const holders = left.get(address);
      if (holders !== undefined) this.#holders.set(address, holders);
      else {
        this.#holders.delete(address);
        this.#world.shut(this, address);
      }
    }
    this.#tellAddresses();
  }

  async route(destination: IpAddress): Promise<IpAddress | undefined> {
    return this.#world.route(this, destination);
  }

  tap(tap: DatagramTap): () => void {
    this.#taps.add(tap);
    return () => this.#taps.delete(tap);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.run();
    this.#closed = true;
    this.#listeners.clear();
    for (const address of this.addresses) this.#world.shut(this, address);
    this.#holders.clear();
  }

  /** For the world: a datagram arrives. The stack acts on it when the driver runs, unless it is in a hurry. */
  deliver(datagram: Datagram): void {
    if (this.#closed) return;
    const { bytes, source, sourcePort, destination } = datagram;
    for (const tap of this.#taps) tap.onReceived(bytes, source, sourcePort, destination);
    this.stack.handleDatagram(this.now(), datagram);
    // A drain of the receive queue is all that arrives at one moment. What cannot wait for its end goes out within.
    if (this.stack.transmitUrgent) this.#transmit();
    this.#world.ready(this);
  }

  /** For the world: when the driver must run next if nothing arrives before, ms; Infinity when it need not. */
  get deadline(): number {
    return this.#closed ? Number.POSITIVE_INFINITY : this.stack.pollTimeout();
  }

  /** For the world: timers that are due, events and packets, until the stack has nothing left at this moment. */
  run(): void {
    // What cannot be sent any more is found in sending: that makes events, too.
    while (!this.#closed && (this.#expire() || this.#giveEvents() || this.#transmit() || this.#giveEvents()));
  }

  /** Each of the three says whether it did anything. */
  #expire(): boolean {
    if (this.stack.pollTimeout() > this.now()) return false;
    this.#count();
    this.stack.handleTimeout(this.now());
    return true;
  }

  #giveEvents(): boolean {
    let event = this.stack.pollEvent();
    if (event === undefined) return false;
    for (; event !== undefined && !this.#closed; event = this.stack.pollEvent()) {
      this.#count();
      if (event.type === "route") {
        const { destination } = event;
        const source = this.#world.route(this, destination);
        this.stack.handleRoute(this.now(), { destination, source });
      } else {
        this.#listeners.get(event.association.endpoint)?.(event);
      }
    }
    return true;
  }

  #transmit(): boolean {
    const now = this.now();
    let transmit = this.#poll(now);
    if (transmit === undefined) return false;
    for (; transmit !== undefined; transmit = this.#poll(now)) {
      this.#count();
      const { source, destination, destinationPort } = transmit;
      const bytes = this.#buffer.slice(0, transmit.length);
      for (const tap of this.#taps) tap.onSent(bytes, source, destination, destinationPort);
      this.#world.carry({ bytes, source, sourcePort: this.udpPort, destination, destinationPort });
    }
    return true;
  }

  #poll(now: number): Transmit | undefined {
    const { packetLimit } = this.stack;
    if (this.#buffer.length < packetLimit) this.#buffer = new Uint8Array(packetLimit);
    return this.stack.pollTransmit(now, this.#buffer);
  }

  /** A stack that never comes to rest would hang its test. */
  #count(): void {
    if (this.#momentOfOutputs !== this.now()) {
      this.#momentOfOutputs = this.now();
      this.#outputs = 0;
    }
    if (++this.#outputs > OUTPUTS_AT_ONE_MOMENT) {
      throw new Error(`a stack at ${this.addresses[0]} does not come to rest at ${this.now()} ms`);
    }
  }

  #open(addresses: readonly IpAddress[]): void {
    const opened: IpAddress[] = [];
    try {
      for (const address of new Set(addresses)) {
        if (this.#holders.has(address)) continue;
        this.#world.open(this, address);
        opened.push(address);
      }
    } catch (error) {
      for (const address of opened) this.#world.shut(this, address);
      throw error;
    }
    for (const address of addresses) this.#holders.set(address, (this.#holders.get(address) ?? 0) + 1);
    this.#tellAddresses();
  }

  #tellAddresses(): void {
    this.stack.handleLocalAddresses(this.now(), this.addresses);
    this.wake();
  }
}
