import { expect } from "vitest";
import { ladderTest, scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §8.1 to §8.3 on one path: heartbeats, and when a peer is given up. */

scriptedTest("a HEARTBEAT is answered with what it carried", {}, ({ peer }) => {
  peer.associate();
  const info = Uint8Array.from({ length: 61 }, (_, index) => index);
  peer.send({ type: "HEARTBEAT", info });
  expect(peer.expect("HEARTBEAT-ACK", 25).info).toEqual(info);
});

scriptedTest("a HEARTBEAT larger than a packet of the path is answered whole", {}, ({ a, peer }) => {
  peer.associate();
  const info = new Uint8Array(9_000).fill(7);
  peer.send({ type: "HEARTBEAT", info });
  expect(peer.await("HEARTBEAT-ACK", 100).info).toEqual(info);
  a.send(10);
  peer.await("DATA", 1_000);
  expect(a.end).toBeUndefined();
});

// RFC 9260 §8.3: the Heartbeat Info "together with any other received TLVs, copied unchanged".
scriptedTest("a HEARTBEAT with further parameters gets them all back", {}, ({ peer }) => {
  peer.associate();
  const rest = Uint8Array.of(0x80, 5, 0, 8, 1, 2, 3, 4);
  peer.send({ type: "HEARTBEAT", info: Uint8Array.of(9), rest });
  expect(peer.await("HEARTBEAT-ACK", 100)).toEqual({ type: "HEARTBEAT-ACK", info: Uint8Array.of(9), rest });
});

ladderTest("an idle path is asked once in HB.interval and RTO", {}, ({ a, z, connect, network, rungs }) => {
  connect();
  network.run(28_000);
  expect(rungs()).toEqual([]);
  network.run(5_000);
  const seen = rungs();
  expect(seen.filter((rung) => rung.endsWith("→ HEARTBEAT")).sort()).toEqual([
    "A → HEARTBEAT",
    "Z → HEARTBEAT",
  ]);
  expect(seen.filter((rung) => rung.endsWith("→ HEARTBEAT-ACK")).length).toBe(2);
  network.run(600_000);
  for (const side of [a, z]) {
    const times = side.sent("HEARTBEAT").map(({ time }) => time);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    // RFC 9260 §8.3: RTO + HB.interval, +/- 50 % of the RTO, which is 1,000 ms; counted from the answer, 20 ms later.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30_520);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(31_520);
    expect(new Set(gaps).size).toBeGreaterThan(5);
    expect(side.end).toBeUndefined();
  }
});

ladderTest("a path with data on it is not asked", {}, ({ a, connect, network }) => {
  connect();
  for (let i = 0; i < 40; i++) {
    a.send(10);
    network.run(5_000);
  }
  expect(a.sent("HEARTBEAT")).toEqual([]);
});

ladderTest("without heartbeats no path is asked", { config: { heartbeats: false } }, (pair) => {
  const { connect, network, rungs } = pair;
  connect();
  network.run(600_000);
  expect(rungs()).toEqual([]);
});

// RFC 6458 §8.1.12, SPP_HB_TIME_IS_ZERO: "the actual interval also includes the current RTO and jitter".
ladderTest(
  "with HB.interval 0 an idle path is asked each RTO",
  { configA: { heartbeatInterval: 0 } },
  ({ a, connect, network }) => {
    connect();
    const from = network.now;
    network.run(60_000);
    const times = a.sent("HEARTBEAT").flatMap(({ time }) => (time > from ? [time] : []));
    expect(times.length).toBeGreaterThan(40);
    for (const [index, time] of times.slice(1).entries()) {
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(500);
    }
  },
);

ladderTest("heartbeats are turned on and off at once", { configA: { heartbeats: false } }, (pair) => {
  const { a, connect, network } = pair;
  connect();
  const count = (): number => {
    const before = a.sent("HEARTBEAT").length;
    network.run(100_000);
    return a.sent("HEARTBEAT").length - before;
  };
  expect(count()).toBe(0);
  a.association.configure(network.now, { heartbeats: true });
  expect(count()).toBeGreaterThan(1);
  a.association.configure(network.now, { heartbeats: false });
  expect(count()).toBe(0);
});

ladderTest("a heartbeat on demand", {}, ({ a, z, connect, network, rungs }) => {
  connect();
  const [destination] = z.host.addresses;
  if (destination === undefined) throw new Error("Z has no address");
  a.association.requestHeartbeat(destination);
  a.host.driver.wake();
  network.run(25);
  expect(rungs()).toEqual(["A → HEARTBEAT", "Z → HEARTBEAT-ACK"]);
});

ladderTest(
  "one lost heartbeat ends it where no error is allowed",
  { configA: { associationMaxRetrans: 0 } },
  ({ a, connect, silence, until }) => {
    connect();
    silence("Z");
    until("A has ended", () => a.end !== undefined, 40_000);
    expect(a.end).toBe("timed-out");
    expect(a.sent("HEARTBEAT").length).toBe(1);
  },
);

ladderTest(
  "too many lost heartbeats end it",
  { configA: { associationMaxRetrans: 10 } },
  ({ a, connect, silence, until }) => {
    connect();
    silence("Z");
    until("A has ended", () => a.end !== undefined, 1_200_000);
    expect(a.end).toBe("timed-out");
    // The eleventh error exceeds the limit.
    expect(a.sent("HEARTBEAT").length).toBe(11);
  },
);

ladderTest(
  "an answer in time makes all errors good",
  { configA: { associationMaxRetrans: 3, pathMaxRetrans: 2 } },
  ({ a, connect, silence, until, network }) => {
    connect();
    for (let round = 0; round < 3; round++) {
      const heal = silence("Z");
      const before = a.sent("HEARTBEAT").length;
      until("three are lost", () => a.sent("HEARTBEAT").length === before + 3, 200_000);
      network.run(20_000);
      expect(a.association.paths[0]?.errors).toBe(3);
      expect(a.association.paths[0]?.state).toBe("unreachable");
      heal();
      until("it is active again", () => a.association.paths[0]?.state === "active", 100_000);
      expect(a.association.paths[0]?.errors).toBe(0);
    }
    expect(a.end).toBeUndefined();
  },
);

scriptedTest(
  "an answer that is not what was asked does not count",
  { config: { associationMaxRetrans: 1 } },
  ({ a, peer, network }) => {
    peer.associate();
    for (let i = 0; i < 2; i++) {
      const { info } = peer.await("HEARTBEAT");
      peer.send({ type: "HEARTBEAT-ACK", info: info.map((byte) => byte ^ 0xff) });
      peer.send({ type: "HEARTBEAT-ACK", info: new Uint8Array(0) });
    }
    network.run(10_000);
    expect(a.end).toBe("timed-out");
  },
);

ladderTest(
  "a first transmission without an answer ends it where no error is allowed",
  { configA: { associationMaxRetrans: 0 } },
  ({ a, connect, silence, until }) => {
    connect();
    silence("Z");
    a.send(10, { context: "gone" });
    until("A has ended", () => a.end !== undefined, 5_000);
    expect(a.sent("DATA").length).toBe(1);
    expect(a.events("failed")).toMatchObject([
      { failure: "timed-out", sent: true, message: { context: "gone" } },
    ]);
  },
);

ladderTest(
  "a message is sent again Association.Max.Retrans times, then all is given up",
  { configA: { associationMaxRetrans: 6, rtoMax: 5_000 } },
  ({ a, connect, silence, until }) => {
    connect();
    silence("Z");
    a.send(10);
    until("A has ended", () => a.end !== undefined, 600_000);
    expect(a.end).toBe("timed-out");
    expect(a.sent("DATA").length).toBe(7);
    const types = a.host.events.map(({ type }) => type);
    expect(types.indexOf("failed")).toBeLessThan(types.indexOf("closed"));
  },
);

ladderTest(
  "an answer to the last retransmission makes all errors good",
  { configA: { associationMaxRetrans: 4, rtoMax: 5_000, heartbeats: false } },
  ({ a, z, connect, silence, until, network }) => {
    connect();
    for (let round = 1; round <= 2; round++) {
      const heal = silence("Z");
      const before = a.sent("DATA").length;
      a.send(10);
      until("four are sent again", () => a.sent("DATA").length === before + 5, 600_000);
      heal();
      network.run(500);
      expect(a.association.paths[0]?.errors).toBe(0);
      expect(z.deliveries.length).toBe(round);
    }
    expect(a.end).toBeUndefined();
  },
);
