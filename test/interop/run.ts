/**
 * `npm run interop`: every scenario against every stack that is installed, each way round. Prints the matrix, and exits
 * 1 if a cell fails, 2 if it was called wrongly, 3 if there is no peer to talk to.
 */
import { mkdirSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { type CellResult, runMatrix, type Scenario } from "./matrix.ts";
import { scenarios } from "./scenarios/index.ts";
import type { Stack } from "./stack.ts";
import { stacks } from "./stacks.ts";
import { LiveTable } from "./table.ts";

const namesOf = (list: readonly { readonly name: string }[]): string =>
  list.map(({ name }) => name).join(", ");

const usage = `npm run interop -- [--peer NAME]... [--scenario NAME]... [--capture DIR] [--json]

  --peer NAME      talks to this stack alone; may be said more than once
  --scenario NAME  runs this scenario alone; may be said more than once
  --capture DIR    writes what our side sends and receives, a pcapng file for each run
  --json           prints one JSON object to standard output, and the matrix to standard error

peers: ${namesOf(stacks)}
scenarios: ${namesOf(scenarios)}
`;

/** ms after which a process with everything closed should have ended by itself. */
const LINGER = 3_000;

interface Options {
  readonly scenarios: readonly Scenario[];
  readonly stacks: readonly Stack[];
  readonly json: boolean;
  /** Folder for captures. */
  readonly capture: string | undefined;
}

interface Values {
  readonly peer?: string[];
  readonly scenario?: string[];
  readonly capture?: string;
  readonly json?: boolean;
  readonly help?: boolean;
}

/** Those that were named, or all of them; a text where there is no such thing. */
function choose<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] | string {
  const unknown = names?.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) return `there is no ${what} ${unknown}\n\n${usage}`;
  return all.filter(({ name }) => names === undefined || names.includes(name));
}

function readOptions(): Options | string {
  let values: Values;
  try {
    ({ values } = parseArgs({
      options: {
        peer: { type: "string", multiple: true },
        scenario: { type: "string", multiple: true },
        capture: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    return `${(error as Error).message}\n\n${usage}`;
  }
  if (values.help === true) return usage;
  const chosen = choose("scenario", scenarios, values.scenario);
  if (typeof chosen === "string") return chosen;
  const peers = choose("peer", stacks, values.peer);
  if (typeof peers === "string") return peers;
  const { capture, json = false } = values;
  try {
    if (capture !== undefined) mkdirSync(capture, { recursive: true });
  } catch (error) {
    return `--capture ${capture}: there cannot be such a folder: ${(error as Error).message}\n`;
  }
  return { scenarios: chosen, stacks: peers, json, capture };
}

/** Why a stack is not in the matrix. */
interface Missing {
  readonly peer: string;
  readonly reason: string;
  readonly hint: string;
}

function missingOf(chosen: readonly Stack[]): readonly Missing[] {
  return chosen.flatMap((stack) => {
    const program = stack.prepare();
    return program.available ? [] : [{ peer: stack.name, reason: program.reason, hint: program.hint }];
  });
}

function summary(results: readonly CellResult[], ms: number): string {
  const [passed, failed, cannot] = (["passed", "failed", "cannot"] as const).map((outcome) =>
    results.filter((result) => result.outcome === outcome),
  ) as [CellResult[], CellResult[], CellResult[]];
  const retried = passed.filter(({ attempts }) => attempts > 1);
  const stories = [...failed, ...retried].flatMap(({ scenario, peer, opener, failures, outcome }) =>
    failures.map((story, index) => {
      const which = outcome === "passed" ? "failed at first" : `failed, attempt ${index + 1}`;
      return `\n${scenario}, ${peer}, ${opener}: ${which}\n    ${story.replaceAll("\n", "\n    ")}\n`;
    }),
  );
  const counts = [
    `${passed.length} of ${passed.length + failed.length} cells passed`,
    `${retried.length} of them at the second try`,
    `${cannot.length} cannot be played`,
    `in ${(ms / 1_000).toFixed(1)} s`,
  ];
  return `${stories.join("")}\n${counts.join(", ")}\n`;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "string") {
    process.stderr.write(options);
    return options === usage ? 0 : 2;
  }
  const missing = missingOf(options.stacks);
  for (const { peer, reason, hint } of missing) {
    process.stderr.write(`there is no ${peer} to talk to: ${reason}. To install it: ${hint}\n`);
  }
  const present = options.stacks.filter(({ name }) => !missing.some(({ peer }) => peer === name));
  if (present.length === 0) return 3;
  const out = options.json ? process.stderr : process.stdout;
  const start = performance.now();
  const live = new LiveTable(out, options.scenarios, present);
  const cells = await runMatrix(options.scenarios, present, { listener: live, captures: options.capture });
  live.close();
  const ms = performance.now() - start;
  out.write(summary(cells, ms));
  const passed = cells.every(({ outcome }) => outcome !== "failed");
  if (options.json) {
    const report = { passed, ms: Math.round(ms), missing, cells };
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  }
  return passed ? 0 : 1;
}

process.exitCode = await main();
// It ends by itself, with everything closed. If not, that is a failure too.
setTimeout(() => {
  process.stderr.write(`left behind: ${process.getActiveResourcesInfo().join(", ")}\n`);
  process.exit(1);
}, LINGER).unref();
