import { performance } from "node:perf_hooks";
import type { Scenario } from "../matrix.ts";
import { noComplaints } from "./check.ts";
import { openStage } from "./stage.ts";
import { type Bulk, peerReceivesBulk, percent, rate, receiveBulk, sendBulk } from "./traffic.ts";

const bulk: Bulk = { bytes: 64 << 20, size: 65_536, streams: 4 };
const LIMIT = 60_000;

export const bulkOutScenario: Scenario = {
  name: "bulk-out",
  title: "64 MiB to the peer, hashes",
  limit: LIMIT,
  async run(context) {
    const { association, peer } = await openStage(context, { peer: { mode: "sink" } });
    const start = performance.now();
    await Promise.all([
      sendBulk(association, bulk, percent(context.progress, bulk.bytes)).then(() => association.flush()),
      peerReceivesBulk(peer, bulk, LIMIT),
    ]);
    const speed = rate(bulk.bytes, performance.now() - start);
    await noComplaints(peer);
    return `${speed}, ${association.statistics.retransmissions} resent`;
  },
};

export const bulkInScenario: Scenario = {
  name: "bulk-in",
  title: "64 MiB from the peer, hashes",
  limit: LIMIT,
  async run(context) {
    const { association, peer } = await openStage(context);
    const start = performance.now();
    await Promise.all([
      peer.source({ ...bulk }, LIMIT),
      receiveBulk(association, bulk, percent(context.progress, bulk.bytes)),
    ]);
    const speed = rate(bulk.bytes, performance.now() - start);
    await noComplaints(peer);
    return `${speed}, ${(await peer.counters()).retransmitted} resent`;
  },
};
