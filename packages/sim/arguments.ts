import { parseArgs } from "node:util";
import { scenarios } from "./scenarios/index.ts";
import type { Scenario } from "./scenarios/scenario.ts";

export const USAGE: string = `npm run sim -- [--seed N] [--scenario NAME] [--lines N|all] [--capture DIR] [--shrink]
npm run sim -- --seeds N [--from S] [--scenario NAME] [--jobs N] [--quiet]

Plays a scenario in virtual time and prints the ladder of its packets and the outcome, or plays it by many seeds.
The same seed gives the same packets. Exits 1 when something should have held and did not.

  --seed N         an integer from 0; default 1
  --scenario NAME  default: every one of them; with --seeds: random
  --lines N|all    the last N packets of the ladder, or those before the first fault; default 40
  --capture DIR    writes all packets, a pcapng file for each scenario
  --shrink         of random: leaves out whatever the fault does not need, prints what is left, and plays that
  --seeds N        so many seeds; those that fail are named, with the command that shows why
  --from S         the first of them; default 1
  --jobs N         in so many processes; default 1
  --quiet          prints the seeds that fail and the last line alone

${scenarios.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`).join("\n")}
`;

export interface Request {
  readonly seed: number;
  readonly chosen: readonly Scenario[];
  readonly lines: number;
  /** Folder for captures. */
  readonly capture: string | undefined;
  readonly shrink: boolean;
}

export interface SurveyRequest {
  readonly scenario: Scenario;
  readonly from: number;
  readonly count: number;
  /** Processes. */
  readonly jobs: number;
  readonly quiet: boolean;
}

const OPTIONS = {
  seed: { type: "string" },
  scenario: { type: "string" },
  lines: { type: "string" },
  capture: { type: "string" },
  shrink: { type: "boolean" },
  seeds: { type: "string" },
  from: { type: "string" },
  jobs: { type: "string" },
  quiet: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Values = {
  [K in keyof typeof OPTIONS]?: (typeof OPTIONS)[K]["type"] extends "boolean" ? boolean : string;
};

/** Those that only one of the two ways to call it has. */
const OF_ONE = ["seed", "lines", "capture", "shrink"] as const;
const OF_MANY = ["from", "jobs", "quiet"] as const;

/** What shows again what a seed did. */
export function replayCommand(scenario: string, seed: number): string {
  const shrink = scenario === "random" ? " --shrink" : "";
  return `npm run sim -- --scenario ${scenario} --seed ${seed}${shrink} --capture captures`;
}

/** What the command line asks for, or what is wrong with it; "" for its usage. */
export function readArguments(args: readonly string[]): Request | SurveyRequest | string {
  let values: Values;
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS }));
  } catch (error) {
    return (error as Error).message;
  }
  if (values.help === true) return "";
  const name = values.scenario ?? (values.seeds === undefined ? undefined : "random");
  const chosen = scenarios.filter((scenario) => name === undefined || name === scenario.name);
  const [scenario] = chosen;
  if (scenario === undefined) {
    return `--scenario takes ${scenarios.map((it) => it.name).join(", ")}, not ${values.scenario}`;
  }
  return values.seeds === undefined ? one(values, chosen) : many(values, values.seeds, scenario);
}

function one(values: Values, chosen: readonly Scenario[]): Request | string {
  const strange = OF_MANY.find((option) => values[option] !== undefined);
  if (strange !== undefined) return `--${strange} needs --seeds`;
  const seed = whole(values.seed ?? "1", 0);
  if (seed === undefined) return `--seed takes an integer from 0, not ${values.seed}`;
  const lines = values.lines === "all" ? Number.POSITIVE_INFINITY : whole(values.lines ?? "40", 0);
  if (lines === undefined) return `--lines takes an integer from 0, or all, not ${values.lines}`;
  const shrink = values.shrink === true;
  if (shrink && values.scenario !== "random") return "--shrink needs --scenario random";
  if (values.capture === "") return "--capture takes a folder";
  return { seed, chosen, lines, capture: values.capture, shrink };
}

function many(values: Values, seeds: string, scenario: Scenario): SurveyRequest | string {
  const strange = OF_ONE.find((option) => values[option] !== undefined);
  if (strange === "seed")
    return "--seed and --seeds do not go together: --from says with which seed to begin";
  if (strange !== undefined) return `--${strange} and --seeds do not go together: it is for one --seed`;
  const count = whole(seeds, 1);
  if (count === undefined) return `--seeds takes an integer from 1, not ${seeds}`;
  const from = whole(values.from ?? "1", 0);
  if (from === undefined) return `--from takes an integer from 0, not ${values.from}`;
  const jobs = whole(values.jobs ?? "1", 1);
  if (jobs === undefined) return `--jobs takes an integer from 1, not ${values.jobs}`;
  return { scenario, from, count, jobs, quiet: values.quiet === true };
}

function whole(text: string, least: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least ? value : undefined;
}
