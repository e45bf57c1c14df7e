import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.12
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 11   |  Chunk Flags  |          Length = 4           |
 * +---------------+---------------+-------------------------------+
 * ```
 */
export interface CookieAckChunk {
  readonly type: "COOKIE-ACK";
}

export function decodeCookieAck(
  bytes: Uint8Array,
  offset: number,
  length: number,
): CookieAckChunk | MalformedChunk {
  if (length !== CHUNK_HEADER)
    return malformed(bytes, offset, length, `COOKIE ACK of ${length} bytes, not 4`);
  return { type: "COOKIE-ACK" };
}

export function cookieAckLength(): number {
  return CHUNK_HEADER;
}

export function encodeCookieAck(into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.COOKIE_ACK;
  into[offset + 1] = 0;
  return offset + CHUNK_HEADER;
}
