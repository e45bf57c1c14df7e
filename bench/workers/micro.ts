import { Bench } from "tinybench";
import { TASKS } from "./micro-tasks.ts";
import { given, obey } from "./worker.ts";

/** How often a task is done between two looks at the clock, which costs as much as some of them. */
const TIMES = 100;

/** Of one task, ns. */
export interface MicroResult {
  readonly name: string;
  readonly ns: number;
}

const { ms } = given<{ readonly ms: number }>();

async function measure(): Promise<readonly MicroResult[]> {
  const results: MicroResult[] = [];
  for (const make of TASKS) {
    const task = make();
    const bench = new Bench({ time: ms, warmupTime: ms / 2, iterations: 1, warmupIterations: 1 });
    bench.add(task.name, () => {
      const own = task.run(TIMES);
      return own === undefined ? undefined : { overriddenDuration: own };
    });
    await bench.run();
    const { result } = bench.tasks[0] ?? {};
    if (result?.state !== "completed") throw new Error(`${task.name} did not end: ${result?.state}`);
    results.push({ name: task.name, ns: (1e6 * result.latency.p50) / TIMES });
  }
  return results;
}

obey(0, { measure });
