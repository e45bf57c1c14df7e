import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.9
 * ```
 * +---------------+---------------+-------------------------------+
 * |    Type = 8   |  Chunk Flags  |          Length = 4           |
 * +---------------+---------------+-------------------------------+
 * ```
 */
export interface ShutdownAckChunk {
  readonly type: "SHUTDOWN-ACK";
}

export function decodeShutdownAck(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ShutdownAckChunk | MalformedChunk {
  if (length !== CHUNK_HEADER)
    return malformed(bytes, offset, length, `SHUTDOWN ACK of ${length} bytes, not 4`);
  return { type: "SHUTDOWN-ACK" };
}

export function shutdownAckLength(): number {
  return CHUNK_HEADER;
}

export function encodeShutdownAck(into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.SHUTDOWN_ACK;
  into[offset + 1] = 0;
  return offset + CHUNK_HEADER;
}
