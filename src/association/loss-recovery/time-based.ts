import { type Tsn, tsnGt, tsnLe } from "../../base/serial.ts";
import type { LossByTime } from "../path/loss-by-time.ts";
import type { Path } from "../path/path.ts";
import { type PathAcknowledgement, stopMeasuring } from "../send/acknowledge.ts";
import type { OutboundChunk } from "../send/outbound-chunk.ts";
import type { Tcb } from "../tcb.ts";
import { abandonRecovery, onLosses } from "./fast-recovery.ts";

/** Loss by time in the manner of RACK (RFC 8985 §6), where the association asks for it. Each path is judged by itself. */

const NEVER = Number.POSITIVE_INFINITY;

/** A SACK was applied: what came twice was no loss, what was passed is one, and the flight of a recovery is let down. */
export function onSackByTime(
  tcb: Tcb,
  duplicates: readonly Tsn[],
  perPath: readonly PathAcknowledgement[],
  now: number,
): void {
  if (duplicates.length > 0) onDuplicates(tcb, duplicates);
  detectLosses(tcb, now);
  for (const { path, bytes } of perPath) reduceFlight(path, bytes);
}

/** RFC 8985 §6.2, step 5, and §6.3: marks what is lost by now, and sets when what may still come will be. */
export function detectLosses(tcb: Tcb, now: number): void {
  const { outstanding } = tcb;
  const isSinglePath = tcb.paths.all.length === 1;
  tcb.reorderingAt = NEVER;
  const lost: Path[] = [];
  for (let offset = 0; offset < outstanding.length; offset += 1) {
    const chunk = outstanding.at(offset);
    const { path } = chunk;
    if (chunk.state !== "in-flight" || path?.byTime === undefined) continue;
    const lostAt = lossTime(tcb, chunk, path, path.byTime);
    if (lostAt === NEVER && isSinglePath && chunk.transmissions === 1) {
      // What has higher TSNs was sent later, and so was not passed either.
      break;
    }
    if (lostAt > now) {
      tcb.reorderingAt = Math.min(tcb.reorderingAt, lostAt);
      continue;
    }
    stopMeasuring(path, chunk.tsn);
    outstanding.mark(chunk, false);
    if (!lost.includes(path)) lost.push(path);
  }
  onLosses(tcb, lost);
}

/** When a chunk in flight is lost; Infinity: nothing that was sent after it has arrived. */
function lossTime(tcb: Tcb, chunk: OutboundChunk, path: Path, { rack }: LossByTime): number {
  if (!rack.hasPassed(chunk)) return NEVER;
  return rack.lostAt(chunk, rack.window(path.rto.srtt, tcb.recovery.active, tcb.outstanding.gapAcknowledged));
}

/** RFC 6937 §3, at each SACK in fast recovery. */
function reduceFlight(path: Path, delivered: number): void {
  const { byTime, flightSize, sentBytes, maxChunkSize, congestion } = path;
  if (byTime?.reduction === undefined) return;
  byTime.window = byTime.reduction.window({
    delivered,
    flight: flightSize,
    ssthresh: congestion.ssthresh,
    sent: sentBytes,
    maxChunkSize,
  });
}

/** RFC 9260 §3.3.4: TSNs that came twice. If all that was sent again since a window shrank came twice, nothing was lost. */
function onDuplicates(tcb: Tcb, duplicates: readonly Tsn[]): void {
  const { outstanding } = tcb;
  for (const { byTime, congestion } of tcb.paths.all) {
    const from = byTime?.undoFrom;
    if (byTime === undefined || from === undefined || byTime.retransmissions === 0) continue;
    const twice = duplicates.filter((tsn) => tsnGt(tsn, from) && tsnLe(tsn, outstanding.highest)).length;
    if (twice === 0) continue;
    byTime.rack.onDuplicate(outstanding.cumulative, outstanding.nextTsn);
    byTime.duplicates += twice;
    if (byTime.duplicates < byTime.retransmissions || outstanding.marked > 0) continue;
    congestion.undo();
    byTime.retransmissions = 0;
    abandonRecovery(tcb);
  }
}
