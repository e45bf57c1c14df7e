import { asciiBytes } from "../../base/bytes.ts";
import { type Serial, serialDiff, serialNext, type Tsn, tsnAdd, tsnDiff, tsnGt } from "../../base/serial.ts";
import type { ReconfigChunk } from "../../packet/chunks/re-config.ts";
import type { AddIncomingStreamsRequestParameter } from "../../packet/parameters/reconfig/add-incoming-streams-request.ts";
import type { AddOutgoingStreamsRequestParameter } from "../../packet/parameters/reconfig/add-outgoing-streams-request.ts";
import type { IncomingSsnResetRequestParameter } from "../../packet/parameters/reconfig/incoming-ssn-reset-request.ts";
import type { OutgoingSsnResetRequestParameter } from "../../packet/parameters/reconfig/outgoing-ssn-reset-request.ts";
import type { ReconfigResponseParameter } from "../../packet/parameters/reconfig/re-config-response.ts";
import type { ReconfigParameter } from "../../packet/parameters/reconfig/reconfig-parameter.ts";
import { parameterAction } from "../../packet/registry.ts";
import { answer, wayBack } from "../answer.ts";
import type { PacketContext } from "../handlers/packet-context.ts";
import { abortForViolation, reportReadable } from "../lifecycle.ts";
import { isForming } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import { reportAborted, reportAdded, reportAssociationReset } from "./end.ts";
import { advanceOperations, enqueueOperation, settle, take } from "./operations.ts";
import { type DeferredReset, type Operation, operation, type Reconfiguration } from "./reconfiguration.ts";
import { renumber } from "./renumber.ts";
import { covers, type StreamList } from "./request.ts";
import { ResultCode, resultOf } from "./result.ts";

type KnownParameter = Exclude<ReconfigParameter, { readonly type: "UNKNOWN" }>;
type RequestParameter = Exclude<KnownParameter, ReconfigResponseParameter>;

/** RFC 6525 §5.2.6, §6.3.4: streams that there may be in a direction. */
const MOST_STREAMS = 65_535;
/** RFC 6525 §5.2.4 G1: the new TSN of the peer is as far from the old ones as it can be. */
const HALF_THE_TSNS = 2 ** 31;

/** TSNs that may be awaited before a reset: twice what Gap Ack Blocks can name, and so what can be outstanding. */
const MOST_AHEAD = 131_072;

/** The names of what may stand together in a chunk, in the order of the alphabet (RFC 6525 §3.1). */
const combinations: ReadonlySet<string> = new Set([
  "OUTGOING-SSN-RESET-REQUEST",
  "INCOMING-SSN-RESET-REQUEST",
  "INCOMING-SSN-RESET-REQUEST OUTGOING-SSN-RESET-REQUEST",
  "SSN-TSN-RESET-REQUEST",
  "ADD-OUTGOING-STREAMS-REQUEST",
  "ADD-INCOMING-STREAMS-REQUEST",
  "ADD-INCOMING-STREAMS-REQUEST ADD-OUTGOING-STREAMS-REQUEST",
  "RE-CONFIG-RESPONSE",
  "OUTGOING-SSN-RESET-REQUEST RE-CONFIG-RESPONSE",
  "RE-CONFIG-RESPONSE RE-CONFIG-RESPONSE",
]);

/** RFC 6525 §5.2.1. */
export function onReconfig(tcb: Tcb, chunk: ReconfigChunk, packet: PacketContext): void {
  const { reconfig, state } = tcb;
  // Nothing is asked for, and nothing is to be answered, before the association is up and once it is all but
  // gone.
  if (reconfig === undefined || isForming(state) || state.name === "shutdown-ack-sent") return;
  const parameters = recognized(tcb, chunk, packet);
  if (parameters.length === 0 && chunk.parameters.length > 0) return;
  const names = parameters.map(({ type }) => type).sort();
  if (!combinations.has(names.join(" "))) {
    // RFC 6525 §3.1: "the receiver SHOULD send an ERROR chunk with a Protocol Violation cause".
    const info = asciiBytes(`these may not share a RE-CONFIG: ${names.slice(0, 4).join(", ")}`);
    answer(tcb, packet, { type: "ERROR", causes: [{ type: "PROTOCOL-VIOLATION", info }] });
    return;
  }
  for (const parameter of parameters) {
    if (parameter.type === "RE-CONFIG-RESPONSE") onResponse(tcb, reconfig, parameter, packet);
    else onRequest(tcb, reconfig, parameter, packet);
    if (tcb.state.name === "closed") return;
  }
  advanceReconfig(tcb, packet.now);
}

/**
 * RFC 9260 §3.2.1: what is not recognized is skipped, or ends the list; and is reported where its type says
 * so.
 */
function recognized(tcb: Tcb, chunk: ReconfigChunk, packet: PacketContext): readonly KnownParameter[] {
  const known: KnownParameter[] = [];
  for (const parameter of chunk.parameters) {
    if (parameter.type !== "UNKNOWN") {
      known.push(parameter);
      continue;
    }
    const action = parameterAction(parameter.typeCode);
    if (action.report) {
      const bytes = new Uint8Array(parameter.bytes);
      answer(tcb, packet, { type: "ERROR", causes: [{ type: "UNRECOGNIZED-PARAMETERS", bytes }] });
    }
    if (action.stop) break;
  }
  return known;
}

/** RFC 6525 §5.2.7. */
function onResponse(
  tcb: Tcb,
  reconfig: Reconfiguration,
  response: ReconfigResponseParameter,
  packet: PacketContext,
): void {
  const operation = reconfig.active;
  const request = reconfig.outstanding(response.responseSequence);
  // RFC 6525 §5.2.7 H1: for one that is not out, "the processing of the Re-configuration Response Parameter
  // is complete".
  if (operation === undefined || request === undefined) return;
  const { now } = packet;
  onAlive(tcb, operation, packet);
  if (response.result === ResultCode.IN_PROGRESS) {
    // RFC 6525 §5.2.7 H2: "the timer ... is started again", and its expiry is no error.
    operation.isInProgress = true;
    operation.expiresAt = now + (tcb.paths.get(packet.source) ?? tcb.paths.forData()).rto.rto;
    return;
  }
  const result = resultOf(response.result);
  const tsns =
    response.senderNextTsn === undefined
      ? undefined
      : { peer: response.senderNextTsn, local: response.receiverNextTsn };
  // RFC 6525 §5.1.7 D3, D4: without both TSNs nobody knows how to go on: nothing has been reset here.
  const isBlind = request.change.kind === "reset-association" && result === "performed" && tsns === undefined;
  const isSound = settle(tcb, reconfig, request, { result: isBlind ? "failed" : result, tsns, now });
  if (!isSound && tcb.state.name !== "closed") abortForViolation(tcb, "fragments do not fit together");
  reportReadable(tcb);
}

/**
 * An answer, if to a chunk that was sent once, proves the path as an acknowledgement of data does (RFC 9260
 * §8.1).
 */
function onAlive(tcb: Tcb, { transmissions }: Operation, packet: PacketContext): void {
  tcb.failover.onPeerAlive();
  const path = tcb.paths.get(packet.source);
  if (path?.confirmed && transmissions === 1) tcb.failover.onReachable(path);
}

function onRequest(
  tcb: Tcb,
  reconfig: Reconfiguration,
  request: RequestParameter,
  packet: PacketContext,
): void {
  const way = wayBack(tcb, packet);
  const sequence = request.requestSequence;
  const respond = (response: ReconfigResponseParameter): void => reconfig.owe(response, way);
  // RFC 6525 §5.2.1: "a selective acknowledgment (SACK) chunk SHOULD be sent back".
  tcb.sack.target = way;
  tcb.sack.makeDue();
  if (serialDiff(sequence, reconfig.expected) === 0) {
    reconfig.expected = serialNext(sequence);
    const { response, by } = perform(tcb, reconfig, request, packet);
    reconfig.remember({ sequence, response, operation: by });
    // RFC 6525 §5.2.3 F1: our own request is the answer, if it can go at once.
    if (request.type !== "INCOMING-SSN-RESET-REQUEST" || by?.chunk === undefined) respond(response);
    return;
  }
  const known = reconfig.answerTo(sequence);
  if (known === undefined) {
    const result = ResultCode.BAD_SEQUENCE_NUMBER;
    const isOfTsns = request.type === "SSN-TSN-RESET-REQUEST";
    respond(isOfTsns ? tsnResetResponse(tcb, sequence, result) : respondWith(sequence, result).response);
  } else if (known.operation !== undefined && known.operation === reconfig.active && known.operation.chunk) {
    // RFC 6525 §5.2.1: "the same RE-CONFIG chunk MUST to be sent back in response, as it was earlier".
    known.operation.due = true;
  } else {
    respond(known.response);
  }
}

/** What a request of the peer comes to; `by`: the request of ours that it makes. */
interface Performance {
  readonly response: ReconfigResponseParameter;
  readonly by?: Operation | undefined;
}

function respondWith(responseSequence: Serial, result: number): Performance {
  return { response: { type: "RE-CONFIG-RESPONSE", responseSequence, result } };
}

function perform(
  tcb: Tcb,
  reconfig: Reconfiguration,
  request: RequestParameter,
  packet: PacketContext,
): Performance {
  // RFC 6525 §5.1.7 D1: it "MUST be copied to the Re-configuration Response Sequence Number field".
  const sequence = request.requestSequence;
  switch (request.type) {
    // RFC 6525 §5.1.7 D2: "The result of the processing of the incoming request ... MUST be placed in the Result field".
    case "OUTGOING-SSN-RESET-REQUEST":
      return respondWith(sequence, onOutgoingReset(tcb, reconfig, request, packet));
    case "INCOMING-SSN-RESET-REQUEST":
      return onIncomingReset(tcb, reconfig, request, packet);
    case "SSN-TSN-RESET-REQUEST":
      return onAssociationReset(tcb, reconfig, sequence, packet.now);
    case "ADD-OUTGOING-STREAMS-REQUEST":
      return respondWith(sequence, onAddOutgoing(tcb, reconfig, request, packet));
    case "ADD-INCOMING-STREAMS-REQUEST":
      return onAddIncoming(tcb, reconfig, request, packet);
  }
}

/** RFC 6525 §5.2.2. */
function onOutgoingReset(
  tcb: Tcb,
  reconfig: Reconfiguration,
  request: OutgoingSsnResetRequestParameter,
  packet: PacketContext,
): number {
  const { streams, lastTsn, responseSequence } = request;
  const invited = reconfig.invitedReset?.sequence === responseSequence ? reconfig.invitedReset : undefined;
  if (invited !== undefined) reconfig.invitedReset = undefined;
  // What we asked for is allowed, and nothing beyond that.
  const isAllowed =
    tcb.config.allowStreamReset || (invited !== undefined && covers(invited.streams, streams));
  // RFC 6525 §5.2.2 E1: it is the answer to our Incoming SSN Reset Request, too.
  const asked = reconfig.outstandingFor("reset-incoming");
  const invitation = asked?.sequence === responseSequence ? asked : undefined;
  const result = isAllowed
    ? beginReset(tcb, reconfig, { sequence: request.requestSequence, lastTsn, streams, invitation })
    : ResultCode.DENIED;
  if (invitation !== undefined && reconfig.active !== undefined) {
    onAlive(tcb, reconfig.active, packet);
    if (result === ResultCode.IN_PROGRESS) take(reconfig, invitation);
    else settle(tcb, reconfig, invitation, { result: resultOf(result), now: packet.now });
  }
  return result;
}

function beginReset(tcb: Tcb, reconfig: Reconfiguration, reset: DeferredReset): number {
  const { streams, lastTsn } = reset;
  const ahead = tsnDiff(lastTsn, tcb.tracker.cumulative);
  if (!exist(streams, tcb.inboundStreams)) return ResultCode.WRONG_SSN;
  if (isBusy(reconfig)) return ResultCode.ALREADY_IN_PROGRESS;
  // What nobody can have sent is not waited for.
  if (ahead > MOST_AHEAD) return ResultCode.DENIED;
  if (ahead > 0) {
    // RFC 6525 §5.2.2 E2: "MUST enter 'deferred reset processing'".
    reconfig.deferred = reset;
    tcb.delivery.defer(streams, lastTsn);
    return ResultCode.IN_PROGRESS;
  }
  resetIncoming(tcb, reset);
  return ResultCode.PERFORMED;
}

/** RFC 6525 §5.2.2 E3, E4. */
function resetIncoming(tcb: Tcb, { streams, lastTsn }: DeferredReset): void {
  const { aborted, fits } = tcb.delivery.resetStreams(streams, lastTsn);
  reportAborted(tcb, aborted);
  if (!fits) {
    abortForViolation(tcb, "fragments do not fit together where streams are reset");
    return;
  }
  reportReadable(tcb);
  const association = tcb.handle;
  tcb.surroundings.emit({
    type: "streams-reset",
    association,
    direction: "incoming",
    streams,
    result: "performed",
  });
}

/** RFC 6525 §5.2.3. */
function onIncomingReset(
  tcb: Tcb,
  reconfig: Reconfiguration,
  request: IncomingSsnResetRequestParameter,
  packet: PacketContext,
): Performance {
  const { streams, requestSequence } = request;
  const respond = (result: number): Performance => respondWith(requestSequence, result);
  if (!tcb.config.allowStreamReset || tcb.state.name !== "established") return respond(ResultCode.DENIED);
  if (!exist(streams, tcb.outboundStreams)) return respond(ResultCode.WRONG_SSN);
  // RFC 6525 §5.2.3: an Outgoing SSN Reset Request that "completely overlaps", or streams that are "already
  // set to 0": "Nothing to do".
  if (reconfig.isResetting(streams)) return respond(ResultCode.NOTHING_TO_DO);
  if (tcb.queue.isAtZero(streams) && !tcb.queue.occupies(streams)) return respond(ResultCode.NOTHING_TO_DO);
  if (reconfig.answersBy("reset-outgoing")) return respond(ResultCode.ALREADY_IN_PROGRESS);
  // RFC 6525 §5.1.2 A4: "the stream numbers MUST be copied".
  const by = operation("peer", [{ kind: "reset-outgoing", streams, answers: requestSequence }]);
  enqueueOperation(tcb, reconfig, by, packet.now);
  return { ...respond(ResultCode.IN_PROGRESS), by };
}

/** RFC 6525 §5.2.4. */
function onAssociationReset(tcb: Tcb, reconfig: Reconfiguration, sequence: Serial, now: number): Performance {
  const response = tsnResetResponse(tcb, sequence, ResultCode.PERFORMED);
  if (!tcb.config.allowAssociationReset || tcb.state.name !== "established") {
    return { response: { ...response, result: ResultCode.DENIED } };
  }
  if (isBusy(reconfig)) return { response: { ...response, result: ResultCode.ALREADY_IN_PROGRESS } };
  const tsns = { local: response.senderNextTsn, peer: response.receiverNextTsn };
  if (renumber(tcb, tsns, now)) reportAssociationReset(tcb, "performed");
  return { response };
}

/** RFC 6525 §5.1.7 D3, D4: whatever the result, both TSNs "MUST be filled"; without them some take it for none. */
function tsnResetResponse(
  tcb: Tcb,
  responseSequence: Serial,
  result: number,
): ReconfigResponseParameter & { readonly senderNextTsn: Tsn; readonly receiverNextTsn: Tsn } {
  return {
    type: "RE-CONFIG-RESPONSE",
    responseSequence,
    result,
    // RFC 6525 §5.2.4 G2, §5.1.7 D3: "the highest TSN sent by the receiver of the request plus 1".
    senderNextTsn: tcb.outstanding.nextTsn,
    // RFC 6525 §5.2.4 G1, §5.1.7 D4: "the smallest TSN not acknowledged by the receiver of the request plus
    // 2^31".
    receiverNextTsn: tsnAdd(tcb.tracker.next, HALF_THE_TSNS),
  };
}

/** RFC 6525 §5.2.5. */
function onAddOutgoing(
  tcb: Tcb,
  reconfig: Reconfiguration,
  { newStreams }: AddOutgoingStreamsRequestParameter,
  packet: PacketContext,
): number {
  const isInvited = newStreams > 0 && reconfig.invitedStreams === newStreams;
  if (!tcb.config.allowStreamChange && !isInvited) return ResultCode.DENIED;
  if (isInvited) reconfig.invitedStreams = 0;
  // RFC 6525 §5.2.6: it is what our Add Incoming Streams Request is answered with.
  const invitation = isInvited ? reconfig.outstandingFor("add-incoming") : undefined;
  const result = addInbound(tcb, newStreams);
  if (invitation !== undefined && reconfig.active !== undefined) {
    onAlive(tcb, reconfig.active, packet);
    settle(tcb, reconfig, invitation, { result: resultOf(result), now: packet.now });
  }
  return result;
}

function addInbound(tcb: Tcb, newStreams: number): number {
  if (newStreams === 0) return ResultCode.NOTHING_TO_DO;
  // RFC 6525 §5.2.5: "SHOULD deny the request if the number of streams exceeds a limit".
  if (tcb.inboundStreams + newStreams > mostStreams(tcb)) return ResultCode.DENIED;
  tcb.inboundStreams += newStreams;
  reportAdded(tcb, "incoming", newStreams, "performed");
  return ResultCode.PERFORMED;
}

/** RFC 6525 §5.2.6. */
function onAddIncoming(
  tcb: Tcb,
  reconfig: Reconfiguration,
  { newStreams, requestSequence }: AddIncomingStreamsRequestParameter,
  packet: PacketContext,
): Performance {
  const respond = (result: number): Performance => respondWith(requestSequence, result);
  if (!tcb.config.allowStreamChange || tcb.state.name !== "established") return respond(ResultCode.DENIED);
  if (newStreams === 0) return respond(ResultCode.NOTHING_TO_DO);
  const asked = reconfig.addedOutgoing;
  if (tcb.outboundStreams + asked + newStreams > mostStreams(tcb)) return respond(ResultCode.DENIED);
  if (reconfig.answersBy("add-outgoing")) return respond(ResultCode.ALREADY_IN_PROGRESS);
  enqueueOperation(
    tcb,
    reconfig,
    operation("peer", [{ kind: "add-outgoing", count: newStreams }]),
    packet.now,
  );
  // RFC 6525 §5.2.6 asks for a denial "or" an Add Outgoing Streams Request. That has no field that would name
  // the request it answers, so that a peer goes on with its own until a response stops it (§5.1.7): it gets
  // both.
  return respond(ResultCode.PERFORMED);
}

/** RFC 6525 §6.3.4: both directions are bounded by sinit_max_instreams. */
function mostStreams(tcb: Tcb): number {
  return Math.min(MOST_STREAMS, tcb.config.inboundStreams);
}

/** Another reset is not over: the peer's own one before, or one of the TSNs that we asked for. */
function isBusy({ deferred, isResettingTsns }: Reconfiguration): boolean {
  return deferred !== undefined || isResettingTsns;
}

function exist(streams: StreamList, count: number): boolean {
  return streams.every((stream) => stream < count);
}

/** Data has come, or was acknowledged, or given up: what has waited for it goes on. */
export function advanceReconfig(tcb: Tcb, now: number): void {
  const { reconfig } = tcb;
  if (reconfig === undefined || tcb.state.name === "closed") return;
  completeDeferred(tcb, reconfig, now);
  if (reconfig.active !== undefined || reconfig.waiting.length > 0) advanceOperations(tcb, reconfig, now);
}

/** RFC 6525 §5.2.2 E2: "When the cumulative acknowledgment point reaches the last assigned TSN". */
function completeDeferred(tcb: Tcb, reconfig: Reconfiguration, now: number): void {
  const { deferred } = reconfig;
  if (deferred === undefined || tsnGt(deferred.lastTsn, tcb.tracker.cumulative)) return;
  reconfig.deferred = undefined;
  resetIncoming(tcb, deferred);
  // RFC 6525 §5.2.2 E5: the answer is known now; the peer gets it without asking again.
  const { response } = respondWith(deferred.sequence, ResultCode.PERFORMED);
  reconfig.remember({ sequence: deferred.sequence, response, operation: undefined });
  reconfig.owe(response, tcb.paths.forData());
  const { invitation } = deferred;
  if (invitation?.result === undefined && invitation !== undefined) {
    settle(tcb, reconfig, invitation, { result: "performed", now });
  }
}
