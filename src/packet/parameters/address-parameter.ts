import { readU16 } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import {
  decodeIpv4Address,
  encodeIpv4Address,
  type Ipv4AddressParameter,
  ipv4AddressLength,
} from "./ipv4-address.ts";
import {
  decodeIpv6Address,
  encodeIpv6Address,
  type Ipv6AddressParameter,
  ipv6AddressLength,
} from "./ipv6-address.ts";

/** The Address Parameter of ASCONF and its parameters (RFC 5061 §4.1.1, §4.2.1): either address of RFC 9260 §3.3.2.1. */
export type AddressParameter = Ipv4AddressParameter | Ipv6AddressParameter;

/** RFC 5061 §4.1.1: "The host name address MUST NOT be sent". A string says what is wrong. */
export function decodeAddressParameter(
  bytes: Uint8Array,
  offset: number,
  length: number,
): AddressParameter | string {
  const typeCode = readU16(bytes, offset);
  switch (typeCode) {
    case ParameterType.IPV4_ADDRESS:
      return decodeIpv4Address(bytes, offset, length);
    case ParameterType.IPV6_ADDRESS:
      return decodeIpv6Address(bytes, offset, length);
    default:
      return `parameter ${typeCode} in the place of an address`;
  }
}

export function addressParameterLength(parameter: AddressParameter): number {
  return parameter.type === "IPV4-ADDRESS" ? ipv4AddressLength() : ipv6AddressLength();
}

export function encodeAddressParameter(
  parameter: AddressParameter,
  into: Uint8Array,
  offset: number,
): number {
  return parameter.type === "IPV4-ADDRESS"
    ? encodeIpv4Address(parameter, into, offset)
    : encodeIpv6Address(parameter, into, offset);
}
