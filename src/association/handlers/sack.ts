import { type Tsn, tsnDiff, tsnLt } from "../../base/serial.ts";
import type { SackChunk } from "../../packet/chunks/sack.ts";
import { abortForViolation, reportRoom } from "../lifecycle.ts";
import { advanceRecovery, onLosses } from "../loss-recovery/fast-recovery.ts";
import { onTailLossSack } from "../loss-recovery/tail-loss-probe.ts";
import { onSackByTime } from "../loss-recovery/time-based.ts";
import type { Path } from "../path/path.ts";
import { forwardAfterSack } from "../reliability/forward-tsn.ts";
import {
  type Acknowledgement,
  type AcknowledgeOptions,
  acknowledge,
  type PathAcknowledgement,
} from "../send/acknowledge.ts";
import type { OutboundChunk } from "../send/outbound-chunk.ts";
import type { Outstanding } from "../send/outstanding.ts";
import { advanceShutdown } from "../shutdown.ts";
import { sendsData } from "../state.ts";
import { allowBurst, type Tcb } from "../tcb.ts";
import type { PacketContext } from "./packet-context.ts";

const NO_DUPLICATES: readonly Tsn[] = [];

/** RFC 9260 §6.2.1. */
export function onSack(tcb: Tcb, sack: SackChunk, packet: PacketContext): void {
  // RFC 9260 §6: "A SACK chunk received in any other state SHOULD be discarded."
  if (!sendsData(tcb.state)) return;
  // Deviation from §6.10, which bundles what it likes: gap blocks are heeded once a packet. A second SACK knows nothing that
  // the first one did not, and thousands in one packet would each look at all that is outstanding.
  const { cumulativeTsn, receiverWindow } = sack;
  applySack(tcb, packet.hasSack ? { cumulativeTsn, receiverWindow, gaps: undefined } : sack, packet);
  packet.hasSack = true;
  advanceShutdown(tcb, packet.now);
}

/** What SACK and, with a Cumulative TSN Ack alone, SHUTDOWN say of our data. */
export function applySack(
  tcb: Tcb,
  sack: AcknowledgeOptions["sack"] & {
    readonly receiverWindow?: number;
    readonly duplicates?: readonly Tsn[];
  },
  packet: PacketContext,
): void {
  const { outstanding } = tcb;
  const { duplicates = NO_DUPLICATES } = sack;
  // RFC 9260 §6.2.1 D i: a Cumulative TSN Ack below the point is of an old SACK: dropped.
  // RFC 3758 §3.5 F4: "the comparison MUST NOT be made against Advanced.Peer.Ack.Point".
  if (tsnLt(sack.cumulativeTsn, outstanding.cumulative)) return;
  // RFC 9260 §12.4: "MUST abort the association if it receives a SACK chunk acknowledging a TSN that has not been sent".
  if (namesUnsent(sack, outstanding)) {
    // RFC 6525 §5.1.4: a SACK of the TSNs before a reset may be that old.
    if (tcb.reconfig?.isJustRenumbered(packet.now) === true) return;
    abortForViolation(tcb, `a TSN after ${outstanding.highest} was acknowledged and never sent`);
    return;
  }
  const buffered = tcb.queue.bytes + outstanding.bytes;
  const result = acknowledge({
    outstanding,
    source: packet.source,
    sack,
    inFastRecovery: tcb.recovery.active,
    countsMisses: tcb.config.lossDetection === "rfc9260",
    now: packet.now,
    onCumulative: (chunk) => onAcknowledged(tcb, chunk),
  });
  applyWindow(tcb, sack.receiverWindow);
  // RFC 9260 §8.1: the counter "MUST be reset each time a DATA chunk ... is acknowledged".
  if (result.isNew) tcb.failover.onPeerAlive();
  let packets = 0;
  for (const entry of result.perPath) {
    packets += Math.ceil(entry.bytes / entry.path.maxChunkSize);
    applyToPath(tcb, entry, result, packet.now);
  }
  if (tcb.tailLoss !== undefined) onTailLossSack(tcb, tcb.tailLoss, duplicates, packet.now);
  // RFC 9260 §7.2.4: the increase of cwnd comes first, then the exit, then a new loss.
  advanceRecovery(tcb);
  if (tcb.config.lossDetection === "rack") onSackByTime(tcb, duplicates, result.perPath, packet.now);
  else onLosses(tcb, pathsWithLoss(result));
  // RFC 3758 §3.5 A4: "MUST first process the SACK using the normal procedures", then C1 to C5: where
  // Advanced.Peer.Ack.Point is greater than its Cumulative TSN Ack, a FORWARD TSN is sent.
  if (tcb.forwarding !== undefined) forwardAfterSack(tcb, packet);
  allowBurst(tcb, packets);
  reportRoom(tcb, buffered);
}

const NO_PATHS: readonly Path[] = [];

/** Those of which this SACK reports chunks missing for the third time. */
function pathsWithLoss({ perPath }: Acknowledgement): readonly Path[] {
  return perPath.some(({ lost }) => lost)
    ? perPath.filter(({ lost }) => lost).map(({ path }) => path)
    : NO_PATHS;
}

function namesUnsent({ cumulativeTsn, gaps }: AcknowledgeOptions["sack"], { highest }: Outstanding): boolean {
  const unacknowledged = tsnDiff(highest, cumulativeTsn);
  if (unacknowledged < 0) return true;
  return gaps?.some(({ start, end }) => start <= end && end > unacknowledged) ?? false;
}

function applyWindow(tcb: Tcb, window: number | undefined): void {
  if (window === undefined) return;
  // RFC 9260 §6.2.1 D ii: rwnd is a_rwnd less what is in flight, which is counted apart.
  tcb.peerWindow = window;
  tcb.largestPeerWindow = Math.max(tcb.largestPeerWindow, window);
  const { outstanding } = tcb;
  if (tcb.probeAt !== Number.POSITIVE_INFINITY && window > outstanding.windowInFlight) {
    tcb.probeAt = Number.POSITIVE_INFINITY;
  }
  // RFC 9260 §6.1 A: while SACKs come, an unacknowledged probe is no error.
  if (tcb.probing && outstanding.length > 0) tcb.probeAnswered = true;
}

function applyToPath(tcb: Tcb, entry: PathAcknowledgement, result: Acknowledgement, now: number): void {
  const { path, measuredSince } = entry;
  const rtt = measuredSince === undefined ? undefined : now - measuredSince;
  if (entry.bytes > 0) {
    path.afterTimeout = false;
    path.lastHeardAt = now;
    path.search?.onData();
    path.congestion.onAcknowledged({
      bytes: entry.bytes,
      windowFilled: path.windowFilled,
      inFastRecovery: tcb.recovery.active,
      now,
      srtt: path.rto.srtt,
      rtt,
    });
  }
  if (rtt !== undefined) path.rto.measure(rtt);
  // RFC 7829 §3.2, 9 and 10: only what went to this destination alone proves it.
  if (entry.proven) tcb.failover.onReachable(path);
  if (path.flightSize === 0) {
    // RFC 9260 §6.3.2 R2.
    path.stopT3();
    if (tcb.outstanding.length === 0) path.congestion.onAllAcknowledged();
  } else if (entry.earliest || ((entry.reneged || result.isNew) && path.t3 === Number.POSITIVE_INFINITY)) {
    // RFC 9260 §6.3.2 R3, R4.
    path.startT3(now);
  }
}

function onAcknowledged(tcb: Tcb, chunk: OutboundChunk): void {
  const { message } = chunk;
  if (message === undefined) return;
  message.acknowledged += chunk.length;
  if (message.acknowledged < message.size) return;
  tcb.statistics.messagesSent += 1;
  if (!message.message.notify) return;
  tcb.surroundings.emit({ type: "acknowledged", association: tcb.handle, message: message.message });
}
