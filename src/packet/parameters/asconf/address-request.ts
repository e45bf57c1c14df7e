import { readU32, writeU32 } from "../../../base/bytes.ts";
import { TLV_HEADER, tlvLength, writeTlvHeader } from "../../tlv.ts";
import {
  type AddressParameter,
  addressParameterLength,
  decodeAddressParameter,
  encodeAddressParameter,
} from "../address-parameter.ts";

/** What the requests about an address have in common: everything but the type (RFC 5061 §4.2.1, §4.2.2, §4.2.4). */
export interface AddressRequest {
  /** ASCONF-Request Correlation ID: opaque, comes back in the response. */
  readonly correlationId: number;
  readonly address: AddressParameter;
}

const FIXED = TLV_HEADER + 4;

/** A string says what is wrong: no address of a known kind, or something beside it. */
export function decodeAddressRequest(
  bytes: Uint8Array,
  offset: number,
  length: number,
): AddressRequest | string {
  const end = offset + length;
  if (tlvLength(bytes, offset + FIXED, end) !== length - FIXED) {
    return `address request of ${length} bytes, which are not those of one address`;
  }
  const address = decodeAddressParameter(bytes, offset + FIXED, length - FIXED);
  if (typeof address === "string") return address;
  return { correlationId: readU32(bytes, offset + TLV_HEADER), address };
}

export function addressRequestLength(request: AddressRequest): number {
  return FIXED + addressParameterLength(request.address);
}

export function encodeAddressRequest(
  request: AddressRequest,
  typeCode: number,
  into: Uint8Array,
  offset: number,
): number {
  const at = writeTlvHeader(into, offset, typeCode, addressRequestLength(request));
  writeU32(into, at, request.correlationId);
  return encodeAddressParameter(request.address, into, at + 4);
}
