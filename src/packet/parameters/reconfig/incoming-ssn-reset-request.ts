import { readU16List, readU32, writeU16List, writeU32 } from "../../../base/bytes.ts";
import { asSerial, type Serial } from "../../../base/serial.ts";
import { ParameterType } from "../../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../../tlv.ts";

/**
 * RFC 6525 §4.2
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 14           |      Length = 8 + 2 * N       |
 * +-------------------------------+-------------------------------+
 * |           Re-configuration Request Sequence Number            |
 * +-------------------------------+-------------------------------+
 * |  Stream Number 1 (optional)   |  Stream Number 2 (optional)   |
 * +-------------------------------+-------------------------------+
 * /                              ...                              /
 * ```
 */
export interface IncomingSsnResetRequestParameter {
  readonly type: "INCOMING-SSN-RESET-REQUEST";
  readonly requestSequence: Serial;
  /** None means all. */
  readonly streams: readonly number[];
}

const FIXED = TLV_HEADER + 4;

export function decodeIncomingSsnResetRequest(
  bytes: Uint8Array,
  offset: number,
  length: number,
): IncomingSsnResetRequestParameter | string {
  // RFC 6525 §4.2: the length "MUST be 8 + 2 * N".
  if (length < FIXED || length % 2 !== 0) return `Incoming SSN Reset Request of ${length} bytes`;
  return {
    type: "INCOMING-SSN-RESET-REQUEST",
    requestSequence: asSerial(readU32(bytes, offset + 4)),
    streams: readU16List(bytes, offset + FIXED, offset + length),
  };
}

export function incomingSsnResetRequestLength(parameter: IncomingSsnResetRequestParameter): number {
  return FIXED + 2 * parameter.streams.length;
}

export function encodeIncomingSsnResetRequest(
  parameter: IncomingSsnResetRequestParameter,
  into: Uint8Array,
  offset: number,
): number {
  const length = incomingSsnResetRequestLength(parameter);
  writeTlvHeader(into, offset, ParameterType.INCOMING_SSN_RESET_REQUEST, length);
  writeU32(into, offset + 4, parameter.requestSequence);
  return writeU16List(into, offset + FIXED, parameter.streams);
}
