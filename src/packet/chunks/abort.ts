import { type Cause, causesLength, decodeCauses, encodeCauses } from "../causes/cause.ts";
import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.7
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 6    |  Reserved   |T|            Length             |
 * +---------------+---------------+-------------------------------+
 * /                   zero or more Error Causes                   /
 * +---------------------------------------------------------------+
 * ```
 */
export interface AbortChunk {
  readonly type: "ABORT";
  /** Set when the verification tag is reflected (RFC 9260 §8.5.1 B). */
  readonly tBit: boolean;
  readonly causes: readonly Cause[];
}

export function decodeAbort(bytes: Uint8Array, offset: number, length: number): AbortChunk | MalformedChunk {
  const causes = decodeCauses(bytes, offset + CHUNK_HEADER, offset + length);
  if (typeof causes === "string") return malformed(bytes, offset, length, `ABORT: ${causes}`);
  return { type: "ABORT", tBit: ((bytes[offset + 1] as number) & 1) !== 0, causes };
}

export function abortLength(chunk: AbortChunk): number {
  return CHUNK_HEADER + causesLength(chunk.causes);
}

export function encodeAbort(chunk: AbortChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.ABORT;
  into[offset + 1] = chunk.tBit ? 1 : 0;
  return encodeCauses(chunk.causes, into, offset + CHUNK_HEADER);
}
