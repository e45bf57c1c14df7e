import type { IpAddress } from "../base/address.ts";
import { asciiBytes } from "../base/bytes.ts";
import type { Tsn } from "../base/serial.ts";
import type { Cause } from "../packet/causes/cause.ts";
import { ChunkType } from "../packet/registry.ts";
import { createAsconf, localSources } from "./asconf/sources.ts";
import type { KeyVectors } from "./auth/key-vectors.ts";
import type { CloseReason, SendFailure } from "./events.ts";
import type { Extensions } from "./extension/extensions.ts";
import { scheduleHeartbeat } from "./heartbeat.ts";
import { forgetLosses } from "./loss-recovery/fast-recovery.ts";
import { beginMtu } from "./mtu-probes.ts";
import { Path } from "./path/path.ts";
import { chooseSource } from "./path/source-selection.ts";
import { TsnTracker } from "./receive/tsn-tracker.ts";
import { endReconfiguration } from "./reconfig/end.ts";
import { Reconfiguration } from "./reconfig/reconfiguration.ts";
import type { QueuedMessage } from "./send/message.ts";
import { Outstanding } from "./send/outstanding.ts";
import { SendQueue } from "./send/queue.ts";
import { isForming } from "./state.ts";
import { allowBurst, renewTieTags, type Tcb } from "./tcb.ts";

/** What the peer said of itself, in its INIT ACK or through our cookie. */
export interface PeerParameters {
  readonly tag: number;
  readonly initialTsn: Tsn;
  readonly window: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  /** Those that both sides have. */
  readonly extensions: Extensions;
  /** Adaptation Layer Indication, where there was one (RFC 5061 §4.2.6). */
  readonly adaptation: number | undefined;
  /** What association shared keys are made of, where both authenticate. */
  readonly keyVectors: KeyVectors | undefined;
}

/** Takes over what the peer said; nothing of its data has been received yet. */
export function adoptPeer(tcb: Tcb, peer: PeerParameters): void {
  if (isForming(tcb.state)) takeBackSent(tcb);
  tcb.peerTag = peer.tag;
  tcb.tracker = new TsnTracker(peer.initialTsn);
  // RFC 9260 §6.2.1 A: rwnd starts with the a_rwnd of INIT or INIT ACK.
  tcb.peerWindow = peer.window;
  tcb.largestPeerWindow = peer.window;
  tcb.outboundStreams = peer.outboundStreams;
  tcb.inboundStreams = peer.inboundStreams;
  tcb.extensions = peer.extensions;
  tcb.reconfig = peer.extensions.reconfiguration
    ? new Reconfiguration(tcb.localInitialTsn, peer.initialTsn)
    : undefined;
  if (peer.extensions.interleaving) {
    tcb.queue.interleave();
    tcb.delivery.interleave();
  }
  tcb.peerAdaptation = peer.adaptation;
  tcb.asconf = peer.extensions.addressReconfiguration ? createAsconf(tcb, peer.initialTsn) : undefined;
  tcb.authentication?.adopt(peer.keyVectors, peer.extensions.interleaving);
}

export interface NewPath {
  readonly destination: IpAddress;
  readonly udpPort: number;
  readonly confirmed: boolean;
  /** The source it must have: a reply leaves from the address that was asked. */
  readonly source?: IpAddress;
  /** What the route says, if the driver has said it. */
  readonly routed?: IpAddress;
}

/** Adds a destination of the peer; without effect when no source of ours reaches it. */
export function addPath(tcb: Tcb, options: NewPath): Path | undefined {
  const { destination } = options;
  const { surroundings } = tcb;
  const source =
    options.source ??
    chooseSource({
      destination,
      candidates: localSources(tcb),
      routed: options.routed,
      taken: new Set(tcb.paths.all.map((path) => path.source)),
    });
  if (source === undefined) return undefined;
  const path = new Path({
    destination,
    source,
    udpPort: options.udpPort,
    confirmed: options.confirmed,
    mtu: tcb.config.pathMtu ?? surroundings.linkMtu(source, destination),
    config: tcb.config,
  });
  beginMtu(tcb, path);
  tcb.paths.add(path);
  surroundings.emit({
    type: "path",
    association: tcb.handle,
    change: "added",
    path: path.status(path === tcb.paths.primary),
  });
  if (options.source === undefined && options.routed === undefined) {
    surroundings.emit({ type: "route", association: tcb.handle, destination });
  }
  return path;
}

/** The association is up (RFC 9260 §5.1 D and E; §11.2.4, COMMUNICATION UP): heartbeats begin, data flows. */
export function enterEstablished(
  tcb: Tcb,
  now: number,
  event: "established" | "restarted" = "established",
): void {
  tcb.state = { name: "established" };
  // Nothing is sent before the user has taken it, so nothing can be missed; accept() comes back here.
  if (!tcb.accepted) return;
  tcb.lastUseAt = now;
  for (const path of tcb.paths.all) {
    scheduleHeartbeat(tcb, path, now);
    // T3 of data that went with the COOKIE ECHO: until now T1-cookie stood for it.
    if (path.flightSize > 0 && path.t3 === Number.POSITIVE_INFINITY) path.startT3(now);
  }
  allowBurst(tcb, 0);
  const association = tcb.handle;
  // RFC 9260 §11.2.4, COMMUNICATION UP, or §11.2.7, RESTART.
  if (event === "established") tcb.surroundings.emit({ type: event, association });
  else tcb.surroundings.emit({ type: event, association, unread: tcb.delivery.readable });
  if (tcb.authentication?.isAgreed === false) {
    tcb.surroundings.emit({ type: "authentication", association, change: "unsupported", keyId: 0 });
  }
}

/**
 * What went with a COOKIE ECHO of before was for a peer that has begun anew since, maybe with other extensions (RFC 9260
 * §5.2.4 B): it drops what came with the old tag (§8.5), and no SACK has counted (§6). It is cut again, from the same Initial
 * TSN, as the new agreement has it: RFC 8260 §2.2.1 allows no other kind of data chunk.
 */
function takeBackSent(tcb: Tcb): void {
  const { outstanding, queue } = tcb;
  const sent: QueuedMessage[] = [];
  for (let offset = 0; offset < outstanding.length; offset += 1) {
    const { message } = outstanding.at(offset);
    if (message !== undefined) sent.push(message);
  }
  queue.rewind(sent);
  beginSending(tcb);
  tcb.delivery.restart();
}

/** Nothing has been sent, from the Initial TSN on. */
function beginSending(tcb: Tcb): void {
  tcb.outstanding = new Outstanding(tcb.localInitialTsn);
  tcb.forwarding = undefined;
  forgetLosses(tcb);
  tcb.probeAt = Number.POSITIVE_INFINITY;
  tcb.probeDue = false;
  tcb.probing = false;
  tcb.probeAnswered = false;
  tcb.retransmitNow = false;
  for (const path of tcb.paths.all) {
    path.flightSize = 0;
    path.stopT3();
    path.measuring = undefined;
    path.afterTimeout = false;
    path.windowFilled = false;
  }
}

/** RFC 9260 §5.2.4 A: "the same as if it received an ABORT chunk followed by a new COOKIE ECHO", but one event. */
export function restart(tcb: Tcb, localTag: number, localInitialTsn: Tsn): void {
  endReconfiguration(tcb);
  failMessages(tcb, "restarted");
  tcb.localTag = localTag;
  tcb.localInitialTsn = localInitialTsn;
  tcb.queue = new SendQueue(tcb.config);
  beginSending(tcb);
  tcb.sack.restart();
  tcb.control.clear();
  // RFC 9260 §5.2.2: the "current Tie-Tags" go into cookies; those of before must not restart this association again.
  renewTieTags(tcb);
  tcb.delivery.restart();
  tcb.failover.onPeerAlive();
  for (const path of tcb.paths.all) {
    path.errors = 0;
    path.isSuspect = false;
    path.swallowed = 0;
    path.candidateSource = undefined;
    // A HEARTBEAT to the peer that was will not be answered.
    path.pendingHeartbeat = undefined;
    path.heartbeatDue = false;
    // RFC 9260 §5.2.4 A: "All the congestion control parameters ... MUST be reset to their initial values".
    path.congestion.reset();
    path.rto.reset();
  }
}

/**
 * Ends the association: what was not delivered is reported, then the end (RFC 9260 §11.2.5, COMMUNICATION LOST; §11.2.8,
 * SHUTDOWN COMPLETE).
 */
export function close(tcb: Tcb, reason: CloseReason, causes: readonly Cause[] = []): void {
  if (tcb.state.name === "closed") return;
  endReconfiguration(tcb);
  // What waited for the answer to a reset of the TSNs is acknowledged, and can be read now.
  reportReadable(tcb);
  failMessages(tcb, reason, causes);
  tcb.state = { name: "closed" };
  for (const path of tcb.paths.all) {
    path.stopT3();
    path.heartbeatAt = Number.POSITIVE_INFINITY;
    path.heartbeatDue = false;
  }
  tcb.sack.onSent();
  tcb.control.clear();
  tcb.probeAt = Number.POSITIVE_INFINITY;
  tcb.surroundings.emit({ type: "closed", association: tcb.handle, reason, causes });
  tcb.surroundings.closed();
}

/** Headers of an ABORT and of its one cause, bytes. */
const ABORT_OVERHEAD = 8;

/** An ABORT must get out: a reason of the user's that does not fit a packet is cut. */
function fitting(cause: Cause, path: Path, signature: number): Cause {
  if (cause.type !== "USER-ABORT") return cause;
  const room = path.maxChunkSize - ABORT_OVERHEAD - signature;
  return { ...cause, reason: cause.reason.subarray(0, room) };
}

/** Sends an ABORT and ends the association (RFC 9260 §9.1). */
export function abort(tcb: Tcb, reason: CloseReason, cause: Cause): void {
  if (tcb.state.name === "closed") return;
  // In COOKIE-WAIT the peer's tag is not known, and the peer keeps nothing that an ABORT could end.
  if (tcb.state.name !== "cookie-wait") {
    const path = tcb.paths.forData();
    const signature = tcb.authentication?.overhead(ChunkType.ABORT) ?? 0;
    tcb.surroundings.send({
      localPort: tcb.localPort,
      peerPort: tcb.peerPort,
      verificationTag: tcb.peerTag,
      // RFC 9260 §3.3.7, §9.1: no DATA is bundled with it.
      chunks: [{ type: "ABORT", tBit: false, causes: [fitting(cause, path, signature)] }],
      source: path.source,
      destination: path.destination,
      udpPort: path.udpPort,
      signer: tcb.authentication?.beginPacket(),
    });
  }
  close(tcb, reason, reason === "aborted" ? [] : [cause]);
}

/** The peer broke the protocol: "Protocol Violation" in words for people (RFC 9260 §3.3.10.13). */
export function abortForViolation(tcb: Tcb, what: string): void {
  abort(tcb, "protocol-violation", { type: "PROTOCOL-VIOLATION", info: asciiBytes(what) });
}

/** RFC 9260 §8.1: past Association.Max.Retrans the peer is unreachable, and the association ends. */
export function closeIfUnreachable(tcb: Tcb): boolean {
  if (tcb.failover.errors <= tcb.config.associationMaxRetrans || isForming(tcb.state)) return false;
  close(tcb, "timed-out");
  return true;
}

/** RFC 9260 §11.1.14, §11.1.15, §11.2.2: reports every message that is not acknowledged, in the order of sending. */
function failMessages(tcb: Tcb, failure: SendFailure, causes: readonly Cause[] = []): void {
  // Those that are cut in part are outstanding and queued; interleaved ones, several times.
  const messages = new Set<QueuedMessage>();
  for (let offset = 0; offset < tcb.outstanding.length; offset += 1) {
    const { message } = tcb.outstanding.at(offset);
    if (message !== undefined) messages.add(message);
  }
  for (const message of tcb.queue) messages.add(message);
  for (const message of messages) reportFailure(tcb, message, failure, causes);
}

/** RFC 9260 §11.2.2, SEND FAILURE; §11.1.14: the message comes back. */
export function reportFailure(
  tcb: Tcb,
  message: QueuedMessage,
  failure: SendFailure,
  causes: readonly Cause[] = [],
): void {
  tcb.surroundings.emit({
    type: "failed",
    association: tcb.handle,
    message: message.message,
    failure,
    causes,
    sent: message.cut > 0,
    acknowledged: message.acknowledged,
  });
}

/** RFC 9260 §11.2.1, DATA ARRIVE: tells a waiting user that there is something to read. */
export function reportReadable(tcb: Tcb): void {
  if (!tcb.readerWaits || !tcb.delivery.hasMessage) return;
  tcb.readerWaits = false;
  tcb.surroundings.emit({ type: "readable", association: tcb.handle });
}

/** Tells a waiting user of room in the send buffer, and of it being empty; it held `before` bytes. */
export function reportRoom(tcb: Tcb, before: number): void {
  const after = tcb.queue.bytes + tcb.outstanding.bytes;
  if (tcb.writerWaits && after <= tcb.config.sendBuffer / 2) {
    tcb.writerWaits = false;
    tcb.surroundings.emit({ type: "drain", association: tcb.handle });
  }
  if (before > 0 && after === 0 && !isForming(tcb.state)) {
    tcb.surroundings.emit({ type: "dry", association: tcb.handle });
  }
}
