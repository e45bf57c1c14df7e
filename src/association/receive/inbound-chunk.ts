import type { Ssn, Tsn } from "../../base/serial.ts";

/** Bytes that an object costs beside its data: the chunk, its array, its place in a list. */
const OVERHEAD = 160;

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
}

/**
 * The data of a chunk, to be kept: a view of its datagram when it fills at least half of that, else a copy. A small
 * view would hold on to the whole datagram.
 */
export function retain(data: Uint8Array, datagramLength: number): Uint8Array {
  return data.length * 2 >= datagramLength ? data : new Uint8Array(data);
}

/** Bytes of memory that keeping it costs. A view holds its whole datagram, at most twice the data. */
export function retainedBytes(data: Uint8Array): number {
  return OVERHEAD + data.buffer.byteLength;
}
