import type { ExpectedDifference } from "../differences/expected-difference.ts";
import type { Verdict } from "./judge.ts";

export interface Judged {
  readonly path: string;
  readonly verdict: Verdict;
}

/** What all scripts came to. Those that wait for an extension are among the expected differences. */
export interface Totals {
  readonly passed: number;
  readonly expectedDifferences: number;
  readonly waiting: number;
  readonly failed: number;
}

export function totalsOf(judged: readonly Judged[]): Totals {
  const count = (outcome: Verdict["outcome"]): number =>
    judged.filter(({ verdict }) => verdict.outcome === outcome).length;
  return {
    passed: count("passed"),
    expectedDifferences: count("expected"),
    waiting: judged.filter(({ verdict }) => waitsFor(verdict) !== undefined).length,
    failed: count("failed"),
  };
}

function waitsFor(verdict: Verdict): string | undefined {
  if (verdict.outcome !== "expected") return undefined;
  return verdict.entries.find((entry) => entry.waitsFor !== undefined)?.waitsFor;
}

/** A line for a script. */
export function lineOf({ path, verdict }: Judged): string {
  switch (verdict.outcome) {
    case "passed":
      return `pass      ${path}`;
    case "expected":
      return `expected  ${path}: ${reasonsOf(verdict.entries).join("; ")}`;
    case "failed": {
      const { line, column, field, expected, actual } = verdict;
      const place = column === undefined ? `${path}:${line}` : `${path}:${line}:${column}`;
      if (column !== undefined) return `FAIL      ${place}: ${actual}`;
      return `FAIL      ${place}: ${field}: ${cut(expected)} wanted, ${cut(actual)} found`;
    }
  }
}

const SHOWN = 300;

/** Long values are cut in lines; the object has them whole. */
function cut(value: string): string {
  return value.length <= SHOWN ? value : `${value.slice(0, SHOWN)}...`;
}

/** Each reason once, with the lines that it is the reason of. */
function reasonsOf(entries: readonly ExpectedDifference[]): string[] {
  const lines = new Map<string, number[]>();
  for (const { line, why, waitsFor: extension } of entries) {
    const reason = extension === undefined ? why : `waits for ${extension}, ${why}`;
    lines.set(reason, [...(lines.get(reason) ?? []), line]);
  }
  return [...lines].map(([why, at]) => `line ${at.join(", ")}: ${why}`);
}

/** The closing line. */
export function closingLine({ passed, expectedDifferences, failed }: Totals): string {
  return `${passed} passed, ${expectedDifferences} expected differences, ${failed} failed`;
}

/** The same for programs. */
export function asObject(judged: readonly Judged[]): object {
  const scripts = judged.map(({ path, verdict }) => ({ path, ...verdict }));
  return { ...totalsOf(judged), scripts };
}
