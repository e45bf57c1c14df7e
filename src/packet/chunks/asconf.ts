import { readU32, writeU32 } from "../../base/bytes.ts";
import { asSerial, type Serial } from "../../base/serial.ts";
import {
  type AddressParameter,
  addressParameterLength,
  decodeAddressParameter,
  encodeAddressParameter,
} from "../parameters/address-parameter.ts";
import {
  type AsconfParameter,
  asconfParametersLength,
  decodeAsconfParameters,
  encodeAsconfParameters,
} from "../parameters/asconf/asconf-parameter.ts";
import { ChunkType } from "../registry.ts";
import { tlvLength } from "../tlv.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 5061 §4.1.1
 * ```
 * +---------------+---------------+-------------------------------+
 * |  Type = 0xC1  |  Chunk Flags  |         Chunk Length          |
 * +---------------+---------------+-------------------------------+
 * |                        Sequence Number                        |
 * +---------------------------------------------------------------+
 * /                       Address Parameter                       /
 * +---------------------------------------------------------------+
 * /                      ASCONF Parameter #1                      /
 * +---------------------------------------------------------------+
 * /                              ...                              /
 * ```
 */
export interface AsconfChunk {
  readonly type: "ASCONF";
  /** Sequence Number. */
  readonly serial: Serial;
  /** One of the sender's, which may help to find the association. */
  readonly address: AddressParameter;
  readonly parameters: readonly AsconfParameter[];
}

const FIXED = 8;

export function decodeAsconf(
  bytes: Uint8Array,
  offset: number,
  length: number,
): AsconfChunk | MalformedChunk {
  const body = decodeBody(bytes, offset, offset + length);
  return typeof body === "string" ? malformed(bytes, offset, length, `ASCONF: ${body}`) : body;
}

function decodeBody(bytes: Uint8Array, offset: number, end: number): AsconfChunk | string {
  const addressAt = offset + FIXED;
  // RFC 5061 §4.1.1: the Address Parameter "MUST be present in every ASCONF message".
  const addressLength = tlvLength(bytes, addressAt, end);
  if (addressLength === 0) return "no whole Address Parameter";
  const address = decodeAddressParameter(bytes, addressAt, addressLength);
  if (typeof address === "string") return address;
  const parameters = decodeAsconfParameters(bytes, addressAt + addressLength, end);
  if (typeof parameters === "string") return parameters;
  return { type: "ASCONF", serial: asSerial(readU32(bytes, offset + 4)), address, parameters };
}

export function asconfLength(chunk: AsconfChunk): number {
  return FIXED + addressParameterLength(chunk.address) + asconfParametersLength(chunk.parameters);
}

export function encodeAsconf(chunk: AsconfChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.ASCONF;
  into[offset + 1] = 0;
  writeU32(into, offset + 4, chunk.serial);
  const at = encodeAddressParameter(chunk.address, into, offset + FIXED);
  return encodeAsconfParameters(chunk.parameters, into, at);
}
