import type { IpAddress } from "../base/address.ts";
import type { Association } from "./endpoint.ts";

/** A datagram that has come in. The stack keeps its bytes, not the object. */
export interface Datagram {
  /** The UDP payload: one SCTP packet. It belongs to the stack with the call. */
  readonly bytes: Uint8Array;
  /** The sender, and its UDP port. */
  readonly source: IpAddress;
  readonly sourcePort: number;
  /** The address of ours that it came to. */
  readonly destination: IpAddress;
}

/** A packet to be sent: `length` bytes of the buffer that was given. Reused by the stack. */
export interface Transmit {
  readonly length: number;
  /** The address of ours that it must leave from. */
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The peer's UDP port. */
  readonly destinationPort: number;
  /** Undefined for a reply that belongs to none. */
  readonly association: Association | undefined;
}

/** A datagram that the system did not send. */
export interface TransmitError {
  readonly association: Association | undefined;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Bytes of the packet. */
  readonly size: number;
  /** The system's name of the error: "EMSGSIZE", "ENETUNREACH". */
  readonly code: string;
}
