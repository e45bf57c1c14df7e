import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { scenarios } from "../scenarios/index.ts";
import { type Run, runSeed } from "./survey.ts";

const SELF = fileURLToPath(import.meta.url);

/**
 * Plays `count` seeds from `from` on in so many processes, each with every n-th seed; `told` hears of each run, in any
 * order. Rejects when a process ends before its seeds do.
 */
export async function playInParallel(
  { scenario, from, count }: { readonly scenario: string; readonly from: number; readonly count: number },
  jobs: number,
  told: (run: Run) => void,
): Promise<void> {
  const children: ChildProcess[] = [];
  const ends = Array.from({ length: Math.min(jobs, count) }, (_, job) => {
    const child = fork(SELF, [scenario, String(from + job), String(jobs), String(from + count)], {
      // Whoever asks may not be run by tsx.
      execArgv: ["--import", "tsx"],
    });
    children.push(child);
    child.on("message", (run) => told(run as Run));
    return new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) =>
        code === 0 ? resolve() : reject(new Error(`a process ended with ${code}`)),
      );
    });
  });
  try {
    await Promise.all(ends);
  } finally {
    for (const child of children) child.kill();
  }
}

/** As a process of its own: name of the scenario, first seed, step, the seed to stop before. */
if (process.argv[1] === SELF && process.send !== undefined) {
  const [name, first, step, end] = process.argv.slice(2);
  const scenario = scenarios.find((it) => it.name === name);
  if (scenario !== undefined) {
    for (let seed = Number(first); seed < Number(end); seed += Number(step)) {
      const run = runSeed(scenario, seed);
      await new Promise((resolve) => process.send?.(run, resolve));
    }
  }
  process.disconnect();
}
