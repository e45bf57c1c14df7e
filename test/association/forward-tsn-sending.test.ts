import { expect } from "vitest";
import { asSsn } from "../../src/base/serial.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { authentication } from "../support/authentication.ts";
import { ladderTest, type PairOptions, pattern, scriptedTest } from "../support/ladder-test.ts";

/** RFC 3758 §3.5: what stands beside a FORWARD TSN: windows, timers, paths, shutdown, authentication. */

const CONFIG = { partialReliability: true } as const;
const ON: PairOptions = { config: CONFIG };
const SUPPORTED = { parameters: [{ type: "FORWARD-TSN-SUPPORTED" }] } as const;
const ONCE = { reliability: { policy: "retransmissions", value: 0 } } as const;

ladderTest("a message is given up by a fast retransmission, and cwnd is halved all the same", ON, (pair) => {
  const { a, connect, lose, until } = pair;
  connect();
  a.send(pattern(60_000));
  until("cwnd has grown", () => a.association.outstandingChunks === 0);
  const before = a.association.paths[0]?.cwnd ?? 0;
  lose("A", "DATA");
  for (let count = 0; count < 12; count += 1) a.send(1_200, ONCE);
  until("it is given up", () => a.events("failed").length === 1, 500);
  expect(a.association.statistics.timeouts).toBe(0);
  expect(a.association.paths[0]?.cwnd).toBeLessThan(before);
  until("nothing is left", () => a.association.outstandingChunks === 0, 500);
  expect(a.sent("FORWARD-TSN").length).toBe(1);
});

// F5: "if the chunk would have been marked for retransmission later".
scriptedTest(
  "what was given up in flight, and is then missed three times, halves cwnd",
  { config: CONFIG },
  ({ a, peer, network }) => {
    peer.associate({ ...SUPPORTED, receiverWindow: 100_000 });
    a.send(pattern(6_000), { lifetime: 100 });
    const first = peer.await("DATA");
    peer.collect(0);
    network.run(200);
    const before = a.association.paths[0]?.ssthresh ?? 0;
    // Room for more: it is found that its time is over.
    peer.send(peer.sack(1));
    expect(peer.await("FORWARD-TSN", 100).streams).toEqual([{ stream: 0, ssn: first.ssn }]);
    expect(a.association.paths[0]?.flightSize).toBe(0);
    const skipped = a.association.outstandingChunks;
    for (let count = 1; count <= 3; count += 1) {
      a.send(100);
      peer.await("DATA", 100);
      const gap = { start: skipped + 1, end: skipped + count };
      peer.send(peer.sack(1, { gaps: [gap] }));
      network.run(12);
      const halved = (a.association.paths[0]?.ssthresh ?? 0) < before;
      expect(halved).toBe(count === 3);
    }
  },
);

scriptedTest(
  "SACKs that say nothing new make no FORWARD TSN each",
  { config: CONFIG },
  ({ a, peer, network }) => {
    peer.associate(SUPPORTED);
    a.send(100, ONCE);
    peer.await("DATA");
    peer.await("FORWARD-TSN");
    for (let count = 0; count < 100; count += 1) {
      peer.send(peer.sack(0));
      network.run(1);
    }
    // F3: but never later than 200 ms.
    const { length } = peer.collect(20).filter(({ type }) => type === "FORWARD-TSN");
    expect(length).toBeLessThan(6);
    peer.send(peer.sack(1));
    expect(peer.collect(5_000).filter(({ type }) => type === "FORWARD-TSN")).toEqual([]);
    expect(a.association.outstandingChunks).toBe(0);
  },
);

// A2: "no longer outstanding".
scriptedTest(
  "what was given up holds back no probe of a closed window",
  { config: CONFIG },
  ({ a, peer }) => {
    peer.associate({ ...SUPPORTED, receiverWindow: 2_000 });
    a.send(1_000, ONCE);
    peer.await("DATA");
    a.send(3);
    peer.send(peer.sack(0, { receiverWindow: 0 }));
    peer.await("FORWARD-TSN");
    expect(peer.await("DATA", 10_000).data.length).toBe(3);
  },
);

ladderTest("on a path that is broken it goes over the other one", { ...ON, paths: 2 }, (pair) => {
  const { a, z, connect, network, until } = pair;
  connect();
  until("both paths are confirmed", () => a.association.paths.every(({ state }) => state === "active"));
  network.filter(({ destination }) => destination !== "10.0.0.2");
  a.send(100, ONCE);
  a.send(100);
  until("the other one arrives", () => z.deliveries.length === 1);
  network.run(20);
  expect(a.association.outstandingChunks).toBe(0);
  expect(a.association.paths.map(({ flightSize }) => flightSize)).toEqual([0, 0]);
  const destinations = a.packets
    .filter(({ bytes }) => bytes[12] === 0xc0)
    .map(({ destination }) => destination);
  expect(destinations).toEqual(["10.1.0.2"]);
  // No timer is left over that would blame a path.
  const errors = a.association.paths[1]?.errors;
  network.run(5_000);
  expect(a.association.paths[1]?.errors).toBe(errors);
  expect(errors).toBe(0);
});

ladderTest("a peer that is gone is found out, whatever is given up", ON, (pair) => {
  const { a, connect, silence, until, network } = pair;
  connect();
  a.association.configure(network.now, { associationMaxRetrans: 3, rtoMax: 2_000 });
  silence("Z");
  for (let count = 0; count < 20; count += 1) a.send(500, ONCE);
  until("it ends", () => a.end === "timed-out");
});

ladderTest("a shutdown waits for what is given up no longer, and tells of it", ON, (pair) => {
  const { a, z, connect, lose, rungs, until } = pair;
  connect();
  lose("A", "DATA");
  a.send(100, ONCE);
  a.shutdown();
  until("both end", () => a.end === "shutdown" && z.end === "shutdown");
  expect(rungs()).toEqual([
    "A ✗ DATA",
    "A → FORWARD-TSN SHUTDOWN",
    "Z → SHUTDOWN-ACK",
    "A → SHUTDOWN-COMPLETE",
  ]);
});

ladderTest("where the peer shuts down, too", { ...ON, configZ: { partialDeliveryPoint: 500 } }, (pair) => {
  const { a, z, connect, lose, until, network } = pair;
  connect();
  lose("A", "DATA", { nth: 2 });
  a.send(pattern(5_000), ONCE);
  network.run(100);
  z.shutdown();
  until("both end", () => a.end === "shutdown" && z.end === "shutdown");
  expect(z.events("partial-aborted").length).toBe(1);
});

ladderTest("of a record all parts are given up, those to come, too", ON, (pair) => {
  const { a, z, connect, lose, until, network } = pair;
  connect();
  lose("A", "DATA");
  a.send(100, { ...ONCE, more: true, context: 1 });
  a.send(100, { ...ONCE, more: true, context: 2 });
  until("it is given up", () => a.events("failed").length === 2);
  a.send(100, { ...ONCE, context: 3 });
  a.send(7);
  until("the next one arrives", () => z.deliveries.length === 1);
  network.run(500);
  expect(z.deliveries.map(({ data }) => data.length)).toEqual([7]);
  expect(a.events("failed").map(({ message }) => message.context)).toEqual([1, 2, 3]);
  expect(a.association.abandoned()).toEqual({ unsent: 0, sent: 1 });
  expect(a.association.outstandingChunks).toBe(0);
});

scriptedTest(
  "a peer that begins anew hears nothing of what was given up before",
  { config: CONFIG },
  ({ a, peer }) => {
    peer.associate(SUPPORTED);
    a.send(100, ONCE);
    peer.await("FORWARD-TSN");
    peer.restart();
    peer.associate(SUPPORTED);
    peer.expectNothing(5_000);
    a.send(9);
    expect(peer.expect("DATA").tsn).toBe(peer.peerInitialTsn);
  },
);

ladderTest("SSNs and TSNs wrap", { ...ON, nearWrap: true, conditions: { loss: 0.05 } }, (pair) => {
  const { a, z, connect, until } = pair;
  connect();
  for (let count = 0; count < 1_000; count += 1) a.send(1 + (count % 2), count % 2 === 0 ? ONCE : {});
  const isOver = (): boolean => a.association.bufferedBytes === 0 && a.association.outstandingChunks === 0;
  until("nothing is left", isOver, 600_000);
  expect(z.deliveries.filter(({ data }) => data.length === 2).length).toBe(500);
});

ladderTest(
  "it is authenticated where the peer asks for it",
  { config: { ...CONFIG, authentication: authentication({ requiredChunks: [ChunkType.FORWARD_TSN] }) } },
  (pair) => {
    const { a, z, connect, lose, rungs, until } = pair;
    connect();
    lose("A", "DATA");
    a.send(100, ONCE);
    until("it is given up", () => a.events("failed").length === 1);
    a.send(200);
    until("the next one is there", () => z.deliveries.length === 1);
    expect(rungs().filter((rung) => rung.includes("FORWARD"))).toEqual(["A → AUTH FORWARD-TSN"]);
  },
);

// Acknowledged by a gap, and given up with the rest of its message: reports of it say nothing more.
scriptedTest(
  "a fragment that has arrived is given up with the others",
  { config: CONFIG },
  ({ a, peer, network }) => {
    peer.associate({ ...SUPPORTED, receiverWindow: 100_000 });
    a.send(pattern(3_000), ONCE);
    peer.await("DATA");
    peer.collect(0);
    const count = a.association.outstandingChunks;
    expect(count).toBeGreaterThan(2);
    peer.send(peer.sack(0, { gaps: [{ start: 2, end: 2 }] }));
    expect(peer.await("FORWARD-TSN").streams).toEqual([{ stream: 0, ssn: asSsn(0) }]);
    // The receiver reneges.
    peer.send(peer.sack(0));
    network.run(5);
    expect(a.association.paths[0]?.flightSize).toBe(0);
    expect(a.association.bytesInFlight).toBe(0);
    peer.send(peer.sack(count));
    network.run(20);
    expect(a.association.outstandingChunks).toBe(0);
  },
);

scriptedTest(
  "a peer that did not offer it gets none, and what was sent until it arrives",
  { config: CONFIG },
  ({ a, peer }) => {
    peer.associate();
    a.send(100, { ...ONCE, lifetime: 100 });
    const types = peer.collect(10_000).map(({ type }) => type);
    expect(types.length).toBeGreaterThan(2);
    expect(new Set(types)).toEqual(new Set(["DATA"]));
  },
);
