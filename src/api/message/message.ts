import type { IncomingMessage, OutgoingMessage } from "../../association/events.ts";
import { type IpAddress, parseAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import {
  aBoolean,
  anAbortSignal,
  anything,
  type CheckTable,
  delay,
  integer,
  noOptions,
  oneOf,
  orInfinity,
  shown,
  unknownOption,
  wrongOption,
} from "./checks.ts";

/** A message that has come in, or a part of a large one. */
export interface Message {
  /** A view over the received bytes; it is the reader's. */
  readonly data: Buffer;
  /** The peer's stream, from 0. */
  readonly stream: number;
  /** Payload protocol identifier, 32 bits; 0 when the sender said nothing (RFC 9260 §3.3.1). */
  readonly ppid: number;
  readonly unordered: boolean;
  /** `data` is one part of a message that does not fit the receive buffer (partial delivery, RFC 9260 §6.9). */
  readonly partial: boolean;
  /** The message ends with these bytes: true for every whole message and for the last part. */
  readonly end: boolean;
}

/** What a message may have, but for what bounds its retransmissions. */
interface MessageFields {
  /** The stream, 0 to `outboundStreams` - 1. Default 0. */
  readonly stream?: number | undefined;
  /** Payload protocol identifier, 32 bits. Default 0. */
  readonly ppid?: number | undefined;
  /** May overtake others of its stream (the U bit). Default false. */
  readonly unordered?: boolean | undefined;
  /** Anything; handed back with `failed`. */
  readonly context?: unknown;
  /** Ask the peer to acknowledge without delay (RFC 7053). Default false. */
  readonly immediate?: boolean | undefined;
  /** One of the peer's addresses, to be used in place of the primary while it is usable (RFC 9260 §11.1.5). */
  readonly destination?: string | undefined;
  /**
   * ms after which it is given up if nothing of it was sent (RFC 9260 §11.1.5); where the association is partially
   * reliable, also if it would have to be sent again (RFC 3758 §4.1). Default Infinity: never.
   */
  readonly lifetime?: number | undefined;
  /**
   * Shared Key Identifier that it is authenticated with, though the peer may not ask for it (RFC 4895, RFC 6458 §5.3.8).
   * Default: the active key, where the peer does. `send` fails with ERR_SCTP_UNKNOWN_KEY, ERR_SCTP_INVALID_STATE.
   */
  readonly authKeyId?: number | undefined;
  /** Copy the bytes, so that they may change at once. Default false: they must not change until acknowledged. */
  readonly copy?: boolean | undefined;
}

/** By times, or not at all. */
interface ByRetransmits {
  /**
   * Times that any part of it is sent again before it is given up, 0 to 2^32 - 1 (RFC 7496 §3.1); heeded where the
   * association is partially reliable. `lifetime` then counts until it is first sent. Default: no bound.
   */
  readonly maxRetransmits?: number | undefined;
  readonly priority?: undefined;
}

interface ByPriority {
  /**
   * 0 (the highest) to 2^32 - 1 (RFC 7496 §3.2): where the association is partially reliable, and a message finds the
   * send buffer full, those of a lower priority are given up for it, this one for those without a priority, too. Not
   * together with `maxRetransmits`. Default: none, it is not given up for others.
   */
  readonly priority?: number | undefined;
  readonly maxRetransmits?: undefined;
}

/** What `trySend` takes beside the bytes; `maxRetransmits` and `priority` not together. */
export type MessageOptions = MessageFields & (ByRetransmits | ByPriority);

/** What is written to a stream has but its stream. */
export type StreamMessageOptions = Omit<MessageFields, "stream"> & (ByRetransmits | ByPriority);

/** What `send` takes beside the bytes. */
export type SendOptions = MessageOptions & {
  /** What the promise waits for: `"buffered"` (default) or `"acknowledged"` by the peer. */
  readonly until?: "buffered" | "acknowledged" | undefined;
  /** Withdraws the message while it waits for room; after that it is on its way. */
  readonly signal?: AbortSignal | undefined;
};

/** A message that will not be delivered, with its cause. */
export interface FailedMessage {
  readonly data: Uint8Array;
  readonly stream: number;
  readonly ppid: number;
  readonly unordered: boolean;
  readonly context: unknown;
  readonly error: SctpError;
  /** Whether some of it was sent, so that the peer may have it all the same. */
  readonly sent: boolean;
}

const ppid = integer(0, 0xffff_ffff);
const stream = integer(0, 65_534);
const lifetime = orInfinity(delay(0));

/** Without a prototype, since it is asked for whatever name the caller made up, "constructor" too. */
function bare(checks: CheckTable): CheckTable {
  return Object.assign(Object.create(null), checks);
}

export const messageChecks: CheckTable = bare({
  stream,
  ppid,
  unordered: aBoolean,
  context: anything,
  immediate: aBoolean,
  destination: {
    takes: "one of the peer's IP addresses",
    accepts: (value) => addressOf(value) !== undefined,
  },
  authKeyId: integer(0, 0xffff),
  lifetime,
  maxRetransmits: integer(0, 0xffff_ffff),
  priority: integer(0, 0xffff_ffff),
  copy: aBoolean,
});

export const sendChecks: CheckTable = bare({
  ...messageChecks,
  until: oneOf("buffered", "acknowledged"),
  signal: anAbortSignal,
});

function addressOf(value: unknown): IpAddress | undefined {
  return typeof value === "string" ? parseAddress(value) : undefined;
}

/**
 * Throws for options of one message that are wrong. It runs for every message, so it is a bare loop without the
 * list of entries that `checkOptions` makes.
 */
export function checkMessageOptions(where: string, options: SendOptions, checks: CheckTable): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw noOptions(where, options);
  for (const name in options) {
    const check = checks[name];
    const value = options[name as keyof SendOptions];
    if (check === undefined) {
      throw unknownOption(where, name, value, checks);
    }
    if (value !== undefined && !check.accepts(value)) throw wrongOption(where, name, value, check.takes);
  }
}

/** The bytes of `data` as they go to the core. Strings are UTF-8, as in `node:net`. */
function bytesOf(where: string, data: Uint8Array | string, copy: boolean): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, "utf8");
  if (!(data instanceof Uint8Array)) {
    throw new SctpError(
      "ERR_SCTP_INVALID_OPTION",
      `${where}: a message is a Buffer, a Uint8Array or a string, and got ${shown(data)}`,
    );
  }
  return copy ? Uint8Array.prototype.slice.call(data) : data;
}

/** RFC 9260 §11.1.5, SEND: puts what a caller wants sent as the core takes it. `options` are checked; `completion` takes their context's place. */
export function outgoing(
  where: string,
  data: Uint8Array | string,
  options: MessageOptions,
  completion: object | undefined,
): OutgoingMessage {
  return {
    data: bytesOf(where, data, options.copy === true),
    stream: options.stream ?? 0,
    ppid: options.ppid ?? 0,
    unordered: options.unordered ?? false,
    more: false,
    context: completion ?? options.context,
    notify: completion !== undefined,
    immediate: options.immediate ?? false,
    destination: addressOf(options.destination),
    lifetime: options.lifetime ?? Number.POSITIVE_INFINITY,
    ...reliabilityOf(where, options),
    ...(options.authKeyId === undefined ? {} : { authKeyId: options.authKeyId }),
  };
}

function reliabilityOf(
  where: string,
  { maxRetransmits, priority }: MessageOptions,
): Pick<OutgoingMessage, "reliability"> {
  if (priority === undefined) {
    if (maxRetransmits === undefined) return {};
    return { reliability: { policy: "retransmissions", value: maxRetransmits } };
  }
  if (maxRetransmits !== undefined) {
    throw new SctpError(
      "ERR_SCTP_INVALID_OPTION",
      `${where}: a message has \`maxRetransmits\` or \`priority\`, and not both`,
    );
  }
  return { reliability: { policy: "priority", value: priority } };
}

/** RFC 9260 §11.1.7, RECEIVE: what the core delivered, as the reader gets it: the same bytes, seen as a Buffer. */
export function incoming(message: IncomingMessage): Message {
  const { data } = message;
  return {
    // Behind a UDP socket they are Buffers already.
    data: Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    stream: message.stream,
    ppid: message.ppid,
    unordered: message.unordered,
    partial: message.more || message.continuation,
    end: !message.more,
  };
}
