import { asciiBytes } from "../base/bytes.ts";
import { abort, reportReadable } from "./lifecycle.ts";
import { cancelWaiting, endReconfiguration } from "./reconfig/end.ts";
import type { Tcb } from "./tcb.ts";

/** RFC 9260 §9.2: T5-shutdown-guard "SHOULD be set to ... 5 times 'RTO.Max'". */
const GUARD_FACTOR = 5;

/** Begins a shutdown of an established association (RFC 9260 §9.2). */
export function beginShutdown(tcb: Tcb, now: number): void {
  tcb.state = { name: "shutdown-pending" };
  cancelWaiting(tcb);
  tcb.queue.end();
  advanceShutdown(tcb, now);
}

/** The peer has begun one (RFC 9260 §9.2). */
export function beginPeerShutdown(tcb: Tcb): void {
  tcb.state = { name: "shutdown-received" };
  cancelWaiting(tcb);
  tcb.queue.end();
}

/** Goes on with a shutdown once nothing is queued or outstanding (RFC 9260 §9.2; §4, 6). */
export function advanceShutdown(tcb: Tcb, now: number): void {
  const { name } = tcb.state;
  if (name !== "shutdown-pending" && name !== "shutdown-received") return;
  if (!tcb.outstanding.isSettled || tcb.queue.hasNext) return;
  // RFC 9260 §5.4: no SHUTDOWN to an unconfirmed address, which may be the only one left (RFC 5061 §5.3.2). It is verified
  // by HEARTBEATs, of which there are none any more after a SHUTDOWN.
  if (!tcb.paths.forData().confirmed) return;
  // What waits for streams that are being reset goes when the peer has answered (RFC 6525 §5.2.7 H4).
  if (tcb.queue.isHeld) return;
  if (!tcb.queue.isEmpty) {
    // What is left is a record without its end, which no user data may bring any more (§9.2), and what stands behind
    // it. The peer must not take the record for whole, and a SHUTDOWN would say that all was delivered: the end is an
    // ABORT, as in FreeBSD; RFC 6458 does not say.
    abort(tcb, "aborted", { type: "USER-ABORT", reason: asciiBytes("a record was left without its end") });
  } else if (name === "shutdown-pending") {
    // RFC 9260 §9.2: "The sender of the SHUTDOWN chunk MAY also start an overall guard timer T5-shutdown-guard".
    tcb.state = {
      name: "shutdown-sent",
      ...freshTimers(tcb, now),
      t5: now + GUARD_FACTOR * tcb.config.rtoMax,
    };
  } else {
    enterShutdownAckSent(tcb, now);
  }
}

export function enterShutdownAckSent(tcb: Tcb, now: number): void {
  // RFC 9260 §9.2: T5-shutdown-guard is to "bound the overall time", so it goes on where we sent a SHUTDOWN, too; who has
  // only answered one has no such timer, but Association.Max.Retrans.
  const t5 = tcb.state.name === "shutdown-sent" ? tcb.state.t5 : Number.POSITIVE_INFINITY;
  tcb.state = { name: "shutdown-ack-sent", ...freshTimers(tcb, now), t5 };
}

function freshTimers(tcb: Tcb, now: number): { t2: number; attempts: number; due: boolean } {
  endReconfiguration(tcb);
  reportReadable(tcb);
  for (const path of tcb.paths.all) {
    // RFC 9260 §8.3: heartbeats are "discontinued after sending either a SHUTDOWN chunk or SHUTDOWN ACK chunk".
    path.heartbeatAt = Number.POSITIVE_INFINITY;
    path.heartbeatDue = false;
    // It may run for a FORWARD TSN, which nobody needs any more.
    path.stopT3();
    path.pendingHeartbeat = undefined;
  }
  return {
    t2: now + tcb.paths.forData().rto.rto,
    attempts: 0,
    due: true,
  };
}
