/** IP addresses between text and bytes: RFC 4291 §2.2 is read, RFC 5952 §4 is written. */

/** The four bytes of a dotted quad, or undefined. Octal-looking parts ("01") are refused, as `node:net` does. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i] as string;
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return undefined;
    const value = Number(part);
    if (value > 255) return undefined;
    bytes[i] = value;
  }
  return bytes;
}

/** The sixteen bytes of an IPv6 address without scope id, or undefined. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] as string, halves.length === 1);
  if (head === undefined) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head.slice(0, 16));
  if (halves.length === 1) return head.length === 16 ? bytes : undefined;
  const tail = parseGroups(halves[1] as string, true);
  // "::" stands for at least one group of zeros.
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of colon-separated groups; the last may be a dotted quad when `last` says that the address ends here. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  const bytes: number[] = [];
  if (text === "") return bytes;
  const groups = text.split(":");
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i] as string;
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
      continue;
    }
    const quad = last && i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (quad === undefined) return undefined;
    bytes.push(...quad);
  }
  return bytes;
}

export function formatIpv4(bytes: Uint8Array, offset: number = 0): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/** RFC 5952 §4: lower case, no leading zeros, the first longest run of two or more zero groups as "::". */
export function formatIpv6(bytes: Uint8Array, offset: number = 0): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) {
    groups.push(((bytes[offset + i] as number) << 8) | (bytes[offset + i + 1] as number));
  }
  let bestStart = 0;
  let bestLength = 0;
  let length = 0;
  for (let i = 0; i < 8; i++) {
    length = groups[i] === 0 ? length + 1 : 0;
    if (length > bestLength) {
      bestStart = i - length + 1;
      bestLength = length;
    }
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  // RFC 5952 §4.2.2: "::" MUST NOT stand for one group only.
  if (bestLength < 2) return hex(0, 8);
  return `${hex(0, bestStart)}::${hex(bestStart + bestLength, 8)}`;
}
