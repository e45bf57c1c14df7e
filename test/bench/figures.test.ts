import { describe, expect, test } from "vitest";
import { figureOf, quantile, shown } from "../../bench/figures.ts";
import { type Entry, table } from "../../bench/table.ts";

const machine = { node: "v20", system: "linux", processor: "a processor", cores: 2, load: 0 };

/** Readings of one second each, from bytes. */
function entry(name: string, size: number, rounds: readonly number[]): Entry {
  const readings = rounds.map((bytes) => ({ bytes, messages: bytes / size, ms: 1_000 }));
  return {
    name,
    size,
    readings,
    megabytes: figureOf(rounds.map((bytes) => bytes / 1e6)),
    messages: figureOf(rounds.map((bytes) => bytes / size)),
  };
}

function rows(entries: readonly Entry[]): string[] {
  return table({ entries, missing: [], rounds: 3, measureMs: 1_000, machine }).split("\n");
}

describe("the figures of a benchmark", () => {
  test.each([
    { values: [3, 1, 2], figure: { median: 2, min: 1, max: 3 } },
    { values: [4, 1, 2, 3], figure: { median: 2.5, min: 1, max: 4 } },
    { values: [7], figure: { median: 7, min: 7, max: 7 } },
  ])("are the median and the extremes of $values", ({ values, figure }) => {
    expect(figureOf(values)).toEqual(figure);
  });

  test("show the extremes behind the median", () => {
    expect(shown({ median: 1.25, min: 1, max: 2 }, 2)).toBe("1.25 (1.00 to 2.00)");
  });

  test.each([
    { share: 0.5, value: 50 },
    { share: 0.99, value: 99 },
    { share: 1, value: 100 },
  ])("have $value at $share of 1 to 100, in any order", ({ share, value }) => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantile(values, share)).toBe(value);
  });

  test("compare round by round at the same size, so that a slow machine slows both", () => {
    const ours = [entry("usctp", 64, [3e6, 30e6, 6e6]), entry("usctp", 1_200, [8e6, 8e6, 8e6])];
    const theirs = [entry("usrsctp", 64, [2e6, 15e6, 6e6]), entry("usrsctp", 1_200, [4e6, 4e6, 4e6])];
    const compared = rows([...ours, ...theirs]).filter((line) => line.startsWith("usrsctp"));
    expect(compared[0]).toMatch(/ 1\.50 \(1\.00 to 2\.00\)$/);
    expect(compared[1]).toMatch(/ 2\.00 \(2\.00 to 2\.00\)$/);
  });

  test("compare bare datagrams with the largest messages", () => {
    const ours = [entry("usctp", 64, [1e6]), entry("usctp", 65_536, [5e6])];
    const line = rows([...ours, entry("blast", 1_452, [10e6])]).find((text) => text.startsWith("dgram"));
    expect(line).toMatch(/ 0\.50 \(0\.50 to 0\.50\)$/);
  });

  test.each([
    { load: 0.2, warns: false },
    { load: 3, warns: true },
  ])("say so when the machine was busy: load $load", ({ load, warns }) => {
    const text = table({ entries: [], missing: [], rounds: 1, measureMs: 1, machine: { ...machine, load } });
    expect(text.includes("The machine was busy")).toBe(warns);
  });

  test("name who is missing, and how to get it", () => {
    const missing = [{ name: "usrsctp", missing: "libusrsctp is not installed; to install it: apt-get" }];
    const text = table({ entries: [], missing, rounds: 1, measureMs: 1, machine });
    expect(text).toContain("usrsctp (C) is missing: libusrsctp is not installed; to install it: apt-get");
  });
});
