import type {
  AddressChange,
  AuthenticationChange,
  PathChange,
  PathStatus,
} from "../../association/events.ts";
import type { SctpError } from "../../base/error.ts";
import type { Cause } from "../../packet/causes/cause.ts";
import type { CloseInfo } from "./errors.ts";
import type { FailedMessage, Message } from "./message.ts";
import type { AssociationReset, StreamsAdded, StreamsReset } from "./reconfiguring.ts";

/** A path changed: what happened, and the path as it is now. */
export interface PathEvent {
  readonly change: PathChange;
  readonly path: PathStatus;
}

/** What the peer has made of a request about an address of ours (RFC 5061). */
export interface AddressChangeEvent {
  readonly change: AddressChange;
  /** Ours. */
  readonly address: string;
  /** Undefined: it has done it; else why not, in its words, of which there may be none. */
  readonly refused: readonly Cause[] | undefined;
}

/** A message that was delivered in parts, and has no end (RFC 3758 §3.6, RFC 6525 §5.2; RFC 6458 §6.1.7). */
export interface PartialAborted {
  readonly stream: number;
  readonly unordered: boolean;
}

/** The events of an association, each with what its listeners get. */
export interface AssociationEvents {
  /** A message, or a part of one. Listening makes messages flow; `pause()` stops them. */
  message: [message: Message];
  /** The rest of a message of which parts came will not come: the peer gave it up, or had its stream reset. */
  partialAborted: [event: PartialAborted];
  /** There is room again after `trySend` returned false. */
  drain: [];
  /** A message that was taken will not be delivered. */
  failed: [message: FailedMessage];
  path: [event: PathEvent];
  /**
   * The peer has answered what it was asked about our addresses: addresses of the endpoint came or went, or
   * `setPeerPrimary` was called. Of the peer's own changes `path` tells.
   */
  addressChange: [event: AddressChangeEvent];
  /** The peer lost its state and began anew (RFC 9260 §5.2); what was unacknowledged came by `failed` before. */
  restart: [];
  /** Streams begin anew, because the peer or this side had them reset (RFC 6525). */
  streamsReset: [event: StreamsReset];
  /** All streams and TSNs begin anew, because the peer or this side had them reset (RFC 6525). */
  associationReset: [event: AssociationReset];
  /** There are more streams, because the peer or this side added them (RFC 6525). */
  streamsAdded: [event: StreamsAdded];
  /** The peer is closing: nothing more can be sent. */
  shutdown: [];
  /** The peer reported an error (an ERROR chunk); the association goes on. */
  remoteError: [causes: readonly Cause[]];
  /** A key of authenticated chunks changed, or the peer has none (RFC 6458 §6.1.8). */
  authentication: [change: AuthenticationChange, keyId: number];
  /** It ended otherwise than by SHUTDOWN. Emitted only if somebody listens; `close` always follows. */
  error: [error: SctpError];
  /** It is over. What came in before can still be read. */
  close: [info: CloseInfo];
}
