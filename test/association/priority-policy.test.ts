import { expect } from "vitest";
import type { OutgoingMessage } from "../../src/association/events.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { ladderTest, type Pair, type PairOptions, pattern, scriptedTest } from "../support/ladder-test.ts";

/** RFC 7496 §3.2: messages that make way for others when the send buffer is full. */

const ON: PairOptions = { config: { partialReliability: true, sendBuffer: 10_000 } };
const prio = (value: number) => ({ reliability: { policy: "priority", value } }) as const;

/** Asks for room, as the faces do when the buffer is full, and sends if there is. */
function sendUrgently(
  { a, network }: Pair,
  size: number,
  reliability?: OutgoingMessage["reliability"],
  lifetime: number = Number.POSITIVE_INFINITY,
): boolean {
  const data = pattern(size);
  const fits = a.association.makeRoom(a.host.now, { data, lifetime, reliability });
  if (fits) a.send(size, { reliability, lifetime, context: "urgent" });
  network.run(0);
  return fits;
}

function failed({ a }: Pair): unknown[] {
  return a.events("failed").map(({ message, failure, sent }) => [message.context, failure, sent]);
}

ladderTest("the lowest priority makes way, of equals the youngest, and no more than it takes", ON, (pair) => {
  const { a, z, connect, silence, until } = pair;
  connect();
  const loud = silence("Z");
  // Fills the first window, so that the rest waits unsent.
  a.send(4_300, { context: "reliable" });
  for (const [context, value] of [
    ["high", 1],
    ["low", 7],
    ["older", 5],
    ["younger", 5],
  ] as const) {
    a.send(1_400, { ...prio(value), context });
  }
  expect(sendUrgently(pair, 1_400, prio(2).reliability)).toBe(true);
  expect(failed(pair)).toEqual([["low", "abandoned", false]]);
  expect(sendUrgently(pair, 1_400, prio(2).reliability)).toBe(true);
  expect(failed(pair).slice(1)).toEqual([["younger", "abandoned", false]]);
  expect(a.association.bufferedBytes).toBeLessThanOrEqual(10_000);
  expect(a.association.abandoned("priority")).toEqual({ unsent: 2, sent: 0 });
  loud();
  until("the rest is there", () => z.deliveries.length === 5);
});

ladderTest("a message makes way neither for its equals nor in vain", ON, (pair) => {
  const { a, connect, silence } = pair;
  connect();
  silence("Z");
  a.send(8_000);
  a.send(1_900, { ...prio(3), context: "kept" });
  expect(sendUrgently(pair, 1_000, prio(3).reliability)).toBe(false);
  expect(sendUrgently(pair, 1_000, prio(4).reliability)).toBe(false);
  // It would still not fit.
  expect(sendUrgently(pair, 3_000)).toBe(false);
  expect(failed(pair)).toEqual([]);
});

ladderTest(
  "what is sent without a priority has the highest one, and nobody makes it way for others",
  ON,
  (pair) => {
    const { a, connect, silence } = pair;
    connect();
    silence("Z");
    a.send(9_000, { context: "reliable" });
    a.send(900, { ...prio(0), context: "highest" });
    expect(sendUrgently(pair, 1_000)).toBe(true);
    expect(failed(pair)).toEqual([["highest", "abandoned", false]]);
    expect(sendUrgently(pair, 1_000, prio(0).reliability)).toBe(false);
  },
);

ladderTest("what may be given up by another policy displaces nothing", ON, (pair) => {
  const { a, connect, silence } = pair;
  connect();
  silence("Z");
  a.send(9_000);
  a.send(900, prio(9));
  expect(sendUrgently(pair, 1_000, { policy: "retransmissions", value: 3 })).toBe(false);
  expect(sendUrgently(pair, 1_000, undefined, 500)).toBe(false);
  expect(failed(pair)).toEqual([]);
});

ladderTest("what was sent is given up, too, and the peer is told", ON, (pair) => {
  const { a, z, connect, silence, until, network } = pair;
  connect();
  const loud = silence("A");
  a.send(4_000, { ...prio(9), context: "partly sent" });
  network.run(100);
  a.send(5_900);
  network.run(0);
  expect(sendUrgently(pair, 3_000)).toBe(true);
  expect(failed(pair)).toEqual([["partly sent", "abandoned", true]]);
  expect(a.association.abandoned("priority", 0)).toEqual({ unsent: 0, sent: 1 });
  loud();
  until("the others are there", () => z.deliveries.length === 2);
  expect(a.sent("FORWARD-TSN").length).toBeGreaterThan(0);
  expect(z.deliveries.map(({ data }) => data.length)).toEqual([5_900, 3_000]);
});

for (const interleaving of [false, true]) {
  scriptedTest(
    `what was sent may have arrived, and the rest is given up all the same${interleaving ? ", interleaved" : ""}`,
    { config: { ...ON.config, interleaving } },
    ({ a, peer, network }) => {
      const chunkTypes = [ChunkType.I_DATA, ChunkType.I_FORWARD_TSN];
      peer.associate({
        parameters: [{ type: "FORWARD-TSN-SUPPORTED" }, { type: "SUPPORTED-EXTENSIONS", chunkTypes }],
        receiverWindow: 3_000,
      });
      a.send(8_000, prio(5));
      network.run(20);
      peer.send(peer.sack(a.association.outstandingChunks, { receiverWindow: 0 }));
      network.run(20);
      expect(a.association.outstandingChunks).toBe(0);
      const urgent = { data: pattern(6_000), lifetime: Number.POSITIVE_INFINITY, ...prio(1) };
      expect(a.association.makeRoom(a.host.now, urgent)).toBe(true);
      expect(a.association.bufferedBytes).toBe(0);
      a.host.driver.wake();
      network.run(20);
      expect(a.events("failed").map(({ failure, sent }) => [failure, sent])).toEqual([["abandoned", true]]);
      expect(peer.await(interleaving ? "I-FORWARD-TSN" : "FORWARD-TSN").streams).toHaveLength(1);
    },
  );
}

ladderTest(
  "a peer without partial reliability has every message",
  { ...ON, configZ: { partialReliability: false } },
  (pair) => {
    const { a, connect, silence } = pair;
    connect();
    silence("Z");
    a.send(9_900, prio(9));
    expect(sendUrgently(pair, 1_000)).toBe(false);
    expect(failed(pair)).toEqual([]);
  },
);
