import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from "./address-text.ts";

declare const brand: unique symbol;

/**
 * An IP address in its one canonical text, so that `===` and `Map` keys work: "127.0.0.1", "2001:db8::1" (RFC 5952).
 * An IPv4-mapped address is the IPv4 address. A scope id is kept where it means something: "fe80::1%eth0".
 */
export type IpAddress = string & { readonly [brand]: "IpAddress" };

export type AddressFamily = 4 | 6;

/** How far an address reaches, and whether one host can be meant by it. */
export type AddressScope =
  | "loopback"
  | "link-local"
  /** RFC 1918, RFC 6598 (shared, carrier NAT), RFC 4193 (unique local). */
  | "private"
  | "global"
  | "unspecified"
  | "multicast"
  | "broadcast";

/** Reads any usual notation; undefined when `text` is not an IP address. */
export function parseAddress(text: string): IpAddress | undefined {
  if (!text.includes(":")) {
    const bytes = parseIpv4(text);
    return bytes === undefined ? undefined : (formatIpv4(bytes) as IpAddress);
  }
  const percent = text.indexOf("%");
  const zone = percent < 0 ? undefined : text.slice(percent + 1);
  if (zone !== undefined && !/^[^\s%/]+$/.test(zone)) return undefined;
  const bytes = parseIpv6(percent < 0 ? text : text.slice(0, percent));
  if (bytes === undefined) return undefined;
  const address = addressFromBytes(bytes, 0, 6);
  if (zone === undefined) return address;
  // A mapped address speaks of IPv4, which has no zones.
  return addressFamily(address) === 4 ? undefined : withZone(address, zone);
}

export function addressFamily(address: IpAddress): AddressFamily {
  return address.includes(":") ? 6 : 4;
}

/** The address in network byte order: 4 or 16 bytes. The scope id is not part of it. */
export function addressBytes(address: IpAddress): Uint8Array {
  const bytes = addressFamily(address) === 4 ? parseIpv4(address) : parseIpv6(withoutZone(address));
  // Only a string that was cast into the brand gets here.
  if (bytes === undefined) throw new TypeError(`not a canonical IP address: ${address}`);
  return bytes;
}

/** The address in `bytes` at `offset`. IPv4-mapped bytes (RFC 4291 §2.5.5.2) give the IPv4 address. */
export function addressFromBytes(bytes: Uint8Array, offset: number, family: AddressFamily): IpAddress {
  if (family === 4) return formatIpv4(bytes, offset) as IpAddress;
  // RFC 9260 §3.3.2.1.2: an IPv4-mapped address "MUST NOT" be used for an IPv4 address.
  if (isMapped(bytes, offset)) return formatIpv4(bytes, offset + 12) as IpAddress;
  return formatIpv6(bytes, offset) as IpAddress;
}

function isMapped(bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[offset + i] !== 0) return false;
  return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

/** The IPv4-mapped notation "::ffff:a.b.c.d" of an IPv4 address; an IPv6 address as it is. */
export function mapped(address: IpAddress): string {
  return addressFamily(address) === 4 ? `::ffff:${address}` : address;
}

/** The scope id, "eth0" of "fe80::1%eth0". */
export function zoneOf(address: IpAddress): string | undefined {
  const percent = address.indexOf("%");
  return percent < 0 ? undefined : address.slice(percent + 1);
}

function withoutZone(address: IpAddress): IpAddress {
  const percent = address.indexOf("%");
  return percent < 0 ? address : (address.slice(0, percent) as IpAddress);
}

/**
 * The address in that zone, replacing the one it had. Only what is ambiguous without a zone takes one (RFC 4007 §6):
 * a global address with a zone would be another key for the same address.
 */
export function withZone(address: IpAddress, zone: string): IpAddress {
  const plain = withoutZone(address);
  if (addressFamily(plain) === 4) return plain;
  const scope = addressScope(plain);
  return scope === "link-local" || scope === "multicast" ? (`${plain}%${zone}` as IpAddress) : plain;
}

export function addressScope(address: IpAddress): AddressScope {
  const bytes = addressBytes(address);
  return bytes.length === 4 ? scopeOfIpv4(bytes) : scopeOfIpv6(bytes);
}

function scopeOfIpv4(bytes: Uint8Array): AddressScope {
  const first = bytes[0] as number;
  const second = bytes[1] as number;
  // RFC 1122 §3.2.1.3: 0/8 is "this host on this network", never a destination.
  if (first === 0) return "unspecified";
  if (first === 127) return "loopback";
  if (first === 169 && second === 254) return "link-local";
  if (first === 10 || (first === 172 && (second & 0xf0) === 16) || (first === 192 && second === 168))
    return "private";
  if (first === 100 && (second & 0xc0) === 64) return "private";
  if ((first & 0xf0) === 224) return "multicast";
  if (bytes.every((byte) => byte === 255)) return "broadcast";
  return "global";
}

function scopeOfIpv6(bytes: Uint8Array): AddressScope {
  const first = bytes[0] as number;
  const second = bytes[1] as number;
  if (first === 0xff) return "multicast";
  if (first === 0xfe && (second & 0xc0) === 0x80) return "link-local";
  // fec0::/10, the site-local addresses of old (RFC 3879), and fc00::/7 (RFC 4193).
  if ((first === 0xfe && (second & 0xc0) === 0xc0) || (first & 0xfe) === 0xfc) return "private";
  for (let i = 0; i < 15; i++) if (bytes[i] !== 0) return "global";
  if (bytes[15] === 0) return "unspecified";
  return bytes[15] === 1 ? "loopback" : "global";
}

/** Whether a peer can have this address: unicast and specified (RFC 9260 §8.4 rule 1 asks it of a source). */
export function isUsablePeer(address: IpAddress): boolean {
  const scope = addressScope(address);
  return scope !== "unspecified" && scope !== "multicast" && scope !== "broadcast";
}

/** How many leading bits are the same; 0 for addresses of different families. */
export function commonPrefixLength(a: IpAddress, b: IpAddress): number {
  const left = addressBytes(a);
  const right = addressBytes(b);
  if (left.length !== right.length) return 0;
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] as number) ^ (right[i] as number);
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return left.length * 8;
}
