import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 5061 §4.3.1: the request would delete the last address of the association.
 * ```
 * +-------------------------------+-------------------------------+
 * |      Cause Code = 0x00A0      |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                    TLV-Copied-From-ASCONF                     /
 * +---------------------------------------------------------------+
 * ```
 */
export interface RequestToDeleteLastAddressCause {
  readonly type: "REQUEST-TO-DELETE-LAST-ADDRESS";
  /** The request as it came, type and length included. */
  readonly parameter: Uint8Array;
}

export function decodeRequestToDeleteLastAddress(
  bytes: Uint8Array,
  offset: number,
  length: number,
): RequestToDeleteLastAddressCause {
  return { type: "REQUEST-TO-DELETE-LAST-ADDRESS", parameter: tlvValue(bytes, offset, length) };
}

export function requestToDeleteLastAddressLength(cause: RequestToDeleteLastAddressCause): number {
  return TLV_HEADER + cause.parameter.length;
}

export function encodeRequestToDeleteLastAddress(
  cause: RequestToDeleteLastAddressCause,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, CauseCode.REQUEST_TO_DELETE_LAST_ADDRESS, cause.parameter);
}
