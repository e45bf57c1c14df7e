import { type Context, caseOf, type Measurement, type Values } from "../measurement.ts";
import type { Case, Metric } from "../report.ts";
import { Worker } from "../worker-process.ts";
import type { MicroResult } from "../workers/micro.ts";

/** ms for each task in each round. */
const SCALES: Readonly<Record<Context["effort"], { readonly rounds: number; readonly ms: number }>> = {
  full: { rounds: 5, ms: 500 },
  quick: { rounds: 1, ms: 100 },
  smoke: { rounds: 1, ms: 10 },
};

/** For all tasks of a round, ms. */
const PATIENCE = 60_000;

const metrics: readonly Metric[] = [{ name: "ns", label: "ns" }];

/** Small parts of the protocol, each by itself. */
export const micro: Measurement = {
  name: "micro",
  title: "Small parts",
  metrics,
  notes: [
    "Medians of many samples (tinybench), a new process a round. A message that is sent and acknowledged: the sender's " +
      "part alone, of SACK handling, queue and packets together, without sockets, some 45 messages to a packet.",
  ],
  async measure(context) {
    const { rounds: usual, ms } = SCALES[context.effort];
    const rounds = context.rounds ?? usual;
    const byTask = new Map<string, Values[]>();
    for (let round = 0; round < rounds && context.present("usctp").length > 0; round++) {
      context.progress(`round ${round + 1} of ${rounds}`);
      const worker = await Worker.start("micro", { ms }, { profiles: context.profiles });
      try {
        for (const { name, ns } of await worker.ask<readonly MicroResult[]>("measure", PATIENCE)) {
          byTask.set(name, [...(byTask.get(name) ?? []), { ns }]);
        }
      } finally {
        await worker.end();
      }
    }
    const cases: Case[] = [...byTask].map(([task, values]) =>
      caseOf({ contestant: "usctp", at: { task } }, values),
    );
    return { cases, rounds };
  },
};
