import { expect } from "vitest";
import { chunkNames, ladderTest, type Pair, type PairOptions, scriptedTest } from "../support/ladder-test.ts";

/** RFC 8899: the path MTU is searched for with HEARTBEAT and PAD. */

const EVERYWHERE = { pathMtuSearch: "always" } as const;
const ON_THIS_MACHINE = { isOwnAddress: () => true } as const;
const RAISE_TIMER = 660_000;

/** A link of that MTU, behind interfaces of `link`. */
const through = (mtu: number, link: number = 1_500): PairOptions => ({
  config: EVERYWHERE,
  conditions: { mtu },
  stack: { linkMtu: () => link },
});

const mtuOf = ({ a }: Pair): number | undefined => a.association.paths[0]?.mtu;

/** RFC 8899 §6.2.1.2: "a HEARTBEAT chunk and a PAD chunk". */
const isProbe = (bytes: Uint8Array): boolean => chunkNames(bytes) === "HEARTBEAT PAD";

/** Bytes of the IP packets of the probes that A has sent. */
function probes({ a }: Pair): number[] {
  return a.packets.filter(({ bytes }) => isProbe(bytes)).map(({ bytes }) => bytes.length + 28);
}

ladderTest(
  "§5.2: from the base upwards to what the link takes, and no probe is lost",
  through(1_500),
  (pair) => {
    const { a, connect, until, network } = pair;
    connect();
    expect(mtuOf(pair)).toBe(1_280);
    until("it is found", () => mtuOf(pair) === 1_500);
    network.run(5_000);
    expect(probes(pair)).toEqual([
      1_280, 1_360, 1_400, 1_420, 1_440, 1_452, 1_460, 1_472, 1_480, 1_492, 1_500,
    ]);
    expect(a.association.statistics.heartbeatsSent).toBeGreaterThanOrEqual(11);
  },
);

ladderTest(
  "§5.2: a router in between that takes less ends the search, and each size is tried once",
  through(1_450),
  (pair) => {
    const { z, a, connect, network } = pair;
    connect();
    network.run(20_000);
    expect(mtuOf(pair)).toBe(1_440);
    expect(probes(pair).at(-1)).toBe(1_452);
    a.send(20_000);
    network.run(1_000);
    expect(z.deliveries.length).toBe(1);
    const largest = Math.max(
      ...a.packets.filter(({ bytes }) => !isProbe(bytes)).map(({ bytes }) => bytes.length + 28),
    );
    expect(largest).toBe(1_440);
  },
);

// RFC 8899 §3, 7: "Loss of a probe packet SHOULD NOT be treated as an indication of congestion".
ladderTest("the loss of a probe is no error of the path, and no congestion", through(1_300), (pair) => {
  const { a, connect, network } = pair;
  connect();
  const before = a.association.paths[0];
  network.run(20_000);
  expect(a.association.paths[0]).toMatchObject({ state: "active", errors: 0, cwnd: before?.cwnd });
  expect(a.association.statistics.timeouts).toBe(0);
  expect(mtuOf(pair)).toBe(1_280);
});

// RFC 8899 §5.1.1, §5.2: PMTU_RAISE_TIMER.
ladderTest("a path that takes more later is used so after the raise timer", through(1_400), (pair) => {
  const { connect, network } = pair;
  connect();
  network.run(20_000);
  expect(mtuOf(pair)).toBe(1_400);
  network.link("10.0.0.1", "10.0.0.2", { mtu: 1_500 });
  network.run(RAISE_TIMER - 20_000);
  expect(mtuOf(pair)).toBe(1_400);
  const before = probes(pair).length;
  network.run(40_000);
  expect(mtuOf(pair)).toBe(1_500);
  // Nothing that is known to get through is tried again, nor anything once the largest has.
  expect(probes(pair).slice(before)).toEqual([1_420, 1_440, 1_452, 1_460, 1_472, 1_480, 1_492, 1_500]);
  network.run(3 * RAISE_TIMER);
  expect(probes(pair).length).toBe(before + 8);
});

// RFC 8899 §3, 4: "robust in the case where probe packets are lost due to other reasons".
ladderTest(
  "a probe that is lost with its path says nothing of its size",
  { conditions: { mtu: 65_536 }, stack: ON_THIS_MACHINE, configA: { rtoInitial: 200, rtoMin: 200 } },
  (pair) => {
    const { a, until, silence, network } = pair;
    a.connect();
    until("the first probe has left", () => probes(pair).length > 0);
    const heal = silence("A", "Z");
    a.send(100);
    network.run(30_000);
    expect(probes(pair)).toEqual([1_500]);
    expect(a.association.paths[0]?.state).not.toBe("active");
    heal();
    until("it is found", () => mtuOf(pair) === 65_535);
  },
);

// RFC 8899 §3, 5: "This avoids ... trying to send probe packets that cannot be transferred by the local link".
ladderTest(
  "a size that the system refuses to send is not tried again",
  { conditions: { mtu: 10_000 }, stack: ON_THIS_MACHINE },
  (pair) => {
    const { a, network } = pair;
    a.connect();
    for (let i = 0; i < 200; i++) {
      network.run(10);
      const [path] = a.association.paths;
      const size = (probes(pair).at(-1) ?? 0) - 28;
      if (path === undefined || size < 10_000) continue;
      const { source, destination } = path;
      const error = { association: a.association, source, destination, code: "EMSGSIZE" };
      a.host.stack.handleTransmitError(network.now, { ...error, size: size - 4 });
      a.host.stack.handleTransmitError(network.now, { ...error, size });
      a.host.driver.wake();
    }
    expect(probes(pair)).toEqual([1_500, 65_532, 32_768, 16_384, 9_000]);
    expect(mtuOf(pair)).toBe(9_000);
  },
);

// RFC 8899 §4.3: Black Hole Detection.
ladderTest(
  "a path that no longer takes large packets is found out by its data, which arrives",
  through(1_500),
  (pair) => {
    const { a, z, connect, until, network } = pair;
    connect();
    until("it is found", () => mtuOf(pair) === 1_500);
    network.link("10.0.0.1", "10.0.0.2", { mtu: 1_350, oversize: "drop" });
    a.send(100_000);
    network.run(10_000);
    expect(mtuOf(pair)).toBe(1_280);
    // What was cut for more goes in IP fragments, where IP does that.
    network.link("10.0.0.1", "10.0.0.2", { mtu: 1_350, oversize: "fragment" });
    until("it is there", () => z.deliveries.length === 1);
  },
);

ladderTest(
  "§5.2: where the base does not get through either, the least is used",
  { ...through(1_000), config: { ...EVERYWHERE } },
  (pair) => {
    const { connect, network } = pair;
    connect();
    network.run(5_000);
    expect(mtuOf(pair)).toBe(576);
    network.link("10.0.0.1", "10.0.0.2", { mtu: 1_500 });
    network.run(RAISE_TIMER + 30_000);
    expect(mtuOf(pair)).toBe(1_500);
  },
);

ladderTest("a jumbo link is searched up to its own MTU", through(9_000, 9_000), (pair) => {
  pair.connect();
  pair.until("it is found", () => mtuOf(pair) === 9_000);
});

ladderTest(
  "towards this machine itself it is 64 KiB at once",
  { conditions: { mtu: 65_536 }, stack: ON_THIS_MACHINE },
  (pair) => {
    const { a, z, connect, until } = pair;
    connect();
    until("it is found", () => mtuOf(pair) === 65_535, 200);
    expect(probes(pair)).toEqual([1_500, 65_532]);
    a.send(60_000);
    until("it is there", () => z.deliveries.length === 1);
    expect(a.sent("DATA").length).toBe(1);
  },
);

ladderTest(
  "where loopback takes less, a smaller size is tried, each of them three times",
  { conditions: { mtu: 20_000 }, stack: ON_THIS_MACHINE },
  (pair) => {
    const { connect, network } = pair;
    connect();
    network.run(20_000);
    expect(mtuOf(pair)).toBe(16_384);
    expect(probes(pair)).toEqual([1_500, ...Array(3).fill(65_532), ...Array(3).fill(32_768), 16_384]);
  },
);

ladderTest(
  "a fixed MTU is not searched for, nor where the search is off",
  { configA: { ...EVERYWHERE, pathMtu: 1_400 }, configZ: { pathMtuSearch: "never" }, stack: ON_THIS_MACHINE },
  (pair) => {
    const { a, z, connect, network } = pair;
    connect();
    network.run(20_000);
    expect(a.packets.concat(z.packets).filter(({ bytes }) => isProbe(bytes))).toEqual([]);
    expect([mtuOf(pair), z.association.paths[0]?.mtu]).toEqual([1_400, 1_500]);
    // It may be fixed, and let go, while the association is up.
    a.association.configure(network.now, { pathMtu: undefined });
    network.run(20_000);
    expect(mtuOf(pair)).toBe(1_500);
  },
);

ladderTest(
  "several paths are searched apart, and messages are cut for the smallest",
  { ...through(1_500), paths: 2 },
  (pair) => {
    const { a, z, connect, network, until } = pair;
    network.link("10.1.0.1", "10.1.0.2", { mtu: 1_400, delay: 10 });
    connect();
    network.run(60_000);
    expect(a.association.paths.map(({ mtu }) => mtu)).toEqual([1_500, 1_400]);
    a.send(5_000);
    until("it is there", () => z.deliveries.length === 1);
    expect(Math.max(...a.sent("DATA").map(({ data }) => data.length))).toBe(1_400 - 28 - 12 - 16);
  },
);

// RFC 8899 §3, §5.1.1: an RTT at least between probes, and PROBE_TIMER is no shorter than a second.
ladderTest(
  "§3: a probe leaves when the one before is answered, or has had its time",
  through(1_300),
  (pair) => {
    const { a, connect, network } = pair;
    connect();
    network.run(10_000);
    const times = a.packets.filter(({ bytes }) => isProbe(bytes)).map(({ time }) => time);
    expect(times.length).toBe(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(20);
    network.link("10.0.0.1", "10.0.0.2", { mtu: 500, delay: 10 });
    a.association.configure(network.now, { pathMtuSearch: "never" });
    a.association.configure(network.now, { pathMtuSearch: "always" });
    a.host.driver.wake();
    network.run(999);
    expect(mtuOf(pair)).toBe(1_280);
    network.run(2_000);
    expect(mtuOf(pair)).toBe(576);
  },
);

scriptedTest("an answer that is none to a probe changes nothing", { config: EVERYWHERE }, ({ a, peer }) => {
  peer.associate();
  const probe = peer.next();
  const [heartbeat] = probe.chunks;
  if (heartbeat?.type !== "HEARTBEAT") throw new Error("no probe");
  const forged = new Uint8Array(heartbeat.info);
  forged[8] = (forged[8] ?? 0) ^ 1;
  for (const info of [forged, heartbeat.info.subarray(0, 20), new Uint8Array(0)])
    peer.send({ type: "HEARTBEAT-ACK", info });
  peer.expectNothing(500);
  peer.send({ type: "HEARTBEAT-ACK", info: heartbeat.info });
  expect(peer.next().chunks.map(({ type }) => type)).toEqual(["HEARTBEAT", "PAD"]);
  // Again, and late, it is no answer to the next one.
  peer.send({ type: "HEARTBEAT-ACK", info: heartbeat.info });
  peer.expectNothing(500);
  expect(a.association.paths[0]?.mtu).toBe(1_280);
});
