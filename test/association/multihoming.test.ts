import { expect } from "vitest";
import type { PathState } from "../../src/association/events.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { chunkNames, ladderTest, type Pair, type Side, scriptedTest } from "../support/ladder-test.ts";
import { unknownChunk } from "../support/scripted-peer.ts";

/** RFC 9260 §5.4, §6.4, §8.2 and RFC 7829: several paths, the loss of one, and its return. */

const TWO = { paths: 2 } as const;
/** A path that goes silent is not asked about before its T3-rtx expires. */
const T3_ALONE = { ...TWO, config: { tailLossProbes: false } } as const;
const [A1, A2, Z1, Z2] = ["10.0.0.1", "10.1.0.1", "10.0.0.2", "10.1.0.2"] as const;

const stateOf = ({ association }: Side, destination: string): PathState | undefined =>
  association.paths.find((path) => path.destination === destination)?.state;

const primaryOf = ({ association }: Side): string | undefined =>
  association.paths.find(({ primary }) => primary)?.destination;

/** Connected, and every path confirmed. */
function connectAll({ a, z, connect, until }: Pair): void {
  connect();
  until("all paths are active", () =>
    [...a.association.paths, ...z.association.paths].every(({ state }) => state === "active"),
  );
}

/** The destinations of a side's packets with DATA since the time `from`. */
function dataDestinations(side: Side, from: number): string[] {
  return side.packets
    .filter(({ time, bytes }) => time >= from && chunkNames(bytes).includes("DATA"))
    .map(({ destination }) => destination);
}

ladderTest("both sides know both addresses of the other", TWO, (pair) => {
  connectAll(pair);
  const { a, z } = pair;
  const shown = ({ association }: Side) =>
    association.paths.map(({ source, destination }) => [source, destination]);
  expect(shown(a)).toEqual([
    [A1, Z1],
    [A2, Z2],
  ]);
  expect(shown(z)).toEqual([
    [Z1, A1],
    [Z2, A2],
  ]);
  expect([primaryOf(a), primaryOf(z)]).toEqual([Z1, A1]);
});

// RFC 9260 §5.4: "an endpoint MUST NOT send any chunks to an UNCONFIRMED address, except HEARTBEAT" and its answers.
ladderTest("an address that is not confirmed gets HEARTBEATs alone", TWO, ({ a, z, connect, network }) => {
  network.cut(A2, Z2);
  connect();
  for (let i = 0; i < 20; i++) a.send(5_000);
  for (let i = 0; i < 20; i++) z.send(5_000);
  // From Z's point of view A2 is learned from the INIT alone; what it gets must be HEARTBEATs.
  network.run(30_000);
  const toSecond = z.packets.filter(({ destination }) => destination === A2);
  expect(toSecond.length).toBeGreaterThan(0);
  expect(new Set(toSecond.map(({ bytes }) => chunkNames(bytes)))).toEqual(new Set(["HEARTBEAT"]));
  expect(stateOf(z, A2)).not.toBe("active");
});

ladderTest("data rather waits than goes to an address that is not confirmed", TWO, (pair) => {
  const { a, z, connect, network, until } = pair;
  network.cut(A2, Z2);
  connect();
  network.cut(A1, Z1);
  for (let i = 0; i < 20; i++) z.send(5_000);
  network.run(30_000);
  expect(dataDestinations(z, 0).every((destination) => destination === A1)).toBe(true);
  network.heal(A1, Z1);
  until("all are here", () => a.deliveries.length === 20, 120_000);
});

ladderTest("a HEARTBEAT confirms a path, and the user is told", TWO, (pair) => {
  connectAll(pair);
  const confirmed = pair.z.events("path").filter(({ change }) => change === "confirmed");
  expect(confirmed.map(({ path }) => path.destination)).toEqual([A2]);
});

ladderTest("a lost INIT is sent again to another address", TWO, ({ a, z, network, until }) => {
  network.cut(A1, Z1);
  a.connect();
  until("both are established", () => a.established && z.established);
  expect(a.packets.slice(0, 2).map(({ destination }) => destination)).toEqual([Z1, Z2]);
});

ladderTest("what T3 sends again goes another way", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network, lose } = pair;
  const begin = network.now;
  lose("A", "DATA");
  a.send(100);
  network.run(2_000);
  // RFC 9260 §6.4.1: "an endpoint SHOULD attempt to retransmit to an active address that is different".
  expect(dataDestinations(a, begin)).toEqual([Z1, Z2]);
  expect(z.deliveries.length).toBe(1);
});

ladderTest("a SACK goes back where the DATA came from", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network } = pair;
  const [, second] = z.host.addresses;
  const begin = network.now;
  a.send(100, { destination: second });
  network.run(500);
  expect(dataDestinations(a, begin)).toEqual([Z2]);
  const sacks = z.packets.filter(({ time, bytes }) => time >= begin && chunkNames(bytes) === "SACK");
  expect(sacks.map(({ source, destination }) => [source, destination])).toEqual([[Z2, A2]]);
});

ladderTest("the loss of the primary costs about one RTO.Min, and no message", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network } = pair;
  network.cut(A1, Z1);
  const begin = network.now;
  for (let i = 0; i < 100; i++) network.at(begin + i * 50, () => a.send(1_000));
  network.run(8_000);
  expect(z.deliveries.length).toBe(100);
  expect((z.deliveries[0]?.time ?? Infinity) - begin).toBeLessThan(1_500);
  // RFC 7829 §3.2: potentially failed at the first error; then 9260's Path.Max.Retrans makes it unreachable.
  const changes = a.events("path").filter(({ path }) => path.destination === Z1);
  expect(changes.map(({ change }) => change)).toContain("potentially-failed");
  expect(dataDestinations(a, begin + 2_000).every((destination) => destination === Z2)).toBe(true);
});

// RFC 7829 §3.2, 5: "HB.Interval ... MUST be ignored for destination addresses in PF state"; one an RTO, backed off.
ladderTest(
  "a potentially failed path is asked each RTO, and is used again when it answers",
  T3_ALONE,
  (pair) => {
    connectAll(pair);
    const { a, network, until } = pair;
    network.cut(A1, Z1);
    const begin = network.now;
    a.send(100);
    network.run(10_000);
    const asked = a.packets.filter(
      ({ time, destination, bytes }) =>
        time >= begin && destination === Z1 && chunkNames(bytes).includes("HEARTBEAT"),
    );
    expect(asked.map(({ time }) => time - begin)).toEqual([1_000, 3_000, 7_000]);
    network.heal(A1, Z1);
    until("it is active again", () => stateOf(a, Z1) === "active", 30_000);
  },
);

ladderTest("a path that stays silent becomes unreachable, and returns with an answer", TWO, (pair) => {
  connectAll(pair);
  const { a, network, until } = pair;
  network.cut(A1, Z1);
  a.send(100);
  until("it is unreachable", () => stateOf(a, Z1) === "unreachable", 300_000);
  expect(a.end).toBeUndefined();
  network.heal(A1, Z1);
  until("it is active again", () => stateOf(a, Z1) === "active", 300_000);
  const begin = network.now;
  a.send(100);
  network.run(1_000);
  // The old primary is used again as soon as it is back.
  expect(dataDestinations(a, begin)).toEqual([Z1]);
});

ladderTest("a silent second path does not end the association", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network } = pair;
  network.cut(A2, Z2);
  network.run(3_600_000);
  expect(stateOf(a, Z2)).toBe("unreachable");
  expect([a.end, z.end]).toEqual([undefined, undefined]);
});

ladderTest("all paths silent: the association ends", TWO, (pair) => {
  connectAll(pair);
  const { a, silence, until } = pair;
  silence("Z");
  a.send(100);
  until("A has ended", () => a.end !== undefined, 1_000_000);
  expect(a.end).toBe("timed-out");
});

ladderTest("the user changes the primary", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network } = pair;
  const [, second] = z.host.addresses;
  if (second === undefined) throw new Error("Z has one address only");
  a.association.setPrimary(second);
  const begin = network.now;
  a.send(100);
  network.run(500);
  expect(primaryOf(a)).toBe(Z2);
  expect(dataDestinations(a, begin)).toEqual([Z2]);
});

ladderTest("a transfer survives three cuts, each in one direction only", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network, until } = pair;
  const begin = network.now;
  network.cut(A1, Z1, { from: begin + 500, until: begin + 20_000, direction: "forward" });
  network.cut(Z2, A2, { from: begin + 30_000, until: begin + 40_000, direction: "forward" });
  network.cut(Z1, A1, { from: begin + 45_000, until: begin + 60_000, direction: "forward" });
  for (let i = 0; i < 600; i++) network.at(begin + i * 100, () => a.send(2_000));
  until("all are here", () => z.deliveries.length === 600, 200_000);
  expect([a.end, z.end]).toEqual([undefined, undefined]);
});

// Deviation from RFC 7829 §3.2, 10: data that arrived before the path broke proves nothing of the path now.
ladderTest("what arrived before the cut does not bring its path back", TWO, (pair) => {
  connectAll(pair);
  const { a, z, network } = pair;
  // A window large enough that a retransmission on the other path does not cover it.
  for (let i = 0; i < 60; i++) a.send(1_400);
  network.run(2_000);
  // The data arrives, its SACKs do not, and then the path is dead both ways.
  network.cut(Z1, A1, { direction: "forward" });
  for (let i = 0; i < 10; i++) {
    a.send(1_400);
    network.run(1);
  }
  network.run(500);
  network.cut(A1, Z1);
  expect(z.deliveries.length).toBe(70);
  network.run(1_500);
  expect(a.association.bufferedBytes).toBe(0);
  expect(stateOf(a, Z1)).toBe("potentially-failed");
  const changes = a.events("path").filter(({ path }) => path.destination === Z1);
  expect(changes.map(({ change }) => change)).toEqual(["added", "potentially-failed"]);
});

// RFC 9260 §5.4: "An endpoint MUST NOT send any chunks to an UNCONFIRMED address".
scriptedTest(
  "what comes from an address that is not confirmed is answered elsewhere",
  {},
  ({ a, peer, network }) => {
    const second = network.socket("10.0.0.3");
    network.link("10.0.0.1", "10.0.0.3", { delay: 10 });
    peer.associate({ parameters: [{ type: "IPV4-ADDRESS", address: second.address }] });
    expect(stateOf(a, second.address)).toBe("unconfirmed");
    peer.clear();
    const [destination] = a.host.addresses;
    if (destination === undefined) throw new Error("A has no address");
    const sendFromSecond = (...chunks: readonly Chunk[]): void =>
      second.send(peer.packet({}, ...chunks), destination, a.host.udpPort);
    sendFromSecond(peer.data({ stream: 4_000 }), unknownChunk(0xff));
    expect(
      peer
        .collect(100)
        .map(({ type }) => type)
        .sort(),
    ).toEqual(["ERROR", "ERROR", "SACK"]);
    sendFromSecond({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
    peer.expect("SHUTDOWN-ACK");
    sendFromSecond({ type: "SHUTDOWN-ACK" });
    peer.expect("SHUTDOWN-COMPLETE");
    expect(new Set(second.received.map(({ bytes }) => chunkNames(bytes)))).toEqual(new Set(["HEARTBEAT"]));
  },
);

// RFC 9260 §7.3: "When fragmenting messages into multiple parts, this AMDCS SHOULD be used".
ladderTest(
  "chunks are cut for the smallest path, and pass over any of them whole",
  { ...TWO, lastIsIpv6: true },
  (pair) => {
    connectAll(pair);
    const { a, z, network, until } = pair;
    for (let i = 0; i < 20; i++) a.send(10_000);
    network.run(100);
    network.cut(A1, Z1);
    until("all are here", () => z.deliveries.length === 20);
    // 1,500 bytes less the headers of IPv6, UDP, SCTP and DATA: 40, 8, 12 and 16.
    expect(Math.max(...a.sent("DATA").map(({ data }) => data.length))).toBe(1_424);
    expect(network.direction("fd00:1::1", "fd00:1::2").counters).toMatchObject({ tooBig: 0, fragmented: 0 });
    expect(dataDestinations(a, 0)).toContain("fd00:1::2");
  },
);

// RFC 9260 §7.2: "MUST keep a set of the control variables cwnd, ssthresh, and partial_bytes_acked for EACH destination".
ladderTest("each path has a window of its own, and begins with slow start", T3_ALONE, (pair) => {
  const { a, z, connect, lose, network, until } = pair;
  connect();
  network.run(1_000);
  const path = (index: number) => a.association.paths[index];
  const untouched = { cwnd: path(0)?.cwnd, ssthresh: path(0)?.ssthresh, flightSize: 0 };
  a.send(60_000);
  until("the first window has grown", () => z.deliveries.length === 1);
  expect(path(0)?.cwnd ?? 0).toBeGreaterThan(untouched.cwnd ?? Infinity);
  expect(path(1)).toMatchObject(untouched);
  lose("A", "DATA");
  a.send(10);
  until("it timed out", () => z.deliveries.length === 2);
  expect(path(0)?.ssthresh ?? Infinity).toBeLessThan(untouched.ssthresh ?? 0);
  expect(path(1)?.ssthresh).toBe(untouched.ssthresh);
  const cwnd = path(1)?.cwnd ?? 0;
  a.send(60_000, { destination: path(1)?.destination });
  network.run(15);
  expect(path(1)?.flightSize ?? 0).toBeGreaterThanOrEqual(cwnd);
  expect(path(1)?.flightSize ?? Infinity).toBeLessThan(cwnd + 1_460);
});
