import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/** A cause of a code that RFC 9260 does not define. */
export interface UnknownCause {
  readonly type: "UNKNOWN";
  readonly code: number;
  /** What follows code and length. */
  readonly info: Uint8Array;
}

export function decodeUnknownCause(
  bytes: Uint8Array,
  offset: number,
  length: number,
  code: number,
): UnknownCause {
  return { type: "UNKNOWN", code, info: tlvValue(bytes, offset, length) };
}

export function unknownCauseLength(cause: UnknownCause): number {
  return TLV_HEADER + cause.info.length;
}

export function encodeUnknownCause(cause: UnknownCause, into: Uint8Array, offset: number): number {
  return writeTlv(into, offset, cause.code, cause.info);
}
