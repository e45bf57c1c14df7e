import { ChunkType } from "../registry.ts";
import { decodeInitBody, encodeInitBody, type InitBody, initBodyLength } from "./init-body.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.2
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 1    |  Chunk Flags  |         Chunk Length          |
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
export interface InitChunk extends InitBody {
  readonly type: "INIT";
}

export function decodeInit(bytes: Uint8Array, offset: number, length: number): InitChunk | MalformedChunk {
  const body = decodeInitBody(bytes, offset, length);
  if (typeof body === "string") return malformed(bytes, offset, length, `INIT: ${body}`);
  return { type: "INIT", ...body };
}

export function initLength(chunk: InitChunk): number {
  return initBodyLength(chunk);
}

export function encodeInit(chunk: InitChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.INIT;
  return encodeInitBody(chunk, into, offset);
}
