import { expect } from "vitest";
import { asTsn } from "../../src/base/serial.ts";
import { chunkNames, ladderTest, type Pair, type Script, scriptedTest } from "../support/ladder-test.ts";

/** `lossDetection: "rack"`: loss by time in the manner of RACK-TLP (RFC 8985), docs/decisions/0006. */

const RACK = { config: { lossDetection: "rack" }, conditions: { delay: 50 } } as const;

/** Connected, with an RTT that is known and a window that is open. */
function begin({ a, z, connect, until, network }: Pair, count: number = 60): void {
  connect();
  for (let i = 0; i < count; i++) a.send(1_200);
  until("some data has arrived", () => z.deliveries.length === count);
  network.run(2_000);
}

/** When A sent packets with DATA since `from`, ms after it. */
const dataTimes = ({ a }: Pair, from: number): number[] =>
  a.packets
    .filter(({ time, bytes }) => time >= from && chunkNames(bytes).includes("DATA"))
    .map(({ time }) => Math.round(time - from));

ladderTest("a retransmission that is lost, too, is sent again without a timeout", RACK, (pair) => {
  begin(pair);
  const { a, z, lose, until } = pair;
  lose("A", "DATA", { count: 1 });
  for (let i = 0; i < 4; i++) a.send(1_200);
  until("it was sent again", () => a.association.statistics.retransmissions === 1);
  lose("A", "DATA", { count: 1 });
  for (let i = 0; i < 60; i++) a.send(1_200);
  until("all have arrived", () => z.deliveries.length === 124);
  expect(a.association.statistics.timeouts).toBe(0);
});

ladderTest(
  "RFC 8985 §7: the loss of the last packet costs two round trips and the delay of a SACK",
  RACK,
  (pair) => {
    begin(pair);
    const { a, z, lose, network, until } = pair;
    const from = network.now;
    lose("A", "DATA");
    a.send(1_200);
    until("it has arrived", () => z.deliveries.length === 61);
    const [first, probe] = dataTimes(pair, from);
    expect(first).toBe(0);
    expect(probe).toBeGreaterThanOrEqual(400);
    expect(probe).toBeLessThan(450);
    const { tailLossProbes, timeouts } = a.association.statistics;
    expect([tailLossProbes, timeouts]).toEqual([1, 0]);
  },
);

/** ssthresh before and after one packet, of which something is lost. */
function ssthreshOver(pair: Pair, losing: () => void): [number, number] {
  const { a, network } = pair;
  // What the idle time does to the window is over then.
  a.send(1_200);
  network.run(500);
  const before = a.association.paths[0]?.ssthresh ?? 0;
  losing();
  a.send(1_200);
  network.run(700);
  expect(a.association.statistics.timeouts).toBe(0);
  expect(a.association.statistics.tailLossProbes).toBe(1);
  return [before, a.association.paths[0]?.ssthresh ?? 0];
}

ladderTest("RFC 8985 §7.4.2: what a probe repaired was a loss, and the window shrinks", RACK, (pair) => {
  begin(pair);
  const [before, after] = ssthreshOver(pair, () => pair.lose("A", "DATA"));
  expect(after).toBeLessThan(before);
});

ladderTest("a SACK that was lost makes no window shrink", RACK, (pair) => {
  begin(pair);
  const [before, after] = ssthreshOver(pair, () => pair.lose("Z", "SACK"));
  expect(after).toBe(before);
});

ladderTest(
  "without tailLossProbes the last packet waits for T3-rtx",
  { ...RACK, configA: { tailLossProbes: false } },
  (pair) => {
    begin(pair);
    const { a, lose, network } = pair;
    lose("A", "DATA");
    a.send(1_200);
    network.run(3_000);
    const { tailLossProbes, timeouts } = a.association.statistics;
    expect([tailLossProbes, timeouts]).toEqual([0, 1]);
  },
);

/** Bytes that arrive in so many ms of a bulk transfer. */
function goodput(pair: Pair, ms: number): number {
  const { a, z, network } = pair;
  const before = z.deliveries.length;
  for (let t = 0; t < ms; t += 5) {
    while (a.association.bufferedBytes < 1_000_000) a.send(1_200);
    network.run(5);
  }
  return (z.deliveries.length - before) * 1_200;
}

ladderTest("RFC 8985 §6.2: packets that overtake others are no loss, after the first ones", RACK, (pair) => {
  begin(pair);
  const { a, network } = pair;
  network.direction("10.0.0.1", "10.0.0.2").change({ reorder: 0.02, reorderDelay: 10 });
  goodput(pair, 20_000);
  expect(a.association.statistics.retransmissions).toBeLessThan(30);
  // The third miss indication of RFC 9260 §7.2.4 would have found hundreds.
  expect(a.association.paths[0]?.cwnd).toBeGreaterThan(250_000);
});

ladderTest(
  "what was sent again for nothing is undone when the peer says that it had it twice",
  RACK,
  (pair) => {
    begin(pair);
    const { a, network, until } = pair;
    goodput(pair, 2_000);
    until("nothing is on its way", () => a.association.bufferedBytes === 0);
    const before = a.association.paths[0]?.cwnd ?? 0;
    // One packet is late by more than any window of reordering.
    network.direction("10.0.0.1", "10.0.0.2").change({ reorder: 1, reorderDelay: 90 });
    a.send(1_200);
    network.run(1);
    network.direction("10.0.0.1", "10.0.0.2").change({ reorder: 0 });
    goodput(pair, 60);
    until("it was thought lost", () => a.association.statistics.retransmissions > 0);
    goodput(pair, 1_000);
    expect(a.association.paths[0]?.cwnd).toBeGreaterThanOrEqual(before);
  },
);

ladderTest(
  "with all kinds of trouble everything arrives, once and in order",
  { ...RACK, config: { lossDetection: "rack", congestionControl: "cubic" } },
  (pair) => {
    begin(pair);
    const { a, z, network, until } = pair;
    const trouble = { loss: 0.05, reorder: 0.05, reorderDelay: 70, duplicate: 0.02, jitter: 20 };
    network.direction("10.0.0.1", "10.0.0.2").change(trouble);
    network.direction("10.0.0.2", "10.0.0.1").change(trouble);
    goodput(pair, 20_000);
    until("the rest arrives", () => a.association.bufferedBytes === 0, 600_000);
    expect(z.deliveries.map(({ ssn }) => ssn)).toEqual(z.deliveries.map((_, index) => index & 0xffff));
  },
);

/** A flight that fills a link of 8 Mbit/s. */
const FILLED = { ...RACK, config: { ...RACK.config, receiveBuffer: 110_000 } } as const;

ladderTest("RFC 6937: in fast recovery packets go on leaving as others arrive", FILLED, (pair) => {
  begin(pair);
  const { a, network, lose } = pair;
  network.direction("10.0.0.1", "10.0.0.2").change({ rate: 8_000_000 });
  goodput(pair, 3_000);
  lose("A", "DATA");
  goodput(pair, 80);
  const from = network.now;
  goodput(pair, 120);
  expect(a.association.statistics.fastRetransmissions).toBe(1);
  const times = dataTimes(pair, from);
  const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
  // Stopping until the flight is half, as without it, takes half of a round trip of 100 ms.
  expect(Math.max(...gaps)).toBeLessThan(45);
});

/** Packets with DATA that leave a fresh association in slow start, acknowledged round by round. */
const SLOW_START = 54;

function sixRounds({ a, peer }: Pick<Script, "a" | "peer">): number {
  for (let i = 0; i < 300; i++) a.send(1_200);
  let received = peer.collect(150).filter(({ type }) => type === "DATA").length;
  for (let round = 0; round < 6; round++) {
    peer.send(peer.sack(received));
    received += peer.collect(150).filter(({ type }) => type === "DATA").length;
  }
  return received;
}

scriptedTest("a fresh association begins with slow start", RACK, ({ a, peer }) => {
  peer.associate();
  expect(sixRounds({ a, peer })).toBe(SLOW_START);
});

scriptedTest(
  "a restart in fast recovery begins with slow start: nothing is left of the recovery",
  RACK,
  ({ a, peer }) => {
    peer.associate();
    for (let i = 0; i < 100; i++) a.send(1_200);
    peer.collect(150);
    for (let round = 1; round <= 3; round++) {
      peer.send(peer.sack(4 * round));
      peer.collect(150);
    }
    // The next one is missing, and three that came after it are there: a loss.
    peer.send(peer.sack(12, { gaps: [{ start: 2, end: 5 }] }));
    peer.collect(150);
    expect(a.association.statistics.fastRetransmissions).toBe(1);
    const { cookie, initAck } = peer.init({ initiateTag: 0x22222222, initialTsn: asTsn(900_000) });
    Object.assign(peer, { localTag: 0x22222222, initialTsn: asTsn(900_000) });
    peer.sendWith({ tag: initAck.initiateTag }, { type: "COOKIE-ECHO", cookie });
    peer.peerTag = initAck.initiateTag;
    peer.peerInitialTsn = initAck.initialTsn;
    peer.collect(150);
    expect(a.events("restarted").length).toBe(1);
    expect(sixRounds({ a, peer })).toBe(SLOW_START);
  },
);
