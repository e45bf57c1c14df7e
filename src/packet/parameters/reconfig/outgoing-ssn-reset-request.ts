import { readU16List, readU32, writeU16List, writeU32 } from "../../../base/bytes.ts";
import { asSerial, asTsn, type Serial, type Tsn } from "../../../base/serial.ts";
import { ParameterType } from "../../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../../tlv.ts";

/**
 * RFC 6525 §4.1
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 13           |      Length = 16 + 2 * N      |
 * +-------------------------------+-------------------------------+
 * |           Re-configuration Request Sequence Number            |
 * +---------------------------------------------------------------+
 * |           Re-configuration Response Sequence Number           |
 * +---------------------------------------------------------------+
 * |                  Sender's Last Assigned TSN                   |
 * +-------------------------------+-------------------------------+
 * |  Stream Number 1 (optional)   |  Stream Number 2 (optional)   |
 * +-------------------------------+-------------------------------+
 * /                              ...                              /
 * ```
 */
export interface OutgoingSsnResetRequestParameter {
  readonly type: "OUTGOING-SSN-RESET-REQUEST";
  readonly requestSequence: Serial;
  /** Of the Incoming SSN Reset Request that this answers; else the next expected one minus 1. */
  readonly responseSequence: Serial;
  readonly lastTsn: Tsn;
  /** None means all. */
  readonly streams: readonly number[];
}

const FIXED = TLV_HEADER + 12;

export function decodeOutgoingSsnResetRequest(
  bytes: Uint8Array,
  offset: number,
  length: number,
): OutgoingSsnResetRequestParameter | string {
  // RFC 6525 §4.1: the length "MUST be 16 + 2 * N, where N is the number of stream numbers listed".
  if (length < FIXED || length % 2 !== 0) return `Outgoing SSN Reset Request of ${length} bytes`;
  return {
    type: "OUTGOING-SSN-RESET-REQUEST",
    requestSequence: asSerial(readU32(bytes, offset + 4)),
    responseSequence: asSerial(readU32(bytes, offset + 8)),
    lastTsn: asTsn(readU32(bytes, offset + 12)),
    streams: readU16List(bytes, offset + FIXED, offset + length),
  };
}

export function outgoingSsnResetRequestLength(parameter: OutgoingSsnResetRequestParameter): number {
  return FIXED + 2 * parameter.streams.length;
}

export function encodeOutgoingSsnResetRequest(
  parameter: OutgoingSsnResetRequestParameter,
  into: Uint8Array,
  offset: number,
): number {
  const length = outgoingSsnResetRequestLength(parameter);
  writeTlvHeader(into, offset, ParameterType.OUTGOING_SSN_RESET_REQUEST, length);
  writeU32(into, offset + 4, parameter.requestSequence);
  writeU32(into, offset + 8, parameter.responseSequence);
  writeU32(into, offset + 12, parameter.lastTsn);
  return writeU16List(into, offset + FIXED, parameter.streams);
}
