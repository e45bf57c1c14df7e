import { ChunkType } from "../registry.ts";
import { decodeInitBody, encodeInitBody, type InitBody, initBodyLength } from "./init-body.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.3
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 2    |  Chunk Flags  |         Chunk Length          |
 * +---------------+---------------+-------------------------------+
 * |                         Initiate Tag                          |
 * +---------------------------------------------------------------+
 * |          Advertised Receiver Window Credit (a_rwnd)           |
 * +-------------------------------+-------------------------------+
 * |  Number of Outbound Streams   |   Number of Inbound Streams   |
 * +-------------------------------+-------------------------------+
 * |                          Initial TSN                          |
 * +---------------------------------------------------------------+
 * /              Optional/Variable-Length Parameters              /
 * +---------------------------------------------------------------+
 * ```
 */
export interface InitAckChunk extends InitBody {
  readonly type: "INIT-ACK";
}

export function decodeInitAck(
  bytes: Uint8Array,
  offset: number,
  length: number,
): InitAckChunk | MalformedChunk {
  const body = decodeInitBody(bytes, offset, length);
  if (typeof body === "string") return malformed(bytes, offset, length, `INIT ACK: ${body}`);
  return { type: "INIT-ACK", ...body };
}

export function initAckLength(chunk: InitAckChunk): number {
  return initBodyLength(chunk);
}

export function encodeInitAck(chunk: InitAckChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.INIT_ACK;
  return encodeInitBody(chunk, into, offset);
}
