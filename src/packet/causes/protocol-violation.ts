import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.13: a violation that no other cause covers.
 * ```
 * +-------------------------------+-------------------------------+
 * |        Cause Code = 13        |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                     Additional Information                    /
 * +---------------------------------------------------------------+
 * ```
 */
export interface ProtocolViolationCause {
  readonly type: "PROTOCOL-VIOLATION";
  /** What was violated, for people; may be empty. */
  readonly info: Uint8Array;
}

export function decodeProtocolViolation(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ProtocolViolationCause {
  return { type: "PROTOCOL-VIOLATION", info: tlvValue(bytes, offset, length) };
}

export function protocolViolationLength(cause: ProtocolViolationCause): number {
  return TLV_HEADER + cause.info.length;
}

export function encodeProtocolViolation(
  cause: ProtocolViolationCause,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, CauseCode.PROTOCOL_VIOLATION, cause.info);
}
