import { readU32, writeU32 } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.2.1.3
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 9            |          Length = 8           |
 * +-------------------------------+-------------------------------+
 * |         Suggested Cookie Life-Span Increment (msec.)          |
 * +---------------------------------------------------------------+
 * ```
 */
export interface CookiePreservativeParameter {
  readonly type: "COOKIE-PRESERVATIVE";
  /** ms to add to the life of the State Cookie. */
  readonly increment: number;
}

const LENGTH = 8;

export function decodeCookiePreservative(
  bytes: Uint8Array,
  offset: number,
  length: number,
): CookiePreservativeParameter | string {
  if (length !== LENGTH) return `Cookie Preservative parameter of ${length} bytes, not ${LENGTH}`;
  return { type: "COOKIE-PRESERVATIVE", increment: readU32(bytes, offset + TLV_HEADER) };
}

export function cookiePreservativeLength(): number {
  return LENGTH;
}

export function encodeCookiePreservative(
  parameter: CookiePreservativeParameter,
  into: Uint8Array,
  offset: number,
): number {
  const at = writeTlvHeader(into, offset, ParameterType.COOKIE_PRESERVATIVE, LENGTH);
  writeU32(into, at, parameter.increment);
  return at + 4;
}
