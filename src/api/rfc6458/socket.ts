import { inspect } from "node:util";
import type { StackLimits } from "../../stack/index.ts";
import { limitChecks } from "../message/options.ts";
import { accept, listen, peeloff } from "./accepting.ts";
import { bind, bindx, localAddresses } from "./binding.ts";
import { close, shutdown } from "./closing.ts";
import { connect } from "./connecting.ts";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_SCTP,
  SCTP_BINDX_ADD_ADDR,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "./constants.ts";
import { SocketError } from "./errors.ts";
import { optionsOf } from "./fields.ts";
import {
  asMsg,
  asSctpMsg,
  asV,
  fillIn,
  fillInSndRcv,
  ImmediateCalls,
  type ReceivedMsg,
  type ReceivedV,
  requestOfSend,
  type SctpReceivedMsg,
} from "./immediate.ts";
import { getsockopt, optInfo, setsockopt } from "./options/index.ts";
import { association } from "./options/option.ts";
import type { OptionName, OptionQuery, OptionTypes } from "./options/option-types.ts";
import { type Received, receive } from "./receiving.ts";
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
import type { SendRequest } from "./sending.ts";
import type { FullSockAddr, SockAddr } from "./sockaddr.ts";
import { type SocketOptions, SocketState, wildcardOf } from "./socket-state.ts";
import type { IoVec, MsgHdr, ReceiveOptions, SctpSndRcvInfo } from "./structures.ts";
import { sendWhenWritable, whenReadable, writable } from "./waiting.ts";

/**
 * An SCTP socket (RFC 6458), one-to-one or one-to-many. Calls that may have to wait return promises; `immediate` has
 * them in the form that does not. All fail with a `SocketError` whose `code` is an errno name, and then leave the socket
 * as it was.
 */
export class SctpSocket {
  readonly #state: SocketState;
  /** The calls that never wait: EAGAIN, EINPROGRESS. */
  readonly immediate: ImmediateCalls<SctpSocket>;

  /** @internal Made by `socket()`, `accept()` and `peeloff()`. */
  constructor(state: SocketState) {
    this.#state = state;
    this.immediate = new ImmediateCalls(state, (child) => new SctpSocket(child));
  }

  /** The local UDP port (RFC 6951 §5.1); undefined when the socket is unbound. */
  get udpPort(): number | undefined {
    return this.#state.port?.driver.udpPort;
  }

  /**
   * Binds to one address, or to the wildcard "0.0.0.0" or "::" and so to every address of this machine, and to an SCTP
   * port, 0 for a free one (RFC 6458 §3.1.2, §4.1.2). EINVAL, EADDRINUSE, EADDRNOTAVAIL, EACCES.
   */
  bind(address: SockAddr): Promise<void> {
    return bind(this.#state, address);
  }

  /**
   * Adds addresses to the socket, or removes some, all or none; never the last one (RFC 6458 §9.1). EINVAL, EADDRINUSE,
   * EADDRNOTAVAIL.
   */
  bindx(addresses: SockAddr | readonly SockAddr[], flags: number = SCTP_BINDX_ADD_ADDR): Promise<void> {
    return bindx(this.#state, addresses, flags);
  }

  /** Lets peers set associations up; 0 ends that (RFC 6458 §3.1.3, §4.1.3). EINVAL, EADDRINUSE. */
  listen(backlog: number): Promise<void> {
    return listen(this.#state, backlog);
  }

  /** The next association that a peer has set up (RFC 6458 §4.1.4). EINVAL, EOPNOTSUPP (one-to-many). */
  accept(): Promise<SctpSocket> {
    return whenReadable(this.#state, 0, () => new SctpSocket(accept(this.#state)));
  }

  /**
   * Sets an association up, and resolves when it is (RFC 6458 §3.1.6, §4.1.5). ECONNREFUSED, ETIMEDOUT, EISCONN,
   * EALREADY, EINVAL, EOPNOTSUPP (it listens).
   */
  async connect(address: SockAddr): Promise<void> {
    await connect(this.#state, "connect", address);
  }

  /** The same with several addresses of the peer; resolves with the association's id (RFC 6458 §9.9). */
  connectx(addresses: SockAddr | readonly SockAddr[]): Promise<number> {
    return connect(this.#state, "connectx", addresses);
  }

  /**
   * Gives an association of a one-to-many socket a one-to-one socket of its own, with what is to be read of it, its
   * options and subscriptions (RFC 6458 §9.2). ENOENT, EINVAL, EOPNOTSUPP (one-to-one).
   */
  peeloff(assocId: number): SctpSocket {
    return new SctpSocket(peeloff(this.#state, assocId));
  }

  /** The addresses of the peer; none when there is no association (RFC 6458 §9.3). ENOENT. */
  getpaddrs(assocId: number = 0): FullSockAddr[] {
    const state = this.#state;
    state.checkOpen("getpaddrs");
    if (state.associations.size === 0 && (state.style === "one-to-one" || assocId === 0)) return [];
    const { core } = association(state, assocId, "getpaddrs");
    return core.paths.map(({ destination }) => state.show(destination, core.peerPort));
  }

  /** The addresses that the socket is bound to; none when it is unbound (RFC 6458 §9.5). ENOENT. */
  getladdrs(assocId: number = 0): FullSockAddr[] {
    const state = this.#state;
    state.checkOpen("getladdrs");
    if (assocId !== 0 && state.style === "one-to-many") association(state, assocId, "getladdrs");
    const port = state.port?.endpoint.port ?? 0;
    return localAddresses(state).map((address) => state.show(address, port));
  }

  /** One local address (RFC 6458 §7.4): the wildcard where it was bound to that; address and port 0 when unbound. */
  getsockname(): FullSockAddr {
    const state = this.#state;
    state.checkOpen("getsockname");
    const { port, single } = state;
    if (port === undefined) return state.show(wildcardOf(state.domain), 0);
    const source = single?.core.paths.find(({ primary }) => primary)?.source;
    const address = source ?? port.wildcards[0] ?? port.addresses[0] ?? wildcardOf(state.domain);
    return state.show(address, port.endpoint.port);
  }

  /** The peer's primary address (RFC 6458 §4.1.9). ENOTCONN. */
  getpeername(): FullSockAddr {
    const state = this.#state;
    state.checkOpen("getpeername");
    const { single } = state;
    const address = single?.isUp === true ? single.primaryAddress : undefined;
    if (single !== undefined && address !== undefined) return state.show(address, single.core.peerPort);
    const why =
      state.style === "one-to-many"
        ? "a one-to-many socket has no one peer: getpaddrs() takes an id"
        : "it is not connected";
    throw new SocketError("ENOTCONN", "getpeername", why);
  }

  /**
   * Sends one message, or a part with SCTP_EXPLICIT_EOR; without an association to `msg_name` it sets one up (RFC 6458
   * §3.1.4, §7.5). Resolves with the bytes taken, when there was room. EINVAL, EMSGSIZE, ENOTCONN, EPIPE, ESHUTDOWN,
   * ENOENT, ECONNRESET, EAGAIN (MSG_DONTWAIT).
   */
  sendmsg(message: MsgHdr, flags: number = 0): Promise<number> {
    return this.#send(() => msgRequest(message, flags));
  }

  /** The same without ancillary data (RFC 6458 §9.12); fills `snd_assoc_id` in where it set an association up. */
  async sendv(data: IoVec | undefined, options: SendvOptions = {}): Promise<number> {
    const sent = await sendWhenWritable(this.#state, sendvRequest(data, options));
    fillIn(options, sent.associationId);
    return sent.length;
  }

  /** RFC 6458 §7.1. One-to-one sockets. */
  send(data: IoVec, flags: number = 0): Promise<number> {
    return this.#send(() => requestOfSend(this.#state, data, flags));
  }

  /** RFC 6458 §7.1. */
  sendto(data: IoVec, flags: number, to: SockAddr): Promise<number> {
    return this.#send(() => simpleRequest("sendto", data, { to, flags }));
  }

  /** RFC 6458 §9.7 (deprecated: sendv). */
  sctp_sendmsg(data: IoVec, options: SctpSendmsgOptions = {}): Promise<number> {
    return this.#send(() => sendmsgRequest(data, options));
  }

  /** RFC 6458 §9.10 (deprecated: sendv). */
  sctp_send(data: IoVec | undefined, sinfo?: Partial<SctpSndRcvInfo>, flags: number = 0): Promise<number> {
    return this.#send(() => sendxRequest("sctp_send", data, { sinfo, flags }));
  }

  /** RFC 6458 §9.11 (deprecated: sendv). */
  async sctp_sendx(data: IoVec | undefined, options: SctpSendxOptions = {}): Promise<number> {
    const sent = await sendWhenWritable(this.#state, sendxRequest("sctp_sendx", data, options));
    fillInSndRcv(options, sent.associationId);
    return sent.length;
  }

  /**
   * The next message or notification, or a part of it; waits for one (RFC 6458 §3.1.4). No data and no flags: the
   * association of a one-to-one socket is over. ENOTCONN, ECONNRESET, ETIMEDOUT, EAGAIN (MSG_DONTWAIT).
   */
  async recvmsg(options: ReceiveOptions = {}): Promise<ReceivedMsg> {
    return asMsg(this.#state, await this.#receive("recvmsg", options));
  }

  /** The same without ancillary data (RFC 6458 §9.13). */
  async recvv(options: ReceiveOptions = {}): Promise<ReceivedV> {
    return asV(this.#state, await this.#receive("recvv", options));
  }

  /** RFC 6458 §9.8 (deprecated: recvv). */
  async sctp_recvmsg(options: ReceiveOptions = {}): Promise<SctpReceivedMsg> {
    return asSctpMsg(this.#state, await this.#receive("sctp_recvmsg", options));
  }

  /** RFC 6458 §7.1. */
  async recv(options: ReceiveOptions = {}): Promise<Buffer> {
    return (await this.#receive("recv", options)).data;
  }

  /** RFC 6458 §7.1. */
  async recvfrom(
    options: ReceiveOptions = {},
  ): Promise<{ readonly data: Buffer; readonly from: FullSockAddr | undefined }> {
    const { data, from } = await this.#receive("recvfrom", options);
    return { data, from };
  }

  /** Reads an option; `query` names the association or address that it is asked of (RFC 6458 §7.2, §8). */
  getsockopt<N extends OptionName>(level: string, name: N, query?: OptionQuery<N>): OptionTypes[N]["get"] {
    return getsockopt(this.#state, level, name, query) as OptionTypes[N]["get"];
  }

  /** Sets an option (RFC 6458 §7.2, §8). EINVAL, ENOPROTOOPT, EOPNOTSUPP (read only), ENOENT. */
  setsockopt<N extends OptionName>(level: string, name: N, value: OptionTypes[N]["set"]): void {
    setsockopt(this.#state, level, name, value);
  }

  /** sctp_opt_info(): reads an option of the association `assocId`, whatever `arg` says of that (RFC 6458 §8). */
  opt_info<N extends OptionName>(assocId: number, name: N, arg?: OptionQuery<N>): OptionTypes[N]["get"] {
    return optInfo(this.#state, assocId, name, arg) as OptionTypes[N]["get"];
  }

  /** SHUT_RD, SHUT_WR, SHUT_RDWR (RFC 6458 §4.1.7). ENOTCONN, EINVAL, EOPNOTSUPP (one-to-many). */
  shutdown(how: string): void {
    shutdown(this.#state, how);
  }

  /**
   * Closes the socket; its associations are shut down, which goes on by itself (RFC 6458 §3.1.5, §4.1.6). SO_LINGER: for
   * 0 seconds, they are aborted; for more, it is waited so long for their end.
   */
  close(): Promise<void> {
    return close(this.#state);
  }

  /** As `close()`; without effect when it is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#state.closed) await close(this.#state);
  }

  /** Resolves when there may be something to read or to accept. */
  async readable(): Promise<void> {
    const state = this.#state;
    state.checkOpen("readable");
    if (state.cannotRead || state.acceptable.length > 0 || state.queue.peek() !== undefined) return;
    if (state.error !== undefined || (state.wasConnected && state.single === undefined)) return;
    await state.readable();
  }

  /**
   * Resolves when a call that could not go on may: a message finds room in the association with that id, or in the one of
   * a one-to-one socket; its connection is up, or has failed; the socket is bound. ENOENT.
   */
  async writable(assocId: number = 0): Promise<void> {
    const state = this.#state;
    state.checkOpen("writable");
    await state.binding;
    if (state.single === undefined && (state.style === "one-to-one" || assocId === 0)) return;
    await writable(association(state, assocId, "writable"));
  }

  /** Keeps the process alive while it is open: so it is from bind() or connect() on. Of all sockets that share a port. */
  ref(): this {
    return this.#hold(true);
  }

  /** Lets the process end although it is open. */
  unref(): this {
    return this.#hold(false);
  }

  #hold(keep: boolean): this {
    this.#state.isReferenced = keep;
    this.#state.port?.hold(keep);
    return this;
  }

  /** Arguments that are wrong reject, too. */
  async #send(request: () => SendRequest): Promise<number> {
    return (await sendWhenWritable(this.#state, request())).length;
  }

  #receive(syscall: string, options: ReceiveOptions): Promise<Received> {
    // Options that are none are refused by the call itself.
    const flags = (options as ReceiveOptions | null)?.flags ?? 0;
    return whenReadable(this.#state, flags, () => receive(this.#state, syscall, options));
  }
}

/**
 * Makes a socket (RFC 6458 §3.1.1, §4.1.1): `socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)`. Throws EAFNOSUPPORT,
 * ESOCKTNOSUPPORT, EPROTONOSUPPORT, EINVAL (options).
 */
export function socket(
  domain: typeof AF_INET | typeof AF_INET6,
  type: typeof SOCK_STREAM | typeof SOCK_SEQPACKET,
  protocol: typeof IPPROTO_SCTP = IPPROTO_SCTP,
  options: SocketOptions = {},
): SctpSocket {
  if (domain !== AF_INET && domain !== AF_INET6) {
    throw new SocketError(
      "EAFNOSUPPORT",
      "socket",
      `the domain is AF_INET or AF_INET6, not ${String(domain)}`,
    );
  }
  if (type !== SOCK_STREAM && type !== SOCK_SEQPACKET) {
    throw new SocketError(
      "ESOCKTNOSUPPORT",
      "socket",
      `the type is SOCK_STREAM or SOCK_SEQPACKET, not ${String(type)}`,
    );
  }
  if (protocol !== IPPROTO_SCTP) {
    throw new SocketError(
      "EPROTONOSUPPORT",
      "socket",
      `the protocol is IPPROTO_SCTP, not ${String(protocol)}`,
    );
  }
  const names = ["udpPort", "driver", "capture", "addressReconfiguration", "reconfiguration", ...limitNames];
  const { udpPort, capture, addressReconfiguration, reconfiguration } = optionsOf("socket", options, names);
  if (reconfiguration !== undefined && typeof reconfiguration !== "boolean") {
    throw new SocketError(
      "EINVAL",
      "socket",
      `reconfiguration is true or false, not ${String(reconfiguration)}`,
    );
  }
  if (![undefined, true, false, "unauthenticated"].includes(addressReconfiguration)) {
    throw new SocketError(
      "EINVAL",
      "socket",
      `addressReconfiguration is true, false or "unauthenticated", not ${String(addressReconfiguration)}`,
    );
  }
  if (udpPort !== undefined && !(Number.isInteger(udpPort) && udpPort >= 0 && udpPort <= 65_535)) {
    throw new SocketError(
      "EINVAL",
      "socket",
      `udpPort is a whole number from 0 to 65535, not ${String(udpPort)}`,
    );
  }
  if (capture !== undefined && (capture === "" || (typeof capture !== "string" && !isStream(capture)))) {
    throw new SocketError(
      "EINVAL",
      "socket",
      `capture is the path of a file, which is not empty, or a Writable stream, and not ${inspect(capture, { depth: 0 })}`,
    );
  }
  checkLimits(options);
  return new SctpSocket(
    new SocketState(domain, type === SOCK_STREAM ? "one-to-one" : "one-to-many", options),
  );
}

const limitNames = Object.keys(limitChecks) as (keyof StackLimits)[];

function checkLimits(options: SocketOptions): void {
  for (const name of limitNames) {
    const value = options[name];
    const { takes, accepts } = limitChecks[name];
    if (value === undefined) continue;
    if (options.driver !== undefined) {
      throw new SocketError(
        "EINVAL",
        "socket",
        `${name} is of the driver that is given, and cannot be set here`,
      );
    }
    if (!accepts(value))
      throw new SocketError("EINVAL", "socket", `${name} is ${takes}, not ${inspect(value)}`);
  }
}

function isStream(value: unknown): boolean {
  return typeof value === "object" && value !== null && "write" in value && "end" in value && "on" in value;
}
