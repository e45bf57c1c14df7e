import { readU16, writeU16 } from "../../base/bytes.ts";
import { CauseCode } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 4895 §4.1: an AUTH chunk named an HMAC that is not supported.
 * ```
 * +-------------------------------+-------------------------------+
 * |      Cause Code = 0x0105      |       Cause Length = 6        |
 * +-------------------------------+-------------------------------+
 * |        HMAC Identifier        |            Padding            |
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface UnsupportedHmacCause {
  readonly type: "UNSUPPORTED-HMAC";
  readonly hmacId: number;
}

const LENGTH = 6;

export function decodeUnsupportedHmac(
  bytes: Uint8Array,
  offset: number,
  length: number,
): UnsupportedHmacCause | string {
  if (length !== LENGTH) return `Unsupported HMAC Identifier cause of ${length} bytes, not ${LENGTH}`;
  return { type: "UNSUPPORTED-HMAC", hmacId: readU16(bytes, offset + TLV_HEADER) };
}

export function unsupportedHmacLength(): number {
  return LENGTH;
}

/** RFC 4895 §4.1: the cause code "MUST be set to 0x0105", the length "MUST be set to 6". */
export function encodeUnsupportedHmac(cause: UnsupportedHmacCause, into: Uint8Array, offset: number): number {
  const at = writeTlvHeader(into, offset, CauseCode.UNSUPPORTED_HMAC, LENGTH);
  writeU16(into, at, cause.hmacId);
  return at + 2;
}
