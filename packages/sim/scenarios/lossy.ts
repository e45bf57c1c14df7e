import { message, sendAll } from "../traffic.ts";
import type { Scenario } from "./scenario.ts";
import { connectPair, deliveryFaults, numbered, PRIMARY, SECONDARY, shutDown } from "./stage.ts";

const COUNT = 1_000;
const STREAMS = 8;

/** Everything that a network does to packets at once, both ways. */
export const lossy: Scenario = {
  name: "lossy",
  summary: "1,000 messages of 4 to 4,000 bytes on 8 streams each way, under loss, reordering and duplication",
  play(network) {
    const bad = { delay: 15, jitter: 10, loss: 0.03, reorder: 0.05, duplicate: 0.02 };
    const stage = connectPair(network, bad);
    if (stage === undefined) return { faults: ["no association"], facts: {} };
    const begin = network.now;
    const messages = () =>
      Array.from({ length: COUNT }, (_, number) =>
        message(numbered(number, 4 + ((number * 997) % 3_997)), {
          stream: number % STREAMS,
          unordered: number % 5 === 0,
        }),
      );
    sendAll(stage.a, stage.fromA, messages());
    sendAll(stage.z, stage.fromZ, messages());
    network.runUntil(() => stage.readByZ.length >= COUNT && stage.readByA.length >= COUNT, 600_000);
    const duration = network.now - begin;
    const faults = [
      ...deliveryFaults("A", stage.readByA, COUNT),
      ...deliveryFaults("Z", stage.readByZ, COUNT),
      ...shutDown(network, stage),
    ];
    const lost = [PRIMARY, SECONDARY].reduce(
      (sum, [a, z]) => sum + network.direction(a, z).counters.lost + network.direction(z, a).counters.lost,
      0,
    );
    return { faults, facts: { "duration, ms": duration, "packets lost": lost } };
  },
};
