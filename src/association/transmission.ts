import { padded } from "../base/bytes.ts";
import { DATA_HEADER, DataFlag } from "../packet/chunks/data.ts";
import { I_DATA_HEADER } from "../packet/chunks/i-data.ts";
import { HEADER_LENGTH } from "../packet/packet.ts";
import { ChunkType } from "../packet/registry.ts";
import type { PacketWriter } from "../packet/writer.ts";
import { awaitWindow } from "./closed-window.ts";
import { reportFailure, reportRoom } from "./lifecycle.ts";
import type { Path } from "./path/path.ts";
import { abandonBegun, abandonsInstead, countAbandoned } from "./reliability/abandon.ts";
import { stopMeasuring } from "./send/acknowledge.ts";
import { partsFrom, type QueuedMessage } from "./send/message.ts";
import type { OutboundChunk } from "./send/outbound-chunk.ts";
import { advanceShutdown } from "./shutdown.ts";
import type { Tcb } from "./tcb.ts";

/**
 * Chunks that may be outstanding. RFC 9260 §6.1: "MUST NOT have more than 2^16 - 1 ordered user messages in the current
 * send window" of a stream (RFC 8260 §2.1: 2^31 - 1); nor could Gap Ack Blocks, which count in 16 bits, name what is further ahead.
 */
const MAX_OUTSTANDING = 65_535;

/** The path of the next packet with DATA. */
export interface NextTransmission {
  readonly path: Path;
  /** Bytes that the packet must be allowed: a chunk cut for a larger path goes alone, and IP fragments it (§6.9). */
  readonly minimum: number;
}

/** Where the next DATA goes, or undefined when none may be sent now. */
export function nextTransmission(tcb: Tcb, now: number): NextTransmission | undefined {
  tcb.queue.beginPacket();
  let offset = tcb.outstanding.nextMarked(0);
  while (offset >= 0 && abandonsInstead(tcb, tcb.outstanding.at(offset), now)) {
    offset = tcb.outstanding.nextMarked(offset + 1);
  }
  if (offset >= 0) {
    // RFC 9260 §6.1 C: "before sending new DATA chunks, the sender MUST first transmit any DATA chunks that are
    // marked for retransmission (limited by the current cwnd)".
    const chunk = tcb.outstanding.at(offset);
    const path = retransmissionPath(tcb, chunk);
    // RFC 9260 §5.4: nothing to an unconfirmed address, which may be the only one left (RFC 5061 §5.3.2).
    if (!path.confirmed) return undefined;
    // RFC 9260 §7.2.4, 3: a Fast Retransmit "SHOULD ignore the value of cwnd ... for this single packet".
    if (!tcb.retransmitNow && path.isFull) return undefined;
    // RFC 9260 §6.9: "if the PMTU has been reduced, then IP fragmentation MUST be used": a chunk is never cut again.
    return { path, minimum: HEADER_LENGTH + signatureSize(tcb, chunk.message) + chunk.size };
  }
  const path = newDataPath(tcb, now);
  if (path === undefined || !mayBeginNewPacket(tcb, path, now)) return undefined;
  return { path, minimum: 0 };
}

/** Fills the packet with DATA for this path: first what is sent again, then what is new. */
export function addData(tcb: Tcb, path: Path, now: number, writer: PacketWriter): void {
  tcb.queue.beginPacket();
  if (!addRetransmissions(tcb, path, now, writer)) return;
  addNewData(tcb, path, now, writer);
}

/**
 * RFC 9260 §6.4: what timed out goes to another active destination; a fast retransmission "to the same destination
 * transport address to which the original data was sent".
 */
function retransmissionPath(tcb: Tcb, chunk: OutboundChunk): Path {
  const last = chunk.path ?? tcb.paths.primary;
  if (chunk.timedOut || last.state !== "active") return tcb.paths.forRetransmission(last);
  return last;
}

/** RFC 8260 §2.2.1: the type of all chunks with user data. */
function dataType({ extensions }: Tcb): number {
  return extensions.interleaving ? ChunkType.I_DATA : ChunkType.DATA;
}

/** Bytes of a chunk before its user data. */
function headerSize(tcb: Tcb): number {
  return tcb.extensions.interleaving ? I_DATA_HEADER : DATA_HEADER;
}

/** RFC 8260 §2.1: "The length of the I-DATA chunk header is ... 4 bytes more than" that of DATA. */
function largestPayload(tcb: Tcb): number {
  return tcb.paths.maxPayload + DATA_HEADER - headerSize(tcb);
}

/** RFC 8260 §2, §2.2.1: I-DATA for all user messages of an association where that was agreed on, else DATA. */
function writeChunk(writer: PacketWriter, chunk: OutboundChunk): boolean {
  return chunk.header === DATA_HEADER ? writer.addData(chunk) : writer.addIData(chunk);
}

/** Returns whether nothing marked is left, so that new data may follow. */
function addRetransmissions(tcb: Tcb, path: Path, now: number, writer: PacketWriter): boolean {
  const { outstanding, statistics } = tcb;
  // RFC 9260 §6.1: alone after a timeout, it keeps all else waiting; a SACK that is delayed would, too.
  const keepsOthers = !tcb.probing && (outstanding.marked > 1 || !tcb.queue.isEmpty);
  const isAlone = tcb.retransmitNow && outstanding.windowInFlight === 0;
  let added = 0;
  for (let offset = outstanding.nextMarked(0); offset >= 0; offset = outstanding.nextMarked(offset + 1)) {
    const chunk = outstanding.at(offset);
    if (abandonsInstead(tcb, chunk, now)) continue;
    if (retransmissionPath(tcb, chunk) !== path) continue;
    if (!tcb.retransmitNow && path.flightSize >= path.window) break;
    if (tcb.authentication?.admits(chunk.message) === false) break;
    if (isAlone && keepsOthers) chunk.flags |= DataFlag.IMMEDIATE;
    if (!writeChunk(writer, chunk)) break;
    // RFC 9260 §6.1, §7.2.4, 4: T3 restarts "if the earliest ... outstanding DATA chunk sent to that address is being
    // retransmitted".
    const restarts = path.t3 === Number.POSITIVE_INFINITY || isEarliest(tcb, path, offset);
    stopMeasuring(path, chunk.tsn);
    transmit(tcb, chunk, path, now);
    // RFC 9260 §6.3.3, E4 and F1: T3 and the RTO of the address that the retransmission goes to.
    if (restarts) path.startT3(now);
    path.lastDataAt = now;
    added += 1;
    statistics.retransmissions += 1;
    if (!chunk.timedOut) statistics.fastRetransmissions += 1;
  }
  // The one packet that may leave regardless of cwnd has left, or there is nothing to send again any more.
  if (added > 0 || outstanding.marked === 0) tcb.retransmitNow = false;
  return outstanding.marked === 0;
}

/** The chunk, just written to the packet, is on its way. */
function transmit(tcb: Tcb, chunk: OutboundChunk, path: Path, now: number): void {
  chunk.sentAt = now;
  chunk.packet = tcb.statistics.packetsSent;
  if (path.byTime !== undefined && chunk.transmissions > 0) path.byTime.retransmissions += 1;
  tcb.outstanding.transmit(chunk, path);
}

function isEarliest(tcb: Tcb, path: Path, offset: number): boolean {
  for (let before = 0; before < offset; before += 1) {
    const chunk = tcb.outstanding.at(before);
    if (chunk.path === path && chunk.state === "in-flight") return false;
  }
  return true;
}

/** Where new data goes: where its user wants it, if that is possible, else the path in use (RFC 9260 §6.4). */
function newDataPath(tcb: Tcb, now: number): Path | undefined {
  dropUnsendable(tcb, now);
  abandonBegun(tcb, now);
  const head = tcb.queue.peek();
  if (head === undefined) return undefined;
  const wanted = head.message.destination;
  const path = wanted === undefined ? undefined : tcb.paths.get(wanted);
  // RFC 9260 §6.4.1: towards "an inactive destination transport address" it "SHOULD" go another way.
  if (path?.state === "active") return path;
  const inUse = tcb.paths.forData();
  return inUse.confirmed ? inUse : undefined;
}

/** Given back: what is past its time (RFC 3758 §4.1 TR3), or whose stream the peer did not grant. */
export function dropUnsendable(tcb: Tcb, now: number): void {
  const before = tcb.queue.bytes;
  for (const message of tcb.queue.expire(now)) {
    countAbandoned(tcb, message, "unsent", "lifetime");
    for (const part of partsFrom(message)) reportFailure(tcb, part, "expired");
  }
  for (
    let message = tcb.queue.refuse(tcb.outboundStreams);
    message !== undefined;
    message = tcb.queue.refuse(tcb.outboundStreams)
  ) {
    for (const part of partsFrom(message)) reportFailure(tcb, part, "stream-refused");
  }
  if (tcb.queue.bytes === before) return;
  reportRoom(tcb, before + tcb.outstanding.bytes);
  // A shutdown may have waited for nothing else.
  advanceShutdown(tcb, now);
}

function mayBeginNewPacket(tcb: Tcb, path: Path, now: number): boolean {
  decayIdleWindow(path, now);
  // RFC 9260 §6.1 B: flightsize below cwnd; the packet may then exceed it by less than one PMDCS.
  if (path.isFull) return false;
  // RFC 9260 §6.1 D: Max.Burst.
  if (tcb.burst <= 0) return false;
  if (waitsForMore(tcb)) return false;
  return fitsPeerWindow(tcb, path, now);
}

/** RFC 9260 §6, 1: large messages are cut. Bytes of user data in the largest chunk of one: SCTP_MAXSEG, if the paths take as much (RFC 6458 §8.1.16). */
export function fragmentationPoint(tcb: Tcb): number {
  const maxPayload = largestPayload(tcb) - signatureSize(tcb, tcb.queue.peek());
  const { maxSegment } = tcb.config;
  return maxSegment === undefined ? maxPayload : Math.min(maxPayload, maxSegment);
}

/** Bytes of the AUTH chunk in front of user data, if they need one (RFC 4895 §6.2). */
function signatureSize(tcb: Tcb, message: QueuedMessage | undefined): number {
  return tcb.authentication === undefined ? 0 : tcb.authentication.overhead(dataType(tcb), message);
}

/** Bytes of user data that are no crumb, whatever the window and the path MTU. */
const NO_CRUMB = 1_500;

/**
 * Bytes of user data that the next chunk may have. RFC 9260 §6.1 A and RFC 1122 §4.2.3.4, the sender's side of the silly
 * window syndrome: a chunk is cut to what the peer's window holds only where nothing is outstanding and the window is at
 * least half of the largest ever seen, which will not become larger by waiting, or as large as a packet usually is.
 */
function chunkLimit(tcb: Tcb): number {
  const most = fragmentationPoint(tcb);
  const { peerWindow, largestPeerWindow } = tcb;
  if (peerWindow === 0 || tcb.outstanding.length > 0) return most;
  return peerWindow * 2 >= largestPeerWindow || peerWindow >= NO_CRUMB ? Math.min(most, peerWindow) : most;
}

/** The Nagle algorithm, where it is on: a packet that is not full waits while data is outstanding. */
function waitsForMore(tcb: Tcb): boolean {
  if (tcb.config.noDelay || tcb.outstanding.isSettled) return false;
  return tcb.queue.bytes < largestPayload(tcb) - signatureSize(tcb, tcb.queue.peek());
}

/** RFC 9260 §6.1 A, RFC 8260 §2.2.2: the peer's window must hold the next chunk, or the window is probed. */
function fitsPeerWindow(tcb: Tcb, path: Path, now: number): boolean {
  const { outstanding } = tcb;
  const payload = tcb.queue.nextPayload(chunkLimit(tcb));
  if (outstanding.length >= MAX_OUTSTANDING) return false;
  if (outstanding.windowInFlight + payload <= tcb.peerWindow) return true;
  // "A zero window probe SHOULD only be sent when all outstanding DATA chunks have been cumulatively acknowledged".
  if (!outstanding.isSettled) return false;
  if (tcb.probeDue) return true;
  awaitWindow(tcb, path, now);
  return false;
}

function addNewData(tcb: Tcb, path: Path, now: number, writer: PacketWriter): void {
  const { queue, outstanding } = tcb;
  const isAlone = outstanding.windowInFlight === 0;
  let added = 0;
  while (mayAddNewChunk(tcb, path, writer, now)) {
    const limit = chunkLimit(tcb);
    const chunk = outstanding.append();
    queue.cut(limit, chunk);
    // A probe is alone in flight: nothing else can have let a chunk go that the window does not hold.
    tcb.probing = chunk.length > tcb.peerWindow;
    // RFC 9260 §6.1, §3.3.1: the I bit may be set in SHUTDOWN-PENDING: the SHUTDOWN waits for this SACK.
    if (tcb.state.name === "shutdown-pending" && queue.isEmpty) chunk.flags |= DataFlag.IMMEDIATE;
    if (isAlone && fillsWindow(tcb, path, chunk)) chunk.flags |= DataFlag.IMMEDIATE;
    writeChunk(writer, chunk);
    transmit(tcb, chunk, path, now);
    if (path.measuring === undefined) {
      // RFC 9260 §6.3.1 C4: one measurement a round trip.
      path.measuring = chunk.tsn;
      path.measuringSince = now;
    }
    added += 1;
    tcb.probeDue = false;
  }
  if (added === 0) return;
  tcb.burst -= 1;
  tcb.probeAnswered = false;
  path.lastDataAt = now;
  path.lastMeasurableAt = now;
  // RFC 9260 §6.3.2 R1. With a COOKIE ECHO, T1-cookie stands for it.
  if (path.t3 === Number.POSITIVE_INFINITY && tcb.state.name !== "cookie-echoed") path.startT3(now);
}

/**
 * Whether this chunk, about to be sent, keeps what waits behind it. RFC 9260 §6.1: who "fills the congestion or receiver
 * window" MAY set the I bit. Where the packet is alone in flight its SACK would else be delayed; that of a probe is not.
 */
function fillsWindow(tcb: Tcb, path: Path, chunk: OutboundChunk): boolean {
  const { queue, outstanding, peerWindow } = tcb;
  if (queue.isEmpty || tcb.probing) return false;
  if (path.flightSize + chunk.size >= path.window) return true;
  const next = queue.nextPayload(fragmentationPoint(tcb));
  return outstanding.windowInFlight + chunk.windowCost + next > peerWindow;
}

function mayAddNewChunk(tcb: Tcb, path: Path, writer: PacketWriter, now: number): boolean {
  if (newDataPath(tcb, now) !== path) return false;
  const payload = tcb.queue.nextPayload(chunkLimit(tcb));
  if (tcb.authentication?.admits(tcb.queue.peek()) === false) return false;
  if (writer.roomFor(dataType(tcb)) < headerSize(tcb) + padded(payload)) return false;
  // RFC 9260 §6.1 B: "The breach of cwnd MUST constitute one packet only", and less than one PMDCS.
  if (path.flightSize >= path.window) return false;
  if (tcb.burst <= 0) return false;
  return fitsPeerWindow(tcb, path, now);
}

/** RFC 9260 §7.2.1: a window that was not used shrinks, once for each RTO that has gone by. */
function decayIdleWindow(path: Path, now: number): void {
  if (path.flightSize > 0 || path.lastDataAt === Number.NEGATIVE_INFINITY) return;
  const { rto } = path.rto;
  for (let before = -1; now - path.lastDataAt >= rto && before !== path.congestion.cwnd; ) {
    before = path.congestion.cwnd;
    path.congestion.onIdle();
    path.lastDataAt += rto;
  }
}
