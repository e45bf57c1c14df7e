import { message, sendAll } from "../traffic.ts";
import type { Scenario } from "./scenario.ts";
import { connectPair, deliveryFaults, numbered, PRIMARY, shutDown } from "./stage.ts";

const COUNT = 4_000;
const LENGTH = 1_200;
const RATE = 50_000_000;

/** As much as goes through a link of 50 Mbit/s with a short queue. */
export const bulk: Scenario = {
  name: "bulk",
  summary: "4,000 messages of 1,200 bytes over 50 Mbit/s, 10 ms each way, a queue of 64 KiB",
  play(network) {
    const stage = connectPair(network, { delay: 10, rate: RATE, queue: 65_536 });
    if (stage === undefined) return { faults: ["no association"], facts: {} };
    const begin = network.now;
    const messages = Array.from({ length: COUNT }, (_, number) => message(numbered(number, LENGTH)));
    sendAll(stage.a, stage.fromA, messages);
    network.runUntil(() => stage.readByZ.length >= COUNT, 120_000);
    const seconds = (network.now - begin) / 1_000;
    const faults = deliveryFaults("Z", stage.readByZ, COUNT);
    faults.push(...shutDown(network, stage));
    const { sent, queueFull } = network.direction(...PRIMARY).counters;
    const goodput = (COUNT * LENGTH * 8) / seconds / 1e6;
    return {
      faults,
      facts: { "goodput, Mbit/s": goodput, "packets sent": sent, "lost in the queue": queueFull },
    };
  },
};
