import type { IpAddress } from "../base/address.ts";
import { padded } from "../base/bytes.ts";
import { chunkLength, chunkTypeCode } from "../packet/chunks/chunk.ts";
import { HEADER_LENGTH } from "../packet/packet.ts";
import { ChunkType } from "../packet/registry.ts";
import type { PacketWriter } from "../packet/writer.ts";
import { prepareAsconf, wayOfAsconf } from "./asconf/requests.ts";
import { mayReconfigure } from "./asconf/sources.ts";
import { reportFreeKeys } from "./auth/commands.ts";
import { handshakeTimeout, writeInit } from "./handshake/begin.ts";
import { writeHeartbeat } from "./heartbeat.ts";
import { probeDue, writeProbe } from "./mtu-probes.ts";
import type { Path } from "./path/path.ts";
import { nextReconfig, onReconfigSent } from "./reconfig/transmission.ts";
import { addFinalForwardTsn, addForwardTsn } from "./reliability/forward-tsn.ts";
import { addSack, bundlesSack } from "./sack-chunk.ts";
import {
  type CookieEchoed,
  type CookieWait,
  type ShutdownAckSent,
  type ShutdownSent,
  type State,
  sendsData,
} from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { addData, nextTransmission } from "./transmission.ts";

/*
 * What may share a packet, in the order in which it stands there (RFC 9260 §6.10):
 *
 *   INIT                                          alone
 *   COOKIE ECHO    ERROR, DATA                    first (§3.2.2); nothing else until the COOKIE ACK (§5.1 C)
 *   COOKIE ACK     ERROR, HEARTBEAT ACK, SACK, DATA   first (§5.1 D)
 *   ASCONF         nothing; an ASCONF-ACK goes with the answers
 *   HEARTBEAT      nothing: an unconfirmed address gets no more (§5.4)
 *   HEARTBEAT      PAD: a probe for the path MTU (RFC 8899 §6.2)
 *   RE-CONFIG      SACK                           RFC 6525 §5.2.1
 *   FORWARD TSN    SACK, and SHUTDOWN or SHUTDOWN ACK   RFC 3758 §3.5
 *   SACK           SHUTDOWN                       §9.2
 *   SHUTDOWN, SHUTDOWN ACK                        no DATA behind them (§6.10)
 *   SACK           FORWARD TSN, DATA to be sent again, new DATA
 *
 * RFC 4895 §6.2: an AUTH chunk comes immediately before the first chunk that needs it; of those that are "first" above
 * it is the only one before them. One key a packet: user data of another key begin another packet.
 *
 * ABORT and SHUTDOWN COMPLETE end an association and are sent by the stack, alone; INIT ACK likewise.
 */

/** Where the packet goes that was just written. Reused. */
export interface PacketTarget {
  source: IpAddress;
  destination: IpAddress;
  udpPort: number;
}

/** The pieces that the writing of one packet needs. */
export interface Assembly {
  readonly tcb: Tcb;
  readonly now: number;
  /** The caller's buffer. */
  readonly into: Uint8Array;
  readonly writer: PacketWriter;
  readonly target: PacketTarget;
  /** Sources whose socket takes no more for the moment. */
  readonly isBlocked: (source: IpAddress) => boolean;
}

/** Writes the next packet of an association; returns its length in bytes, 0 when there is nothing to send. */
export function assemble(assembly: Assembly): number {
  const { tcb } = assembly;
  if (!tcb.accepted) return 0;
  const { state } = tcb;
  let length = assembleForState(assembly, state);
  // The messages that were given up on the way may have been all that a shutdown waited for.
  if (length === 0 && tcb.state !== state) length = assembleForState(assembly, tcb.state);
  if (length > 0) {
    tcb.statistics.packetsSent += 1;
    tcb.statistics.bytesSent += length;
  } else {
    endRound(tcb);
  }
  return length;
}

function assembleForState(assembly: Assembly, state: State): number {
  switch (state.name) {
    case "cookie-wait":
      return state.due ? assembleInit(assembly, state) : 0;
    case "cookie-echoed":
      return state.due ? assembleCookieEcho(assembly, state) : assembleReplies(assembly, false);
    case "shutdown-sent":
    case "shutdown-ack-sent":
      return (
        assembleReplies(assembly, false) ||
        assembleAsconf(assembly) ||
        assembleReconfig(assembly) ||
        (state.due ? assembleShutdown(assembly, state) : assembleData(assembly))
      );
    case "closed":
      return 0;
    default:
      return (
        assembleReplies(assembly, true) ||
        assembleAsconf(assembly) ||
        assembleReconfig(assembly) ||
        assembleHeartbeat(assembly) ||
        assembleProbe(assembly) ||
        assembleData(assembly)
      );
  }
}

/** Nothing more can leave: judges whether the windows were full (RFC 9260 §7.2.1), and ends the burst. */
function endRound(tcb: Tcb): void {
  tcb.burst = 0;
  reportFreeKeys(tcb);
  for (const path of tcb.paths.all) path.windowFilled = path.isFull;
}

/** Begins a packet on a path; false when its source is blocked. */
function begin(assembly: Assembly, path: Path, budget: number = path.packetSize): boolean {
  if (!beginTo(assembly, path.source, path.destination, budget)) return false;
  // RFC 6951 §5.3: the destination port is the one "maintained for the association and the destination address".
  assembly.target.udpPort = path.udpPort;
  return true;
}

function beginTo(assembly: Assembly, source: IpAddress, destination: IpAddress, budget: number): boolean {
  if (assembly.isBlocked(source)) return false;
  const { tcb, target } = assembly;
  const header = {
    sourcePort: tcb.localPort,
    destinationPort: tcb.peerPort,
    // RFC 9260 §8.5.1 A: "The sender MUST set the Verification Tag of the packet [with an INIT] to 0."
    tag: tcb.peerTag,
  };
  assembly.writer.reset(assembly.into, budget, header, tcb.authentication?.beginPacket());
  target.source = source;
  target.destination = destination;
  return true;
}

function assembleInit(assembly: Assembly, state: CookieWait): number {
  const { tcb, now, writer } = assembly;
  const path = tcb.paths.forControl(state.attempts);
  // A peer with many addresses of ours to hear of gets them whole: the packet is fragmented by IP if need be.
  if (!begin(assembly, path, assembly.into.length)) return 0;
  writer.add(writeInit(tcb, state, path));
  state.due = false;
  state.sentAt = now;
  state.t1 = now + handshakeTimeout(tcb, path);
  // RFC 9653 §5.2, 1 a: "MUST include a correct CRC32c checksum".
  return writer.finish();
}

function assembleCookieEcho(assembly: Assembly, state: CookieEchoed): number {
  const { tcb, now, writer } = assembly;
  const path = tcb.paths.forControl(state.attempts);
  const signature = tcb.authentication?.overhead(ChunkType.COOKIE_ECHO) ?? 0;
  const needed = HEADER_LENGTH + signature + 4 + state.cookie.length + 3;
  if (!begin(assembly, path, Math.max(path.packetSize, needed))) return 0;
  // RFC 9260 §5.1 C: "it MUST be the first chunk in the packet".
  writer.add({ type: "COOKIE-ECHO", cookie: state.cookie });
  // RFC 9260 §3.2.2: unrecognized parameters of the INIT ACK "SHOULD" be reported in an ERROR bundled with it.
  if (state.report.length > 0) writer.add({ type: "ERROR", causes: state.report });
  addData(tcb, path, now, writer);
  state.due = false;
  state.sentAt = now;
  state.t1 = now + handshakeTimeout(tcb, path);
  // RFC 9653 §5.2, 2: "MUST include a correct CRC32c checksum".
  return writer.finish();
}

/** Answers to the peer's chunks, with a SACK and data behind them where they go the same way. */
function assembleReplies(assembly: Assembly, withData: boolean): number {
  const { tcb, now, writer } = assembly;
  // A blocked source drains nobody else: what is to leave from another one does not wait behind it.
  if (!tcb.control.passOver(assembly.isBlocked)) return 0;
  const first = tcb.control.peek();
  if (first === undefined) return 0;
  const path = tcb.paths.get(first.destination);
  // RFC 9260 §3.3.6: a HEARTBEAT "MUST" be answered, one larger than a packet of the path, too: IP fragments it.
  const { packetSize } = path ?? tcb.paths.primary;
  const signature = tcb.authentication?.overhead(chunkTypeCode(first.chunk)) ?? 0;
  const needed = HEADER_LENGTH + signature + padded(chunkLength(first.chunk));
  const budget = first.chunk.type === "HEARTBEAT-ACK" ? Math.max(packetSize, needed) : packetSize;
  if (!beginTo(assembly, first.source, first.destination, budget)) return 0;
  assembly.target.udpPort = path?.udpPort ?? first.udpPort ?? tcb.paths.primary.udpPort;
  // A path may be used from another source than the one that was asked: then the answer goes by itself.
  const isOwnPath = path !== undefined && path.source === first.source;
  if (path !== undefined && !path.confirmed && first.chunk.type === "COOKIE-ACK") {
    return assembleCookieAckToUnconfirmed(assembly, path);
  }
  for (let reply = tcb.control.peek(); reply !== undefined; reply = tcb.control.peek()) {
    if (reply.destination !== first.destination || reply.source !== first.source) break;
    // RFC 9260 §5.1 D, §5.1.5, §3.3.12: "the COOKIE ACK chunk MUST be the first chunk in the packet".
    if (reply.chunk.type === "COOKIE-ACK" && !writer.empty) break;
    // Another answer than that larger than a packet is not sent at all.
    if (!writer.add(reply.chunk) && !writer.empty) break;
    tcb.control.shift();
  }
  if (writer.empty) return assembleReplies(assembly, withData);
  if (withData && isOwnPath && path.confirmed && budget === packetSize) {
    if (bundlesSack(tcb, path)) addSack(tcb, writer);
    if (path === tcb.paths.forData()) addData(tcb, path, now, writer);
  }
  return writer.finish(tcb.extensions.zeroChecksum);
}

/** RFC 9260 §5.4: "A COOKIE ACK chunk MAY be sent to an UNCONFIRMED address, but it MUST be bundled with a HEARTBEAT". */
function assembleCookieAckToUnconfirmed(assembly: Assembly, path: Path): number {
  const { tcb, now, writer } = assembly;
  tcb.control.shift();
  writer.add({ type: "COOKIE-ACK" });
  writer.add(writeHeartbeat(tcb, path, assembly.target.source, now));
  return writer.finish(tcb.extensions.zeroChecksum);
}

/** RFC 5061 §5.1.1 C2 would let it share a packet; it goes alone, and is sent again alone. */
function assembleAsconf(assembly: Assembly): number {
  const { tcb, now, writer } = assembly;
  const asconf = tcb.asconf && prepareAsconf(tcb, tcb.asconf);
  if (asconf?.due !== true || !mayReconfigure(tcb.state) || !tcb.paths.forData().confirmed) return 0;
  const way = wayOfAsconf(tcb, asconf);
  // RFC 5061 §5.1 A4, B5: T-4 has the RTO of the destination.
  const rto = (way?.path ?? tcb.paths.primary).rto.rto;
  if (way !== undefined) {
    const { path, source } = way;
    // RFC 5061 §5.1 B4: sent again "it MUST be the same", also where the path MTU has become smaller: IP fragments it.
    const signature = tcb.authentication?.overhead(ChunkType.ASCONF) ?? 0;
    const needed = HEADER_LENGTH + signature + padded(chunkLength(asconf.chunk));
    if (!beginTo(assembly, source, path.destination, Math.max(path.packetSize, needed))) return 0;
    assembly.target.udpPort = path.udpPort;
    writer.add(asconf.chunk);
    asconf.ambiguous ||= asconf.destination !== undefined && asconf.destination !== path.destination;
    asconf.destination = path.destination;
  }
  asconf.due = false;
  asconf.t4 = now + rto;
  // RFC 9653 §5.2, 3: a packet with an ASCONF "MUST include a correct CRC32c checksum".
  return way === undefined ? 0 : writer.finish();
}

/** RE-CONFIG: responses back to where they were asked for, requests over the path of data. */
function assembleReconfig(assembly: Assembly): number {
  const { tcb, now, writer } = assembly;
  const next = nextReconfig(tcb, assembly.isBlocked);
  if (next === undefined) return 0;
  const { chunk, source, destination } = next;
  const path = tcb.paths.get(destination) ?? tcb.paths.primary;
  if (!path.confirmed) return 0;
  // A list of streams that the peer made longer than a packet of ours: IP fragments it.
  const signature = tcb.authentication?.overhead(ChunkType.RE_CONFIG) ?? 0;
  const needed = HEADER_LENGTH + signature + padded(chunkLength(chunk));
  if (!beginTo(assembly, source, destination, Math.max(path.packetSize, needed))) return 0;
  assembly.target.udpPort = path.udpPort;
  writer.add(chunk);
  onReconfigSent(tcb, next, path, now);
  // RFC 6525 §5.2.1: "a selective acknowledgment (SACK) chunk SHOULD be sent back and MAY be bundled". It stands behind
  // what may change the numbers that it has.
  if (bundlesSack(tcb, path)) addSack(tcb, writer);
  return writer.finish(tcb.extensions.zeroChecksum);
}

function assembleHeartbeat(assembly: Assembly): number {
  const { tcb, now, writer } = assembly;
  for (const path of tcb.paths.all) {
    if (!path.heartbeatDue) continue;
    const source = path.candidateSource ?? path.source;
    if (!beginTo(assembly, source, path.destination, path.packetSize)) continue;
    assembly.target.udpPort = path.udpPort;
    writer.add(writeHeartbeat(tcb, path, source, now));
    return writer.finish(tcb.extensions.zeroChecksum);
  }
  return 0;
}

/** A probe for the path MTU: it is alone in its packet (RFC 8899 §6.2.1.2). */
function assembleProbe(assembly: Assembly): number {
  const { tcb, now, writer } = assembly;
  for (const path of tcb.paths.all) {
    const size = probeDue(tcb, path);
    if (size === 0 || !begin(assembly, path, size)) continue;
    writeProbe(tcb, path, now, writer);
    return writer.finish(tcb.extensions.zeroChecksum);
  }
  return 0;
}

function assembleShutdown(assembly: Assembly, state: ShutdownSent | ShutdownAckSent): number {
  const { tcb, now, writer } = assembly;
  const path = tcb.paths.forControl(state.attempts);
  if (!begin(assembly, path)) return 0;
  // RFC 9260 §3.3.9: the SHUTDOWN ACK "MUST be used to acknowledge the receipt of the SHUTDOWN chunk".
  if (tcb.forwarding !== undefined) addFinalForwardTsn(tcb, path, now, writer);
  if (state.name === "shutdown-ack-sent") {
    writer.add({ type: "SHUTDOWN-ACK" });
  } else {
    // RFC 9260 §9.2: with gaps or duplicates "a SACK chunk MUST also be sent". A SHUTDOWN acknowledges, but tells no
    // window: without a SACK a peer that has data left would be stopped by the one that it was told last.
    if (tcb.sack.isOwed || tcb.tracker.hasGaps || tcb.tracker.hasDuplicates) addSack(tcb, writer);
    // RFC 9260 §9.2: when T2 expires the SHUTDOWN is resent "with the updated last sequential TSN received from its peer".
    writer.add({ type: "SHUTDOWN", cumulativeTsn: tcb.tracker.cumulative });
  }
  state.due = false;
  state.t2 = now + path.rto.rto;
  return writer.finish(tcb.extensions.zeroChecksum);
}

/** A SACK, DATA, or both. */
function assembleData(assembly: Assembly): number {
  const { tcb, now, writer } = assembly;
  const next = sendsData(tcb.state) ? nextTransmission(tcb, now) : undefined;
  if (next !== undefined && begin(assembly, next.path, Math.max(next.path.packetSize, next.minimum))) {
    // RFC 9260 §6, 2 and §6.10: "Control chunks MUST come before DATA chunks in the packet."
    if (bundlesSack(tcb, next.path)) addSack(tcb, writer);
    addForwardTsn(tcb, next.path, now, writer);
    addData(tcb, next.path, now, writer);
    if (!writer.empty) return writer.finish(tcb.extensions.zeroChecksum);
  }
  return assembleForwardTsn(assembly) || assembleSack(assembly);
}

/** RFC 3758 §3.5 C3: "the only restriction being that the address MUST be one that is CONFIRMED". */
function assembleForwardTsn(assembly: Assembly): number {
  const { tcb, now, writer } = assembly;
  if (tcb.forwarding?.due !== true || !sendsData(tcb.state)) return 0;
  const path = tcb.paths.forData();
  if (!path.confirmed || !begin(assembly, path)) return 0;
  if (bundlesSack(tcb, path)) addSack(tcb, writer);
  addForwardTsn(tcb, path, now, writer);
  return writer.empty ? 0 : writer.finish(tcb.extensions.zeroChecksum);
}

function assembleSack(assembly: Assembly): number {
  const { tcb, writer } = assembly;
  const { target } = tcb.sack;
  if (!tcb.sack.isDue || target === undefined) return 0;
  const path = tcb.paths.get(target.destination) ?? tcb.paths.primary;
  // RFC 5061 §5.3 F1: the only address of the peer may be one that it has added just now.
  if (!path.confirmed) return 0;
  if (!beginTo(assembly, target.source, target.destination, path.packetSize)) return 0;
  assembly.target.udpPort = path.udpPort;
  addSack(tcb, writer);
  return writer.finish(tcb.extensions.zeroChecksum);
}
