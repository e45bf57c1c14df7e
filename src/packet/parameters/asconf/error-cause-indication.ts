import { readU32, writeU32 } from "../../../base/bytes.ts";
import { type Cause, causesLength, decodeCauses, encodeCauses } from "../../causes/cause.ts";
import { ParameterType } from "../../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../../tlv.ts";

/**
 * RFC 5061 §4.2.3
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0xC003         |            Length             |
 * +-------------------------------+-------------------------------+
 * |                ASCONF-Response Correlation ID                 |
 * +---------------------------------------------------------------+
 * /                        Error Cause(s)                         /
 * +---------------------------------------------------------------+
 * ```
 */
export interface ErrorCauseIndicationParameter {
  readonly type: "ERROR-CAUSE-INDICATION";
  /** The Correlation ID of the request that failed. */
  readonly correlationId: number;
  readonly causes: readonly Cause[];
}

const FIXED = TLV_HEADER + 4;

export function decodeErrorCauseIndication(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ErrorCauseIndicationParameter | string {
  if (length < FIXED) return `Error Cause Indication of ${length} bytes`;
  const causes = decodeCauses(bytes, offset + FIXED, offset + length);
  if (typeof causes === "string") return causes;
  return { type: "ERROR-CAUSE-INDICATION", correlationId: readU32(bytes, offset + TLV_HEADER), causes };
}

export function errorCauseIndicationLength(parameter: ErrorCauseIndicationParameter): number {
  return FIXED + causesLength(parameter.causes);
}

export function encodeErrorCauseIndication(
  parameter: ErrorCauseIndicationParameter,
  into: Uint8Array,
  offset: number,
): number {
  const length = errorCauseIndicationLength(parameter);
  const at = writeTlvHeader(into, offset, ParameterType.ERROR_CAUSE_INDICATION, length);
  writeU32(into, at, parameter.correlationId);
  return encodeCauses(parameter.causes, into, at + 4);
}
