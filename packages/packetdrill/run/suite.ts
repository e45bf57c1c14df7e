import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type ExpectedDifference, entriesFor } from "../differences/expected-difference.ts";
import { expectedDifferences } from "../differences/expected-differences.ts";
import { judgeScript } from "./judge.ts";
import type { Judged } from "./report.ts";

export interface SuiteOptions {
  readonly isStrict?: boolean;
  /** Default: those of this package. */
  readonly differences?: readonly ExpectedDifference[];
}

/** Runs one script of a file. */
export async function judgeFile(path: string, options: SuiteOptions = {}): Promise<Judged> {
  const { isStrict = true, differences = expectedDifferences } = options;
  const verdict = await judgeScript(readFileSync(path, "utf8"), {
    isStrict,
    entries: entriesFor(resolve(path), differences),
  });
  return { path, verdict };
}
