import { expect } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { chunkNames, ladderTest, type Side, scriptedTest } from "../support/ladder-test.ts";

/** Parameters of one path (RFC 6458 §8.1.12, RFC 7829 §7.2) and its UDP port (RFC 6951 §6.1). */

function addressesOf({ host }: Side): [IpAddress, IpAddress] {
  const [first, second] = host.addresses;
  if (first === undefined || second === undefined) throw new Error(`${host.name} has not two addresses`);
  return [first, second];
}

/** How often each address of the peer was heartbeated from then on. */
function heartbeats(side: Side, from: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { time, bytes, destination } of side.packets) {
    if (time <= from || chunkNames(bytes) !== "HEARTBEAT") continue;
    counts[destination] = (counts[destination] ?? 0) + 1;
  }
  return counts;
}

ladderTest(
  "a path has an interval of its own, and the association gives one to all",
  { paths: 2 },
  (pair) => {
    const { a, z, connect, network } = pair;
    connect();
    network.run(1_000);
    const [first, second] = addressesOf(z);
    a.association.configurePath(network.now, second, { heartbeatInterval: 2_000 });
    expect(a.association.pathConfig(first).heartbeatInterval).toBe(30_000);
    expect(a.association.pathConfig(second).heartbeatInterval).toBe(2_000);
    let from = network.now;
    network.run(100_000);
    let counts = heartbeats(a, from);
    expect(counts[first]).toBeLessThan(5);
    expect(counts[second]).toBeGreaterThan(20);

    // What is not named stays as it is.
    a.association.configure(network.now, { pathMaxRetrans: 7 });
    expect(a.association.pathConfig(second)).toMatchObject({ heartbeatInterval: 2_000, pathMaxRetrans: 7 });
    a.association.configure(network.now, { heartbeatInterval: 10_000 });
    from = network.now;
    network.run(100_000);
    counts = heartbeats(a, from);
    expect(counts[first]).toBeGreaterThan(6);
    expect(counts[second]).toBeLessThan(12);
  },
);

ladderTest("a path becomes unreachable after its own number of errors", { paths: 2 }, (pair) => {
  const { a, z, connect, network, until } = pair;
  connect();
  network.run(1_000);
  const [first, second] = addressesOf(z);
  a.association.configurePath(network.now, first, {
    pathMaxRetrans: 1,
    potentiallyFailedMaxRetrans: 1,
    primarySwitchoverMaxRetrans: 1,
  });
  network.cut("10.0.0.1", "10.0.0.2");
  a.send(10);
  until("the second is the primary", () =>
    a.events("path").some(({ change, path }) => change === "primary" && path.destination === second),
  );
  const changes = a.events("path").filter(({ path }) => path.destination === first);
  // RFC 7829 §3.2: with both thresholds the same it is never potentially failed.
  expect(changes.at(-1)).toMatchObject({ change: "unreachable", path: { errors: 2 } });
  expect(changes.map(({ change }) => change)).not.toContain("potentially-failed");
});

ladderTest("a path has a path MTU of its own, fixed", { paths: 2 }, (pair) => {
  const { a, z, connect, network } = pair;
  connect();
  network.run(1_000);
  const [first, second] = addressesOf(z);
  a.association.configurePath(network.now, second, { pathMtu: 1_000 });
  const mtus = (): number[] => a.association.paths.map(({ mtu }) => mtu);
  expect(mtus()).toEqual([1_500, 1_000]);
  expect(a.association.fragmentationPoint).toBe(1_000 - 28 - 12 - 16);
  // Timers look at the link again, and leave it as it is.
  network.run(100_000);
  expect(mtus()).toEqual([1_500, 1_000]);
  a.association.configurePath(network.now, second, { pathMtu: undefined });
  expect(mtus()).toEqual([1_500, 1_500]);
  a.association.configurePath(network.now, first, { pathMtu: 600 });
  a.association.configure(network.now, { pathMtu: 1_200 });
  expect(mtus()).toEqual([1_200, 1_200]);
});

ladderTest("an address that is none of the peer's has no parameters", {}, ({ a, connect, network }) => {
  connect();
  const stranger = parseAddress("192.0.2.1");
  if (stranger === undefined) throw new Error("an address");
  const unknown = expect.objectContaining({ code: "ERR_SCTP_UNKNOWN_ADDRESS" });
  expect(() => a.association.configurePath(network.now, stranger, {})).toThrow(unknown);
  expect(() => a.association.pathConfig(stranger)).toThrow(unknown);
  expect(() => a.association.setUdpPort(stranger, 1)).toThrow(unknown);
});

scriptedTest("the UDP port of a destination is set, and learned again from the peer", {}, ({ a, peer }) => {
  peer.associate();
  const port = (): number | undefined => a.association.paths[0]?.udpPort;
  const before = port();
  a.association.setUdpPort(peer.socket.address, 40_000);
  expect(port()).toBe(40_000);
  a.send(10);
  peer.expectNothing(500);
  // RFC 6951 §5.4: what comes with our tag tells the port.
  peer.send({ type: "HEARTBEAT", info: new Uint8Array(8) });
  peer.await("HEARTBEAT-ACK");
  expect(port()).toBe(before);
  const wrong = expect.objectContaining({ code: "ERR_SCTP_INVALID_OPTION" });
  for (const none of [0, 65_536, 1.5]) {
    expect(() => a.association.setUdpPort(peer.socket.address, none)).toThrow(wrong);
  }
});
