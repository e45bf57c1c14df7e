import { describe, expect, test } from "vitest";
import type { Scenario } from "../scenarios/scenario.ts";
import { conclusion, runSeed, Survey, survey, table } from "./survey.ts";

/** One that goes wrong by odd seeds, and throws by 5. */
const odd: Scenario = {
  name: "odd",
  summary: "",
  play(network) {
    if (network.seed === 5) throw new RangeError("five");
    network.run(3_600_000);
    return { faults: network.seed % 2 === 0 ? [] : ["odd"], facts: {}, met: ["event dry"] };
  },
};

describe("the table of what was met", () => {
  test("names its columns, has groups, and in each the frequent first", () => {
    const met = new Map([
      ["fault cut", 2],
      ["event closed", 4],
      ["fault NAT moved", 3],
    ]);
    expect(table(met, 4)).toBe(
      [
        "  met by                                seeds    share",
        "events",
        "  closed                                    4  100.0 %  ██████████████████████████████",
        "faults put into the run",
        "  the NAT gave another port                 3   75.0 %  ███████████████████████",
        "  a link carries nothing for a while        2   50.0 %  ███████████████",
        "",
      ].join("\n"),
    );
  });

  test("is nothing where nothing is counted", () => {
    expect(table(new Map(), 4)).toBe("");
  });
});

describe("the last line of a survey", () => {
  test("says that all is well", () => {
    const all = survey(odd, [2, 4]);
    expect(conclusion(all, { count: 2, seconds: 0.25 })).toBe(
      "passed: 2 of 2 seeds are well; 2.0 simulated hours, 0 packets in 0.3 s",
    );
  });

  test("names the seeds that are not, those that throw among them", () => {
    const all = survey(odd, [5, 2, 3]);
    expect(conclusion(all, { count: 3, seconds: 1 })).toMatch(/^FAILED: 2 of 3 seeds are not well: 3, 5; /);
    expect(all.failed.get(5)).toMatch(/^thrown: RangeError: five\n/);
  });

  test("names twenty of them", () => {
    const all = survey(
      odd,
      Array.from({ length: 30 }, (_, index) => 2 * index + 1),
    );
    expect(conclusion(all, { count: 30, seconds: 1 })).toMatch(/are not well: 1, 3, .*, 39 …; /);
  });

  test("says what kept seeds from being played", () => {
    const all = new Survey();
    all.add(runSeed(odd, 2));
    const hindered = "a process ended with SIGKILL";
    expect(conclusion(all, { count: 3, seconds: 1, hindered })).toMatch(
      /^FAILED: 1 of 3 seeds are well; .*; not all were played: a process ended with SIGKILL$/,
    );
  });
});
