import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { asTsn, type Ssn, type Tsn } from "../../base/serial.ts";
import { ChunkType } from "../registry.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 9260 §3.3.1
 * ```
 * +---------------+-------+-+-+-+-+-------------------------------+
 * |   Type = 0    |  Res  |I|U|B|E|            Length             |
 * +---------------+-------+-+-+-+-+-------------------------------+
 * |                              TSN                              |
 * +-------------------------------+-------------------------------+
 * |      Stream Identifier S      |   Stream Sequence Number n    |
 * +-------------------------------+-------------------------------+
 * |                  Payload Protocol Identifier                  |
 * +---------------------------------------------------------------+
 * /                 User Data (seq n of Stream S)                 /
 * +---------------------------------------------------------------+
 * ```
 */
export interface DataChunk {
  readonly type: "DATA";
  readonly unordered: boolean;
  readonly beginning: boolean;
  readonly ending: boolean;
  readonly immediate: boolean;
  readonly tsn: Tsn;
  readonly stream: number;
  /** To be ignored when `unordered`. */
  readonly ssn: Ssn;
  readonly ppid: number;
  /** A view on the packet. Empty is well-formed; its receiver aborts with No User Data (RFC 9260 §6.2). */
  readonly data: Uint8Array;
}

/** Bytes of a DATA chunk before its user data. */
export const DATA_HEADER = 16;

/** The flags of a DATA chunk, as bits. */
export const DataFlag = { ENDING: 1, BEGINNING: 2, UNORDERED: 4, IMMEDIATE: 8 } as const;

/** A DATA chunk to be written from a part of a message, without a view or an object in between. */
export interface DataFields {
  readonly tsn: Tsn;
  /** {@link DataFlag} bits. */
  readonly flags: number;
  readonly stream: number;
  readonly ssn: number;
  readonly ppid: number;
  /** The user data is `bytes[offset, offset + length)`. */
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

/** RFC 9260 §3.3.1: flags, TSN, stream, SSN, PPID, user data. */
export function decodeData(bytes: Uint8Array, offset: number, length: number): DataChunk | MalformedChunk {
  if (length < DATA_HEADER) return malformed(bytes, offset, length, `DATA of ${length} bytes`);
  const flags = bytes[offset + 1] as number;
  return {
    type: "DATA",
    unordered: (flags & DataFlag.UNORDERED) !== 0,
    beginning: (flags & DataFlag.BEGINNING) !== 0,
    ending: (flags & DataFlag.ENDING) !== 0,
    immediate: (flags & DataFlag.IMMEDIATE) !== 0,
    tsn: asTsn(readU32(bytes, offset + 4)),
    stream: readU16(bytes, offset + 8),
    ssn: readU16(bytes, offset + 10) as Ssn,
    ppid: readU32(bytes, offset + 12),
    data: bytes.subarray(offset + DATA_HEADER, offset + length),
  };
}

export function dataLength(chunk: DataChunk): number {
  return DATA_HEADER + chunk.data.length;
}

export function encodeData(chunk: DataChunk, into: Uint8Array, offset: number): number {
  const flags =
    (chunk.unordered ? DataFlag.UNORDERED : 0) |
    (chunk.beginning ? DataFlag.BEGINNING : 0) |
    (chunk.ending ? DataFlag.ENDING : 0) |
    (chunk.immediate ? DataFlag.IMMEDIATE : 0);
  writeDataHeader(into, offset, flags, chunk);
  into.set(chunk.data, offset + DATA_HEADER);
  return offset + DATA_HEADER + chunk.data.length;
}

/** Like {@link encodeData}, from {@link DataFields}. */
export function encodeDataFields(fields: DataFields, into: Uint8Array, offset: number): number {
  writeDataHeader(into, offset, fields.flags, fields);
  const { bytes, length } = fields;
  // A message that is one chunk needs no view; and one `set` beats a loop at any size.
  const whole = length === bytes.length;
  into.set(whole ? bytes : bytes.subarray(fields.offset, fields.offset + length), offset + DATA_HEADER);
  return offset + DATA_HEADER + length;
}

/** RFC 9260 §3.3.1: "The following format MUST be used for the DATA chunk". */
function writeDataHeader(
  into: Uint8Array,
  offset: number,
  flags: number,
  fields: { readonly tsn: Tsn; readonly stream: number; readonly ssn: number; readonly ppid: number },
): void {
  into[offset] = ChunkType.DATA;
  into[offset + 1] = flags;
  writeU32(into, offset + 4, fields.tsn);
  writeU16(into, offset + 8, fields.stream);
  writeU16(into, offset + 10, fields.ssn);
  writeU32(into, offset + 12, fields.ppid);
}
