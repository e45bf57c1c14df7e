import { readU32, writeU32 } from "../../../base/bytes.ts";
import { ParameterType } from "../../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../../tlv.ts";

/**
 * RFC 5061 §4.2.5
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0xC005         |          Length = 8           |
 * +-------------------------------+-------------------------------+
 * |                ASCONF-Response Correlation ID                 |
 * +---------------------------------------------------------------+
 * ```
 */
export interface SuccessIndicationParameter {
  readonly type: "SUCCESS-INDICATION";
  /** The Correlation ID of the request that succeeded. */
  readonly correlationId: number;
}

const LENGTH = 8;

export function decodeSuccessIndication(
  bytes: Uint8Array,
  offset: number,
  length: number,
): SuccessIndicationParameter | string {
  if (length !== LENGTH) return `Success Indication parameter of ${length} bytes, not ${LENGTH}`;
  return { type: "SUCCESS-INDICATION", correlationId: readU32(bytes, offset + TLV_HEADER) };
}

export function successIndicationLength(): number {
  return LENGTH;
}

export function encodeSuccessIndication(
  parameter: SuccessIndicationParameter,
  into: Uint8Array,
  offset: number,
): number {
  const at = writeTlvHeader(into, offset, ParameterType.SUCCESS_INDICATION, LENGTH);
  writeU32(into, at, parameter.correlationId);
  return at + 4;
}
