/** The stable codes of {@link SctpError}. A code is never renamed; new ones may come. */
export type SctpErrorCode =
  /** An option has the wrong type or range; the message names it, what it got and what it takes. */
  | "ERR_SCTP_INVALID_OPTION"
  /** Not an IP address, or one that cannot be used there. */
  | "ERR_SCTP_INVALID_ADDRESS"
  /** A stream number outside what was negotiated. */
  | "ERR_SCTP_INVALID_STREAM"
  /** A message larger than `maxMessageSize`. */
  | "ERR_SCTP_MESSAGE_TOO_LARGE"
  /** A message of no bytes: SCTP cannot carry it (RFC 9260 §3.3.1). */
  | "ERR_SCTP_EMPTY_MESSAGE"
  /** The association is not established yet. */
  | "ERR_SCTP_NOT_CONNECTED"
  /** The association, endpoint or server is closed. */
  | "ERR_SCTP_CLOSED"
  /** The association was aborted, by us or by the peer. */
  | "ERR_SCTP_ABORTED"
  /** Association.Max.Retrans was exceeded (RFC 9260 §8.1). */
  | "ERR_SCTP_TIMED_OUT"
  /** No answer to INIT or COOKIE ECHO after Max.Init.Retransmits. */
  | "ERR_SCTP_NO_ANSWER"
  /** The peer began the association anew; what was unacknowledged is lost (RFC 9260 §5.2). */
  | "ERR_SCTP_RESTARTED"
  /** The SCTP port or the UDP port is taken. */
  | "ERR_SCTP_PORT_IN_USE"
  /** The address is not (or no longer) one of this machine. */
  | "ERR_SCTP_ADDRESS_UNAVAILABLE"
  /** The system does not let us bind there. */
  | "ERR_SCTP_PERMISSION"
  /** The peer broke the protocol, and we aborted. */
  | "ERR_SCTP_PROTOCOL_VIOLATION"
  /** The caller's deadline for connecting has passed. */
  | "ERR_SCTP_CONNECT_TIMEOUT"
  /** The peer, or the listener's filter, refused the association. */
  | "ERR_SCTP_REFUSED"
  /** No path of this association goes to that address. */
  | "ERR_SCTP_UNKNOWN_ADDRESS"
  /** The last address cannot be removed, nor the last one that a peer knows which is not told of changes. */
  | "ERR_SCTP_LAST_ADDRESS"
  /** A host name that does not resolve. */
  | "ERR_SCTP_LOOKUP"
  /** A bound of ours is reached (associations, addresses, ports). */
  | "ERR_SCTP_LIMIT"
  /** No more can be sent: the association is shutting down. */
  | "ERR_SCTP_SHUTTING_DOWN"
  /** The message's lifetime passed before one byte of it was sent. */
  | "ERR_SCTP_EXPIRED"
  | "ERR_SCTP_ABANDONED"
  /** There is already an association with that peer. */
  | "ERR_SCTP_ALREADY_CONNECTED"
  /** There is no shared key of that identifier, or it is deactivated (RFC 4895). */
  | "ERR_SCTP_UNKNOWN_KEY"
  /** Called where this state does not allow it. */
  | "ERR_SCTP_INVALID_STATE"
  /** The peer does not have the extension that this needs, or it is off here. */
  | "ERR_SCTP_NOT_SUPPORTED"
  /** A request to reconfigure the association is not answered yet, or came too soon (RFC 6525 §5.1.1, §5.1.4). */
  | "ERR_SCTP_RECONFIGURING"
  /** The peer refused the request (RFC 6525 §4.4: "Denied"). */
  | "ERR_SCTP_DENIED"
  /** The peer answered the request with an error (RFC 6525 §4.4), or a shutdown or a restart came first. */
  | "ERR_SCTP_RECONFIGURATION_FAILED"
  /** A socket failed; `cause` has the system's error. */
  | "ERR_SCTP_SOCKET";

/** The only error class thrown or handed out. Tell errors apart by `code`; the message is for people. */
export class SctpError extends Error {
  override readonly name: string = "SctpError";
  readonly code: SctpErrorCode;

  constructor(code: SctpErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
