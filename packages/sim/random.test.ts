import { describe, expect, test } from "vitest";
import { Random } from "./random.ts";

const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next());

describe("Random", () => {
  test("gives the same numbers for the same seed, and others for another", () => {
    expect(draw(new Random(7), 50)).toEqual(draw(new Random(7), 50));
    expect(draw(new Random(7), 5)).not.toEqual(draw(new Random(8), 5));
    expect(draw(new Random(1), 5)).not.toEqual(draw(new Random(1 + 2 ** 32), 5));
  });

  test("keeps giving these numbers: a seed in a bug report stays good", () => {
    expect(draw(new Random(1), 4)).toMatchInlineSnapshot(`
      [
        393288148,
        2174103013,
        3814759091,
        2092745082,
      ]
    `);
  });

  test("has a generator of its own for each label", () => {
    expect(draw(Random.of(1, "a"), 5)).toEqual(draw(Random.of(1, "a"), 5));
    expect(draw(Random.of(1, "a"), 5)).not.toEqual(draw(Random.of(1, "b"), 5));
    expect(draw(Random.of(1, "a"), 5)).not.toEqual(draw(Random.of(2, "a"), 5));
  });

  test("spreads evenly", () => {
    const random = new Random(3);
    const buckets = new Array<number>(16).fill(0);
    for (let i = 0; i < 160_000; i++) {
      const bucket = Math.floor(random.fraction() * 16);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // The deviation of a bucket is about 97.
    for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  test("draws nothing for a chance that is off", () => {
    const random = new Random(5);
    expect(random.chance(0)).toBe(false);
    expect(draw(random, 3)).toEqual(draw(new Random(5), 3));
  });
});
