import { midDiff, ssnDiff, type Tsn, tsnDiff } from "../../base/serial.ts";
import type { ForwardTsnChunk } from "../../packet/chunks/forward-tsn.ts";
import type { IForwardTsnChunk } from "../../packet/chunks/i-forward-tsn.ts";
import { abortForViolation, reportReadable } from "../lifecycle.ts";
import { reportAborted } from "../reconfig/end.ts";
import { receivesData } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import type { PacketContext } from "./packet-context.ts";

/**
 * What skips more is of the TSNs before a reset of all of them, which moves them on by 2^31 (RFC 6525 §5.2.4 G2): what is
 * behind those looks like being far ahead. No sender has as much outstanding.
 */
const MAX_SKIPPED = 2 ** 30;

/** RFC 3758 §3.6. */
export function onForwardTsn(tcb: Tcb, chunk: ForwardTsnChunk, packet: PacketContext): void {
  if (!receivesData(tcb.state)) return;
  // RFC 8260 §2.3.1: with I-FORWARD-TSN agreed on "the receiver of the FORWARD-TSN chunk MUST abort the association".
  if (tcb.extensions.interleaving) {
    abortForViolation(tcb, "FORWARD-TSN, and I-FORWARD-TSN was agreed on");
    return;
  }
  if (!advance(tcb, chunk.newCumulativeTsn, packet)) return;
  const skipped = highestOf(
    chunk.streams.filter(({ stream }) => stream < tcb.inboundStreams),
    ({ stream }) => stream,
    (one, other) => ssnDiff(one.ssn, other.ssn),
  );
  reportAborted(tcb, tcb.delivery.skip(chunk.newCumulativeTsn, skipped));
  reportReadable(tcb);
}

/** RFC 8260 §2.3.1, with which "the principle" of RFC 3758 §3.6 is applied to unordered messages as well. */
export function onIForwardTsn(tcb: Tcb, chunk: IForwardTsnChunk, packet: PacketContext): void {
  if (!receivesData(tcb.state)) return;
  if (!tcb.extensions.partialReliability) {
    abortForViolation(tcb, "I-FORWARD-TSN, and it was not agreed on");
    return;
  }
  if (!advance(tcb, chunk.newCumulativeTsn, packet)) return;
  // RFC 8260 §2, §2.3.1: partial reliability with I-DATA goes by MID and U bit in the place of SSNs.
  const skipped = highestOf(
    chunk.streams.filter(({ stream }) => stream < tcb.inboundStreams),
    ({ stream, unordered }) => stream * 2 + (unordered ? 1 : 0),
    (one, other) => midDiff(one.mid, other.mid),
  );
  reportAborted(tcb, tcb.delivery.skipMessages(skipped));
  reportReadable(tcb);
}

/** Moves the Cumulative TSN point; false when the chunk is out of date, or of before a reset of the TSNs. */
function advance(tcb: Tcb, newCumulativeTsn: Tsn, packet: PacketContext): boolean {
  // RFC 6525 §5.1.4: it may mean the SSNs of before or of after. The peer says it again (RFC 3758 §3.5 A5).
  if (tcb.reconfig?.isResettingTsns === true) return false;
  const count = tsnDiff(newCumulativeTsn, tcb.tracker.cumulative);
  // "Behind or at the current cumulative TSN point, the data receiver MUST treat this FORWARD TSN as out-of-date".
  const isOutOfDate = count <= 0 || count > MAX_SKIPPED;
  // "The receiver MUST follow the same rules as if a DATA chunk had been received": one that fills a gap, or is a
  // duplicate, is acknowledged at once (RFC 9260 §6.2, §6.7).
  packet.hasData = true;
  if (isOutOfDate || tcb.tracker.hasGaps) packet.irregular = true;
  if (isOutOfDate) return false;
  // "MUST first update its cumulative TSN point ..., and then MUST further advance its cumulative TSN point locally".
  tcb.tracker.advance(newCumulativeTsn);
  return true;
}

/**
 * RFC 3758 §3.5 C4: each stream SHOULD be there once, with its highest number. `laneOf`: what is numbered by itself. Streams
 * that there are not have no messages that could wait.
 */
function highestOf<Skipped>(
  listed: readonly Skipped[],
  laneOf: (skipped: Skipped) => number,
  compare: (one: Skipped, other: Skipped) => number,
): readonly Skipped[] {
  const highest = new Map<number, Skipped>();
  for (const skipped of listed) {
    const before = highest.get(laneOf(skipped));
    if (before === undefined || compare(skipped, before) > 0) highest.set(laneOf(skipped), skipped);
  }
  return [...highest.values()];
}
