import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.5: an address parameter that the sender cannot resolve.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Cause Code = 5        |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                      Unresolvable Address                     /
 * +---------------------------------------------------------------+
 * ```
 */
export interface UnresolvableAddressCause {
  readonly type: "UNRESOLVABLE-ADDRESS";
  /** The whole address or Host Name parameter, type and length included. */
  readonly parameter: Uint8Array;
}

export function decodeUnresolvableAddress(
  bytes: Uint8Array,
  offset: number,
  length: number,
): UnresolvableAddressCause {
  return { type: "UNRESOLVABLE-ADDRESS", parameter: tlvValue(bytes, offset, length) };
}

export function unresolvableAddressLength(cause: UnresolvableAddressCause): number {
  return TLV_HEADER + cause.parameter.length;
}

export function encodeUnresolvableAddress(
  cause: UnresolvableAddressCause,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, CauseCode.UNRESOLVABLE_ADDRESS, cause.parameter);
}
