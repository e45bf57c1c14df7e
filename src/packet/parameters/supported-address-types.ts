import { readU16List, writeU16List } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 9260 §3.3.2.1.5
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 12           |            Length             |
 * +-------------------------------+-------------------------------+
 * |        Address Type #1        |        Address Type #2        |
 * +-------------------------------+-------------------------------+
 * |                            ......                             |
 * ```
 */
export interface SupportedAddressTypesParameter {
  readonly type: "SUPPORTED-ADDRESS-TYPES";
  /** Types of address parameters, as on the wire: 5 for IPv4, 6 for IPv6; others are to be ignored. */
  readonly families: readonly number[];
}

export function decodeSupportedAddressTypes(
  bytes: Uint8Array,
  offset: number,
  length: number,
): SupportedAddressTypesParameter | string {
  if (length % 2 !== 0) return `Supported Address Types parameter of ${length} bytes: half a type`;
  return {
    type: "SUPPORTED-ADDRESS-TYPES",
    families: readU16List(bytes, offset + TLV_HEADER, offset + length),
  };
}

export function supportedAddressTypesLength(parameter: SupportedAddressTypesParameter): number {
  return TLV_HEADER + 2 * parameter.families.length;
}

export function encodeSupportedAddressTypes(
  parameter: SupportedAddressTypesParameter,
  into: Uint8Array,
  offset: number,
): number {
  const length = supportedAddressTypesLength(parameter);
  const at = writeTlvHeader(into, offset, ParameterType.SUPPORTED_ADDRESS_TYPES, length);
  return writeU16List(into, at, parameter.families);
}
