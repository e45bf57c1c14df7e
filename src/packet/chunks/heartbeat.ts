import {
  decodeHeartbeatBody,
  encodeHeartbeatBody,
  type HeartbeatBody,
  heartbeatBodyLength,
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
export interface HeartbeatChunk extends HeartbeatBody {
  readonly type: "HEARTBEAT";
}

export function decodeHeartbeat(
  bytes: Uint8Array,
  offset: number,
  length: number,
): HeartbeatChunk | MalformedChunk {
  const body = decodeHeartbeatBody(bytes, offset + CHUNK_HEADER, offset + length);
  if (typeof body === "string") return malformed(bytes, offset, length, `HEARTBEAT: ${body}`);
  return { type: "HEARTBEAT", ...body };
}

export function heartbeatLength(chunk: HeartbeatChunk): number {
  return CHUNK_HEADER + heartbeatBodyLength(chunk);
}

export function encodeHeartbeat(chunk: HeartbeatChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.HEARTBEAT;
  into[offset + 1] = 0;
  return encodeHeartbeatBody(chunk, into, offset + CHUNK_HEADER);
}
