import type { DataChunk } from "../../packet/chunks/data.ts";
import type { IDataChunk } from "../../packet/chunks/i-data.ts";
import { answer, wayBack } from "../answer.ts";
import { abort, abortForViolation, reportReadable } from "../lifecycle.ts";
import { keep, keepIData } from "../receive/inbound-chunk.ts";
import { receivesData } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import type { PacketContext } from "./packet-context.ts";

/** RFC 9260 §6.2; the same for I-DATA (RFC 8260 §2.2). */
export function onData(tcb: Tcb, chunk: DataChunk | IDataChunk, packet: PacketContext): void {
  // RFC 9260 §6: "A DATA chunk received in any other state SHOULD be discarded."
  if (!receivesData(tcb.state)) return;
  // RFC 8260 §2.2.3: where I-DATA was agreed on, "the receiver of the DATA chunk MUST abort the association". An I-DATA chunk
  // of an association without it does not get here, see `onUnknownChunk`.
  if (chunk.type === "DATA" && tcb.extensions.interleaving) {
    abortForViolation(tcb, `DATA at TSN ${chunk.tsn}, and I-DATA was agreed on`);
    return;
  }
  // RFC 9260 §6.2: a DATA chunk without user data is answered with an ABORT.
  if (chunk.data.length === 0) {
    abort(tcb, "protocol-violation", { type: "NO-USER-DATA", tsn: chunk.tsn });
    return;
  }
  packet.hasData = true;
  // RFC 8260 §2.1: with the I bit the receiver "SHOULD NOT delay the sending of the corresponding SACK chunk", as RFC 7053.
  if (chunk.immediate) packet.immediate = true;
  const { tracker, delivery } = tcb;
  const kind = tracker.classify(chunk.tsn);
  if (kind === "duplicate") {
    tracker.addDuplicate(chunk.tsn);
    tcb.statistics.duplicatesReceived += 1;
    packet.irregular = true;
    return;
  }
  if (kind === "unreportable" || !hasRoom(tcb, chunk, packet)) {
    // RFC 9260 §6.2: what is dropped for want of room makes a SACK at once that does not report it.
    tcb.statistics.chunksDropped += 1;
    packet.irregular = true;
    return;
  }
  // RFC 9260 §7.2.4: a SACK for every packet from the first gap until it is filled.
  if (kind === "ahead" || tracker.hasGaps) packet.irregular = true;
  tracker.add(chunk.tsn);
  tcb.lastUseAt = packet.now;
  if (chunk.stream >= tcb.inboundStreams) {
    refuseStream(tcb, chunk, packet);
    return;
  }
  const fits =
    chunk.type === "DATA" ? delivery.add(keep(chunk, packet)) : delivery.addIData(keepIData(chunk, packet));
  if (!fits) {
    abortForViolation(tcb, `fragments do not fit together at TSN ${chunk.tsn}`);
    return;
  }
  reportReadable(tcb);
}

/**
 * RFC 9260 §6.2: with a window of 0, data above the highest TSN received is dropped. Data below it fills a gap and is
 * taken: what waits behind the gap cannot leave before. The RFC would drop the highest TSN for it; we let the buffer
 * overrun instead, up to a hard bound, so that nothing is reneged on without need.
 */
function hasRoom(tcb: Tcb, chunk: DataChunk | IDataChunk, packet: PacketContext): boolean {
  const { delivery, tracker } = tcb;
  if (delivery.window >= chunk.data.length || delivery.awaits(chunk.tsn)) return true;
  // Everything that waits behind the first gap would wait for ever.
  if (delivery.isOverrun && chunk.tsn === tracker.next && tracker.hasGaps) renege(tcb, packet);
  // It may be the end of a message in parts, or what lacks before that: to drop it would be to wait for ever.
  if (chunk.tsn === tracker.next && delivery.isStuck) return true;
  if (delivery.isOverrun) return false;
  // The last chunk may exceed a window that was told as open; a full one takes gap fillers only.
  return delivery.window > 0 || delivery.isPromised || !tracker.isBeyondHighest(chunk.tsn);
}

/** RFC 9260 §6.2: "the receiver SHOULD drop the largest TSN held for reordering", as many as it takes. */
function renege({ delivery, tracker, statistics }: Tcb, packet: PacketContext): void {
  const tsns = delivery.renege(tracker.next, tracker.highest);
  // "If such a DATA chunk is dropped, the receiver MUST immediately send back a SACK", though no gap may be left by it.
  packet.irregular = true;
  for (const tsn of tsns) tracker.renege(tsn);
  statistics.chunksDropped += tsns.length;
}

/** RFC 9260 §6.5: acknowledged, reported with an ERROR, and discarded. */
function refuseStream(tcb: Tcb, chunk: DataChunk | IDataChunk, packet: PacketContext): void {
  answer(tcb, packet, { type: "ERROR", causes: [{ type: "INVALID-STREAM", stream: chunk.stream }] });
}

/** All chunks of a packet have been handled: what does that mean for acknowledging? */
export function onDataPacketEnd(tcb: Tcb, packet: PacketContext): void {
  // A FORWARD TSN came with the SHUTDOWN; after the SHUTDOWN ACK the peer is gone.
  if (tcb.state.name === "shutdown-ack-sent") return;
  // RFC 9260 §6.7, §6.4: the SACK goes "to the same destination address from which the last DATA chunk was received".
  tcb.sack.target = wayBack(tcb, packet);
  // RFC 9260 §6.2: "at least" every second packet. The window may have no room for a second one that large.
  tcb.sack.onPacket(packet.now, packet.irregular, packet.immediate || tcb.delivery.isHalfUsed);
  if (tcb.state.name === "shutdown-sent") {
    // RFC 9260 §4, 4 and §9.2: "MUST immediately respond to each received packet containing one or more DATA chunks with a
    // SHUTDOWN chunk and restart the T2-shutdown timer".
    tcb.sack.makeDue();
    tcb.state.due = true;
    tcb.state.t2 = packet.now + tcb.paths.forData().rto.rto;
  }
}
