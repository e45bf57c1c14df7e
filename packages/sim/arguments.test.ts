import { describe, expect, test } from "vitest";
import { readArguments, replayCommand } from "./arguments.ts";
import { scenarios } from "./scenarios/index.ts";

describe("the command of a failed seed", () => {
  test.each(scenarios)("plays $name by that seed, and saves it", ({ name }) => {
    const command = replayCommand(name, 17).split(" -- ")[1]!.split(" ");
    expect(readArguments(command)).toMatchObject({
      seed: 17,
      chosen: [{ name }],
      // Nothing else can be made smaller.
      shrink: name === "random",
      capture: "captures",
    });
  });
});

describe("the command line", () => {
  test("takes a number of seeds", () => {
    const request = readArguments(["--seeds", "20", "--from", "7"]);
    expect(request).toMatchObject({
      scenario: { name: "random" },
      from: 7,
      count: 20,
      jobs: 1,
      quiet: false,
    });
    expect(readArguments(["--seeds", "2", "--quiet"])).toMatchObject({ quiet: true });
  });

  test("takes one seed, of every scenario unless one is named", () => {
    expect(readArguments([])).toMatchObject({ seed: 1, chosen: scenarios, lines: 40, shrink: false });
  });

  test.each([
    [["--seeds", "0"], "--seeds takes an integer from 1, not 0"],
    [["--seeds", "2", "--from=-1"], "--from takes an integer from 0, not -1"],
    [["--seeds", "2", "--jobs", "0"], "--jobs takes an integer from 1, not 0"],
    [["--seed", "x"], "--seed takes an integer from 0, not x"],
    [["--seed", " "], "--seed takes an integer from 0"],
    [["--scenario", "none"], "--scenario takes handshake,"],
    [["--lines", ""], "--lines takes"],
    [["--capture", ""], "--capture takes a folder"],
    [["--what"], "--what"],
    [["17"], "Unexpected argument '17'"],
  ])("says what is wrong with %j", (args, what) => {
    expect(readArguments(args)).toContain(what);
  });

  test.each([
    [["--seeds", "5", "--shrink"], "--shrink and --seeds do not go together"],
    [["--seeds", "5", "--capture", "captures"], "--capture and --seeds do not go together"],
    [["--seeds", "5", "--lines", "3"], "--lines and --seeds do not go together"],
    [["--seeds", "5", "--seed", "3"], "--from says with which seed to begin"],
    [["--jobs", "2"], "--jobs needs --seeds"],
    [["--from", "2", "--seed", "1"], "--from needs --seeds"],
    [["--quiet"], "--quiet needs --seeds"],
    [["--shrink"], "--shrink needs --scenario random"],
    [["--shrink", "--scenario", "bulk"], "--shrink needs --scenario random"],
  ])("refuses %j, which do not go together", (args, what) => {
    expect(readArguments(args)).toContain(what);
  });
});
