import type { Reliability } from "../../association/events.ts";
import { boundNow } from "./binding.ts";
import { finish } from "./closing.ts";
import { BEING_BOUND, begin, findPeer, readPeer } from "./connecting.ts";
import {
  MSG_EOR,
  SCTP_ABORT,
  SCTP_ADDR_OVER,
  SCTP_ALL_ASSOC,
  SCTP_EOF,
  SCTP_EOR,
  SCTP_PR_SCTP_PRIO,
  SCTP_PR_SCTP_RTX,
  SCTP_PR_SCTP_TTL,
  SCTP_SACK_IMMEDIATELY,
  SCTP_SENDALL,
  SCTP_UNORDERED,
} from "./constants.ts";
import { SocketError, translating } from "./errors.ts";
import type { SentWith } from "./events.ts";
import type { SocketPort } from "./port.ts";
import type { ReadAddress } from "./sockaddr.ts";
import { recordKey, type SocketAssociation } from "./socket-association.ts";
import type { SocketState } from "./socket-state.ts";
import type { SctpInitMsg, SctpPrInfo } from "./structures.ts";

/** A message as all the sending calls put it. What is undefined comes from the options of the association. */
export interface SendRequest {
  readonly syscall: string;
  readonly data: Uint8Array;
  /** Addresses of the peer, as they were handed in; empty for none. */
  readonly to: readonly unknown[];
  readonly associationId: number | undefined;
  readonly sid: number | undefined;
  readonly sndFlags: number | undefined;
  readonly ppid: number | undefined;
  readonly context: number | undefined;
  /** ms; 0 for ever. */
  readonly timetolive: number | undefined;
  readonly pr: SctpPrInfo | undefined;
  readonly init: Partial<SctpInitMsg> | undefined;
  /** SCTP_AUTHINFO: Shared Key Identifier. */
  readonly authKey: number | undefined;
  /** MSG_EOR, MSG_DONTWAIT. */
  readonly flags: number;
}

/** What was done with it. */
export interface Sent {
  /** Bytes taken. */
  readonly length: number;
  /** The association that it went to; 0 where it went to all. */
  readonly associationId: number;
}

/** Sends, or throws and has taken nothing. EAGAIN: there is no room now, and `waitFor` says when there is. */
export function send(socket: SocketState, request: SendRequest): Sent {
  const { syscall } = request;
  socket.checkOpen(syscall);
  socket.throwError(syscall);
  if (goesToAll(socket, request)) return sendToAll(socket, request);
  const to = request.to.length === 0 ? undefined : readPeer(socket, syscall, request.to);
  const present = target(socket, request, to);
  if (present !== undefined)
    return { length: sendOn(socket, present, request, to), associationId: present.id };
  if (to === undefined || socket.wasConnected) throw unconnected(socket, request);
  return sendFirst(socket, request, to);
}

/** Whom a message that found no room waits for; undefined when it waits for the socket to be bound. */
export function waitFor(socket: SocketState, request: SendRequest): SocketAssociation | undefined {
  const { syscall, to } = request;
  if (goesToAll(socket, request)) {
    return [...socket.associations.values()].find((association) => !hasRoom(association, request));
  }
  return target(socket, request, to.length === 0 ? undefined : readPeer(socket, syscall, to));
}

function goesToAll({ style, defaults }: SocketState, { sndFlags }: SendRequest): boolean {
  return style === "one-to-many" && ((sndFlags ?? defaults.defaultSend.flags) & SCTP_SENDALL) !== 0;
}

/** Whether a message goes on with the record that everything else waits for. */
export function goesOnWithRecord(association: SocketAssociation, request: SendRequest): boolean {
  return association.firstRecord === keyOf(association, request);
}

/**
 * While a record is open, nothing else can be sent before its end. So what does not go on with it may fill half of the
 * buffer alone: there is always room again for what does, and it never comes to stand still.
 */
function hasRoom(association: SocketAssociation, request: SendRequest): boolean {
  const { core, firstRecord, isFull } = association;
  if (isFull) return false;
  if (firstRecord === undefined || goesOnWithRecord(association, request)) return true;
  return core.bufferedBytes + request.data.length <= core.config.sendBuffer / 2;
}

/** RFC 7496 §3.2: messages of a lower priority are given up for it, if that helps. */
function makesRoom(association: SocketAssociation, request: SendRequest, { driver }: SocketPort): boolean {
  if (!association.isFull || association.firstRecord !== undefined) return false;
  const message = {
    data: request.data,
    lifetime: lifetimeOf(timeToLive(association, request)),
    reliability: reliabilityOf(association, request),
  };
  if (!association.core.makeRoom(driver.now(), message)) return false;
  association.isFull = false;
  return true;
}

function keyOf(association: SocketAssociation, request: SendRequest): number {
  const unordered = (flagsOf(association, request) & SCTP_UNORDERED) !== 0;
  return recordKey(request.sid ?? association.settings.defaultSend.sid, unordered);
}

function target(
  socket: SocketState,
  { syscall, associationId = 0 }: SendRequest,
  to: readonly ReadAddress[] | undefined,
): SocketAssociation | undefined {
  // RFC 6458 §5.3.4: the id "is ignored for one-to-one style sockets".
  if (socket.style === "one-to-one") return belonging(socket.single, syscall, to);
  if (associationId > SCTP_ALL_ASSOC) {
    const association = socket.associations.get(associationId);
    if (association !== undefined) return belonging(association, syscall, to);
    throw new SocketError(
      "ENOENT",
      syscall,
      `this socket has no association ${associationId}, or has it no more`,
    );
  }
  return to?.map((address) => findPeer(socket, address)).find((each) => each !== undefined);
}

/** An address that comes with a message must be the peer's: nobody else shall get it. */
function belonging(
  association: SocketAssociation | undefined,
  syscall: string,
  to: readonly ReadAddress[] | undefined,
): SocketAssociation | undefined {
  if (association === undefined || to === undefined) return association;
  const { peerPort, paths } = association.core;
  const stranger = to.find(
    ({ address, port }) => port !== peerPort || paths.every(({ destination }) => destination !== address),
  );
  if (stranger === undefined) return association;
  throw new SocketError(
    "EADDRNOTAVAIL",
    syscall,
    `${stranger.address} port ${stranger.port} is no address of the peer of association ${association.id}`,
  );
}

function unconnected(socket: SocketState, { syscall }: SendRequest): SocketError {
  if (socket.wasConnected || socket.cannotWrite) {
    return new SocketError("EPIPE", syscall, "the association is over: nothing can be sent");
  }
  return socket.style === "one-to-one"
    ? new SocketError("ENOTCONN", syscall, "the socket is not connected: call connect(), or name an address")
    : new SocketError("EINVAL", syscall, "say whom to send to: an association id or an address of the peer");
}

/** Implicit association setup (RFC 6458 §7.5): the first message may go with the COOKIE ECHO. */
function sendFirst(socket: SocketState, request: SendRequest, to: readonly ReadAddress[]): Sent {
  const { syscall, data, init } = request;
  const flags = request.sndFlags ?? socket.defaults.defaultSend.flags;
  if ((flags & (SCTP_EOF | SCTP_ABORT)) !== 0) {
    // RFC 6458 §3.1.4: "-1 is returned and errno is set to EINVAL".
    throw new SocketError("EINVAL", syscall, "there is no association to shut down or to abort");
  }
  if (boundNow(socket, syscall) === undefined) throw new SocketError("EAGAIN", syscall, BEING_BOUND);
  checkMessageSize(socket, request);
  const sid = request.sid ?? socket.defaults.defaultSend.sid;
  const streams = init?.sinit_num_ostreams || socket.config.outboundStreams;
  // Before the association is begun: what is refused leaves nothing behind.
  if (sid >= streams)
    throw new SocketError("EINVAL", syscall, `stream ${sid} is beyond the ${streams} to be asked for`);
  const association = begin(socket, syscall, { addresses: to, init });
  // RFC 6458 §3.1.4: "called with no data and there is no existing association, a new one will be established".
  if (data.length === 0) return { length: 0, associationId: association.id };
  try {
    return { length: sendOn(socket, association, request, undefined), associationId: association.id };
  } catch (error) {
    // What the paths take (SCTP_DISABLE_FRAGMENTS) is known only now.
    socket.forget(association);
    throw error;
  }
}

/** RFC 6458 §5.3.4: to all associations that are established. */
function sendToAll(socket: SocketState, request: SendRequest): Sent {
  const established = [...socket.associations.values()].filter(({ isUp }) => isUp);
  const willing = established.filter((association) => !association.peerHasShutDown);
  // All or none.
  for (const association of willing) {
    if (isMessage(request, flagsOf(association, request))) checkMessage(socket, association, request);
  }
  const full = willing.find((association) => !hasRoom(association, request));
  if (full !== undefined) {
    throw new SocketError("EAGAIN", request.syscall, `the send buffer of association ${full.id} is full`);
  }
  for (const association of willing) sendOn(socket, association, request, undefined);
  return { length: request.data.length, associationId: 0 };
}

function sendOn(
  socket: SocketState,
  association: SocketAssociation,
  request: SendRequest,
  to: readonly ReadAddress[] | undefined,
): number {
  const { core } = association;
  const { data, syscall } = request;
  const flags = flagsOf(association, request);
  const port = socket.bound(syscall);
  if ((flags & SCTP_ABORT) !== 0) {
    core.abort(data);
    port.driver.wake();
    return data.length;
  }
  if (isMessage(request, flags)) {
    checkMessage(socket, association, request);
    if (!hasRoom(association, request) && !makesRoom(association, request, port)) {
      throw new SocketError("EAGAIN", syscall, `the send buffer of ${core.config.sendBuffer} bytes is full`);
    }
    pass(socket, association, { request, flags, to });
  }
  if ((flags & SCTP_EOF) !== 0) finish(association, port);
  port.driver.wake();
  return data.length;
}

function flagsOf({ settings }: SocketAssociation, { sndFlags }: SendRequest): number {
  return sndFlags ?? settings.defaultSend.flags;
}

/** SCTP_ABORT has a reason, and SCTP_EOF may come with nothing (RFC 6458 §5.3.4). */
function isMessage({ data }: SendRequest, flags: number): boolean {
  return (flags & SCTP_ABORT) === 0 && ((flags & SCTP_EOF) === 0 || data.length > 0);
}

function checkMessage(socket: SocketState, association: SocketAssociation, request: SendRequest): void {
  const { core } = association;
  const { syscall, data } = request;
  if (socket.cannotWrite || association.isFinishing)
    throw new SocketError("EPIPE", syscall, "shutdown() was called: nothing more can be sent");
  // RFC 6458 §3.1.4.
  if (association.peerHasShutDown) {
    throw new SocketError(
      "ESHUTDOWN",
      syscall,
      "the peer has shut the association down: nothing more can be sent",
    );
  }
  if (data.length === 0)
    throw new SocketError("EINVAL", syscall, "a message of no bytes cannot be sent over SCTP");
  const stream = request.sid ?? association.settings.defaultSend.sid;
  if (stream >= core.outboundStreams) {
    const streams = `this association has 0 to ${core.outboundStreams - 1}`;
    throw new SocketError("EINVAL", syscall, `there is no outbound stream ${stream}: ${streams}`);
  }
  checkMessageSize(socket, request);
  // RFC 9260 §6.9: without fragmentation calls that would exceed the PMTU are rejected.
  if (socket.settings.disablesFragments && data.length > core.fragmentationPoint) {
    throw new SocketError(
      "EMSGSIZE",
      syscall,
      `${data.length} bytes are more than the ${core.fragmentationPoint} of one chunk, and SCTP_DISABLE_FRAGMENTS is on`,
    );
  }
}

function checkMessageSize(socket: SocketState, { syscall, data }: SendRequest): void {
  const { sendBuffer } = socket.config;
  if (data.length > sendBuffer) {
    const hint = socket.settings.explicitEor
      ? "send it in parts"
      : "raise SO_SNDBUF, or send it in parts with SCTP_EXPLICIT_EOR";
    throw new SocketError(
      "EMSGSIZE",
      syscall,
      `${data.length} bytes do not fit the send buffer of ${sendBuffer}: ${hint}`,
    );
  }
}

/** ms; 0 for ever. What comes with the message stands against the options, and SCTP_PRINFO against SCTP_SNDRCV. */
function timeToLive({ settings }: SocketAssociation, { pr, timetolive }: SendRequest): number {
  const { defaultPr, defaultSend } = settings;
  // RFC 6458 §5.3.7: SCTP_PR_SCTP_NONE "results in a reliable transmission".
  if (pr !== undefined) return pr.pr_policy === SCTP_PR_SCTP_TTL ? pr.pr_value : 0;
  if (timetolive !== undefined) return timetolive;
  return defaultPr.pr_policy === SCTP_PR_SCTP_TTL ? defaultPr.pr_value : defaultSend.timetolive;
}

/** RFC 6458 §5.3.2: 0 is for ever. */
function lifetimeOf(timeToLive: number): number {
  return timeToLive === 0 ? Number.POSITIVE_INFINITY : timeToLive;
}

/** SCTP_PR_SCTP_RTX or SCTP_PR_SCTP_PRIO of the message, or of the options (RFC 7496 §4.2). */
function reliabilityOf(
  { settings }: SocketAssociation,
  { pr, timetolive }: SendRequest,
): Reliability | undefined {
  const policy = pr ?? (timetolive === undefined ? settings.defaultPr : undefined);
  switch (policy?.pr_policy) {
    case SCTP_PR_SCTP_RTX:
      return { policy: "retransmissions", value: policy.pr_value };
    case SCTP_PR_SCTP_PRIO:
      return { policy: "priority", value: policy.pr_value };
    default:
      return undefined;
  }
}

function pass(
  socket: SocketState,
  association: SocketAssociation,
  {
    request,
    flags,
    to,
  }: {
    readonly request: SendRequest;
    readonly flags: number;
    readonly to: readonly ReadAddress[] | undefined;
  },
): void {
  const { core, settings } = association;
  const { data, syscall } = request;
  const stream = request.sid ?? settings.defaultSend.sid;
  const unordered = (flags & SCTP_UNORDERED) !== 0;
  const timetolive = timeToLive(association, request);
  // RFC 6458 §8.1.26: without SCTP_EXPLICIT_EOR each call is a whole message.
  const more = socket.settings.explicitEor && ((request.flags & MSG_EOR) | (flags & SCTP_EOR)) === 0;
  const key = recordKey(stream, unordered);
  if (association.records.get(key) === "broken") {
    if (!more) association.records.delete(key);
    throw new SocketError(
      "ECONNRESET",
      syscall,
      `the peer began anew in the middle of the record on stream ${stream}: begin the record again after its end`,
    );
  }
  const sentWith: SentWith = {
    flags,
    context: request.context ?? settings.defaultSend.context,
    timetolive,
  };
  const overridden = (flags & SCTP_ADDR_OVER) !== 0 ? to?.[0]?.address : undefined;
  const isBelowLimit = translating(syscall, () =>
    core.send(socket.bound(syscall).driver.now(), {
      data,
      stream,
      ppid: request.ppid ?? settings.defaultSend.ppid,
      unordered,
      context: sentWith,
      notify: false,
      immediate: (flags & SCTP_SACK_IMMEDIATELY) !== 0,
      destination: overridden,
      // Where one side does not authenticate there is no key that a message could name.
      authKeyId: core.authentication?.isRefused === false ? request.authKey : undefined,
      lifetime: lifetimeOf(timetolive),
      reliability: reliabilityOf(association, request),
      more,
    }),
  );
  if (!isBelowLimit) association.isFull = true;
  if (more) association.records.set(key, "open");
  // What waited for the end of the record may go.
  else if (association.records.delete(key)) association.wake();
}
