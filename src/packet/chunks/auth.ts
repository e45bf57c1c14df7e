import { readU16, writeU16 } from "../../base/bytes.ts";
import { ChunkType } from "../registry.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 4895 §5.1
 * ```
 * +---------------+---------------+-------------------------------+
 * |  Type = 0x0F  |    Flags=0    |            Length             |
 * +---------------+---------------+-------------------------------+
 * |     Shared Key Identifier     |        HMAC Identifier        |
 * +-------------------------------+-------------------------------+
 * /                             HMAC                              /
 * +---------------------------------------------------------------+
 * ```
 */
export interface AuthChunk {
  readonly type: "AUTH";
  /** Shared Key Identifier. */
  readonly keyId: number;
  readonly hmacId: number;
  /** A view on the packet; that it is as long as its algorithm asks for is for the handler to see. */
  readonly hmac: Uint8Array;
}

/** Bytes of an AUTH chunk before its HMAC. */
export const AUTH_HEADER = 8;

export function decodeAuth(bytes: Uint8Array, offset: number, length: number): AuthChunk | MalformedChunk {
  if (length < AUTH_HEADER) return malformed(bytes, offset, length, `AUTH of ${length} bytes`);
  return {
    type: "AUTH",
    keyId: readU16(bytes, offset + 4),
    hmacId: readU16(bytes, offset + 6),
    hmac: bytes.subarray(offset + AUTH_HEADER, offset + length),
  };
}

export function authLength(chunk: AuthChunk): number {
  return AUTH_HEADER + chunk.hmac.length;
}

export function encodeAuth(chunk: AuthChunk, into: Uint8Array, offset: number): number {
  into[offset] = ChunkType.AUTH;
  into[offset + 1] = 0;
  writeU16(into, offset + 4, chunk.keyId);
  writeU16(into, offset + 6, chunk.hmacId);
  into.set(chunk.hmac, offset + AUTH_HEADER);
  return offset + AUTH_HEADER + chunk.hmac.length;
}
