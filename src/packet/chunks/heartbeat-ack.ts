import {
  decodeHeartbeatBody,
  encodeHeartbeatBody,
  type HeartbeatBody,
  heartbeatBodyLength,
} from "../parameters/heartbeat-info.ts";
import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.6
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 5    |  Chunk Flags  |      Heartbeat Ack Length     |
 * +---------------+---------------+-------------------------------+
 * /          Heartbeat Information TLV (Variable-Length)          /
 * +---------------------------------------------------------------+
 * ```
 */
export interface HeartbeatAckChunk extends HeartbeatBody {
  readonly type: "HEARTBEAT-ACK";
}

export function decodeHeartbeatAck(
  bytes: Uint8Array,
  offset: number,
  length: number,
): HeartbeatAckChunk | MalformedChunk {
  const body = decodeHeartbeatBody(bytes, offset + CHUNK_HEADER, offset + length);
  if (typeof body === "string") return malformed(bytes, offset, length, `HEARTBEAT ACK: ${body}`);
  return { type: "HEARTBEAT-ACK", ...body };
}

export function heartbeatAckLength(chunk: HeartbeatAckChunk): number {
  return CHUNK_HEADER + heartbeatBodyLength(chunk);
}

export function encodeHeartbeatAck(chunk: HeartbeatAckChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.HEARTBEAT_ACK;
  into[offset + 1] = 0;
  return encodeHeartbeatBody(chunk, into, offset + CHUNK_HEADER);
}
