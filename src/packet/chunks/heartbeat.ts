import {
  decodeHeartbeatInfo,
  encodeHeartbeatInfo,
  heartbeatInfoLength,
} from "../parameters/heartbeat-info.ts";
import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.5
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 4    |  Chunk Flags  |        Heartbeat Length       |
 * +---------------+---------------+-------------------------------+
 * /          Heartbeat Information TLV (Variable-Length)          /
 * +---------------------------------------------------------------+
 * ```
 */
export interface HeartbeatChunk {
  readonly type: "HEARTBEAT";
  /** The value of the Heartbeat Info parameter: opaque to all but its sender, who gets it back unchanged. */
  readonly info: Uint8Array;
}

export function decodeHeartbeat(
  bytes: Uint8Array,
  offset: number,
  length: number,
): HeartbeatChunk | MalformedChunk {
  const info = decodeHeartbeatInfo(bytes, offset + CHUNK_HEADER, offset + length);
  if (typeof info === "string") return malformed(bytes, offset, length, `HEARTBEAT: ${info}`);
  return { type: "HEARTBEAT", info };
}

export function heartbeatLength(chunk: HeartbeatChunk): number {
  return CHUNK_HEADER + heartbeatInfoLength(chunk.info);
}

export function encodeHeartbeat(chunk: HeartbeatChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.HEARTBEAT;
  into[offset + 1] = 0;
  return encodeHeartbeatInfo(chunk.info, into, offset + CHUNK_HEADER);
}
