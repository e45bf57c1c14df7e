import { readU32, writeU32 } from "../../base/bytes.ts";
import { asTsn, type Tsn } from "../../base/serial.ts";
import { ChunkType } from "../registry.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.8
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 7    |  Chunk Flags  |          Length = 8           |
 * +---------------+---------------+-------------------------------+
 * |                      Cumulative TSN Ack                       |
 * +---------------------------------------------------------------+
 * ```
 */
export interface ShutdownChunk {
  readonly type: "SHUTDOWN";
  readonly cumulativeTsn: Tsn;
}

const LENGTH = 8;

export function decodeShutdown(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ShutdownChunk | MalformedChunk {
  if (length !== LENGTH)
    return malformed(bytes, offset, length, `SHUTDOWN of ${length} bytes, not ${LENGTH}`);
  return { type: "SHUTDOWN", cumulativeTsn: asTsn(readU32(bytes, offset + 4)) };
}

export function shutdownLength(): number {
  return LENGTH;
}

export function encodeShutdown(chunk: ShutdownChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.SHUTDOWN;
  into[offset + 1] = 0;
  writeU32(into, offset + 4, chunk.cumulativeTsn);
  return offset + LENGTH;
}
