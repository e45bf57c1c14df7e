/**
 * `npm run interop`: every scenario against usrsctp, each way round. Prints the matrix, and exits 1 if a cell fails,
 * 2 if it was called wrongly, 3 if there is no peer.
 */
import { mkdirSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { type CellResult, runMatrix, type Scenario } from "./matrix.ts";
import { preparePeer } from "./peer.ts";
import { scenarios } from "./scenarios/index.ts";
import { LiveTable } from "./table.ts";

const usage = `npm run interop -- [--only NAME]... [--capture DIR] [--json]

  --only NAME   runs this scenario alone; may be said more than once
  --capture DIR writes what our side sends and receives, a pcapng file for each run
  --json        prints one JSON object to standard output, and the matrix to standard error

scenarios: ${scenarios.map(({ name }) => name).join(", ")}
`;

/** ms after which a process with everything closed should have ended by itself. */
const LINGER = 3_000;

interface Options {
  readonly chosen: readonly Scenario[];
  readonly json: boolean;
  /** Folder for captures. */
  readonly capture: string | undefined;
}

function readOptions(): Options | string {
  let values: { only?: string[]; capture?: string; json?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({
      options: {
        only: { type: "string", multiple: true },
        capture: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    return `${(error as Error).message}\n\n${usage}`;
  }
  if (values.help === true) return usage;
  const { only, json = false, capture } = values;
  const unknown = only?.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) return `there is no scenario ${unknown}\n\n${usage}`;
  return { chosen: scenarios.filter(({ name }) => only === undefined || only.includes(name)), json, capture };
}

function summary(results: readonly CellResult[], ms: number): string {
  const failed = results.filter(({ passed }) => !passed);
  const retried = results.filter(({ passed, attempts }) => passed && attempts > 1);
  const stories = [...failed, ...retried].flatMap(({ scenario, opener, failures, passed }) =>
    failures.map((story, index) => {
      const which = passed ? "failed at first" : `failed, attempt ${index + 1}`;
      return `\n${scenario}, ${opener}: ${which}\n    ${story.replaceAll("\n", "\n    ")}\n`;
    }),
  );
  const passed = results.length - failed.length;
  const counts = `${passed} of ${results.length} cells passed, ${retried.length} of them at the second try`;
  return `${stories.join("")}\n${counts}, in ${(ms / 1_000).toFixed(1)} s\n`;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "string") {
    process.stderr.write(options);
    return options === usage ? 0 : 2;
  }
  const peer = preparePeer();
  if (!peer.available) {
    process.stderr.write(`there is no usrsctp to talk to: ${peer.reason}. To install it: ${peer.hint}\n`);
    return 3;
  }
  if (options.capture !== undefined) mkdirSync(options.capture, { recursive: true });
  const out = options.json ? process.stderr : process.stdout;
  const start = performance.now();
  const live = new LiveTable(out, options.chosen);
  const results = await runMatrix(options.chosen, { listener: live, captures: options.capture });
  live.close();
  const ms = performance.now() - start;
  out.write(summary(results, ms));
  const passed = results.every((result) => result.passed);
  if (options.json) {
    const report = { passed, ms: Math.round(ms), cells: results };
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
