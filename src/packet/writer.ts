import { padded, writeU16, writeU32 } from "../base/bytes.ts";
import { writeChecksum } from "../base/crc32c.ts";
import { type Chunk, chunkLength, chunkTypeCode, encodeChunk, finishChunk } from "./chunks/chunk.ts";
import { DATA_HEADER, type DataFields, encodeDataFields } from "./chunks/data.ts";
import { encodeIDataFields, I_DATA_HEADER, type IDataFields } from "./chunks/i-data.ts";
import { HEADER_LENGTH } from "./packet.ts";
import { ChunkType } from "./registry.ts";

/** The common header of a packet to be written (RFC 9260 §3.1). */
export interface PacketHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Verification tag. */
  readonly tag: number;
}

/** Authenticates the chunks of a packet (RFC 4895 §6.2). */
export interface PacketSigner {
  /** Whether a chunk of this type must stand behind the AUTH chunk. */
  signs(chunkType: number): boolean;
  /** Bytes of the AUTH chunk. */
  readonly length: number;
  /** Writes it, its HMAC still zero, and gives the offset after it. */
  place(into: Uint8Array, offset: number): number;
  /** Fills in the HMAC of the AUTH chunk at `offset`: the packet ends at `end`. */
  sign(packet: Uint8Array, offset: number, end: number): void;
}

/** The longest chunk: its length is a 16-bit field (RFC 9260 §3.2). */
const CHUNK_MAX = 65_535;

/** Writes one packet after another into buffers of the caller, each within its budget of bytes. */
export class PacketWriter {
  #into: Uint8Array = new Uint8Array(0);
  #length = 0;
  #budget = 0;
  #signer: PacketSigner | undefined = undefined;
  /** Where the AUTH chunk is; 0: there is none. */
  #signedFrom = 0;

  /**
   * Begins a packet of at most `budget` bytes, common header counted. With a signer the AUTH chunk comes immediately
   * before the first chunk that needs it (RFC 4895 §6.2), and stays out where none does.
   */
  reset(into: Uint8Array, budget: number, header: PacketHeader, signer?: PacketSigner): void {
    this.#signer = signer;
    this.#signedFrom = 0;
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

  /** Bytes left for a chunk of this type, its header and padding counted. */
  roomFor(chunkType: number): number {
    const signer = this.#signerFor(chunkType);
    const room = this.#budget - this.#length;
    return signer === undefined ? room : room - signer.length;
  }

  /** Whether nothing but the common header has been written. */
  get empty(): boolean {
    return this.#length === HEADER_LENGTH;
  }

  /** Appends the chunk; false, and nothing is written, when it does not fit. */
  add(chunk: Chunk): boolean {
    const length = chunkLength(chunk);
    if (!this.#begin(chunkTypeCode(chunk), length)) return false;
    this.#length = encodeChunk(chunk, this.#into, this.#length);
    return true;
  }

  /** Appends a DATA chunk, like {@link add}, without making the chunk first: the hot path. */
  addData(fields: DataFields): boolean {
    if (!this.#begin(ChunkType.DATA, DATA_HEADER + fields.length)) return false;
    const offset = this.#length;
    this.#length = finishChunk(this.#into, offset, encodeDataFields(fields, this.#into, offset));
    return true;
  }

  /** Appends an I-DATA chunk, likewise. */
  addIData(fields: IDataFields): boolean {
    if (!this.#begin(ChunkType.I_DATA, I_DATA_HEADER + fields.length)) return false;
    const offset = this.#length;
    this.#length = finishChunk(this.#into, offset, encodeIDataFields(fields, this.#into, offset));
    return true;
  }

  /** Whether a chunk of `length` bytes fits, with the AUTH chunk before it where it needs one: that is then written. */
  #begin(chunkType: number, length: number): boolean {
    if (length > CHUNK_MAX) return false;
    const signer = this.#signerFor(chunkType);
    const needed = signer === undefined ? padded(length) : padded(length) + signer.length;
    if (needed > this.#budget - this.#length) return false;
    if (signer !== undefined) {
      this.#signedFrom = this.#length;
      this.#length = signer.place(this.#into, this.#length);
    }
    return true;
  }

  /**
   * Who puts the AUTH chunk before a chunk of this type; undefined where it needs none, or has it. RFC 4895 §5.1: "The
   * control chunk AUTH MUST NOT appear more than once in an SCTP packet."
   */
  #signerFor(chunkType: number): PacketSigner | undefined {
    const signer = this.#signer;
    return signer !== undefined && this.#signedFrom === 0 && signer.signs(chunkType) ? signer : undefined;
  }

  /** RFC 9260 §6.8: writes the CRC32c, or leaves it zero where that was negotiated (RFC 9653 §5.2), and gives the length. */
  finish(zeroChecksum: boolean = false): number {
    if (this.#signedFrom > 0) this.#signer?.sign(this.#into, this.#signedFrom, this.#length);
    if (!zeroChecksum) writeChecksum(this.#into, this.#length);
    return this.#length;
  }
}
