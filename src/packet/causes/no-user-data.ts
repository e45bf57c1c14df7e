import { readU32, writeU32 } from "../../base/bytes.ts";
import { asTsn, type Tsn } from "../../base/serial.ts";
import { CauseCode } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.9: a DATA chunk had no user data.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Cause Code = 9        |       Cause Length = 8        |
 * +-------------------------------+-------------------------------+
 * |                              TSN                              |
 * +---------------------------------------------------------------+
 * ```
 */
export interface NoUserDataCause {
  readonly type: "NO-USER-DATA";
  /** TSN of that DATA chunk. */
  readonly tsn: Tsn;
}

const LENGTH = 8;

export function decodeNoUserData(
  bytes: Uint8Array,
  offset: number,
  length: number,
): NoUserDataCause | string {
  if (length !== LENGTH) return `No User Data cause of ${length} bytes, not ${LENGTH}`;
  return { type: "NO-USER-DATA", tsn: asTsn(readU32(bytes, offset + TLV_HEADER)) };
}

export function noUserDataLength(): number {
  return LENGTH;
}

export function encodeNoUserData(cause: NoUserDataCause, into: Uint8Array, offset: number): number {
  const at = writeTlvHeader(into, offset, CauseCode.NO_USER_DATA, LENGTH);
  writeU32(into, at, cause.tsn);
  return at + 4;
}
