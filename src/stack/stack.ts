import type { LocalAddressChange } from "../association/asconf/commands.ts";
import type { PacketTarget } from "../association/assemble.ts";
import type { StatelessPacket } from "../association/tcb.ts";
import type { IpAddress } from "../base/address.ts";
import type { Environment } from "../base/environment.ts";
import { Ring } from "../base/ring.ts";
import { PacketWriter } from "../packet/writer.ts";
import type { Datagram, Transmit, TransmitError } from "./datagram.ts";
import type { DropReason } from "./demultiplex.ts";
import {
  type Association,
  type ConnectOptions,
  Endpoint,
  type EndpointOptions,
  type EndpointStack,
  type PortClaim,
} from "./endpoint.ts";
import type { StackEvent } from "./events.ts";
import { Inbound } from "./inbound.ts";
import type { StackOptions } from "./options.ts";
import { ReadyRing } from "./ready-ring.ts";
import { Registry } from "./registry.ts";
import { TimerQueue } from "./timer-queue.ts";

/** What the stack counts. The counters only grow. */
export interface StackStatistics {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /** Packets received that went no further, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Stateless answers waiting to be sent; a flood gets no more. */
const MAX_REPLIES = 1_024;
/** Associations whose timers are served by one call of handleTimeout. */
const TIMERS_PER_CALL = 256;
/** Bytes that any buffer must hold: an INIT ACK with a full list of addresses. */
const SMALLEST_BUFFER = 4_096;
/** Errors of a send that speak of the source: no route from it, or it is not ours any more. */
const sourceFaults: ReadonlySet<string> = new Set(["ENETUNREACH", "EHOSTUNREACH", "EINVAL", "EADDRNOTAVAIL"]);

/**
 * All associations behind one set of UDP sockets. Sans-I/O: it is told the time and the datagrams, and polled for
 * packets, one deadline and events; inputs change state and never call out. Nothing that a peer sends makes a call
 * throw.
 */
export class Stack implements EndpointStack {
  readonly #environment: Environment;
  readonly #registry: Registry;
  readonly #inbound: Inbound;
  readonly #ready: ReadyRing = new ReadyRing();
  readonly #timers: TimerQueue = new TimerQueue();
  /** Bound: events are pulled after each input, and an input makes only so many. */
  readonly #events: Ring<StackEvent> = new Ring();
  /** They are of parts that were read: told before what came behind those can be. */
  readonly #urgentEvents: Ring<StackEvent> = new Ring(1);
  /** Bound: MAX_REPLIES. */
  readonly #replies: Ring<StatelessPacket> = new Ring();
  readonly #writer: PacketWriter = new PacketWriter();
  readonly #target: PacketTarget = { source: "" as IpAddress, destination: "" as IpAddress, udpPort: 0 };
  readonly #transmit: { -readonly [K in keyof Transmit]: Transmit[K] } = {
    length: 0,
    source: "" as IpAddress,
    destination: "" as IpAddress,
    destinationPort: 0,
    association: undefined,
  };
  readonly #blocked: Set<IpAddress> = new Set();
  /** Associations that a blocked source has stopped. */
  readonly #stopped: Set<Association> = new Set();
  /** The association being polled, for `#isBlocked`, which is made once and not for each packet. */
  #polled: Association | undefined = undefined;
  #now = 0;
  #urgent = false;
  #packetLimit = SMALLEST_BUFFER;
  #received = 0;
  #sent = 0;

  constructor(options: StackOptions) {
    this.#environment = options.environment;
    this.#registry = new Registry(options, {
      emit: (event) => {
        const events = event.type === "partial-aborted" ? this.#urgentEvents : this.#events;
        events.push(event as StackEvent);
      },
      send: (packet) => this.#send(packet),
      wake: (association) => this.#wake(association),
      ended: (association) => this.#forget(association),
      now: () => this.#now,
    });
    this.#inbound = new Inbound(this.#registry, options, (packet) => this.#send(packet));
  }

  /** What guards the packets below SCTP (RFC 9653 §3); undefined over plain UDP. */
  get errorDetection(): StackOptions["errorDetection"] {
    return this.#registry.errorDetection;
  }

  /** Associations that exist, those being opened counted. */
  get associations(): number {
    return this.#registry.tags.size;
  }

  get statistics(): StackStatistics {
    return {
      packetsReceived: this.#received,
      packetsSent: this.#sent,
      dropped: { ...this.#inbound.dropped },
    };
  }

  /** Bytes of the longest packet that pollTransmit may write now: what its buffer must hold. It only grows. */
  get packetLimit(): number {
    return this.#packetLimit;
  }

  /** A packet should leave now rather than at the end of the receive drain (RFC 9260 §6.2: every second packet). */
  get transmitUrgent(): boolean {
    return this.#urgent;
  }

  /**
   * Makes an endpoint. Throws ERR_SCTP_PORT_IN_USE when another one of this stack has the port at one of the
   * addresses, unless both reuse it and only one listens, ERR_SCTP_LIMIT when port 0 was asked for and none is free,
   * ERR_SCTP_INVALID_OPTION for what its configuration cannot have over this transport.
   */
  createEndpoint(options: EndpointOptions): Endpoint {
    const { endpoints } = this.#registry;
    this.#registry.checkConfig(options.config);
    const port = options.port === 0 ? endpoints.ephemeral(this.#environment) : options.port;
    endpoints.checkFree({ ...options, port, reusePort: options.reusePort ?? false });
    const endpoint = new Endpoint(this, { id: this.#registry.nextId(), port }, options);
    endpoints.add(endpoint);
    return endpoint;
  }

  /** @internal */
  connect(endpoint: Endpoint, now: number, options: ConnectOptions): Association {
    this.#now = now;
    return this.#registry.open(endpoint, now, options);
  }

  /** @internal */
  findAssociations(endpoint: Endpoint, peerPort: number, address: IpAddress): ReadonlySet<Association> {
    return this.#registry.peers.find(endpoint, peerPort, address);
  }

  /** @internal */
  changeAddresses(endpoint: Endpoint, now: number, change: LocalAddressChange): void {
    this.#now = now;
    for (const association of endpoint.associations) association.handleLocalAddresses(change);
  }

  /** @internal */
  checkFree(endpoint: Endpoint, claim: PortClaim): void {
    this.#registry.endpoints.checkFree(claim, endpoint);
  }

  /** @internal */
  release(endpoint: Endpoint): void {
    this.#registry.release(endpoint);
  }

  /** A datagram has come in. */
  handleDatagram(now: number, datagram: Datagram): void {
    this.#now = now;
    this.#received += 1;
    const association = this.#inbound.handle(now, datagram);
    if (association?.isUrgent === true) this.#urgent = true;
  }

  /** Serves timers that have expired, a bounded number; true when more are due. */
  handleTimeout(now: number): boolean {
    this.#now = now;
    for (let served = 0; served < TIMERS_PER_CALL; served += 1) {
      const association = this.#timers.takeDue(now);
      if (association === undefined) return false;
      association.handleTimeout(now);
      this.#wake(association);
    }
    return this.#timers.earliest <= now;
  }

  /** The system did not send a packet. To the protocol that is a lost packet, unless it says that a source is bad, or a size. */
  handleTransmitError(now: number, error: TransmitError): void {
    this.#now = now;
    if (sourceFaults.has(error.code)) {
      error.association?.handleSourceFailure(error.source, error.destination);
    } else if (error.code === "EMSGSIZE") {
      error.association?.handleRefusedSize(now, error.destination, error.size);
    }
  }

  /** These local addresses have a socket now; the list is complete. */
  handleLocalAddresses(now: number, addresses: readonly IpAddress[]): void {
    this.#now = now;
    this.#registry.setLocalAddresses(addresses);
    for (const association of this.#registry.tags.all()) association.handleLocalAddresses();
  }

  /** The source that the system takes towards a destination; undefined when there is no route to it. */
  handleRoute(
    now: number,
    answer: { readonly destination: IpAddress; readonly source: IpAddress | undefined },
  ): void {
    this.#now = now;
    for (const association of this.#registry.peers.takeAsking(answer.destination)) {
      association.handleRoute(answer.destination, answer.source);
    }
  }

  /** The socket of a source takes no more for the moment. */
  handleBlocked(source: IpAddress): void {
    this.#blocked.add(source);
  }

  /** It takes more again. */
  handleWritable(source: IpAddress): void {
    if (!this.#blocked.delete(source)) return;
    for (const association of this.#stopped) {
      association.handleWritable();
      this.#ready.add(association);
    }
    this.#stopped.clear();
  }

  /** Writes the next packet into `into` (at least packetLimit bytes); undefined when there is none. */
  pollTransmit(now: number, into: Uint8Array): Transmit | undefined {
    this.#now = now;
    const first = this.#pollReply(into);
    if (first > 0) return this.#describe(first, undefined);
    for (let head = this.#ready.peek(); head !== undefined; head = this.#ready.peek()) {
      this.#polled = head;
      const length = head.pollTransmit(now, into, this.#output);
      if (length > 0) {
        // One that always has something to send is never found idle below: its deadline is looked at each turn.
        if (this.#ready.charge(length)) this.#timers.update(head, head.deadline);
        return this.#describe(length, head);
      }
      this.#ready.removeHead();
      if (head.state !== "closed") this.#timers.update(head, head.deadline);
    }
    this.#urgent = false;
    // An association that found no way on but to abort has left its ABORT.
    const last = this.#pollReply(into);
    return last > 0 ? this.#describe(last, undefined) : undefined;
  }

  /** When handleTimeout wants to be called, ms; Infinity when no timer runs. It may be early, never late. */
  pollTimeout(): number {
    return this.#timers.earliest;
  }

  /** The next event, or undefined. */
  pollEvent(): StackEvent | undefined {
    for (;;) {
      const event = this.#urgentEvents.shift() ?? this.#events.shift();
      if (event === undefined || event.association.stillHolds(event)) return event;
    }
  }

  readonly #output: Parameters<Association["pollTransmit"]>[2] = {
    writer: this.#writer,
    target: this.#target,
    isBlocked: (source) => {
      if (!this.#blocked.has(source)) return false;
      if (this.#polled !== undefined) this.#stopped.add(this.#polled);
      return true;
    },
  };

  #pollReply(into: Uint8Array): number {
    for (let count = this.#replies.length; count > 0; count -= 1) {
      const reply = this.#replies.shift();
      if (reply === undefined) break;
      if (this.#blocked.has(reply.source)) {
        this.#replies.push(reply);
        continue;
      }
      const header = {
        sourcePort: reply.localPort,
        destinationPort: reply.peerPort,
        tag: reply.verificationTag,
      };
      this.#writer.reset(into, into.length, header, reply.signer);
      // An answer that echoes more than the buffer holds is none.
      if (!reply.chunks.every((chunk) => this.#writer.add(chunk))) continue;
      this.#target.source = reply.source;
      this.#target.destination = reply.destination;
      this.#target.udpPort = reply.udpPort;
      // RFC 9653 §5.2, 1 b: "MUST include a correct CRC32c checksum in the response packet".
      return this.#writer.finish();
    }
    return 0;
  }

  #describe(length: number, association: Association | undefined): Transmit {
    this.#sent += 1;
    const transmit = this.#transmit;
    transmit.length = length;
    transmit.source = this.#target.source;
    transmit.destination = this.#target.destination;
    transmit.destinationPort = this.#target.udpPort;
    transmit.association = association;
    return transmit;
  }

  #send(packet: StatelessPacket): void {
    if (this.#replies.length < MAX_REPLIES) this.#replies.push(packet);
    else this.#inbound.dropped.limit += 1;
  }

  /** Its timers would hold an association that has ended until they expire. */
  #forget(association: Association): void {
    this.#timers.remove(association);
    this.#stopped.delete(association);
  }

  /** It may have something to send, and its deadline may have moved: both are asked when it is polled. */
  #wake(association: Association): void {
    if (association.state === "closed") return;
    this.#packetLimit = Math.max(this.#packetLimit, association.largestPacket);
    this.#ready.add(association);
  }
}
