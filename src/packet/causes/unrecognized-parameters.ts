import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.8: parameters of an INIT ACK that its receiver does not know.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Cause Code = 8        |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                    Unrecognized Parameters                    /
 * +---------------------------------------------------------------+
 * ```
 */
export interface UnrecognizedParametersCause {
  readonly type: "UNRECOGNIZED-PARAMETERS";
  /** The parameters as they came, each with type, length and, but for the last, padding. */
  readonly bytes: Uint8Array;
}

export function decodeUnrecognizedParameters(
  bytes: Uint8Array,
  offset: number,
  length: number,
): UnrecognizedParametersCause {
  return { type: "UNRECOGNIZED-PARAMETERS", bytes: tlvValue(bytes, offset, length) };
}

export function unrecognizedParametersLength(cause: UnrecognizedParametersCause): number {
  return TLV_HEADER + cause.bytes.length;
}

export function encodeUnrecognizedParameters(
  cause: UnrecognizedParametersCause,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, CauseCode.UNRECOGNIZED_PARAMETERS, cause.bytes);
}
