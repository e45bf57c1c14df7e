import { type Tsn, tsnAdd, tsnGe, tsnGt } from "../../base/serial.ts";
import { DataFlag } from "../../packet/chunks/data.ts";
import {
  FORWARD_TSN_HEADER,
  type ForwardTsnChunk,
  SKIPPED_STREAM_SIZE,
} from "../../packet/chunks/forward-tsn.ts";
import {
  I_FORWARD_TSN_HEADER,
  type IForwardTsnChunk,
  SKIPPED_MESSAGES_SIZE,
} from "../../packet/chunks/i-forward-tsn.ts";
import { ChunkType } from "../../packet/registry.ts";
import type { PacketWriter } from "../../packet/writer.ts";
import type { PacketContext } from "../handlers/packet-context.ts";
import type { Path } from "../path/path.ts";
import type { OutboundChunk } from "../send/outbound-chunk.ts";
import type { Outstanding } from "../send/outstanding.ts";
import { sendsData } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import type { Forwarding } from "./forwarding.ts";

/** RFC 3758 §3.5 F3: "Any delay applied to the sending of FORWARD TSN chunk SHOULD NOT exceed 200ms". */
const MAX_DELAY = 200;

/** RFC 3758 §3.5 C1, C2: Advanced.Peer.Ack.Point; the Cumulative TSN Ack Point where nothing behind it is abandoned. */
function advancedPoint(outstanding: Outstanding): Tsn {
  return tsnAdd(outstanding.cumulative, outstanding.abandonedFirst);
}

/** A message was abandoned: the peer is told where that moves the point. */
export function onAbandoned(tcb: Tcb): void {
  const { forwarding, outstanding } = tcb;
  if (forwarding === undefined || forwarding.isCut || outstanding.abandonedFirst === 0) return;
  const point = advancedPoint(outstanding);
  if (forwarding.told === undefined || tsnGt(point, forwarding.told)) forwarding.due = true;
}

/** RFC 3758 §3.5 A5: "any time the T3-rtx timer expires, on any destination"; and with each SHUTDOWN. */
export function repeatForwardTsn(tcb: Tcb): void {
  if (tcb.forwarding !== undefined) tcb.forwarding.due = tcb.outstanding.abandonedFirst > 0;
}

/** The address of a path was deleted, and no T3-rtx of it will expire: what was told there is told on another path. */
export function leavePath(tcb: Tcb, path: Path): void {
  const { forwarding } = tcb;
  if (forwarding === undefined || (forwarding.path !== path && forwarding.timed !== path)) return;
  forwarding.path = undefined;
  forwarding.timed = undefined;
  repeatForwardTsn(tcb);
}

/** RFC 3758 §3.5 A4, after a SACK was processed: C1 to C3, and C5. */
export function forwardAfterSack(tcb: Tcb, { now, source }: PacketContext): void {
  const { forwarding, outstanding } = tcb;
  if (forwarding === undefined) return;
  const { path, told } = forwarding;
  if (told !== undefined && tsnGe(outstanding.cumulative, told)) {
    // It has arrived: a proof of its destination, as data is.
    if (path?.destination === source) tcb.failover.onReachable(path);
    forwarding.isCut = false;
    forwarding.told = undefined;
  }
  if (outstanding.abandonedFirst === 0) {
    forwarding.due = false;
    stopTimer(forwarding);
    return;
  }
  onAbandoned(tcb);
  // C3, and the note under F2: "waiting a full RTT before sending a duplicate".
  if (now - forwarding.sentAt >= Math.min(path?.rto.srtt ?? MAX_DELAY, MAX_DELAY)) forwarding.due = true;
  if (!forwarding.due) ensureT3(tcb, now);
}

/** RFC 3758 §3.5 C5: "MUST assure that at least one T3-rtx timer is running". */
export function ensureT3(tcb: Tcb, now: number): void {
  const { forwarding, outstanding, paths } = tcb;
  if (forwarding === undefined || outstanding.abandonedFirst === 0) return;
  if (paths.all.some(({ t3 }) => t3 !== Number.POSITIVE_INFINITY)) return;
  startTimer(forwarding, forwarding.path ?? paths.forData(), now);
}

function startTimer(forwarding: Forwarding, path: Path, now: number): void {
  if (path.t3 !== Number.POSITIVE_INFINITY) return;
  stopTimer(forwarding);
  path.startT3(now);
  forwarding.timed = path;
}

function stopTimer(forwarding: Forwarding): void {
  if (forwarding.timed?.flightSize === 0) forwarding.timed.stopT3();
  forwarding.timed = undefined;
}

/** Writes the FORWARD TSN that is due, to a confirmed path. One that must leave something out has a packet of its own. */
export function addForwardTsn(tcb: Tcb, path: Path, now: number, writer: PacketWriter): void {
  const { forwarding, outstanding } = tcb;
  if (forwarding?.due !== true) return;
  const chunk = tcb.extensions.interleaving
    ? writeIForwardTsn(outstanding, writer.roomFor(ChunkType.I_FORWARD_TSN))
    : writeForwardTsn(outstanding, writer.roomFor(ChunkType.FORWARD_TSN));
  if (chunk === undefined) return;
  const isCut = chunk.newCumulativeTsn !== advancedPoint(outstanding);
  if ((isCut && !writer.empty) || chunk.newCumulativeTsn === outstanding.cumulative) return;
  if (!writer.add(chunk)) return;
  forwarding.due = false;
  forwarding.isCut = isCut;
  forwarding.told = chunk.newCumulativeTsn;
  forwarding.sentAt = now;
  forwarding.path = path;
  // With a SHUTDOWN it is sent again by T2.
  if (sendsData(tcb.state)) startTimer(forwarding, path, now);
}

/**
 * What was given up is "no longer outstanding" (RFC 3758 §3.5 A2), and a shutdown does not wait for it. The peer may have
 * delivered a part of it, and hears in front of the SHUTDOWN, or the SHUTDOWN ACK, that there will be no more.
 */
export function addFinalForwardTsn(tcb: Tcb, path: Path, now: number, writer: PacketWriter): void {
  if (!path.confirmed) return;
  repeatForwardTsn(tcb);
  addForwardTsn(tcb, path, now, writer);
}

/**
 * RFC 3758 §3.5 C4: with the highest abandoned SSN of each stream, unordered messages left out; "if the total size ...
 * does NOT fit in a single MTU ... lower the Advanced.Peer.Ack.Point to the last TSN that will fit".
 */
function writeForwardTsn(outstanding: Outstanding, room: number): ForwardTsnChunk | undefined {
  const most = Math.floor((room - FORWARD_TSN_HEADER) / SKIPPED_STREAM_SIZE);
  if (most < 0) return undefined;
  const { taken, skipped } = skippedFirst(outstanding, most, ({ flags, stream }) =>
    (flags & DataFlag.UNORDERED) === 0 ? stream : undefined,
  );
  return {
    type: "FORWARD-TSN",
    newCumulativeTsn: tsnAdd(outstanding.cumulative, taken),
    streams: skipped.map(({ stream, ssn }) => ({ stream, ssn })),
  };
}

/** RFC 8260 §2.3.1: "the principle applied to ordered messages ... is applied to ordered and unordered messages". */
function writeIForwardTsn(outstanding: Outstanding, room: number): IForwardTsnChunk | undefined {
  const most = Math.floor((room - I_FORWARD_TSN_HEADER) / SKIPPED_MESSAGES_SIZE);
  if (most < 0) return undefined;
  const { taken, skipped } = skippedFirst(
    outstanding,
    most,
    ({ flags, stream }) => stream * 2 + ((flags & DataFlag.UNORDERED) === 0 ? 0 : 1),
  );
  return {
    type: "I-FORWARD-TSN",
    newCumulativeTsn: tsnAdd(outstanding.cumulative, taken),
    streams: skipped.map(({ stream, flags, mid }) => ({
      stream,
      unordered: (flags & DataFlag.UNORDERED) !== 0,
      mid,
    })),
  };
}

/**
 * The abandoned chunks that stand first, as long as there is room for what is told of them: the one of the highest message
 * in each lane; those without a lane take none.
 */
function skippedFirst(
  outstanding: Outstanding,
  most: number,
  laneOf: (chunk: OutboundChunk) => number | undefined,
): { readonly taken: number; readonly skipped: readonly OutboundChunk[] } {
  const last = new Map<number, OutboundChunk>();
  const count = outstanding.abandonedFirst;
  let taken = 0;
  for (; taken < count; taken += 1) {
    const chunk = outstanding.at(taken);
    const lane = laneOf(chunk);
    if (lane === undefined) continue;
    if (last.size === most && !last.has(lane)) break;
    last.set(lane, chunk);
  }
  return { taken, skipped: [...last.values()] };
}
