import { readU16, writeU16 } from "../../base/bytes.ts";
import { CauseCode } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.1: DATA came on a stream that does not exist.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Cause Code = 1        |       Cause Length = 8        |
 * +-------------------------------+-------------------------------+
 * |       Stream Identifier       |          (Reserved)           |
 * +---------------------------------------------------------------+
 * ```
 */
export interface InvalidStreamCause {
  readonly type: "INVALID-STREAM";
  readonly stream: number;
}

const LENGTH = 8;

export function decodeInvalidStream(
  bytes: Uint8Array,
  offset: number,
  length: number,
): InvalidStreamCause | string {
  if (length !== LENGTH) return `Invalid Stream Identifier cause of ${length} bytes, not ${LENGTH}`;
  return { type: "INVALID-STREAM", stream: readU16(bytes, offset + TLV_HEADER) };
}

export function invalidStreamLength(): number {
  return LENGTH;
}

export function encodeInvalidStream(cause: InvalidStreamCause, into: Uint8Array, offset: number): number {
  const at = writeTlvHeader(into, offset, CauseCode.INVALID_STREAM, LENGTH);
  writeU16(into, at, cause.stream);
  // Reserved: "set to all 0's on transmit and ignored on receipt".
  writeU16(into, at + 2, 0);
  return at + 4;
}
