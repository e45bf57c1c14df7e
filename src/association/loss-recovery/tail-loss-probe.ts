import { type Tsn, tsnDiff } from "../../base/serial.ts";
import { DataFlag } from "../../packet/chunks/data.ts";
import type { Path } from "../path/path.ts";
import { stopMeasuring } from "../send/acknowledge.ts";
import type { OutboundChunk } from "../send/outbound-chunk.ts";
import { sendsData } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import type { TailLossProbe } from "./tail-loss.ts";

/*
 * Where the peer has several addresses, a path that has gone silent is not waited for until T3-rtx expires, RTO.Min of a
 * second and more: after two round trips its last chunk goes by another path, in the manner of a tail-loss probe (RFC 8985
 * §7). When the acknowledgement of that shows that the silent path has swallowed what it was sent, this goes by other
 * paths, too, and the path is suspect until it answers a HEARTBEAT. No error is counted: RFC 9260 §8.2 counts timeouts.
 * See docs/decisions/0006-loss-recovery.md.
 */

const NEVER = Number.POSITIVE_INFINITY;
/** ms. Machines that are busy, and timers, are late by so much: a path is not called silent before. */
const LEAST_PATIENCE = 30;
/** ms. RFC 9260 §6.2: the SACK of one packet alone may be delayed; 200 ms is what the RFC recommends, and the peer's own is not known. */
const SACK_DELAY = 200;
/** ms. What is acknowledged over two paths may come in another order than it was sent. */
const LEAST_REORDERING = 20;
/** Packets in a row that a path swallows before it is suspect: that of the probe, what was sent before, the HEARTBEAT. */
const SWALLOWED = 3;

/** When a path is called silent, or one that was is judged; ms, Infinity: neither. */
export function tailLossAt(tcb: Tcb): number {
  if (tcb.tailLoss !== undefined) return tcb.tailLoss.judgedAt;
  const { tailLossProbes, lossDetection } = tcb.config;
  if (!tailLossProbes || (tcb.paths.all.length === 1 && lossDetection !== "rack")) return NEVER;
  let next = NEVER;
  for (const path of tcb.paths.all) next = Math.min(next, silentAt(tcb, path));
  return next;
}

function silentAt(tcb: Tcb, path: Path): number {
  const { srtt } = path.rto;
  if (path.flightSize === 0 || srtt === undefined || path.state !== "active" || path.afterTimeout)
    return NEVER;
  if (!sendsData(tcb.state) || tcb.probing) return NEVER;
  if (!hasOther(tcb, path) && path.byTime === undefined) return NEVER;
  // RFC 8985 §7.2: "If RTT has been sampled, set PTO = 2 * SRTT; ... if the flight is one segment, add" the delay of its SACK.
  const delay = path.flightSize <= path.maxChunkSize ? SACK_DELAY : 0;
  return Math.max(path.lastDataAt, path.lastHeardAt) + Math.max(2 * srtt, LEAST_PATIENCE) + delay;
}

/** Another path can take the probe. A suspicion that no HEARTBEAT could take away would last. */
function hasOther({ paths }: Tcb, path: Path): boolean {
  const other = paths.forRetransmission(path);
  return other !== path && other.state === "active" && path.config.heartbeats;
}

export function onTailLossTimer(tcb: Tcb, now: number): void {
  if (tcb.tailLoss !== undefined) {
    judge(tcb, tcb.tailLoss);
    return;
  }
  for (const path of tcb.paths.all) {
    if (silentAt(tcb, path) > now) continue;
    probe(tcb, path, now);
    return;
  }
}

/** RFC 8985 §7.3: "retransmit the highest-sequence segment sent so far", by another path where there is one, whatever cwnd says. */
function probe(tcb: Tcb, path: Path, now: number): void {
  const { outstanding } = tcb;
  let chunk: OutboundChunk | undefined;
  for (let offset = outstanding.length - 1; offset >= 0 && chunk === undefined; offset -= 1) {
    const last = outstanding.at(offset);
    if (last.path === path && last.state === "in-flight") chunk = last;
  }
  if (chunk === undefined) return;
  const isElsewhere = hasOther(tcb, path);
  tcb.tailLoss = { path, isElsewhere, tsn: chunk.tsn, sentAt: now, acknowledgedAt: NEVER, judgedAt: NEVER };
  // RFC 7053: its SACK is not to be delayed.
  chunk.flags |= DataFlag.IMMEDIATE;
  retransmitElsewhere(tcb, path, chunk);
  // Where there was nothing else in flight, the HEARTBEAT is what else can be swallowed.
  if (isElsewhere && path.pendingHeartbeat === undefined) path.heartbeatDue = true;
  tcb.statistics.tailLossProbes += 1;
}

function retransmitElsewhere(tcb: Tcb, path: Path, chunk: OutboundChunk): void {
  stopMeasuring(path, chunk.tsn);
  tcb.outstanding.mark(chunk, true);
  if (path.flightSize === 0) path.stopT3();
  tcb.retransmitNow = true;
}

/** A SACK came: if it acknowledges the probe, its path is judged as soon as what was reordered can have come. */
export function onTailLossSack(
  tcb: Tcb,
  probe: TailLossProbe,
  duplicates: readonly Tsn[],
  now: number,
): void {
  if (probe.judgedAt !== NEVER || !isAcknowledged(tcb, probe.tsn)) return;
  if (!probe.isElsewhere) {
    tcb.tailLoss = undefined;
    // RFC 8985 §7.4.2: a probe that repaired the only loss; the window shrinks as for any other one.
    if (!duplicates.includes(probe.tsn) && tcb.outstanding.isSettled)
      probe.path.congestion.onFastRetransmit();
    return;
  }
  probe.acknowledgedAt = now;
  probe.judgedAt = Math.max(now + LEAST_REORDERING, probe.sentAt + 1.5 * (probe.path.rto.srtt ?? 0));
}

function isAcknowledged({ outstanding }: Tcb, tsn: Tsn): boolean {
  const offset = tsnDiff(tsn, outstanding.cumulative) - 1;
  return offset < 0 || (offset < outstanding.length && outstanding.at(offset).state === "gap-acknowledged");
}

/** What is still in flight there and was sent before the probe was swallowed, and is sent again elsewhere. */
function judge(tcb: Tcb, probe: TailLossProbe): void {
  tcb.tailLoss = undefined;
  const { path } = probe;
  const { outstanding } = tcb;
  // Data that went there has been acknowledged since: it was late.
  if (path.lastHeardAt > probe.acknowledgedAt) return;
  let packet = 0;
  let swallowed = 1;
  for (let offset = 0; offset < outstanding.length; offset += 1) {
    const chunk = outstanding.at(offset);
    if (chunk.path !== path || chunk.state !== "in-flight" || chunk.sentAt > probe.sentAt) continue;
    if (chunk.packet !== packet) swallowed += 1;
    packet = chunk.packet;
    retransmitElsewhere(tcb, path, chunk);
  }
  if (swallowed > 1) path.congestion.onFastRetransmit();
  // It has answered the HEARTBEAT: what is missing was lost, and the path works.
  if (path.pendingHeartbeat === undefined) return;
  path.swallowed += swallowed + 1;
  // New data goes elsewhere; a HEARTBEAT's answer, or data acknowledged there, takes the suspicion away.
  if (path.swallowed >= SWALLOWED) tcb.failover.suspect(path);
}
