import { SctpError } from "../../base/error.ts";
import type { Tcb } from "../tcb.ts";
import { enqueueOperation } from "./operations.ts";
import { operation, type Reconfiguration, SEGMENT_LIFETIME } from "./reconfiguration.ts";
import type { Change, StreamList } from "./request.ts";

/**
 * The highest number of streams in a direction: stream identifiers have 16 bits, and INIT counts in 16 bits.
 */
const MOST_STREAMS = 65_535;
/** Headers of RE-CONFIG and of both reset requests, and padding between them, bytes. */
const RESET_OVERHEAD = 4 + 16 + 2 + 8;

/** Which streams are to be reset: some, or all. At least one direction is there. */
export interface StreamsToReset {
  readonly outgoing?: readonly number[] | "all" | undefined;
  readonly incoming?: readonly number[] | "all" | undefined;
}

/** How many streams are to be added. At least one direction is there, and above 0. */
export interface StreamsToAdd {
  readonly outgoing?: number | undefined;
  readonly incoming?: number | undefined;
}

/** RFC 6525 §5.1.2, §5.1.3. */
export function requestStreamReset(tcb: Tcb, streams: StreamsToReset, now: number): void {
  const reconfig = checkReady(tcb);
  const outgoing = checkStreams("outgoing", streams.outgoing, tcb.outboundStreams);
  const incoming = checkStreams("incoming", streams.incoming, tcb.inboundStreams);
  const changes: Change[] = [];
  if (outgoing !== undefined) changes.push({ kind: "reset-outgoing", streams: outgoing, answers: undefined });
  if (incoming !== undefined) changes.push({ kind: "reset-incoming", streams: incoming });
  if (changes.length === 0) throw invalid("Name streams to reset: outgoing, incoming or both.");
  const count = (outgoing?.length ?? 0) + (incoming?.length ?? 0);
  const most = Math.floor((Math.min(...tcb.paths.all.map((path) => path.maxChunkSize)) - RESET_OVERHEAD) / 2);
  if (count > most) {
    throw invalid(`${count} streams do not fit a packet, ${most} do: reset them in turns, or "all".`);
  }
  enqueueOperation(tcb, reconfig, operation("user", changes), now);
}

/** RFC 6525 §5.1.4. */
export function requestAssociationReset(tcb: Tcb, now: number): void {
  const reconfig = checkReady(tcb);
  // RFC 6525 §5.1.4: "Only one SSN/TSN Reset Request SHOULD be sent within 30 seconds".
  const wait = reconfig.tsnResetAt + SEGMENT_LIFETIME - now;
  if (wait > 0) {
    throw new SctpError(
      "ERR_SCTP_RECONFIGURING",
      `The TSNs may be reset once in ${SEGMENT_LIFETIME} ms (RFC 6525 §5.1.4): try again in ${Math.ceil(wait)} ms.`,
    );
  }
  enqueueOperation(tcb, reconfig, operation("user", [{ kind: "reset-association" }]), now);
}

/** RFC 6525 §5.1.5, §5.1.6. */
export function requestStreams(tcb: Tcb, { outgoing = 0, incoming = 0 }: StreamsToAdd, now: number): void {
  const reconfig = checkReady(tcb);
  checkCount("outgoing", outgoing, tcb.outboundStreams + reconfig.addedOutgoing, MOST_STREAMS);
  checkCount("incoming", incoming, tcb.inboundStreams, tcb.config.inboundStreams);
  const changes: Change[] = [];
  if (outgoing > 0) changes.push({ kind: "add-outgoing", count: outgoing });
  if (incoming > 0) changes.push({ kind: "add-incoming", count: incoming });
  if (changes.length === 0) throw invalid("Say how many streams to add: outgoing, incoming or both.");
  enqueueOperation(tcb, reconfig, operation("user", changes), now);
}

/** RFC 6525 §5.1.1: "MUST ensure that the peer advertised support"; and one request at a time. */
function checkReady(tcb: Tcb): Reconfiguration {
  const { state, reconfig } = tcb;
  if (state.name === "closed") throw new SctpError("ERR_SCTP_CLOSED", "The association has ended.");
  if (state.name === "cookie-wait" || state.name === "cookie-echoed" || !tcb.accepted) {
    throw new SctpError("ERR_SCTP_NOT_CONNECTED", "The association is not established yet.");
  }
  if (state.name !== "established") {
    throw new SctpError(
      "ERR_SCTP_SHUTTING_DOWN",
      "The association is shutting down: its streams stay as they are.",
    );
  }
  if (reconfig === undefined) {
    const side = tcb.config.reconfiguration ? "The peer does not support" : "This endpoint does not offer";
    throw new SctpError("ERR_SCTP_NOT_SUPPORTED", `${side} stream reconfiguration (RFC 6525).`);
  }
  if (reconfig.isAsking) {
    throw new SctpError(
      "ERR_SCTP_RECONFIGURING",
      "The request before is not answered yet: one at a time (RFC 6525 §5.1.1).",
    );
  }
  return reconfig;
}

function checkStreams(
  direction: string,
  streams: readonly number[] | "all" | undefined,
  count: number,
): StreamList | undefined {
  if (streams === undefined) return undefined;
  // RFC 6525 §5.1.2 A4, §5.1.3 B2: for all "stream numbers SHOULD NOT be put into" the request.
  if (streams === "all") return [];
  if (streams.length === 0) {
    throw invalid(`${direction} names no stream: leave it out, or say "all".`);
  }
  for (const stream of streams) {
    if (Number.isInteger(stream) && stream >= 0 && stream < count) continue;
    throw new SctpError(
      "ERR_SCTP_INVALID_STREAM",
      `There is no ${direction} stream ${stream}: this association has 0 to ${count - 1}.`,
    );
  }
  return [...new Set(streams)];
}

function checkCount(direction: string, count: number, present: number, most: number): void {
  if (!Number.isInteger(count) || count < 0) {
    throw invalid(`${direction} is a number of streams to add, and not ${count}.`);
  }
  if (count > 0 && present + count > most) {
    const hint = direction === "incoming" ? " (the option inboundStreams)" : "";
    throw invalid(`${present} ${direction} streams and ${count} more are more than ${most}${hint}.`);
  }
}

function invalid(message: string): SctpError {
  return new SctpError("ERR_SCTP_INVALID_OPTION", message);
}
