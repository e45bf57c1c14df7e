import { describe, expect } from "vitest";
import { ladderTest, pattern, scriptedTest } from "../support/ladder-test.ts";

/** Records that are sent in parts (explicit EOR, RFC 6458 §8.1.26). */

ladderTest("parts arrive as one message, however much later they are sent", {}, (pair) => {
  const { a, z, connect, network } = pair;
  connect();
  const record = pattern(5_000);
  a.send(record.subarray(0, 100), { more: true, ppid: 7, context: 1, notify: true });
  network.run(3_000);
  a.send(record.subarray(100, 3_100), { more: true, ppid: 8, context: 2, notify: true });
  network.run(3_000);
  expect(z.deliveries).toEqual([]);
  a.send(record.subarray(3_100), { ppid: 9, context: 3, notify: true });
  network.run(3_000);
  expect(z.deliveries.map(({ data }) => data)).toEqual([record]);
  const chunks = a.sent("DATA");
  expect(chunks.map(({ ssn }) => ssn)).toEqual(chunks.map(() => 0));
  expect(chunks.map(({ ppid }) => ppid)).toEqual(chunks.map(() => 7));
  expect(chunks.map(({ beginning }) => beginning)).toEqual(chunks.map((_, index) => index === 0));
  expect(chunks.map(({ ending }) => ending)).toEqual(chunks.map((_, index) => index === chunks.length - 1));
  // Each part has its own end.
  expect(a.events("acknowledged").map(({ message }) => message.context)).toEqual([1, 2, 3]);
});

ladderTest(
  "while a record is open nothing else is sent; then in the order of their beginning",
  {},
  (pair) => {
    const { a, z, connect, network } = pair;
    connect();
    a.send(100, { more: true });
    network.run(500);
    a.send(1, { stream: 1 });
    // A second record, begun while the first one is open, and a message behind it.
    a.send(2, { stream: 2, unordered: true, more: true });
    a.send(3, { stream: 3 });
    network.run(10_000);
    expect(a.sent("DATA").length).toBe(1);
    a.send(100);
    network.run(500);
    expect(z.deliveries.map(({ data }) => data.length)).toEqual([200, 1]);
    // The other U bit is another record, or none.
    a.send(4, { stream: 2 });
    a.send(5, { stream: 2, unordered: true });
    network.run(500);
    expect(z.deliveries.map(({ data }) => data.length)).toEqual([200, 1, 7, 3, 4]);
  },
);

describe("a record is given up", () => {
  scriptedTest("when its time passes before anything of it was sent", {}, ({ a, peer, network }) => {
    peer.associate();
    // The window holds the first message alone.
    peer.send(peer.sack(0, { receiverWindow: 0 }));
    a.send(100);
    network.run(20);
    a.send(200, { stream: 1, more: true, lifetime: 500, context: 1 });
    a.send(200, { stream: 1, more: true, context: 2 });
    network.run(600);
    a.send(200, { stream: 1, more: true, context: 3 });
    a.send(200, { stream: 1, context: 4 });
    a.send(200, { stream: 1, context: "another" });
    network.run(1);
    expect(a.events("failed").map(({ message, failure, sent }) => [message.context, failure, sent])).toEqual([
      [1, "expired", false],
      [2, "expired", false],
      [3, "expired", false],
      [4, "expired", false],
    ]);
  });

  scriptedTest("but not once it is begun", {}, ({ a, peer, network }) => {
    peer.associate();
    a.send(200, { more: true, lifetime: 500 });
    peer.await("DATA");
    network.run(600);
    a.send(300);
    expect(peer.await("DATA").data.length).toBe(300);
    expect(a.events("failed")).toEqual([]);
  });

  ladderTest(
    "when the peer does not grant its stream",
    { configZ: { inboundStreams: 2 } },
    ({ a, z, until, network }) => {
      a.connect();
      a.send(100, { stream: 5, more: true, context: 1 });
      a.send(100, { stream: 1 });
      until("both are established", () => a.established && z.established);
      network.run(100);
      a.send(100, { stream: 5, context: 2 });
      network.run(100);
      expect(a.events("failed").map(({ message, failure }) => [message.context, failure])).toEqual([
        [1, "stream-refused"],
        [2, "stream-refused"],
      ]);
      expect(() => a.send(100, { stream: 5 })).toThrow("There is no outbound stream 5");
      expect(z.deliveries.length).toBe(1);
    },
  );

  scriptedTest("when the peer begins anew", {}, ({ a, peer, network }) => {
    peer.associate();
    a.send(100, { more: true, context: 1 });
    a.send(100, { stream: 1, context: 2 });
    network.run(50);
    peer.localTag = 0x55555555;
    peer.associate();
    expect(a.events("failed").map(({ message, failure }) => [message.context, failure])).toEqual([
      [1, "restarted"],
      [2, "restarted"],
    ]);
    // What comes now begins a message.
    peer.clear();
    a.send(100);
    expect(peer.await("DATA")).toMatchObject({ beginning: true, ending: true, ssn: 0 });
  });
});

describe("a shutdown with a record without its end", () => {
  ladderTest("delivers what is before it, then aborts", {}, ({ a, z, connect, network, until }) => {
    connect();
    a.send(20_000);
    a.send(100, { stream: 1, more: true, context: "open" });
    a.send(200, { stream: 2, context: "behind" });
    // Nothing of the record was sent: what is behind it can still go.
    a.shutdown();
    until("both have ended", () => a.end !== undefined && z.end !== undefined);
    expect([a.end, z.end]).toEqual(["aborted", "peer-aborted"]);
    expect(z.deliveries.map(({ data }) => data.length)).toEqual([20_000, 200]);
    expect(a.events("failed")).toMatchObject([{ message: { context: "open" }, sent: false }]);
    network.run(1);
    expect(z.events("closed")[0]?.causes).toMatchObject([{ type: "USER-ABORT" }]);
  });

  ladderTest("and with one that is begun, what is behind it fails with it", {}, (pair) => {
    const { a, z, connect, network, until } = pair;
    connect();
    a.send(100, { more: true, context: "open" });
    network.run(500);
    a.send(200, { stream: 1, context: "behind" });
    a.shutdown();
    until("both have ended", () => a.end !== undefined && z.end !== undefined);
    expect([a.end, z.end]).toEqual(["aborted", "peer-aborted"]);
    expect(z.deliveries).toEqual([]);
    expect(a.events("failed")).toMatchObject([{ message: { context: "behind" } }]);
    expect(a.sent("SHUTDOWN")).toEqual([]);
  });

  scriptedTest("also when the peer shuts down", {}, ({ a, peer, network }) => {
    peer.associate();
    a.send(100, { more: true });
    peer.await("DATA");
    peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
    network.run(50);
    expect(() => a.send(100)).toThrow("shutting down");
    expect(a.association.state).toBe("shutdown-received");
    // Its part is acknowledged, and there is nothing else to wait for.
    peer.send(peer.sack(1));
    peer.await("ABORT");
    expect(a.end).toBe("aborted");
  });
});
