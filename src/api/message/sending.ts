import type { OutgoingMessage, SendFailure } from "../../association/events.ts";
import type { IpAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import { Ring } from "../../base/ring.ts";
import { Deadline } from "./deadline.ts";
import { sendError } from "./errors.ts";
import {
  checkMessageOptions,
  type FailedMessage,
  type MessageOptions,
  messageChecks,
  outgoing,
  type SendOptions,
  sendChecks,
} from "./message.ts";

/** Where messages go, and who is told of them. */
export interface OutboxTarget {
  /** Takes it, and says whether less than sendBuffer is buffered now. Throws when it is the caller's mistake. */
  send(message: OutgoingMessage): boolean;
  /** Gives up messages of a lower priority for it, where that makes room (RFC 7496 §3.2); whether there is room. */
  makeRoom(message: OutgoingMessage): boolean;
  readonly bufferedBytes: number;
  readonly sendBuffer: number;
  readonly maxMessageSize: number;
  /** Whether this is one of the peer's addresses now. */
  hasPathTo(address: IpAddress): boolean;
  drained(): void;
  failed(message: FailedMessage): void;
}

/** Called once: when the message was buffered, or with the reason why it was not. */
export type Buffered = (error?: unknown) => void;

/** Rides in a message's context where somebody waits for its acknowledgement. */
class Completion {
  readonly context: unknown;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;

  constructor(context: unknown, resolve: () => void, reject: (error: unknown) => void) {
    this.context = context;
    this.resolve = resolve;
    this.reject = reject;
  }
}

interface WaitingSend {
  /** undefined when it was withdrawn. */
  message: OutgoingMessage | undefined;
  /** undefined for `trySend`, which waits for nothing. */
  readonly buffered: Buffered | undefined;
  /** undefined where it waits for room as long as it takes. */
  readonly limit: Deadline | undefined;
  /** When its lifetime is over: `performance.now()`, Infinity for never. */
  readonly deadline: number;
}

interface Flush {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

// One promise for every send that finds room: a promise per message costs 15 % at 64 bytes.
const RESOLVED: Promise<void> = Promise.resolve();
const NO_OPTIONS: SendOptions = {};

/**
 * Messages on their way into an association. It takes them while less than `sendBuffer` bytes are buffered, so that
 * sendBuffer and one message is the most; the others wait here, in order, as the memory of those who wait for them.
 */
export class Outbox {
  readonly #target: OutboxTarget;
  readonly #waiting = new Ring<WaitingSend>();
  readonly #flushes = new Set<Flush>();
  readonly #emptied: (() => void)[] = [];
  /** The core said "at or over the bound", and has not said "drain" since. */
  #full = false;
  #owesDrain = false;
  #closed: SctpError | undefined;

  constructor(target: OutboxTarget) {
    this.#target = target;
  }

  send(data: Uint8Array | string, options: SendOptions = NO_OPTIONS): Promise<void> {
    try {
      if (options !== NO_OPTIONS) checkMessageOptions("send()", options, sendChecks);
      if (options.until === "acknowledged") return this.#sendAndWait(data, options);
      const message = this.#prepare("send()", data, options, undefined);
      if (this.#takes(message)) {
        options.signal?.throwIfAborted();
        this.#hand(message);
        return RESOLVED;
      }
      return new Promise((resolve, reject) => {
        const settle: Buffered = (error) => (error === undefined ? resolve() : reject(error));
        this.#queue(message, settle, options.signal);
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  trySend(data: Uint8Array | string, options: MessageOptions = NO_OPTIONS): boolean {
    if (options !== NO_OPTIONS) checkMessageOptions("trySend()", options, messageChecks);
    const message = this.#prepare("trySend()", data, options, undefined);
    // Behind those that wait for room, or it would overtake them.
    if (this.#waiting.length > 0) this.#queue(message, undefined, undefined);
    else {
      this.#makeRoom(message);
      if (this.#hand(message)) return true;
    }
    this.#owesDrain = true;
    return false;
  }

  /** `send` for a stream's writer: calls back, at once where there is room. */
  write(data: Uint8Array | string, options: MessageOptions, buffered: Buffered): void {
    let failure: { readonly error: unknown } | undefined;
    try {
      checkMessageOptions("write()", options, messageChecks);
      const message = this.#prepare("write()", data, options, undefined);
      if (!this.#takes(message)) {
        this.#queue(message, buffered, undefined);
        return;
      }
      this.#hand(message);
    } catch (error) {
      failure = { error };
    }
    buffered(failure?.error);
  }

  /** Resolves when nothing is unacknowledged, and rejects when a message fails before that. */
  flush(signal: AbortSignal | undefined): Promise<void> {
    if (this.#isDry()) return RESOLVED;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        this.#flushes.delete(flush);
        signal?.removeEventListener("abort", onAbort);
        then();
      };
      const flush: Flush = {
        resolve: () => settle(resolve),
        reject: (error) => settle(() => reject(error)),
      };
      const onAbort = (): void => flush.reject(signal?.reason);
      signal?.addEventListener("abort", onAbort);
      this.#flushes.add(flush);
    });
  }

  /** Calls back when every message that waited for room is in the association, or has failed. */
  whenHandedOver(callback: () => void): void {
    if (this.#waiting.length === 0) callback();
    else this.#emptied.push(callback);
  }

  /** Takes no more from callers; `error` is what they get. What waits goes on waiting. */
  refuse(error: SctpError): void {
    this.#closed ??= error;
  }

  onDrain(): void {
    this.#full = false;
    this.#advance();
    if (this.#owesDrain && !this.#full && this.#waiting.length === 0) {
      this.#owesDrain = false;
      this.#target.drained();
    }
  }

  onDry(): void {
    this.onDrain();
    if (!this.#isDry()) return;
    for (const flush of [...this.#flushes]) flush.resolve();
  }

  onAcknowledged(message: OutgoingMessage): void {
    if (message.context instanceof Completion) message.context.resolve();
  }

  onFailed(message: OutgoingMessage, failure: SendFailure, sent: boolean): void {
    const error = sendError(failure);
    for (const flush of [...this.#flushes]) flush.reject(error);
    this.#report(message, error, sent);
  }

  /** The association is over, in good order when there is no `error`; `closed` is what later callers get. */
  end(error: SctpError | undefined, closed: SctpError): void {
    this.#closed = closed;
    this.failWaiting(error ?? closed);
    for (const flush of [...this.#flushes]) {
      if (error === undefined) flush.resolve();
      else flush.reject(error);
    }
  }

  /** Gives up what waits for room. */
  failWaiting(error: SctpError): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.message !== undefined) this.#giveUp(next, next.message, error);
    }
    this.#saidEmpty();
  }

  #sendAndWait(data: Uint8Array | string, options: SendOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const completion = new Completion(options.context, resolve, reject);
      const message = this.#prepare("send()", data, options, completion);
      if (this.#takes(message)) {
        options.signal?.throwIfAborted();
        this.#hand(message);
      } else {
        this.#queue(message, (error) => error !== undefined && reject(error), options.signal);
      }
    });
  }

  /** The message as the core takes it. Throws when nothing is taken any more, and for the caller's mistakes. */
  #prepare(
    where: string,
    data: Uint8Array | string,
    options: MessageOptions,
    completion: Completion | undefined,
  ): OutgoingMessage {
    const message = outgoing(where, data, options, completion);
    this.#throwIfClosed();
    const { destination } = message;
    if (destination !== undefined && !this.#target.hasPathTo(destination)) {
      throw new SctpError(
        "ERR_SCTP_UNKNOWN_ADDRESS",
        `${where}: the destination ${destination} is no address of this association's peer`,
      );
    }
    return message;
  }

  #isDry(): boolean {
    return this.#waiting.length === 0 && this.#target.bufferedBytes === 0;
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined) throw new SctpError(this.#closed.code, this.#closed.message);
  }

  /** Whether it is this message's turn and there is room. */
  #takes(message: OutgoingMessage): boolean {
    if (this.#waiting.length > 0) return false;
    return this.#hasRoomFor(message.data.length) || this.#makeRoom(message);
  }

  #makeRoom(message: OutgoingMessage): boolean {
    if (!this.#full || !this.#target.makeRoom(message)) return false;
    this.#full = false;
    return true;
  }

  #hasRoomFor(bytes: number): boolean {
    const { sendBuffer, maxMessageSize } = this.#target;
    // What can never be taken is handed over at once, for the association to refuse.
    if (bytes <= sendBuffer || bytes > maxMessageSize) return !this.#full;
    // Larger than the whole buffer: alone or not at all.
    return this.#target.bufferedBytes === 0;
  }

  #hand(message: OutgoingMessage): boolean {
    const below = this.#target.send(message);
    if (!below) this.#full = true;
    return below;
  }

  /** `buffered` is undefined for `trySend`. What waits too long for room, or is not wanted any more, leaves. */
  #queue(message: OutgoingMessage, buffered: Buffered | undefined, signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) {
      buffered?.(signal.reason);
      return;
    }
    const { lifetime } = message;
    const isLimited = signal !== undefined || lifetime !== Number.POSITIVE_INFINITY;
    const limit = isLimited ? new Deadline(lifetime, signal, () => sendError("expired")) : undefined;
    const waiting: WaitingSend = { message, buffered, limit, deadline: performance.now() + lifetime };
    limit?.signal.addEventListener("abort", () => {
      waiting.message = undefined;
      this.#giveUp(waiting, message, limit.signal.reason);
    });
    this.#waiting.push(waiting);
  }

  /** Hands over what waits, as far as there is room. */
  #advance(): void {
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      const { message } = next;
      if (message !== undefined) {
        if (!this.#hasRoomFor(message.data.length)) return;
        this.#waiting.shift();
        try {
          // Of its lifetime there is left what it has not waited here.
          const left = Math.max(0, next.deadline - performance.now());
          this.#hand(next.limit === undefined ? message : { ...message, lifetime: left });
          next.limit?.clear();
          next.buffered?.();
        } catch (error) {
          this.#giveUp(next, message, error);
        }
      } else {
        this.#waiting.shift();
      }
    }
    this.#saidEmpty();
  }

  /** A message that waited for room and never got it: its promise says so, or the event where there is none. */
  #giveUp(waiting: WaitingSend, message: OutgoingMessage, error: unknown): void {
    waiting.limit?.clear();
    if (waiting.buffered !== undefined) waiting.buffered(error);
    else if (error instanceof SctpError) this.#report(message, error, false);
    else throw error;
  }

  #report(message: OutgoingMessage, error: SctpError, sent: boolean): void {
    const completion = message.context instanceof Completion ? message.context : undefined;
    completion?.reject(error);
    this.#target.failed({
      data: message.data,
      stream: message.stream,
      ppid: message.ppid,
      unordered: message.unordered,
      context: completion === undefined ? message.context : completion.context,
      error,
      sent,
    });
  }

  #saidEmpty(): void {
    for (const callback of this.#emptied.splice(0)) callback();
  }
}
