import { EventEmitter } from "node:events";
import { type InspectOptions, inspect } from "node:util";
import type { AssociationEvent, PathStatus } from "../../association/events.ts";
import type { StreamsToAdd, StreamsToReset } from "../../association/reconfig/commands.ts";
import type { IpAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import type { Driver } from "../../driver/driver.ts";
import type { Association as Core } from "../../stack/index.ts";
import { NO_REASON, reasonBytes } from "./abort-reason.ts";
import { type AgreedExtensions, agreedOf } from "./agreed.ts";
import type { AssociationEvents } from "./association-events.ts";
import { AuthKeys } from "./auth-keys.ts";
import {
  anAbortSignal,
  type CheckTable,
  checkOptions,
  delay,
  orInfinity,
  shown,
  wrongOption,
} from "./checks.ts";
import { changedParameters } from "./config-options.ts";
import { type CloseInfo, closeInfo } from "./errors.ts";
import { defineMember } from "./members.ts";
import type { MessageOptions, SendOptions } from "./message.ts";
import { ipAddress } from "./names.ts";
import { type ChangeableOptions, changeableChecks } from "./options.ts";
import { Inbox, type MessageIterator } from "./receiving.ts";
import { tellReconfigured } from "./reconfigured.ts";
import { addChecks, type Reconfigured, Reconfiguring, resetChecks } from "./reconfiguring.ts";
import { Outbox } from "./sending.ts";
import { AssociationStream, type StreamOptions, streamChecks } from "./stream.ts";

export interface CloseOptions {
  /** ms; then what is still open is aborted. Default Infinity: the protocol's own limits (RFC 9260 §9.2). */
  readonly timeout?: number | undefined;
}

/** ms that `await using` allows for a graceful end. */
export const DISPOSE_TIMEOUT = 5_000;

export const closeChecks: CheckTable = { timeout: orInfinity(delay(0)) };
const flushChecks: CheckTable = { signal: anAbortSignal };

let deliver: (association: Association, event: AssociationEvent) => void;
let core: (association: Association) => Core;

/** Gives an event of the core to its association. */
export function deliverTo(association: Association, event: AssociationEvent): void {
  deliver(association, event);
}

/** The association of the core, for faces that tell of it what this one does not. */
export function coreOf(association: Association): Core {
  return core(association);
}

/** What an association needs of the endpoint that it lives in. */
export interface AssociationHome {
  readonly driver: Driver;
  /** Where the endpoint is bound now. */
  readonly addresses: readonly IpAddress[];
  /** As in `ref` and `unref`: whether `association` shall keep the process alive. */
  hold(association: Association, keep: boolean): void;
  /** When the end of an association took the whole of its home with it: resolves when that is given back. */
  readonly releasing: Promise<void> | undefined;
}

/**
 * An association: two SCTP endpoints, with all their addresses, exchanging messages. Made by `connect`,
 * `endpoint.connect` and by servers.
 *
 * Messages are read by iterating over it, by the `message` event, or per stream by `stream(n)`. While nobody reads,
 * nothing is taken, and the peer's window closes.
 */
export class Association extends EventEmitter<AssociationEvents> {
  readonly #core: Core;
  readonly #home: AssociationHome;
  readonly #inbox: Inbox;
  readonly #reconfiguring: Reconfiguring = new Reconfiguring();
  readonly #outbox: Outbox;
  readonly #streams = new Map<number, AssociationStream>();
  readonly #ending: ((info: CloseInfo) => void)[] = [];
  #closing = false;
  #aborted = false;
  #closed: CloseInfo | undefined;
  /** Kept when it is over, for whoever asks then. */
  #lastPaths: readonly PathStatus[] | undefined;
  #lastAddresses: readonly IpAddress[] | undefined;

  static {
    deliver = (association, event) => association.#onCoreEvent(event);
    core = (association) => association.#core;
    defineMember(Association.prototype, inspect.custom, function (_depth: number, options: InspectOptions) {
      return this.#inspect(options);
    });
  }

  /** Made by `connect`, endpoints and servers. */
  constructor(core: Core, home: AssociationHome) {
    super();
    this.#core = core;
    this.#home = home;
    const { driver } = home;
    this.#inbox = new Inbox({
      receive: () => core.receive(),
      taken: () => driver.wake(),
      listened: () => this.listenerCount("message") > 0,
      emit: (message) => this.emit("message", message),
    });
    this.#outbox = new Outbox({
      send: (message) => {
        const below = core.send(driver.now(), message);
        driver.wake();
        return below;
      },
      makeRoom: (message) => core.makeRoom(driver.now(), message),
      get bufferedBytes() {
        return core.bufferedBytes;
      },
      get sendBuffer() {
        return core.config.sendBuffer;
      },
      get maxMessageSize() {
        return core.config.maxMessageSize;
      },
      hasPathTo: (address) => core.paths.some((path) => path.destination === address),
      drained: () => this.emit("drain"),
      failed: (message) => this.emit("failed", message),
    });
    // Typed emitters know their own events only.
    (this as EventEmitter).on("newListener", (name: string | symbol) => {
      if (name === "message") this.#inbox.listening();
    });
  }

  /**
   * The state of RFC 9260 §4, in lower case, or "closed". It may say so a moment before `closed` is set and `close`
   * is emitted: those follow in the driver's next turn.
   */
  get state(): string {
    return this.#closed === undefined ? this.#core.state : "closed";
  }

  get localPort(): number {
    return this.#core.localPort;
  }

  get remotePort(): number {
    return this.#core.peerPort;
  }

  /** Streams that we may send on: 0 to this - 1. */
  get outboundStreams(): number {
    return this.#core.outboundStreams;
  }

  /** Streams that the peer may send on. */
  get inboundStreams(): number {
    return this.#core.inboundStreams;
  }

  /**
   * The peer's Adaptation Layer Indication, 32 bits: which protocol above SCTP it speaks (RFC 5061 §4.2.6).
   * Undefined when it has sent none; another one after a restart. Ours is the option `adaptation`.
   */
  get remoteAdaptation(): number | undefined {
    return this.#core.peerAdaptation;
  }

  /** Bytes of the largest message that `send` takes. */
  get maxMessageSize(): number {
    return this.#core.config.maxMessageSize;
  }

  /** Bytes that were taken and are not acknowledged yet. */
  get bufferedBytes(): number {
    return this.#core.bufferedBytes;
  }

  /** Every path, the primary among them; a copy as of now. */
  get paths(): readonly PathStatus[] {
    return this.#lastPaths ?? [...this.#core.paths];
  }

  /** The peer's primary address. */
  get remoteAddress(): string | undefined {
    return this.#primaryPath()?.destination;
  }

  /** Our address on the primary path. */
  get localAddress(): string | undefined {
    return this.#primaryPath()?.source;
  }

  /** Every address of the peer, as of now. */
  get remoteAddresses(): readonly string[] {
    return this.paths.map((path) => path.destination);
  }

  /** Every address of ours, as of now: those of the endpoint, whether or not a path uses them. */
  get localAddresses(): readonly string[] {
    return this.#lastAddresses ?? [...this.#home.addresses];
  }

  /** How it ended; undefined, and no promise, while it has not. */
  get closed(): CloseInfo | undefined {
    return this.#closed;
  }

  /** Counters since the beginning. */
  get statistics(): Core["statistics"] {
    return this.#core.statistics;
  }

  /**
   * Sends a message. The promise resolves when it is buffered, and waits for that while `sendBuffer` bytes or more
   * are; with `until: "acknowledged"` when the peer has it. The bytes must not change before they are acknowledged,
   * unless `copy` is set. A mistake of the caller rejects, too.
   *
   * @throws (rejects) ERR_SCTP_INVALID_OPTION, ERR_SCTP_INVALID_STREAM, ERR_SCTP_EMPTY_MESSAGE,
   * ERR_SCTP_MESSAGE_TOO_LARGE, ERR_SCTP_UNKNOWN_ADDRESS (`destination`), ERR_SCTP_SHUTTING_DOWN, ERR_SCTP_CLOSED, and the error that ended the association
   */
  send(data: Uint8Array | string, options?: SendOptions): Promise<void> {
    return this.#outbox.send(data, options);
  }

  /**
   * Sends a message without a promise. It is taken whatever the answer: false says that `sendBuffer` bytes or more
   * are buffered now, so wait for `drain`. Throws what `send` rejects with.
   */
  trySend(data: Uint8Array | string, options?: MessageOptions): boolean {
    return this.#outbox.trySend(data, options);
  }

  /**
   * One stream in both directions as a Duplex in object mode. What the peer sends on it comes there and no longer by
   * `message` or iteration. The same object for the same number until it is destroyed.
   *
   * A reader that does not read holds up to `readBuffer` bytes; then all of the association waits for it.
   */
  stream(number: number, options?: StreamOptions): AssociationStream {
    const most = Math.max(this.outboundStreams, this.inboundStreams);
    if (!Number.isInteger(number) || number < 0 || number >= most) {
      throw new SctpError(
        "ERR_SCTP_INVALID_STREAM",
        `stream() takes an integer from 0 to ${most - 1}, and got ${shown(number)}`,
      );
    }
    if (options !== undefined) checkOptions("stream()", options, streamChecks);
    const open = this.#streams.get(number);
    if (open !== undefined) {
      if (options === undefined) return open;
      throw new SctpError(
        "ERR_SCTP_INVALID_STATE",
        `stream ${number} is open, and its options cannot change`,
      );
    }
    const stream: AssociationStream = new AssociationStream(number, options ?? {}, {
      write: (data, messageOptions, buffered) => this.#outbox.write(data, messageOptions, buffered),
      readable: () => this.#inbox.pump(),
      destroyed: () => {
        this.#streams.delete(number);
        this.#inbox.detach(number);
      },
    });
    this.#streams.set(number, stream);
    this.#inbox.attach(number, stream);
    return stream;
  }

  /** Reads message by message. Ends after a graceful end, throws the error of any other. */
  [Symbol.asyncIterator](): MessageIterator {
    return this.#inbox.iterate();
  }

  /** Stops the `message` event. The peer's window closes when the receive buffer is full. */
  pause(): this {
    this.#inbox.pause();
    return this;
  }

  resume(): this {
    this.#inbox.resume();
    return this;
  }

  isPaused(): boolean {
    return this.#inbox.paused;
  }

  /**
   * Resolves when nothing is unacknowledged. Rejects when a message fails before that, with its error, and with the
   * signal's reason.
   */
  async flush(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    checkOptions("flush()", options, flushChecks);
    // Later than the end: what was lost cannot be acknowledged any more.
    if (this.#closed?.error !== undefined) throw this.#closed.error;
    await this.#outbox.flush(options.signal);
  }

  /**
   * Closes in good order (RFC 9260 §9.2; §11.1.3, SHUTDOWN): sends what was taken, has it acknowledged, and resolves when both sides are
   * done. Rejects with the error when it ends otherwise meanwhile; after `abort()` it only waits for the end. What the peer still sends is dropped unless
   * somebody listens or iterates.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    checkOptions("close()", options, closeChecks);
    if (this.#closed !== undefined) {
      // It is over, but what it had open may still be on its way back to the system.
      await this.#home.releasing?.catch(() => {});
      return;
    }
    // Whoever aborted knows how it ends: `close` in a `finally` has nothing to complain about.
    const expected = this.#aborted;
    if (!expected) this.#beginShutdown();
    const info = await this.#ended(options.timeout ?? Number.POSITIVE_INFINITY);
    await this.#home.releasing;
    if (info.error !== undefined && !(expected && info.reason === "aborted")) throw info.error;
  }

  /**
   * Ends it at once (RFC 9260 §9.1; §11.1.4, ABORT). What was not acknowledged fails; the peer is told `reason`, of an error its
   * message, if it is reached. `closed` and the `close` event follow in a later turn. Throws ERR_SCTP_INVALID_OPTION
   * for any other reason, and has aborted without one then.
   */
  abort(reason?: string | Uint8Array | Error | null): void {
    const bytes = reasonBytes(reason);
    if (this.#closed === undefined) {
      this.#aborted = true;
      this.#core.abort(bytes ?? NO_REASON);
      this.#home.driver.wake();
    }
    if (bytes === undefined)
      throw wrongOption("abort()", "reason", reason, "a string, a Uint8Array or an Error");
  }

  /** Closes in good order, and aborts after 5,000 ms. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ timeout: DISPOSE_TIMEOUT });
  }

  /**
   * Makes one of the peer's addresses the primary (RFC 9260 §11.1.6). Throws ERR_SCTP_INVALID_ADDRESS,
   * ERR_SCTP_UNKNOWN_ADDRESS, ERR_SCTP_INVALID_STATE (not confirmed yet), ERR_SCTP_CLOSED.
   */
  setPrimary(address: string): void {
    const parsed = ipAddress("setPrimary()", "one of the peer's IP addresses", address);
    this.#open("setPrimary()").setPrimary(parsed);
    this.#home.driver.wake();
  }

  /**
   * Asks the peer to make one of our addresses its primary (RFC 5061 §5.4): `addressChange` has its answer.
   * Throws ERR_SCTP_INVALID_ADDRESS, ERR_SCTP_UNKNOWN_ADDRESS, ERR_SCTP_NOT_SUPPORTED (`addressReconfiguration` is not
   * on on both sides), ERR_SCTP_INVALID_STATE (it is ending), ERR_SCTP_CLOSED.
   */
  setPeerPrimary(address: string): void {
    const parsed = ipAddress("setPeerPrimary()", "one of our IP addresses", address);
    this.#open("setPeerPrimary()").setPeerPrimary(parsed);
    this.#home.driver.wake();
  }

  /** What both sides have agreed on in the handshake, and would else be done without (`maxRetransmits`), or refused. */
  get extensions(): AgreedExtensions {
    return agreedOf(this.#core);
  }

  /** The shared keys of this association. */
  get authKeys(): AuthKeys {
    return new AuthKeys(
      (where) => this.#open(where),
      () => this.#home.driver.wake(),
    );
  }

  /**
   * Sends a HEARTBEAT to one of the peer's addresses now (RFC 9260 §11.1.10). Throws ERR_SCTP_INVALID_ADDRESS,
   * ERR_SCTP_UNKNOWN_ADDRESS, ERR_SCTP_CLOSED.
   */
  heartbeat(address: string): void {
    const parsed = ipAddress("heartbeat()", "one of the peer's IP addresses", address);
    this.#open("heartbeat()").requestHeartbeat(parsed);
    this.#home.driver.wake();
  }

  /**
   * Has the sequence numbers of streams begin at 0 again (RFC 6525): of those that we send on, of those that the peer
   * sends on, or both. What was sent before goes first; what is sent meanwhile waits. Calls are served in turn.
   *
   * @throws (rejects) SctpError ERR_SCTP_DENIED and ERR_SCTP_RECONFIGURATION_FAILED by the peer's answer,
   * ERR_SCTP_NOT_SUPPORTED, ERR_SCTP_INVALID_STREAM, ERR_SCTP_INVALID_OPTION, ERR_SCTP_SHUTTING_DOWN, ERR_SCTP_CLOSED.
   */
  async resetStreams(streams: StreamsToReset): Promise<Reconfigured> {
    checkOptions("resetStreams()", streams, resetChecks);
    return this.#ask("resetStreams()", (now) => this.#core.resetStreams(now, streams));
  }

  /**
   * Has all TSNs and stream sequence numbers begin anew, in both directions (RFC 6525 §5.1.4); at most once in 30 s.
   * What the peer has sent and we have not acknowledged by then is lost. Rejects as `resetStreams`, and with
   * ERR_SCTP_RECONFIGURING before the 30 s are over.
   */
  resetAssociation(): Promise<Reconfigured> {
    return this.#ask("resetAssociation()", (now) => this.#core.resetAssociation(now));
  }

  /**
   * Adds streams behind those that there are (RFC 6525): so many that we send on, or that the peer sends on (there may
   * be `inboundStreams` of these), or both. Rejects as `resetStreams`.
   */
  async addStreams(streams: StreamsToAdd): Promise<Reconfigured> {
    checkOptions("addStreams()", streams, addChecks);
    return this.#ask("addStreams()", (now) => this.#core.addStreams(now, streams));
  }

  #ask(what: string, start: (now: number) => void): Promise<Reconfigured> {
    const { driver } = this.#home;
    return this.#reconfiguring.ask(what, () => {
      start(driver.now());
      driver.wake();
    });
  }

  /**
   * Changes protocol parameters of this association alone (RFC 9260 §11.1.13). One that is undefined stays as it is, but
   * `pathMtu`, of which that is the default: the path MTU is found again. Throws ERR_SCTP_INVALID_OPTION,
   * ERR_SCTP_CLOSED.
   */
  configure(options: ChangeableOptions): void {
    checkOptions("configure()", options, changeableChecks);
    const core = this.#open("configure()");
    const config = changedParameters("configure()", options, core.config);
    core.configure(this.#home.driver.now(), config);
    this.#home.driver.wake();
  }

  /** The core, for what nobody wants of an association that is over. */
  #open(where: string): Core {
    if (this.state !== "closed") return this.#core;
    throw new SctpError("ERR_SCTP_CLOSED", `${where}: the association is closed`);
  }

  /** Keeps the process alive while it is open: so it is from the beginning. */
  ref(): this {
    if (this.#closed === undefined) this.#home.hold(this, true);
    return this;
  }

  /** Lets the process end although it is open. */
  unref(): this {
    if (this.#closed === undefined) this.#home.hold(this, false);
    return this;
  }

  #inspect(options: InspectOptions): string {
    const summary = {
      state: this.state,
      paths: this.paths.map(pathLine),
      streams: `${this.outboundStreams} out, ${this.inboundStreams} in`,
      bufferedBytes: this.bufferedBytes,
      ...(this.#closed === undefined ? {} : { closed: this.#closed.reason }),
    };
    const ends = `${this.localAddress}:${this.localPort} -> ${this.remoteAddress}:${this.remotePort}`;
    return `Association <${ends}> ${inspect(summary, { ...options, depth: 2 })}`;
  }

  #onCoreEvent(event: AssociationEvent): void {
    switch (event.type) {
      case "readable":
        this.#inbox.pump();
        break;
      case "drain":
        this.#outbox.onDrain();
        break;
      case "dry":
        this.#outbox.onDry();
        break;
      case "acknowledged":
        this.#outbox.onAcknowledged(event.message);
        break;
      case "failed":
        this.#outbox.onFailed(event.message, event.failure, event.sent);
        break;
      case "path":
        this.emit("path", { change: event.change, path: event.path });
        break;
      case "address-change":
        this.emit("addressChange", {
          change: event.change,
          address: event.address,
          refused: event.refused,
        });
        break;
      case "restarted":
        this.emit("restart");
        // RFC 9260 §5.2.4 A: it is established again, and close() still waits for its end.
        if (this.#closing) this.#shutDown();
        break;
      case "streams-reset":
      case "association-reset":
      case "streams-added":
        if (event.result === "performed") tellReconfigured(this, event);
        break;
      case "partial-aborted":
        this.emit("partialAborted", { stream: event.stream, unordered: event.unordered });
        break;
      case "reconfigured":
        this.#reconfiguring.onAnswer(event);
        break;
      case "peer-shutdown":
        this.#onPeerShutdown();
        break;
      case "authentication":
        this.emit("authentication", event.change, event.keyId);
        break;
      case "remote-error":
        this.emit("remoteError", event.causes);
        break;
      case "closed":
        this.#onClosed(event);
        break;
      // For the endpoint: "incoming", "established", "route".
      default:
    }
  }

  #primaryPath(): PathStatus | undefined {
    const paths = this.paths;
    return paths.find((path) => path.primary) ?? paths[0];
  }

  #beginShutdown(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#outbox.refuse(
      new SctpError("ERR_SCTP_SHUTTING_DOWN", "close() was called: nothing more can be sent"),
    );
    this.#shutDown();
    this.#inbox.discardUnwanted();
  }

  #shutDown(): void {
    this.#outbox.whenHandedOver(() => {
      if (this.#closed !== undefined) return;
      this.#core.shutdown(this.#home.driver.now());
      this.#home.driver.wake();
    });
  }

  #ended(timeout: number): Promise<CloseInfo> {
    return new Promise((resolve) => {
      if (timeout === Number.POSITIVE_INFINITY) {
        this.#ending.push(resolve);
        return;
      }
      const timer = setTimeout(() => this.abort("closing took too long"), timeout);
      this.#ending.push((info) => {
        clearTimeout(timer);
        resolve(info);
      });
    });
  }

  #onPeerShutdown(): void {
    const error = new SctpError("ERR_SCTP_SHUTTING_DOWN", "the peer is closing: nothing more can be sent");
    this.#outbox.refuse(error);
    this.#outbox.failWaiting(error);
    this.emit("shutdown");
  }

  #onClosed(event: Extract<AssociationEvent, { type: "closed" }>): void {
    const peer = `association with ${this.remoteAddress ?? "?"}, port ${this.remotePort}`;
    this.#lastPaths = [...this.#core.paths];
    this.#lastAddresses = [...this.#home.addresses];
    const info = closeInfo(event.reason, event.causes, peer);
    this.#closed = info;
    this.#outbox.end(info.error, info.error ?? new SctpError("ERR_SCTP_CLOSED", `the ${peer} is closed`));
    this.#inbox.end(info.error);
    for (const ended of this.#ending.splice(0)) ended(info);
    if (info.error !== undefined && this.listenerCount("error") > 0) this.emit("error", info.error);
    this.emit("close", info);
  }
}

/** One path in one line, for people. */
function pathLine(path: PathStatus): string {
  const srtt = path.srtt === undefined ? "srtt unknown" : `srtt ${path.srtt.toFixed(1)} ms`;
  const primary = path.primary ? ", primary" : "";
  const ends = `${path.source} -> ${path.destination}`;
  return `${ends} ${path.state}${primary}, ${srtt}, rto ${Math.round(path.rto)} ms, cwnd ${path.cwnd}, mtu ${path.mtu}`;
}
