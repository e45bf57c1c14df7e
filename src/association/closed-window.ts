import type { Path } from "./path/path.ts";
import type { Tcb } from "./tcb.ts";

/** RFC 9260 §6.1 A: what is done while the peer's window holds no chunk, and nothing is in flight. */

/** How long a window has been closed when its path is asked whether it works, in RTOs: longer than most are. */
const PATIENCE = 0.1;

/** The peer will say when its window opens. Begins to wait for that. */
export function awaitWindow(tcb: Tcb, path: Path, now: number): void {
  if (tcb.probeAt !== Number.POSITIVE_INFINITY) return;
  // "The sender SHOULD send the first zero window probe after 1 RTO".
  tcb.probeAt = now + path.rto.rto;
  tcb.askAt = hasAlternate(tcb, path) ? now + PATIENCE * path.rto.rto : Number.POSITIVE_INFINITY;
}

/**
 * What the peer says would not arrive over a path that has broken, and the loss of the probe would take another RTO to
 * be noticed. Where there is another path, a HEARTBEAT therefore tells beforehand which of them the probe takes.
 */
export function askPath(tcb: Tcb): void {
  tcb.askAt = Number.POSITIVE_INFINITY;
  const path = tcb.paths.forData();
  // RFC 7829 §3.2, 5: where heartbeats are off, none is sent.
  if (path.config.heartbeats && path.pendingHeartbeat === undefined) path.heartbeatDue = true;
}

/** The window has been closed for so long that it is probed. */
export function probeWindow(tcb: Tcb): void {
  const path = tcb.paths.forData();
  if (path.pendingHeartbeat !== undefined && hasAlternate(tcb, path)) {
    // Its answer, or its timeout, is near.
    tcb.probeAt = path.heartbeatAt;
    return;
  }
  tcb.probeAt = Number.POSITIVE_INFINITY;
  tcb.probeDue = true;
}

function hasAlternate(tcb: Tcb, path: Path): boolean {
  return tcb.paths.all.some((other) => other !== path && other.state === "active");
}
