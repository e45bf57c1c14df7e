import { describe, expect, test } from "vitest";
import { asAddress, Network } from "./network.ts";

const A = "10.0.0.1";
const Z = "10.0.0.2";

function behindNat(lifetime: number) {
  const network = new Network({ seed: 1 });
  const a = network.socket(A);
  const z = network.socket(Z);
  network.link(A, Z);
  const nat = network.nat(A, lifetime);
  /** The port that Z sees. */
  const outward = (): number | undefined => {
    a.send(Uint8Array.of(1), asAddress(Z));
    network.run(5);
    return z.received.shift()?.sourcePort;
  };
  /** Whether A hears what Z sends to that port. */
  const inward = (port: number): boolean => {
    z.send(Uint8Array.of(2), asAddress(A), port);
    network.run(5);
    return a.received.shift()?.destinationPort === a.udpPort;
  };
  return { network, a, nat, outward, inward };
}

describe("a NAT", () => {
  test("shows another port, and lets in what comes to it, and nothing else", () => {
    const { a, outward, inward } = behindNat(1_000);
    const port = outward();
    expect(port).not.toBe(a.udpPort);
    expect(outward()).toBe(port);
    expect([inward(port!), inward(port! + 1), inward(a.udpPort)]).toEqual([true, false, false]);
  });

  test("forgets a mapping by which nothing goes out, whatever comes in", () => {
    const { network, nat, outward, inward } = behindNat(1_000);
    const port = outward()!;
    network.run(900);
    expect(inward(port)).toBe(true);
    network.run(100);
    expect(inward(port)).toBe(false);
    expect(outward()).not.toBe(port);
    expect([nat.made, nat.dropped]).toEqual([2, 1]);
  });

  test("rebinds", () => {
    const { nat, outward, inward } = behindNat(60_000);
    const port = outward()!;
    nat.rebind();
    expect(inward(port)).toBe(false);
    expect(outward()).not.toBe(port);
  });

  test("moves under an association, which goes on", () => {
    const network = new Network({ seed: 1 });
    const a = network.host("A", { addresses: [A] });
    const z = network.host("Z", { addresses: [Z] });
    network.link(A, Z);
    const nat = network.nat(A, 60_000);
    z.endpoint({ port: 5_000 });
    const config = { heartbeatInterval: 1_000 };
    const to = { port: 5_000, addresses: z.addresses, udpPort: z.udpPort };
    a.endpoint({ port: 5_000, config }).connect(a.now, to);
    a.driver.wake();
    network.run(10_000);
    nat.rebind();
    network.run(300_000);
    expect(nat.made).toBe(2);
    for (const host of [a, z]) expect(host.associations.map(({ state }) => state)).toEqual(["established"]);
  });
});

describe("a host that stands still", () => {
  test("does nothing, and then finds what has come and how late it is", () => {
    const network = new Network({ seed: 1 });
    const a = network.host("A", { addresses: [A] });
    const z = network.host("Z", { addresses: [Z] });
    network.link(A, Z);
    const sent: { readonly time: number; readonly source: string }[] = [];
    network.tap(({ time, source }) => void sent.push({ time, source }));
    z.endpoint({ port: 5_000 });
    const to = { port: 5_000, addresses: z.addresses, udpPort: z.udpPort };
    a.endpoint({ port: 5_000 }).connect(a.now, to);
    network.stop(z, 2_500);
    expect(network.isStopped(z)).toBe(true);
    a.driver.wake();
    network.run(2_499);
    expect(sent.filter(({ source }) => source === Z)).toEqual([]);
    network.run(1_000);
    expect(network.isStopped(z)).toBe(false);
    expect(sent.find(({ source }) => source === Z)?.time).toBe(2_500);
    expect(a.associations[0]?.state).toBe("established");
  });

  test("stands still until the last of its stops is over", () => {
    const network = new Network({ seed: 1 });
    const a = network.host("A");
    network.stop(a, 100);
    network.stop(a, 50);
    network.run(60);
    expect(network.isStopped(a)).toBe(true);
    network.run(60);
    expect(network.isStopped(a)).toBe(false);
  });
});

describe("corruption", () => {
  test("changes one bit of a copy, and the tap is told", () => {
    const network = new Network({ seed: 1 });
    const a = network.socket(A);
    const z = network.socket(Z);
    network.link(A, Z, { corrupt: 1 });
    const told: boolean[] = [];
    network.tap(({ corrupted, bytes }) => void told.push(corrupted && bytes.every((byte) => byte === 0)));
    a.send(new Uint8Array(50), z.address);
    network.run(5);
    const ones = [...(z.received[0]?.bytes ?? [])].filter((byte) => byte !== 0);
    expect(told).toEqual([true]);
    expect(ones.length).toBe(1);
    expect(Math.log2(ones[0]!) % 1).toBe(0);
    expect(network.direction(A, Z).counters.corrupted).toBe(1);
  });
});
