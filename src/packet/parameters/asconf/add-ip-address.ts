import { ParameterType } from "../../registry.ts";
import {
  type AddressRequest,
  addressRequestLength,
  decodeAddressRequest,
  encodeAddressRequest,
} from "./address-request.ts";

/**
 * RFC 5061 §4.2.1
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0xC001         |            Length             |
 * +-------------------------------+-------------------------------+
 * |                 ASCONF-Request Correlation ID                 |
 * +---------------------------------------------------------------+
 * /                       Address Parameter                       /
 * +---------------------------------------------------------------+
 * ```
 */
export interface AddIpAddressParameter extends AddressRequest {
  readonly type: "ADD-IP-ADDRESS";
}

export function decodeAddIpAddress(
  bytes: Uint8Array,
  offset: number,
  length: number,
): AddIpAddressParameter | string {
  const request = decodeAddressRequest(bytes, offset, length);
  return typeof request === "string" ? request : { type: "ADD-IP-ADDRESS", ...request };
}

export function addIpAddressLength(parameter: AddIpAddressParameter): number {
  return addressRequestLength(parameter);
}

export function encodeAddIpAddress(
  parameter: AddIpAddressParameter,
  into: Uint8Array,
  offset: number,
): number {
  return encodeAddressRequest(parameter, ParameterType.ADD_IP_ADDRESS, into, offset);
}
