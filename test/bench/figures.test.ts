import { describe, expect, test } from "vitest";
import { figureOf, figureText, quantile } from "../../bench/figures.ts";
import { caseOf, type Values } from "../../bench/measurement.ts";
import { ratiosOf } from "../../bench/ratios.ts";
import type { Case, Findings, Point, Report } from "../../bench/report.ts";
import { tables } from "../../bench/table.ts";
import { voidBecause } from "../../bench/yardsticks.ts";

const machine = { node: "v20", system: "linux", processor: "a processor", cores: 2, memory: 8, load: 0 };
const megabytes = { name: "megabytes", label: "MB/s", better: "more" } as const;

function one(contestant: string, at: Point, rounds: readonly number[]): Case {
  const values: Values[] = rounds.map((value) => ({ megabytes: value }));
  return caseOf({ contestant, at }, values);
}

function findings(cases: readonly Case[]): Findings {
  return {
    name: "goodput",
    title: "Goodput",
    subject: "usctp",
    metrics: [megabytes],
    cases,
    rounds: 3,
    seconds: 1,
    notes: [],
  };
}

function report(changes: Partial<Report>): Report {
  const basics = {
    date: "2000-01-01T00:00:00Z",
    effort: "quick",
    version: "1",
    machine,
    protocol: {},
    variants: [],
  };
  return { ...basics, missing: [], findings: [], ...changes };
}

describe("the figures of a benchmark", () => {
  test.each([
    { values: [3, 1, 2], figure: { median: 2, min: 1, max: 3 } },
    { values: [4, 1, 2, 3], figure: { median: 2.5, min: 1, max: 4 } },
    { values: [7], figure: { median: 7, min: 7, max: 7 } },
  ])("are the median and the extremes of $values", ({ values, figure }) => {
    expect(figureOf(values)).toEqual(figure);
  });

  test.each([
    { figure: { median: 1.254, min: 1, max: 2 }, text: "1.25 (1.00 to 2.00)" },
    { figure: { median: 123.4, min: 100, max: 1_234.5 }, text: "123 (100 to 1,235)" },
    { figure: { median: 0.0123, min: 0.0123, max: 0.0123 }, text: "0.0123" },
  ])("are shown to three digits with the extremes behind the median: $text", ({ figure, text }) => {
    expect(figureText(figure)).toBe(text);
  });

  test.each([
    { share: 0.5, value: 50 },
    { share: 0.99, value: 99 },
    { share: 1, value: 100 },
  ])("have $value at $share of 1 to 100, in any order", ({ share, value }) => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantile(values, share)).toBe(value);
  });

  test("leave out a round that gave no number", () => {
    const { values, figures } = one("usctp", { bytes: 64 }, [1, Number.NaN, 3]);
    expect(values.megabytes).toEqual([1, null, 3]);
    expect(figures.megabytes).toEqual({ median: 2, min: 1, max: 3 });
  });
});

describe("the ratios of a benchmark", () => {
  test("are taken round by round at the same point, so that a slow machine slows both", () => {
    const ratios = ratiosOf(
      findings([
        one("usctp", { link: "loopback", bytes: 64 }, [3, 30, 6]),
        one("usctp", { link: "loopback", bytes: 1_200 }, [8, 8, 8]),
        one("usrsctp", { link: "loopback", bytes: 64 }, [2, 15, 6]),
        one("usrsctp", { link: "loopback", bytes: 1_200 }, [4, 4, 4]),
      ]),
      megabytes,
    );
    expect(ratios.map(({ at, figure }) => [at.bytes, figure])).toEqual([
      [64, { median: 1.5, min: 1, max: 2 }],
      [1_200, { median: 2, min: 2, max: 2 }],
    ]);
  });

  test("to a yardstick, which has no messages, are taken at every size on its link", () => {
    const ratios = ratiosOf(
      findings([
        one("usctp", { link: "loopback", bytes: 64 }, [1]),
        one("usctp", { link: "loopback", bytes: 65_536 }, [5]),
        one("usctp", { link: "veth", bytes: 64 }, [1]),
        one("blast", { link: "loopback" }, [10]),
      ]),
      megabytes,
    );
    expect(ratios.map(({ at, figure }) => [at.bytes, figure.median])).toEqual([
      [64, 0.1],
      [65_536, 0.5],
    ]);
  });
});

describe("the tables of a benchmark", () => {
  test.each([
    { load: 0.2, warns: false },
    { load: 3, warns: true },
  ])("say so when the machine was busy: load $load", ({ load, warns }) => {
    const text = tables(report({ machine: { ...machine, load } }));
    expect(text.includes("The machine was busy")).toBe(warns);
  });

  test("name who is missing, and how to get it", () => {
    const missing = [
      { name: "usrsctp", label: "usrsctp (C)", why: "libusrsctp is not installed; to install it: apt-get" },
    ];
    expect(tables(report({ missing }))).toContain(
      "usrsctp (C) is missing: libusrsctp is not installed; to install it: apt-get",
    );
  });

  test("have a row a point and a column a contestant", () => {
    const text = tables(
      report({
        findings: [
          findings([
            one("usctp", { link: "loopback", bytes: 64 }, [1]),
            one("blast", { link: "loopback" }, [4]),
          ]),
        ],
      }),
    );
    expect(text).toMatch(/MB\/s +usctp +dgram, bare\nloopback, 64 bytes +1\.00 +4\.00\n/);
    expect(text).toMatch(/usctp, as ratios to +dgram, bare\nloopback, 64 bytes +0\.25\n/);
  });

  test.each([
    { shaped: 4, because: "0.40" },
    { shaped: 5, because: undefined },
  ])("are void where the shaped loop holds less than 0.45 of the bare one: $shaped of 10", (each) => {
    const { shaped, because } = each;
    const cases = [
      one("shaped", { link: "loopback" }, [shaped]),
      one("blast", { link: "loopback" }, [10]),
      one("blast", { link: "veth" }, [1]),
    ];
    const reason = voidBecause([findings(cases)]);
    if (because === undefined) expect(reason).toBeUndefined();
    else expect(reason).toContain(because);
  });
});
