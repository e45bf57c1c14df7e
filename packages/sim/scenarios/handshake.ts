import type { Scenario } from "./scenario.ts";
import { connectPair, shutDown } from "./stage.ts";

/** Two addresses a side: connect, confirm both paths, shut down. */
export const handshake: Scenario = {
  name: "handshake",
  summary: "connect over two paths, confirm both, shut down",
  play(network) {
    const stage = connectPair(network, { delay: 20, jitter: 5 });
    if (stage === undefined) return { faults: ["no association"], facts: {} };
    const established = network.now;
    const unconfirmed = (): string[] =>
      [stage.fromA, stage.fromZ].flatMap(({ paths }) =>
        paths
          .filter(({ state }) => state !== "active")
          .map(({ source, destination }) => `${source} > ${destination}`),
      );
    network.runUntil(() => unconfirmed().length === 0, 60_000);
    const faults = unconfirmed().map((path) => `path ${path} is not confirmed`);
    const confirmed = network.now;
    faults.push(...shutDown(network, stage));
    return { faults, facts: { "established, ms": established, "all paths confirmed, ms": confirmed } };
  },
};
