import { expect } from "vitest";
import { ladderTest, type Pair, type PairOptions, pattern, scriptedTest } from "../support/ladder-test.ts";

/** RFC 3758 §3.5, §4.1 and RFC 7496 §3.1: what is given up, and how the peer is told. */

const ON: PairOptions = { config: { partialReliability: true } };
const ONCE = { reliability: { policy: "retransmissions", value: 0 } } as const;
const SUPPORTED = { parameters: [{ type: "FORWARD-TSN-SUPPORTED" }] } as const;

function sizes({ z }: Pair): number[] {
  return z.deliveries.map(({ data }) => data.length);
}

ladderTest("a message that may not be sent again is given up when T3 expires", ON, (pair) => {
  const { a, z, connect, lose, until, rungs, network } = pair;
  connect();
  lose("A", "DATA");
  a.send(100, { ...ONCE, context: "gone" });
  until("it is given up", () => a.events("failed").length === 1);
  a.send(200);
  until("the next one is there", () => z.deliveries.length === 1);
  network.run(500);
  expect(rungs()).toEqual(["A ✗ DATA", "A → FORWARD-TSN", "A → DATA", "Z → SACK", "Z → SACK"]);
  expect(a.events("failed")).toMatchObject([
    { failure: "abandoned", sent: true, acknowledged: 0, message: { context: "gone" } },
  ]);
  expect(a.sent("FORWARD-TSN")[0]?.streams).toEqual([{ stream: 0, ssn: 0 }]);
  expect(a.association).toMatchObject({ outstandingChunks: 0, bytesInFlight: 0, bufferedBytes: 0 });
  expect(a.association.abandoned()).toEqual({ unsent: 0, sent: 1 });
  expect(a.association.abandoned("retransmissions", 0)).toEqual({ unsent: 0, sent: 1 });
  expect(a.association.abandoned("retransmissions", 1)).toEqual({ unsent: 0, sent: 0 });
  expect(a.association.abandoned("lifetime")).toEqual({ unsent: 0, sent: 0 });
  expect(sizes(pair)).toEqual([200]);
  a.shutdown();
  until("both end", () => a.end === "shutdown" && z.end === "shutdown");
});

ladderTest("a FORWARD TSN that is lost is sent again by T3, and its answer clears the errors", ON, (pair) => {
  const { a, connect, network, silence } = pair;
  connect();
  const loud = silence("A");
  a.send(100, ONCE);
  network.run(8_000);
  expect(a.sent("FORWARD-TSN").length).toBe(3);
  expect(a.association.paths[0]?.errors).toBe(3);
  loud();
  network.run(30_000);
  expect(a.association.outstandingChunks).toBe(0);
  expect(a.association.paths[0]?.errors).toBe(0);
  const { length } = a.sent("FORWARD-TSN");
  network.run(100_000);
  expect(a.sent("FORWARD-TSN").length).toBe(length);
});

ladderTest("it is sent again as often as it may be", ON, (pair) => {
  const { a, connect, lose, until } = pair;
  connect();
  lose("A", "DATA", { count: 3 });
  a.send(100, { reliability: { policy: "retransmissions", value: 2 } });
  until("it is given up", () => a.events("failed").length === 1);
  expect(a.sent("DATA").length).toBe(3);
});

ladderTest("what is lost and past its lifetime is given up, what is within goes again", ON, (pair) => {
  const { a, connect, lose, until, network } = pair;
  connect();
  lose("A", "DATA");
  a.send(100, { lifetime: 500 });
  until("it is given up", () => a.events("failed").length === 1);
  expect(a.events("failed")).toMatchObject([{ failure: "abandoned", sent: true }]);
  network.run(1_000);
  lose("A", "DATA");
  a.send(300, { lifetime: 50_000 });
  until("it arrives", () => pair.z.deliveries.length === 1);
  expect(sizes(pair)).toEqual([300]);
});

for (const [who, options] of [
  ["our side", { configA: { partialReliability: false } }],
  ["the peer", { configZ: { partialReliability: false } }],
] as const) {
  ladderTest(`where ${who} does not have it, what was sent is sent until it arrives`, options, (pair) => {
    const { a, connect, lose, until } = pair;
    connect();
    lose("A", "DATA", { count: 2 });
    a.send(100, { ...ONCE, lifetime: 500 });
    until("it arrives", () => pair.z.deliveries.length === 1);
    expect(a.sent("FORWARD-TSN")).toEqual([]);
    expect(a.association.isPartiallyReliable).toBe(false);
  });
}

// §3.5 A3.
ladderTest("of a large message all is given up at once, what was not sent, too", ON, (pair) => {
  const { a, z, connect, lose, until, network } = pair;
  connect();
  lose("A", "DATA", { nth: 2, count: 1 });
  a.send(pattern(100_000), ONCE);
  a.send(200);
  until("the next one is there", () => z.deliveries.length === 1);
  network.run(5_000);
  expect(sizes(pair)).toEqual([200]);
  expect(a.events("failed")).toMatchObject([{ failure: "abandoned", sent: true }]);
  expect(a.association).toMatchObject({ outstandingChunks: 0, bytesInFlight: 0, bufferedBytes: 0 });
  expect(a.association.paths[0]?.flightSize).toBe(0);
  expect(z.association.unreadBytes).toBe(0);
  expect(a.association.state).toBe("established");
});

ladderTest(
  "a message whose lifetime passes in the middle is broken off by the TSN of its end",
  ON,
  (pair) => {
    const { a, z, connect, until, network } = pair;
    connect();
    // Slow start does not get it out in time, and nothing is lost.
    a.send(pattern(400_000), { lifetime: 100 });
    a.send(200);
    until("the next one is there", () => z.deliveries.length === 1);
    network.run(2_000);
    expect(sizes(pair)).toEqual([200]);
    const [failed] = a.events("failed");
    expect(failed).toMatchObject({ failure: "abandoned", sent: true });
    expect(failed?.acknowledged).toBeGreaterThan(0);
    expect(a.association.abandoned("lifetime", 0)).toEqual({ unsent: 0, sent: 1 });
    expect(a.association.outstandingChunks).toBe(0);
    expect(z.association.unreadBytes).toBe(0);
  },
);

ladderTest(
  "with every tenth packet lost, what is reliable arrives and nothing is left over",
  { ...ON, conditions: { loss: 0.1 } },
  (pair) => {
    const { a, z, connect, until } = pair;
    connect();
    for (let index = 0; index < 300; index += 1) {
      const options = { stream: index % 3, unordered: index % 7 === 0 };
      a.send(1_000 + index, index % 2 === 0 ? { ...options, ...ONCE } : options);
    }
    const isOver = (): boolean => a.association.bufferedBytes === 0 && a.association.outstandingChunks === 0;
    until("nothing is left", isOver, 600_000);
    const failed = a.events("failed").length;
    expect(failed).toBeGreaterThan(0);
    expect(z.deliveries.length).toBeGreaterThanOrEqual(300 - failed);
    expect(new Set(sizes(pair).filter((size) => size % 2 === 1)).size).toBe(150);
    expect(a.association.paths[0]?.flightSize).toBe(0);
    expect(a.association.state).toBe("established");
  },
);

// §3.5 C4: ordered messages by the highest SSN of each stream, unordered ones not at all; never beyond a packet.
scriptedTest(
  "each stream stands there once, and what does not fit a packet waits for the SACK",
  { config: { partialReliability: true, outboundStreams: 1_000, pathMtu: 600, rtoMax: 1_000 } },
  ({ a, peer, network }) => {
    peer.associate({ ...SUPPORTED, inboundStreams: 1_000 });
    a.send(1, { ...ONCE, stream: 0 });
    for (let stream = 0; stream < 200; stream += 1) a.send(1, { ...ONCE, stream });
    a.send(1, { ...ONCE, stream: 999, unordered: true });
    network.run(500);
    peer.clear();
    a.association.configure(network.now, { pathMtu: 300 });
    const told: number[][] = [];
    for (let count = 0; count < 100 && a.association.outstandingChunks > 0; count += 1) {
      network.runUntil(() => peer.socket.received.length > 0, 2_000);
      for (const { bytes } of peer.socket.received) expect(bytes.length).toBeLessThanOrEqual(300 - 28);
      const last = peer.collect(0).findLast((chunk) => chunk.type === "FORWARD-TSN");
      if (last?.type !== "FORWARD-TSN") continue;
      told.push(last.streams.map(({ stream }) => stream));
      if (told.length === 1) expect(last.streams[0]).toEqual({ stream: 0, ssn: 1 });
      peer.send({ ...peer.sack(0), cumulativeTsn: last.newCumulativeTsn });
    }
    expect(a.association.outstandingChunks).toBe(0);
    expect(told[0]?.length).toBe(63);
    for (const streams of told) expect(new Set(streams).size).toBe(streams.length);
    expect(new Set(told.flat())).toEqual(new Set(Array.from({ length: 200 }, (_, stream) => stream)));
    expect(a.events("failed").length).toBe(202);
  },
);
