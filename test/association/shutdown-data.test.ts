import { expect } from "vitest";
import { tsnAdd } from "../../src/base/serial.ts";
import { ladderTest, scriptedTest } from "../support/ladder-test.ts";
import { reachState } from "../support/reach-state.ts";

/** RFC 9260 §9.2 and §6: what becomes of user data while an association shuts down, and two shutdowns that cross. */

// "accepts no new data from its upper layer but retransmits data to the peer endpoint if necessary to fill gaps".
scriptedTest(
  "SHUTDOWN-PENDING: all that is queued goes, and what is lost goes again",
  {},
  ({ a, peer, network }) => {
    peer.associate();
    for (let i = 0; i < 12; i++) a.send(1_000);
    a.shutdown();
    const arrived = new Set<number>();
    let isFirst = true;
    while (arrived.size < 12) {
      for (const chunk of peer.next(5_000).chunks) {
        if (chunk.type !== "DATA") throw new Error(`${chunk.type} before all data is acknowledged`);
        // The first one is lost.
        if (!isFirst) arrived.add(chunk.tsn);
        isFirst = false;
      }
      let count = 0;
      while (arrived.has(tsnAdd(peer.peerInitialTsn, count))) count += 1;
      const ahead = [...arrived].filter((tsn) => tsn > tsnAdd(peer.peerInitialTsn, count)).length;
      peer.send(peer.sack(count, { gaps: ahead === 0 ? [] : [{ start: 2, end: 1 + ahead }] }));
      network.run(15);
      if (arrived.size < 12) expect(a.association.state).toBe("shutdown-pending");
    }
    expect(a.association.statistics.retransmissions).toBe(1);
    expect(peer.expect("SHUTDOWN", 25).cumulativeTsn).toBe(tsnAdd(peer.initialTsn, -1));
    expect(a.events("failed")).toEqual([]);
  },
);

// §6: DATA is received "in ESTABLISHED, SHUTDOWN-PENDING, and SHUTDOWN-SENT states".
for (const state of ["shutdown-pending", "shutdown-sent"] as const) {
  scriptedTest(`${state}: the peer's DATA is delivered and acknowledged`, {}, (script) => {
    const { a, peer } = script;
    reachState(script, state);
    const data = peer.data();
    peer.send(data);
    const { chunks } = peer.next(25);
    expect(chunks.at(-1)).toMatchObject({
      type: state === "shutdown-pending" ? "SACK" : "SHUTDOWN",
      cumulativeTsn: data.tsn,
    });
    expect([a.deliveries.length, a.association.state]).toEqual([1, state]);
  });
}

// "A DATA chunk received in any other state SHOULD be discarded": not delivered, not acknowledged.
for (const state of ["cookie-wait", "cookie-echoed", "shutdown-received", "shutdown-ack-sent"] as const) {
  scriptedTest(`${state}: the peer's DATA is discarded`, {}, (script) => {
    const { a, peer } = script;
    reachState(script, state);
    peer.send(peer.data({ immediate: true }));
    peer.expectNothing(100);
    expect([a.deliveries, a.association.state]).toEqual([[], state]);
  });
}

// "An endpoint SHOULD reject any new data request from its upper layer if it is in the SHUTDOWN-PENDING, SHUTDOWN-SENT,
// SHUTDOWN-RECEIVED, or SHUTDOWN-ACK-SENT state."
for (const state of [
  "shutdown-pending",
  "shutdown-sent",
  "shutdown-received",
  "shutdown-ack-sent",
] as const) {
  scriptedTest(`${state}: our user's message is refused`, {}, (script) => {
    const { a, peer } = script;
    reachState(script, state);
    const before = a.association.bufferedBytes;
    expect(() => a.send(1)).toThrow(expect.objectContaining({ code: "ERR_SCTP_SHUTTING_DOWN" }));
    expect([a.association.bufferedBytes, a.association.state]).toEqual([before, state]);
    peer.expectNothing(100);
  });
}

// "the SHUTDOWN chunk receiver MUST continue to follow normal data transmission procedures defined in Section 6, until all
// outstanding DATA chunks are acknowledged".
scriptedTest(
  "SHUTDOWN-RECEIVED: what is queued goes, and the SHUTDOWN ACK after its last SACK",
  {},
  (script) => {
    const { a, peer, network } = script;
    peer.associate();
    for (let i = 0; i < 12; i++) a.send(1_000);
    let count = peer.collect(100).length;
    peer.send({ type: "SHUTDOWN", cumulativeTsn: tsnAdd(peer.peerInitialTsn, -1) });
    network.run(10);
    expect(a.association.state).toBe("shutdown-received");
    while (count < 12) {
      peer.send(peer.sack(count));
      const chunks = peer.collect(25);
      expect(new Set(chunks.map(({ type }) => type))).toEqual(new Set(["DATA"]));
      count += chunks.length;
    }
    expect(a.association.state).toBe("shutdown-received");
    // A SHUTDOWN does for the last SACK.
    peer.send({ type: "SHUTDOWN", cumulativeTsn: tsnAdd(peer.peerInitialTsn, 11) });
    peer.expect("SHUTDOWN-ACK", 25);
    expect([a.association.bufferedBytes, a.events("failed")]).toEqual([0, []]);
  },
);

scriptedTest("SHUTDOWN-RECEIVED: what is lost is sent again after T3", {}, (script) => {
  const { a, peer } = script;
  reachState(script, "shutdown-received");
  expect(peer.expect("DATA", 1_100).tsn).toBe(peer.peerInitialTsn);
  peer.send(peer.sack(1));
  peer.expect("SHUTDOWN-ACK", 25);
  expect(a.association.statistics.retransmissions).toBe(1);
});

ladderTest("both shut down at once: two SHUTDOWNs, two SHUTDOWN ACKs, and it is over", {}, (pair) => {
  const { a, z, connect, network, rungs } = pair;
  connect();
  a.shutdown();
  z.shutdown();
  network.run(100_000);
  expect(rungs()).toEqual([
    "A → SHUTDOWN",
    "Z → SHUTDOWN",
    "Z → SHUTDOWN-ACK",
    "A → SHUTDOWN-ACK",
    "A → SHUTDOWN-COMPLETE",
    "Z → SHUTDOWN-COMPLETE",
  ]);
  expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
  for (const side of [a, z]) expect(side.open().associations.size).toBe(0);
});

ladderTest("both shut down at once with data of both on the way: nothing is lost", {}, (pair) => {
  const { a, z, connect, until, lose } = pair;
  connect();
  lose("A", "DATA", { nth: 3 });
  lose("Z", "DATA", { nth: 5 });
  for (let i = 0; i < 20; i++) {
    a.send(2_000);
    z.send(2_000);
  }
  a.shutdown();
  z.shutdown();
  until("both have ended", () => a.end !== undefined && z.end !== undefined);
  expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
  expect([a.deliveries.length, z.deliveries.length]).toEqual([20, 20]);
  expect([...a.events("failed"), ...z.events("failed")]).toEqual([]);
});

for (const chunk of ["SHUTDOWN", "SHUTDOWN-ACK", "SHUTDOWN-COMPLETE"] as const) {
  for (const sides of [["A"], ["A", "Z"]] as const) {
    ladderTest(
      `both shut down at once, and the first ${chunk} of ${sides.join(" and ")} is lost`,
      {},
      (pair) => {
        const { a, z, connect, until, lose } = pair;
        connect();
        for (const side of sides) lose(side, chunk);
        a.shutdown();
        z.shutdown();
        until("both have ended", () => a.end !== undefined && z.end !== undefined, 10_000);
        expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
      },
    );
  }
}
