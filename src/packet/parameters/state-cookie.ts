import { ParameterType } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.3.1.1
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 7            |            Length             |
 * +-------------------------------+-------------------------------+
 * /                            Cookie                             /
 * +---------------------------------------------------------------+
 * ```
 */
export interface StateCookieParameter {
  readonly type: "STATE-COOKIE";
  readonly cookie: Uint8Array;
}

export function decodeStateCookie(bytes: Uint8Array, offset: number, length: number): StateCookieParameter {
  return { type: "STATE-COOKIE", cookie: tlvValue(bytes, offset, length) };
}

export function stateCookieLength(parameter: StateCookieParameter): number {
  return TLV_HEADER + parameter.cookie.length;
}

export function encodeStateCookie(parameter: StateCookieParameter, into: Uint8Array, offset: number): number {
  return writeTlv(into, offset, ParameterType.STATE_COOKIE, parameter.cookie);
}
