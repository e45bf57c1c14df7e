import { drawPlan } from "../random-run/draw.ts";
import { nameOf } from "../random-run/names.ts";
import { play, type Verdict } from "../random-run/play.ts";
import type { Outcome, Scenario } from "./scenario.ts";

/** Whatever the seed makes of it; `npm run sim -- --seeds N` plays many. */
export const random: Scenario = {
  name: "random",
  summary: "hosts, options, extensions, links, workloads, faults and restarts drawn from the seed",
  play: (network) => outcomeOf(play(drawPlan(network.seed), network)),
};

/** A verdict as figures for people. */
export function outcomeOf({ faults, faultAt, met, packets, hash }: Verdict): Outcome {
  const named = [...met].map(([it, count]) => {
    const { group, name } = nameOf(it);
    return [`${group}: ${name}`, count];
  });
  const facts = { ...Object.fromEntries(named), packets, "hash of all packets": hash.toString(16) };
  return { faults, faultAt, facts, met: [...met.keys()] };
}
