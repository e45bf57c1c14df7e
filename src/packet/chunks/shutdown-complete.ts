import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.13
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 14   |  Reserved   |T|          Length = 4           |
 * +---------------+---------------+-------------------------------+
 * ```
 */
export interface ShutdownCompleteChunk {
  readonly type: "SHUTDOWN-COMPLETE";
  /** Set when the verification tag is reflected (RFC 9260 §8.5.1 C). */
  readonly tBit: boolean;
}

export function decodeShutdownComplete(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ShutdownCompleteChunk | MalformedChunk {
  if (length !== CHUNK_HEADER)
    return malformed(bytes, offset, length, `SHUTDOWN COMPLETE of ${length} bytes, not 4`);
  return { type: "SHUTDOWN-COMPLETE", tBit: ((bytes[offset + 1] as number) & 1) !== 0 };
}

export function shutdownCompleteLength(): number {
  return CHUNK_HEADER;
}

export function encodeShutdownComplete(
  chunk: ShutdownCompleteChunk,
  into: Uint8Array,
  offset: number,
): number {
  into[offset] = ChunkType.SHUTDOWN_COMPLETE;
  into[offset + 1] = chunk.tBit ? 1 : 0;
  return offset + CHUNK_HEADER;
}
