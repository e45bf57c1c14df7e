import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { CauseCode } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.2: INIT or INIT ACK lacks mandatory parameters.
 * ```
 * +-------------------------------+-------------------------------+
 * |        Cause Code = 2         |   Cause Length = 8 + N * 2    |
 * +-------------------------------+-------------------------------+
 * |                 Number of missing params = N                  |
 * +-------------------------------+-------------------------------+
 * |    Missing Param Type #1      |     Missing Param Type #2     |
 * +-------------------------------+-------------------------------+
 * |                              ...                              |
 * ```
 */
export interface MissingParameterCause {
  readonly type: "MISSING-PARAMETER";
  readonly types: readonly number[];
}

const FIXED = TLV_HEADER + 4;

export function decodeMissingParameter(
  bytes: Uint8Array,
  offset: number,
  length: number,
): MissingParameterCause | string {
  const count = readU32(bytes, offset + TLV_HEADER);
  // A cause too short for the count itself fails here as well: whatever was read behind it is not negative.
  if (length !== FIXED + 2 * count)
    return `Missing Mandatory Parameter cause of ${length} bytes with ${count} types`;
  const types: number[] = [];
  for (let at = offset + FIXED; at < offset + length; at += 2) types.push(readU16(bytes, at));
  return { type: "MISSING-PARAMETER", types };
}

export function missingParameterLength(cause: MissingParameterCause): number {
  return FIXED + 2 * cause.types.length;
}

export function encodeMissingParameter(
  cause: MissingParameterCause,
  into: Uint8Array,
  offset: number,
): number {
  let at = writeTlvHeader(into, offset, CauseCode.MISSING_PARAMETER, missingParameterLength(cause));
  writeU32(into, at, cause.types.length);
  at += 4;
  for (const type of cause.types) {
    writeU16(into, at, type);
    at += 2;
  }
  return at;
}
