import fc from "fast-check";
import { expect, test } from "vitest";
import { type Interval, IntervalSet } from "../../src/base/intervals.ts";

/** The ranges of a plain set: sorted, disjoint, not adjacent. */
function rangesOf(values: ReadonlySet<number>): Interval[] {
  const ranges: { start: number; end: number }[] = [];
  for (const value of [...values].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === value - 1) last.end = value;
    else ranges.push({ start: value, end: value });
  }
  return ranges;
}

const held = (set: IntervalSet): (Interval | undefined)[] =>
  Array.from({ length: set.size }, (_, index) => set.at(index));

test("holds what was added, as the fewest ranges", () => {
  const small = fc.integer({ min: 0, max: 40 });
  fc.assert(
    fc.property(fc.array(small, { maxLength: 60 }), small, (added, upTo) => {
      const set = new IntervalSet();
      const model = new Set<number>();
      for (const value of added) {
        expect(set.add(value)).toBe(!model.has(value));
        model.add(value);
        expect(held(set)).toEqual(rangesOf(model));
      }
      for (let value = -1; value <= 41; value++) expect(set.has(value)).toBe(model.has(value));
      expect(set.size).toBe(rangesOf(model).length);
      expect(set.at(0)).toEqual(rangesOf(model)[0]);
      expect(set.at(set.size)).toBeUndefined();

      for (const value of added.slice(0, upTo)) {
        set.remove(value);
        model.delete(value);
        expect(held(set)).toEqual(rangesOf(model));
      }
      set.removeThrough(upTo);
      const rest = new Set([...model].filter((value) => value > upTo));
      expect(held(set)).toEqual(rangesOf(rest));
    }),
  );
});
