import { performance } from "node:perf_hooks";
import type { Scenario } from "../matrix.ts";
import { check } from "./check.ts";
import { openStage } from "./stage.ts";
import { type Bulk, peerReceivesBulk, percent, rate, receiveBulk, sendBulk } from "./traffic.ts";

const LIMIT = 45_000;

/** Fewer lost or reordered, and it was no test. */
const FEWEST = 10;

export const lossyScenario: Scenario = {
  name: "lossy",
  title: "5 % loss, reordering, both ways at once",
  limit: LIMIT,
  async run(context) {
    const bulk: Bulk = { bytes: context.stack.lossy, size: 10_000, streams: 8 };
    const { association, peer, relay } = await openStage(context, {
      relay: { loss: 0.05, reorder: 0.05, reorderDelay: 5, delay: 1 },
      peer: { mode: "sink" },
      // As on a network: on this machine alone a few huge datagrams would do, and hardly one would be lost.
      ours: { pathMtu: 1_500 },
    });
    const start = performance.now();
    await Promise.all([
      sendBulk(association, bulk).then(() => association.flush()),
      peerReceivesBulk(peer, bulk, LIMIT),
      peer.source({ ...bulk }, LIMIT),
      receiveBulk(association, bulk, percent(context.progress, bulk.bytes)),
    ]);
    check(relay !== undefined, () => "no relay");
    const [out, back] = [relay.counters("toFar", 0), relay.counters("toNear", 0)];
    const [lost, reordered] = [out.lost + back.lost, out.reordered + back.reordered];
    check(
      lost > FEWEST && reordered > FEWEST,
      () => `only ${lost} datagrams were lost and ${reordered} reordered`,
    );
    return `${lost} lost, ${rate(2 * bulk.bytes, performance.now() - start)}`;
  },
};
