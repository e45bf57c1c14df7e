import { CauseCode } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.7: a mandatory parameter of INIT or INIT ACK has an invalid value.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Cause Code = 7        |       Cause Length = 4        |
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface InvalidParameterCause {
  readonly type: "INVALID-PARAMETER";
}

export function decodeInvalidParameter(length: number): InvalidParameterCause | string {
  return length === TLV_HEADER
    ? { type: "INVALID-PARAMETER" }
    : `Invalid Mandatory Parameter cause of ${length} bytes, not 4`;
}

export function invalidParameterLength(): number {
  return TLV_HEADER;
}

export function encodeInvalidParameter(into: Uint8Array, offset: number): number {
  return writeTlvHeader(into, offset, CauseCode.INVALID_PARAMETER, TLV_HEADER);
}
