import type { IpAddress } from "../base/address.ts";
import type { Endpoint, Stack, StackEvent } from "../stack/index.ts";

/**
 * What a driver needs of the stack that it drives: the inputs, and the outputs that it pulls until there are none.
 * Everything else of the stack (endpoints, associations) is for the faces above.
 */
export type DrivenStack = Pick<
  Stack,
  | "handleDatagram"
  | "handleTimeout"
  | "handleTransmitError"
  | "handleLocalAddresses"
  | "handleRoute"
  | "handleBlocked"
  | "handleWritable"
  | "pollTransmit"
  | "pollTimeout"
  | "pollEvent"
  /** A packet should leave now rather than at the end of the receive drain. */
  | "transmitUrgent"
  /** Bytes of the longest packet that pollTransmit may write now, at most 65,535: what `into` must hold. */
  | "packetLimit"
>;

/** Is shown the datagrams of a driver. The bytes are only to be looked at, and only during the call. */
export interface DatagramTap {
  /** A datagram is handed to the system, which may still refuse it. It leaves from the driver's UDP port. */
  onSent(bytes: Uint8Array, source: IpAddress, destination: IpAddress, destinationPort: number): void;

  /** A datagram was read, before the stack has seen it. It came to the driver's UDP port. */
  onReceived(bytes: Uint8Array, source: IpAddress, sourcePort: number, destination: IpAddress): void;
}

/** Takes the events of one endpoint and of its associations, in their order. It may call into stack and driver. */
export type EventListener = (event: StackEvent) => void;

/**
 * Where a stack lives: the event loop, the clock and the local addresses around it. The real one has UDP sockets and
 * one timer; the virtual one a simulated network and simulated time. Whoever uses a stack through this interface
 * cannot tell them apart.
 *
 * The pattern of use is: `association.send(driver.now(), …); driver.wake();`
 */
export interface Driver<S extends DrivenStack = Stack> {
  readonly stack: S;

  /** The local addresses that have a socket now. */
  readonly addresses: readonly IpAddress[];

  /** The UDP port of all of them (RFC 6951 §5.1). */
  readonly udpPort: number;

  /** ms of a clock that never goes back; its zero means nothing. What the stack's commands take as `now`. */
  now(): number;

  /**
   * To be called after commands to the stack: soon, not at once, packets leave, events are given out and the timer is
   * set. Any number of calls until then are one.
   */
  wake(): void;

  /**
   * Gives the events of `endpoint` and its associations to `listener` until `detach`. One listener an endpoint: a
   * second attach takes the place of the first. An attached endpoint keeps the process alive until `unref`.
   */
  attach(endpoint: Endpoint, listener: EventListener): void;

  /** No more events of `endpoint`, and it no longer keeps the process alive. Without effect when not attached. */
  detach(endpoint: Endpoint): void;

  /** Lets `endpoint`, when attached, keep the process alive again. */
  ref(endpoint: Endpoint): void;

  /** Lets the process end although `endpoint` is attached. */
  unref(endpoint: Endpoint): void;

  /**
   * Opens local addresses, all or none, and tells the stack. Each call holds each address once: addresses that are
   * open already are shared, and stay until as many calls of `unbind` gave them back.
   *
   * Rejects with an `SctpError`: ERR_SCTP_PORT_IN_USE, ERR_SCTP_ADDRESS_UNAVAILABLE, ERR_SCTP_PERMISSION,
   * ERR_SCTP_INVALID_ADDRESS, ERR_SCTP_SOCKET, ERR_SCTP_CLOSED, or ERR_SCTP_INVALID_STATE where the carrier has fixed
   * addresses.
   */
  bind(addresses: readonly IpAddress[]): Promise<void>;

  /**
   * Gives local addresses back; who is the last holder of one closes it.
   *
   * Rejects, and gives none back, with ERR_SCTP_LAST_ADDRESS when no address would be left,
   * ERR_SCTP_UNKNOWN_ADDRESS for one that is not bound.
   */
  unbind(addresses: readonly IpAddress[]): Promise<void>;

  /** The source address that the system takes towards `destination`; undefined when there is no route to it. */
  route(destination: IpAddress): Promise<IpAddress | undefined>;

  /**
   * Shows every datagram to `tap` from now on, until the function is called that it returns. Where nobody taps it costs
   * nothing.
   */
  tap(tap: DatagramTap): () => void;

  /**
   * Sends what is ready (an ABORT, say), then closes sockets and timer. Nothing is called afterwards. The stack is
   * not told: end the associations before.
   */
  close(): Promise<void>;
}
