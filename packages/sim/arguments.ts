import { parseArgs } from "node:util";
import { scenarios } from "./scenarios/index.ts";
import type { Scenario } from "./scenarios/scenario.ts";

export const USAGE: string = `npm run sim -- [--seed N] [--scenario NAME] [--lines N|all] [--capture DIR] [--shrink]
npm run sim -- --seeds N [--from S] [--scenario NAME] [--jobs N]

Plays a scenario in virtual time and prints the ladder of its packets and the outcome, or plays it by many seeds.
The same seed gives the same packets. Exits 1 when something should have held and did not.

  --seed N         an integer from 0; default 1
  --scenario NAME  default: every one of them; with --seeds: random
  --lines N|all    the last N packets of the ladder; default 40
  --capture DIR    writes all packets, a pcapng file for each scenario
  --shrink         of random: leaves out whatever the fault does not need, and prints what is left
  --seeds N        so many seeds; those that fail are named, with the command that shows why
  --from S         the first of them; default 1
  --jobs N         in so many processes; default 1

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
}

/** What shows again what a seed did. */
export function replayCommand(scenario: string, seed: number): string {
  return `npm run sim -- --scenario ${scenario} --seed ${seed} --shrink --capture captures`;
}

/** What the command line asks for, or what is wrong with it; "" for its usage. */
export function readArguments(args: readonly string[]): Request | SurveyRequest | string {
  let values: Partial<
    Record<"seed" | "scenario" | "lines" | "capture" | "seeds" | "from" | "jobs", string>
  > & {
    help?: boolean;
    shrink?: boolean;
  };
  try {
    const option = { type: "string" } as const;
    const texts = {
      seed: option,
      scenario: option,
      lines: option,
      capture: option,
      seeds: option,
      from: option,
      jobs: option,
    };
    const flags = { help: { type: "boolean" }, shrink: { type: "boolean" } } as const;
    ({ values } = parseArgs({ args: [...args], options: { ...texts, ...flags } }));
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
  if (values.seeds !== undefined) {
    const count = whole(values.seeds, 1);
    const from = whole(values.from ?? "1", 0);
    if (count === undefined) return `--seeds takes an integer from 1, not ${values.seeds}`;
    if (from === undefined) return `--from takes an integer from 0, not ${values.from}`;
    const jobs = whole(values.jobs ?? "1", 1);
    if (jobs === undefined) return `--jobs takes an integer from 1, not ${values.jobs}`;
    return { scenario, from, count, jobs };
  }
  const seed = whole(values.seed ?? "1", 0);
  if (seed === undefined) return `--seed takes an integer from 0, not ${values.seed}`;
  const lines = values.lines === "all" ? Number.POSITIVE_INFINITY : whole(values.lines ?? "40", 0);
  if (lines === undefined) return `--lines takes an integer from 0, or all, not ${values.lines}`;
  return { seed, chosen, lines, capture: values.capture, shrink: values.shrink === true };
}

function whole(text: string, least: number): number | undefined {
  const value = Number(text);
  return text !== "" && Number.isSafeInteger(value) && value >= least ? value : undefined;
}
