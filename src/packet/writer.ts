import { padded, writeU16, writeU32 } from "../base/bytes.ts";
import { writeChecksum } from "../base/crc32c.ts";
import { type Chunk, chunkLength, encodeChunk, finishChunk } from "./chunks/chunk.ts";
import { DATA_HEADER, type DataFields, encodeDataFields } from "./chunks/data.ts";
import { encodeIDataFields, I_DATA_HEADER, type IDataFields } from "./chunks/i-data.ts";
import { HEADER_LENGTH } from "./packet.ts";

/** The common header of a packet to be written (RFC 9260 §3.1). */
export interface PacketHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Verification tag. */
  readonly tag: number;
}

/** The longest chunk: its length is a 16-bit field (RFC 9260 §3.2). */
const CHUNK_MAX = 65_535;

/** Writes one packet after another into buffers of the caller, each within its budget of bytes. */
export class PacketWriter {
  #into: Uint8Array = new Uint8Array(0);
  #length = 0;
  #budget = 0;

  /** Begins a packet of at most `budget` bytes, common header counted. */
  reset(into: Uint8Array, budget: number, header: PacketHeader): void {
    this.#into = into;
    this.#budget = Math.min(budget, into.length);
    this.#length = HEADER_LENGTH;
    writeU16(into, 0, header.sourcePort);
    writeU16(into, 2, header.destinationPort);
    writeU32(into, 4, header.tag);
    writeU32(into, 8, 0);
  }

  /** Bytes written so far, common header counted. */
  get length(): number {
    return this.#length;
  }

  /** Bytes left for a chunk, its header and padding counted. */
  get room(): number {
    return this.#budget - this.#length;
  }

  /** Whether nothing but the common header has been written. */
  get empty(): boolean {
    return this.#length === HEADER_LENGTH;
  }

  /** Appends the chunk; false, and nothing is written, when it does not fit. */
  add(chunk: Chunk): boolean {
    const length = chunkLength(chunk);
    if (length > CHUNK_MAX || padded(length) > this.#budget - this.#length) return false;
    this.#length = encodeChunk(chunk, this.#into, this.#length);
    return true;
  }

  /** Appends a DATA chunk, like {@link add}, without making the chunk first: the hot path. */
  addData(fields: DataFields): boolean {
    const length = DATA_HEADER + fields.length;
    if (length > CHUNK_MAX || padded(length) > this.#budget - this.#length) return false;
    const offset = this.#length;
    this.#length = finishChunk(this.#into, offset, encodeDataFields(fields, this.#into, offset));
    return true;
  }

  /** Appends an I-DATA chunk, likewise. */
  addIData(fields: IDataFields): boolean {
    const length = I_DATA_HEADER + fields.length;
    if (length > CHUNK_MAX || padded(length) > this.#budget - this.#length) return false;
    const offset = this.#length;
    this.#length = finishChunk(this.#into, offset, encodeIDataFields(fields, this.#into, offset));
    return true;
  }

  /** RFC 9260 §6.8: writes the CRC32c, or leaves it zero where that was negotiated (RFC 9653 §5.2), and gives the length. */
  finish(zeroChecksum: boolean = false): number {
    if (!zeroChecksum) writeChecksum(this.#into, this.#length);
    return this.#length;
  }
}
