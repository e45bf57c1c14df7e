import { padded, readU16, writeU16 } from "../base/bytes.ts";

/** Bytes of type and length before the value of a parameter or an error cause (RFC 9260 §3.2.1). */
export const TLV_HEADER = 4;

/** No bytes; shared, so that an empty value costs nothing. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * The length (header counted, padding not) of the parameter or cause at `offset` of a list that ends at `end`;
 * 0 when it is none: its header is cut, its length is below 4, or it runs past the end.
 */
export function tlvLength(bytes: Uint8Array, offset: number, end: number): number {
  if (offset + TLV_HEADER > end) return 0;
  const length = readU16(bytes, offset + 2);
  return length < TLV_HEADER || offset + length > end ? 0 : length;
}

/** The value of the TLV of `length` bytes at `offset`, as a view. */
export function tlvValue(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  return bytes.subarray(offset + TLV_HEADER, offset + length);
}

/** Writes type and length and gives the offset of the value. */
export function writeTlvHeader(into: Uint8Array, offset: number, typeCode: number, length: number): number {
  writeU16(into, offset, typeCode);
  writeU16(into, offset + 2, length);
  return offset + TLV_HEADER;
}

/** Writes a whole TLV with opaque value, without padding, and gives the offset after it. */
export function writeTlv(into: Uint8Array, offset: number, typeCode: number, value: Uint8Array): number {
  into.set(value, writeTlvHeader(into, offset, typeCode, TLV_HEADER + value.length));
  return offset + TLV_HEADER + value.length;
}

/** RFC 9260 §3.2: "the sender MUST pad [...] with all zero bytes". Gives the padded end; buffers are reused. */
export function writePadding(into: Uint8Array, start: number, end: number): number {
  const stop = start + padded(end - start);
  for (let i = end; i < stop; i++) into[i] = 0;
  return stop;
}
