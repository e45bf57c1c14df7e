import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connectPair } from "./scenarios/stage.ts";
import { withNetworks, withSeeds } from "./seeds.ts";

const place = mkdtempSync(join(tmpdir(), "usctp-seeds-"));
afterAll(() => rmSync(place, { recursive: true }));
beforeEach(() => void vi.stubEnv("USCTP_SEED", undefined));
afterEach(() => void vi.unstubAllEnvs());

function failureOf(action: () => void): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

function seen(seeds: number | readonly number[]): number[] {
  const list: number[] = [];
  withSeeds(seeds, (seed) => void list.push(seed));
  return list;
}

describe("withSeeds", () => {
  test("runs a body by each seed", () => {
    expect(seen(3)).toEqual([1, 2, 3]);
    expect(seen([7, 0])).toEqual([7, 0]);
  });

  test("runs that of USCTP_SEED alone", () => {
    vi.stubEnv("USCTP_SEED", "17");
    expect(seen(3)).toEqual([17]);
    vi.stubEnv("USCTP_SEED", "many");
    expect(() => seen(3)).toThrow('USCTP_SEED takes one seed, an integer from 0, not "many"');
  });

  test("says of a failure which seed it was, and how it is run alone", () => {
    const broken = new RangeError("broken");
    const failure = failureOf(() =>
      withSeeds([3, 4], (seed) => {
        if (seed === 4) throw broken;
      }),
    );
    expect(failure).toBe(broken);
    expect(failure.message).toBe("broken (seed 4; USCTP_SEED=4 runs it alone)");
    expect(failure.stack).toMatch(/^RangeError: broken \(seed 4; .*\n +at /);
  });

  test("takes what is thrown for an error, whatever it is", () => {
    const failure = failureOf(() =>
      withSeeds(1, () => {
        throw "words";
      }),
    );
    expect(failure.message).toBe("words (seed 1; USCTP_SEED=1 runs it alone)");
  });

  test.each([
    [0, "an integer from 1, or a list of at least one, not 0"],
    [1.5, "not 1.5"],
    [Number.NaN, "not NaN"],
    [[], "not an empty one"],
    ["5", 'not "5"'],
    [undefined, "not undefined"],
    [[1, -1], "seeds that are integers from 0; number 1 of them is -1"],
    [[1, "2"], 'number 1 of them is "2"'],
  ])("says what is wrong with %j for seeds", (seeds, what) => {
    expect(() => seen(seeds as number)).toThrow(TypeError);
    expect(() => seen(seeds as number)).toThrow(what);
  });

  test("says what is wrong with a body", async () => {
    expect(() => withSeeds(1, undefined as never)).toThrow(
      "withSeeds takes a function as its second argument, not undefined",
    );
    expect(() => withSeeds(1, async () => Promise.reject(new Error("unheard")))).toThrow("that is not async");
    expect(() => withNetworks(1, async () => {})).toThrow("withNetworks takes a function that is not async");
  });
});

describe("withNetworks", () => {
  test("gives a network of each seed, with the conditions asked for", () => {
    const networks: [number, number][] = [];
    withNetworks(
      2,
      (network) => {
        network.link("10.0.0.1", "10.0.0.2");
        networks.push([network.seed, network.direction("10.0.0.1", "10.0.0.2").conditions.delay]);
      },
      { conditions: { delay: 70 } },
    );
    expect(networks).toEqual([
      [1, 70],
      [2, 70],
    ]);
  });

  test("shows what went before a failure: the latest packets, and all in a file", () => {
    const captures = join(place, "captures");
    const { message } = failureOf(() =>
      withNetworks(
        [8],
        (network) => {
          expect(connectPair(network, { delay: 5 })).toBeUndefined();
        },
        { captures, lines: 3 },
      ),
    );
    const file = join(captures, "seed-8.pcapng");
    expect(message).toContain(`(seed 8; USCTP_SEED=8 runs it alone)\nall packets: ${file}\n… `);
    expect(message.match(/(?:──→|←──)/g)).toHaveLength(3);
    expect(message).toContain("COOKIE-ACK");
    // The block that a pcapng file begins with.
    expect(readFileSync(file).readUInt32BE(0)).toBe(0x0a0d0d0a);
  });

  test("leaves a file among the temporary ones, where no folder is named", () => {
    const failure = failureOf(() =>
      withNetworks(1, () => {
        throw new Error("broken");
      }),
    );
    const [, file = ""] = /^all packets: (.*)$/m.exec(failure.message) ?? [];
    expect(existsSync(file)).toBe(true);
    rmSync(join(file, ".."), { recursive: true });
  });

  test("shows the failure where no file can be written", () => {
    const { message } = failureOf(() =>
      withNetworks(
        1,
        () => {
          throw new Error("broken");
        },
        { captures: join(place, "no", "captures") },
      ),
    );
    expect(message).toMatch(/^broken \(seed 1; .*\)\nall packets: none, .* cannot be made: there is no /);
  });
});
