import { expect } from "vitest";
import { ladderTest, scriptedTest } from "../support/ladder-test.ts";

/** SCTP_AUTOCLOSE (RFC 6458 §8.1.8): an association that is not used is shut down. */

ladderTest("an association without user data is shut down", { configA: { autoClose: 90_000 } }, (pair) => {
  const { a, z, connect, network, until } = pair;
  connect();
  const from = network.now;
  // Heartbeats are no use of it.
  until("both have ended", () => a.end !== undefined && z.end !== undefined, 200_000);
  expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
  expect(a.sent("HEARTBEAT").length).toBeGreaterThan(0);
  expect(network.now - from).toBeGreaterThan(89_000);
  expect(network.now - from).toBeLessThan(91_000);
});

ladderTest(
  "data that is sent puts it off, and data that comes",
  { configA: { autoClose: 10_000 } },
  (pair) => {
    const { a, z, connect, network } = pair;
    connect();
    for (let round = 0; round < 5; round++) {
      (round % 2 === 0 ? a : z).send(10);
      network.run(9_000);
      expect(a.association.state).toBe("established");
    }
    network.run(2_000);
    expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
  },
);

scriptedTest("data that came before does not", { config: { autoClose: 10_000 } }, ({ a, peer, network }) => {
  peer.associate();
  const data = peer.data();
  peer.send(data);
  network.run(6_000);
  peer.send(data);
  peer.clear();
  peer.await("SHUTDOWN", 5_000);
  expect(a.association.state).toBe("shutdown-sent");
});

ladderTest("what is on its way is delivered first", { configA: { autoClose: 3_000 } }, (pair) => {
  const { a, z, connect, network, silence, until } = pair;
  connect();
  const heal = silence("A");
  a.send(5_000);
  network.run(4_000);
  expect(a.association.state).toBe("shutdown-pending");
  heal();
  until("both have ended", () => a.end !== undefined && z.end !== undefined);
  expect([a.end, z.deliveries.length]).toEqual(["shutdown", 1]);
});

ladderTest("it is turned on and off at any time", {}, ({ a, connect, network }) => {
  connect();
  network.run(1_000);
  a.association.configure(network.now, { autoClose: 5_000 });
  a.association.configure(network.now, { autoClose: 0 });
  network.run(100_000);
  expect(a.association.state).toBe("established");
  a.association.configure(network.now, { autoClose: 200_000 });
  network.run(90_000);
  expect(a.association.state).toBe("established");
  network.run(20_000);
  expect(a.end).toBe("shutdown");
});
