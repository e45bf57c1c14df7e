import { readU16 } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import { decodeTlvs, encodeTlvs, tlvsLength } from "../tlv.ts";
import {
  type AdaptationLayerIndicationParameter,
  adaptationLayerIndicationLength,
  decodeAdaptationLayerIndication,
  encodeAdaptationLayerIndication,
} from "./adaptation-layer-indication.ts";
import {
  decodeSetPrimaryAddress,
  encodeSetPrimaryAddress,
  type SetPrimaryAddressParameter,
  setPrimaryAddressLength,
} from "./asconf/set-primary-address.ts";
import { type ChunksParameter, chunksLength, decodeChunks, encodeChunks } from "./chunks.ts";
import {
  type CookiePreservativeParameter,
  cookiePreservativeLength,
  decodeCookiePreservative,
  encodeCookiePreservative,
} from "./cookie-preservative.ts";
import {
  decodeForwardTsnSupported,
  encodeForwardTsnSupported,
  type ForwardTsnSupportedParameter,
  forwardTsnSupportedLength,
} from "./forward-tsn-supported.ts";
import { decodeHmacAlgo, encodeHmacAlgo, type HmacAlgoParameter, hmacAlgoLength } from "./hmac-algo.ts";
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
import { decodePadding, encodePadding, type PaddingParameter, paddingLength } from "./padding.ts";
import { decodeRandom, encodeRandom, type RandomParameter, randomLength } from "./random.ts";
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
  decodeSupportedExtensions,
  encodeSupportedExtensions,
  type SupportedExtensionsParameter,
  supportedExtensionsLength,
} from "./supported-extensions.ts";
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
import {
  decodeZeroChecksumAcceptable,
  encodeZeroChecksumAcceptable,
  type ZeroChecksumAcceptableParameter,
  zeroChecksumAcceptableLength,
} from "./zero-checksum-acceptable.ts";

/**
 * A parameter of INIT or INIT ACK: of RFC 9260 §3.3.2.1, or of an extension. Heartbeat Info, alone in its chunk, is not
 * among them.
 */
export type Parameter =
  | Ipv4AddressParameter
  | Ipv6AddressParameter
  | StateCookieParameter
  | UnrecognizedParameterParameter
  | CookiePreservativeParameter
  | HostNameParameter
  | SupportedAddressTypesParameter
  | ZeroChecksumAcceptableParameter
  | RandomParameter
  | ChunksParameter
  | HmacAlgoParameter
  | PaddingParameter
  | SupportedExtensionsParameter
  | ForwardTsnSupportedParameter
  | SetPrimaryAddressParameter
  | AdaptationLayerIndicationParameter
  | UnknownParameter;

/**
 * The parameters in `bytes[offset, end)`, all of them: whether one stops the processing is decided by who reads them.
 * A string says what is wrong.
 */
export function decodeParameters(
  bytes: Uint8Array,
  offset: number,
  end: number,
): readonly Parameter[] | string {
  return decodeTlvs({ bytes, offset, end }, "parameter", decodeParameter);
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
      return decodeExtensionParameter(bytes, offset, length, typeCode);
  }
}

/**
 * One whose shape is wrong is UNKNOWN, with its type. While its extension is off it is no more than unrecognized (RFC
 * 9260 §3.2.1), and must not spoil the chunk that it is in; where the extension is on, a type that has a codec and is
 * UNKNOWN all the same tells that the peer is at fault.
 */
function decodeExtensionParameter(
  bytes: Uint8Array,
  offset: number,
  length: number,
  typeCode: number,
): Parameter {
  const parameter = decodeKnownExtension(bytes, offset, length, typeCode);
  return typeof parameter === "object" ? parameter : decodeUnknownParameter(bytes, offset, length, typeCode);
}

/** A string when its shape is wrong, undefined when there is no codec for it. */
function decodeKnownExtension(
  bytes: Uint8Array,
  offset: number,
  length: number,
  typeCode: number,
): Parameter | string | undefined {
  // RFC 6525 §4.1, §4.2, §4.3, §4.4, §4.5, §4.6: those of RE-CONFIG "MUST NOT appear in any other chunk type": none of
  // them is known here.
  switch (typeCode) {
    case ParameterType.ZERO_CHECKSUM_ACCEPTABLE:
      return decodeZeroChecksumAcceptable(bytes, offset, length);
    case ParameterType.RANDOM:
      return decodeRandom(bytes, offset, length);
    case ParameterType.CHUNKS:
      return decodeChunks(bytes, offset, length);
    case ParameterType.HMAC_ALGO:
      return decodeHmacAlgo(bytes, offset, length);
    case ParameterType.PADDING:
      return decodePadding(length);
    case ParameterType.SUPPORTED_EXTENSIONS:
      return decodeSupportedExtensions(bytes, offset, length);
    case ParameterType.FORWARD_TSN_SUPPORTED:
      return decodeForwardTsnSupported(length);
    case ParameterType.SET_PRIMARY_ADDRESS:
      return decodeSetPrimaryAddress(bytes, offset, length);
    case ParameterType.ADAPTATION_LAYER_INDICATION:
      return decodeAdaptationLayerIndication(bytes, offset, length);
    default:
      return undefined;
  }
}

const typeCodes: Readonly<Record<Exclude<Parameter["type"], "UNKNOWN">, number>> = {
  "IPV4-ADDRESS": ParameterType.IPV4_ADDRESS,
  "IPV6-ADDRESS": ParameterType.IPV6_ADDRESS,
  "STATE-COOKIE": ParameterType.STATE_COOKIE,
  "UNRECOGNIZED-PARAMETER": ParameterType.UNRECOGNIZED_PARAMETER,
  "COOKIE-PRESERVATIVE": ParameterType.COOKIE_PRESERVATIVE,
  "HOST-NAME": ParameterType.HOST_NAME,
  "SUPPORTED-ADDRESS-TYPES": ParameterType.SUPPORTED_ADDRESS_TYPES,
  "ZERO-CHECKSUM-ACCEPTABLE": ParameterType.ZERO_CHECKSUM_ACCEPTABLE,
  RANDOM: ParameterType.RANDOM,
  CHUNKS: ParameterType.CHUNKS,
  "HMAC-ALGO": ParameterType.HMAC_ALGO,
  PADDING: ParameterType.PADDING,
  "SUPPORTED-EXTENSIONS": ParameterType.SUPPORTED_EXTENSIONS,
  "FORWARD-TSN-SUPPORTED": ParameterType.FORWARD_TSN_SUPPORTED,
  "SET-PRIMARY-ADDRESS": ParameterType.SET_PRIMARY_ADDRESS,
  "ADAPTATION-LAYER-INDICATION": ParameterType.ADAPTATION_LAYER_INDICATION,
};

/** The 16-bit type of a parameter. */
export function parameterTypeCode(parameter: Parameter): number {
  return parameter.type === "UNKNOWN" ? parameter.typeCode : typeCodes[parameter.type];
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
    case "ZERO-CHECKSUM-ACCEPTABLE":
      return zeroChecksumAcceptableLength();
    case "RANDOM":
      return randomLength(parameter);
    case "CHUNKS":
      return chunksLength(parameter);
    case "HMAC-ALGO":
      return hmacAlgoLength(parameter);
    case "PADDING":
      return paddingLength(parameter);
    case "SUPPORTED-EXTENSIONS":
      return supportedExtensionsLength(parameter);
    case "FORWARD-TSN-SUPPORTED":
      return forwardTsnSupportedLength();
    case "SET-PRIMARY-ADDRESS":
      return setPrimaryAddressLength(parameter);
    case "ADAPTATION-LAYER-INDICATION":
      return adaptationLayerIndicationLength();
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
    case "ZERO-CHECKSUM-ACCEPTABLE":
      return encodeZeroChecksumAcceptable(parameter, into, offset);
    case "RANDOM":
      return encodeRandom(parameter, into, offset);
    case "CHUNKS":
      return encodeChunks(parameter, into, offset);
    case "HMAC-ALGO":
      return encodeHmacAlgo(parameter, into, offset);
    case "PADDING":
      return encodePadding(parameter, into, offset);
    case "SUPPORTED-EXTENSIONS":
      return encodeSupportedExtensions(parameter, into, offset);
    case "FORWARD-TSN-SUPPORTED":
      return encodeForwardTsnSupported(into, offset);
    case "SET-PRIMARY-ADDRESS":
      return encodeSetPrimaryAddress(parameter, into, offset);
    case "ADAPTATION-LAYER-INDICATION":
      return encodeAdaptationLayerIndication(parameter, into, offset);
    case "UNKNOWN":
      return encodeUnknownParameter(parameter, into, offset);
  }
}

export function parametersLength(parameters: readonly Parameter[]): number {
  return tlvsLength(parameters, parameterLength);
}

/** Writes the list, the last one without padding, and gives the offset after it. */
export function encodeParameters(parameters: readonly Parameter[], into: Uint8Array, offset: number): number {
  return encodeTlvs(parameters, into, offset, encodeParameter);
}

/** The list as bytes of its own, as causes quote it (RFC 9260 §3.3.10.5, §3.3.10.8, §3.3.10.11). */
export function parametersToBytes(parameters: readonly Parameter[]): Uint8Array {
  const bytes = new Uint8Array(parametersLength(parameters));
  encodeParameters(parameters, bytes, 0);
  return bytes;
}
