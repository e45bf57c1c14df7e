import { performance } from "node:perf_hooks";
import type { Context, Scenario } from "../matrix.ts";
import { noComplaints } from "./check.ts";
import { openStage } from "./stage.ts";
import { type Bulk, peerReceivesBulk, percent, rate, receiveBulk, sendBulk } from "./traffic.ts";

const LIMIT = 60_000;

const bulkOf = ({ stack }: Context): Bulk => ({
  bytes: stack.bulk,
  size: Math.min(65_536, stack.largest),
  streams: 4,
});

const amount = ({ bytes }: Bulk): string => `${bytes / 2 ** 20} MiB`;

export const bulkOutScenario: Scenario = {
  name: "bulk-out",
  title: "bulk to the peer, hashes",
  limit: LIMIT,
  async run(context) {
    const bulk = bulkOf(context);
    const { association, peer } = await openStage(context, { peer: { mode: "sink" } });
    const start = performance.now();
    await Promise.all([
      sendBulk(association, bulk, percent(context.progress, bulk.bytes)).then(() => association.flush()),
      peerReceivesBulk(peer, bulk, LIMIT),
    ]);
    const speed = rate(bulk.bytes, performance.now() - start);
    await noComplaints(peer);
    return `${speed}, ${association.statistics.retransmissions} resent, ${amount(bulk)}`;
  },
};

export const bulkInScenario: Scenario = {
  name: "bulk-in",
  title: "bulk from the peer, hashes",
  limit: LIMIT,
  async run(context) {
    const bulk = bulkOf(context);
    const { association, peer } = await openStage(context);
    const start = performance.now();
    await Promise.all([
      peer.source({ ...bulk }, LIMIT),
      receiveBulk(association, bulk, percent(context.progress, bulk.bytes)),
    ]);
    const speed = rate(bulk.bytes, performance.now() - start);
    await noComplaints(peer);
    const { counts } = context.stack.traits;
    const resent = counts ? `, ${(await peer.counters()).retransmitted} resent` : "";
    return `${speed}${resent}, ${amount(bulk)}`;
  },
};
