import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.11: an INIT that would add addresses on a restart.
 * ```
 * +-------------------------------+-------------------------------+
 * |        Cause Code = 11        |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                        New Address TLVs                       /
 * +---------------------------------------------------------------+
 * ```
 */
export interface RestartWithNewAddressesCause {
  readonly type: "RESTART-WITH-NEW-ADDRESSES";
  /** Exact copies of the address parameters that were new. */
  readonly parameters: Uint8Array;
}

export function decodeRestartWithNewAddresses(
  bytes: Uint8Array,
  offset: number,
  length: number,
): RestartWithNewAddressesCause {
  return { type: "RESTART-WITH-NEW-ADDRESSES", parameters: tlvValue(bytes, offset, length) };
}

export function restartWithNewAddressesLength(cause: RestartWithNewAddressesCause): number {
  return TLV_HEADER + cause.parameters.length;
}

export function encodeRestartWithNewAddresses(
  cause: RestartWithNewAddressesCause,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, CauseCode.RESTART_WITH_NEW_ADDRESSES, cause.parameters);
}
