import { describe, expect, test } from "vitest";
import { soak } from "./soak.ts";
import { slopeOf } from "./trend.ts";

describe("the slope", () => {
  test("is that of the line with the least squares", () => {
    // By hand: means 2 and 4, covariance 6, variance 8; the second is a line.
    expect(
      slopeOf([
        { minute: 0, value: 1 },
        { minute: 2, value: 7 },
        { minute: 4, value: 4 },
      ]),
    ).toBeCloseTo(0.75);
    expect(slopeOf([1, 3, 9].map((minute) => ({ minute, value: 5 - 2 * minute })))).toBeCloseTo(-2);
  });

  test("of one moment there is none", () => {
    expect(slopeOf([])).toBeUndefined();
    expect(slopeOf([{ minute: 1, value: 2 }])).toBeUndefined();
  });
});

test("a short soak meets each end of an association, and leaves no handle", async () => {
  const result = await soak({ minutes: 0.02, callers: 8, tide: 500 });
  const { opened, closed, aborted, timedOut, refused, unanswered, failovers, bytes } = result.counters;
  for (const count of [closed, aborted, timedOut, refused, unanswered, failovers, bytes])
    expect(count).toBeGreaterThan(0);
  expect(opened).toBe(closed + aborted + timedOut + 2);
  expect(result.samples.map(({ associations }) => associations)).toEqual(result.samples.map(() => 2));
  expect(result.handlesAfter).toBeLessThanOrEqual(result.handlesBefore);
  expect(result.handlesAtLast).toBeLessThanOrEqual(result.handlesAtFirst);
});
