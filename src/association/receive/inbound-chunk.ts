import type { IpAddress } from "../../base/address.ts";
import { asSsn, type Mid, type Ssn, type Tsn } from "../../base/serial.ts";
import type { DataChunk } from "../../packet/chunks/data.ts";
import type { IDataChunk } from "../../packet/chunks/i-data.ts";

/** Bytes that an object costs beside its data: the chunk, its array, its place in a list. */
const OVERHEAD = 160;
/** Bytes that a message in pieces costs beside them, where messages are interleaved. */
const MESSAGE_OVERHEAD = 240;

/** A DATA chunk as it is kept. */
export interface InboundChunk {
  readonly tsn: Tsn;
  readonly stream: number;
  readonly ssn: Ssn;
  readonly ppid: number;
  readonly unordered: boolean;
  readonly beginning: boolean;
  readonly ending: boolean;
  readonly data: Uint8Array;
  /** The peer's address that it came from. */
  readonly source: IpAddress;
  /** Bytes of memory that keeping it costs. */
  readonly retained: number;
}

/** A message of which parts were read, and whose rest will not come. */
export type AbortedMessage = Pick<InboundChunk, "stream" | "ssn" | "unordered">;

/** An I-DATA chunk as it is kept. */
export interface IDataInboundChunk extends InboundChunk {
  /** RFC 8260 §4.1: "the lower-order 16 bits of the MID are used as the SSN". */
  readonly ssn: Ssn;
  readonly mid: Mid;
  readonly fsn: number;
  /** That of its message, once this is known. */
  ppid: number;
}

/** What the packet of a chunk tells of it. */
export interface ChunkOrigin {
  readonly source: IpAddress;
  /** Bytes of the datagram that the chunk is a view of. */
  readonly datagramLength: number;
}

/**
 * A DATA chunk, to be kept. Its data stays a view of its datagram when it fills at least half of that; a small view
 * would hold on to the whole datagram, so it is copied.
 */
export function keep(chunk: DataChunk, origin: ChunkOrigin): InboundChunk {
  const { source, datagramLength } = origin;
  const isView = chunk.data.length * 2 >= datagramLength;
  return {
    tsn: chunk.tsn,
    stream: chunk.stream,
    ssn: chunk.ssn,
    ppid: chunk.ppid,
    unordered: chunk.unordered,
    beginning: chunk.beginning,
    ending: chunk.ending,
    // A Buffer stays a Buffer this way; its own `slice` would not copy.
    data: isView ? chunk.data : Uint8Array.prototype.slice.call(chunk.data),
    source,
    retained: OVERHEAD + (isView ? datagramLength : chunk.data.length),
  };
}

/** Likewise of an I-DATA chunk. */
export function keepIData(chunk: IDataChunk, origin: ChunkOrigin): IDataInboundChunk {
  const { source, datagramLength } = origin;
  const isView = chunk.data.length * 2 >= datagramLength;
  return {
    tsn: chunk.tsn,
    stream: chunk.stream,
    ssn: asSsn(chunk.mid),
    mid: chunk.mid,
    fsn: chunk.fsn,
    ppid: chunk.ppid,
    unordered: chunk.unordered,
    beginning: chunk.beginning,
    ending: chunk.ending,
    data: isView ? chunk.data : Uint8Array.prototype.slice.call(chunk.data),
    source,
    // A fragment may be all that there is of a message, which then has objects of its own.
    retained: OVERHEAD + MESSAGE_OVERHEAD + (isView ? datagramLength : chunk.data.length),
  };
}
