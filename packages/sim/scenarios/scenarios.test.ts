import { describe, expect, test } from "vitest";
import { withSeeds } from "../seeds.ts";
import { scenarios } from "./index.ts";
import { perform } from "./scenario.ts";

describe.each(scenarios)("$name", (scenario) => {
  test("holds what it promises", () => {
    withSeeds(5, (seed) => {
      expect(perform(scenario, seed, 50).faults).toEqual([]);
    });
  });

  test("is the same again for the same seed", () => {
    const ladder = (seed: number) => perform(scenario, seed, 200).ladder.toString();
    expect(ladder(1)).toBe(ladder(1));
    expect(ladder(2)).not.toBe(ladder(1));
  });
});
