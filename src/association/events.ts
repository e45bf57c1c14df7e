import type { IpAddress } from "../base/address.ts";
import type { Cause } from "../packet/causes/cause.ts";
import type { ReconfigResult } from "./reconfig/result.ts";

/** The association that an event speaks of; the stack hands it out under its full type. */
export interface AssociationHandle {
  /** Unique in its stack, never used again. */
  readonly id: number;
}

/**
 * A message on its way out, or a part of a record (RFC 6458 §8.1.26). The bytes are the association's until the message
 * is acknowledged or has failed.
 */
export interface OutgoingMessage {
  readonly data: Uint8Array;
  /** Stream, 0 to outboundStreams - 1. */
  readonly stream: number;
  /** Payload protocol identifier, 32 bits, opaque to SCTP (RFC 9260 §3.3.1). */
  readonly ppid: number;
  readonly unordered: boolean;
  /**
   * These bytes are a part of a record, and more follow: the next message of the same stream and the same `unordered`
   * goes on with it. The first part gives the PPID and the lifetime of the record. Once something of it was sent, no
   * other message is until its end.
   */
  readonly more: boolean;
  /** Whatever the caller wants back with `acknowledged` and `failed`. */
  readonly context: unknown;
  /** Say `acknowledged` when the last byte is acknowledged. */
  readonly notify: boolean;
  /** Ask the receiver to acknowledge without delay (RFC 7053). */
  readonly immediate: boolean;
  /** Send to this address rather than the primary, if it is confirmed and usable (RFC 9260 §11.1.5). */
  readonly destination: IpAddress | undefined;
  /**
   * Shared Key Identifier that the message is authenticated with, though the peer may not ask for it (RFC 6458 §5.3.8).
   * Default: the active key, where the peer does.
   */
  readonly authKeyId?: number | undefined;
  /**
   * ms; given up if not one byte has been sent by then (RFC 9260 §11.1.5 "lifetime"), and where both sides have partial
   * reliability, if it would have to be sent, or sent again, afterwards (RFC 3758 §4.1). Infinity: never.
   */
  readonly lifetime: number;
  /** Heeded where both sides have partial reliability. Default: sent again until it arrives, or by its lifetime. */
  readonly reliability?: Reliability | undefined;
}

/** A message, or a part of one, that has come in. */
export interface IncomingMessage {
  readonly data: Uint8Array;
  readonly stream: number;
  readonly ppid: number;
  readonly unordered: boolean;
  /** Stream sequence number (0 when unordered) and TSN of the first chunk of these bytes. */
  readonly ssn: number;
  readonly tsn: number;
  /** The peer's address that this chunk came from. */
  readonly source: IpAddress;
  /** More of this message follows (partial delivery). */
  readonly more: boolean;
  /** These bytes continue a message of which parts were delivered before. */
  readonly continuation: boolean;
}

/**
 * RFC 9260 §5.4, §8.3 and RFC 7829 §3.2; `suspect` is ours: no error is counted, but the path has swallowed what it was sent,
 * and new data goes elsewhere until it answers (docs/decisions/0006).
 */
export type PathState = "unconfirmed" | "active" | "suspect" | "potentially-failed" | "unreachable";

/** What is known of one path: a destination with the source that it is used with. Times in ms, sizes in bytes. */
export interface PathStatus {
  readonly destination: IpAddress;
  readonly source: IpAddress;
  /** The peer's UDP port for this destination (RFC 6951 §5.4). */
  readonly udpPort: number;
  readonly state: PathState;
  readonly primary: boolean;
  /** Smoothed RTT; undefined before the first measurement. */
  readonly srtt: number | undefined;
  readonly rttvar: number | undefined;
  readonly rto: number;
  readonly cwnd: number;
  readonly ssthresh: number;
  readonly flightSize: number;
  /** Path MTU: bytes of an IP packet, IP and UDP headers counted. */
  readonly mtu: number;
  /** Room for chunks in a packet, their headers counted. */
  readonly chunkRoom: number;
  /** Consecutive errors (RFC 9260 §8.2). */
  readonly errors: number;
}

export type PathChange =
  | "added"
  | "confirmed"
  | "active"
  | "suspect"
  | "potentially-failed"
  | "unreachable"
  | "primary"
  | "source"
  | "mtu"
  | "removed";

/** What was asked of the peer about an address of ours (RFC 5061 §4.2.1, §4.2.2, §4.2.4). */
export type AddressChange = "add" | "delete" | "set-primary";

/** How an association ended. */
export type CloseReason =
  /** SHUTDOWN completed; all data was acknowledged. */
  | "shutdown"
  /** We aborted. */
  | "aborted"
  /** The peer aborted; `causes` are its words. */
  | "peer-aborted"
  /** Association.Max.Retrans exceeded (RFC 9260 §8.1), or T5-shutdown-guard (§9.2). */
  | "timed-out"
  /** No answer to INIT or COOKIE ECHO after Max.Init.Retransmits (RFC 9260 §5.1.3, §4). */
  | "no-answer"
  /** The peer broke the protocol, we aborted. */
  | "protocol-violation";

/** Why a message will not be delivered. */
export type SendFailure =
  | CloseReason
  | "restarted"
  | "expired"
  | "stream-refused"
  /** The peer had the TSNs reset while it was unacknowledged (RFC 6525 §5.2.4 G3): whether it arrived is not known. */
  | "association-reset"
  /** Its reliability was used up after some of it was sent (RFC 3758 §3.4), or it made way for others (RFC 7496 §3.2). */
  | "abandoned";

/**
 * How long a message is kept. `retransmissions` (RFC 7496 §3.1): any part of it is sent again at most `value` times, 0 for
 * never. `priority` (§3.2): it makes way for messages of a lower `value`, and for those without one, that find the send
 * buffer full; 0 is the highest priority. `lifetime` is the policy by time.
 */
export interface Reliability {
  readonly policy: "retransmissions" | "priority";
  /** 0 to 2^32 - 1. */
  readonly value: number;
}

/**
 * - `new-key`: the peer has signed with another key than before
 * - `free-key`: nothing will be sent any more with a key that was deactivated
 * - `unsupported`: the peer does not authenticate chunks
 */
export type AuthenticationChange = "new-key" | "free-key" | "unsupported";

export type AssociationEvent =
  /** A peer asks for an association. With `deferAccept` nothing is sent until accept() or refuse(). */
  | { readonly type: "incoming"; readonly association: AssociationHandle }
  | { readonly type: "established"; readonly association: AssociationHandle }
  /** receive() has something after it had nothing; said once until it has returned undefined. */
  | { readonly type: "readable"; readonly association: AssociationHandle }
  /** bufferedBytes fell below half of sendBuffer after send() returned false. */
  | { readonly type: "drain"; readonly association: AssociationHandle }
  /** Nothing is queued and nothing is outstanding any more (SCTP_SENDER_DRY_EVENT, RFC 6458 §6.1.9). */
  | { readonly type: "dry"; readonly association: AssociationHandle }
  /** The rest of a message of which parts were read will not come (RFC 3758 §3.6; RFC 6458 §6.1.7). */
  | {
      readonly type: "partial-aborted";
      readonly association: AssociationHandle;
      readonly stream: number;
      readonly ssn: number;
      readonly unordered: boolean;
    }
  | {
      readonly type: "acknowledged";
      readonly association: AssociationHandle;
      readonly message: OutgoingMessage;
    }
  | {
      readonly type: "failed";
      readonly association: AssociationHandle;
      readonly message: OutgoingMessage;
      readonly failure: SendFailure;
      /** Those of the ABORT that ended the association, the peer's or for a violation of its; else none. */
      readonly causes: readonly Cause[];
      /** Whether a part of it was sent (SCTP_DATA_SENT) or nothing (SCTP_DATA_UNSENT). */
      readonly sent: boolean;
      /** Bytes of it that were acknowledged cumulatively: `data.subarray(acknowledged)` was not. */
      readonly acknowledged: number;
    }
  | {
      readonly type: "path";
      readonly association: AssociationHandle;
      readonly change: PathChange;
      readonly path: PathStatus;
    }
  /** The peer began anew (RFC 9260 §5.2.4.1); what was unacknowledged has failed before this. */
  | {
      readonly type: "restarted";
      readonly association: AssociationHandle;
      /** Messages of before the restart, which receive() returns first. */
      readonly unread: number;
    }
  /** What RFC 6458 §6.1.8 reports. */
  | {
      readonly type: "authentication";
      readonly association: AssociationHandle;
      readonly change: AuthenticationChange;
      /** Shared Key Identifier; 0 with `unsupported`. */
      readonly keyId: number;
    }
  /** The peer is shutting down: nothing more can be sent (SCTP_SHUTDOWN_EVENT). */
  | { readonly type: "peer-shutdown"; readonly association: AssociationHandle }
  | {
      readonly type: "remote-error";
      readonly association: AssociationHandle;
      readonly causes: readonly Cause[];
    }
  /** The peer has answered a request about our addresses (RFC 5061). */
  | {
      readonly type: "address-change";
      readonly association: AssociationHandle;
      readonly change: AddressChange;
      /** Ours. */
      readonly address: IpAddress;
      /** Undefined: the peer has done it; else why not, in its words, of which there may be none. */
      readonly refused: readonly Cause[] | undefined;
    }
  /** A destination has no source by route yet: answer with Stack.handleRoute, or not at all. */
  | { readonly type: "route"; readonly association: AssociationHandle; readonly destination: IpAddress }
  /** Streams begin anew with SSN 0, or do not, by a request of ours that was refused (RFC 6525 §6.1.1). */
  | {
      readonly type: "streams-reset";
      readonly association: AssociationHandle;
      readonly direction: "incoming" | "outgoing";
      /** None means all. */
      readonly streams: readonly number[];
      readonly result: ReconfigResult;
    }
  /** All TSNs and SSNs begin anew, or do not (RFC 6525 §6.1.2). */
  | {
      readonly type: "association-reset";
      readonly association: AssociationHandle;
      /** The TSNs of the next DATA chunks: ours, and the peer's. */
      readonly localTsn: number;
      readonly remoteTsn: number;
      readonly result: ReconfigResult;
    }
  /** There are more streams, or there are not (RFC 6525 §6.1.3). */
  | {
      readonly type: "streams-added";
      readonly association: AssociationHandle;
      readonly direction: "incoming" | "outgoing";
      /** How many were added, or asked for. */
      readonly count: number;
      readonly inboundStreams: number;
      readonly outboundStreams: number;
      readonly result: ReconfigResult;
    }
  /** What resetStreams(), resetAssociation() or addStreams() asked for last is answered, for each direction asked. */
  | {
      readonly type: "reconfigured";
      readonly association: AssociationHandle;
      readonly outgoing: ReconfigResult | undefined;
      readonly incoming: ReconfigResult | undefined;
    }
  /** The last event of an association. What was unsent has failed before this; receive() still has what came in. */
  | {
      readonly type: "closed";
      readonly association: AssociationHandle;
      readonly reason: CloseReason;
      readonly causes: readonly Cause[];
    };
