import fc from "fast-check";
import { expect, test } from "vitest";
import { IDataStreams } from "../../../src/association/receive/idata-streams.ts";
import type { IDataInboundChunk } from "../../../src/association/receive/inbound-chunk.ts";
import { asMid, asSsn, asTsn } from "../../../src/base/serial.ts";
import { ip, SEEDED } from "./support.ts";

/** RFC 8260 §2.2.3: fragments of many messages, in any order. */

interface Shape {
  readonly stream: number;
  readonly unordered: boolean;
  readonly fragments: number;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  stream: fc.nat({ max: 2 }),
  unordered: fc.boolean(),
  fragments: fc.integer({ min: 1, max: 6 }),
});

function chunk(parts: Partial<IDataInboundChunk> & { readonly data: Uint8Array }): IDataInboundChunk {
  return {
    tsn: asTsn(0),
    stream: 0,
    ssn: asSsn(0),
    mid: asMid(0),
    fsn: 0,
    ppid: 0,
    unordered: false,
    beginning: (parts.fsn ?? 0) === 0,
    ending: true,
    source: ip("10.0.0.2"),
    retained: 1,
    ...parts,
  };
}

/** The fragments of these messages, each with a byte that names it. */
function chunksOf(shapes: readonly Shape[]): IDataInboundChunk[] {
  const mids = new Map<string, number>();
  return shapes.flatMap(({ stream, unordered, fragments }, index) => {
    const key = `${stream} ${unordered}`;
    const mid = mids.get(key) ?? 0;
    mids.set(key, mid + 1);
    return Array.from({ length: fragments }, (_, fsn) =>
      chunk({
        stream,
        unordered,
        mid: asMid(mid),
        fsn,
        ppid: fsn === 0 ? index : 0,
        ending: fsn === fragments - 1,
        data: Uint8Array.of(index, fsn),
      }),
    );
  });
}

test("whatever the order, each message comes whole, and each stream in order", () => {
  const cases = fc.array(shape, { minLength: 1, maxLength: 12 }).chain((shapes) => {
    const places = chunksOf(shapes).map((_, index) => index);
    const all = { minLength: places.length, maxLength: places.length };
    return fc.record({
      shapes: fc.constant(shapes),
      order: fc.shuffledSubarray(places, all),
      point: fc.constantFrom(0, 3, 6, Number.POSITIVE_INFINITY),
    });
  });
  fc.assert(
    fc.property(cases, ({ shapes, order, point }) => {
      const got: number[][] = shapes.map(() => []);
      const ended: number[] = [];
      const streams = new IDataStreams((chunks, { more, continuation }) => {
        const index = chunks[0]?.ppid ?? -1;
        const bytes = got[index];
        expect(continuation).toBe((bytes?.length ?? 0) > 0);
        for (const { data, ppid } of chunks) {
          expect(ppid).toBe(index);
          bytes?.push(...data);
        }
        if (!more) ended.push(index);
      });
      const chunks = chunksOf(shapes);
      for (const place of order) {
        const next = chunks[place];
        if (next !== undefined) expect(streams.add(next, point)).toBe("kept");
      }
      for (const [index, { fragments }] of shapes.entries()) {
        expect(got[index]).toEqual(Array.from({ length: fragments }, (_, fsn) => [index, fsn]).flat());
      }
      expect(ended.length).toBe(shapes.length);
      for (const stream of [0, 1, 2]) {
        const own = ended.filter((index) => shapes[index]?.stream === stream && !shapes[index]?.unordered);
        expect(own).toEqual([...own].sort((one, other) => one - other));
      }
    }),
    SEEDED,
  );
});

test("nothing is given out of a message twice, and nothing before its turn, when the window is used up", () => {
  const parts: (readonly [number, number, boolean])[] = [];
  const streams = new IDataStreams((chunks, { more }) =>
    parts.push([chunks[0]?.stream ?? -1, chunks.length, more]),
  );
  const data = new Uint8Array(10);
  const add = (stream: number, mid: number, fsn: number) =>
    streams.add(chunk({ stream, mid: asMid(mid), fsn, ending: false, data }), Number.POSITIVE_INFINITY);
  streams.giveOutLongest();
  add(0, 1, 0);
  add(0, 1, 1);
  add(1, 0, 1);
  streams.giveOutLongest();
  expect(parts).toEqual([]);
  add(2, 0, 0);
  streams.giveOutLongest();
  streams.giveOutLongest();
  expect(parts).toEqual([[2, 1, true]]);
  // It goes on as it comes.
  add(2, 0, 1);
  expect(parts).toEqual([
    [2, 1, true],
    [2, 1, true],
  ]);
});

test("of a message whose TSNs are in another order than its fragments the first one can be dropped and come again", () => {
  const got: number[][] = [];
  const streams = new IDataStreams((chunks) => got.push(chunks.map(({ fsn }) => fsn)));
  const add = (tsn: number, fsn: number, ending: boolean) =>
    streams.add(chunk({ tsn: asTsn(tsn), fsn, ending, data: Uint8Array.of(fsn) }), Number.POSITIVE_INFINITY);
  add(10, 0, false);
  add(5, 2, true);
  expect(streams.takeAbove(asTsn(7)).map(({ fsn }) => fsn)).toEqual([0]);
  expect([add(10, 0, false), add(11, 1, false)]).toEqual(["kept", "kept"]);
  expect(got).toEqual([[0, 1, 2]]);
});

test("thousands of messages that wait are not gone through for each that is complete", () => {
  let given = 0;
  const streams = new IDataStreams(() => {
    given += 1;
  });
  const data = Uint8Array.of(1);
  const some = 20_000;
  for (let mid = 0; mid < some; mid += 1) {
    streams.add(chunk({ unordered: true, mid: asMid(mid), ending: false, data }), Number.POSITIVE_INFINITY);
  }
  // One by one this would be half a billion steps.
  for (let mid = some; mid < 2 * some; mid += 1) {
    streams.add(chunk({ unordered: true, mid: asMid(mid), ending: false, data }), Number.POSITIVE_INFINITY);
    streams.add(chunk({ unordered: true, mid: asMid(mid), fsn: 1, data }), Number.POSITIVE_INFINITY);
  }
  expect(given).toBe(some);
});
