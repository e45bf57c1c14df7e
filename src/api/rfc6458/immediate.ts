import { accept } from "./accepting.ts";
import { connectNow } from "./connecting.ts";
import { SCTP_RECVV_NOINFO, SCTP_RECVV_NXTINFO, SCTP_RECVV_RCVINFO, SCTP_RECVV_RN } from "./constants.ts";
import { SocketError } from "./errors.ts";
import type { SctpNotification } from "./notifications.ts";
import { controlOf, type Received, receive, sndRcvInfo } from "./receiving.ts";
import {
  msgRequest,
  type SctpSendmsgOptions,
  type SctpSendxOptions,
  type SendvOptions,
  sendmsgRequest,
  sendvRequest,
  sendxRequest,
  simpleRequest,
} from "./send-requests.ts";
import { type SendRequest, send } from "./sending.ts";
import type { FullSockAddr, SockAddr } from "./sockaddr.ts";
import type { SocketState } from "./socket-state.ts";
import type {
  IoVec,
  MsgHdr,
  ReceivedControl,
  ReceiveOptions,
  SctpNxtInfo,
  SctpRcvInfo,
  SctpRecvvRn,
  SctpSndRcvInfo,
} from "./structures.ts";

/** What recvmsg() gives (RFC 6458 §5.1). No data and no flags: a one-to-one socket whose association is over. */
export interface ReceivedMsg {
  readonly data: Buffer;
  /** The address that it came from; of a notification the peer's primary one. */
  readonly msg_name: FullSockAddr | undefined;
  readonly msg_control: readonly ReceivedControl[];
  /** MSG_EOR, MSG_NOTIFICATION. */
  readonly msg_flags: number;
  /** With MSG_NOTIFICATION, and the first bytes of it. */
  readonly notification: SctpNotification | undefined;
}

/** What recvv() gives (RFC 6458 §9.13). */
export type ReceivedV = {
  readonly data: Buffer;
  readonly from: FullSockAddr | undefined;
  readonly flags: number;
  readonly notification: SctpNotification | undefined;
} & (
  | { readonly infotype: typeof SCTP_RECVV_NOINFO; readonly info: undefined }
  | { readonly infotype: typeof SCTP_RECVV_RCVINFO; readonly info: SctpRcvInfo }
  | { readonly infotype: typeof SCTP_RECVV_NXTINFO; readonly info: SctpNxtInfo }
  | { readonly infotype: typeof SCTP_RECVV_RN; readonly info: SctpRecvvRn }
);

/** What sctp_recvmsg() gives (RFC 6458 §9.8). */
export interface SctpReceivedMsg {
  readonly data: Buffer;
  readonly from: FullSockAddr | undefined;
  /** With `sctp_data_io_event` of SCTP_EVENTS. */
  readonly sinfo: SctpSndRcvInfo | undefined;
  readonly msg_flags: number;
  readonly notification: SctpNotification | undefined;
}

/**
 * The calls that could wait, in the form that never does: with nothing to read, no room to send, or no socket to accept
 * they throw EAGAIN, and connecting throws EINPROGRESS. `socket.readable()` and `writable()` tell when to try again.
 */
export class ImmediateCalls<S> {
  readonly #state: SocketState;
  readonly #wrap: (state: SocketState) => S;

  /** @internal */
  constructor(state: SocketState, wrap: (state: SocketState) => S) {
    this.#state = state;
    this.#wrap = wrap;
  }

  /** RFC 6458 §4.1.4. */
  accept(): S {
    return this.#wrap(accept(this.#state));
  }

  /** RFC 6458 §3.1.6, §4.1.5. Always throws: EINPROGRESS when it has begun. */
  connect(address: SockAddr): never {
    return connectNow(this.#state, "connect", address);
  }

  /** RFC 6458 §9.9. Always throws: EINPROGRESS, with `assoc_id`, when it has begun. */
  connectx(addresses: SockAddr | readonly SockAddr[]): never {
    return connectNow(this.#state, "connectx", addresses);
  }

  /** RFC 6458 §3.1.4. Returns the bytes taken. */
  sendmsg(message: MsgHdr, flags: number = 0): number {
    return this.#send(msgRequest(message, flags));
  }

  /** RFC 6458 §9.12. Returns the bytes taken; fills `snd_assoc_id` in where an association was set up. */
  sendv(data: IoVec | undefined, options: SendvOptions = {}): number {
    const sent = send(this.#state, sendvRequest(data, options));
    fillIn(options, sent.associationId);
    return sent.length;
  }

  /** RFC 6458 §7.1. */
  send(data: IoVec, flags: number = 0): number {
    return this.#send(requestOfSend(this.#state, data, flags));
  }

  /** RFC 6458 §7.1. */
  sendto(data: IoVec, flags: number, to: SockAddr): number {
    return this.#send(simpleRequest("sendto", data, { to, flags }));
  }

  /** RFC 6458 §9.7 (deprecated). */
  sctp_sendmsg(data: IoVec, options: SctpSendmsgOptions = {}): number {
    return this.#send(sendmsgRequest(data, options));
  }

  /** RFC 6458 §9.10 (deprecated). */
  sctp_send(data: IoVec | undefined, sinfo?: Partial<SctpSndRcvInfo>, flags: number = 0): number {
    return this.#send(sendxRequest("sctp_send", data, { sinfo, flags }));
  }

  /** RFC 6458 §9.11 (deprecated). */
  sctp_sendx(data: IoVec | undefined, options: SctpSendxOptions = {}): number {
    const sent = send(this.#state, sendxRequest("sctp_sendx", data, options));
    fillInSndRcv(options, sent.associationId);
    return sent.length;
  }

  /** RFC 6458 §3.1.4. */
  recvmsg(options: ReceiveOptions = {}): ReceivedMsg {
    return asMsg(this.#state, receive(this.#state, "recvmsg", options));
  }

  /** RFC 6458 §9.13. */
  recvv(options: ReceiveOptions = {}): ReceivedV {
    return asV(this.#state, receive(this.#state, "recvv", options));
  }

  /** RFC 6458 §9.8 (deprecated). */
  sctp_recvmsg(options: ReceiveOptions = {}): SctpReceivedMsg {
    return asSctpMsg(this.#state, receive(this.#state, "sctp_recvmsg", options));
  }

  /** RFC 6458 §7.1. */
  recv(options: ReceiveOptions = {}): Buffer {
    return receive(this.#state, "recv", options).data;
  }

  /** RFC 6458 §7.1. */
  recvfrom(options: ReceiveOptions = {}): {
    readonly data: Buffer;
    readonly from: FullSockAddr | undefined;
  } {
    const { data, from } = receive(this.#state, "recvfrom", options);
    return { data, from };
  }

  #send(request: SendRequest): number {
    return send(this.#state, request).length;
  }
}

/** RFC 6458 §7.1: send() "may not be used for a one-to-many style socket". */
export function requestOfSend(state: SocketState, data: IoVec, flags: number): SendRequest {
  if (state.style === "one-to-many") {
    throw new SocketError(
      "EOPNOTSUPP",
      "send",
      "a one-to-many socket sends with sendto(), sendmsg() or sendv()",
    );
  }
  return simpleRequest("send", data, { flags });
}

/** RFC 6458 §9.12: "When this function returns, the snd_assoc_id field will contain the association identifier". */
export function fillIn(options: SendvOptions, id: number): void {
  if (options.infotype === "SCTP_SENDV_SNDINFO") set(options.info, "snd_assoc_id", id);
  if (options.infotype === "SCTP_SENDV_SPA") set(options.info.sendv_sndinfo, "snd_assoc_id", id);
}

/** RFC 6458 §9.11: the same of `sinfo_assoc_id`. */
export function fillInSndRcv({ sinfo }: SctpSendxOptions, id: number): void {
  set(sinfo, "sinfo_assoc_id", id);
}

function set<K extends string>(info: Partial<Record<K, number>> | undefined, member: K, id: number): void {
  if (info !== undefined && !info[member] && !Object.isFrozen(info)) info[member] = id;
}

export function asMsg(state: SocketState, received: Received): ReceivedMsg {
  const { data, from, flags, notification } = received;
  return { data, msg_name: from, msg_control: controlOf(state, received), msg_flags: flags, notification };
}

export function asV({ settings }: SocketState, received: Received): ReceivedV {
  const { data, from, flags, notification } = received;
  const common = { data, from, flags, notification };
  const rcvinfo = settings.receivesRcvInfo ? received.rcvinfo : undefined;
  const nxtinfo = settings.receivesNxtInfo ? received.nxtinfo : undefined;
  if (rcvinfo !== undefined && nxtinfo !== undefined) {
    return { ...common, infotype: SCTP_RECVV_RN, info: { recvv_rcvinfo: rcvinfo, recvv_nxtinfo: nxtinfo } };
  }
  if (rcvinfo !== undefined) return { ...common, infotype: SCTP_RECVV_RCVINFO, info: rcvinfo };
  if (nxtinfo !== undefined) return { ...common, infotype: SCTP_RECVV_NXTINFO, info: nxtinfo };
  return { ...common, infotype: SCTP_RECVV_NOINFO, info: undefined };
}

export function asSctpMsg({ settings }: SocketState, received: Received): SctpReceivedMsg {
  const { data, from, flags, notification, rcvinfo } = received;
  const sinfo = settings.receivesSndRcv && rcvinfo !== undefined ? sndRcvInfo(rcvinfo) : undefined;
  return { data, from, sinfo, msg_flags: flags, notification };
}
