import { createHash } from "node:crypto";
import type { Association, PathEvent } from "usctp";
import type { Context, Scenario } from "../matrix.ts";
import { patternBytes } from "../pattern.ts";
import type { Peer } from "../peer.ts";
import type { MessageEvent } from "../peer-events.ts";
import type { Relay } from "../relay.ts";
import { check, same } from "./check.ts";
import { openStage } from "./stage.ts";
import { type Bulk, echoOnce, receiveBulk } from "./traffic.ts";

const LIMIT = 30_000;
const v4: readonly string[] = ["127.0.0.1", "127.0.0.2"];
const families: readonly string[] = ["127.0.0.1", "::1"];

const SIZE = 32_768;
const COUNT = 800;

/** The longest gap that the loss of a path may cost, ms: 1.5 RTO.Min, by default settings. */
const OUR_STALL = 1_500;
/** The library's own: measured 1,000 to 2,000. */
const PEER_STALL = 5_000;

/** Sends, cuts the primary when a quarter has arrived, and compares what the peer reports of each message. */
async function sendOverCut(context: Context, addresses: readonly string[]): Promise<string> {
  const { association, peer, relay } = await openStage(context, { addresses, relay: {} });
  check(relay !== undefined, () => "no relay");
  const changes = pathChanges(association);
  await confirmed(association, addresses);
  const [events] = await Promise.all([
    arrivals(peer, (count) => {
      context.progress(`${Math.floor((100 * count) / COUNT)} %`);
      if (count === COUNT / 4) relay.cut({ path: 0 });
    }),
    sendAll(association, COUNT),
  ]);
  events.forEach((event, index) => {
    same(`message ${index}`, [event.ssn, event.sha256], [index, sha256Of(index)]);
  });
  const stall = longestGap(events);
  check(stall > 0 && stall <= OUR_STALL, () => `the longest gap is ${stall} ms, more than ${OUR_STALL}`);
  await changes.of(addresses[0], "potentially-failed");
  await returns(context, association, peer, relay, changes);
  return `stall ${(stall / 1_000).toFixed(2)} s, returned`;
}

/** Heals the primary, and waits until we use it again (RFC 7829 §3.2: by a HEARTBEAT's answer). */
async function returns(
  context: Context,
  association: Association,
  peer: Peer,
  relay: Relay,
  changes: PathChanges,
): Promise<void> {
  context.progress("healed");
  const [primary] = association.paths.filter((path) => path.primary);
  relay.heal();
  await changes.of(primary?.destination, "active");
  await association.flush();
  const before = relay.counters("toFar", 0).forwarded;
  await sendAll(association, 20);
  for (let index = 0; index < 20; index++) await peer.next("message");
  const packets = relay.counters("toFar", 0).forwarded - before;
  check(packets > 10, () => `only ${packets} datagrams went over the primary after its return`);
}

/** The peer sends; it is the one who has to leave the primary, and our acknowledgements have to follow. */
async function receiveOverCut(context: Context): Promise<string> {
  const { association, peer, relay } = await openStage(context, {
    addresses: v4,
    relay: {},
    peer: { mode: "echo", sysctl: { path_pf_threshold: 0 } },
  });
  check(relay !== undefined, () => "no relay");
  await confirmed(association, v4);
  const bulk: Bulk = { bytes: SIZE * COUNT, size: SIZE, streams: 4 };
  let cut = false;
  const [, { longestGap: stall }] = await Promise.all([
    peer.source({ ...bulk }, LIMIT),
    receiveBulk(association, bulk, (bytes) => {
      context.progress(`${Math.floor((100 * bytes) / bulk.bytes)} %`);
      if (cut || bytes < bulk.bytes / 4) return;
      cut = true;
      relay.cut({ path: 0 });
    }),
  ]);
  check(stall <= PEER_STALL, () => `the longest gap is ${stall} ms, more than ${PEER_STALL}`);
  await echoOnce(association, "over the second path");
  return `stall ${(stall / 1_000).toFixed(2)} s`;
}

export const failoverOutScenario: Scenario = {
  name: "failover-out",
  title: "two addresses, primary cut while we send",
  limit: LIMIT,
  run: (context) => sendOverCut(context, v4),
};

export const failoverInScenario: Scenario = {
  name: "failover-in",
  title: "two addresses, primary cut while it sends",
  limit: LIMIT,
  run: receiveOverCut,
};

export const familiesScenario: Scenario = {
  name: "families",
  title: "IPv4 cut while we send, IPv6 goes on",
  limit: LIMIT,
  run: (context) => sendOverCut(context, families),
};

const sha256Of = (index: number): string =>
  createHash("sha256")
    .update(patternBytes(SIZE, index * SIZE))
    .digest("hex");

async function sendAll(association: Association, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await association.send(patternBytes(SIZE, index * SIZE));
}

async function arrivals(peer: Peer, onArrival: (count: number) => void): Promise<MessageEvent[]> {
  const events: MessageEvent[] = [];
  while (events.length < COUNT) {
    events.push(await peer.next("message"));
    onArrival(events.length);
  }
  return events;
}

/** ms */
function longestGap(events: readonly MessageEvent[]): number {
  let longest = 0;
  events.forEach((event, index) => {
    longest = Math.max(longest, event.at - (events[index - 1] ?? event).at);
  });
  return longest / 1_000_000;
}

interface PathChanges {
  /** Resolves when it has happened, or at once if it has. */
  of(destination: string | undefined, change: string): Promise<void>;
}

function pathChanges(association: Association): PathChanges {
  const past: PathEvent[] = [];
  association.on("path", (event) => past.push(event));
  return {
    async of(destination, change) {
      const is = (event: PathEvent): boolean =>
        event.path.destination === destination && event.change === change;
      if (past.some(is)) return;
      await new Promise<void>((resolve) => {
        association.on("path", (event) => {
          if (is(event)) resolve();
        });
      });
    },
  };
}

/** Resolves when every address of the peer's is confirmed (RFC 9260 §5.4). */
async function confirmed(association: Association, addresses: readonly string[]): Promise<void> {
  const all = (): boolean => {
    const { paths } = association;
    return paths.length === addresses.length && paths.every((path) => path.state === "active");
  };
  if (all()) return;
  await new Promise<void>((resolve, reject) => {
    association.on("path", () => {
      if (all()) resolve();
    });
    association.once("close", () => reject(new Error("the association ended")));
  });
}
