import { padded, readU16 } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import { tlvLength, writePadding } from "../tlv.ts";
import {
  type CookiePreservativeParameter,
  cookiePreservativeLength,
  decodeCookiePreservative,
  encodeCookiePreservative,
} from "./cookie-preservative.ts";
import { decodeHostName, encodeHostName, type HostNameParameter, hostNameLength } from "./host-name.ts";
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
import {
  decodeStateCookie,
  encodeStateCookie,
  type StateCookieParameter,
  stateCookieLength,
} from "./state-cookie.ts";
import {
  decodeSupportedAddressTypes,
  encodeSupportedAddressTypes,
  type SupportedAddressTypesParameter,
  supportedAddressTypesLength,
} from "./supported-address-types.ts";
import {
  decodeUnknownParameter,
  encodeUnknownParameter,
  type UnknownParameter,
  unknownParameterLength,
} from "./unknown-parameter.ts";
import {
  decodeUnrecognizedParameter,
  encodeUnrecognizedParameter,
  type UnrecognizedParameterParameter,
  unrecognizedParameterLength,
} from "./unrecognized-parameter.ts";

/** A parameter of INIT or INIT ACK. Heartbeat Info, alone in its chunk, is not among them. */
export type Parameter =
  | Ipv4AddressParameter
  | Ipv6AddressParameter
  | StateCookieParameter
  | UnrecognizedParameterParameter
  | CookiePreservativeParameter
  | HostNameParameter
  | SupportedAddressTypesParameter
  | UnknownParameter;

/**
 * The parameters in `bytes[offset, end)`, all of them: whether one stops the processing is decided by who reads them.
 * A string says what is wrong: one that is cut, of an impossible length, or followed by a rest.
 */
export function decodeParameters(
  bytes: Uint8Array,
  offset: number,
  end: number,
): readonly Parameter[] | string {
  const parameters: Parameter[] = [];
  let at = offset;
  while (at < end) {
    const length = tlvLength(bytes, at, end);
    if (length === 0) return `no whole parameter ${at - offset} bytes into the list`;
    const parameter = decodeParameter(bytes, at, length);
    if (typeof parameter === "string") return parameter;
    parameters.push(parameter);
    // RFC 9260 §3.2: the chunk's length leaves the last parameter's padding out, and a robust receiver takes both:
    // without it `at` lands beyond `end`, with it on `end`.
    at += padded(length);
  }
  return parameters;
}

function decodeParameter(bytes: Uint8Array, offset: number, length: number): Parameter | string {
  const typeCode = readU16(bytes, offset);
  switch (typeCode) {
    case ParameterType.IPV4_ADDRESS:
      return decodeIpv4Address(bytes, offset, length);
    case ParameterType.IPV6_ADDRESS:
      return decodeIpv6Address(bytes, offset, length);
    case ParameterType.STATE_COOKIE:
      return decodeStateCookie(bytes, offset, length);
    case ParameterType.UNRECOGNIZED_PARAMETER:
      return decodeUnrecognizedParameter(bytes, offset, length);
    case ParameterType.COOKIE_PRESERVATIVE:
      return decodeCookiePreservative(bytes, offset, length);
    case ParameterType.HOST_NAME:
      return decodeHostName(bytes, offset, length);
    case ParameterType.SUPPORTED_ADDRESS_TYPES:
      return decodeSupportedAddressTypes(bytes, offset, length);
    default:
      return decodeUnknownParameter(bytes, offset, length, typeCode);
  }
}

/** Bytes of one parameter, padding not counted. */
export function parameterLength(parameter: Parameter): number {
  switch (parameter.type) {
    case "IPV4-ADDRESS":
      return ipv4AddressLength();
    case "IPV6-ADDRESS":
      return ipv6AddressLength();
    case "STATE-COOKIE":
      return stateCookieLength(parameter);
    case "UNRECOGNIZED-PARAMETER":
      return unrecognizedParameterLength(parameter);
    case "COOKIE-PRESERVATIVE":
      return cookiePreservativeLength();
    case "HOST-NAME":
      return hostNameLength(parameter);
    case "SUPPORTED-ADDRESS-TYPES":
      return supportedAddressTypesLength(parameter);
    case "UNKNOWN":
      return unknownParameterLength(parameter);
  }
}

function encodeParameter(parameter: Parameter, into: Uint8Array, offset: number): number {
  switch (parameter.type) {
    case "IPV4-ADDRESS":
      return encodeIpv4Address(parameter, into, offset);
    case "IPV6-ADDRESS":
      return encodeIpv6Address(parameter, into, offset);
    case "STATE-COOKIE":
      return encodeStateCookie(parameter, into, offset);
    case "UNRECOGNIZED-PARAMETER":
      return encodeUnrecognizedParameter(parameter, into, offset);
    case "COOKIE-PRESERVATIVE":
      return encodeCookiePreservative(parameter, into, offset);
    case "HOST-NAME":
      return encodeHostName(parameter, into, offset);
    case "SUPPORTED-ADDRESS-TYPES":
      return encodeSupportedAddressTypes(parameter, into, offset);
    case "UNKNOWN":
      return encodeUnknownParameter(parameter, into, offset);
  }
}

/** Bytes of a list of parameters; the padding of all but the last is counted (RFC 9260 §3.2). */
export function parametersLength(parameters: readonly Parameter[]): number {
  let length = 0;
  for (const parameter of parameters) length = padded(length) + parameterLength(parameter);
  return length;
}

/** Writes the list, the last one without padding, and gives the offset after it. */
export function encodeParameters(parameters: readonly Parameter[], into: Uint8Array, offset: number): number {
  let at = offset;
  for (const parameter of parameters) at = encodeParameter(parameter, into, writePadding(into, offset, at));
  return at;
}

/** The list as bytes of its own, as causes quote it (RFC 9260 §3.3.10.5, §3.3.10.8, §3.3.10.11). */
export function parametersToBytes(parameters: readonly Parameter[]): Uint8Array {
  const bytes = new Uint8Array(parametersLength(parameters));
  encodeParameters(parameters, bytes, 0);
  return bytes;
}
