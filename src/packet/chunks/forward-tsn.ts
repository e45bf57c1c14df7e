import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { asTsn, type Ssn, type Tsn } from "../../base/serial.ts";
import { ChunkType } from "../registry.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/** A stream in which ordered messages were skipped, and the last of them. */
export interface SkippedStream {
  readonly stream: number;
  readonly ssn: Ssn;
}

/**
 * RFC 3758 §3.2
 * ```
 * +---------------+---------------+-------------------------------+
 * |  Type = 192   | Flags = 0x00  |       Length = Variable       |
 * +---------------+---------------+-------------------------------+
 * |                      New Cumulative TSN                       |
 * +-------------------------------+-------------------------------+
 * |           Stream-1            |       Stream Sequence-1       |
 * +-------------------------------+-------------------------------+
 * /                              ...                              /
 * +-------------------------------+-------------------------------+
 * |           Stream-N            |       Stream Sequence-N       |
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface ForwardTsnChunk {
  readonly type: "FORWARD-TSN";
  readonly newCumulativeTsn: Tsn;
  readonly streams: readonly SkippedStream[];
}

/** Bytes of a FORWARD-TSN without streams. */
export const FORWARD_TSN_HEADER = 8;
/** Bytes that each of its streams takes. */
export const SKIPPED_STREAM_SIZE = 4;

export function decodeForwardTsn(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ForwardTsnChunk | MalformedChunk {
  if (length < FORWARD_TSN_HEADER || (length - FORWARD_TSN_HEADER) % SKIPPED_STREAM_SIZE !== 0) {
    return malformed(bytes, offset, length, `FORWARD-TSN of ${length} bytes`);
  }
  const streams: SkippedStream[] = [];
  for (let at = offset + FORWARD_TSN_HEADER; at < offset + length; at += SKIPPED_STREAM_SIZE) {
    streams.push({ stream: readU16(bytes, at), ssn: readU16(bytes, at + 2) as Ssn });
  }
  return { type: "FORWARD-TSN", newCumulativeTsn: asTsn(readU32(bytes, offset + 4)), streams };
}

export function forwardTsnLength(chunk: ForwardTsnChunk): number {
  return FORWARD_TSN_HEADER + SKIPPED_STREAM_SIZE * chunk.streams.length;
}

export function encodeForwardTsn(chunk: ForwardTsnChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.FORWARD_TSN;
  into[offset + 1] = 0;
  writeU32(into, offset + 4, chunk.newCumulativeTsn);
  let at = offset + FORWARD_TSN_HEADER;
  for (const { stream, ssn } of chunk.streams) {
    writeU16(into, at, stream);
    writeU16(into, at + 2, ssn);
    at += SKIPPED_STREAM_SIZE;
  }
  return at;
}
