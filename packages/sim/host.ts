import {
  type Association,
  type AssociationConfig,
  defaultConfig,
  type Endpoint,
  type Environment,
  type IpAddress,
  type Stack,
  type StackEvent,
} from "usctp/core";
import type { VirtualDriver } from "usctp/driver";

export interface HostOptions {
  /** Its addresses, IPv4 and IPv6 as you like. Default: one that the network chooses, 10.0.0.1 and on. */
  readonly addresses?: readonly string[];
  /** Default 9899. Two hosts may share an address when their UDP ports differ. */
  readonly udpPort?: number;
  /** Makes the stack when it shall not be a plain `new Stack({ environment })`. */
  readonly stack?: (environment: Environment) => Stack;
}

/** An SCTP port as a host opens it. */
export interface HostEndpointOptions {
  /** SCTP port; 0 for one that is free. */
  readonly port: number;
  /** Default: all of the host's. */
  readonly addresses?: readonly IpAddress[];
  /** What differs from the defaults. */
  readonly config?: Partial<AssociationConfig>;
  /** Peers may open associations. Default true. */
  readonly listening?: boolean;
  /** What they open waits for accept() or refuse(). Default false. */
  readonly deferAccept?: boolean;
}

/** A simulated machine: one stack with its addresses, whose events are collected. */
export class Host {
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  readonly udpPort: number;
  readonly stack: Stack;
  readonly driver: VirtualDriver;
  /** What the endpoints that were opened here have said, in order. Clear it with `takeEvents`. */
  readonly events: StackEvent[] = [];
  /** Every association of these endpoints that has ever had an event, in that order. */
  readonly associations: Association[] = [];
  /** Those that were opened here, in that order. */
  readonly endpoints: Endpoint[] = [];
  readonly #listeners: ((event: StackEvent) => void)[] = [];

  constructor(name: string, driver: VirtualDriver) {
    this.name = name;
    this.driver = driver;
    this.stack = driver.stack;
    this.udpPort = driver.udpPort;
    this.addresses = driver.addresses;
  }

  /** Simulated time, ms. */
  get now(): number {
    return this.driver.now();
  }

  /** Opens an SCTP port. Its events go to `events` and to the listeners. */
  endpoint(options: HostEndpointOptions): Endpoint {
    const endpoint = this.stack.createEndpoint({
      addresses: this.driver.addresses,
      listening: true,
      ...options,
      config: { ...defaultConfig, ...options.config },
    });
    this.driver.attach(endpoint, (event) => {
      this.events.push(event);
      if (!this.associations.includes(event.association)) this.associations.push(event.association);
      for (const listener of this.#listeners) listener(event);
    });
    this.endpoints.push(endpoint);
    this.driver.wake();
    return endpoint;
  }

  /** Calls `listener` with each event as it happens. */
  onEvent(listener: (event: StackEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** The events so far, which are forgotten here. */
  takeEvents(): StackEvent[] {
    return this.events.splice(0);
  }
}
