import type { IpAddress } from "../base/address.ts";

/** Called once for each datagram handed to `send`: with what went wrong, or with null. `code` is the system's. */
export type SendCallback = (error: (Error & { readonly code?: string | undefined }) | null) => void;

/** Who takes the datagrams of a {@link DatagramTransport}. */
export interface DatagramReceiver {
  /**
   * A datagram came in. The bytes belong to the receiver from now on: the transport must not write into them again.
   * The arguments are positional, so that a packet costs no object.
   *
   * @param bytes the payload: one SCTP packet
   * @param source the address that it came from
   * @param sourcePort the UDP port that it came from
   * @param destination the local address that it came to, one of `addresses`
   */
  onDatagram(bytes: Uint8Array, source: IpAddress, sourcePort: number, destination: IpAddress): void;

  /** A local address is in trouble, not one datagram (those report through their callback). For the record only. */
  onError(address: IpAddress, error: Error): void;
}

/** A way to find damaged packets other than SCTP's checksum (RFC 9653 §6). */
export type ErrorDetection = "dtls";

/**
 * Anything that carries datagrams between addresses: our UDP sockets, a caller's own socket, a tunnel. It knows
 * nothing of SCTP. Handed in, it takes the place of the sockets that the library would have opened.
 */
export interface DatagramTransport {
  /** The local addresses that it receives at and sends from, at least one. */
  readonly addresses: readonly IpAddress[];

  /** The local UDP port of all of them (RFC 6951 §5.1). */
  readonly port: number;

  /**
   * Bytes of datagrams that wait safely at each address while nobody reads; Infinity when nothing is ever dropped.
   * What one machine's associations with itself may have on the way is derived from it.
   */
  readonly receiveCapacity: number;

  /**
   * What guards the datagrams on their way, at least as well as a CRC32c does (RFC 9653 §3): "dtls" for SCTP over DTLS
   * (RFC 8261). Left out: nothing, as over plain UDP.
   */
  readonly errorDetection?: ErrorDetection | undefined;

  /** Begins to deliver to `receiver`. Called once, before anything is sent. */
  start(receiver: DatagramReceiver): void;

  /**
   * Sends one datagram, without blocking and without throwing.
   *
   * @param bytes the whole payload; they must be left alone, and stay unchanged, until `done` is called
   * @param source which of `addresses` it leaves from
   * @param done called once, at once or later; a datagram lost on the way is not an error
   */
  send(
    bytes: Uint8Array,
    source: IpAddress,
    destination: IpAddress,
    destinationPort: number,
    done: SendCallback,
  ): void;

  /**
   * Opens more addresses on the same port, all or none; each call holds each of them once more. A transport with
   * fixed addresses leaves it out. Rejects with an `SctpError`.
   */
  bind?(addresses: readonly IpAddress[]): Promise<void>;

  /** Gives addresses back; the last holder closes one. The last address cannot go: ERR_SCTP_LAST_ADDRESS. */
  unbind?(addresses: readonly IpAddress[]): Promise<void>;

  /** Keeps the process alive, as it does from the beginning. */
  ref(): void;

  /** Lets the process end although the transport is open. */
  unref(): void;

  /** Gives everything back to the system. Datagrams that are not out yet may be lost; their callbacks are called. */
  close(): Promise<void>;
}
