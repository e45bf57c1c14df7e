import { tsnDiff } from "../../base/serial.ts";
import type { ForwardTsnChunk } from "../../packet/chunks/forward-tsn.ts";
import { abortForViolation, reportReadable } from "../lifecycle.ts";
import { receivesData } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import type { PacketContext } from "./packet-context.ts";

/** TSNs that a peer can have given up at once: twice what Gap Ack Blocks can name, and so what can be outstanding. */
const MAX_SKIPPED = 131_072;

/** RFC 3758 §3.6. */
export function onForwardTsn(tcb: Tcb, chunk: ForwardTsnChunk, packet: PacketContext): void {
  if (!receivesData(tcb.state)) return;
  // RFC 6525 §5.1.4: it may mean the SSNs of before or of after. The peer says it again (RFC 3758 §3.5 A5).
  if (tcb.reconfig?.isResettingTsns === true) return;
  // "The receiver MUST follow the same rules as if a DATA chunk had been received": as one that fills a gap, or, when it
  // is out of date, as a duplicate, so the SACK goes at once.
  packet.hasData = true;
  packet.irregular = true;
  const count = tsnDiff(chunk.newCumulativeTsn, tcb.tracker.cumulative);
  // "Behind or at the current cumulative TSN point, the data receiver MUST treat this FORWARD TSN as out-of-date".
  if (count <= 0) return;
  if (count > MAX_SKIPPED) {
    if (tcb.reconfig?.isJustRenumbered(packet.now) === true) return;
    abortForViolation(tcb, `${count} TSNs were skipped at once`);
    return;
  }
  // "MUST first update its cumulative TSN point ..., and then MUST further advance its cumulative TSN point locally".
  tcb.tracker.advance(chunk.newCumulativeTsn);
  // Streams that there are not have no messages that could wait.
  const streams = chunk.streams.filter(({ stream }) => stream < tcb.inboundStreams);
  for (const { stream, ssn, unordered } of tcb.delivery.skip(chunk.newCumulativeTsn, streams)) {
    tcb.surroundings.emit({ type: "partial-aborted", association: tcb.handle, stream, ssn, unordered });
  }
  reportReadable(tcb);
}
