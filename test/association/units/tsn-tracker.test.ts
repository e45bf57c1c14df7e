import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TsnTracker } from "../../../src/association/receive/tsn-tracker.ts";
import { asTsn, tsnAdd } from "../../../src/base/serial.ts";
import { firstTsn, SEEDED } from "./support.ts";

/** RFC 9260 §6.2 and §6.7: what has arrived. */

/** The ranges of a set of numbers, from below. */
function rangesOf(values: Iterable<number>): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (const value of [...values].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === value - 1) last.end = value;
    else ranges.push({ start: value, end: value });
  }
  return ranges;
}

test("knows what a set knows, over the wrap of TSNs", () => {
  // How far from the cumulative TSN, most near by.
  const distance = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -5, max: 20 }) },
    { weight: 1, arbitrary: fc.constantFrom(65_535, 65_536, 70_000, 2 ** 31 - 1, -(2 ** 31)) },
  );
  fc.assert(
    fc.property(firstTsn, fc.array(distance, { maxLength: 100, size: "max" }), (initialTsn, distances) => {
      const tracker = new TsnTracker(initialTsn);
      const received = new Set<number>();
      // Numbers that do not wrap: 0 is the TSN before the first one.
      let cumulative = 0;
      for (const away of distances) {
        const value = cumulative + away;
        const tsn = tsnAdd(initialTsn, value - 1);
        const expected =
          away <= 0 || received.has(value)
            ? "duplicate"
            : away === 1
              ? "next"
              : away > 65_535
                ? "unreportable"
                : "ahead";
        expect(tracker.classify(tsn)).toBe(expected);
        expect(tracker.isBeyondHighest(tsn)).toBe(value > Math.max(cumulative, ...received));
        if (expected !== "next" && expected !== "ahead") continue;
        tracker.add(tsn);
        received.add(value);
        while (received.delete(cumulative + 1)) cumulative += 1;

        expect(tracker.cumulative).toBe(tsnAdd(initialTsn, cumulative - 1));
        expect(tracker.hasGaps).toBe(received.size > 0);
        // Every block is at least 2 above the cumulative TSN, or it would belong to it.
        const gaps = rangesOf([...received].map((it) => it - cumulative));
        expect(tracker.gaps(1_000)).toEqual(gaps);
        expect(tracker.gaps(2)).toEqual(gaps.slice(0, 2));
      }
    }),
    SEEDED,
  );
});

describe("bounds", () => {
  const INITIAL = asTsn(0xffff_ff00);

  test("a TSN that no Gap Ack Block can name is not taken", () => {
    const tracker = new TsnTracker(INITIAL);
    expect(tracker.classify(tsnAdd(INITIAL, 65_534))).toBe("ahead");
    expect(tracker.classify(tsnAdd(INITIAL, 65_535))).toBe("unreportable");
  });

  test.each(["upwards", "downwards", "from both ends"] as const)(
    "gaps are taken up to a number: %s",
    (order) => {
      const tracker = new TsnTracker(INITIAL);
      const offsets = Array.from({ length: 4_000 }, (_, index) => 2 * index + 1);
      if (order === "downwards") offsets.reverse();
      if (order === "from both ends") {
        offsets.sort((a, b) => Math.min(a, 8_000 - a) - Math.min(b, 8_000 - b));
      }
      let taken = 0;
      for (const offset of offsets) {
        const tsn = tsnAdd(INITIAL, offset);
        if (tracker.classify(tsn) !== "ahead") continue;
        tracker.add(tsn);
        taken += 1;
      }
      expect(tracker.gaps(10_000).length).toBe(taken);
      expect(taken).toBe(1_024);
      // What joins a range, or fills the first gap, makes none more: it is always taken.
      const lowest = tracker.gaps(1)[0]?.start ?? 0;
      expect(tracker.classify(tsnAdd(tracker.cumulative, lowest + 1))).toBe("ahead");
      expect(tracker.classify(INITIAL)).toBe("next");
    },
  );

  test("duplicates are reported once, and only so many", () => {
    const tracker = new TsnTracker(asTsn(1));
    expect(tracker.hasDuplicates).toBe(false);
    for (let i = 0; i < 1_000; i++) tracker.addDuplicate(asTsn(i));
    expect(tracker.hasDuplicates).toBe(true);
    const duplicates = tracker.takeDuplicates(16);
    expect(duplicates.length).toBeGreaterThan(0);
    expect(duplicates.length).toBeLessThanOrEqual(64);
    expect(duplicates[0]).toBe(0);
    expect([tracker.hasDuplicates, tracker.takeDuplicates(16)]).toEqual([false, []]);
  });
});
