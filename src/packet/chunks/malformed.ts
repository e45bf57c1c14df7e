/** Bytes before the value of a chunk: type, flags, length (RFC 9260 §3.2). */
export const CHUNK_HEADER = 4;

/** A chunk whose bytes do not have the form that its type asks for. */
export interface MalformedChunk {
  readonly type: "MALFORMED";
  readonly typeCode: number;
  readonly flags: number;
  /** What is wrong, for people. */
  readonly reason: string;
  /** The chunk as it came, padding not included. */
  readonly bytes: Uint8Array;
}

export function malformed(bytes: Uint8Array, offset: number, length: number, reason: string): MalformedChunk {
  return {
    type: "MALFORMED",
    typeCode: bytes[offset] ?? 0,
    flags: bytes[offset + 1] ?? 0,
    reason,
    bytes: bytes.subarray(offset, offset + length),
  };
}
