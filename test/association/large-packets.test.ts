import { expect } from "vitest";
import { ladderTest, type Pair, type PairOptions, type Side, scriptedTest } from "../support/ladder-test.ts";

/** Towards this machine packets are about 64 KiB (RFC 8899): few of them fill a window, and each counts. */

const MTU = 65_535;
const SACK_DELAY = 200;
const RTO = 1_000;
const ON_THIS_MACHINE = {
  conditions: { mtu: MTU, delay: 1 },
  stack: { isOwnAddress: () => true },
  config: { pathMtuSearch: "own" },
} as const satisfies PairOptions;

/** Connected, and 64 KiB found on each path. */
function connectLarge({ a, z, connect, until }: Pair): void {
  connect();
  until("the path MTUs are found", () =>
    [...a.association.paths, ...z.association.paths].every(
      ({ mtu, state }) => mtu === MTU && state === "active",
    ),
  );
}

/** Bytes that the user of a side reads now. */
function readBytes(side: Side): number {
  const { association } = side;
  let bytes = 0;
  for (let it = association.receive(); it !== undefined; it = association.receive()) bytes += it.data.length;
  side.host.driver.wake();
  return bytes;
}

// RFC 9260 §6.1 A: the first zero window probe leaves "after 1 RTO", and its own loss would cost another one.
ladderTest(
  "a path that breaks with the update of a closed window costs one RTO",
  { ...ON_THIS_MACHINE, paths: 2, reading: false, configZ: { receiveBuffer: 300_000 } },
  (pair) => {
    connectLarge(pair);
    const { a, z, network, until } = pair;
    for (let i = 0; i < 40; i++) a.send(32_768);
    until("the window is closed", () => z.association.unreadBytes > 300_000 - 32_768);
    network.run(5);
    network.cut("10.0.0.1", "10.0.0.2");
    const begin = network.now;
    let read = readBytes(z);
    until("data comes again", () => z.association.unreadBytes > 0, 10_000);
    expect(network.now - begin).toBeLessThan(1.2 * RTO);
    const readOn = (): boolean => {
      read += readBytes(z);
      return read === 40 * 32_768;
    };
    until("all has come", readOn, 10_000);
    expect(network.now - begin).toBeLessThan(1.5 * RTO);
  },
);

// RFC 9260 §6.2 would let a receiver wait for a second packet, which the window has no room for.
for (const receiveBuffer of [65_536, 100_000, 131_000, 200_000]) {
  ladderTest(
    `a window of ${receiveBuffer} bytes does not wait for delayed SACKs`,
    { ...ON_THIS_MACHINE, configZ: { receiveBuffer } },
    (pair) => {
      connectLarge(pair);
      const { a, z, network, until } = pair;
      const begin = network.now;
      for (let i = 0; i < 40; i++) a.send(65_536);
      until("all has come", () => z.deliveries.length === 40);
      expect(network.now - begin).toBeLessThan(2 * SACK_DELAY);
    },
  );
}

// RFC 9260 §6.2: "at least" every second packet.
scriptedTest(
  "a packet that takes most of the window is acknowledged at once, by whomever it was sent",
  { config: { receiveBuffer: 100_000 } },
  ({ peer }) => {
    peer.associate();
    peer.send(peer.data({ data: new Uint8Array(1_000) }));
    peer.expect("SACK", 50);
    peer.send(peer.data({ data: new Uint8Array(49_000) }));
    peer.expectNothing(150);
    peer.expect("SACK", 100);
    peer.send(peer.data({ data: new Uint8Array(51_000) }));
    peer.expect("SACK", 50);
  },
);

// RFC 9260 §6.1, RFC 7053 §5.1: "The sending of a DATA chunk fills the congestion or receiver window".
scriptedTest(
  "a packet that is alone in flight, and behind which others wait, asks for its SACK",
  { config: { pathMtu: MTU } },
  ({ a, peer }) => {
    peer.associate({ receiverWindow: 100_000 });
    const sent = (ms: number) => peer.collect(ms).flatMap((it) => (it.type === "DATA" ? [it.immediate] : []));
    a.send(60_000);
    expect(sent(50)).toEqual([false]);
    peer.send(peer.sack(1, { receiverWindow: 100_000 }));
    a.send(900_000);
    // By the window of the peer.
    expect(sent(50)).toEqual([true]);
    peer.send(peer.sack(2, { receiverWindow: 1_000_000 }));
    expect(sent(50)).toEqual([false, false]);
    // By cwnd, after a timeout.
    expect(sent(1_000)).toEqual([true]);
  },
);

/** Sends so many messages both ways as fast as both take them; returns how long it takes, ms. */
function exchange({ a, z, network, until }: Pair, count: number, size: number): number {
  const begin = network.now;
  for (const side of [a, z]) {
    let left = count;
    const pump = (): void => {
      for (let more = true; more && left > 0; left -= 1) more = side.send(size);
    };
    side.host.onEvent((event) => {
      if (event.type === "drain") pump();
    });
    pump();
  }
  until("all has come", () => a.deliveries.length === count && z.deliveries.length === count);
  return network.now - begin;
}

for (const size of [1, 1_200, 65_536, 1_048_576]) {
  for (const receiveBuffer of [8_000, 65_536, 106_496, 1_048_576]) {
    const config = { receiveBuffer };
    // With packets of 1,500 bytes, in a lossless network, the window alone is the bound.
    let usual = Number.POSITIVE_INFINITY;
    ladderTest(
      `messages of ${size} bytes pass a window of ${receiveBuffer} in packets of 1,500 bytes`,
      { ...ON_THIS_MACHINE, config: { ...config, pathMtuSearch: "never" } },
      (pair) => {
        pair.connect();
        usual = exchange(pair, Math.max(2, Math.min(8_000, Math.ceil(600_000 / size))), size);
        expect(usual).toBeLessThan(1_300);
      },
    );

    ladderTest(
      `and no more slowly in packets of 64 KiB: ${size} bytes, ${receiveBuffer}`,
      { ...ON_THIS_MACHINE, config },
      (pair) => {
        connectLarge(pair);
        const large = exchange(pair, Math.max(2, Math.min(8_000, Math.ceil(600_000 / size))), size);
        expect(large).toBeLessThan(1.25 * usual + 10);
      },
    );
  }
}

// RFC 9260 §3.3.6: a HEARTBEAT "MUST" be answered, whatever waits before it.
scriptedTest("a large HEARTBEAT behind a small one is answered, too", {}, ({ peer }) => {
  peer.associate();
  peer.send({ type: "HEARTBEAT", info: new Uint8Array(8) });
  peer.send({ type: "HEARTBEAT", info: new Uint8Array(9_000) });
  const answers = peer.collect(50).filter(({ type }) => type === "HEARTBEAT-ACK");
  expect(answers.map((chunk) => (chunk.type === "HEARTBEAT-ACK" ? chunk.info.length : 0))).toEqual([
    8, 9_000,
  ]);
});
