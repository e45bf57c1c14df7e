import { expect } from "vitest";
import { tsnAdd } from "../../src/base/serial.ts";
import type { SackChunk } from "../../src/packet/chunks/sack.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §6.1 A and §6.2.1: what a peer may say in a SACK, and what follows from it. */

const SIZE = 1_000;

/** A sends so many messages of 1,000 bytes; how many chunks leave within 100 ms. */
function send({ a, peer }: Script, count: number): number {
  for (let i = 0; i < count; i++) a.send(SIZE, { notify: true, context: i });
  return chunksWithin(peer, 100);
}

const chunksWithin = (peer: Script["peer"], ms: number): number =>
  peer.collect(ms).filter(({ type }) => type === "DATA").length;

// §6.1 A: "At any given time, the data sender MUST NOT transmit new data to any destination transport address if its
// peer's rwnd indicates that the peer has no buffer space".
scriptedTest("a window is used up to its last byte, and probed when it is closed", {}, (script) => {
  const { a, peer, network } = script;
  peer.associate({ receiverWindow: 3 * SIZE });
  expect(send(script, 5)).toBe(3);
  expect([a.association.bytesInFlight, a.association.peerWindow]).toEqual([3 * SIZE, 3 * SIZE]);
  peer.send(peer.sack(3, { receiverWindow: 0 }));
  network.run(10);
  const closedAt = network.now;
  peer.expectNothing(900);
  // One chunk, whole, after an RTO.
  const probe = peer.expect("DATA");
  expect([probe.tsn, probe.data.length]).toEqual([tsnAdd(peer.peerInitialTsn, 3), SIZE]);
  expect(network.now - closedAt).toBe(1_010);
  peer.expectNothing(500);
  // Nothing more while the probe is out; what opens the window by exactly a chunk lets one go.
  peer.send(peer.sack(4, { receiverWindow: SIZE }));
  expect(peer.expect("DATA", 25).tsn).toBe(tsnAdd(peer.peerInitialTsn, 4));
  peer.send(peer.sack(5));
  peer.expectNothing(5_000);
  expect(a.events("acknowledged").length).toBe(5);
});

scriptedTest("a window that is one byte too small lets nothing go while data is out", {}, (script) => {
  const { peer } = script;
  peer.associate({ receiverWindow: 3 * SIZE - 1 });
  expect(send(script, 4)).toBe(2);
  peer.send(peer.sack(1, { receiverWindow: 2 * SIZE - 1 }));
  expect(chunksWithin(peer, 100)).toBe(0);
  peer.send(peer.sack(1, { receiverWindow: 2 * SIZE }));
  expect(chunksWithin(peer, 100)).toBe(1);
});

// §6.2.1 D ii: "Set rwnd equal to the newly received a_rwnd minus the number of bytes still outstanding".
scriptedTest(
  "a window that shrinks below what is out stops new data, and takes nothing back",
  {},
  (script) => {
    const { a, peer } = script;
    peer.associate({ receiverWindow: 4 * SIZE });
    // Three round trips open the congestion window for what follows.
    for (let i = 0; i < 3; i++) {
      send(script, 2);
      peer.send(peer.sack(2 * (i + 1), { receiverWindow: 4 * SIZE }));
      peer.collect(15);
    }
    expect(send(script, 6)).toBe(4);
    peer.send(peer.sack(7, { receiverWindow: 1_500 }));
    expect(chunksWithin(peer, 100)).toBe(0);
    expect([a.association.bytesInFlight, a.association.outstandingChunks]).toEqual([3 * SIZE, 3]);
    peer.send(peer.sack(9, { receiverWindow: 1_500 }));
    expect(chunksWithin(peer, 100)).toBe(0);
    peer.send(peer.sack(9, { receiverWindow: 2 * SIZE }));
    expect(chunksWithin(peer, 100)).toBe(1);
    expect(a.association.statistics).toMatchObject({ retransmissions: 0, timeouts: 0 });
  },
);

scriptedTest("what is lost is sent again into a window that has shrunk below it", {}, (script) => {
  const { a, peer } = script;
  peer.associate({ receiverWindow: 4 * SIZE });
  expect(send(script, 4)).toBe(4);
  peer.send(peer.sack(1, { receiverWindow: 100 }));
  const again = peer.await("DATA", 1_100);
  expect([again.tsn, again.data.length]).toEqual([tsnAdd(peer.peerInitialTsn, 1), SIZE]);
  peer.send(peer.sack(4, { receiverWindow: 4 * SIZE }));
  peer.clear();
  peer.expectNothing(500);
  expect(a.events("acknowledged").length).toBe(4);
});

// §6.2.1 D iii: "If the SACK chunk is missing a TSN that was previously acknowledged via a Gap Ack Block (e.g., the data
// receiver reneged on the data), then consider the corresponding DATA that might be possibly missing".
scriptedTest("what the peer reneges on is outstanding again, and is sent again", {}, (script) => {
  const { a, peer, network } = script;
  peer.associate();
  expect(send(script, 4)).toBe(4);
  peer.send(peer.sack(0, { gaps: [{ start: 2, end: 4 }] }));
  network.run(15);
  expect([a.association.bytesInFlight, a.association.bufferedBytes]).toEqual([SIZE, 4 * SIZE]);
  // A gap block is not for good: nothing was told to the user, and nothing is freed.
  expect(a.events("acknowledged")).toEqual([]);
  peer.send(peer.sack(0, { gaps: [{ start: 4, end: 4 }] }));
  network.run(15);
  expect([a.association.bytesInFlight, a.association.outstandingChunks]).toEqual([3 * SIZE, 4]);
  const again = new Set<number>();
  for (let acknowledged = 0; acknowledged < 3; ) {
    again.add(peer.await("DATA", 5_000).tsn);
    while (again.has(tsnAdd(peer.peerInitialTsn, acknowledged))) acknowledged += 1;
    peer.send(peer.sack(acknowledged, { gaps: [{ start: 4 - acknowledged, end: 4 - acknowledged }] }));
  }
  // The fourth was never taken back.
  expect([...again]).toEqual([0, 1, 2].map((count) => tsnAdd(peer.peerInitialTsn, count)));
  peer.send(peer.sack(4));
  network.run(15);
  expect(a.events("acknowledged").map(({ message }) => message.context)).toEqual([0, 1, 2, 3]);
  expect([a.association.bufferedBytes, a.association.bytesInFlight]).toEqual([0, 0]);
});

scriptedTest(
  "a peer that reneges on everything, again and again, gets everything in the end",
  {},
  (script) => {
    const { a, peer, network } = script;
    peer.associate();
    expect(send(script, 4)).toBe(4);
    for (let i = 0; i < 5; i++) {
      peer.send(peer.sack(0, { gaps: [{ start: 2, end: 4 }] }));
      peer.send(peer.sack(0));
      network.run(15);
      expect(a.association.bytesInFlight).toBeLessThanOrEqual(4 * SIZE);
    }
    for (let count = 1; count <= 4; count++) {
      while (peer.await("DATA", 70_000).tsn !== tsnAdd(peer.peerInitialTsn, count - 1));
      peer.send(peer.sack(count));
    }
    network.run(15);
    expect(a.events("acknowledged").length).toBe(4);
    expect([a.association.bufferedBytes, a.end]).toEqual([0, undefined]);
  },
);

// §6.2.1 D i: "If Cumulative TSN Ack is less than the Cumulative TSN Ack Point, then drop the SACK chunk."
for (const [what, back] of [
  ["one TSN", 1],
  ["before the first TSN", 5],
  ["half of all TSNs less one", 0x7fff_ffff],
] as const) {
  scriptedTest(`a SACK from the past, by ${what}, changes nothing`, {}, (script) => {
    const { a, peer } = script;
    peer.associate();
    expect(send(script, 4)).toBe(4);
    peer.send(peer.sack(2, { receiverWindow: 50_000, gaps: [{ start: 2, end: 2 }] }));
    peer.collect(15);
    const before = describe(script);
    const past = peer.sack(2, {
      cumulativeTsn: tsnAdd(peer.peerInitialTsn, 1 - back),
      receiverWindow: 0,
      gaps: [{ start: 1, end: 60_000 }],
    });
    for (let i = 0; i < 5; i++) peer.send(past);
    peer.expectNothing(100);
    expect(describe(script)).toEqual(before);
    expect(a.association.state).toBe("established");
  });
}

function describe({ a }: Script): unknown {
  const { bytesInFlight, bufferedBytes, outstandingChunks, peerWindow, paths, statistics } = a.association;
  const { retransmissions, timeouts } = statistics;
  const acknowledged = a.events("acknowledged").length;
  return {
    bytesInFlight,
    bufferedBytes,
    outstandingChunks,
    peerWindow,
    paths,
    retransmissions,
    timeouts,
    acknowledged,
  };
}

// §3.3.4: "All DATA chunks with TSNs ... of each Gap Ack Block are assumed to have been received correctly": each counts,
// whatever the others say, and in whatever order they stand.
const LISTS: readonly (readonly [string, SackChunk["gaps"]])[] = [
  [
    "twice",
    [
      { start: 2, end: 4 },
      { start: 2, end: 4 },
    ],
  ],
  [
    "by blocks that overlap",
    [
      { start: 2, end: 3 },
      { start: 3, end: 4 },
    ],
  ],
  [
    "by blocks within another",
    [
      { start: 2, end: 4 },
      { start: 3, end: 3 },
    ],
  ],
  [
    "by blocks that touch",
    [
      { start: 2, end: 2 },
      { start: 3, end: 4 },
    ],
  ],
  [
    "by blocks out of order",
    [
      { start: 4, end: 4 },
      { start: 2, end: 3 },
    ],
  ],
  [
    "between blocks that end before they begin",
    [
      { start: 4, end: 3 },
      { start: 2, end: 4 },
      { start: 3, end: 2 },
      { start: 9, end: 0 },
    ],
  ],
];

for (const [what, gaps] of LISTS) {
  scriptedTest(`chunks that are acknowledged ${what} count once`, {}, (script) => {
    const { a, peer, network } = script;
    peer.associate();
    expect(send(script, 4)).toBe(4);
    peer.send(peer.sack(0, { gaps }));
    network.run(15);
    expect([a.association.bytesInFlight, a.association.outstandingChunks]).toEqual([SIZE, 4]);
    // §7.2.4: one miss indication a SACK. What was new in the first is not in those that follow.
    for (let i = 0; i < 5; i++) peer.send(peer.sack(0, { gaps }));
    peer.expectNothing(500);
    expect(a.association.bytesInFlight).toBe(SIZE);
    peer.send(peer.sack(4));
    network.run(15);
    expect(a.events("acknowledged").length).toBe(4);
    expect([a.association.bytesInFlight, a.association.bufferedBytes]).toEqual([0, 0]);
  });
}

scriptedTest("a gap block within the Cumulative TSN Ack's own TSN says nothing new", {}, (script) => {
  const { a, peer, network } = script;
  peer.associate();
  expect(send(script, 3)).toBe(3);
  peer.send(peer.sack(1, { gaps: [{ start: 0, end: 0 }] }));
  network.run(15);
  expect([a.association.bytesInFlight, a.association.outstandingChunks]).toEqual([2 * SIZE, 2]);
  expect(a.end).toBeUndefined();
});

scriptedTest("duplicates that a SACK reports are no acknowledgement", {}, (script) => {
  const { a, peer, network } = script;
  peer.associate();
  expect(send(script, 3)).toBe(3);
  const duplicates = [0, 1, 2].map((count) => tsnAdd(peer.peerInitialTsn, count));
  peer.send(peer.sack(1, { duplicates }));
  network.run(15);
  expect(a.association.outstandingChunks).toBe(2);
});
