import { asSerial, type Tsn } from "../../base/serial.ts";
import { advanceShutdown } from "../shutdown.ts";
import type { Tcb } from "../tcb.ts";
import { reportOperation, reportResult } from "./end.ts";
import type { Operation, Reconfiguration } from "./reconfiguration.ts";
import { renumber } from "./renumber.ts";
import { lists, type Request, requestParameter, type StreamList } from "./request.ts";
import { isSuccess, type ReconfigResult } from "./result.ts";

/** The TSNs of an answer to an SSN/TSN Reset Request (RFC 6525 §4.4). */
export interface NewTsns {
  readonly peer: Tsn;
  readonly local: Tsn;
}

/** Takes a request of ours; it is sent when it is its turn and nothing holds it back. */
export function enqueueOperation(
  tcb: Tcb,
  reconfig: Reconfiguration,
  operation: Operation,
  now: number,
): void {
  reconfig.waiting.push(operation);
  advanceOperations(tcb, reconfig, now);
}

/** Goes on with requests of ours: another one's turn has come, or the data before it has gone. */
export function advanceOperations(tcb: Tcb, reconfig: Reconfiguration, now: number): void {
  // RFC 6525 §5.1.1: "there MUST NOT be more than one request in flight"; others are "buffered".
  if (reconfig.active === undefined) {
    reconfig.active = reconfig.waiting.shift();
    if (reconfig.active === undefined) return;
    holdData(tcb, reconfig.active);
  }
  const operation = reconfig.active;
  if (
    operation.chunk !== undefined ||
    !operation.requests.every((request) => isReady(tcb, reconfig, request))
  )
    return;
  compose(tcb, reconfig, operation, now);
}

function holdData(tcb: Tcb, { requests }: Operation): void {
  for (const { change } of requests) {
    // RFC 6525 §5.1.2 A1: "MUST stop assigning new SSNs to new user data ... for the affected streams and
    // queue it".
    if (change.kind === "reset-outgoing") tcb.queue.hold(change.streams);
    // RFC 6525 §5.1.4 C2: "MUST queue any user data, suspending any new transmissions and TSN assignment".
    if (change.kind === "reset-association") tcb.queue.suspend();
  }
}

/**
 * Whether the data of before is out of the way: sent, and acknowledged, so that the peer need not wait for
 * it.
 */
function isReady(tcb: Tcb, reconfig: Reconfiguration, { change }: Request): boolean {
  if (change.kind === "reset-outgoing") {
    return !tcb.queue.occupies(change.streams) && !isOutstanding(tcb, change.streams);
  }
  if (change.kind !== "reset-association") return true;
  // RFC 6525 §5.1.4 C2: "no outstanding TSNs".
  return !tcb.queue.isMidMessage && tcb.outstanding.length === 0 && reconfig.deferred === undefined;
}

function isOutstanding({ outstanding }: Tcb, streams: StreamList): boolean {
  for (let offset = 0; offset < outstanding.length; offset += 1) {
    if (lists(streams, outstanding.at(offset).stream)) return true;
  }
  return false;
}

/**
 * RFC 6525 §5.1.2 A5, §5.1.3 B3, §5.1.4 C3, §5.1.5: the numbers are given, and the chunk stays as it is when
 * it is sent again.
 */
function compose(tcb: Tcb, reconfig: Reconfiguration, operation: Operation, now: number): void {
  const parameters = operation.requests.map((request) => {
    const sequence = reconfig.takeSequence();
    request.sequence = sequence;
    if (request.change.kind === "reset-incoming") {
      reconfig.invitedReset = { sequence, streams: request.change.streams };
    }
    if (request.change.kind === "add-incoming") reconfig.invitedStreams = request.change.count;
    if (request.change.kind === "reset-association") {
      reconfig.tsnResetAt = now;
      // What comes until the answer has TSNs and SSNs of before or of after: the answer tells which.
      tcb.delivery.defer([], tcb.tracker.cumulative);
    }
    return requestParameter(request.change, {
      sequence,
      lastOfPeer: asSerial(reconfig.expected - 1),
      lastTsn: tcb.outstanding.highest,
    });
  });
  operation.chunk = { type: "RE-CONFIG", parameters };
  operation.due = true;
}

/**
 * The peer has answered one of our requests (RFC 6525 §5.2.7); returns false when what it sent cannot be, and
 * the association has ended.
 */
export function settle(
  tcb: Tcb,
  reconfig: Reconfiguration,
  request: Request,
  answer: { readonly result: ReconfigResult; readonly tsns?: NewTsns | undefined; readonly now: number },
): boolean {
  const operation = reconfig.active;
  if (operation === undefined) return true;
  const { result, tsns, now } = answer;
  request.result = result;
  if (!apply(tcb, reconfig, request, { tsns, now })) return false;
  reportResult(tcb, request);
  if (operation.requests.some((it) => it.result === undefined)) {
    stopIfAcknowledged(operation);
    return true;
  }
  // RFC 6525 §5.2.2 E1, §5.2.7 H1: all are acknowledged: "the Re-configuration Timer MUST be stopped".
  reconfig.active = undefined;
  reconfig.settleAnswers(operation);
  reportOperation(tcb, operation);
  advanceOperations(tcb, reconfig, now);
  // A shutdown may have waited for data that was held.
  advanceShutdown(tcb, now);
  return true;
}

/** RFC 6525 §5.2.2 E1: the peer has acknowledged a request by what it does, and is not through with it. */
export function take({ active }: Reconfiguration, request: Request): void {
  request.isTaken = true;
  if (active !== undefined) stopIfAcknowledged(active);
}

/** RFC 6525 §5.2.2 E1: "If all ... are acknowledged, the Re-configuration Timer MUST be stopped". */
function stopIfAcknowledged(operation: Operation): void {
  if (!operation.requests.every(({ result, isTaken }) => result !== undefined || isTaken)) return;
  operation.due = false;
  operation.expiresAt = Number.POSITIVE_INFINITY;
}

function apply(
  tcb: Tcb,
  reconfig: Reconfiguration,
  request: Request,
  { tsns, now }: { readonly tsns: NewTsns | undefined; readonly now: number },
): boolean {
  const { change } = request;
  const result = request.result as ReconfigResult;
  switch (change.kind) {
    case "reset-outgoing":
      // RFC 6525 §5.2.7 H3, H4: reset only after a success; "the assigning of SSNs is allowed again" in any
      // case.
      if (isSuccess(result)) tcb.queue.resetSsns(change.streams);
      tcb.queue.release();
      return true;
    case "reset-association":
      tcb.queue.release();
      if (result === "performed" && tsns !== undefined) return renumber(tcb, tsns, now);
      return tcb.delivery.releaseDeferred();
    case "add-outgoing":
      // RFC 6525 §5.2.7 H6, §5.1.5, §5.1.6: "MUST add the additional streams to the association", and not
      // before; no SSN was ever given on them.
      if (result === "performed") tcb.outboundStreams += change.count;
      return true;
    case "reset-incoming":
      if (result !== "performed") reconfig.invitedReset = undefined;
      return true;
    case "add-incoming":
      if (result !== "performed") reconfig.invitedStreams = 0;
      return true;
  }
}
