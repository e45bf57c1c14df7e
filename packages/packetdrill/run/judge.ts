import type { ExpectedDifference } from "../differences/expected-difference.ts";
import { ScriptError } from "../language/position.ts";
import type { PreparedScript } from "./prepare.ts";
import { prepareScript } from "./prepare.ts";
import { type FoundDifference, runScript } from "./runner.ts";

export type Verdict =
  | { readonly outcome: "passed" }
  /** It differs on purpose, on all of these lines and on no other. */
  | { readonly outcome: "expected"; readonly entries: readonly ExpectedDifference[] }
  | ({ readonly outcome: "failed"; readonly column?: number } & FoundDifference);

export interface JudgeOptions {
  readonly isStrict: boolean;
  /** Where the script may differ. */
  readonly entries: readonly ExpectedDifference[];
  /** Is handed the packets of each run, as a pcapng file, and the system that it was for. Default: none is made. */
  readonly onCapture?: ((file: Uint8Array, system: string | undefined) => void) | undefined;
}

/**
 * Runs a script. Where it has lines for one system or another, it is run for each of them, and the best counts: what is
 * right for one is right.
 */
export async function judgeScript(source: string, options: JudgeOptions): Promise<Verdict> {
  let script: PreparedScript;
  try {
    script = prepareScript(source);
  } catch (error) {
    if (error instanceof ScriptError) return unreadable(error);
    throw error;
  }
  const systems = [...new Set(script.events.flatMap(({ system }) => (system === undefined ? [] : [system])))];
  const verdicts: Verdict[] = [];
  for (const system of systems.length === 0 ? [undefined] : systems) {
    const verdict = await judgeFor(script, system, options);
    if (verdict.outcome === "passed") return verdict;
    verdicts.push(verdict);
  }
  return verdicts.find(({ outcome }) => outcome === "expected") ?? (verdicts[0] as Verdict);
}

async function judgeFor(
  script: PreparedScript,
  system: string | undefined,
  { isStrict, entries, onCapture }: JudgeOptions,
): Promise<Verdict> {
  const met = new Set<ExpectedDifference>();
  const goesOn = (found: FoundDifference): boolean => {
    const entry = entries.find((each) => isSame(each, found));
    if (entry === undefined) return false;
    met.add(entry);
    return !entry.ends;
  };
  let differences: FoundDifference[];
  try {
    differences = await runScript(script, {
      system,
      isStrict,
      goesOn,
      onCapture: onCapture && ((file) => onCapture(file, system)),
    });
  } catch (error) {
    if (error instanceof ScriptError) return unreadable(error);
    throw error;
  }
  const unexpected = differences.find((found) => !entries.some((entry) => isSame(entry, found)));
  if (unexpected !== undefined) return { outcome: "failed", ...unexpected };
  const unmet = entries.find((entry) => !met.has(entry));
  if (unmet === undefined) return met.size === 0 ? { outcome: "passed" } : { outcome: "expected", entries };
  return {
    outcome: "failed",
    line: unmet.line,
    field: unmet.field,
    expected: `the expected difference, ${unmet.sends}`,
    actual: "none on this line: the entry is out of date",
  };
}

function isSame(entry: ExpectedDifference, found: FoundDifference): boolean {
  return (
    entry.line === found.line &&
    entry.field === found.field &&
    entry.wants === found.expected &&
    entry.sends === found.actual
  );
}

function unreadable({ message, position }: ScriptError): Verdict {
  const { line, column } = position;
  return { outcome: "failed", line, column, field: "script", expected: "a script", actual: message };
}
