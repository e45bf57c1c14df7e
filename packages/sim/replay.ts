import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { NetworkTrace } from "@usctp/trace";
import { scenarios } from "./scenarios/index.ts";
import { perform, type Scenario } from "./scenarios/scenario.ts";

const USAGE = `npm run sim -- [--seed N] [--scenario NAME] [--lines N|all] [--capture DIR]

Plays a scenario in virtual time and prints the ladder of its packets and the outcome.
The same seed gives the same packets. Exits 1 when something should have held and did not.

  --seed N         an integer from 0; default 1
  --scenario NAME  default: every one of them
  --lines N|all    the last N packets of the ladder; default 40
  --capture DIR    writes all packets, a pcapng file for each scenario

${scenarios.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`).join("\n")}
`;

interface Request {
  readonly seed: number;
  readonly chosen: readonly Scenario[];
  readonly lines: number;
  /** Folder for captures. */
  readonly capture: string | undefined;
}

/** What the command line asks for, or what is wrong with it. */
function readArguments(): Request | string {
  let values: { seed?: string; scenario?: string; lines?: string; capture?: string; help?: boolean };
  try {
    const option = { type: "string" } as const;
    const texts = { seed: option, scenario: option, lines: option, capture: option };
    const options = { ...texts, help: { type: "boolean" } } as const;
    ({ values } = parseArgs({ options }));
  } catch (error) {
    return (error as Error).message;
  }
  if (values.help === true) return "";
  const seed = Number(values.seed ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0) return `--seed takes an integer from 0, not ${values.seed}`;
  const chosen = scenarios.filter(({ name }) => values.scenario === undefined || name === values.scenario);
  if (chosen.length === 0) {
    return `--scenario takes ${scenarios.map(({ name }) => name).join(", ")}, not ${values.scenario}`;
  }
  const lines = values.lines === "all" ? Number.POSITIVE_INFINITY : Number(values.lines ?? 40);
  if (!(lines >= 0)) return `--lines takes an integer from 0, or all, not ${values.lines}`;
  return { seed, chosen, lines, capture: values.capture };
}

/** Whether all was well. */
function replay(scenario: Scenario, { seed, lines, capture }: Omit<Request, "chosen">): boolean {
  const begin = performance.now();
  let trace: NetworkTrace | undefined;
  const { ladder, faults, facts, end } = perform(scenario, seed, lines, (network) => {
    if (capture !== undefined) trace = new NetworkTrace(network);
  });
  const took = performance.now() - begin;
  if (capture !== undefined) {
    mkdirSync(capture, { recursive: true });
    trace?.save(join(capture, `${scenario.name}-${seed}.pcapng`));
  }
  const picture = ladder.toString();
  process.stdout.write(`${scenario.name}, seed ${seed}\n${picture}${picture === "" ? "" : "\n"}`);
  for (const [name, value] of Object.entries(facts)) {
    process.stdout.write(`  ${name}: ${typeof value === "number" ? Number(value.toFixed(3)) : value}\n`);
  }
  process.stdout.write(`  simulated: ${(end / 1_000).toFixed(1)} s in ${(took / 1_000).toFixed(2)} s\n`);
  for (const fault of faults) process.stdout.write(`  ✗ ${fault}\n`);
  process.stdout.write(`  ${faults.length === 0 ? "✓ all is well" : `${faults.length} faults`}\n\n`);
  return faults.length === 0;
}

/** Whether all was well in every one of them. */
async function replayAll({ chosen, ...how }: Request): Promise<boolean> {
  let well = true;
  for (const scenario of chosen) {
    well = replay(scenario, how) && well;
    // So that the reader's leaving is noticed.
    await setImmediate();
  }
  return well;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Who reads a pipe may leave (`npm run sim | head`): the rest is for nobody.
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const request = readArguments();
if (typeof request === "string") {
  process.stderr.write(request === "" ? USAGE : `${request}\n\n${USAGE}`);
  process.exitCode = request === "" ? 0 : 2;
} else {
  process.exitCode = (await replayAll(request)) ? 0 : 1;
}
