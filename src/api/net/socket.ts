import { addAbortSignal, Duplex } from "node:stream";
import { SctpError } from "../../base/error.ts";
import { type Association, coreOf } from "../message/association.ts";
import { aBoolean, wrongOption } from "../message/checks.ts";
import type { CloseInfo } from "../message/errors.ts";
import type { Message, MessageOptions } from "../message/message.ts";
import { Announcer } from "./announcer.ts";
import { readArguments } from "./arguments.ts";
import {
  asBuffer,
  checkMessage,
  checkProperties,
  checkStream,
  type MessageBuffer,
  messageOptions,
  received,
  shared,
} from "./buffers.ts";
import { nodeError, systemError, type Whereabouts } from "./errors.ts";
import { IdleTimer } from "./idle-timer.ts";
import { Inbound } from "./inbound.ts";
import { type Opened, open } from "./opening.ts";
import { type ConnectOptions, connectPlan, type SocketOptions, socketOptions } from "./options.ts";
import { Outbound } from "./outbound.ts";
import { Readers } from "./readers.ts";
import { type PeerAddressInfo, peerInfoOf, type SocketStatus, statusOf } from "./status.ts";
import { type InboundStream, type OutboundStream, writeLast } from "./streams.ts";
import { Writers } from "./writers.ts";

type Callback = (error?: Error | null) => void;

/** An address as `node:net` tells it. */
export interface AddressInfo {
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
  /** SCTP port. */
  readonly port: number;
}

export function familyOf(address: string): "IPv4" | "IPv6" {
  return address.includes(":") ? "IPv6" : "IPv4";
}

let establish: (socket: Socket, opened: Opened) => void;
let refreshAddresses: (socket: Socket) => void;

/** For servers: the socket of an association that a peer opened. */
export function socketOf(opened: Opened, options: SocketOptions): Socket {
  const socket = new Socket(options);
  establish(socket, opened);
  return socket;
}

/** For servers: the local addresses may have changed. */
export function localAddressesChanged(socket: Socket): void {
  refreshAddresses(socket);
}

/** As many as can be asked for (RFC 9260 §3.3.2): the bound before it is known what the peer allows. */
const STREAMS = 65_535;

/**
 * An association in the shape of `net.Socket`: one write is one message, one `data` is one message. `end()` closes in
 * good order, `destroy()` aborts.
 *
 * Buffers that come in have `ppid`, `sid` and `unordered`; on those that are written these say how they are sent.
 * Besides the events of `net.Socket` there are `stream`, `notification`, `address-change`, `peer-info-update` and
 * `restart`.
 */
export class Socket extends Duplex {
  /** Between `connect()` and the event `connect`. */
  connecting = false;
  /** Bytes of messages that were taken from the association. */
  bytesRead = 0;
  /** Idle time until `timeout`, ms, as `setTimeout` set it. */
  timeout: number | undefined = undefined;
  readonly #options: SocketOptions;
  #defaults: MessageOptions;
  #opened: Opened | undefined;
  /** What connecting comes to; never rejects. */
  #opening: Promise<void> | undefined;
  readonly #giveUp = new AbortController();
  readonly #outbound = new Outbound();
  readonly #inbound: Inbound;
  readonly #writers: Writers;
  readonly #readers = new Readers(() => this.#inbound.pull());
  readonly #announcer = new Announcer(this);
  readonly #idle = new IdleTimer(() => this.emit("timeout"));
  /** The stream has asked for a message that has not come yet. */
  #readWanted = false;
  #referenced = true;
  #noDelay: boolean | undefined;
  #where: Whereabouts = {};

  static {
    establish = (socket, opened) => socket.#establish(opened);
    refreshAddresses = (socket) => socket.#announcer.addresses();
  }

  /** Throws ERR_SCTP_INVALID_OPTION. */
  constructor(options: SocketOptions = {}) {
    const own = socketOptions("new Socket()", options);
    super({
      allowHalfOpen: false,
      // `close` has an argument here, and comes when everything is given back.
      emitClose: false,
      // A message is an object, so that two are never read as one.
      readableObjectMode: true,
      readableHighWaterMark: 1,
      ...(own.highWaterMark === undefined ? {} : { writableHighWaterMark: own.highWaterMark }),
    });
    this.#options = own;
    this.#defaults = { ppid: own.ppid, stream: own.stream_id, unordered: own.unordered };
    const socket = this;
    this.#writers = new Writers({
      outbound: this.#outbound,
      get bounds() {
        return socket.#association;
      },
      get defaults() {
        return socket.#defaults;
      },
    });
    this.#inbound = new Inbound({
      wants: () => this.#wantsMessage(),
      take: (message) => this.#onMessage(message),
      end: (error) => this.#onEnd(error),
    });
    this.on("newListener", (name: string | symbol) => {
      if (name === "stream") process.nextTick(() => this.#inbound.pull());
    });
  }

  /**
   * Opens the association: `(options, listener?)` or `(port, host?, listener?)`. A socket connects once.
   *
   * Throws, before any socket opens: ERR_SCTP_INVALID_OPTION, ERR_SOCKET_BAD_PORT, ERR_SCTP_INVALID_STATE. What comes
   * later is the event `error`, with the system's name as `code` (ECONNREFUSED, ETIMEDOUT, EADDRINUSE, …) and an
   * `SctpError` as `cause`.
   */
  connect(options: ConnectOptions, listener?: () => void): this;
  connect(port: number | string, host?: string | null, listener?: () => void): this;
  connect(port: number | string, listener?: () => void): this;
  connect(...given: readonly unknown[]): this {
    const { options, listener } = readArguments("connect()", given, ["host"]);
    const plan = connectPlan(options);
    if (this.#opening !== undefined || this.#opened !== undefined || this.destroyed) {
      throw new SctpError("ERR_SCTP_INVALID_STATE", "connect(): a socket connects once; make another one");
    }
    const { ppid, stream_id, unordered, signal } = options as Partial<ConnectOptions>;
    this.#defaults = {
      ppid: ppid ?? this.#defaults.ppid,
      stream: stream_id ?? this.#defaults.stream,
      unordered: unordered ?? this.#defaults.unordered,
    };
    if (listener !== undefined) this.once("connect", listener);
    if (plan.timeout > 0) this.setTimeout(plan.timeout);
    this.connecting = true;
    const address = typeof plan.remote === "string" ? plan.remote : plan.remote?.[0];
    this.#where = { address, port: plan.port };
    this.#opening = open(plan, this.#giveUp.signal).then(
      (opened) => this.#onOpened(opened),
      (error) => this.#onConnectFailed(error),
    );
    const giveUp = signal ?? this.#options.signal;
    if (giveUp !== undefined) addAbortSignal(giveUp, this);
    return this;
  }

  /** Not connected yet. */
  get pending(): boolean {
    return this.#opened === undefined;
  }

  get readyState(): "opening" | "open" | "readOnly" | "writeOnly" | "closed" {
    if (this.connecting) return "opening";
    if (this.#opened === undefined || this.destroyed) return "closed";
    if (this.readable) return this.writable ? "open" : "readOnly";
    return this.writable ? "writeOnly" : "closed";
  }

  /** Our address on the primary path. */
  get localAddress(): string | undefined {
    return this.#association?.localAddress;
  }

  get localAddresses(): readonly string[] | undefined {
    return this.#association?.localAddresses;
  }

  /** SCTP port. */
  get localPort(): number | undefined {
    return this.#association?.localPort;
  }

  get localFamily(): "IPv4" | "IPv6" | undefined {
    const { localAddress } = this;
    return localAddress === undefined ? undefined : familyOf(localAddress);
  }

  /** The peer's primary address. */
  get remoteAddress(): string | undefined {
    return this.#association?.remoteAddress;
  }

  get remoteAddresses(): readonly string[] | undefined {
    return this.#association?.remoteAddresses;
  }

  /** SCTP port. */
  get remotePort(): number | undefined {
    return this.#association?.remotePort;
  }

  get remoteFamily(): "IPv4" | "IPv6" | undefined {
    const { remoteAddress } = this;
    return remoteAddress === undefined ? undefined : familyOf(remoteAddress);
  }

  /** Streams that the peer may send on, as negotiated. */
  get MIS(): number | undefined {
    return this.#association?.inboundStreams;
  }

  /** Streams that we may send on, as negotiated: 0 to this - 1. */
  get OS(): number | undefined {
    return this.#association?.outboundStreams;
  }

  /** Bytes of messages on all streams that were handed to the association, and of those that wait here. */
  get bytesWritten(): number {
    return this.#outbound.bytes + this.writableLength + this.#writers.waiting;
  }

  /** What is known of each of the peer's addresses, by address: as of now, or of the last moment. */
  get peerInfoByAddress(): Record<string, PeerAddressInfo> {
    return this.#association === undefined ? {} : peerInfoOf(this.#association);
  }

  /** The local primary address; empty while not connected. */
  address(): AddressInfo | Record<string, never> {
    const { localAddress, localPort } = this;
    if (localAddress === undefined || localPort === undefined) return {};
    return { address: localAddress, family: familyOf(localAddress), port: localPort };
  }

  /** SCTP_STATUS (RFC 6458 §8.2.1). Throws ERR_SCTP_NOT_CONNECTED and, when it is destroyed, ERR_SCTP_CLOSED. */
  status(): SocketStatus {
    if (this.destroyed) throw new SctpError("ERR_SCTP_CLOSED", "status(): the socket is destroyed");
    return statusOf(this.#connected("status()"));
  }

  /**
   * A Writable for one stream, 0 to OS - 1; the same one for the same number until it is ended. `ppid` is the default
   * of what is written there. Throws ERR_SCTP_INVALID_STREAM, ERR_SCTP_INVALID_OPTION.
   */
  createStream(stream: number = 0, ppid?: number): OutboundStream {
    checkStream("createStream()", stream, this.#association?.outboundStreams ?? STREAMS);
    if (ppid !== undefined) checkProperties(Object.assign(Buffer.alloc(0), { ppid }), undefined);
    return this.#writers.get(stream, ppid);
  }

  /**
   * Sends one message. Throws, and takes nothing: ERR_SCTP_EMPTY_MESSAGE, ERR_SCTP_MESSAGE_TOO_LARGE,
   * ERR_SCTP_INVALID_OPTION (`ppid`, `sid`, `unordered` of the buffer), ERR_SCTP_INVALID_STREAM,
   * ERR_SCTP_NOT_CONNECTED (before `connect()`), ERR_INVALID_ARG_TYPE. The bytes may change as soon as `callback` is
   * called.
   */
  override write(chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
    if (!this.destroyed && !this.writableEnded) {
      if (!this.connecting) this.#connected("write()");
      const bounds = this.#association;
      checkMessage(chunk, typeof encoding === "string" ? encoding : undefined, bounds);
      checkProperties(chunk, bounds);
      if (bounds !== undefined) checkStream("write()", this.#defaults.stream ?? 0, bounds.outboundStreams);
    }
    return super.write(asBuffer(chunk), encoding as BufferEncoding, callback);
  }

  /**
   * Closes in good order (RFC 9260 §9.2): what was written, here and on streams, is acknowledged before `finish`. What
   * the peer still sends is dropped, unless somebody reads.
   */
  override end(chunk?: unknown, encoding?: BufferEncoding | (() => void), callback?: () => void): this {
    return super.end(writeLast(this, chunk, encoding, callback));
  }

  /** As in `node:net`: ends, and destroys when everything is sent. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  /** As `destroy()`, which aborts: the peer sees a reset. */
  resetAndDestroy(): this {
    return this.destroy();
  }

  /** Emits `timeout` after so many ms without a message either way; 0 turns it off. The socket stays as it is. */
  setTimeout(timeout: number, listener?: () => void): this {
    this.#idle.set(timeout);
    this.timeout = timeout;
    if (listener !== undefined) {
      if (timeout === 0) this.off("timeout", listener);
      else this.once("timeout", listener);
    }
    return this;
  }

  /** Whether small messages are sent without delay: so it is unless it was turned off. */
  setNoDelay(noDelay: boolean = true): this {
    if (!aBoolean.accepts(noDelay)) throw wrongOption("setNoDelay()", "noDelay", noDelay, aBoolean.takes);
    this.#noDelay = noDelay;
    this.#association?.configure({ noDelay });
    return this;
  }

  /** SCTP keeps associations alive by itself, so that only false is taken. Throws ERR_SCTP_INVALID_OPTION. */
  setKeepAlive(enable: boolean = false): this {
    if (enable === false) return this;
    throw wrongOption(
      "setKeepAlive()",
      "enable",
      enable,
      "only false: heartbeats are set by heartbeatInterval",
    );
  }

  /** Keeps the process alive while it is open: so it is from the beginning. */
  ref(): this {
    this.#referenced = true;
    this.#association?.ref();
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#association?.unref();
    return this;
  }

  override _read(): void {
    this.#readWanted = true;
    this.#inbound.pull();
  }

  override _write(chunk: MessageBuffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#idle.refresh();
    this.#outbound.send(chunk, messageOptions(chunk, this.#defaults, this.#association), callback);
  }

  override _final(callback: Callback): void {
    if (this.connecting) {
      this.once("connect", () => this._final(callback));
      return;
    }
    const association = this.#association;
    if (association === undefined) {
      callback();
      return;
    }
    this.#writers.end(() => {
      // Where it ends otherwise, `destroy` tells.
      association.close().then(
        () => callback(),
        () => {},
      );
      process.nextTick(() => {
        // Nobody has asked for what the peer may still be sending: it must not wait for its window.
        if (this.#isUnread) this.resume();
      });
    });
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.connecting = false;
    this.#idle.clear();
    this.#giveUp.abort();
    this.#inbound.stop();
    this.#outbound.end(error ?? nodeError(Error, "ERR_STREAM_DESTROYED", "the socket was destroyed before"));
    this.#writers.destroy(error ?? undefined);
    this.#readers.destroy(error ?? undefined);
    if (this.#association?.closed === undefined) this.#association?.abort();
    callback(error);
    void this.#release().then(() => process.nextTick(() => this.emit("close", error !== null)));
  }

  get #association(): Association | undefined {
    return this.#opened?.association;
  }

  get #receiveBuffer(): number {
    return this.#association === undefined ? 0 : coreOf(this.#association).config.receiveBuffer;
  }

  /** Nobody reads, neither here nor by streams. */
  get #isUnread(): boolean {
    return this.readableFlowing === null && this.listenerCount("stream") === 0;
  }

  #connected(where: string): Association {
    if (this.#association !== undefined) return this.#association;
    throw new SctpError("ERR_SCTP_NOT_CONNECTED", `${where}: the socket is not connected`);
  }

  #onOpened(opened: Opened): void {
    if (this.destroyed) {
      this.#opened = opened;
      opened.association.abort();
      return;
    }
    // Not from a promise: what a listener throws is an uncaught exception, as in `node:net`.
    process.nextTick(() => {
      this.#establish(opened);
      if (this.destroyed) return;
      this.emit("connect");
      this.emit("ready");
    });
  }

  #onConnectFailed(error: unknown): void {
    this.connecting = false;
    if (!this.destroyed) this.destroy(systemError(error, "connect", this.#where));
  }

  #establish(opened: Opened): void {
    const { association } = opened;
    this.#opened = opened;
    if (this.destroyed) {
      association.abort();
      return;
    }
    this.connecting = false;
    this.#where = { address: association.remoteAddress, port: association.remotePort };
    if (!this.#referenced) association.unref();
    if (this.#noDelay !== undefined) association.configure({ noDelay: this.#noDelay });
    association.on("restart", () => this.#inbound.restart());
    association.on("partialAborted", (event) => this.#inbound.abort(event));
    this.#announcer.start(association);
    association.on("close", (info) => this.#onClosed(info));
    this.#outbound.start(association);
    // Whoever learns of the association now has a turn to listen first.
    process.nextTick(() => {
      if (this.destroyed) return;
      this.#announcer.up(association);
      this.#inbound.start(association);
      if (association.closed !== undefined) this.#onClosed(association.closed);
    });
  }

  #wantsMessage(): boolean {
    // A peer must not fill the memory with streams that nobody listens to: together they get a receive buffer.
    if (!this.#readers.hasRoom(this.#receiveBuffer)) return false;
    return this.#readWanted || (this.readableFlowing === null && this.listenerCount("stream") > 0);
  }

  #onMessage(message: Message): void {
    const data = received(message);
    this.bytesRead += data.length;
    this.#idle.refresh();
    const streamed = this.listenerCount("stream") > 0;
    if (streamed) {
      const reader = this.#readerOf(message.stream);
      this.#readers.offer(reader, this.readableFlowing === null ? data : shared(data));
    }
    if (streamed && this.readableFlowing === null) return;
    this.#readWanted = false;
    try {
      this.push(data);
    } catch (error) {
      // A listener threw, and the stream has not come to ask for the next one.
      process.nextTick(() => this.read(0));
      throw error;
    }
  }

  #readerOf(stream: number): InboundStream {
    const known = this.#readers.get(stream);
    if (known !== undefined) return known;
    const reader = this.#readers.add(stream);
    this.emit("stream", reader, stream);
    return reader;
  }

  /** Everything was read. */
  #onEnd(error: unknown): void {
    if (error !== undefined) {
      this.destroy(systemError(error, "read", this.#where));
      return;
    }
    this.#readers.end();
    this.push(null);
    // As in `node:net`: `end` comes although nobody reads, when there is nothing to read.
    this.read(0);
  }

  #onClosed(info: CloseInfo): void {
    if (this.destroyed) return;
    if (this.#association !== undefined) this.#announcer.closed(info, this.#association);
    // What came before an abort is still given to who reads; then the error is told.
    if (info.error !== undefined) this.#inbound.drain();
    else if (this.#isUnread) this.read(0);
  }

  async #release(): Promise<void> {
    await this.#opening;
    await this.#opened?.released().catch(() => {});
  }
}
