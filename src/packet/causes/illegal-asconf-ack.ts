import { CauseCode } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 5061 §4.3.4: an ASCONF-ACK came for what was never asked.
 * ```
 * +-------------------------------+-------------------------------+
 * |      Cause Code = 0x00A3      |       Cause Length = 4        |
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface IllegalAsconfAckCause {
  readonly type: "ILLEGAL-ASCONF-ACK";
}

export function decodeIllegalAsconfAck(length: number): IllegalAsconfAckCause | string {
  return length === TLV_HEADER
    ? { type: "ILLEGAL-ASCONF-ACK" }
    : `Illegal ASCONF-ACK cause of ${length} bytes, not 4`;
}

export function illegalAsconfAckLength(): number {
  return TLV_HEADER;
}

export function encodeIllegalAsconfAck(into: Uint8Array, offset: number): number {
  return writeTlvHeader(into, offset, CauseCode.ILLEGAL_ASCONF_ACK, TLV_HEADER);
}
