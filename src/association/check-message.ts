import { SctpError } from "../base/error.ts";
import type { OutgoingMessage } from "./events.ts";
import { acceptsData } from "./state.ts";
import type { Tcb } from "./tcb.ts";

/** Throws where a message cannot be taken. */
export function checkMessage({ state, config, outboundStreams, queue }: Tcb, message: OutgoingMessage): void {
  const { stream } = message;
  const { length } = message.data;
  if (state.name === "closed") throw new SctpError("ERR_SCTP_CLOSED", "The association has ended.");
  // RFC 9260 §9.2: no new data once a shutdown has begun.
  if (!acceptsData(state)) {
    throw new SctpError(
      "ERR_SCTP_SHUTTING_DOWN",
      "The association is shutting down: nothing more can be sent.",
    );
  }
  if (length === 0) {
    throw new SctpError(
      "ERR_SCTP_EMPTY_MESSAGE",
      "A message of no bytes cannot be sent over SCTP (RFC 9260 §6.2).",
    );
  }
  if (length > config.maxMessageSize) {
    throw new SctpError(
      "ERR_SCTP_MESSAGE_TOO_LARGE",
      `The message has ${length} bytes; maxMessageSize is ${config.maxMessageSize}.`,
    );
  }
  const isStream = Number.isInteger(stream) && stream >= 0;
  // Parts of a record whose stream was asked for and not granted fail as its first one.
  if (!isStream || (stream >= outboundStreams && !queue.isOpen(stream, message.unordered))) {
    throw new SctpError(
      "ERR_SCTP_INVALID_STREAM",
      `There is no outbound stream ${stream}: this association has 0 to ${outboundStreams - 1}.`,
    );
  }
}
