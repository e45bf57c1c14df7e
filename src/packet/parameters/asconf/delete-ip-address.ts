import { ParameterType } from "../../registry.ts";
import {
  type AddressRequest,
  addressRequestLength,
  decodeAddressRequest,
  encodeAddressRequest,
} from "./address-request.ts";

/**
 * RFC 5061 §4.2.2
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0xC002         |            Length             |
 * +-------------------------------+-------------------------------+
 * |                 ASCONF-Request Correlation ID                 |
 * +---------------------------------------------------------------+
 * /                       Address Parameter                       /
 * +---------------------------------------------------------------+
 * ```
 */
export interface DeleteIpAddressParameter extends AddressRequest {
  readonly type: "DELETE-IP-ADDRESS";
}

export function decodeDeleteIpAddress(
  bytes: Uint8Array,
  offset: number,
  length: number,
): DeleteIpAddressParameter | string {
  const request = decodeAddressRequest(bytes, offset, length);
  return typeof request === "string" ? request : { type: "DELETE-IP-ADDRESS", ...request };
}

export function deleteIpAddressLength(parameter: DeleteIpAddressParameter): number {
  return addressRequestLength(parameter);
}

export function encodeDeleteIpAddress(
  parameter: DeleteIpAddressParameter,
  into: Uint8Array,
  offset: number,
): number {
  return encodeAddressRequest(parameter, ParameterType.DELETE_IP_ADDRESS, into, offset);
}
