import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 5061 §4.3.3: the request would delete the address that the ASCONF came from.
 * ```
 * +-------------------------------+-------------------------------+
 * |      Cause Code = 0x00A2      |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                    TLV-Copied-From-ASCONF                     /
 * +---------------------------------------------------------------+
 * ```
 */
export interface RequestToDeleteSourceAddressCause {
  readonly type: "REQUEST-TO-DELETE-SOURCE-ADDRESS";
  /** The request as it came, type and length included. */
  readonly parameter: Uint8Array;
}

export function decodeRequestToDeleteSourceAddress(
  bytes: Uint8Array,
  offset: number,
  length: number,
): RequestToDeleteSourceAddressCause {
  return { type: "REQUEST-TO-DELETE-SOURCE-ADDRESS", parameter: tlvValue(bytes, offset, length) };
}

export function requestToDeleteSourceAddressLength(cause: RequestToDeleteSourceAddressCause): number {
  return TLV_HEADER + cause.parameter.length;
}

export function encodeRequestToDeleteSourceAddress(
  cause: RequestToDeleteSourceAddressCause,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, CauseCode.REQUEST_TO_DELETE_SOURCE_ADDRESS, cause.parameter);
}
