import { CauseCode } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.4: the sender is out of resource.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Cause Code = 4        |       Cause Length = 4        |
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface OutOfResourceCause {
  readonly type: "OUT-OF-RESOURCE";
}

export function decodeOutOfResource(length: number): OutOfResourceCause | string {
  return length === TLV_HEADER
    ? { type: "OUT-OF-RESOURCE" }
    : `Out of Resource cause of ${length} bytes, not 4`;
}

export function outOfResourceLength(): number {
  return TLV_HEADER;
}

export function encodeOutOfResource(into: Uint8Array, offset: number): number {
  return writeTlvHeader(into, offset, CauseCode.OUT_OF_RESOURCE, TLV_HEADER);
}
