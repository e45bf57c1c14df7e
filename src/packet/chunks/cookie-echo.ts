import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER } from "./malformed.ts";

/**
 * RFC 9260 §3.3.11
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 10   |  Chunk Flags  |            Length             |
 * +---------------+---------------+-------------------------------+
 * /                            Cookie                             /
 * +---------------------------------------------------------------+
 * ```
 */
export interface CookieEchoChunk {
  readonly type: "COOKIE-ECHO";
  /** The value of the State Cookie parameter of the INIT ACK, byte for byte. */
  readonly cookie: Uint8Array;
}

export function decodeCookieEcho(bytes: Uint8Array, offset: number, length: number): CookieEchoChunk {
  return { type: "COOKIE-ECHO", cookie: bytes.subarray(offset + CHUNK_HEADER, offset + length) };
}

export function cookieEchoLength(chunk: CookieEchoChunk): number {
  return CHUNK_HEADER + chunk.cookie.length;
}

export function encodeCookieEcho(chunk: CookieEchoChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.COOKIE_ECHO;
  into[offset + 1] = 0;
  // RFC 9260 §3.3.11: "MUST contain the exact cookie received in the State Cookie parameter".
  into.set(chunk.cookie, offset + CHUNK_HEADER);
  return offset + CHUNK_HEADER + chunk.cookie.length;
}
