import { type Environment, type IpAddress, parseAddress, SctpError, Stack } from "usctp/core";
import { type VirtualDatagram, VirtualDriver, type VirtualWorld } from "usctp/driver";
import { seededEnvironment } from "./environment.ts";
import { EventQueue } from "./event-queue.ts";
import { Host, type HostOptions } from "./host.ts";
import { defaultConditions, Link, type LinkConditions, type Loss } from "./link.ts";
import { Nat } from "./nat.ts";
import { Random } from "./random.ts";
import { Socket } from "./socket.ts";

export interface NetworkOptions {
  /** An integer from 0. The same seed and the same calls give the same packets, byte for byte. */
  readonly seed: number;
  /** What links have unless they are told otherwise. */
  readonly conditions?: Partial<LinkConditions>;
}

/** A datagram that was sent, and what became of it. */
export interface Passage extends VirtualDatagram {
  /** When it was sent, ms. */
  readonly time: number;
  /** When it arrives; empty when it does not, more than one when it is duplicated. */
  readonly arrivals: readonly number[];
  readonly loss: Loss | undefined;
  /** It arrives with another bit than it left with; `bytes` are those it left with. */
  readonly corrupted: boolean;
}

/** Looks at each datagram before the network does: true lets it go on, false loses it, a number delays it by ms. */
export type Filter = (datagram: VirtualDatagram) => boolean | number;

export interface CutOptions {
  /** When the cut begins, ms of simulated time. Default: now. */
  readonly from?: number;
  /** When it ends. Default: when it is healed. */
  readonly until?: number;
  /** "forward": only from the first address to the second. Default "both". */
  readonly direction?: "both" | "forward";
}

/** Who receives at an address and UDP port. */
interface Receiver {
  receive(datagram: VirtualDatagram): void;
}

/** A process that stands still, and what its sockets keep for it meanwhile. */
interface Stop {
  until: number;
  readonly waiting: VirtualDatagram[];
}

type Happening =
  | { readonly kind: "arrival"; readonly datagram: VirtualDatagram }
  | { readonly kind: "action"; readonly action: () => void }
  | { readonly kind: "timer"; readonly driver: VirtualDriver };

/** At one moment: what arrives, then what the test scheduled, then timers (a late timer must see what is there). */
const ORDER = { arrival: 0, action: 1, timer: 2 } as const;

const DEFAULT_UDP_PORT = 9899;

/** Datagrams that wait in the sockets of a host that stands still; more are lost. */
const WAITING = 200;

/** Moments without progress of time, from which on two hosts are taken to talk in an endless circle. */
const HAPPENINGS_AT_ONE_MOMENT = 1_000_000;

const IPV4_AND_UDP_HEADER = 28;
const IPV6_AND_UDP_HEADER = 48;

/** Any number of hosts and the links between their addresses, in simulated time from a seed. */
export class Network {
  readonly seed: number;
  readonly hosts: Host[] = [];
  readonly #conditions: LinkConditions;
  readonly #queue: EventQueue<Happening> = new EventQueue();
  readonly #links: Map<string, Link> = new Map();
  readonly #receivers: Map<string, Receiver> = new Map();
  /** Drivers that must run at this moment, in the order in which they were marked. */
  readonly #ready: Set<VirtualDriver> = new Set();
  /** The time of the earliest timer in the queue, of each driver. */
  readonly #armed: Map<VirtualDriver, number> = new Map();
  /** By the address that each of them stands in front of. */
  readonly #nats: Map<IpAddress, Nat> = new Map();
  readonly #stopped: Map<VirtualDriver, Stop> = new Map();
  readonly #filters: Set<Filter> = new Set();
  readonly #taps: ((passage: Passage) => void)[] = [];
  readonly #world: VirtualWorld;
  #now = 0;

  constructor({ seed, conditions = {} }: NetworkOptions) {
    this.seed = seed;
    this.#conditions = { ...defaultConditions, ...conditions };
    this.#world = {
      now: () => this.#now,
      ready: (driver) => this.#ready.add(driver),
      open: (driver, address) =>
        this.#claim(address, driver.udpPort, { receive: (datagram) => this.#deliver(driver, datagram) }),
      shut: (driver, address) => this.#receivers.delete(place(address, driver.udpPort)),
      carry: (datagram) => this.send(datagram),
      route: (driver, destination) =>
        driver.addresses.find((address) => this.#links.has(way(address, destination))),
    };
  }

  /** Simulated time, ms from 0. */
  get now(): number {
    return this.#now;
  }

  /** Adds a machine. Nothing reaches it until there are links. */
  host(name: string, options: HostOptions = {}): Host {
    const { addresses = [`10.0.0.${this.hosts.length + 1}`], udpPort = DEFAULT_UDP_PORT } = options;
    const environment = seededEnvironment(Random.of(this.seed, `host ${name}`));
    const makeStack = options.stack ?? ((given: Environment) => new Stack({ environment: given }));
    const driver = new VirtualDriver({
      stack: makeStack(environment),
      world: this.#world,
      addresses: addresses.map(asAddress),
      udpPort,
    });
    const host = new Host(name, driver);
    this.hosts.push(host);
    return host;
  }

  /** A bare UDP socket, for a test that speaks SCTP itself. */
  socket(address: string, udpPort: number = DEFAULT_UDP_PORT): Socket {
    const socket = new Socket(asAddress(address), udpPort, (datagram) => this.send(datagram));
    this.#claim(socket.address, udpPort, socket);
    return socket;
  }

  /** Joins two addresses, the same conditions both ways. A second call changes them. */
  link(a: string, b: string, conditions: Partial<LinkConditions> = {}): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const key = way(asAddress(from), asAddress(to));
      const link = this.#links.get(key);
      if (link !== undefined) link.change(conditions);
      else {
        const random = Random.of(this.seed, `link ${key}`);
        this.#links.set(key, new Link(random, { ...this.#conditions, ...conditions }));
      }
    }
  }

  /** Joins each address of one host with the address of the other that has the same place in its list. */
  linkPairs(a: Host, b: Host, conditions: Partial<LinkConditions> = {}): void {
    for (const [index, address] of a.addresses.entries()) {
      const other = b.addresses[index];
      if (other !== undefined) this.link(address, other, conditions);
    }
  }

  /** One direction of a link, for its counters and for conditions of its own. */
  direction(from: string, to: string): Link {
    const link = this.#links.get(way(asAddress(from), asAddress(to)));
    if (link === undefined) throw new Error(`no link from ${from} to ${to}`);
    return link;
  }

  /** Loses everything between two addresses, from now until healed unless told otherwise. */
  cut(
    a: string,
    b: string,
    { from = this.#now, until = Infinity, direction = "both" }: CutOptions = {},
  ): void {
    this.direction(a, b).cut(from, until);
    if (direction === "both") this.direction(b, a).cut(from, until);
  }

  /** Ends all cuts between two addresses, those to come as well. */
  heal(a: string, b: string): void {
    this.direction(a, b).heal(this.#now);
    this.direction(b, a).heal(this.#now);
  }

  /**
   * Puts a NAT in front of an address, which rewrites the UDP port and nothing else: mappings end after so many ms in
   * which nothing went out by them.
   */
  nat(address: string, lifetime: number): Nat {
    const nat = new Nat(lifetime);
    this.#nats.set(asAddress(address), nat);
    return nat;
  }

  /**
   * The process of a host stands still until that time, ms: to it the clock leaps. Datagrams wait in its sockets, as many as
   * those hold.
   */
  stop(host: Host, until: number): void {
    const stop = this.#stopped.get(host.driver) ?? { until, waiting: [] };
    stop.until = Math.max(stop.until, until);
    this.#stopped.set(host.driver, stop);
    this.at(until, () => this.#resume(host.driver));
  }

  isStopped(host: Host): boolean {
    return this.#stopped.has(host.driver);
  }

  #resume(driver: VirtualDriver): void {
    const stop = this.#stopped.get(driver);
    if (stop === undefined || stop.until > this.#now) return;
    this.#stopped.delete(driver);
    for (const datagram of stop.waiting) driver.deliver(datagram);
    this.#ready.add(driver);
  }

  #deliver(driver: VirtualDriver, datagram: VirtualDatagram): void {
    const stop = this.#stopped.get(driver);
    if (stop === undefined) driver.deliver(datagram);
    else if (stop.waiting.length < WAITING) stop.waiting.push(datagram);
  }

  /** Every datagram passes `filter` first. Returns what takes it away again. */
  filter(filter: Filter): () => void {
    this.#filters.add(filter);
    return () => this.#filters.delete(filter);
  }

  /** Calls `listener` with every datagram as it is sent. The bytes are only to be looked at. */
  tap(listener: (passage: Passage) => void): void {
    this.#taps.push(listener);
  }

  /** Does `action` at that time, ms; at a moment it comes after what arrives and before timers. */
  at(time: number, action: () => void): void {
    this.#queue.push(Math.max(time, this.#now), ORDER.action, { kind: "action", action });
  }

  /** Lets so much time pass, ms, and all that happens in it. */
  run(ms: number): void {
    const end = this.#now + ms;
    this.#settle();
    while (this.#queue.time <= end) this.#step();
    this.#now = end;
  }

  /** Lets time pass until `predicate` holds, at most so many ms. Whether it came to hold. */
  runUntil(predicate: () => boolean, limit: number): boolean {
    const end = this.#now + limit;
    this.#settle();
    while (!predicate()) {
      if (this.#queue.time > end) {
        this.#now = end;
        return false;
      }
      this.#step();
    }
    return true;
  }

  /** Puts a datagram on its way, whoever claims to send it. */
  send(given: VirtualDatagram): void {
    const nat = this.#nats.get(given.source);
    const datagram =
      nat === undefined ? given : { ...given, sourcePort: nat.outward(this.#now, given.sourcePort) };
    const link = this.#links.get(way(datagram.source, datagram.destination));
    const outcome = this.#pass(datagram, link);
    const arrivals = typeof outcome === "string" ? [] : outcome;
    const damaged = arrivals.length > 0 ? link?.damage(datagram.bytes) : undefined;
    const arriving = damaged === undefined ? datagram : { ...datagram, bytes: damaged };
    for (const time of arrivals)
      this.#queue.push(time, ORDER.arrival, { kind: "arrival", datagram: arriving });
    if (this.#taps.length === 0) return;
    const loss = typeof outcome === "string" ? outcome : undefined;
    const passage = { ...datagram, time: this.#now, arrivals, loss, corrupted: damaged !== undefined };
    for (const tap of this.#taps) tap(passage);
  }

  #pass(datagram: VirtualDatagram, link: Link | undefined): readonly number[] | Loss {
    let held = 0;
    for (const filter of this.#filters) {
      const verdict = filter(datagram);
      if (verdict === false) return "filtered";
      if (typeof verdict === "number") held += verdict;
    }
    if (link === undefined) return "no-link";
    const { destination, bytes } = datagram;
    const header = destination.includes(":") ? IPV6_AND_UDP_HEADER : IPV4_AND_UDP_HEADER;
    const outcome = link.enter(this.#now, bytes.length + header);
    return typeof outcome === "string" || held === 0 ? outcome : outcome.map((time) => time + held);
  }

  /** Goes on to the next moment at which something happens. */
  #step(): void {
    this.#now = Math.max(this.#now, this.#queue.time);
    this.#settle();
  }

  /** All that is to happen at this moment, until nothing more is. */
  #settle(): void {
    for (let count = 0; this.#queue.time <= this.#now || this.#ready.size > 0; count++) {
      if (count > HAPPENINGS_AT_ONE_MOMENT) throw new Error(`no end of packets at ${this.#now} ms`);
      while (this.#queue.time <= this.#now) this.#happen(this.#queue.shift() as Happening);
      // What is marked meanwhile goes to the end of the set, and has its turn in this loop too.
      for (const driver of this.#ready) {
        this.#ready.delete(driver);
        if (this.#stopped.has(driver)) continue;
        driver.run();
        this.#arm(driver);
      }
    }
  }

  #happen(happening: Happening): void {
    switch (happening.kind) {
      case "arrival": {
        const { datagram } = happening;
        const nat = this.#nats.get(datagram.destination);
        const destinationPort =
          nat === undefined ? datagram.destinationPort : nat.inward(this.#now, datagram.destinationPort);
        if (destinationPort === undefined) return;
        const receiver = this.#receivers.get(place(datagram.destination, destinationPort));
        // Bytes belong to who receives them: a duplicate must not share them.
        receiver?.receive({ ...datagram, destinationPort, bytes: datagram.bytes.slice() });
        return;
      }
      case "action":
        happening.action();
        return;
      case "timer":
        this.#armed.delete(happening.driver);
        this.#ready.add(happening.driver);
    }
  }

  /** An earlier timer than is needed stays: it finds nothing to do and is set anew. */
  #arm(driver: VirtualDriver): void {
    const { deadline } = driver;
    if (deadline >= (this.#armed.get(driver) ?? Infinity)) return;
    this.#armed.set(driver, deadline);
    this.#queue.push(deadline, ORDER.timer, { kind: "timer", driver });
  }

  #claim(address: IpAddress, udpPort: number, receiver: Receiver): void {
    const key = place(address, udpPort);
    if (this.#receivers.has(key)) {
      throw new SctpError("ERR_SCTP_PORT_IN_USE", `${address} has UDP port ${udpPort} in use`);
    }
    this.#receivers.set(key, receiver);
  }
}

function place(address: IpAddress, udpPort: number): string {
  return `${address} ${udpPort}`;
}

function way(from: IpAddress, to: IpAddress): string {
  return `${from} > ${to}`;
}

/** For tests: an address that is one, or a thrown error. */
export function asAddress(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an IP address: ${text}`);
  return address;
}
