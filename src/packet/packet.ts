import { padded, readU16, readU32 } from "../base/bytes.ts";
import { type Chunk, decodeChunk } from "./chunks/chunk.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./chunks/malformed.ts";

/**
 * Bytes of the common header (RFC 9260 §3.1).
 * ```
 * +-------------------------------+-------------------------------+
 * |      Source Port Number       |    Destination Port Number    |
 * +-------------------------------+-------------------------------+
 * |                       Verification Tag                        |
 * +---------------------------------------------------------------+
 * |                           Checksum                            |
 * +---------------------------------------------------------------+
 * ```
 */
export const HEADER_LENGTH = 12;

/** The readers of the header ask for a packet of at least {@link HEADER_LENGTH} bytes. */
export function sourcePort(bytes: Uint8Array): number {
  return readU16(bytes, 0);
}

export function destinationPort(bytes: Uint8Array): number {
  return readU16(bytes, 2);
}

export function verificationTag(bytes: Uint8Array): number {
  return readU32(bytes, 4);
}

/**
 * Length of the chunk at `offset`, padding not counted; 0 at the end of the packet; -1 when what is left is no whole
 * chunk. Walks a packet without an object:
 * ```
 * let at = HEADER_LENGTH;
 * for (let n = chunkSpan(bytes, at, end); n > 0; n = chunkSpan(bytes, at, end)) {
 *   decodeChunk(bytes, at, n);
 *   at += padded(n);
 * }
 * ```
 * The last chunk's padding may be missing: the RFC wants it sent, but nothing is lost without it.
 */
export function chunkSpan(bytes: Uint8Array, offset: number, end: number): number {
  if (offset >= end) return 0;
  // The comparison below would catch this too, but only after a read beyond the end, which is slow.
  if (offset + CHUNK_HEADER > end) return -1;
  const length = readU16(bytes, offset + 2);
  // RFC 9260 §6.10: "If the receiver detects a partial chunk, it MUST drop the chunk."
  return length < CHUNK_HEADER || offset + length > end ? -1 : length;
}

/** Type of the first chunk, which decides how a packet is demultiplexed; -1 when there is no whole one. */
export function firstChunkType(bytes: Uint8Array): number {
  return chunkSpan(bytes, HEADER_LENGTH, bytes.length) > 0 ? (bytes[HEADER_LENGTH] as number) : -1;
}

/** Whether one of the whole chunks is of this type. */
export function hasChunk(bytes: Uint8Array, type: number): boolean {
  const end = bytes.length;
  let at = HEADER_LENGTH;
  for (let length = chunkSpan(bytes, at, end); length > 0; length = chunkSpan(bytes, at, end)) {
    if (bytes[at] === type) return true;
    at += padded(length);
  }
  return false;
}

/** A whole packet as values, for tests and tools. */
export interface DecodedPacket {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
  /** What is left behind the last whole chunk is the last one here, as MALFORMED. */
  readonly chunks: readonly (Chunk | MalformedChunk)[];
}

/** Decodes without looking at the checksum; undefined when there is no whole common header. */
export function decodePacket(bytes: Uint8Array): DecodedPacket | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;
  const chunks: (Chunk | MalformedChunk)[] = [];
  let at = HEADER_LENGTH;
  let span = chunkSpan(bytes, at, bytes.length);
  while (span > 0) {
    chunks.push(decodeChunk(bytes, at, span));
    at += padded(span);
    span = chunkSpan(bytes, at, bytes.length);
  }
  if (span < 0) {
    const rest = bytes.length - at;
    chunks.push(malformed(bytes, at, rest, `no whole chunk in the last ${rest} bytes`));
  }
  return {
    sourcePort: sourcePort(bytes),
    destinationPort: destinationPort(bytes),
    verificationTag: verificationTag(bytes),
    chunks,
  };
}
