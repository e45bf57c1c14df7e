import { expect } from "vitest";
import type { PathState } from "../../src/association/events.ts";
import { chunkNames, ladderTest, type Pair, type Side } from "../support/ladder-test.ts";

/** docs/decisions/0006: a path that goes silent is asked about over another one (after RFC 8985 §7), and left. */

const [A1, A2, Z1, Z2] = ["10.0.0.1", "10.1.0.1", "10.0.0.2", "10.1.0.2"] as const;
const TWO = { paths: 2, conditions: { delay: 10 } } as const;

const stateOf = ({ association }: Side, destination: string): PathState | undefined =>
  association.paths.find((path) => path.destination === destination)?.state;

const changesOf = (side: Side, destination: string): string[] =>
  side
    .events("path")
    .filter(({ path }) => path.destination === destination)
    .map(({ change }) => change);

/** Connected, every path confirmed, and the RTT of the first one measured. */
function connectAll({ a, z, connect, until, network }: Pair): void {
  connect();
  until("all paths are active", () =>
    [...a.association.paths, ...z.association.paths].every(({ state }) => state === "active"),
  );
  for (let i = 0; i < 40; i++) a.send(1_200);
  until("some data has arrived", () => z.deliveries.length === 40);
  network.run(1_000);
}

/** Keeps so many bytes waiting at A, and returns the longest time in which nothing came to Z, ms. */
function longestGap({ a, z, network }: Pair, during: number): number {
  const end = network.now + during;
  let longest = 0;
  let last = network.now;
  let count = z.deliveries.length;
  while (network.now < end) {
    while (a.association.bufferedBytes < 200_000) a.send(1_200);
    network.run(1);
    if (z.deliveries.length > count) {
      longest = Math.max(longest, network.now - last);
      last = network.now;
      count = z.deliveries.length;
    }
  }
  return Math.max(longest, network.now - last);
}

ladderTest("the loss of the primary costs a few round trips, and no timeout", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network, until } = pair;
  longestGap(pair, 500);
  network.cut(A1, Z1);
  expect(longestGap(pair, 800)).toBeLessThan(150);
  expect(stateOf(a, Z1)).toBe("suspect");
  expect(a.association.statistics.timeouts).toBe(0);
  expect(a.association.paths.map(({ errors }) => errors)).toEqual([0, 0]);
  const { length } = z.deliveries;
  until("the rest arrives", () => a.association.bufferedBytes === 0);
  expect(z.deliveries.length).toBeGreaterThan(length);
});

ladderTest("a suspect path is asked at once, and used again when it answers", TWO, (pair) => {
  connectAll(pair);
  const { a, network } = pair;
  longestGap(pair, 500);
  network.cut(A1, Z1, { until: network.now + 400 });
  longestGap(pair, 350);
  expect(stateOf(a, Z1)).toBe("suspect");
  expect(changesOf(a, Z1)).not.toContain("potentially-failed");
  longestGap(pair, 3_000);
  expect(stateOf(a, Z1)).toBe("active");
  const from = network.now;
  longestGap(pair, 100);
  const latest = a.packets.filter(({ time, bytes }) => time >= from && chunkNames(bytes).includes("DATA"));
  expect(new Set(latest.map(({ destination }) => destination))).toEqual(new Set([Z1]));
});

ladderTest("a suspect path that does not answer is potentially failed (RFC 7829 §3.2)", TWO, (pair) => {
  connectAll(pair);
  const { a, network, until } = pair;
  longestGap(pair, 500);
  network.cut(A1, Z1);
  longestGap(pair, 300);
  until("it has failed", () => stateOf(a, Z1) === "potentially-failed", 3_000);
  const changes = changesOf(a, Z1);
  expect(changes.slice(-2)).toEqual(["suspect", "potentially-failed"]);
});

ladderTest("one packet that was lost at the end comes over the other path", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network, lose } = pair;
  const from = network.now;
  lose("A", "DATA");
  a.send(100);
  network.run(300);
  const data = a.packets.filter(({ time, bytes }) => time >= from && chunkNames(bytes).includes("DATA"));
  expect(data.map(({ destination, time }) => [destination, Math.round(time - from)])).toEqual([
    [Z1, 0],
    // RFC 8985 §7.2: two round trips, 30 ms at least, and the delay of the SACK of a single packet.
    [Z2, 240],
  ]);
  expect(z.deliveries.length).toBe(41);
  expect(a.association.statistics.tailLossProbes).toBe(1);
  expect([stateOf(a, Z1), stateOf(a, Z2)]).toEqual(["active", "active"]);
});

ladderTest("where acknowledgements alone are lost, nothing is sent again but the probe", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network } = pair;
  network.cut(Z1, A1, { direction: "forward", until: network.now + 200 });
  for (let i = 0; i < 4; i++) a.send(1_200);
  network.run(2_000);
  expect(z.deliveries.length).toBe(44);
  expect(a.association.statistics.retransmissions).toBe(a.association.statistics.tailLossProbes);
});

ladderTest(
  "loss of a packet in a hundred makes no path suspect",
  { ...TWO, conditions: { delay: 10, loss: 0.01 } },
  (pair) => {
    connectAll(pair);
    longestGap(pair, 120_000);
    expect(changesOf(pair.a, Z1)).not.toContain("suspect");
  },
);

ladderTest("reordering makes no path suspect", { ...TWO, conditions: { delay: 10, jitter: 15 } }, (pair) => {
  connectAll(pair);
  longestGap(pair, 30_000);
  expect(changesOf(pair.a, Z1)).not.toContain("suspect");
});

const OFF = { ...TWO, config: { tailLossProbes: false } } as const;

ladderTest("without tailLossProbes, T3-rtx alone notices (RFC 9260 §6.3.3)", OFF, (pair) => {
  connectAll(pair);
  longestGap(pair, 500);
  pair.network.cut(A1, Z1);
  expect(longestGap(pair, 3_000)).toBeGreaterThanOrEqual(900);
  expect(pair.a.association.statistics.tailLossProbes).toBe(0);
});

const QUIET = { ...TWO, config: { heartbeats: false } } as const;

ladderTest("without heartbeats nothing could take a suspicion away, and there is none", QUIET, (pair) => {
  pair.connect();
  for (let i = 0; i < 40; i++) pair.a.send(1_200);
  pair.network.run(2_000);
  pair.network.cut(A1, Z1);
  longestGap(pair, 3_000);
  expect(pair.a.association.statistics.tailLossProbes).toBe(0);
});

ladderTest("one path alone waits for T3-rtx", { conditions: { delay: 10 } }, (pair) => {
  const { a, network, connect, lose } = pair;
  connect();
  a.send(100);
  network.run(1_000);
  lose("A", "DATA");
  const from = network.now;
  a.send(100);
  network.run(3_000);
  const data = a.packets.filter(({ time, bytes }) => time >= from && chunkNames(bytes).includes("DATA"));
  expect(data.map(({ time }) => Math.round(time - from))).toEqual([0, 1_000]);
});

ladderTest("both paths cut at once end as by T3-rtx alone", TWO, (pair) => {
  connectAll(pair);
  const { a, network, until } = pair;
  longestGap(pair, 300);
  network.cut(A1, Z1);
  network.cut(A2, Z2);
  until("the association has ended", () => a.events("closed").length === 1, 600_000);
  expect(a.events("closed")[0]?.reason).toBe("timed-out");
});

ladderTest(
  "what is late on a silent path, and comes after all, is not sent again but for the probe",
  TWO,
  (pair) => {
    connectAll(pair);
    const { a, z, network } = pair;
    let late = 45;
    network.filter(({ bytes, destination }) => {
      if (destination !== Z1 || !chunkNames(bytes).includes("DATA")) return true;
      late += 8;
      return late;
    });
    for (let i = 0; i < 4; i++) a.send(1_200);
    network.run(1_000);
    expect(z.deliveries.length).toBe(44);
    expect(a.association.statistics.tailLossProbes).toBe(1);
    expect(a.association.statistics.retransmissions).toBe(1);
    expect(changesOf(a, Z1)).not.toContain("suspect");
  },
);

ladderTest(
  "several packets lost at the end leave the path in use if it answers, with a smaller window",
  TWO,
  (pair) => {
    connectAll(pair);
    const { a, z, network, lose } = pair;
    a.send(100);
    network.run(500);
    const before = a.association.paths[0]?.ssthresh ?? 0;
    lose("A", "DATA", { count: 4 });
    for (let i = 0; i < 4; i++) a.send(1_400);
    network.run(400);
    expect(z.deliveries.length).toBe(45);
    expect(a.association.statistics.timeouts).toBe(0);
    expect(changesOf(a, Z1)).not.toContain("suspect");
    expect(a.association.paths[0]?.ssthresh).toBeLessThan(before);
  },
);

ladderTest(
  "a closed window is no silence",
  { ...TWO, reading: false, config: { receiveBuffer: 20_000 } },
  (pair) => {
    const { a, connect, network } = pair;
    connect();
    network.run(2_000);
    for (let i = 0; i < 40; i++) a.send(1_200);
    network.run(30_000);
    expect(a.association.bufferedBytes).toBeGreaterThan(0);
    expect(a.association.statistics.tailLossProbes).toBe(0);
  },
);
