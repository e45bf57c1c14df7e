import { expect } from "vitest";
import { tsnAdd } from "../../src/base/serial.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";

/** A receiver that lies: what it says of data and windows must not have us send more than the path has shown to take. */

const SIZE = 1_000;

const dataWithin = (peer: Script["peer"], ms: number): number =>
  peer.collect(ms).filter(({ type }) => type === "DATA").length;

scriptedTest(
  "SACKs for one tiny chunk each open cwnd by no more than was acknowledged",
  {},
  ({ a, peer }) => {
    peer.associate();
    const before = a.association.paths[0]?.cwnd ?? 0;
    for (let i = 0; i < 2_000; i++) a.send(4);
    let acknowledged = 0;
    for (let at = 1; at <= 300; at++) {
      peer.send(peer.sack(at));
      acknowledged += 20;
      peer.collect(1);
    }
    const grown = (a.association.paths[0]?.cwnd ?? 0) - before;
    expect(grown).toBeGreaterThan(0);
    expect(grown).toBeLessThanOrEqual(acknowledged);
  },
);

scriptedTest("the same SACK a hundred times opens cwnd once", {}, ({ a, peer }) => {
  peer.associate();
  for (let i = 0; i < 100; i++) a.send(SIZE);
  dataWithin(peer, 50);
  const before = a.association.paths[0]?.cwnd ?? 0;
  for (let i = 0; i < 100; i++) peer.send(peer.sack(1));
  peer.collect(50);
  expect((a.association.paths[0]?.cwnd ?? 0) - before).toBeLessThanOrEqual(1_500);
});

scriptedTest(
  "a peer that acknowledges and reneges by turns opens cwnd for each chunk once",
  {},
  ({ a, peer }) => {
    peer.associate();
    for (let i = 0; i < 500; i++) a.send(SIZE);
    const sent = dataWithin(peer, 30);
    const before = a.association.paths[0]?.cwnd ?? 0;
    for (let i = 0; i < 100; i++) {
      peer.send(peer.sack(0, { gaps: [{ start: 1, end: 1 }] }));
      peer.collect(1);
      peer.send(peer.sack(0));
      peer.collect(1);
    }
    // Two packets' worth: what one chunk is, and what it let go.
    expect(sent).toBeGreaterThan(2);
    expect((a.association.paths[0]?.cwnd ?? 0) - before).toBeLessThanOrEqual(2 * SIZE);
  },
);

for (const [what, sack] of [
  ["by its Cumulative TSN Ack", { ahead: 1, gaps: [] }],
  ["by a Gap Ack Block", { ahead: 0, gaps: [{ start: 1, end: 60_000 }] }],
] as const) {
  scriptedTest(`who acknowledges what was not sent, ${what}, loses the association`, {}, ({ a, peer }) => {
    peer.associate();
    for (let i = 0; i < 20; i++) a.send(SIZE);
    const sent = dataWithin(peer, 50);
    peer.send(peer.sack(sack.ahead === 1 ? sent + 1 : 0, { gaps: sack.gaps }));
    expect(peer.await("ABORT").causes[0]?.type).toBe("PROTOCOL-VIOLATION");
    expect(a.host.stack.associations).toBe(0);
  });
}

scriptedTest(
  "a window of 4 GiB lets no more go than cwnd, and keeps no more than the buffer",
  {},
  ({ a, peer }) => {
    peer.associate({ receiverWindow: 0xffff_ffff });
    let taken = 0;
    while (taken < 10_000 && a.send(SIZE)) taken += 1;
    expect(taken * SIZE).toBeLessThanOrEqual(1_048_576);
    expect(dataWithin(peer, 50)).toBeLessThanOrEqual(5);
    expect(a.association.bytesInFlight).toBeLessThanOrEqual(a.association.paths[0]?.cwnd ?? 0);
  },
);

scriptedTest(
  "a window that opens and closes with each SACK is followed, one chunk at a time",
  {},
  ({ a, peer, network }) => {
    peer.associate({ receiverWindow: 1_500 });
    for (let i = 0; i < 50; i++) a.send(SIZE);
    let sent = dataWithin(peer, 50);
    for (let i = 0; i < 20; i++) {
      peer.send(peer.sack(sent, { receiverWindow: i % 2 === 0 ? 0 : 1 }));
      sent += dataWithin(peer, 20);
    }
    // Nothing but probes, once an RTO.
    expect(sent).toBeLessThanOrEqual(2);
    network.run(1);
    expect(a.association.state).toBe("established");
  },
);

scriptedTest(
  "TSN and gap offsets at the edges of 16 and 32 bits are no acknowledgement",
  {},
  ({ a, peer }) => {
    peer.associate();
    for (let i = 0; i < 3; i++) a.send(SIZE);
    dataWithin(peer, 50);
    // 2^31 behind, and inverted blocks: an old SACK, and one that says nothing.
    peer.send(peer.sack(0, { cumulativeTsn: tsnAdd(peer.peerInitialTsn, -(2 ** 31 - 1)) }));
    peer.send(peer.sack(0, { gaps: [{ start: 65_535, end: 0 }] }));
    peer.send(peer.sack(0, { gaps: [{ start: 0, end: 0 }] }));
    peer.collect(50);
    expect([a.association.state, a.association.bytesInFlight]).toEqual(["established", 3 * SIZE]);
  },
);

scriptedTest(
  "thousands of SACKs in one packet: the gap blocks of the first one are heeded, and of all the Cumulative TSN Ack",
  {},
  ({ a, peer }) => {
    peer.associate();
    for (let i = 0; i < 4; i++) a.send(SIZE);
    peer.collect(20);
    const { bytesInFlight } = a.association;
    const flips = Array.from({ length: 50 }, () => peer.sack(0, { gaps: [{ start: 2, end: 2 }] }));
    peer.send(peer.sack(0), ...flips);
    peer.collect(20);
    expect(a.association.bytesInFlight).toBe(bytesInFlight);
    peer.send(...flips);
    peer.collect(20);
    expect(a.association.bytesInFlight).toBe(bytesInFlight - SIZE);
    peer.send(peer.sack(0), ...flips, peer.sack(3));
    peer.collect(20);
    expect(a.association.bufferedBytes).toBe(SIZE);
  },
);
