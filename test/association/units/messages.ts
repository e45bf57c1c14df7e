import fc from "fast-check";
import type { InboundChunk } from "../../../src/association/receive/inbound-chunk.ts";
import { asSsn, asTsn, type Tsn, tsnAdd } from "../../../src/base/serial.ts";
import { ip } from "./support.ts";

/** A message as a peer sends it, in numbers alone: a failing case must fit on a screen. */
export interface Message {
  readonly length: number;
  readonly stream: number;
  readonly unordered: boolean;
  /** Bytes of a fragment. */
  readonly fragment: number;
}

/** Messages of up to `maxLength` bytes on streams 0 to 2. */
export function messages(maxLength: number): fc.Arbitrary<Message[]> {
  const shape = fc.record({
    length: fc.integer({ min: 1, max: maxLength }),
    stream: fc.integer({ min: 0, max: 2 }),
    unordered: fc.boolean(),
    fragment: fc.integer({ min: Math.ceil(maxLength / 8), max: maxLength }),
  });
  return fc.array(shape, { maxLength: 12, size: "max" });
}

/** The bytes of the message at `index` of a list: no two of them begin alike. */
export function dataOf({ length }: Message, index: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (index * 31 + at * 7) & 0xff);
}

/** What keeping these bytes costs: the buffer behind them, and the objects around. */
function dataAndCost(data: Uint8Array): Pick<InboundChunk, "data" | "retained" | "source"> {
  return { data, retained: data.buffer.byteLength + 160, source: ip("10.0.0.2") };
}

/** The chunks of all messages, in the order of their TSNs. */
export function chunksOf(list: readonly Message[], initialTsn: Tsn): InboundChunk[] {
  const ssns = new Map<number, number>();
  const chunks: InboundChunk[] = [];
  for (const [index, message] of list.entries()) {
    const { stream, unordered, fragment } = message;
    const data = dataOf(message, index);
    const ssn = ssns.get(stream) ?? 0;
    if (!unordered) ssns.set(stream, ssn + 1);
    for (let at = 0; at < data.length; at += fragment) {
      chunks.push({
        tsn: tsnAdd(initialTsn, chunks.length),
        stream,
        ssn: asSsn(unordered ? 0 : ssn),
        ppid: 0,
        unordered,
        beginning: at === 0,
        ending: at + fragment >= data.length,
        ...dataAndCost(data.slice(at, at + fragment)),
      });
    }
  }
  return chunks;
}

/** A list of messages whose chunks arrive in any order: `order` has the places of the chunks in TSN order. */
export interface Arrivals {
  readonly list: readonly Message[];
  readonly initialTsn: Tsn;
  readonly order: readonly number[];
}

export function arrivals(maxLength: number, initialTsn: fc.Arbitrary<Tsn>): fc.Arbitrary<Arrivals> {
  return messages(maxLength).chain((list) => {
    const count = chunksOf(list, asTsn(0)).length;
    const places = Array.from({ length: count }, (_, index) => index);
    return fc.record({
      list: fc.constant(list),
      initialTsn,
      order: fc.shuffledSubarray(places, { minLength: count, maxLength: count }),
    });
  });
}

/** The chunks in the order in which they arrive. */
export function arriving({ list, initialTsn, order }: Arrivals): InboundChunk[] {
  const chunks = chunksOf(list, initialTsn);
  return order.flatMap((place) => chunks[place] ?? []);
}

/** One chunk, a whole ordered message unless told otherwise. */
export function chunk(tsn: Tsn, parts: Partial<InboundChunk> = {}): InboundChunk {
  return {
    tsn,
    stream: 0,
    ssn: asSsn(0),
    ppid: 0,
    unordered: false,
    beginning: true,
    ending: true,
    ...parts,
    ...dataAndCost(parts.data ?? new Uint8Array(100)),
  };
}
