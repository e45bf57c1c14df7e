import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 5061 §4.3.2: the resources for the request are missing.
 * ```
 * +-------------------------------+-------------------------------+
 * |      Cause Code = 0x00A1      |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                    TLV-Copied-From-ASCONF                     /
 * +---------------------------------------------------------------+
 * ```
 */
export interface OperationRefusedResourceShortageCause {
  readonly type: "OPERATION-REFUSED-RESOURCE-SHORTAGE";
  /** The request as it came, type and length included. */
  readonly parameter: Uint8Array;
}

export function decodeOperationRefusedResourceShortage(
  bytes: Uint8Array,
  offset: number,
  length: number,
): OperationRefusedResourceShortageCause {
  return { type: "OPERATION-REFUSED-RESOURCE-SHORTAGE", parameter: tlvValue(bytes, offset, length) };
}

export function operationRefusedResourceShortageLength(cause: OperationRefusedResourceShortageCause): number {
  return TLV_HEADER + cause.parameter.length;
}

export function encodeOperationRefusedResourceShortage(
  cause: OperationRefusedResourceShortageCause,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, CauseCode.OPERATION_REFUSED_RESOURCE_SHORTAGE, cause.parameter);
}
