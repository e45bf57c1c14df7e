import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { asMid, asTsn, type Mid, type Tsn } from "../../base/serial.ts";
import { ChunkType } from "../registry.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/** A stream in which messages were skipped, ordered or unordered ones, and the last of them. */
export interface SkippedMessages {
  readonly stream: number;
  readonly unordered: boolean;
  readonly mid: Mid;
}

/**
 * RFC 8260 §2.3.1
 * ```
 * +---------------+---------------+-------------------------------+
 * |  Type = 194   | Flags = 0x00  |       Length = Variable       |
 * +---------------+---------------+-------------------------------+
 * |                      New Cumulative TSN                       |
 * +-------------------------------+-----------------------------+-+
 * |       Stream Identifier       |          Reserved           |U|
 * +-------------------------------+-----------------------------+-+
 * |                      Message Identifier                       |
 * +---------------------------------------------------------------+
 * /                              ...                              /
 * ```
 */
export interface IForwardTsnChunk {
  readonly type: "I-FORWARD-TSN";
  readonly newCumulativeTsn: Tsn;
  readonly streams: readonly SkippedMessages[];
}

/** Bytes of an I-FORWARD-TSN without streams. */
export const I_FORWARD_TSN_HEADER = 8;
/** Bytes that each of its streams takes. */
export const SKIPPED_MESSAGES_SIZE = 8;
const UNORDERED = 1;

export function decodeIForwardTsn(
  bytes: Uint8Array,
  offset: number,
  length: number,
): IForwardTsnChunk | MalformedChunk {
  if (length < I_FORWARD_TSN_HEADER || (length - I_FORWARD_TSN_HEADER) % SKIPPED_MESSAGES_SIZE !== 0) {
    return malformed(bytes, offset, length, `I-FORWARD-TSN of ${length} bytes`);
  }
  const streams: SkippedMessages[] = [];
  for (let at = offset + I_FORWARD_TSN_HEADER; at < offset + length; at += SKIPPED_MESSAGES_SIZE) {
    streams.push({
      stream: readU16(bytes, at),
      // RFC 8260 §2.3.1: the bits before it are reserved, and "MUST be ignored by the receiver".
      unordered: (readU16(bytes, at + 2) & UNORDERED) !== 0,
      mid: asMid(readU32(bytes, at + 4)),
    });
  }
  return { type: "I-FORWARD-TSN", newCumulativeTsn: asTsn(readU32(bytes, offset + 4)), streams };
}

export function iForwardTsnLength(chunk: IForwardTsnChunk): number {
  return I_FORWARD_TSN_HEADER + SKIPPED_MESSAGES_SIZE * chunk.streams.length;
}

export function encodeIForwardTsn(chunk: IForwardTsnChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.I_FORWARD_TSN;
  into[offset + 1] = 0;
  writeU32(into, offset + 4, chunk.newCumulativeTsn);
  let at = offset + I_FORWARD_TSN_HEADER;
  for (const { stream, unordered, mid } of chunk.streams) {
    writeU16(into, at, stream);
    // RFC 8260 §2.3.1: what is reserved "MUST be set to 0 by the sender".
    writeU16(into, at + 2, unordered ? UNORDERED : 0);
    writeU32(into, at + 4, mid);
    at += SKIPPED_MESSAGES_SIZE;
  }
  return at;
}
