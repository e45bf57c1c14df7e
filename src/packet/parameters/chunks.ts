import { ParameterType } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 4895 §3.2: the chunks that the peer must authenticate.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0x8003         |            Length             |
 * +---------------+---------------+---------------+---------------+
 * | Chunk Type 1  | Chunk Type 2  | Chunk Type 3  | Chunk Type 4  |
 * +---------------+---------------+---------------+---------------+
 * /                              ...                              /
 * ```
 */
export interface ChunksParameter {
  readonly type: "CHUNKS";
  /** As on the wire: those that MUST be ignored are in it, too. */
  readonly chunkTypes: readonly number[];
}

export function decodeChunks(bytes: Uint8Array, offset: number, length: number): ChunksParameter {
  return { type: "CHUNKS", chunkTypes: [...tlvValue(bytes, offset, length)] };
}

export function chunksLength(parameter: ChunksParameter): number {
  return TLV_HEADER + parameter.chunkTypes.length;
}

/** RFC 4895 §3.2: "This value MUST be set to 0x8003." */
export function encodeChunks(parameter: ChunksParameter, into: Uint8Array, offset: number): number {
  return writeTlv(into, offset, ParameterType.CHUNKS, Uint8Array.from(parameter.chunkTypes));
}
