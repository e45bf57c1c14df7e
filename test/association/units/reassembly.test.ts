import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InboundChunk } from "../../../src/association/receive/inbound-chunk.ts";
import { Reassembly } from "../../../src/association/receive/reassembly.ts";
import { asSsn, asTsn, tsnAdd } from "../../../src/base/serial.ts";
import { arrivals, arriving, chunk, dataOf } from "./messages.ts";
import { firstTsn, SEEDED } from "./support.ts";

/** RFC 9260 §6.9. */

const firstTsn0 = asTsn(2 ** 32 - 5);

test("fragments in any order make each message whole, once", () => {
  fc.assert(
    fc.property(arrivals(200, firstTsn), (it) => {
      const reassembly = new Reassembly();
      const whole: Uint8Array[] = [];
      const waiting = new Set<InboundChunk>();
      for (const arrival of arriving(it)) {
        const run = reassembly.add(arrival);
        expect(run).not.toBe("inconsistent");
        if (run === undefined || run === "inconsistent") {
          waiting.add(arrival);
          continue;
        }
        const bytes = run.chunks.flatMap(({ data }) => [...data]);
        expect(run.bytes).toBe(bytes.length);
        expect([run.first, run.last]).toEqual([run.chunks[0]?.tsn, tsnAdd(run.first, run.chunks.length - 1)]);
        whole.push(Uint8Array.from(bytes));
        for (const part of run.chunks) waiting.delete(part);
      }
      expect([waiting.size, reassembly.size]).toEqual([0, 0]);
      const sorted = (all: readonly Uint8Array[]): string[] => all.map((bytes) => bytes.join()).sort();
      expect(sorted(whole)).toEqual(sorted(it.list.map(dataOf)));
    }),
    SEEDED,
  );
});

// Each fragment that comes before its run must not move the run: 5,000,000,000 steps would not end in the time of a test.
test("100,000 fragments that come backwards make a message, and so do halves that meet", () => {
  const count = 100_000;
  const at = (index: number): InboundChunk =>
    chunk(tsnAdd(firstTsn0, index), { beginning: index === 0, ending: index === count - 1 });
  const reassembly = new Reassembly();
  for (let index = count - 1; index > 0; index -= 1) expect(reassembly.add(at(index))).toBe(undefined);
  const run = reassembly.add(at(0));
  if (run === undefined || run === "inconsistent") throw new Error(`not whole: ${run}`);
  expect(run.chunks.map(({ tsn }) => tsn)).toEqual(run.chunks.map((_, index) => tsnAdd(firstTsn0, index)));
  expect([run.length, reassembly.size]).toEqual([count, 0]);
});

describe("what contradicts its neighbour is found, whichever came first", () => {
  const begin = { beginning: true, ending: false };
  const middle = { beginning: false, ending: false };
  const end = { beginning: false, ending: true };
  const T = asTsn(0xffff_ffff);

  test.each<[string, Partial<InboundChunk>, Partial<InboundChunk>]>([
    ["a beginning in the middle of a message", begin, begin],
    ["a whole message in the middle of one", middle, {}],
    ["a middle without a beginning behind an end", end, middle],
    ["an end behind an end", end, end],
    ["a middle behind an end on another stream", end, { ...middle, stream: 1 }],
    ["another stream", begin, { ...end, stream: 1 }],
    ["another SSN", begin, { ...end, ssn: asSsn(1) }],
    ["ordered, then unordered", begin, { ...end, unordered: true }],
    ["unordered, then ordered", { ...begin, unordered: true }, end],
  ])("%s", (_, first, second) => {
    for (const order of ["forwards", "backwards"]) {
      const reassembly = new Reassembly();
      const pair = [chunk(T, first), chunk(tsnAdd(T, 1), second)];
      if (order === "backwards") pair.reverse();
      const results = pair.map((it) => reassembly.add(it));
      // A whole message is given out at once: nothing of it is left to contradict.
      if (results[0] !== undefined) continue;
      expect(results[1]).toBe("inconsistent");
    }
  });

  test("but unordered fragments may have any SSN", () => {
    const reassembly = new Reassembly();
    reassembly.add(chunk(T, { ...begin, unordered: true, ssn: asSsn(5) }));
    const run = reassembly.add(chunk(tsnAdd(T, 1), { ...end, unordered: true, ssn: asSsn(9) }));
    expect(run).toMatchObject({ bytes: 200 });
  });

  test("and messages may follow each other without a gap", () => {
    const reassembly = new Reassembly();
    expect(reassembly.add(chunk(T, end))).toBeUndefined();
    expect(reassembly.add(chunk(tsnAdd(T, 1), { ...begin, stream: 3 }))).toBeUndefined();
    expect(reassembly.add(chunk(tsnAdd(T, -1), begin))).toMatchObject({ bytes: 200 });
    expect(reassembly.size).toBe(1);
  });
});

test("the longest run with a beginning is found, of those that may go", () => {
  const reassembly = new Reassembly();
  const add = (at: number, count: number, beginning: boolean, stream: number): void => {
    for (let i = 0; i < count; i++) {
      reassembly.add(
        chunk(asTsn(at + i), { beginning: beginning && i === 0, ending: false, stream, ssn: asSsn(0) }),
      );
    }
  };
  add(10, 2, true, 1);
  add(20, 4, true, 2);
  add(30, 9, false, 3);
  expect(reassembly.longestBegun(() => true)?.first).toBe(20);
  expect(reassembly.longestBegun(({ stream }) => stream !== 2)?.first).toBe(10);
  expect(reassembly.longestBegun(() => false)).toBeUndefined();
  const run = reassembly.startingAt(asTsn(20));
  if (run !== undefined) reassembly.remove(run);
  expect([reassembly.size, reassembly.startingAt(asTsn(20))]).toEqual([2, undefined]);
});
