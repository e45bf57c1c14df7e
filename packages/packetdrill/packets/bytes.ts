import crc32c from "crc-32/crc32c.js";

/** Bytes of the common header (RFC 9260 §3.1). */
export const COMMON_HEADER = 12;
const CHECKSUM = 8;

export function padded(length: number): number {
  return (length + 3) & ~3;
}

export function readNumber(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0;
  for (let at = offset; at < offset + size; at += 1) value = value * 256 + (bytes[at] as number);
  return value;
}

/** Most significant byte first. */
export function numberBytes(value: number, size: number): number[] {
  const bytes: number[] = [];
  for (let shift = size - 1; shift >= 0; shift -= 1) bytes.push(Math.floor(value / 256 ** shift) % 256);
  return bytes;
}

/** The CRC32c of a packet whose own is taken as 0 (RFC 9260 Appendix A), as the four bytes of the field. */
export function checksumBytes(packet: Uint8Array): number[] {
  const copy = packet.slice();
  copy.fill(0, CHECKSUM, CHECKSUM + 4);
  return numberBytes(crc32c.buf(copy) >>> 0, 4).reverse();
}

export function hasRightChecksum(packet: Uint8Array): boolean {
  return checksumBytes(packet).every((byte, index) => packet[CHECKSUM + index] === byte);
}

/** The bytes of an IP address in its canonical text. */
export function addressBytes(text: string): number[] {
  if (!text.includes(":")) return text.split(".").map(Number);
  const [head = "", tail] = text.split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0);
  return [...before, ...zeros, ...after].flatMap((group) => numberBytes(group, 2));
}

export function addressText(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join(".");
  const texts: string[] = [];
  for (let at = 0; at < 16; at += 2)
    texts.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return texts.join(":");
}

function groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
