/** A chunk of a type that has no codec (RFC 9260 §3.2); `chunkAction` says what to do with it. */
export interface UnknownChunk {
  readonly type: "UNKNOWN";
  readonly typeCode: number;
  readonly flags: number;
  /** The whole chunk, type, flags and length included, padding not. */
  readonly bytes: Uint8Array;
}

export function decodeUnknownChunk(bytes: Uint8Array, offset: number, length: number): UnknownChunk {
  return {
    type: "UNKNOWN",
    typeCode: bytes[offset] as number,
    flags: bytes[offset + 1] as number,
    bytes: bytes.subarray(offset, offset + length),
  };
}

export function unknownChunkLength(chunk: UnknownChunk): number {
  return chunk.bytes.length;
}

export function encodeUnknownChunk(chunk: UnknownChunk, into: Uint8Array, offset: number): number {
  into.set(chunk.bytes, offset);
  return offset + chunk.bytes.length;
}
