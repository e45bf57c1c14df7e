import { ChunkType } from "../registry.ts";
import { CHUNK_HEADER } from "./malformed.ts";

/**
 * RFC 4820 §3
 * ```
 * +---------------+---------------+-------------------------------+
 * |  Type = 0x84  |    Flags=0    |            Length             |
 * +---------------+---------------+-------------------------------+
 * /                         Padding Data                          /
 * +---------------------------------------------------------------+
 * ```
 */
export interface PadChunk {
  readonly type: "PAD";
  /** Bytes of the whole chunk, 4 at least. Its content is written as zeros and never read. */
  readonly length: number;
}

export function decodePad(length: number): PadChunk {
  return { type: "PAD", length };
}

export function padLength(chunk: PadChunk): number {
  return chunk.length;
}

export function encodePad(chunk: PadChunk, into: Uint8Array, offset: number): number {
  const end = offset + chunk.length;
  // RFC 4820 §3: type 0x84; flags "SHOULD be set to zero".
  into[offset] = ChunkType.PAD;
  into[offset + 1] = 0;
  into.fill(0, offset + CHUNK_HEADER, end);
  return end;
}
