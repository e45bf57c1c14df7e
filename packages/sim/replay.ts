import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { NetworkTrace } from "@usctp/trace";
import { type Request, readArguments, replayCommand, type SurveyRequest, USAGE } from "./arguments.ts";
import { drawPlan } from "./random-run/draw.ts";
import { playInParallel } from "./random-run/jobs.ts";
import { play } from "./random-run/play.ts";
import { shrink as shrunk } from "./random-run/shrink.ts";
import { type Run, runSeed, Survey, table } from "./random-run/survey.ts";
import { outcomeOf } from "./scenarios/random.ts";
import { perform, type Scenario } from "./scenarios/scenario.ts";

/** Simulated ms in an hour. */
const HOUR = 3_600_000;

/** Whether all was well. */
function replay(whole: Scenario, { seed, lines, capture, shrink }: Omit<Request, "chosen">): boolean {
  const scenario = shrink ? smallest(whole, seed) : whole;
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

/** A random scenario with whatever its fault does not need left out, which is printed. */
function smallest(scenario: Scenario, seed: number): Scenario {
  if (scenario.name !== "random") return scenario;
  const plan = shrunk(drawPlan(seed));
  process.stdout.write(`${inspect(plan, { depth: 8, breakLength: 120 })}\n`);
  return {
    ...scenario,
    play(network) {
      return outcomeOf(play(plan, network));
    },
  };
}

/** Whether all was well by every seed. */
async function surveyAll({ scenario, from, count, jobs }: SurveyRequest): Promise<boolean> {
  const begin = performance.now();
  let told = begin;
  const all = new Survey();
  const hear = (run: Run): void => {
    all.add(run);
    const { seed, fault } = run;
    if (fault !== undefined) {
      process.stdout.write(`✗ seed ${seed}: ${fault}\n    ${replayCommand(scenario.name, seed)}\n`);
    }
    if (performance.now() - told < 5_000) return;
    told = performance.now();
    process.stderr.write(`${all.seeds} of ${count} seeds, ${((told - begin) / 1_000).toFixed(0)} s\n`);
  };
  if (jobs > 1) await playInParallel({ scenario: scenario.name, from, count }, jobs, hear);
  else for (let seed = from; seed < from + count; seed++) hear(runSeed(scenario, seed));
  const seconds = (performance.now() - begin) / 1_000;
  process.stdout.write(
    `${table(all.met, count)}${count - all.failed.size} of ${count} seeds are well; ` +
      `${(all.simulated / HOUR).toFixed(1)} simulated hours, ${all.packets} packets in ${seconds.toFixed(1)} s\n`,
  );
  return all.failed.size === 0;
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

const request = readArguments(process.argv.slice(2));
if (typeof request === "string") {
  process.stderr.write(request === "" ? USAGE : `${request}\n\n${USAGE}`);
  process.exitCode = request === "" ? 0 : 2;
} else {
  process.exitCode = ("count" in request ? await surveyAll(request) : await replayAll(request)) ? 0 : 1;
}
