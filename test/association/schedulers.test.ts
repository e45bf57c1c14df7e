import { expect } from "vitest";
import type { SchedulerName } from "../../src/association/send/schedulers/create.ts";
import { schedulerNames } from "../../src/association/send/schedulers/create.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import { ladderTest, type Pair, type Side, scriptedTest } from "../support/ladder-test.ts";

/** RFC 8260 §3: streams of an association with DATA, which begins no message before another one is sent whole. */

/** The streams of what was delivered, in its order, runs of one stream as one. */
function turns(side: Side): number[] {
  const streams = side.deliveries.map(({ stream }) => stream);
  return streams.filter((stream, index) => stream !== streams[index - 1]);
}

/** Twenty messages of 3,000 bytes on stream 1, and while they go one of 10 bytes on stream 2. */
function urgentBehindBulk({ a, z, connect, until }: Pair): void {
  connect();
  for (let i = 0; i < 20; i++) a.send(3_000, { stream: 1 });
  until("some have gone", () => z.deliveries.length >= 2);
  a.send(10, { stream: 2 });
  until("all are there", () => z.deliveries.length === 21);
}

ladderTest("first come, first served: what is sent last comes last", {}, (pair) => {
  urgentBehindBulk(pair);
  expect(turns(pair.z)).toEqual([1, 2]);
});

ladderTest(
  "by priority: a small message overtakes those that are not begun",
  { config: { scheduler: "priority", streamValues: new Map([[1, 1]]) } },
  (pair) => {
    urgentBehindBulk(pair);
    expect(turns(pair.z)).toEqual([1, 2, 1]);
  },
);

ladderTest(
  "round robin per packet: no packet has DATA of two streams",
  { config: { scheduler: "round-robin-packet" } },
  (pair) => {
    const { a, z, connect, until } = pair;
    connect();
    for (let i = 0; i < 30; i++) for (const stream of [1, 2, 3]) a.send(200, { stream });
    until("all are there", () => z.deliveries.length === 90);
    const packets = a.packets.map(({ bytes }) =>
      (decodePacket(bytes)?.chunks ?? []).flatMap((chunk) => (chunk.type === "DATA" ? [chunk.stream] : [])),
    );
    expect(packets.filter((streams) => new Set(streams).size > 1)).toEqual([]);
    expect(packets.some((streams) => streams.length > 1)).toBe(true);
  },
);

ladderTest(
  "changed while messages wait, the scheduler loses none and keeps each stream in order",
  {},
  (pair) => {
    const { a, z, connect, until, network } = pair;
    connect();
    const sent = new Map<number, number[]>();
    for (let i = 0; i < 300; i++) {
      const stream = i % 7;
      a.send(new Uint8Array(100 + i).fill(i & 0xff), { stream });
      sent.set(stream, [...(sent.get(stream) ?? []), 100 + i]);
      const scheduler = schedulerNames[i % schedulerNames.length] as SchedulerName;
      if (i % 10 === 0) {
        a.association.configure(network.now, { scheduler, streamValues: new Map([[stream, i & 3]]) });
        network.run(5);
      }
    }
    until("all are there", () => z.deliveries.length === 300);
    for (const [stream, lengths] of sent) {
      expect(z.deliveries.filter((each) => each.stream === stream).map(({ data }) => data.length)).toEqual(
        lengths,
      );
    }
  },
);

ladderTest(
  "what was not sent comes back in the order in which it was handed over",
  {
    config: {
      scheduler: "priority",
      streamValues: new Map([
        [1, 9],
        [2, 5],
      ]),
    },
  },
  ({ a, connect, network }) => {
    connect();
    for (let i = 0; i < 60; i++) a.send(1_000, { stream: (i % 3) + 1, context: i });
    a.abort();
    network.run(50);
    const failed = a.events("failed").map(({ message }) => message.context as number);
    expect(failed.length).toBeGreaterThan(0);
    const unsent = a
      .events("failed")
      .filter(({ sent }) => !sent)
      .map(({ message }) => message.context as number);
    expect(unsent).toEqual([...unsent].sort((one, other) => one - other));
  },
);

scriptedTest(
  "what waits for another packet is sent when the peer shuts down between",
  { config: { scheduler: "round-robin-packet" } },
  ({ a, peer }) => {
    a.connect([peer.socket.address]);
    a.send(10, { stream: 0 });
    a.send(10, { stream: 1 });
    peer.answerInit();
    const echoed = peer.next().chunks.map(({ type }) => type);
    expect(echoed).toEqual(["COOKIE-ECHO", "DATA"]);
    peer.send({ type: "COOKIE-ACK" }, peer.sack(1), { type: "SHUTDOWN", cumulativeTsn: peer.peerInitialTsn });
    expect(peer.await("DATA", 100).stream).toBe(1);
  },
);
