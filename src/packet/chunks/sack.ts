import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { asTsn, type Tsn } from "../../base/serial.ts";
import { ChunkType } from "../registry.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/** TSNs that have arrived, as offsets from the cumulative TSN, both ends included (RFC 9260 §3.3.4). */
export interface GapBlock {
  readonly start: number;
  readonly end: number;
}

/**
 * RFC 9260 §3.3.4
 * ```
 * +---------------+---------------+-------------------------------+
 * |   Type = 3    |  Chunk Flags  |         Chunk Length          |
 * +---------------+---------------+-------------------------------+
 * |                      Cumulative TSN Ack                       |
 * +---------------------------------------------------------------+
 * |          Advertised Receiver Window Credit (a_rwnd)           |
 * +-------------------------------+-------------------------------+
 * | Number of Gap Ack Blocks = N  |  Number of Duplicate TSNs = M |
 * +-------------------------------+-------------------------------+
 * |    Gap Ack Block #1 Start     |     Gap Ack Block #1 End      |
 * +-------------------------------+-------------------------------+
 * /                              ...                              /
 * +---------------------------------------------------------------+
 * |                        Duplicate TSN 1                        |
 * +---------------------------------------------------------------+
 * /                              ...                              /
 * ```
 */
export interface SackChunk {
  readonly type: "SACK";
  readonly cumulativeTsn: Tsn;
  /** a_rwnd, bytes. */
  readonly receiverWindow: number;
  /** In the order of the wire; that a block is sound (0 < start <= end) is for the handler to see. */
  readonly gaps: readonly GapBlock[];
  readonly duplicates: readonly Tsn[];
}

/** Bytes of a SACK without gap blocks and duplicates. */
export const SACK_HEADER = 16;

// Most SACKs report neither; they share the empty lists.
const NO_GAPS: readonly GapBlock[] = [];
const NO_DUPLICATES: readonly Tsn[] = [];

export function decodeSack(bytes: Uint8Array, offset: number, length: number): SackChunk | MalformedChunk {
  if (length < SACK_HEADER) return malformed(bytes, offset, length, `SACK of ${length} bytes`);
  const gapCount = readU16(bytes, offset + 12);
  const duplicateCount = readU16(bytes, offset + 14);
  if (length !== SACK_HEADER + 4 * (gapCount + duplicateCount)) {
    const counts = `${gapCount} gap blocks and ${duplicateCount} duplicates`;
    return malformed(bytes, offset, length, `SACK of ${length} bytes with ${counts}`);
  }
  const duplicatesAt = offset + SACK_HEADER + 4 * gapCount;
  return {
    type: "SACK",
    cumulativeTsn: asTsn(readU32(bytes, offset + 4)),
    receiverWindow: readU32(bytes, offset + 8),
    gaps: gapCount === 0 ? NO_GAPS : decodeGaps(bytes, offset + SACK_HEADER, duplicatesAt),
    duplicates: duplicateCount === 0 ? NO_DUPLICATES : decodeDuplicates(bytes, duplicatesAt, offset + length),
  };
}

function decodeGaps(bytes: Uint8Array, offset: number, end: number): GapBlock[] {
  const gaps: GapBlock[] = [];
  for (let at = offset; at < end; at += 4) {
    gaps.push({ start: readU16(bytes, at), end: readU16(bytes, at + 2) });
  }
  return gaps;
}

function decodeDuplicates(bytes: Uint8Array, offset: number, end: number): Tsn[] {
  const duplicates: Tsn[] = [];
  for (let at = offset; at < end; at += 4) duplicates.push(asTsn(readU32(bytes, at)));
  return duplicates;
}

export function sackLength(chunk: SackChunk): number {
  return SACK_HEADER + 4 * (chunk.gaps.length + chunk.duplicates.length);
}

export function encodeSack(chunk: SackChunk, into: Uint8Array, offset: number): number {
  const { gaps, duplicates } = chunk;
  into[offset] = ChunkType.SACK;
  into[offset + 1] = 0;
  writeU32(into, offset + 4, chunk.cumulativeTsn);
  writeU32(into, offset + 8, chunk.receiverWindow);
  writeU16(into, offset + 12, gaps.length);
  writeU16(into, offset + 14, duplicates.length);
  let at = offset + SACK_HEADER;
  for (let i = 0; i < gaps.length; i++, at += 4) {
    const gap = gaps[i] as GapBlock;
    writeU16(into, at, gap.start);
    writeU16(into, at + 2, gap.end);
  }
  for (let i = 0; i < duplicates.length; i++, at += 4) writeU32(into, at, duplicates[i] as Tsn);
  return at;
}
