import { expect } from "vitest";
import { asSsn, tsnAdd } from "../../src/base/serial.ts";
import { ladderTest, scriptedTest } from "../support/ladder-test.ts";
import { accept, associate, Result, reconfig, requests, response } from "../support/reconfig.ts";

/** RFC 6525 §5.1.4, §5.2.4: all TSNs and SSNs begin anew. */

const HALF = 2 ** 31;

ladderTest("§5.2.7 H5: both sides go on with new TSNs and SSN 0", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  for (const side of [a, z]) for (const stream of [0, 0, 1]) side.send(10, { stream });
  pair.network.run(500);
  const [cumulative, highest] = [z.association.cumulativeTsn, a.association.cumulativeTsn];
  a.association.resetAssociation(a.host.now);
  a.host.driver.wake();
  pair.network.run(100);
  for (const side of [a, z]) for (const stream of [0, 1]) side.send(10, { stream });
  pair.network.run(500);
  expect(a.sent("DATA").at(-2)).toMatchObject({ tsn: (cumulative + 1 + HALF) >>> 0, ssn: 0 });
  expect(z.sent("DATA").at(-2)).toMatchObject({ tsn: (highest + 1) >>> 0, ssn: 0 });
  for (const side of [a, z]) {
    expect(side.deliveries.map(({ ssn }) => ssn)).toEqual([0, 1, 0, 0, 0]);
    expect(side.events("association-reset").length).toBe(1);
    expect(side.association.state).toBe("established");
  }
  expect(() => a.association.resetAssociation(a.host.now)).toThrow("once in 30000 ms");
});

ladderTest("the answer never comes, and the association ends: what came meanwhile is read", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  pair.lose("Z", "RE-CONFIG", { count: 100 });
  a.association.resetAssociation(a.host.now);
  a.host.driver.wake();
  pair.network.run(12);
  for (let count = 0; count < 3; count += 1) z.send(10);
  pair.network.run(500);
  expect(z.events("dry").length).toBe(1);
  expect(a.deliveries).toEqual([]);
  a.association.abort(new Uint8Array(0));
  a.host.driver.wake();
  pair.network.run(100);
  expect(a.deliveries.map(({ data }) => data.length)).toEqual([10, 10, 10]);
});

ladderTest("the answer is lost, and the peer sends at once: nothing is lost or doubled", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  for (const side of [a, z]) for (let count = 0; count < 3; count += 1) side.send(10);
  pair.network.run(500);
  pair.lose("Z", "RE-CONFIG");
  a.association.resetAssociation(a.host.now);
  a.host.driver.wake();
  pair.network.run(12);
  for (let count = 0; count < 3; count += 1) z.send(10);
  pair.until("it is done", () => a.events("reconfigured").length > 0);
  for (const side of [a, z]) side.send(10);
  pair.network.run(2_000);
  expect(a.deliveries.map(({ ssn }) => ssn)).toEqual([0, 1, 2, 0, 1, 2, 3]);
  expect(z.deliveries.map(({ ssn }) => ssn)).toEqual([0, 1, 2, 0]);
});

ladderTest("C2: what is outstanding goes first, what is queued waits", {}, (pair) => {
  const { a, z } = pair;
  pair.connect();
  for (let count = 0; count < 30; count += 1) a.send(5_000);
  a.association.resetAssociation(a.host.now);
  pair.until("all has come", () => z.deliveries.length === 30);
  expect(z.deliveries.every(({ data }) => data.length === 5_000)).toBe(true);
  expect(a.events("failed")).toEqual([]);
  expect(a.events("reconfigured")).toMatchObject([{ outgoing: "performed" }]);
});

ladderTest("a denied reset goes on as before", { configZ: { allowAssociationReset: false } }, (pair) => {
  const { a, z } = pair;
  pair.connect();
  for (const side of [a, z]) side.send(10);
  pair.network.run(500);
  a.association.resetAssociation(a.host.now);
  for (const side of [a, z]) side.send(10);
  pair.network.run(1_000);
  for (const side of [a, z]) expect(side.deliveries.map(({ ssn }) => ssn)).toEqual([0, 1]);
  expect(a.events("association-reset")).toMatchObject([{ result: "denied" }]);
});

scriptedTest(
  "§5.1.7 D3, D4: a refusal has the TSNs, too",
  { config: { allowAssociationReset: false } },
  ({ a, peer }) => {
    associate(peer);
    a.send(10);
    peer.await("DATA");
    peer.send(peer.data({ immediate: true }));
    peer.await("SACK");
    const tsns = {
      senderNextTsn: tsnAdd(peer.peerInitialTsn, 1),
      receiverNextTsn: tsnAdd(peer.initialTsn, 1 + HALF),
    };
    for (const [request, result] of [
      [0, Result.DENIED],
      [7, Result.BAD_SEQUENCE],
    ] as const) {
      peer.send(reconfig(requests(peer).tsns(request)));
      expect(peer.await("RE-CONFIG").parameters).toMatchObject([{ result, ...tsns }]);
    }
    expect(a.events("association-reset")).toEqual([]);
    // Nothing has moved.
    peer.send(peer.data({ tsn: tsnAdd(peer.initialTsn, 1), immediate: true }));
    expect(peer.await("SACK").cumulativeTsn).toBe(tsnAdd(peer.initialTsn, 1));
  },
);

scriptedTest("§5.2.4 G1 to G5: the answer has the TSNs, also for a retransmission", {}, ({ a, peer }) => {
  associate(peer);
  a.send(10);
  peer.await("DATA");
  peer.send(peer.data({ immediate: true }), peer.data({ tsn: tsnAdd(peer.initialTsn, 2) }));
  peer.await("SACK");
  const expected = {
    type: "RE-CONFIG-RESPONSE",
    responseSequence: requests(peer).number(0),
    result: Result.PERFORMED,
    senderNextTsn: tsnAdd(peer.peerInitialTsn, 1),
    receiverNextTsn: tsnAdd(peer.initialTsn, 1 + HALF),
  };
  for (let time = 0; time < 2; time += 1) {
    peer.send(reconfig(requests(peer).tsns(0)));
    expect(peer.await("RE-CONFIG").parameters).toEqual([expected]);
  }
  expect(a.events("association-reset").length).toBe(1);
  // G3: what was outstanding is so no more, and its user knows no better.
  expect(a.association.outstandingChunks).toBe(0);
  expect(a.events("failed")).toMatchObject([{ failure: "association-reset", sent: true }]);
  peer.clear();
  const window = a.association.advertisedWindow;
  peer.send(peer.data({ tsn: tsnAdd(peer.initialTsn, 1 + HALF), ssn: asSsn(0) }));
  const sack = peer.await("SACK");
  expect(sack).toMatchObject({ cumulativeTsn: tsnAdd(peer.initialTsn, 1 + HALF), gaps: [] });
  expect(sack.receiverWindow).toBeGreaterThanOrEqual(window - 4);
  a.send(10);
  expect(peer.await("DATA")).toMatchObject({ tsn: tsnAdd(peer.peerInitialTsn, 1), ssn: 0 });
});

scriptedTest("an answer without TSNs resets nothing", {}, (script) => {
  const { a, peer } = script;
  accept(script);
  a.association.resetAssociation(a.host.now);
  a.host.driver.wake();
  peer.await("RE-CONFIG");
  peer.send(reconfig(response(peer, 0, Result.PERFORMED)));
  a.send(10);
  expect(peer.await("DATA").tsn).toBe(peer.peerInitialTsn);
  expect(a.events("reconfigured")).toMatchObject([{ outgoing: "failed" }]);
});

scriptedTest("a SACK of the TSNs before is of no account for 30 s", {}, (script) => {
  const { a, peer } = script;
  accept(script);
  for (let count = 1; count <= 2; count += 1) {
    a.send(10);
    peer.await("DATA");
    peer.send(peer.sack(count));
  }
  peer.collect(50);
  a.association.resetAssociation(a.host.now);
  a.host.driver.wake();
  peer.await("RE-CONFIG");
  const tsns = { sender: peer.initialTsn, receiver: tsnAdd(peer.peerInitialTsn, 2 + HALF) };
  peer.send(reconfig(response(peer, 0, Result.PERFORMED, tsns)), peer.sack(1), peer.sack(2));
  peer.collect(100);
  expect(a.association.state).toBe("established");
});

for (const [result, outcome] of [
  [Result.DENIED, "denied"],
  [Result.WRONG_SSN, "failed"],
  [Result.ALREADY, "failed"],
  [Result.BAD_SEQUENCE, "failed"],
  [7, "failed"],
  [Result.NOTHING, "nothing-to-do"],
] as const) {
  scriptedTest(`§5.2.7: result ${result} is ${outcome}`, {}, (script) => {
    const { a, peer } = script;
    accept(script);
    a.association.addStreams(a.host.now, { outgoing: 3 });
    a.host.driver.wake();
    peer.await("RE-CONFIG");
    // Of another request, and of none: nothing is answered by them.
    for (const nth of [1, -1]) peer.send(reconfig(response(peer, nth, Result.PERFORMED)));
    peer.collect(50);
    expect(a.events("reconfigured")).toEqual([]);
    for (let time = 0; time < 2; time += 1) peer.send(reconfig(response(peer, 0, result)));
    peer.collect(50);
    expect(a.events("reconfigured")).toMatchObject([{ outgoing: outcome }]);
    expect(a.association.outboundStreams).toBe(10);
  });
}

scriptedTest(
  "§5.2.7 H2: in progress is asked again for, and is no error",
  { config: { heartbeats: false } },
  (script) => {
    const { a, peer } = script;
    accept(script);
    a.association.addStreams(a.host.now, { outgoing: 3 });
    a.host.driver.wake();
    const first = peer.await("RE-CONFIG");
    for (let time = 0; time < 15; time += 1) {
      peer.send(reconfig(response(peer, 0, Result.IN_PROGRESS)));
      expect(peer.await("RE-CONFIG")).toEqual(first);
      expect(a.association.paths[0]?.errors).toBe(0);
    }
    peer.send(reconfig(response(peer, 0, Result.PERFORMED)));
    peer.collect(50);
    expect(a.association.outboundStreams).toBe(13);
  },
);
