import { expect } from "vitest";
import { ladderTest } from "../support/ladder-test.ts";

/** RFC 8260 §2.3.2: resets of streams (RFC 6525) where messages are interleaved. */

const config = { interleaving: true, reconfiguration: true, scheduler: "round-robin" } as const;

ladderTest(
  "both counters of a stream are 0 again after its reset, and no other one's",
  { config },
  (pair) => {
    const { a, z, connect, network } = pair;
    connect();
    const sendAll = () => {
      for (const stream of [1, 2])
        for (const unordered of [false, true]) a.send(3_000, { stream, unordered });
    };
    sendAll();
    network.run(1_000);
    a.association.resetStreams(network.now, { outgoing: [1] });
    a.host.driver.wake();
    network.run(1_000);
    sendAll();
    network.run(2_000);
    const firsts = a.sent("I-DATA").filter(({ beginning }) => beginning);
    expect(
      firsts
        .map(({ stream, unordered, mid }) => [stream, unordered, mid])
        .slice(4)
        .sort(),
    ).toEqual([
      [1, false, 0],
      [1, true, 0],
      [2, false, 1],
      [2, true, 1],
    ]);
    expect(z.deliveries.length).toBe(8);
    expect([a.end, z.end]).toEqual([undefined, undefined]);
  },
);
