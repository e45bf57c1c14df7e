import { ParameterType } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 3758 §3.1
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0xC000         |          Length = 4           |
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface ForwardTsnSupportedParameter {
  readonly type: "FORWARD-TSN-SUPPORTED";
}

export function decodeForwardTsnSupported(length: number): ForwardTsnSupportedParameter | string {
  return length === TLV_HEADER
    ? { type: "FORWARD-TSN-SUPPORTED" }
    : `Forward-TSN-Supported parameter of ${length} bytes, not ${TLV_HEADER}`;
}

export function forwardTsnSupportedLength(): number {
  return TLV_HEADER;
}

export function encodeForwardTsnSupported(into: Uint8Array, offset: number): number {
  return writeTlvHeader(into, offset, ParameterType.FORWARD_TSN_SUPPORTED, TLV_HEADER);
}
