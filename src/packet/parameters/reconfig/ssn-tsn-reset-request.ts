import { readU32, writeU32 } from "../../../base/bytes.ts";
import { asSerial, type Serial } from "../../../base/serial.ts";
import { ParameterType } from "../../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../../tlv.ts";

/**
 * RFC 6525 §4.3
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 15           |          Length = 8           |
 * +-------------------------------+-------------------------------+
 * |           Re-configuration Request Sequence Number            |
 * +---------------------------------------------------------------+
 * ```
 */
export interface SsnTsnResetRequestParameter {
  readonly type: "SSN-TSN-RESET-REQUEST";
  readonly requestSequence: Serial;
}

const LENGTH = 8;

export function decodeSsnTsnResetRequest(
  bytes: Uint8Array,
  offset: number,
  length: number,
): SsnTsnResetRequestParameter | string {
  // RFC 6525 §4.3: the length "MUST be 8".
  if (length !== LENGTH) return `SSN/TSN Reset Request of ${length} bytes, not ${LENGTH}`;
  return { type: "SSN-TSN-RESET-REQUEST", requestSequence: asSerial(readU32(bytes, offset + TLV_HEADER)) };
}

export function ssnTsnResetRequestLength(): number {
  return LENGTH;
}

export function encodeSsnTsnResetRequest(
  parameter: SsnTsnResetRequestParameter,
  into: Uint8Array,
  offset: number,
): number {
  const at = writeTlvHeader(into, offset, ParameterType.SSN_TSN_RESET_REQUEST, LENGTH);
  writeU32(into, at, parameter.requestSequence);
  return at + 4;
}
