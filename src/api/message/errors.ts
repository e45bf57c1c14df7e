import type { CloseReason, SendFailure } from "../../association/events.ts";
import { SctpError, type SctpErrorCode } from "../../base/error.ts";
import type { Cause } from "../../packet/causes/cause.ts";

/** How an association ended: what `close` tells. */
export interface CloseInfo {
  readonly reason: CloseReason;
  /** undefined when it ended by SHUTDOWN, in good order. */
  readonly error: SctpError | undefined;
  /** The error causes of the ABORT that ended it, the peer's or ours. */
  readonly causes: readonly Cause[];
}

const closeErrors: Readonly<Record<CloseReason, readonly [SctpErrorCode, string] | undefined>> = {
  shutdown: undefined,
  aborted: ["ERR_SCTP_ABORTED", "the association was aborted by this side"],
  "peer-aborted": ["ERR_SCTP_ABORTED", "the association was aborted by the peer"],
  "timed-out": ["ERR_SCTP_TIMED_OUT", "the peer stopped answering on every path"],
  "no-answer": ["ERR_SCTP_NO_ANSWER", "the peer did not answer"],
  "protocol-violation": ["ERR_SCTP_PROTOCOL_VIOLATION", "the peer broke the protocol, and was aborted"],
};

/** What a cause says in words of its own: a user's, or what was violated. They may be the peer's. */
function wordsOf(cause: Cause): Uint8Array | undefined {
  if (cause.type === "USER-ABORT") return cause.reason;
  return cause.type === "PROTOCOL-VIOLATION" ? cause.info : undefined;
}

/** A cause in words: its type, and what it says. */
function described(cause: Cause): string {
  const words = wordsOf(cause);
  if (words === undefined || words.length === 0) return cause.type;
  return `${cause.type} ${JSON.stringify(new TextDecoder().decode(words.subarray(0, 200)))}`;
}

/** What the end of an association looks like to its user. `peer` names the other side. */
export function closeInfo(reason: CloseReason, causes: readonly Cause[], peer: string): CloseInfo {
  const words = closeErrors[reason];
  if (words === undefined) return { reason, error: undefined, causes };
  const why = causes.length === 0 ? "" : ` (${causes.map(described).join(", ")})`;
  return { reason, error: new SctpError(words[0], `${peer}: ${words[1]}${why}`), causes };
}

/** Why a message failed, as an error. */
export function sendError(failure: SendFailure): SctpError {
  switch (failure) {
    case "restarted":
      return new SctpError(
        "ERR_SCTP_RESTARTED",
        "the peer began the association anew before this was acknowledged",
      );
    case "expired":
      return new SctpError(
        "ERR_SCTP_EXPIRED",
        "the lifetime of the message passed before any of it was sent",
      );
    case "abandoned":
      return new SctpError(
        "ERR_SCTP_ABANDONED",
        "the message was given up: its lifetime or its retransmissions were used up, or it made way for one of a higher priority",
      );
    case "stream-refused":
      return new SctpError("ERR_SCTP_INVALID_STREAM", "the peer does not know the stream of the message");
    case "association-reset":
      return new SctpError(
        "ERR_SCTP_RECONFIGURATION_FAILED",
        "the peer had the TSNs reset before this was acknowledged: whether it arrived is not known",
      );
    case "shutdown":
      return new SctpError("ERR_SCTP_CLOSED", "the association was closed before this was acknowledged");
    default: {
      const words = closeErrors[failure];
      return new SctpError(words?.[0] ?? "ERR_SCTP_CLOSED", `not delivered: ${words?.[1] ?? failure}`);
    }
  }
}

/** Why connecting failed, from the end of an association that never was established. */
export function refusal(info: CloseInfo | undefined, peerPort: number): SctpError {
  const error =
    info?.error ?? new SctpError("ERR_SCTP_CLOSED", "closed before the association was established");
  if (info?.reason !== "peer-aborted") return error;
  // Whoever gives a reason listens.
  const isExplained = info.causes.some((cause) => cause.type !== "USER-ABORT" || cause.reason.length > 0);
  const why = `: nobody listens on SCTP port ${peerPort} there, or its accept filter or backlog refused`;
  const refused = `${error.message}: it refused the association`;
  return new SctpError("ERR_SCTP_REFUSED", isExplained ? refused : `${refused}${why}`);
}

/** Mistakes of the caller's. All other codes of a running association come from the peer or the network. */
const mistakes: ReadonlySet<SctpErrorCode> = new Set<SctpErrorCode>([
  "ERR_SCTP_INVALID_OPTION",
  "ERR_SCTP_INVALID_ADDRESS",
  "ERR_SCTP_INVALID_STREAM",
  "ERR_SCTP_INVALID_STATE",
  "ERR_SCTP_UNKNOWN_ADDRESS",
  "ERR_SCTP_MESSAGE_TOO_LARGE",
  "ERR_SCTP_EMPTY_MESSAGE",
]);

/** Whether the peer or the network caused it, so that it must not end a process that listens to nothing. */
export function isFromOutside(error: unknown): boolean {
  return error instanceof SctpError && !mistakes.has(error.code);
}
