import { Random } from "../random.ts";
import { message } from "../traffic.ts";
import type { Scenario } from "./scenario.ts";
import { connectPair, deliveryFaults, longestGap, numbered, PRIMARY, type Stage, shutDown } from "./stage.ts";

const DURATION = 600_000;
const EVERY = 100;
const LENGTH = 200;
const CUTS = 5;
const PERIOD = DURATION / CUTS;
/**
 * As an operator would have it: an unreachable path is asked every RTO.Max + HB.interval, from each of our addresses in
 * turn, so it comes back within half a minute.
 */
const CONFIG = { rtoMax: 10_000, heartbeatInterval: 5_000 };
/** From a loss to the switch: one RTO of at least RTO.Min, 1,000 ms; half as much again for what is around it. */
const LONGEST_GAP = 1_500;

/** Ten minutes of messages both ways, while the primary path is cut and healed five times. */
export const failover: Scenario = {
  name: "failover",
  summary: "ten minutes of messages both ways; the primary path is cut five times, 20 to 50 s each",
  play(network) {
    const stage = connectPair(network, { delay: 5, jitter: 2 }, CONFIG);
    if (stage === undefined) return { faults: ["no association"], facts: {} };
    const begin = network.now;
    const random = Random.of(network.seed, "cuts");
    const faults: string[] = [];
    for (let i = 0; i < CUTS; i++) {
      const from = begin + i * PERIOD + random.between(1_000, 10_000);
      network.cut(...PRIMARY, { from, until: from + random.between(20_000, 50_000) });
      network.at(begin + (i + 1) * PERIOD, () => faults.push(...returnFaults(stage, i + 1)));
    }
    const count = DURATION / EVERY;
    for (let number = 0; number < count; number++) {
      network.at(begin + number * EVERY, () => sendBothWays(stage, number));
    }
    network.run(DURATION);
    network.runUntil(() => stage.readByZ.length >= count && stage.readByA.length >= count, 60_000);
    const gap = Math.max(longestGap(stage.readByA), longestGap(stage.readByZ));
    const changes = stage.a.events.filter(({ type }) => type === "path").length;
    faults.push(...deliveryFaults("A", stage.readByA, count), ...deliveryFaults("Z", stage.readByZ, count));
    if (gap > LONGEST_GAP) faults.push(`${gap} ms without a delivery, more than ${LONGEST_GAP}`);
    faults.push(...shutDown(network, stage));
    return { faults, facts: { "longest gap, ms": gap, "path events at A": changes } };
  },
};

/** Who has not come back to the primary path after a cut. */
function returnFaults({ a, z, fromA, fromZ }: Stage, cut: number): string[] {
  return [[a, fromA] as const, [z, fromZ] as const].flatMap(([{ name }, { paths }]) => {
    const state = paths.find(({ primary }) => primary)?.state;
    return state === "active" ? [] : [`${name} has its primary ${state} at the end of period ${cut}`];
  });
}

function sendBothWays({ a, z, fromA, fromZ }: Stage, number: number): void {
  fromA.send(a.now, message(numbered(number, LENGTH)));
  a.driver.wake();
  fromZ.send(z.now, message(numbered(number, LENGTH)));
  z.driver.wake();
}
