import { expect } from "vitest";
import { ladderTest, type Pair } from "../support/ladder-test.ts";

/** RFC 6525 between two of our own: resetting and adding streams, both ways and each way round. */

const ssns = (pair: Pair, stream = 0): number[] =>
  pair.z.deliveries.filter((it) => it.stream === stream).map((it) => it.ssn);

function reset(
  pair: Pair,
  side: "a" | "z",
  streams: Parameters<Pair["a"]["association"]["resetStreams"]>[1],
) {
  const { host, association } = pair[side];
  const before = pair[side].events("reconfigured").length;
  association.resetStreams(host.now, streams);
  host.driver.wake();
  pair.until("it is answered", () => pair[side].events("reconfigured").length > before);
  pair.network.run(20);
}

function add(pair: Pair, side: "a" | "z", streams: Parameters<Pair["a"]["association"]["addStreams"]>[1]) {
  const { host, association } = pair[side];
  const before = pair[side].events("reconfigured").length;
  association.addStreams(host.now, streams);
  host.driver.wake();
  pair.until("it is answered", () => pair[side].events("reconfigured").length > before);
  pair.network.run(50);
}

ladderTest("RFC 6525 §5.1.2: a reset stream begins with SSN 0, and no other does", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  for (const stream of [0, 0, 1]) a.send(10, { stream });
  pair.network.run(500);
  pair.rungs();
  reset(pair, "a", { outgoing: [0] });
  expect(pair.rungs()).toEqual(["A → RE-CONFIG", "Z → RE-CONFIG SACK"]);
  for (const stream of [0, 1]) a.send(10, { stream });
  pair.network.run(500);
  expect(ssns(pair, 0)).toEqual([0, 1, 0]);
  expect(ssns(pair, 1)).toEqual([0, 1]);
  expect(a.events("streams-reset")).toMatchObject([
    { direction: "outgoing", streams: [0], result: "performed" },
  ]);
  expect(z.events("streams-reset")).toMatchObject([
    { direction: "incoming", streams: [0], result: "performed" },
  ]);
  expect(a.events("reconfigured")).toMatchObject([{ outgoing: "performed", incoming: undefined }]);
});

ladderTest("§5.2.3: an incoming reset is an outgoing one of the peer's, at our wish", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  for (const stream of [0, 0, 1]) a.send(10, { stream });
  pair.network.run(500);
  pair.rungs();
  reset(pair, "z", { incoming: [0] });
  // RFC 6525, Appendix A: E-A resetting just its incoming streams.
  expect(pair.rungs()).toEqual(["Z → RE-CONFIG", "A → RE-CONFIG SACK", "Z → RE-CONFIG SACK"]);
  a.send(10);
  pair.network.run(500);
  expect(ssns(pair)).toEqual([0, 1, 0]);
  expect(z.events("reconfigured")).toMatchObject([{ incoming: "performed", outgoing: undefined }]);
  expect(z.events("streams-reset")).toMatchObject([{ direction: "incoming", streams: [0] }]);
  expect(a.events("streams-reset")).toMatchObject([{ direction: "outgoing", streams: [0] }]);
  expect(a.events("reconfigured")).toEqual([]);
});

ladderTest("Appendix A: all streams of both directions in three packets", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  for (const side of [a, z]) for (const stream of [0, 3, 3]) side.send(10, { stream });
  pair.network.run(500);
  pair.rungs();
  reset(pair, "a", { outgoing: "all", incoming: "all" });
  expect(pair.rungs()).toEqual(["A → RE-CONFIG", "Z → RE-CONFIG SACK", "A → RE-CONFIG SACK"]);
  const [both, last] = a.sent("RE-CONFIG");
  expect(both?.parameters).toMatchObject([
    { type: "OUTGOING-SSN-RESET-REQUEST", streams: [] },
    { type: "INCOMING-SSN-RESET-REQUEST", streams: [] },
  ]);
  expect(z.sent("RE-CONFIG")[0]?.parameters.map(({ type }) => type)).toEqual([
    "RE-CONFIG-RESPONSE",
    "OUTGOING-SSN-RESET-REQUEST",
  ]);
  expect(last?.parameters.map(({ type }) => type)).toEqual(["RE-CONFIG-RESPONSE"]);
  for (const side of [a, z]) side.send(10, { stream: 3 });
  pair.network.run(500);
  expect(ssns(pair, 3)).toEqual([0, 1, 0]);
  expect(a.deliveries.map((it) => it.ssn)).toEqual([0, 0, 1, 0]);
  expect(a.events("reconfigured")).toMatchObject([{ outgoing: "performed", incoming: "performed" }]);
});

ladderTest("A1: what was sent before goes with the old numbers, what is sent after waits", {}, (pair) => {
  const { a } = pair;
  pair.connect();
  for (let count = 0; count < 40; count += 1) a.send(3_000, { stream: 0 });
  a.association.resetStreams(a.host.now, { outgoing: [0] });
  for (const stream of [0, 0, 1]) a.send(10, { stream });
  pair.until("all has come", () => pair.z.deliveries.length === 43);
  expect(ssns(pair)).toEqual([...Array(40).keys(), 0, 1]);
  expect(ssns(pair, 1)).toEqual([0]);
  // All of before was acknowledged, so that the peer could do it at once.
  expect(pair.z.sent("RE-CONFIG").flatMap(({ parameters }) => parameters)).toMatchObject([{ result: 1 }]);
});

ladderTest(
  "a denied reset leaves the numbers as they are",
  { configZ: { allowStreamReset: false } },
  (pair) => {
    const { a, z } = pair;
    pair.connect();
    a.send(10);
    z.send(10);
    pair.network.run(500);
    a.association.resetStreams(a.host.now, { outgoing: [0], incoming: [0] });
    a.send(10);
    pair.network.run(500);
    expect(ssns(pair)).toEqual([0, 1]);
    expect(a.events("reconfigured")).toMatchObject([{ outgoing: "denied", incoming: "denied" }]);
    expect(a.events("streams-reset")).toMatchObject([
      { direction: "outgoing", result: "denied" },
      { direction: "incoming", result: "denied" },
    ]);
    expect(z.events("streams-reset")).toEqual([]);
  },
);

ladderTest(
  "what we ask for the peer may do, whatever it may not by itself",
  {
    configZ: { allowStreamReset: false, allowStreamChange: false },
  },
  (pair) => {
    const { a, z } = pair;
    pair.connect();
    a.send(10);
    pair.network.run(500);
    reset(pair, "z", { incoming: "all" });
    expect(z.events("reconfigured").at(-1)).toMatchObject({ incoming: "performed" });
    add(pair, "z", { incoming: 5 });
    expect(z.association.inboundStreams).toBe(1_029);
    // But once.
    reset(pair, "a", { outgoing: "all" });
    expect(a.events("reconfigured").at(-1)).toMatchObject({ outgoing: "denied" });
    add(pair, "a", { outgoing: 5 });
    expect(a.events("reconfigured").at(-1)).toMatchObject({ outgoing: "denied" });
  },
);

ladderTest("§5.1.1: a lost request is sent again as it was, with twice the time", {}, (pair) => {
  const { a } = pair;
  pair.connect();
  pair.lose("A", "RE-CONFIG", { count: 2 });
  reset(pair, "a", { outgoing: [1] });
  const sent = a.sent("RE-CONFIG");
  expect(sent.map(({ parameters }) => parameters)).toEqual(Array(3).fill(sent[0]?.parameters));
  const [first, second, third] = sent.map(({ time }) => time) as [number, number, number];
  expect(third - second).toBe(2 * (second - first));
});

ladderTest("§5.2.1: a request whose answer was lost is answered again, and done once", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  pair.lose("Z", "RE-CONFIG");
  reset(pair, "a", { outgoing: [1] });
  expect(z.sent("RE-CONFIG").map(({ parameters }) => parameters)).toEqual(
    Array(2).fill(z.sent("RE-CONFIG")[0]?.parameters),
  );
  expect(z.events("streams-reset").length).toBe(1);
  expect(a.events("reconfigured")).toMatchObject([{ outgoing: "performed" }]);
});

ladderTest("§5.1.1: a peer that is silent is given up", { config: { heartbeats: false } }, (pair) => {
  const { a } = pair;
  pair.connect();
  pair.silence("Z");
  a.association.resetStreams(a.host.now, { outgoing: [1] });
  a.host.driver.wake();
  pair.until("it is given up", () => a.end !== undefined, 1_000_000);
  expect(a.end).toBe("timed-out");
  expect(a.sent("RE-CONFIG").length).toBe(11);
  expect(a.events("reconfigured")).toMatchObject([{ outgoing: "failed" }]);
});

ladderTest("§5.1.5, §5.1.6: streams are added behind those that there are", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  add(pair, "a", { outgoing: 2, incoming: 3 });
  expect([a.association.outboundStreams, a.association.inboundStreams]).toEqual([1_026, 1_027]);
  expect([z.association.outboundStreams, z.association.inboundStreams]).toEqual([1_027, 1_026]);
  a.send(10, { stream: 1_025 });
  z.send(10, { stream: 1_026 });
  pair.network.run(500);
  expect(ssns(pair, 1_025)).toEqual([0]);
  expect(a.deliveries.map((it) => [it.stream, it.ssn])).toEqual([[1_026, 0]]);
  expect(() => a.send(10, { stream: 1_026 })).toThrow("no outbound stream 1026");
  expect(a.events("streams-added")).toMatchObject([
    { direction: "outgoing", count: 2, result: "performed" },
    { direction: "incoming", count: 3, inboundStreams: 1_027, outboundStreams: 1_026, result: "performed" },
  ]);
  expect(z.events("streams-added").map(({ direction }) => direction)).toEqual(["incoming", "outgoing"]);
});

ladderTest(
  "§5.2.5: more streams than the peer allows are denied",
  { configZ: { inboundStreams: 1_030 } },
  (pair) => {
    const { a, z } = pair;
    pair.connect();
    add(pair, "a", { outgoing: 7, incoming: 7 });
    expect(a.events("reconfigured")).toMatchObject([{ outgoing: "denied", incoming: "denied" }]);
    expect([a.association.outboundStreams, z.association.inboundStreams]).toEqual([1_024, 1_024]);
    add(pair, "a", { outgoing: 6 });
    expect(a.association.outboundStreams).toBe(1_030);
  },
);

ladderTest("§5.1.5: no stream is used before the peer has agreed", {}, (pair) => {
  const { a } = pair;
  pair.connect();
  a.association.addStreams(a.host.now, { outgoing: 1 });
  expect(() => a.send(10, { stream: 1_024 })).toThrow("no outbound stream");
});

ladderTest("both sides reset at the same time", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  for (const side of [a, z]) side.send(10);
  pair.network.run(500);
  for (const side of [a, z]) {
    side.association.resetStreams(side.host.now, { outgoing: "all", incoming: "all" });
    side.host.driver.wake();
  }
  pair.network.run(5_000);
  for (const side of [a, z]) {
    expect(side.events("reconfigured")).toMatchObject([{ outgoing: "performed", incoming: "nothing-to-do" }]);
    side.send(10);
  }
  pair.network.run(500);
  expect(ssns(pair)).toEqual([0, 0]);
});

ladderTest(
  "under loss and reordering each reset is where the sender had it",
  {
    conditions: { loss: 0.05, jitter: 5 },
    seed: 7,
  },
  (pair) => {
    const { a } = pair;
    pair.connect();
    for (let round = 0; round < 10; round += 1) {
      for (let count = 0; count < 20; count += 1) a.send(2_000, { stream: count % 3 });
      reset(pair, "a", { outgoing: [0, 1] });
    }
    pair.until("all has come", () => pair.z.deliveries.length === 200, 600_000);
    expect(ssns(pair, 0)).toEqual(Array(10).fill([0, 1, 2, 3, 4, 5, 6]).flat());
    expect(ssns(pair, 2)).toEqual([...Array(60).keys()]);
  },
);

ladderTest("numbers of requests wrap", { nearWrap: true }, (pair) => {
  const { a } = pair;
  pair.connect();
  for (let count = 0; count < 300; count += 1) reset(pair, "a", { outgoing: [1] });
  expect(a.events("reconfigured").every(({ outgoing }) => outgoing === "performed")).toBe(true);
});
