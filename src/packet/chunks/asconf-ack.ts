import { readU32, writeU32 } from "../../base/bytes.ts";
import { asSerial, type Serial } from "../../base/serial.ts";
import {
  type AsconfParameter,
  asconfParametersLength,
  decodeAsconfParameters,
  encodeAsconfParameters,
} from "../parameters/asconf/asconf-parameter.ts";
import { ChunkType } from "../registry.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 5061 §4.1.2
 * ```
 * +---------------+---------------+-------------------------------+
 * |  Type = 0x80  |  Chunk Flags  |         Chunk Length          |
 * +---------------+---------------+-------------------------------+
 * |                        Sequence Number                        |
 * +---------------------------------------------------------------+
 * /                 ASCONF Parameter Response #1                  /
 * +---------------------------------------------------------------+
 * /                              ...                              /
 * ```
 */
export interface AsconfAckChunk {
  readonly type: "ASCONF-ACK";
  /** Sequence Number of the ASCONF. */
  readonly serial: Serial;
  /** A request without a response has succeeded. */
  readonly parameters: readonly AsconfParameter[];
}

const FIXED = 8;

export function decodeAsconfAck(
  bytes: Uint8Array,
  offset: number,
  length: number,
): AsconfAckChunk | MalformedChunk {
  if (length < FIXED) return malformed(bytes, offset, length, `ASCONF-ACK of ${length} bytes`);
  const parameters = decodeAsconfParameters(bytes, offset + FIXED, offset + length);
  if (typeof parameters === "string") return malformed(bytes, offset, length, `ASCONF-ACK: ${parameters}`);
  return { type: "ASCONF-ACK", serial: asSerial(readU32(bytes, offset + 4)), parameters };
}

export function asconfAckLength(chunk: AsconfAckChunk): number {
  return FIXED + asconfParametersLength(chunk.parameters);
}

export function encodeAsconfAck(chunk: AsconfAckChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.ASCONF_ACK;
  into[offset + 1] = 0;
  writeU32(into, offset + 4, chunk.serial);
  return encodeAsconfParameters(chunk.parameters, into, offset + FIXED);
}
