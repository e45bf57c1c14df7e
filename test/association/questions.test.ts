import { expect } from "vitest";
import { tsnAdd } from "../../src/base/serial.ts";
import { ladderTest, pattern, scriptedTest } from "../support/ladder-test.ts";

/** What an association tells of itself, and of each message. */

scriptedTest("how much there is to read, and up to which TSN it came", { reading: false }, (script) => {
  const { a, peer, network } = script;
  peer.associate();
  expect(a.association.cumulativeTsn).toBe(tsnAdd(peer.initialTsn, -1));
  expect(a.association.unreadMessages).toBe(0);
  peer.send(peer.data(), peer.data());
  const missing = peer.data();
  peer.send(peer.data({ stream: 1 }));
  network.run(50);
  expect(a.association.cumulativeTsn).toBe(tsnAdd(peer.initialTsn, 1));
  expect(a.association.unreadMessages).toBe(3);
  peer.send(missing);
  network.run(50);
  expect(a.association.cumulativeTsn).toBe(tsnAdd(peer.initialTsn, 3));
  for (let left = 4; left > 0; left--) {
    expect(a.association.unreadMessages).toBe(left);
    a.association.receive();
  }
  expect([a.association.unreadMessages, a.association.receive()]).toEqual([0, undefined]);
});

scriptedTest(
  "the window that the peer was told",
  { reading: false, config: { receiveBuffer: 10_000 } },
  (script) => {
    const { a, peer, network } = script;
    peer.associate();
    expect(a.association.advertisedWindow).toBe(10_000);
    peer.send(peer.data({ data: pattern(1_000) }));
    expect(peer.await("SACK").receiverWindow).toBe(9_000);
    expect(a.association.advertisedWindow).toBe(9_000);
    // What was read since is not told yet.
    a.association.receive();
    network.run(1_000);
    expect(a.association.advertisedWindow).toBe(9_000);
  },
);

ladderTest("how large a chunk and a packet may be", { lastIsIpv6: true, paths: 2 }, ({ a, connect }) => {
  connect();
  // 1,500 bytes less IP, UDP and the common header; the smallest path rules where fragments are cut.
  expect(a.association.paths.map(({ chunkRoom }) => chunkRoom)).toEqual([1_460, 1_440]);
  expect(a.association.fragmentationPoint).toBe(1_424);
});

ladderTest(
  "which address of the peer the first chunk of a message came from",
  { paths: 2, reading: false },
  ({ a, z, connect, network }) => {
    connect();
    network.run(1_000);
    a.send(100);
    a.send(5_000, { destination: z.host.addresses[1] });
    network.run(1_000);
    const read = [z.association.receive(), z.association.receive()];
    expect(read.map((message) => message?.source)).toEqual(a.host.addresses);
  },
);

scriptedTest("of a message that fails, how much was acknowledged", {}, ({ a, peer, network }) => {
  peer.associate();
  a.send(10_000, { context: "half" });
  a.send(100, { context: "nothing" });
  const { length } = peer.await("DATA").data;
  network.run(50);
  peer.send(peer.sack(2));
  network.run(50);
  a.abort();
  network.run(1);
  expect(a.events("failed")).toMatchObject([
    { message: { context: "half" }, acknowledged: 2 * length, sent: true },
    { message: { context: "nothing" }, acknowledged: 0 },
  ]);
});

scriptedTest(
  "after a restart, how many messages are from before",
  { reading: false },
  ({ a, peer, network }) => {
    peer.associate();
    peer.send(peer.data(), peer.data(), peer.data({ ending: false }));
    network.run(50);
    peer.localTag = 0x55555555;
    peer.associate();
    expect(a.events("restarted")).toMatchObject([{ unread: 2 }]);
    expect(a.association.unreadMessages).toBe(2);
  },
);
