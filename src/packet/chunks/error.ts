import { type Cause, causesLength, decodeCauses, encodeCauses } from "../causes/cause.ts";
import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.10
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 9    |  Chunk Flags  |            Length             |
 * +---------------+---------------+-------------------------------+
 * /                    one or more Error Causes                   /
 * +---------------------------------------------------------------+
 * ```
 * One without any cause says nothing, and is no reason to call it malformed.
 */
export interface ErrorChunk {
  readonly type: "ERROR";
  readonly causes: readonly Cause[];
}

export function decodeError(bytes: Uint8Array, offset: number, length: number): ErrorChunk | MalformedChunk {
  const causes = decodeCauses(bytes, offset + CHUNK_HEADER, offset + length);
  if (typeof causes === "string") return malformed(bytes, offset, length, `ERROR: ${causes}`);
  return { type: "ERROR", causes };
}

export function errorLength(chunk: ErrorChunk): number {
  return CHUNK_HEADER + causesLength(chunk.causes);
}

export function encodeError(chunk: ErrorChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.ERROR;
  into[offset + 1] = 0;
  return encodeCauses(chunk.causes, into, offset + CHUNK_HEADER);
}
