import { readU32, writeU32 } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9653 §4
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0x8001         |          Length = 8           |
 * +-------------------------------+-------------------------------+
 * |           Error Detection Method Identifier (EDMID)           |
 * +---------------------------------------------------------------+
 * ```
 */
export interface ZeroChecksumAcceptableParameter {
  readonly type: "ZERO-CHECKSUM-ACCEPTABLE";
  /** The EDMID of what the sender takes in the place of the checksum. */
  readonly method: number;
}

const LENGTH = 8;

export function decodeZeroChecksumAcceptable(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ZeroChecksumAcceptableParameter | string {
  // RFC 9653 §4: "the value MUST be 8".
  if (length !== LENGTH) return `Zero Checksum Acceptable parameter of ${length} bytes, not ${LENGTH}`;
  return { type: "ZERO-CHECKSUM-ACCEPTABLE", method: readU32(bytes, offset + TLV_HEADER) };
}

export function zeroChecksumAcceptableLength(): number {
  return LENGTH;
}

export function encodeZeroChecksumAcceptable(
  parameter: ZeroChecksumAcceptableParameter,
  into: Uint8Array,
  offset: number,
): number {
  const at = writeTlvHeader(into, offset, ParameterType.ZERO_CHECKSUM_ACCEPTABLE, LENGTH);
  writeU32(into, at, parameter.method);
  return at + 4;
}
