import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type CoverageRow, coverageRows } from "../support/coverage-rows.ts";
import { type Branch, branchesOfRow, type Mutant } from "./branches.ts";
import { additionsOf } from "./forbidden.ts";

/**
 * Draws rows of docs/rfc-coverage.md that say "kept", breaks the branch that each cites, and shows that the test that it
 * cites fails.
 *
 *   npm run coverage:break -- [--seed N] [--rows N] [--row NAME]... [--list] [--json]
 *
 * The branch is what stands below a comment that names the row's clause, in the files of the row; of several comments
 * those come first that have the most words in common with the duty. It is broken in one way after the other (a
 * condition that never holds, one that always does, a statement left out, another value), in a copy of the tree, until
 * the cited tests fail: then the row is killed. Where no way of breaking it makes them fail, it survived. A mutant that
 * cannot be loaded, or that only makes code throw a TypeError, shows nothing and does not count. A row that forbids what
 * stands nowhere is broken by adding it (forbidden.ts), and the tests must fail at each addition.
 *
 *   --row NAME   this row, by the name of a duty or its line; may be repeated
 *   --list       breaks nothing: shows the rows whose branch is not found
 *   --every      goes on after the first mutant that is killed
 */

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Mutants of a row, of all its branches together. */
const MOST_MUTANTS = 18;
/** Mutants of one branch before those of the next are tried. */
const AT_A_TIME = 6;
/** ms; a mutant may never end. */
const LIMIT = 90_000;

type Outcome = "killed" | "survived" | "no branch found" | "test does not pass" | "invalid";

interface Attempt {
  readonly file: string;
  readonly line: number;
  readonly what: string;
  readonly outcome: "killed" | "survived" | "invalid";
}

interface Result {
  readonly name: string;
  readonly line: number;
  readonly what: string;
  readonly outcome: Outcome;
  readonly attempts: readonly Attempt[];
}

const USAGE = "npm run coverage:break -- [--seed N] [--rows N] [--row NAME]... [--list] [--every] [--json]";

const options = readOptions();

/** What the command line asks for. What makes no sense ends the process: 2. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: "string", default: "1" },
        rows: { type: "string", default: "50" },
        row: { type: "string", multiple: true, default: [] },
        list: { type: "boolean", default: false },
        every: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
    if (!/^\d+$/.test(values.seed) || !/^[1-9]\d*$/.test(values.rows))
      refuse("--seed and --rows take numbers");
    return values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(what: string): never {
  process.stderr.write(`${what}\n\n${USAGE}\n`);
  process.exit(2);
}

const nameOf = (row: CoverageRow): string => row.duties[0] ?? `${row.clauses[0]?.replace(" ", " §")}`;

/** Mulberry32: the same seed draws the same rows everywhere. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function draw(rows: readonly CoverageRow[], count: number, seed: number): CoverageRow[] {
  const next = random(seed);
  const left = [...rows];
  const drawn: CoverageRow[] = [];
  while (drawn.length < count && left.length > 0) {
    drawn.push(...left.splice(Math.floor(next() * left.length), 1));
  }
  return drawn;
}

/** A copy of the tree to break. */
class Copy {
  readonly folder = mkdtempSync(join(tmpdir(), "usctp-break-"));

  constructor() {
    const parts = [
      "src",
      "test",
      "packages",
      "docs",
      "bench",
      "package.json",
      "tsconfig.json",
      "vitest.config.ts",
    ];
    for (const part of [...parts, "README.md", "CHANGELOG.md"]) {
      cpSync(`${root}/${part}`, `${this.folder}/${part}`, {
        recursive: true,
        filter: (path) => !path.includes("/node_modules"),
      });
    }
    symlinkSync(`${root}/node_modules`, `${this.folder}/node_modules`);
  }

  /** Runs what a row cites, with a file broken if one is. */
  async run(row: CoverageRow, broken?: { readonly file: string; readonly mutant: Mutant }): Promise<Verdict> {
    if (broken === undefined) return this.#test(row);
    const path = `${this.folder}/${broken.file}`;
    const text = readFileSync(path, "utf8");
    const { start, end, text: other } = broken.mutant;
    writeFileSync(path, text.slice(0, start) + other + text.slice(end));
    try {
      return await this.#test(row);
    } finally {
      writeFileSync(path, text);
    }
  }

  async #test(row: CoverageRow): Promise<Verdict> {
    const report = `${this.folder}/report.json`;
    rmSync(report, { force: true });
    const files = [...new Set(row.tests.map(({ file }) => file))];
    const pattern = row.tests.map(({ name }) => patternOf(name)).join("|");
    const vitest = `${root}/node_modules/vitest/vitest.mjs`;
    const child = spawn(
      process.execPath,
      [vitest, "run", ...files, "-t", pattern, "--reporter=json", `--outputFile=${report}`, "--maxWorkers=1"],
      { cwd: this.folder, stdio: "ignore", detached: true },
    );
    const inTime = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
        resolve(false);
      }, LIMIT);
      child.once("close", () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
    return inTime ? verdictOf(report) : "failed";
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** "crashed": every test that failed did so by a TypeError. That shows that the line is run, and nothing more. */
type Verdict = "passed" | "failed" | "crashed" | "did not run";

interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A file that cannot be loaded has no test that failed: that is no verdict on the branch. */
function verdictOf(file: string): Verdict {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return "did not run";
  }
  const failures = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "failed")
    .map(({ failureMessages }) => failureMessages.join(" "));
  if (failures.length > 0)
    return failures.every((text) => /^(Type|Reference)Error/.test(text)) ? "crashed" : "failed";
  return report.success && report.numPassedTests > 0 ? "passed" : "did not run";
}

/** What a table calls a test, as an expression: "…" and "%s" stand for anything. */
function patternOf(name: string): string {
  return name
    .split(/…|%[a-z]|\$[a-z]+/)
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join(".*");
}

/** The first mutants of each branch, the likeliest branch first, and so on. */
function waysToBreak(branches: readonly Branch[]): { readonly file: string; readonly mutant: Mutant }[] {
  const ways: { readonly file: string; readonly mutant: Mutant }[] = [];
  for (let from = 0; from < MOST_MUTANTS; from += AT_A_TIME) {
    for (const { file, mutants } of branches) {
      for (const mutant of mutants.slice(from, from + AT_A_TIME)) ways.push({ file, mutant });
    }
  }
  return ways.slice(0, MOST_MUTANTS);
}

async function breakRow(row: CoverageRow, copy: Copy): Promise<Result> {
  const attempts: Attempt[] = [];
  const result = (outcome: Outcome): Result => ({
    name: nameOf(row),
    line: row.line,
    what: row.what,
    outcome,
    attempts,
  });
  const additions = additionsOf(row, copy.folder);
  const ways = additions.length > 0 ? additions : waysToBreak(branchesOfRow(row, copy.folder));
  if (ways.length === 0) return result("no branch found");
  if ((await copy.run(row)) !== "passed") return result("test does not pass");
  for (const { file, mutant } of ways) {
    const verdict = await copy.run(row, { file, mutant });
    const outcome = (
      { failed: "killed", passed: "survived", crashed: "invalid", "did not run": "invalid" } as const
    )[verdict];
    attempts.push({ file, line: mutant.line, what: mutant.what, outcome });
    if (outcome === "killed" && additions.length === 0 && !options.every) break;
  }
  const killed = attempts.filter(({ outcome }) => outcome === "killed").length;
  return result(killed >= Math.max(1, additions.length) ? "killed" : "survived");
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function describeResult({ name, line, what, outcome, attempts }: Result): string {
  const killer = attempts.find((attempt) => attempt.outcome === "killed") ?? attempts.at(-1);
  const where = killer === undefined ? "" : `${killer.file}:${killer.line} ${killer.what}`;
  const tried = outcome === "killed" ? attempts.length : `${attempts.length}`;
  return `| ${name} (line ${line}) | ${what.slice(0, 70)} | ${outcome} | ${tried} | ${where.replaceAll("|", "\\|")} |`;
}

async function main(): Promise<void> {
  const kept = coverageRows().filter(({ status }) => status === "kept");
  if (options.list) {
    const lost = kept.filter((row) => branchesOfRow(row, root).length === 0);
    for (const row of lost)
      console.log(`line ${row.line} ${nameOf(row)}: ${row.what} [${row.files.join(", ")}]`);
    console.log(`${lost.length} of ${kept.length} kept rows have no branch that can be broken`);
    process.exitCode = lost.length === 0 ? 0 : 1;
    return;
  }
  const named = options.row;
  const isNamed = (row: CoverageRow, name: string): boolean =>
    name === String(row.line) || name === nameOf(row) || row.duties.includes(name);
  const strange = named.find((name) => !kept.some((row) => isNamed(row, name)));
  if (strange !== undefined) refuse(`there is no row ${strange} that says "kept"`);
  const rows =
    named.length > 0
      ? kept.filter((row) => named.some((name) => isNamed(row, name)))
      : draw(kept, Number(options.rows), Number(options.seed));
  const copy = new Copy();
  const results: Result[] = [];
  try {
    for (const row of rows) {
      const result = await breakRow(row, copy);
      results.push(result);
      say(`${results.length}/${rows.length} ${result.outcome} ${result.name}: ${result.what.slice(0, 60)}`);
    }
  } finally {
    copy.remove();
  }
  const killed = results.filter(({ outcome }) => outcome === "killed").length;
  if (options.json) {
    console.log(
      JSON.stringify({ seed: Number(options.seed), rows: results.length, killed, results }, null, 2),
    );
  } else {
    console.log("| row | what it asks | outcome | mutants | where |\n|---|---|---|---|---|");
    for (const result of results) console.log(describeResult(result));
    console.log(`\nseed ${options.seed}: ${killed} of ${results.length} rows killed`);
  }
  process.exitCode = killed === results.length ? 0 : 1;
}

await main();
