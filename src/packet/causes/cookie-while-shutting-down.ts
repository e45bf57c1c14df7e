import { CauseCode } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.10: a COOKIE ECHO came in SHUTDOWN-ACK-SENT.
 * ```
 * +-------------------------------+-------------------------------+
 * |        Cause Code = 10        |       Cause Length = 4        |
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface CookieWhileShuttingDownCause {
  readonly type: "COOKIE-WHILE-SHUTTING-DOWN";
}

export function decodeCookieWhileShuttingDown(length: number): CookieWhileShuttingDownCause | string {
  return length === TLV_HEADER
    ? { type: "COOKIE-WHILE-SHUTTING-DOWN" }
    : `Cookie Received While Shutting Down cause of ${length} bytes, not 4`;
}

export function cookieWhileShuttingDownLength(): number {
  return TLV_HEADER;
}

export function encodeCookieWhileShuttingDown(into: Uint8Array, offset: number): number {
  return writeTlvHeader(into, offset, CauseCode.COOKIE_WHILE_SHUTTING_DOWN, TLV_HEADER);
}
