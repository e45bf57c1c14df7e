import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type ExpectedDifference, entriesFor } from "../differences/expected-difference.ts";
import { expectedDifferences } from "../differences/expected-differences.ts";
import { judgeScript } from "./judge.ts";
import type { Judged } from "./report.ts";

export interface SuiteOptions {
  readonly isStrict?: boolean;
  /** Default: those of this package. */
  readonly differences?: readonly ExpectedDifference[];
  /** Path of a capture of its packets, without `.pcapng`; its folder is made. Default: none is made. */
  readonly capture?: string | undefined;
}

/** Runs one script of a file. */
export async function judgeFile(path: string, options: SuiteOptions = {}): Promise<Judged> {
  const { isStrict = true, differences = expectedDifferences, capture } = options;
  let source: string;
  try {
    source = readFileSync(path, "utf8");
  } catch (error) {
    const actual = `it cannot be read: ${(error as Error).message}`;
    const place = { line: 1, column: 1 } as const;
    return { path, verdict: { outcome: "failed", ...place, field: "script", expected: "a script", actual } };
  }
  const verdict = await judgeScript(source, {
    isStrict,
    entries: entriesFor(resolve(path), differences),
    onCapture: capture === undefined ? undefined : (file, system) => save(capture, file, system),
  });
  return { path, verdict };
}

/** A script with lines for several systems has a capture for each. */
function save(capture: string, file: Uint8Array, system: string | undefined): void {
  mkdirSync(dirname(capture), { recursive: true });
  writeFileSync(`${capture}${system === undefined ? "" : `.${system}`}.pcapng`, file);
}
