import { readU32, writeU32 } from "../../base/bytes.ts";
import { CauseCode } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.3: a valid State Cookie came after its life had ended.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Cause Code = 3        |       Cause Length = 8        |
 * +-------------------------------+-------------------------------+
 * |                 Measure of Staleness (usec.)                  |
 * +---------------------------------------------------------------+
 * ```
 */
export interface StaleCookieCause {
  readonly type: "STALE-COOKIE";
  /** µs since the cookie expired, rounded up; 0 when the sender does not say. */
  readonly staleness: number;
}

const LENGTH = 8;

export function decodeStaleCookie(
  bytes: Uint8Array,
  offset: number,
  length: number,
): StaleCookieCause | string {
  if (length !== LENGTH) return `Stale Cookie cause of ${length} bytes, not ${LENGTH}`;
  return { type: "STALE-COOKIE", staleness: readU32(bytes, offset + TLV_HEADER) };
}

export function staleCookieLength(): number {
  return LENGTH;
}

export function encodeStaleCookie(cause: StaleCookieCause, into: Uint8Array, offset: number): number {
  const at = writeTlvHeader(into, offset, CauseCode.STALE_COOKIE, LENGTH);
  writeU32(into, at, cause.staleness);
  return at + 4;
}
