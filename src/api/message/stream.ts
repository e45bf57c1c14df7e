import { Duplex } from "node:stream";
import { SctpError } from "../../base/error.ts";
import { Ring } from "../../base/ring.ts";
import { aBoolean, type CheckTable, integer, shown } from "./checks.ts";
import { isFromOutside } from "./errors.ts";
import { type Message, type MessageOptions, messageChecks, type StreamMessageOptions } from "./message.ts";
import type { StreamReader } from "./receiving.ts";
import type { Buffered } from "./sending.ts";

/** What `association.stream` takes; what concerns a message is the default for everything written. */
export interface StreamOptions {
  /** Payload protocol identifier of what is written. Default 0. */
  readonly ppid?: number | undefined;
  /** Send unordered. Default false. */
  readonly unordered?: boolean | undefined;
  /** Bytes that are kept for the reader of this stream until taking from the association stops. Default 65,536. */
  readonly readBuffer?: number | undefined;
}

export const streamChecks: CheckTable = {
  ppid: messageChecks.ppid as CheckTable[string],
  unordered: aBoolean,
  readBuffer: integer(1, 1_073_741_824, "bytes"),
};

/** What can be written: the bytes, or the bytes with options of their own. */
export type StreamWritable =
  | Uint8Array
  | string
  | ({ readonly data: Uint8Array | string } & StreamMessageOptions);

/** How a stream reaches its association. */
export interface StreamHooks {
  write(data: Uint8Array | string, options: MessageOptions, buffered: Buffered): void;
  /** The reader has room again. */
  readable(): void;
  destroyed(): void;
}

const READ_BUFFER = 65_536;

/**
 * One stream of an association, in both directions, as a Duplex in object mode: it reads {@link Message}s, and takes
 * Buffers, strings or `{ data, ppid, … }`.
 *
 * Ending or destroying it leaves the association open: SCTP has no half-closed stream. An error that the peer or the
 * network caused is emitted only to somebody who listens, so that it cannot end the process.
 */
export class AssociationStream extends Duplex implements StreamReader {
  /** The stream number, of either direction. */
  readonly number: number;
  readonly #hooks: StreamHooks;
  readonly #defaults: Pick<MessageOptions, "stream" | "ppid" | "unordered">;
  readonly #inbox = new Ring<Message>();
  readonly #readBuffer: number;
  #inboxBytes = 0;
  #reading = false;
  #finished = false;

  /** Made by `association.stream`. */
  constructor(number: number, options: StreamOptions, hooks: StreamHooks) {
    // One message beside our own store, which counts bytes where a Readable counts objects.
    super({ objectMode: true, readableHighWaterMark: 1 });
    this.number = number;
    this.#hooks = hooks;
    this.#defaults = { stream: number, ppid: options.ppid, unordered: options.unordered };
    this.#readBuffer = options.readBuffer ?? READ_BUFFER;
  }

  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<Message> {
    return super[Symbol.asyncIterator]();
  }

  /** @internal */
  get hasRoom(): boolean {
    return this.#inboxBytes < this.#readBuffer;
  }

  /** @internal */
  offer(message: Message): void {
    this.#inbox.push(message);
    this.#inboxBytes += message.data.length;
    if (this.#reading) this.#give();
  }

  /** @internal */
  finish(error: Error | undefined): void {
    this.#finished = true;
    if (error !== undefined) this.destroy(error);
    else if (this.#reading) this.#give();
  }

  override _read(): void {
    this.#reading = true;
    this.#give();
  }

  override _write(
    chunk: StreamWritable,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    const buffered: Buffered = (error) => callback(error as Error | undefined);
    if (typeof chunk === "string" || chunk instanceof Uint8Array) {
      this.#hooks.write(chunk, this.#defaults, buffered);
      return;
    }
    if (typeof chunk !== "object" || !("data" in chunk)) {
      callback(
        new SctpError(
          "ERR_SCTP_INVALID_OPTION",
          `write() takes a Buffer, a Uint8Array, a string or { data, ppid, … } with one of them as \`data\`, and got ${shown(chunk)}`,
        ),
      );
      return;
    }
    const { data, ...options } = chunk;
    this.#hooks.write(data, { ...this.#defaults, ...options, stream: this.number }, buffered);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#inbox.clear();
    this.#inboxBytes = 0;
    this.#hooks.destroyed();
    const told = this.listenerCount("error") > 0 || !isFromOutside(error);
    callback(told ? error : null);
  }

  #give(): void {
    const message = this.#inbox.shift();
    if (message !== undefined) {
      const hadRoom = this.hasRoom;
      this.#inboxBytes -= message.data.length;
      this.#reading = false;
      this.push(message);
      if (!hadRoom && this.hasRoom) this.#hooks.readable();
    } else if (this.#finished) {
      this.#reading = false;
      this.push(null);
    }
  }
}
