import { ParameterType } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.3.1.2
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 8            |            Length             |
 * +-------------------------------+-------------------------------+
 * /                    Unrecognized Parameter                     /
 * +---------------------------------------------------------------+
 * ```
 */
export interface UnrecognizedParameterParameter {
  readonly type: "UNRECOGNIZED-PARAMETER";
  /** The whole parameter as it came, type and length included. */
  readonly parameter: Uint8Array;
}

export function decodeUnrecognizedParameter(
  bytes: Uint8Array,
  offset: number,
  length: number,
): UnrecognizedParameterParameter {
  return { type: "UNRECOGNIZED-PARAMETER", parameter: tlvValue(bytes, offset, length) };
}

export function unrecognizedParameterLength(parameter: UnrecognizedParameterParameter): number {
  return TLV_HEADER + parameter.parameter.length;
}

export function encodeUnrecognizedParameter(
  parameter: UnrecognizedParameterParameter,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, ParameterType.UNRECOGNIZED_PARAMETER, parameter.parameter);
}
