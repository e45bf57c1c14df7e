import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.6: a chunk of a type that the sender does not know.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Cause Code = 6        |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                       Unrecognized Chunk                      /
 * +---------------------------------------------------------------+
 * ```
 */
export interface UnrecognizedChunkCause {
  readonly type: "UNRECOGNIZED-CHUNK";
  /** The chunk with its type, flags and length. */
  readonly chunk: Uint8Array;
}

export function decodeUnrecognizedChunk(
  bytes: Uint8Array,
  offset: number,
  length: number,
): UnrecognizedChunkCause {
  return { type: "UNRECOGNIZED-CHUNK", chunk: tlvValue(bytes, offset, length) };
}

export function unrecognizedChunkLength(cause: UnrecognizedChunkCause): number {
  return TLV_HEADER + cause.chunk.length;
}

export function encodeUnrecognizedChunk(
  cause: UnrecognizedChunkCause,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, CauseCode.UNRECOGNIZED_CHUNK, cause.chunk);
}
