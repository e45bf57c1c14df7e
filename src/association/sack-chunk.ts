import { SACK_HEADER } from "../packet/chunks/sack.ts";
import { ChunkType } from "../packet/registry.ts";
import type { PacketWriter } from "../packet/writer.ts";
import type { Path } from "./path/path.ts";
import type { Tcb } from "./tcb.ts";

/** Bytes of a Gap Ack Block, and of a duplicate TSN (RFC 9260 §3.3.4). */
const BLOCK_LENGTH = 4;

/** RFC 9260 §6.1: before DATA, an acknowledgement that is owed goes with it, where it goes the same way. */
export function bundlesSack(tcb: Tcb, path: Path): boolean {
  const { target } = tcb.sack;
  if (!tcb.sack.isOwed || target === undefined) return false;
  return target.destination === path.destination && target.source === path.source;
}

/** Writes the SACK of this moment (RFC 9260 §3.3.4). */
export function addSack(tcb: Tcb, writer: PacketWriter): void {
  const { tracker } = tcb;
  const room = Math.max(0, Math.floor((writer.roomFor(ChunkType.SACK) - SACK_HEADER) / BLOCK_LENGTH));
  // RFC 9260 §6.2, §6.7: "MUST report as many Gap Ack Blocks as can fit in a single SACK chunk"; duplicates have what is left.
  const gaps = tracker.gaps(room);
  const duplicates = tracker.takeDuplicates(room - gaps.length);
  const isWritten = writer.add({
    type: "SACK",
    cumulativeTsn: tracker.cumulative,
    receiverWindow: tcb.delivery.advertise(),
    gaps,
    duplicates,
  });
  if (!isWritten) return;
  tcb.sack.onSent();
  tcb.statistics.sacksSent += 1;
}
