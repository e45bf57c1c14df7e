import type { AbortedMessage } from "../receive/inbound-chunk.ts";
import type { Tcb } from "../tcb.ts";
import { isResettingTsns, type Operation } from "./reconfiguration.ts";
import type { Request } from "./request.ts";
import type { ReconfigResult } from "./result.ts";

/** Tells the user how a request of ours ended, but for what the peer's own request tells (RFC 6525 §6.1). */
export function reportResult(tcb: Tcb, { change, result }: Request): void {
  if (result === undefined) return;
  const association = tcb.handle;
  switch (change.kind) {
    case "reset-outgoing":
    case "reset-incoming": {
      // Streams of the peer are reset when it says so, by a request of its own.
      const isIncoming = change.kind === "reset-incoming";
      if (isIncoming && result === "performed") return;
      const direction = isIncoming ? "incoming" : "outgoing";
      tcb.surroundings.emit({
        type: "streams-reset",
        association,
        direction,
        streams: change.streams,
        result,
      });
      return;
    }
    case "reset-association":
      reportAssociationReset(tcb, result);
      return;
    case "add-outgoing":
      reportAdded(tcb, "outgoing", change.count, result);
      return;
    case "add-incoming":
      if (result !== "performed") reportAdded(tcb, "incoming", change.count, result);
      return;
  }
}

export function reportAssociationReset(tcb: Tcb, result: ReconfigResult): void {
  tcb.surroundings.emit({
    type: "association-reset",
    association: tcb.handle,
    localTsn: tcb.outstanding.nextTsn,
    remoteTsn: tcb.tracker.next,
    result,
  });
}

export function reportAdded(
  tcb: Tcb,
  direction: "incoming" | "outgoing",
  count: number,
  result: ReconfigResult,
): void {
  const { inboundStreams, outboundStreams } = tcb;
  tcb.surroundings.emit({
    type: "streams-added",
    association: tcb.handle,
    direction,
    count,
    inboundStreams,
    outboundStreams,
    result,
  });
}

/** Messages of which parts were read, and whose rest will not come (RFC 6525 §5.2.4 G4; RFC 6458 §6.1.7). */
export function reportAborted(tcb: Tcb, aborted: readonly AbortedMessage[]): void {
  for (const { stream, ssn, unordered } of aborted) {
    tcb.surroundings.emit({ type: "partial-aborted", association: tcb.handle, stream, ssn, unordered });
  }
}

/** All that an operation asked for is answered. */
export function reportOperation(tcb: Tcb, { origin, requests }: Operation): void {
  if (origin !== "user") return;
  const resultFor = (isIncoming: boolean): ReconfigResult | undefined =>
    requests.find(({ change }) => change.kind.endsWith("incoming") === isIncoming)?.result;
  tcb.surroundings.emit({
    type: "reconfigured",
    association: tcb.handle,
    outgoing: resultFor(false),
    incoming: resultFor(true),
  });
}

/** Gives up what is not sent yet: a shutdown has begun, and nothing new is asked for in it. */
export function cancelWaiting(tcb: Tcb): void {
  const { reconfig } = tcb;
  if (reconfig === undefined) return;
  const cancelled = reconfig.waiting.splice(0);
  if (reconfig.active !== undefined && reconfig.active.chunk === undefined) {
    cancelled.unshift(reconfig.active);
    reconfig.active = undefined;
    tcb.queue.release();
  }
  for (const operation of cancelled) fail(tcb, operation);
}

/** Gives up everything: the association ends, or begins anew, or has no more to say than its SHUTDOWN. */
export function endReconfiguration(tcb: Tcb): void {
  const { reconfig } = tcb;
  if (reconfig === undefined) return;
  const { active } = reconfig;
  reconfig.active = undefined;
  if (active !== undefined) {
    tcb.queue.release();
    // What was kept apart until the TSNs were clear is data of before; one that contradicts itself is not
    // worth an ABORT.
    if (isResettingTsns(active)) tcb.delivery.releaseDeferred();
    fail(tcb, active);
  }
  cancelWaiting(tcb);
}

function fail(tcb: Tcb, operation: Operation): void {
  for (const request of operation.requests) {
    if (request.result !== undefined) continue;
    request.result = "failed";
    reportResult(tcb, request);
  }
  tcb.reconfig?.settleAnswers(operation);
  reportOperation(tcb, operation);
}
