import { addressBytes, addressFromBytes, type IpAddress } from "../../base/address.ts";
import { ParameterType } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.2.1.2
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 6            |          Length = 20          |
 * +-------------------------------+-------------------------------+
 * |                         IPv6 Address                          |
 * |                          (16 bytes)                           |
 * +---------------------------------------------------------------+
 * ```
 * A sender MUST NOT put an IPv4-mapped address here; from one that does, `address` is the IPv4 address.
 */
export interface Ipv6AddressParameter {
  readonly type: "IPV6-ADDRESS";
  readonly address: IpAddress;
}

const LENGTH = 20;

export function decodeIpv6Address(
  bytes: Uint8Array,
  offset: number,
  length: number,
): Ipv6AddressParameter | string {
  if (length !== LENGTH) return `IPv6 Address parameter of ${length} bytes, not ${LENGTH}`;
  return { type: "IPV6-ADDRESS", address: addressFromBytes(bytes, offset + TLV_HEADER, 6) };
}

export function ipv6AddressLength(): number {
  return LENGTH;
}

export function encodeIpv6Address(parameter: Ipv6AddressParameter, into: Uint8Array, offset: number): number {
  const at = writeTlvHeader(into, offset, ParameterType.IPV6_ADDRESS, LENGTH);
  const address = addressBytes(parameter.address);
  // Only a parameter that came in mapped has four bytes here; it goes back as it came (RFC 9260 §3.3.10.11).
  if (address.length === 4) {
    into.fill(0, at, at + 10);
    into.fill(0xff, at + 10, at + 12);
  }
  into.set(address, at + 16 - address.length);
  return at + 16;
}
