import {
  decodeHeartbeatInfo,
  encodeHeartbeatInfo,
  heartbeatInfoLength,
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
export interface HeartbeatAckChunk {
  readonly type: "HEARTBEAT-ACK";
  /** The value of the Heartbeat Info parameter of the HEARTBEAT that is answered, byte for byte. */
  readonly info: Uint8Array;
}

export function decodeHeartbeatAck(
  bytes: Uint8Array,
  offset: number,
  length: number,
): HeartbeatAckChunk | MalformedChunk {
  const info = decodeHeartbeatInfo(bytes, offset + CHUNK_HEADER, offset + length);
  if (typeof info === "string") return malformed(bytes, offset, length, `HEARTBEAT ACK: ${info}`);
  return { type: "HEARTBEAT-ACK", info };
}

export function heartbeatAckLength(chunk: HeartbeatAckChunk): number {
  return CHUNK_HEADER + heartbeatInfoLength(chunk.info);
}

export function encodeHeartbeatAck(chunk: HeartbeatAckChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.HEARTBEAT_ACK;
  into[offset + 1] = 0;
  return encodeHeartbeatInfo(chunk.info, into, offset + CHUNK_HEADER);
}
