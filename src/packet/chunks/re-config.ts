import {
  decodeReconfigParameters,
  encodeReconfigParameters,
  type ReconfigParameter,
  reconfigParametersLength,
} from "../parameters/reconfig/reconfig-parameter.ts";
import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 6525 §3.1
 * ```
 * +---------------+---------------+-------------------------------+
 * |  Type = 130   |  Chunk Flags  |         Chunk Length          |
 * +---------------+---------------+-------------------------------+
 * /                  Re-configuration Parameter                   /
 * +---------------------------------------------------------------+
 * /             Re-configuration Parameter (optional)             /
 * +---------------------------------------------------------------+
 * ```
 */
export interface ReconfigChunk {
  readonly type: "RE-CONFIG";
  /** How many there may be, and which of them together, is for the handler to see. */
  readonly parameters: readonly ReconfigParameter[];
}

export function decodeReconfig(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ReconfigChunk | MalformedChunk {
  const parameters = decodeReconfigParameters(bytes, offset + CHUNK_HEADER, offset + length);
  if (typeof parameters === "string") return malformed(bytes, offset, length, `RE-CONFIG: ${parameters}`);
  return { type: "RE-CONFIG", parameters };
}

export function reconfigLength(chunk: ReconfigChunk): number {
  return CHUNK_HEADER + reconfigParametersLength(chunk.parameters);
}

export function encodeReconfig(chunk: ReconfigChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.RE_CONFIG;
  into[offset + 1] = 0;
  return encodeReconfigParameters(chunk.parameters, into, offset + CHUNK_HEADER);
}
