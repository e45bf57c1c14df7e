import type { IpAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import type { Tsn } from "../base/serial.ts";
import { type Chunk, chunkLength, chunkTypeCode } from "../packet/chunks/chunk.ts";
import type { InitChunk } from "../packet/chunks/init.ts";
import { chunkSpan, HEADER_LENGTH } from "../packet/packet.ts";
import type { PacketWriter } from "../packet/writer.ts";
import type { LocalAddressChange } from "./asconf/commands.ts";
import { askPeerPrimary, changeLocalAddresses, noteLocalAddresses } from "./asconf/commands.ts";
import { namesAssociation } from "./asconf/lookup.ts";
import { assemble, type PacketTarget } from "./assemble.ts";
import { type Authentication, keyOfMessage } from "./auth/authentication.ts";
import { authenticationOfTcb, deactivateKey, deleteKey, setKey, stillHolds } from "./auth/commands.ts";
import { offerAuthentication } from "./auth/offer.ts";
import { screenChunk } from "./auth/screen.ts";
import { checkMessage } from "./check-message.ts";
import { type AssociationConfig, type PathConfig, pathPart } from "./config.ts";
import { dispatch } from "./dispatch.ts";
import type { AssociationEvent, IncomingMessage, OutgoingMessage } from "./events.ts";
import { readChunk } from "./extension/read-chunk.ts";
import { onDataPacketEnd } from "./handlers/data.ts";
import { packetContext } from "./handlers/packet-context.ts";
import { beginHandshake } from "./handshake/begin.ts";
import { establishFromCookie, onCookieEchoForTcb } from "./handshake/cookie-echo.ts";
import type { ExistingAssociation, ReplyWay } from "./handshake/init.ts";
import type { CookieContents } from "./handshake/state-cookie.ts";
import { scheduleHeartbeat, sendsHeartbeats } from "./heartbeat.ts";
import { abort, addPath, enterEstablished, reportFailure, reportReadable } from "./lifecycle.ts";
import { beginMtu, largestProbe, onRefused } from "./mtu-probes.ts";
import type { Path } from "./path/path.ts";
import { AssociationQuestions } from "./questions.ts";
import {
  requestAssociationReset,
  requestStreamReset,
  requestStreams,
  type StreamsToAdd,
  type StreamsToReset,
} from "./reconfig/commands.ts";
import { advanceReconfig } from "./reconfig/re-config.ts";
import { reconfigSize } from "./reconfig/transmission.ts";
import { makeRoom, type Rival } from "./reliability/make-room.ts";
import { QueuedMessage } from "./send/message.ts";
import { beginShutdown } from "./shutdown.ts";
import { onLocalAddresses, onRoute, onSourceFailure } from "./sources.ts";
import { isForming } from "./state.ts";
import { allowBurst, createTcb, type Surroundings } from "./tcb.ts";
import { expireTimers, nextDeadline } from "./timers.ts";

export interface AssociationOptions {
  readonly id: number;
  readonly surroundings: Surroundings & {
    /** The association has something to send, or another deadline. */
    wake(): void;
  };
  readonly config: AssociationConfig;
  readonly localPort: number;
  readonly peerPort: number;
  readonly localTag: number;
  readonly localInitialTsn: Tsn;
  /** False: nothing is sent before accept(). */
  readonly accepted: boolean;
}

/** Header of the packet, and of a chunk around what is large in it, with padding; bytes. */
const PACKET_MARGIN = 64;

/** A destination that the user names to connect to. */
export interface PeerAddress {
  readonly address: IpAddress;
  readonly udpPort: number;
  /** The source that the route gives, where it is known. */
  readonly routed: IpAddress | undefined;
}

/** A datagram that was found to belong to the association. */
export interface InboundPacket {
  readonly bytes: Uint8Array;
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
}

/**
 * One SCTP association (RFC 9260): the user's commands and questions above, what the stack feeds and polls below.
 * After commands, wake the driver.
 */
export class Association extends AssociationQuestions {
  readonly id: number;
  readonly #wake: () => void;

  constructor(options: AssociationOptions) {
    const { id, ...record } = options;
    super((handle) => createTcb({ ...record, handle, state: { name: "closed" } }));
    this.id = id;
    this.#wake = () => options.surroundings.wake();
  }

  /**
   * Sends a message; its bytes must not change until it is acknowledged or has failed. Returns whether there is room
   * for more: after `false` (the message is taken all the same) wait for `drain`.
   *
   * Throws, and takes nothing: ERR_SCTP_EMPTY_MESSAGE, ERR_SCTP_MESSAGE_TOO_LARGE, ERR_SCTP_INVALID_STREAM,
   * ERR_SCTP_SHUTTING_DOWN, ERR_SCTP_CLOSED. A part of a record that was given up unsent fails as that has.
   */
  send(now: number, message: OutgoingMessage): boolean {
    const tcb = this.tcb;
    checkMessage(tcb, message);
    const keyId = keyOfMessage(tcb.authentication, message.authKeyId);
    const failure = tcb.queue.push(message, now, keyId);
    if (failure !== undefined) reportFailure(tcb, new QueuedMessage(message, now, 0, keyId), failure);
    tcb.lastUseAt = now;
    allowBurst(tcb, 0);
    this.#wake();
    if (this.bufferedBytes < tcb.config.sendBuffer) return true;
    tcb.writerWaits = true;
    return false;
  }

  /** RFC 7496 §3.2: gives up messages of a lower priority for one that finds sendBuffer full, if it fits then; whether it does. */
  makeRoom(now: number, message: Rival): boolean {
    return makeRoom(this.tcb, message, now);
  }

  /** The next message that has come in, or undefined; then a `readable` event will say when there is one. */
  receive(): IncomingMessage | undefined {
    const tcb = this.tcb;
    const message = tcb.delivery.read();
    if (message === undefined) {
      tcb.readerWaits = true;
      return undefined;
    }
    tcb.statistics.messagesReceived += 1;
    // RFC 9260 §6.2: "When the window opens up, an SCTP receiver SHOULD send additional SACK chunks".
    if (tcb.delivery.hasOpened && tcb.sack.target !== undefined && !tcb.sack.isDue && !isForming(tcb.state)) {
      tcb.sack.makeDue();
      this.#wake();
    }
    return message;
  }

  /** Takes an association that came with `incoming` where the endpoint defers: the COOKIE ACK goes out. */
  accept(now: number): void {
    const tcb = this.tcb;
    if (tcb.accepted) return;
    tcb.accepted = true;
    if (tcb.state.name === "established") enterEstablished(tcb, now);
    this.#wake();
  }

  /** Refuses one: an ABORT goes out. */
  refuse(reason: Uint8Array = new Uint8Array(0)): void {
    this.abort(reason);
  }

  /**
   * Ends gracefully: what was sent is delivered first (RFC 9260 §9.2). Without effect when it is ending. A record
   * without its end makes it an abort, after all else that can be delivered.
   */
  shutdown(now: number): void {
    const tcb = this.tcb;
    if (isForming(tcb.state)) {
      // RFC 9260 §4: an association that is not up has nothing to finish.
      this.abort(new Uint8Array(0));
    } else if (tcb.state.name === "established") {
      beginShutdown(tcb, now);
      this.#wake();
    }
  }

  /**
   * Ends at once: the peer is told why, what was not delivered fails (RFC 9260 §9.1). Of the reason the peer gets what
   * fits a packet, some 1,400 bytes at an MTU of 1,500 (§3.3.10.12).
   */
  abort(reason: Uint8Array): void {
    abort(this.tcb, "aborted", { type: "USER-ABORT", reason });
    this.#wake();
  }

  /** Makes a destination the primary path (RFC 9260 §11.1.6). Throws ERR_SCTP_UNKNOWN_ADDRESS. */
  setPrimary(destination: IpAddress): void {
    const path = this.#path(destination);
    if (!path.confirmed) {
      throw new SctpError(
        "ERR_SCTP_INVALID_STATE",
        `${destination} is not confirmed yet: no data may be sent to it (RFC 9260 §5.4).`,
      );
    }
    this.tcb.failover.setPrimary(path);
    allowBurst(this.tcb, 0);
    this.#wake();
  }

  /**
   * Asks the peer to send to this address of ours (RFC 5061 §5.4); an `address-change` event has its answer.
   * Throws ERR_SCTP_UNKNOWN_ADDRESS, ERR_SCTP_INVALID_STATE (not up, or RFC 5061 was not agreed on).
   */
  setPeerPrimary(address: IpAddress): void {
    askPeerPrimary(this.tcb, address);
    this.#wake();
  }

  /**
   * Which addresses of the endpoint are this association's (RFC 5061). Throws ERR_SCTP_NOT_SUPPORTED, ERR_SCTP_INVALID_STATE
   * (not up), ERR_SCTP_ADDRESS_UNAVAILABLE, ERR_SCTP_UNKNOWN_ADDRESS, ERR_SCTP_LAST_ADDRESS.
   */
  changeLocalAddresses(change: Omit<LocalAddressChange, "automatic">): void {
    changeLocalAddresses(this.tcb, change);
    this.#wake();
  }

  /**
   * Sets an endpoint pair shared key, or replaces it (RFC 6458 §8.3.3). Throws ERR_SCTP_INVALID_STATE (authentication is
   * off), ERR_SCTP_INVALID_OPTION, ERR_SCTP_LIMIT.
   */
  setAuthKey(keyId: number, secret: Uint8Array): void {
    setKey(this.tcb, keyId, secret);
  }

  /** Messages sent from now on have this key (RFC 6458 §8.1.18). Throws ERR_SCTP_INVALID_STATE, ERR_SCTP_UNKNOWN_KEY. */
  activateAuthKey(keyId: number): void {
    authenticationOfTcb(this.tcb).keys.activate(keyId);
  }

  /** No message gets this key any more (RFC 6458 §8.3.4); not for the active one. Throws as activateAuthKey. */
  deactivateAuthKey(keyId: number): void {
    deactivateKey(this.tcb, keyId);
    this.#wake();
  }

  /** Forgets a deactivated key once it is free (RFC 6458 §8.3.5). Throws as activateAuthKey. */
  deleteAuthKey(keyId: number): void {
    deleteKey(this.tcb, keyId);
  }

  /** Sends a HEARTBEAT now (RFC 9260 §11.1.10). Throws ERR_SCTP_UNKNOWN_ADDRESS. */
  requestHeartbeat(destination: IpAddress): void {
    const path = this.#path(destination);
    if (!sendsHeartbeats(this.tcb)) return;
    path.heartbeatDue = true;
    this.#wake();
  }

  /** @internal Sends a HEARTBEAT unless the path was heard or asked within an RTO; returns whether it does. */
  probeIfSilent(now: number, destination: IpAddress): boolean {
    const path = this.tcb.paths.get(destination);
    if (path === undefined || !sendsHeartbeats(this.tcb)) return false;
    if (path.heartbeatDue || now - path.lastMeasurableAt < path.rto.rto) return false;
    path.heartbeatDue = true;
    this.#wake();
    return true;
  }

  /** Turns the heartbeats of one destination on or off (RFC 9260 §11.1.9). Throws ERR_SCTP_UNKNOWN_ADDRESS. */
  enableHeartbeat(now: number, destination: IpAddress, enabled: boolean): void {
    this.configurePath(now, destination, { heartbeats: enabled });
  }

  /**
   * Has SSNs begin at 0 again (RFC 6525 §5.1.2, §5.1.3): of streams of ours, of the peer's, or both. What was sent on
   * them before goes first; what is sent from now on waits. The answer is the event `reconfigured`.
   *
   * Throws ERR_SCTP_INVALID_STREAM, ERR_SCTP_INVALID_OPTION (no streams, or more than a packet holds),
   * ERR_SCTP_NOT_SUPPORTED, ERR_SCTP_RECONFIGURING (one request at a time), ERR_SCTP_NOT_CONNECTED,
   * ERR_SCTP_SHUTTING_DOWN, ERR_SCTP_CLOSED.
   */
  resetStreams(now: number, streams: StreamsToReset): void {
    requestStreamReset(this.tcb, streams, now);
    this.#wake();
  }

  /**
   * Has all TSNs and SSNs begin anew, in both directions (RFC 6525 §5.1.4); at most every 30 s. What is outstanding is
   * acknowledged first; what the peer has unacknowledged may be lost (§5.2.4 G3). The answer is the event
   * `reconfigured`, under `outgoing`. Throws as resetStreams().
   */
  resetAssociation(now: number): void {
    requestAssociationReset(this.tcb, now);
    this.#wake();
  }

  /**
   * Asks for more streams, behind those that there are (RFC 6525 §5.1.5, §5.1.6): 65,535 in a direction, and of the
   * peer's `inboundStreams`. The answer is the event `reconfigured`. Throws as resetStreams().
   */
  addStreams(now: number, streams: StreamsToAdd): void {
    requestStreams(this.tcb, streams, now);
    this.#wake();
  }

  /**
   * RFC 9260 §11.1.13: changes parameters of this association alone, and of all its paths, whatever they had of their own; those of the
   * handshake have no effect after it.
   */
  configure(now: number, changes: Partial<AssociationConfig>): void {
    const tcb = this.tcb;
    tcb.config = { ...tcb.config, ...changes };
    tcb.sack.configure(tcb.config);
    tcb.delivery.configure(tcb.config);
    tcb.queue.configure(tcb.config);
    reportReadable(tcb);
    for (const path of tcb.paths.all) {
      path.rto.configure(tcb.config);
      this.#configurePath(now, path, pathPart(changes));
      if (changes.pathMtuSearch !== undefined) beginMtu(tcb, path);
    }
    this.#wake();
  }

  /** Changes parameters of one path (RFC 6458 §8.1.12; RFC 9260 §11.1.13). Throws ERR_SCTP_UNKNOWN_ADDRESS. */
  configurePath(now: number, destination: IpAddress, changes: Partial<PathConfig>): void {
    this.#configurePath(now, this.#path(destination), changes);
    this.#wake();
  }

  #configurePath(now: number, path: Path, changes: Partial<PathConfig>): void {
    const tcb = this.tcb;
    path.configure(changes);
    if ("pathMtu" in changes) beginMtu(tcb, path);
    if (changes.heartbeats === undefined && changes.heartbeatInterval === undefined) return;
    if (sendsHeartbeats(tcb) && path.pendingHeartbeat === undefined) scheduleHeartbeat(tcb, path, now);
  }

  /** The parameters of one path. Throws ERR_SCTP_UNKNOWN_ADDRESS. */
  pathConfig(destination: IpAddress): PathConfig {
    return this.#path(destination).config;
  }

  /**
   * Sets the peer's UDP port (1 to 65,535) of one destination (RFC 6951 §6.1), until a packet from there has another one
   * (§5.4). Throws ERR_SCTP_UNKNOWN_ADDRESS, and ERR_SCTP_INVALID_OPTION: there is no SCTP without UDP here.
   */
  setUdpPort(destination: IpAddress, udpPort: number): void {
    if (!Number.isInteger(udpPort) || udpPort < 1 || udpPort > 65_535) {
      throw new SctpError("ERR_SCTP_INVALID_OPTION", `A UDP port is 1 to 65535, and not ${udpPort}.`);
    }
    this.#path(destination).udpPort = udpPort;
  }

  #path(destination: IpAddress): Path {
    const path = this.tcb.paths.get(destination);
    if (path !== undefined) return path;
    const known = this.tcb.paths.all.map((other) => other.destination).join(", ");
    throw new SctpError(
      "ERR_SCTP_UNKNOWN_ADDRESS",
      `${destination} is not an address of the peer (${known}).`,
    );
  }

  // What follows is the stack's side: it finds the association for a packet, and polls it.

  /** @internal Opens towards a peer (RFC 9260 §5.1 A). False when no source of ours reaches any of its addresses. */
  connect(now: number, addresses: readonly PeerAddress[]): boolean {
    const tcb = this.tcb;
    for (const { address, udpPort, routed } of addresses) {
      // RFC 9260 §5.4, 1: addresses passed by the upper layer are confirmed.
      addPath(tcb, {
        destination: address,
        udpPort,
        confirmed: true,
        ...(routed === undefined ? {} : { routed }),
      });
    }
    if (tcb.paths.all.length === 0) return false;
    beginHandshake(tcb, now, { attempts: 0, preservative: 0 });
    tcb.surroundings.pathsChanged();
    this.#wake();
    return true;
  }

  /** @internal Comes into being from a cookie (RFC 9260 §5.1.5, 5). */
  establish(contents: CookieContents, packet: InboundPacket, now: number): void {
    this.tcb.surroundings.emit({ type: "incoming", association: this });
    establishFromCookie(this.tcb, contents, packetContext(packet, now));
    this.#wake();
  }

  /** @internal A COOKIE ECHO that meets this association; false when its packet goes no further. */
  handleCookieEcho(contents: CookieContents, packet: InboundPacket, now: number): boolean {
    const isOn = onCookieEchoForTcb(this.tcb, contents, packetContext(packet, now));
    this.#wake();
    return isOn;
  }

  /** @internal What the answer to an INIT must know of this association (RFC 9260 §5.2.1, §5.2.2). */
  describeForInit(): ExistingAssociation {
    const tcb = this.tcb;
    const isWaiting = tcb.state.name === "cookie-wait";
    return {
      isForming: isForming(tcb.state),
      localTag: tcb.localTag,
      localInitialTsn: tcb.localInitialTsn,
      localTieTag: isWaiting ? 0 : tcb.localTieTag,
      peerTieTag: isWaiting ? 0 : tcb.peerTieTag,
      outboundStreams: isForming(tcb.state) ? tcb.config.outboundStreams : tcb.outboundStreams,
      inboundStreams: isForming(tcb.state) ? tcb.config.inboundStreams : tcb.inboundStreams,
      // Said in an INIT ACK before our own INIT has left, it is the same there.
      authentication: isForming(tcb.state) ? offerAuthentication(tcb) : undefined,
      peerAddresses: isWaiting ? undefined : tcb.paths.all.map((path) => path.destination),
    };
  }

  /** @internal Where an INIT that meets this association is answered; `back` leads to its source. */
  wayOfInitAck({ parameters }: InitChunk, back: ReplyWay): ReplyWay | undefined {
    const { state, paths } = this.tcb;
    // RFC 9260 §5.2.1, 3: the INIT ACK "SHOULD be sent to the source address of the received packet".
    if (state.name !== "cookie-wait" || paths.get(back.destination) !== undefined) return back;
    // §5.2.1, 1 and 2: "MUST only be sent to an address passed by the upper layer ... MUST only be sent to an address
    // reported in the incoming INIT chunk".
    const path = paths.all.find(({ destination }) =>
      parameters.some((parameter) => "address" in parameter && parameter.address === destination),
    );
    return path && { source: path.source, destination: path.destination, udpPort: path.udpPort };
  }

  /** @internal The SHUTDOWN ACK goes out again: an INIT met this association (RFC 9260 §9.2). */
  repeatShutdownAck(): void {
    if (this.tcb.state.name !== "shutdown-ack-sent") return;
    this.tcb.state.due = true;
    this.#wake();
  }

  /** @internal Undefined where authentication is off. */
  get authentication(): Authentication | undefined {
    return this.tcb.authentication;
  }

  /** @internal COOKIE-WAIT or COOKIE-ECHOED. */
  get isForming(): boolean {
    return isForming(this.tcb.state);
  }

  /** @internal Bytes of the largest packet that it may write now. */
  get largestPacket(): number {
    const { state, paths, control, reconfig, asconf } = this.tcb;
    const cookie = state.name === "cookie-echoed" ? state.cookie.length + PACKET_MARGIN : 0;
    let largest = reconfig?.isDue ? Math.max(cookie, reconfigSize(reconfig) + PACKET_MARGIN) : cookie;
    if (asconf?.outstanding !== undefined) {
      largest = Math.max(largest, chunkLength(asconf.outstanding.chunk) + PACKET_MARGIN);
    }
    for (const path of paths.all) largest = Math.max(largest, path.packetSize, largestProbe(path));
    // The answer to a HEARTBEAT is as large as that was.
    return control.isEmpty ? largest : Math.max(largest, control.largest + PACKET_MARGIN);
  }

  /** @internal RFC 9260 §5.2.4, 3: a stale cookie is still good when both tags are those of the association. */
  ownsCookie(contents: CookieContents): boolean {
    return contents.localTag === this.tcb.localTag && contents.peerTag === this.tcb.peerTag;
  }

  /** @internal ABORT or SHUTDOWN COMPLETE whose T bit says that the tag is the peer's own; it teaches no port. */
  handleReflected(now: number, chunk: Chunk, packet: InboundPacket): void {
    // RFC 4895 §6.3: nothing authenticates it.
    if (this.tcb.authentication?.requires(chunkTypeCode(chunk)) === true) return;
    dispatch(this.tcb, chunk, { ...packetContext(packet, now), reflected: true });
  }

  /** @internal A packet of the peer may come without a checksum. */
  get takesZeroChecksum(): boolean {
    return this.tcb.takesZeroChecksum;
  }

  /** @internal The peer's UDP port for an address; undefined when it is not an address of the peer. */
  udpPortOf(address: IpAddress): number | undefined {
    return this.tcb.paths.get(address)?.udpPort;
  }

  /** @internal RFC 5061 §5.2 D2: whether a packet from an address that is not the peer's names one that is. */
  namesItself(bytes: Uint8Array): boolean {
    return namesAssociation(this.tcb, bytes);
  }

  /** @internal A packet whose tag was right, from `offset` on; `authenticated`: what is before that has proved the rest. */
  handlePacket(
    now: number,
    packet: InboundPacket,
    offset: number = HEADER_LENGTH,
    authenticated: boolean = false,
  ): void {
    const tcb = this.tcb;
    const { bytes } = packet;
    tcb.statistics.packetsReceived += 1;
    tcb.statistics.bytesReceived += bytes.length;
    this.#learnUdpPort(packet);
    const context = packetContext(packet, now);
    context.authenticated = authenticated;
    const { authentication } = tcb;
    let at = offset;
    const { length: end } = bytes;
    for (let length = chunkSpan(bytes, at, end); length > 0; length = chunkSpan(bytes, at, end)) {
      // RFC 9260 §6.10: chunks are processed "in their order in the packet".
      const screening = authentication?.screens(bytes[at] as number)
        ? screenChunk(tcb, authentication, { bytes, offset: at, length }, context)
        : "handle";
      if (screening === "stop") break;
      const isHandled = screening !== "skip";
      if (isHandled && !dispatch(tcb, readChunk(bytes, at, length, tcb.extensions), context)) break;
      if (tcb.state.name === "closed") return;
      at += (length + 3) & ~3;
    }
    if (tcb.state.name === "shutdown-sent") {
      // RFC 9260 §9.2: "The reception of any packet from its peer ... SHOULD clear the ... retransmission count". T2 is
      // restarted by DATA alone, which is answered with a SHUTDOWN: or else HEARTBEATs could put that off for ever.
      tcb.state.attempts = 0;
      tcb.failover.onPeerAlive();
    }
    if (context.hasData) onDataPacketEnd(tcb, context);
    if (tcb.reconfig !== undefined) advanceReconfig(tcb, now);
    allowBurst(tcb, 0);
    this.#wake();
  }

  /** RFC 6951 §5.4: the UDP source port "MUST be stored as the encapsulation port for the destination address". */
  #learnUdpPort(packet: InboundPacket): void {
    const path = this.tcb.paths.get(packet.source);
    if (path !== undefined && path.udpPort !== packet.sourcePort) path.udpPort = packet.sourcePort;
  }

  /** @internal */
  handleTimeout(now: number): void {
    expireTimers(this.tcb, now);
    if (this.tcb.reconfig !== undefined) advanceReconfig(this.tcb, now);
  }

  /** @internal ms; Infinity when no timer runs. */
  get deadline(): number {
    return nextDeadline(this.tcb);
  }

  /** @internal A SACK should leave now rather than at the end of the receive drain. */
  get isUrgent(): boolean {
    return this.tcb.sack.isUrgent;
  }

  /** @internal Writes the next packet into `into`; returns its length, 0 when there is none. */
  pollTransmit(
    now: number,
    into: Uint8Array,
    output: {
      readonly writer: PacketWriter;
      readonly target: PacketTarget;
      readonly isBlocked: (source: IpAddress) => boolean;
    },
  ): number {
    const { writer, target, isBlocked } = output;
    return assemble({ tcb: this.tcb, now, into, writer, target, isBlocked });
  }

  /** @internal False: what an event tells is not so any more, and nobody shall hear of it. */
  stillHolds(event: AssociationEvent): boolean {
    return stillHolds(this.tcb, event);
  }

  /** @internal A socket is free again. */
  handleWritable(): void {
    allowBurst(this.tcb, 0);
  }

  /** @internal The route to a destination is known, or there is none (undefined: nothing is changed). */
  handleRoute(destination: IpAddress, routed: IpAddress | undefined): void {
    onRoute(this.tcb, destination, routed);
    this.#wake();
  }

  /** @internal The set of local addresses has changed, or which of them have a socket. */
  handleLocalAddresses(change?: LocalAddressChange): void {
    noteLocalAddresses(this.tcb, change);
    onLocalAddresses(this.tcb);
    this.#wake();
  }

  /** @internal A send failed for good, and the source is to blame (ENETUNREACH, EINVAL, EADDRNOTAVAIL). */
  handleSourceFailure(source: IpAddress, destination: IpAddress): void {
    onSourceFailure(this.tcb, source, destination);
    this.#wake();
  }

  /** @internal A packet of `size` bytes was too large for our own system (EMSGSIZE). */
  handleRefusedSize(now: number, destination: IpAddress, size: number): void {
    const path = this.tcb.paths.get(destination);
    if (path === undefined) return;
    onRefused(this.tcb, path, size, now);
    this.#wake();
  }
}
