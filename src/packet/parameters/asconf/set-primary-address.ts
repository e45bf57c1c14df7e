import { ParameterType } from "../../registry.ts";
import {
  type AddressRequest,
  addressRequestLength,
  decodeAddressRequest,
  encodeAddressRequest,
} from "./address-request.ts";

/**
 * RFC 5061 §4.2.4: the only one of the requests that may stand in INIT and INIT ACK, too.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0xC004         |            Length             |
 * +-------------------------------+-------------------------------+
 * |                 ASCONF-Request Correlation ID                 |
 * +---------------------------------------------------------------+
 * /                       Address Parameter                       /
 * +---------------------------------------------------------------+
 * ```
 */
export interface SetPrimaryAddressParameter extends AddressRequest {
  readonly type: "SET-PRIMARY-ADDRESS";
}

export function decodeSetPrimaryAddress(
  bytes: Uint8Array,
  offset: number,
  length: number,
): SetPrimaryAddressParameter | string {
  const request = decodeAddressRequest(bytes, offset, length);
  return typeof request === "string" ? request : { type: "SET-PRIMARY-ADDRESS", ...request };
}

export function setPrimaryAddressLength(parameter: SetPrimaryAddressParameter): number {
  return addressRequestLength(parameter);
}

export function encodeSetPrimaryAddress(
  parameter: SetPrimaryAddressParameter,
  into: Uint8Array,
  offset: number,
): number {
  return encodeAddressRequest(parameter, ParameterType.SET_PRIMARY_ADDRESS, into, offset);
}
