import { finished, Readable, Writable } from "node:stream";
import type { MessageOptions } from "../message/message.ts";
import {
  asBuffer,
  checkMessage,
  checkProperties,
  checkStream,
  type MessageBounds,
  type MessageBuffer,
  messageOptions,
} from "./buffers.ts";
import type { Outbound } from "./outbound.ts";

type Callback = (error?: Error | null) => void;

/** What the streams of a socket need of it. */
export interface StreamHome {
  readonly outbound: Outbound;
  /** undefined while it is not connected. */
  readonly bounds: MessageBounds | undefined;
  /** What it says of all of its messages. */
  readonly defaults: MessageOptions;
}

/**
 * What is sent on one stream; made by `socket.createStream`. One write is one message. Ending it ends nothing but this
 * object: SCTP has no half-closed streams.
 */
export class OutboundStream extends Writable {
  readonly stream_id: number;
  /** Of what is written; undefined for that of the socket. */
  ppid: number | undefined;
  readonly #home: StreamHome;
  #bytes = 0;

  /** Made by `socket.createStream`. What is written waits until `former`, which has the same stream, is done. */
  constructor(home: StreamHome, stream: number, ppid: number | undefined, former?: OutboundStream) {
    super(former === undefined ? {} : { construct: after(former) });
    this.#home = home;
    this.stream_id = stream;
    this.ppid = ppid;
  }

  /** Bytes handed to the association, and those that wait here. */
  get bytesWritten(): number {
    return this.#bytes + this.writableLength;
  }

  /**
   * Throws, and takes nothing: ERR_SCTP_EMPTY_MESSAGE, ERR_SCTP_INVALID_OPTION (a property of the buffer),
   * ERR_SCTP_INVALID_STREAM, ERR_SCTP_MESSAGE_TOO_LARGE, ERR_INVALID_ARG_TYPE.
   */
  override write(chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
    const { bounds } = this.#home;
    checkMessage(chunk, typeof encoding === "string" ? encoding : undefined, bounds);
    checkProperties(chunk, undefined);
    if (bounds !== undefined) checkStream("write()", this.stream_id, bounds.outboundStreams);
    return super.write(asBuffer(chunk), encoding as BufferEncoding, callback);
  }

  override end(chunk?: unknown, encoding?: BufferEncoding | (() => void), callback?: () => void): this {
    return super.end(writeLast(this, chunk, encoding, callback));
  }

  override _write(chunk: MessageBuffer, _encoding: BufferEncoding, callback: Callback): void {
    const { outbound, defaults } = this.#home;
    // The stream is this one, whichever the buffer came in on.
    const options = { ...messageOptions(chunk, defaults, undefined), stream: this.stream_id };
    outbound.send(chunk, { ...options, ppid: chunk.ppid ?? this.ppid ?? defaults.ppid }, (error) => {
      if (!error) this.#bytes += chunk.length;
      callback(error);
    });
  }

  /** The end of the socket is told by the socket: here only to who listens here, too. */
  override _destroy(error: Error | null, callback: Callback): void {
    callback(this.listenerCount("error") > 0 ? error : null);
  }
}

/** Waits for `former`, and keeps nothing of it: Node keeps the function, and each stream would hold all before it. */
function after(former: OutboundStream): (ready: () => void) => void {
  let awaited: OutboundStream | undefined = former;
  return (ready) => {
    if (awaited === undefined) return;
    const stop = finished(awaited, () => {
      stop();
      ready();
    });
    awaited = undefined;
  };
}

/** What a message counts at least, bytes: as a buffer it takes more than the few that it may have. */
const LEAST_HELD = 256;

/** What the inbound streams of a socket have together. */
export interface InboundHome {
  /** Bytes that they hold, by what these take here. */
  held: number;
  /** Takes the next message. */
  pull(): void;
}

/** What came in on one stream, message by message; comes with the event `stream`. */
export class InboundStream extends Readable {
  readonly stream_id: number;
  readonly #home: InboundHome;
  /** What has come since it was empty, bytes: its share of what all hold. */
  #held = 0;

  /** Made by the socket. */
  constructor(stream: number, home: InboundHome) {
    super({ objectMode: true, highWaterMark: 1 });
    this.stream_id = stream;
    this.#home = home;
  }

  /** It holds what somebody has not come to read. Where nobody listens, pipes or loops, it is held for who may. */
  get isSlow(): boolean {
    return this.#held > 0 && this.readableFlowing !== null;
  }

  /** @internal */
  offer(data: MessageBuffer): void {
    if (this.destroyed) return;
    const held = this.#held + Math.max(data.length, LEAST_HELD);
    this.#hold(this.push(data) ? 0 : held);
  }

  /** Node asks when it holds nothing any more. */
  override _read(): void {
    this.#hold(0);
    this.#home.pull();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#hold(0);
    this.#home.pull();
    callback(this.listenerCount("error") > 0 ? error : null);
  }

  #hold(bytes: number): void {
    this.#home.held += bytes - this.#held;
    this.#held = bytes;
  }
}

/** Does the writing of `end(chunk)`, which Node's `end` would do past `write`. Returns the listener, if any. */
export function writeLast(
  stream: Writable,
  chunk: unknown,
  encoding: BufferEncoding | (() => void) | undefined,
  callback: (() => void) | undefined,
): (() => void) | undefined {
  if (typeof chunk === "function") return chunk as () => void;
  if (chunk !== undefined && chunk !== null) {
    if (typeof encoding === "string") stream.write(chunk, encoding);
    else stream.write(chunk);
  }
  return typeof encoding === "function" ? encoding : callback;
}
