import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { NetworkTrace } from "@usctp/trace";
import { type Request, readArguments, replayCommand, type SurveyRequest, USAGE } from "./arguments.ts";
import { prepareFolder, reasonOf } from "./capture-folder.ts";
import { drawPlan } from "./random-run/draw.ts";
import { playInParallel } from "./random-run/jobs.ts";
import { play } from "./random-run/play.ts";
import { shrink as shrunk } from "./random-run/shrink.ts";
import { conclusion, type Run, runSeed, Survey, table } from "./random-run/survey.ts";
import { outcomeOf } from "./scenarios/random.ts";
import { perform, type Scenario } from "./scenarios/scenario.ts";

/** Whether all was well. */
function replay(whole: Scenario, { seed, lines, capture, shrink }: Omit<Request, "chosen">): boolean {
  const scenario = shrink ? smallest(whole, seed) : whole;
  const begin = performance.now();
  let trace: NetworkTrace | undefined;
  const { ladder, faults, faultAt, facts, end } = perform(scenario, seed, lines, (network) => {
    if (capture !== undefined) trace = new NetworkTrace(network);
  });
  const took = performance.now() - begin;
  const picture = ladder.toString();
  process.stdout.write(`${scenario.name}, seed ${seed}\n${picture}${picture === "" ? "" : "\n"}`);
  for (const [name, value] of Object.entries(facts)) {
    process.stdout.write(`  ${name}: ${typeof value === "number" ? Number(value.toFixed(3)) : value}\n`);
  }
  process.stdout.write(`  simulated: ${(end / 1_000).toFixed(1)} s in ${(took / 1_000).toFixed(2)} s\n`);
  if (capture !== undefined && trace !== undefined) {
    const file = join(capture, `${scenario.name}-${seed}.pcapng`);
    process.stdout.write(`  all packets: ${written(trace, file)}\n`);
  }
  for (const fault of faults) process.stdout.write(`  ✗ ${fault}\n`);
  const first = faultAt === undefined ? "" : `, the first of them at ${faultAt.toFixed(3)} ms`;
  process.stdout.write(
    `  ${faults.length === 0 ? "✓ all is well" : `FAILED: ${faults.length} faults${first}`}\n\n`,
  );
  return faults.length === 0;
}

/** The file, or why there is none. */
function written(trace: NetworkTrace, file: string): string {
  try {
    trace.save(file);
    return file;
  } catch (error) {
    return `${file} cannot be written: ${reasonOf(error)}`;
  }
}

/** A random scenario with whatever its fault does not need left out, which is printed. */
function smallest(scenario: Scenario, seed: number): Scenario {
  const whole = drawPlan(seed);
  const plan = shrunk(whole);
  if (plan === whole) process.stdout.write(`seed ${seed}: there is nothing to leave out\n`);
  else
    process.stdout.write(`seed ${seed}: what the fault needs, and what is played here:\n${shown(plan)}\n\n`);
  return {
    ...scenario,
    play(network) {
      return outcomeOf(play(plan, network));
    },
  };
}

function shown(plan: unknown): string {
  return inspect(plan, { depth: 8, breakLength: 120, maxArrayLength: null });
}

/** Whether all was well by every seed. */
async function surveyAll({ scenario, from, count, jobs, quiet }: SurveyRequest): Promise<boolean> {
  const begin = performance.now();
  let told = begin;
  const all = new Survey();
  const hear = (run: Run): void => {
    all.add(run);
    const { seed, fault } = run;
    if (fault !== undefined) {
      process.stdout.write(`✗ seed ${seed}: ${fault}\n    ${replayCommand(scenario.name, seed)}\n`);
    }
    if (quiet || performance.now() - told < 5_000) return;
    told = performance.now();
    process.stderr.write(`${all.seeds} of ${count} seeds, ${((told - begin) / 1_000).toFixed(0)} s\n`);
  };
  let hindered: string | undefined;
  try {
    if (jobs > 1) await playInParallel({ scenario: scenario.name, from, count }, jobs, hear);
    else for (let seed = from; seed < from + count; seed++) hear(runSeed(scenario, seed));
  } catch (error) {
    hindered = (error as Error).message;
  }
  const seconds = (performance.now() - begin) / 1_000;
  if (!quiet) process.stdout.write(`${table(all.met, all.seeds)}\n`);
  process.stdout.write(`${conclusion(all, { count, seconds, hindered })}\n`);
  return hindered === undefined && all.failed.size === 0;
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

function refuse(reason: string): number {
  process.stderr.write(`${reason}\nnpm run sim -- --help lists the options\n`);
  return 2;
}

async function main(): Promise<number> {
  const request = readArguments(process.argv.slice(2));
  if (request === "") {
    process.stdout.write(USAGE);
    return 0;
  }
  if (typeof request === "string") return refuse(request);
  if ("count" in request) return (await surveyAll(request)) ? 0 : 1;
  const { capture } = request;
  const hindrance = capture === undefined ? undefined : prepareFolder(capture);
  if (hindrance !== undefined) return refuse(`--capture: ${capture} ${hindrance}`);
  return (await replayAll(request)) ? 0 : 1;
}

process.exitCode = await main();
