import { addressBytes, addressFromBytes, type IpAddress } from "../../base/address.ts";
import { ParameterType } from "../registry.ts";
import { TLV_HEADER, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.2.1.1
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 5            |          Length = 8           |
 * +-------------------------------+-------------------------------+
 * |                         IPv4 Address                          |
 * +---------------------------------------------------------------+
 * ```
 */
export interface Ipv4AddressParameter {
  readonly type: "IPV4-ADDRESS";
  readonly address: IpAddress;
}

const LENGTH = 8;

export function decodeIpv4Address(
  bytes: Uint8Array,
  offset: number,
  length: number,
): Ipv4AddressParameter | string {
  if (length !== LENGTH) return `IPv4 Address parameter of ${length} bytes, not ${LENGTH}`;
  return { type: "IPV4-ADDRESS", address: addressFromBytes(bytes, offset + TLV_HEADER, 4) };
}

export function ipv4AddressLength(): number {
  return LENGTH;
}

export function encodeIpv4Address(parameter: Ipv4AddressParameter, into: Uint8Array, offset: number): number {
  return writeTlv(into, offset, ParameterType.IPV4_ADDRESS, addressBytes(parameter.address));
}
