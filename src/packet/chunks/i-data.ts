import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { asMid, asTsn, type Mid, type Tsn } from "../../base/serial.ts";
import { ChunkType } from "../registry.ts";
import { DataFlag } from "./data.ts";
import { type MalformedChunk, malformed } from "./malformed.ts";

/**
 * RFC 8260 §2.1
 * ```
 * +---------------+-------+-+-+-+-+-------------------------------+
 * |   Type = 64   |  Res  |I|U|B|E|       Length = Variable       |
 * +---------------+-------+-+-+-+-+-------------------------------+
 * |                              TSN                              |
 * +-------------------------------+-------------------------------+
 * |       Stream Identifier       |           Reserved            |
 * +-------------------------------+-------------------------------+
 * |                      Message Identifier                       |
 * +---------------------------------------------------------------+
 * |    Payload Protocol Identifier / Fragment Sequence Number     |
 * +---------------------------------------------------------------+
 * /                           User Data                           /
 * +---------------------------------------------------------------+
 * ```
 */
export interface IDataChunk {
  readonly type: "I-DATA";
  readonly unordered: boolean;
  readonly beginning: boolean;
  readonly ending: boolean;
  readonly immediate: boolean;
  readonly tsn: Tsn;
  readonly stream: number;
  /** Ordered and unordered messages of a stream are numbered apart. */
  readonly mid: Mid;
  /** On the wire in the `beginning` fragment only; 0 in the others. */
  readonly ppid: number;
  /** On the wire in the fragments behind the first only; 0 in the `beginning` one. */
  readonly fsn: number;
  /** A view on the packet. Empty is well-formed; its receiver aborts with No User Data (RFC 9260 §6.2). */
  readonly data: Uint8Array;
}

/** Bytes of an I-DATA chunk before its user data. */
export const I_DATA_HEADER = 20;

/** An I-DATA chunk to be written from a part of a message, without a view or an object in between. */
export interface IDataFields {
  readonly tsn: Tsn;
  /** {@link DataFlag} bits. */
  readonly flags: number;
  readonly stream: number;
  readonly mid: number;
  /** Written when `flags` has BEGINNING. */
  readonly ppid: number;
  /** Written when it has not. */
  readonly fsn: number;
  /** The user data is `bytes[offset, offset + length)`. */
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

export function decodeIData(bytes: Uint8Array, offset: number, length: number): IDataChunk | MalformedChunk {
  if (length < I_DATA_HEADER) return malformed(bytes, offset, length, `I-DATA of ${length} bytes`);
  const flags = bytes[offset + 1] as number;
  const beginning = (flags & DataFlag.BEGINNING) !== 0;
  const shared = readU32(bytes, offset + 16);
  return {
    type: "I-DATA",
    unordered: (flags & DataFlag.UNORDERED) !== 0,
    beginning,
    ending: (flags & DataFlag.ENDING) !== 0,
    immediate: (flags & DataFlag.IMMEDIATE) !== 0,
    tsn: asTsn(readU32(bytes, offset + 4)),
    stream: readU16(bytes, offset + 8),
    mid: asMid(readU32(bytes, offset + 12)),
    // RFC 8260 §2.1: both are at one place, "using the B bit to determine which value is stored at the location".
    ppid: beginning ? shared : 0,
    fsn: beginning ? 0 : shared,
    data: bytes.subarray(offset + I_DATA_HEADER, offset + length),
  };
}

export function iDataLength(chunk: IDataChunk): number {
  return I_DATA_HEADER + chunk.data.length;
}

export function encodeIData(chunk: IDataChunk, into: Uint8Array, offset: number): number {
  const flags =
    (chunk.unordered ? DataFlag.UNORDERED : 0) |
    (chunk.beginning ? DataFlag.BEGINNING : 0) |
    (chunk.ending ? DataFlag.ENDING : 0) |
    (chunk.immediate ? DataFlag.IMMEDIATE : 0);
  writeIDataHeader(into, offset, flags, chunk);
  into.set(chunk.data, offset + I_DATA_HEADER);
  return offset + I_DATA_HEADER + chunk.data.length;
}

/** Like {@link encodeIData}, from {@link IDataFields}. */
export function encodeIDataFields(fields: IDataFields, into: Uint8Array, offset: number): number {
  writeIDataHeader(into, offset, fields.flags, fields);
  const { bytes, length } = fields;
  // As with DATA: a message that is one chunk needs no view.
  const whole = length === bytes.length;
  into.set(whole ? bytes : bytes.subarray(fields.offset, fields.offset + length), offset + I_DATA_HEADER);
  return offset + I_DATA_HEADER + length;
}

function writeIDataHeader(
  into: Uint8Array,
  offset: number,
  flags: number,
  fields: Pick<IDataFields, "tsn" | "stream" | "mid" | "ppid" | "fsn">,
): void {
  into[offset] = ChunkType.I_DATA;
  into[offset + 1] = flags;
  writeU32(into, offset + 4, fields.tsn);
  writeU16(into, offset + 8, fields.stream);
  // RFC 8260 §2.1: reserved: "It MUST be set to 0 by the sender".
  writeU16(into, offset + 10, 0);
  writeU32(into, offset + 12, fields.mid);
  writeU32(into, offset + 16, (flags & DataFlag.BEGINNING) !== 0 ? fields.ppid : fields.fsn);
}
