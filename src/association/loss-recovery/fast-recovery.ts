import type { Path } from "../path/path.ts";
import { RateReduction } from "../path/rate-reduction.ts";
import type { Tcb } from "../tcb.ts";

/** What was found lost is marked. The windows of its paths shrink, once a recovery, and one packet goes at once. */
export function onLosses(tcb: Tcb, paths: readonly Path[]): void {
  if (paths.length === 0) return;
  const { recovery, outstanding } = tcb;
  for (const path of paths) {
    if (!recovery.active) begin(tcb, path);
    if (path.flightSize === 0) path.stopT3();
  }
  if (recovery.active) return;
  // RFC 9260 §7.2.4, 3: on entering Fast Recovery one packet is sent again at once, and "SHOULD ignore the value of cwnd".
  recovery.enter(outstanding.highest);
  tcb.retransmitNow = true;
}

function begin(tcb: Tcb, path: Path): void {
  path.congestion.onFastRetransmit();
  const { byTime, flightSize, sentBytes } = path;
  byTime?.begin(new RateReduction(flightSize, sentBytes), tcb.outstanding.cumulative);
}

/** Leaves fast recovery when the Cumulative TSN Ack has reached its exit point (RFC 9260 §6.2.1 D iv). */
export function advanceRecovery(tcb: Tcb): void {
  const { recovery, outstanding, paths } = tcb;
  if (!recovery.active) return;
  recovery.onCumulative(outstanding.cumulative);
  if (recovery.active) return;
  for (const { byTime } of paths.all) {
    if (byTime?.reduction === undefined) continue;
    byTime.endReduction();
    byTime.rack.onRecovered();
  }
}

/** Before its exit point: T3-rtx has expired, and slow start takes over (RFC 9260 §7.2.3), or nothing was lost. */
export function abandonRecovery({ recovery, paths }: Tcb): void {
  recovery.leave();
  for (const { byTime } of paths.all) byTime?.endReduction();
}

/** TSNs begin anew: nothing is known of those that were outstanding. */
export function forgetLosses(tcb: Tcb): void {
  tcb.recovery.leave();
  tcb.tailLoss = undefined;
  tcb.reorderingAt = Number.POSITIVE_INFINITY;
  for (const path of tcb.paths.all) path.forgetTimes();
}
