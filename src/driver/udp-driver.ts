import { performance } from "node:perf_hooks";
import { setImmediate as breath } from "node:timers/promises";
import type { IpAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import { systemCode } from "../datagram/bind-error.ts";
import type { DatagramReceiver, DatagramTransport, SendCallback } from "../datagram/datagram-transport.ts";
import { sourceTowards } from "../datagram/routes.ts";
import type { Endpoint, Stack, StackLimits, StackOptions, Transmit } from "../stack/index.ts";
import { DeadlineTimer } from "./deadline-timer.ts";
import type { DatagramTap, DrivenStack, Driver, EventListener } from "./driver.ts";
import { EventDelivery } from "./event-delivery.ts";
import { LateTimer } from "./late-timer.ts";
import { Links } from "./links.ts";
import { nodeEnvironment } from "./node-environment.ts";
import { RouteQueue } from "./route-queue.ts";
import { SendBuffers, type SendSlot } from "./send-buffers.ts";
import { SourceQueues } from "./source-queues.ts";
import { Taps } from "./taps.ts";

/**
 * Packets sent in one go. Fewer cost throughput (4: a sixth); more starve timers and receiving, and cost latency
 * (256: a millisecond).
 */
const BATCH = 32;

/**
 * Datagrams read in one go before a batch is sent in between. The event loop itself reads 32 per socket; with many
 * sockets the acknowledgements of the first would wait for the last.
 */
const READ_BOUND = 64;

/** Rounds of sending before the sockets are closed: what is not out then (a full socket) is given up. */
const CLOSING_ROUNDS = 64;

/** What a stack is told of the machine that it runs on, and what its users bound it to. */
export type Surroundings = Required<
  Pick<StackOptions, "environment" | "linkMtu" | "localWindowLimit" | "isOwnAddress">
> &
  Pick<StackOptions, "errorDetection"> &
  StackLimits;

export interface UdpDriverOptions<S extends DrivenStack = Stack> {
  /** The driver closes it at its end. */
  readonly transport: DatagramTransport;
  /** Default: those of the stack. */
  readonly limits?: StackLimits | undefined;
  readonly createStack: (surroundings: Surroundings) => S;
}

/** Counted since the driver was made. */
export interface DriverStatistics {
  /** Datagrams that the system refused to send. */
  sendErrors: number;
  /** Errors of sockets that were not about one datagram. */
  socketErrors: number;
}

/**
 * The event loop of one stack over one datagram transport.
 *
 * A turn runs in `setImmediate`, and there is at most one to come: it gives events out, sends one batch, and sets the
 * timer. A datagram goes to the stack at once and asks for a turn, which the event loop runs when it has read what
 * there was: so the answers to a whole drain leave together. (nextTick would run after every single datagram.)
 */
export class UdpDriver<S extends DrivenStack = Stack> implements Driver<S> {
  readonly stack: S;
  readonly statistics: DriverStatistics = { sendErrors: 0, socketErrors: 0 };
  readonly #transport: DatagramTransport;
  readonly #taps: Taps;
  readonly #links: Links = new Links(clock);
  readonly #buffers: SendBuffers = new SendBuffers((slot, error) => this.#onSent(slot, error));
  readonly #queues: SourceQueues = new SourceQueues();
  readonly #timer: DeadlineTimer = new DeadlineTimer(clock, (deadline) => this.#onTimer(deadline));
  readonly #late: LateTimer = new LateTimer();
  readonly #routes: RouteQueue = new RouteQueue((destination, source) => this.#onRoute(destination, source));
  readonly #events: EventDelivery = new EventDelivery(
    (event) => this.#routes.ask(event.destination),
    (referenced) => this.#hold(referenced),
  );
  #received = 0;
  #unanswered = 0;
  #turnToCome: NodeJS.Immediate | undefined;
  #transmitting = false;
  #closed: Promise<void> | undefined;
  #open = true;

  constructor(options: UdpDriverOptions<S>) {
    const { transport } = options;
    this.#transport = transport;
    this.#taps = new Taps(transport, {
      onDatagram: this.#onDatagram,
      onError: () => this.statistics.socketErrors++,
    });
    this.#links.update(transport.addresses);
    this.stack = options.createStack({
      environment: nodeEnvironment(),
      linkMtu: (source) => this.#links.mtu(source),
      isOwnAddress: (address) => this.#links.isOwn(address),
      // What this machine sends to itself nobody paces: more than the socket holds would be lost. The other half is
      // for the bookkeeping of the system, and for the acknowledgements.
      localWindowLimit: Math.floor(transport.receiveCapacity / 2),
      errorDetection: transport.errorDetection,
      ...options.limits,
    });
    this.stack.handleLocalAddresses(clock(), transport.addresses);
    transport.start(this.#taps.receiver);
    this.#hold(false);
  }

  get addresses(): readonly IpAddress[] {
    return this.#transport.addresses;
  }

  get udpPort(): number {
    return this.#transport.port;
  }

  now(): number {
    return clock();
  }

  wake(): void {
    if (this.#open) this.#turnToCome ??= setImmediate(this.#turn);
  }

  attach(endpoint: Endpoint, listener: EventListener): void {
    this.#events.attach(endpoint, listener);
    this.wake();
  }

  detach(endpoint: Endpoint): void {
    this.#events.detach(endpoint);
  }

  ref(endpoint: Endpoint): void {
    this.#events.setReferenced(endpoint, true);
  }

  unref(endpoint: Endpoint): void {
    this.#events.setReferenced(endpoint, false);
  }

  async bind(addresses: readonly IpAddress[]): Promise<void> {
    if (this.#transport.bind === undefined) throw fixedAddresses();
    await this.#transport.bind(addresses);
    this.#onAddresses();
  }

  async unbind(addresses: readonly IpAddress[]): Promise<void> {
    if (this.#transport.unbind === undefined) throw fixedAddresses();
    await this.#transport.unbind(addresses);
    this.#onAddresses();
  }

  route(destination: IpAddress): Promise<IpAddress | undefined> {
    return sourceTowards(destination);
  }

  tap(tap: DatagramTap): () => void {
    return this.#taps.add(tap);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  readonly #onDatagram: DatagramReceiver["onDatagram"] = (bytes, source, sourcePort, destination) => {
    if (!this.#open) return;
    this.#received++;
    this.stack.handleDatagram(clock(), { bytes, source, sourcePort, destination });
    // A peer in slow start needs its acknowledgement before the drain has ended.
    if (this.stack.transmitUrgent || ++this.#unanswered >= READ_BOUND) this.#transmit();
    this.wake();
  };

  /** A field, so that setImmediate takes it without a closure per turn. */
  readonly #turn = (): void => {
    this.#turnToCome = undefined;
    // A listener that throws ends this turn, never the driver.
    let more = true;
    try {
      if (this.#late.isDue(this.#received)) this.#late.handled(this.stack.handleTimeout(clock()));
      const moreEvents = this.#events.deliver(this.stack);
      // The events came first: what their listeners send, and the window that they open, goes with the answers.
      const morePackets = this.#transmit();
      // What cannot be sent any more is found in sending: that makes events, too.
      const lateEvents = this.#events.deliver(this.stack);
      more = moreEvents || morePackets || lateEvents || this.#late.waiting;
    } finally {
      if (more) this.wake();
      // Also with more to come: a stack that always has something to send must not starve its timers.
      if (this.#open && !this.#late.waiting) this.#timer.set(this.stack.pollTimeout());
    }
  };

  #onTimer(deadline: number): void {
    this.#late.begin(clock() - deadline, this.#received);
    this.wake();
  }

  #onRoute(destination: IpAddress, source: IpAddress | undefined): void {
    this.stack.handleRoute(clock(), { destination, source });
    this.wake();
  }

  #onAddresses(): void {
    if (!this.#open) return;
    const { addresses } = this.#transport;
    this.#links.update(addresses);
    this.#queues.retain(addresses);
    this.stack.handleLocalAddresses(clock(), addresses);
    this.wake();
  }

  #hold(referenced: boolean): void {
    if (referenced) {
      this.#transport.ref();
      this.#timer.ref();
    } else {
      this.#transport.unref();
      this.#timer.unref();
    }
  }

  /** Sends up to a batch. True when there may be more to send at once. */
  #transmit(): boolean {
    // A transport that delivers at once may bring in a datagram while we send; its turn is to come.
    if (this.#transmitting) return false;
    this.#transmitting = true;
    this.#unanswered = 0;
    try {
      const now = clock();
      for (let sent = 0; sent < BATCH; sent++) {
        const slot = this.#buffers.take(this.stack.packetLimit);
        // All are on their way; the one that comes back first asks for a turn.
        if (slot === undefined) return false;
        const transmit = this.stack.pollTransmit(now, slot.bytes);
        if (transmit === undefined) {
          this.#buffers.release(slot);
          return false;
        }
        this.#send(slot, transmit);
      }
      return true;
    } finally {
      this.#transmitting = false;
    }
  }

  #send(slot: SendSlot, transmit: Transmit): void {
    const { length, source, destination, destinationPort } = transmit;
    const queue = this.#queues.add(source);
    slot.queue = queue;
    slot.association = transmit.association;
    slot.destination = destination;
    slot.size = length;
    if (this.#queues.justBlocked(queue)) this.stack.handleBlocked(source);
    // RFC 6951 §5.3: to the port of the destination, and as long as the SCTP packet.
    this.#taps.carrier.send(slot.view(length), source, destination, destinationPort, slot.done);
  }

  #onSent(slot: SendSlot, error: Parameters<SendCallback>[0]): void {
    const { queue, association, destination, size } = slot;
    // Not on its way: a foreign transport called back twice.
    if (queue === undefined || destination === undefined) return;
    if (this.#buffers.release(slot)) this.wake();
    if (this.#queues.remove(queue)) {
      this.stack.handleWritable(queue.address);
      this.wake();
    }
    // dgram gives null or undefined where nothing went wrong.
    if (!error || !this.#open) return;
    this.statistics.sendErrors++;
    const code = systemCode(error) ?? "UNKNOWN";
    this.stack.handleTransmitError(clock(), { association, source: queue.address, destination, size, code });
    this.wake();
  }

  async #close(): Promise<void> {
    this.#open = false;
    clearImmediate(this.#turnToCome);
    this.#timer.clear();
    this.#routes.clear();
    this.#events.clear();
    for (let round = 0; round < CLOSING_ROUNDS && this.#transmit(); round++) await breath();
    await this.#transport.close();
  }
}

function clock(): number {
  return performance.now();
}

function fixedAddresses(): SctpError {
  return new SctpError("ERR_SCTP_INVALID_STATE", "the addresses of this transport are fixed");
}
