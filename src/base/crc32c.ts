import crc32cPackage from "crc-32/crc32c.js";

/** Where the checksum stands in the common header (RFC 9260 §3.1). */
const CHECKSUM_OFFSET = 8;

/** CRC32c (RFC 9260 Appendix A) of `bytes[start, end)`, unsigned. */
export function crc32c(bytes: Uint8Array, start: number = 0, end: number = bytes.length): number {
  const part = start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
  return crc32cPackage.buf(part) >>> 0;
}

/**
 * The checksum that a packet of `length` bytes should carry: CRC32c with the checksum field taken as zero
 * (RFC 9260 §6.8). The field is zeroed in place for the moment of the sum and then restored: two sums over the parts
 * would cost more than the four writes.
 */
export function packetChecksum(bytes: Uint8Array, length: number = bytes.length): number {
  const b0 = bytes[CHECKSUM_OFFSET] as number;
  const b1 = bytes[CHECKSUM_OFFSET + 1] as number;
  const b2 = bytes[CHECKSUM_OFFSET + 2] as number;
  const b3 = bytes[CHECKSUM_OFFSET + 3] as number;
  putChecksum(bytes, 0);
  const sum = crc32c(bytes, 0, length);
  bytes[CHECKSUM_OFFSET] = b0;
  bytes[CHECKSUM_OFFSET + 1] = b1;
  bytes[CHECKSUM_OFFSET + 2] = b2;
  bytes[CHECKSUM_OFFSET + 3] = b3;
  return sum;
}

/** RFC 6951 §5.3, RFC 9260 §6.8: computes and stores the checksum of the packet in `bytes[0, length)`. */
export function writeChecksum(bytes: Uint8Array, length: number = bytes.length): void {
  putChecksum(bytes, 0);
  putChecksum(bytes, crc32c(bytes, 0, length));
}

/** The value of the checksum field, comparable with {@link packetChecksum}. */
export function readChecksum(bytes: Uint8Array): number {
  return (
    ((bytes[CHECKSUM_OFFSET] as number) |
      ((bytes[CHECKSUM_OFFSET + 1] as number) << 8) |
      ((bytes[CHECKSUM_OFFSET + 2] as number) << 16) |
      ((bytes[CHECKSUM_OFFSET + 3] as number) << 24)) >>>
    0
  );
}

/** Whether the packet in `bytes[0, length)`, at least a common header, carries the right checksum (RFC 9260 §6.8). */
export function hasValidChecksum(bytes: Uint8Array, length: number = bytes.length): boolean {
  return readChecksum(bytes) === packetChecksum(bytes, length);
}

/** RFC 9260 Appendix A: the CRC goes out least significant byte first, unlike every other field. */
function putChecksum(bytes: Uint8Array, sum: number): void {
  bytes[CHECKSUM_OFFSET] = sum;
  bytes[CHECKSUM_OFFSET + 1] = sum >>> 8;
  bytes[CHECKSUM_OFFSET + 2] = sum >>> 16;
  bytes[CHECKSUM_OFFSET + 3] = sum >>> 24;
}
