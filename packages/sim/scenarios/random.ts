import { drawPlan } from "../random-run/draw.ts";
import { play } from "../random-run/play.ts";
import type { Scenario } from "./scenario.ts";

/** Whatever the seed makes of it; `npm run sim -- --seeds N` plays many. */
export const random: Scenario = {
  name: "random",
  summary: "hosts, options, extensions, links, workloads, faults and restarts drawn from the seed",
  play(network) {
    const { faults, met, packets, hash } = play(drawPlan(network.seed), network);
    return { faults, facts: { ...Object.fromEntries(met), packets, hash: hash.toString(16) } };
  },
};
