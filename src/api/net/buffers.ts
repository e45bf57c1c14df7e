import { SctpError } from "../../base/error.ts";
import { shown } from "../message/checks.ts";
import { type Message, type MessageOptions, messageChecks } from "../message/message.ts";

/** What belongs to a message and is not its bytes. */
export interface MessageProperties {
  /** Payload protocol identifier, 32 bits. */
  ppid?: number | undefined;
  /** The stream. */
  sid?: number | undefined;
  unordered?: boolean | undefined;
}

/** A message in a Buffer. */
export type MessageBuffer = Buffer & MessageProperties;

/** The stream that a buffer came in on, of those that came in. */
const arrivedOn: WeakMap<Uint8Array, number> = new WeakMap();

/** What came in, as the two packages hand it out. The bytes are the reader's. */
export function received(message: Message): MessageBuffer {
  arrivedOn.set(message.data, message.stream);
  return Object.assign(message.data, {
    ppid: message.ppid,
    sid: message.stream,
    unordered: message.unordered,
  });
}

/**
 * The stream that a buffer asks for. One that came in on a stream that there is not in the other direction asks for
 * none: the number was the peer's choice, and must not end who echoes or relays it.
 */
function streamOf(data: MessageBuffer | Uint8Array, bounds: MessageBounds | undefined): number | undefined {
  const { sid } = data as MessageProperties;
  const isPeers = sid !== undefined && arrivedOn.get(data) === sid;
  return isPeers && bounds !== undefined && sid >= bounds.outboundStreams ? undefined : sid;
}

/** The same bytes in another Buffer object with the same properties, for a second reader. */
export function shared(data: MessageBuffer): MessageBuffer {
  const { ppid, sid, unordered } = data;
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const stream = arrivedOn.get(data);
  if (stream !== undefined) arrivedOn.set(buffer, stream);
  return Object.assign(buffer, { ppid, sid, unordered });
}

/** A Uint8Array that is no Buffer would lose its properties in a stream. */
export function asBuffer(chunk: unknown): unknown {
  if (!(chunk instanceof Uint8Array) || Buffer.isBuffer(chunk)) return chunk;
  const { ppid, sid, unordered } = chunk as MessageProperties;
  const buffer: MessageBuffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return Object.assign(buffer, { ppid, sid, unordered });
}

/** What a buffer says of its message, on top of what is said for all of them. */
export function messageOptions(
  data: MessageBuffer,
  base: MessageOptions,
  bounds: MessageBounds | undefined,
): MessageOptions {
  return {
    stream: streamOf(data, bounds) ?? base.stream,
    ppid: data.ppid ?? base.ppid,
    unordered: data.unordered ?? base.unordered,
    // In `node:net` bytes are the caller's again as soon as they are written; here they may have to be sent again.
    copy: true,
  };
}

/** Bounds that an association has, as far as there is one. */
export interface MessageBounds {
  readonly outboundStreams: number;
  readonly maxMessageSize: number;
}

/**
 * Throws for a message that can never be sent: ERR_SCTP_EMPTY_MESSAGE, ERR_SCTP_MESSAGE_TOO_LARGE. What is no bytes at
 * all is left to Node's stream, which knows its own error.
 */
export function checkMessage(
  chunk: unknown,
  encoding: BufferEncoding | undefined,
  bounds: MessageBounds | undefined,
): void {
  const text = typeof chunk === "string";
  if (!text && !(chunk instanceof Uint8Array)) return;
  const length = text ? Buffer.byteLength(chunk, encoding) : chunk.length;
  if (length === 0)
    throw new SctpError("ERR_SCTP_EMPTY_MESSAGE", "write(): SCTP has no messages without bytes");
  if (bounds === undefined || length <= bounds.maxMessageSize) return;
  throw new SctpError(
    "ERR_SCTP_MESSAGE_TOO_LARGE",
    `write(): the message has ${length} bytes; maxMessageSize is ${bounds.maxMessageSize}`,
  );
}

const properties = { ppid: "ppid", sid: "stream", unordered: "unordered" } as const;

/**
 * Throws for what a buffer says of its message: ERR_SCTP_INVALID_OPTION, and ERR_SCTP_INVALID_STREAM for a stream that
 * is not within `bounds`.
 */
export function checkProperties(chunk: unknown, bounds: MessageBounds | undefined): void {
  if (!(chunk instanceof Uint8Array)) return;
  const data = chunk as MessageProperties;
  for (const [property, option] of Object.entries(properties)) {
    const value = data[property as keyof typeof properties];
    const check = messageChecks[option];
    if (value === undefined || check?.accepts(value)) continue;
    throw new SctpError(
      "ERR_SCTP_INVALID_OPTION",
      `write(): the buffer's property "${property}" takes ${check?.takes}, and got ${shown(value)}`,
    );
  }
  const stream = streamOf(chunk, bounds);
  if (bounds !== undefined && stream !== undefined) checkStream("write()", stream, bounds.outboundStreams);
}

/** Throws ERR_SCTP_INVALID_STREAM. */
export function checkStream(where: string, stream: unknown, outboundStreams: number): void {
  if (Number.isInteger(stream) && (stream as number) >= 0 && (stream as number) < outboundStreams) return;
  throw new SctpError(
    "ERR_SCTP_INVALID_STREAM",
    `${where}: streams are 0 to ${outboundStreams - 1} (our OS and the peer's MIS decide), and got ${shown(stream)}`,
  );
}
