import { describe, expect, test } from "vitest";
import { headlinesOf } from "../../bench/headlines.ts";
import { caseOf } from "../../bench/measurement.ts";
import { withTable } from "../../bench/readme-table.ts";
import type { Case, Findings, Point, Report } from "../../bench/report.ts";

const machine = { node: "v20", system: "linux", processor: "a processor", cores: 2, memory: 8, load: 0 };

function one(contestant: string, at: Point, metric: string, rounds: readonly number[]): Case {
  return caseOf(
    { contestant, at },
    rounds.map((value) => ({ [metric]: value })),
  );
}

function report(name: string, cases: readonly Case[], changes: Partial<Report> = {}): Report {
  const findings: Findings = {
    name,
    title: name,
    subject: "usctp",
    metrics: [],
    cases,
    rounds: 1,
    seconds: 1,
    notes: [],
  };
  const basics = { date: "2000-01-01T00:00:00Z", effort: "full", version: "1", machine, protocol: {} };
  return { ...basics, variants: [], missing: [], findings: [findings], ...changes };
}

const small = { link: "loopback", bytes: 64, streams: 1 };
const goodput = [
  one("usctp", { ...small, way: "trySend" }, "megabytes", [60, 64]),
  one("usctp", { ...small, way: "await send" }, "megabytes", [30, 30]),
  one("usrsctp", small, "megabytes", [20, 20]),
];

describe("what is aimed at", () => {
  test("is found with who stands beside it, at the same point, round by round", () => {
    const found = headlinesOf(report("goodput", goodput));
    expect(found.map(({ what, figure, aim, reached }) => [what, figure.median, aim, reached])).toEqual([
      ["64-byte messages a second, trySend", 3.1, "at least 3", true],
      ["64-byte messages a second, await send", 1.5, "at least 2", false],
    ]);
  });

  test("is found for variants, too", () => {
    const at = { "ms RTT": 100, "% loss": 1, "% reordered": 0 };
    const cases = ["usctp", "usctp-bold", "usrsctp"].map((name, index) =>
      one(name, at, "megabytes", [[1, 6, 2][index] ?? 0]),
    );
    const variants = [{ name: "usctp-bold", protocol: {} }];
    const found = headlinesOf(report("delay-loss", cases, { variants }));
    expect(found.map(({ ours, figure }) => [ours, figure.median])).toEqual([
      ["usctp", 0.5],
      ["usctp-bold", 3],
    ]);
  });

  test("is a figure by itself, or a ratio to ours at another point", () => {
    const memory = one("usctp", { associations: 100_000 }, "memory", [7]);
    expect(headlinesOf(report("associations", [memory]))).toMatchObject([
      { figure: { median: 7 }, aim: "at most 6", reached: false },
    ]);
    const path = (reordered: number): Point => ({ "ms RTT": 100, "% loss": 0, "% reordered": reordered });
    const cases = [one("usctp", path(1), "megabytes", [9]), one("usctp", path(0), "megabytes", [10])];
    expect(headlinesOf(report("delay-loss", cases))).toMatchObject([
      { figure: { median: 0.9 }, aim: "at least 0.9", reached: true },
    ]);
  });

  test("is left out where it was not measured", () => {
    expect(headlinesOf(report("goodput", goodput.slice(0, 2)))).toEqual([]);
  });
});

describe("the README's table", () => {
  const readme = "# It\n\n## Working on it\n\nand so on\n";

  test("comes before what it stands before, and then in place of itself", () => {
    const first = withTable(readme, report("goodput", goodput));
    expect(first).toMatch(
      /## Performance\n[\s\S]*\| 64-byte messages a second, trySend \| usctp \/ usrsctp \(C\) \| 3\.10/,
    );
    expect(first).toContain("## Working on it\n\nand so on");
    const second = withTable(first, report("goodput", goodput.slice(1)));
    expect(second).not.toContain("trySend");
    expect(second.match(/## Performance/g)).toHaveLength(1);
    expect(withTable(second, report("goodput", goodput))).toBe(first);
  });

  test("is not made of a run that is void, nor put where there is no place for it", () => {
    expect(() => withTable(readme, report("goodput", goodput, { void: "slow" }))).toThrow("slow");
    expect(() => withTable("# It\n", report("goodput", goodput))).toThrow("Working on it");
  });
});
