import { describe, expect, test } from "vitest";
import { replayCommand } from "../arguments.ts";
import { random } from "../scenarios/random.ts";
import { survey } from "./survey.ts";

const DAY = 86_400_000;
const FIXED = Array.from({ length: 180 }, (_, index) => index + 1);
/** Others every day: many days see what no fixed list does. */
const TODAY = Array.from(
  { length: 60 },
  (_, index) => 1_000_000 + Math.floor(Date.now() / DAY) * 1_000 + index,
);

/** The seeds that fail, with the commands that show why. */
function failures(seeds: readonly number[]): string[] {
  const { failed } = survey(random, seeds);
  return [...failed].map(([seed, fault]) => `${fault} (${replayCommand(random.name, seed)})`);
}

describe("random runs hold what they promise", () => {
  test("by the same seeds each time", () => expect(failures(FIXED)).toEqual([]), 120_000);
  test(`by those of today, from ${TODAY[0]}`, () => expect(failures(TODAY)).toEqual([]), 120_000);
});
