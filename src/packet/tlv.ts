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

/**
 * RFC 9260 §3.2: "the sender MUST pad [...] with all zero bytes"; of parameters and causes RFC 4895 §3.1, §3.2, §3.3 and
 * §4.1 say the same: "longer than 3 bytes" it never is. Gives the padded end; buffers are reused.
 */
export function writePadding(into: Uint8Array, start: number, end: number): number {
  const stop = start + padded(end - start);
  for (let i = end; i < stop; i++) into[i] = 0;
  return stop;
}

/** Reads the TLV of `length` bytes at `offset`; a string says what is wrong. */
export type TlvDecoder<T> = (bytes: Uint8Array, offset: number, length: number) => T | string;

/**
 * The TLVs in `bytes[offset, end)`, each a `what`. A string says what is wrong: one that is cut, of an impossible
 * length, or followed by a rest.
 */
export function decodeTlvs<T>(
  { bytes, offset, end }: { readonly bytes: Uint8Array; readonly offset: number; readonly end: number },
  what: string,
  decode: TlvDecoder<T>,
): readonly T[] | string {
  const list: T[] = [];
  let at = offset;
  while (at < end) {
    const length = tlvLength(bytes, at, end);
    if (length === 0) return `no whole ${what} ${at - offset} bytes into the list`;
    const one = decode(bytes, at, length);
    if (typeof one === "string") return one;
    list.push(one);
    // RFC 9260 §3.2: the chunk's length leaves the last TLV's padding out, and a robust receiver takes both: without it
    // `at` lands beyond `end`, with it on `end`. RFC 4895 §3.1, §3.2, §3.3: padding "MUST be ignored by the receiver".
    at += padded(length);
  }
  return list;
}

/** Bytes of a list of TLVs; the padding of all but the last is counted (RFC 9260 §3.2). */
export function tlvsLength<T>(list: readonly T[], lengthOf: (one: T) => number): number {
  let length = 0;
  for (const one of list) length = padded(length) + lengthOf(one);
  return length;
}

/** Writes the list, the last one without padding, and gives the offset after it. */
export function encodeTlvs<T>(
  list: readonly T[],
  into: Uint8Array,
  offset: number,
  encode: (one: T, into: Uint8Array, offset: number) => number,
): number {
  let at = offset;
  for (const one of list) at = encode(one, into, writePadding(into, offset, at));
  return at;
}
