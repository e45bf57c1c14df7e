import type { Association, AssociationConfig } from "usctp/core";
import { describe, expect, test } from "vitest";
import type { Host } from "../host.ts";
import { asAddress, Network } from "../network.ts";
import { message } from "../traffic.ts";
import { Watch } from "./watch.ts";

const A = "10.0.0.1";
const Z = "10.0.0.2";

interface Scene {
  readonly network: Network;
  readonly a: Host;
  readonly z: Host;
  readonly association: Association;
  readonly peer: Association;
  /** How often it was met since it was asked last. */
  met(name: string): number;
}

/** Two hosts whose association is up, on a link of 10 ms each way, with the ends of its handshake behind it. */
function scene(config: Partial<AssociationConfig> = {}): Scene {
  const network = new Network({ seed: 1 });
  let names: string[] = [];
  new Watch(network, (name) => void names.push(name));
  const a = network.host("A", { addresses: [A] });
  const z = network.host("Z", { addresses: [Z] });
  network.link(A, Z, { delay: 10 });
  z.endpoint({ port: 5_000, config });
  const to = { port: 5_000, addresses: z.addresses, udpPort: z.udpPort };
  const association = a.endpoint({ port: 5_000, config }).connect(a.now, to);
  a.driver.wake();
  network.run(1_000);
  const [peer] = z.associations;
  return {
    network,
    a,
    z,
    association,
    peer: peer!,
    met(name) {
      const count = names.filter((it) => it === name).length;
      names = names.filter((it) => it !== name);
      return count;
    },
  };
}

function send({ a, association }: Scene, count: number, length: number = 100): void {
  for (let left = count; left > 0; left--) association.send(a.now, message(new Uint8Array(length)));
  a.driver.wake();
}

function read({ z, peer }: Scene): void {
  while (peer.receive() !== undefined);
  z.driver.wake();
}

/** A SACK as Z sends it: TSNs are distances from the cumulative one. */
function sack(
  { network, z, a, peer }: Scene,
  cumulative: number,
  gaps: readonly (readonly number[])[],
): void {
  const bytes = new Uint8Array(28 + 4 * gaps.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, peer.peerTag);
  view.setUint8(12, 3);
  view.setUint16(14, 16 + 4 * gaps.length);
  view.setUint32(16, cumulative);
  view.setUint32(20, 100_000);
  view.setUint16(24, gaps.length);
  for (const [index, [first, last]] of gaps.entries()) {
    view.setUint16(28 + 4 * index, first!);
    view.setUint16(30 + 4 * index, last!);
  }
  network.send({
    bytes,
    source: asAddress(Z),
    sourcePort: z.udpPort,
    destination: asAddress(A),
    destinationPort: a.udpPort,
  });
}

describe("the heartbeat timer", () => {
  test("is met when an idle path is heartbeated, and not when its user asks", () => {
    const it = scene();
    it.association.requestHeartbeat(asAddress(Z));
    it.a.driver.wake();
    it.network.run(1_000);
    expect(it.met("chunk HEARTBEAT")).toBeGreaterThan(0);
    expect(it.met("timer heartbeat")).toBe(0);
    it.network.run(40_000);
    expect(it.met("timer heartbeat")).toBe(2);
    expect(it.met("timer heartbeat (not answered)")).toBe(0);
  });

  test("is met when a heartbeat is not answered within the RTO", () => {
    const it = scene();
    it.network.run(20_000);
    it.network.cut(A, Z);
    it.network.run(15_000);
    expect(it.met("timer heartbeat (not answered)")).toBeGreaterThan(0);
  });

  test("is not met when a second one is sent before the answer to the first", () => {
    const it = scene();
    for (let time = 0; time < 15; time += 5) {
      it.association.requestHeartbeat(asAddress(Z));
      it.a.driver.wake();
      it.network.run(5);
    }
    it.network.run(1_000);
    expect(it.met("chunk HEARTBEAT")).toBeGreaterThan(1);
    expect(it.met("timer heartbeat (not answered)")).toBe(0);
  });

  test("is met when its answer comes too late", () => {
    const it = scene();
    it.network.run(20_000);
    it.network.link(A, Z, { delay: 1_500 });
    it.network.run(16_000);
    expect(it.met("chunk HEARTBEAT-ACK")).toBeGreaterThan(0);
    expect(it.met("timer heartbeat (not answered)")).toBeGreaterThan(0);
  });
});

describe("the timer of the delayed SACK", () => {
  test("is met when no second packet comes, and not when one does", () => {
    const it = scene();
    send(it, 1);
    it.network.run(1_000);
    // The first one is acknowledged at once (RFC 9260 §5.1).
    expect(it.met("timer delayed SACK")).toBe(0);
    send(it, 2, 1_400);
    it.network.run(1_000);
    expect(it.met("timer delayed SACK")).toBe(0);
    send(it, 1);
    it.network.run(1_000);
    expect(it.met("timer delayed SACK")).toBe(1);
  });

  test("is not met by a SACK of that moment for as many packets as are not waited for", () => {
    const it = scene();
    send(it, 1);
    it.network.run(1_000);
    it.met("chunk SACK");
    send(it, 1);
    it.network.run(200);
    send(it, 1);
    it.network.run(1_000);
    expect(it.met("chunk SACK")).toBe(1);
    expect(it.met("timer delayed SACK")).toBe(0);
  });
});

describe("T5-shutdown-guard", () => {
  test("is met when the peer does not end the shutdown, and not when T2-shutdown has been tried often enough", () => {
    const guarded = scene({ rtoMax: 5_000 });
    guarded.network.cut(A, Z);
    guarded.association.shutdown(guarded.a.now);
    guarded.a.driver.wake();
    guarded.network.run(100_000);
    expect(guarded.association.state).toBe("closed");
    expect(guarded.met("timer T5-shutdown-guard")).toBe(1);

    const tried = scene({ rtoMax: 5_000, associationMaxRetrans: 2 });
    tried.network.cut(A, Z);
    tried.association.shutdown(tried.a.now);
    tried.a.driver.wake();
    tried.network.run(100_000);
    expect(tried.association.state).toBe("closed");
    expect(tried.met("timer T5-shutdown-guard")).toBe(0);
  });

  test("is not met by the user's ABORT", () => {
    const it = scene({ rtoMax: 5_000 });
    it.network.cut(A, Z);
    it.association.shutdown(it.a.now);
    it.a.driver.wake();
    it.network.run(24_000);
    it.association.abort(new Uint8Array(0));
    it.a.driver.wake();
    expect(it.met("chunk ABORT")).toBe(0);
    it.network.run(10);
    expect(it.met("chunk ABORT")).toBe(1);
    expect(it.met("timer T5-shutdown-guard")).toBe(0);
  });
});

test("a zero-window probe is met while the window is closed, and not while it is open", () => {
  const it = scene({ receiveBuffer: 3_000 });
  send(it, 6, 1_000);
  it.network.run(300);
  expect(it.association.peerWindow).toBe(0);
  it.met("timer zero-window probe");
  it.network.run(3_000);
  expect(it.met("timer zero-window probe")).toBeGreaterThan(0);
  for (let times = 0; times < 5; times++) {
    read(it);
    it.network.run(1_000);
  }
  it.met("timer zero-window probe");
  send(it, 1);
  it.network.run(1_000);
  expect(it.met("timer zero-window probe")).toBe(0);
});

describe("a receiver that reneges", () => {
  const SAID = [
    10,
    [
      [2, 4],
      [6, 9],
    ],
  ] as const;

  test.each([
    [
      "the highest",
      10,
      [
        [2, 4],
        [6, 8],
      ],
    ],
    ["all", 10, []],
    [
      "one in the middle",
      10,
      [
        [2, 2],
        [4, 4],
        [6, 9],
      ],
    ],
    ["one while others are acknowledged", 14, [[2, 4]]],
  ])("is met when it takes back %s", (_, cumulative, gaps) => {
    const it = scene();
    sack(it, ...SAID);
    expect(it.met("event renege")).toBe(0);
    sack(it, cumulative, gaps);
    expect(it.met("event renege")).toBe(1);
  });

  test.each([
    [
      "the same again",
      10,
      [
        [2, 4],
        [6, 9],
      ],
    ],
    ["more", 10, [[2, 9]]],
    ["some of them cumulatively", 14, [[2, 5]]],
    ["all of them cumulatively", 19, []],
    ["TSNs that begin anew", 2_000_000_000, []],
  ])("is not met when it reports %s", (_, cumulative, gaps) => {
    const it = scene();
    sack(it, ...SAID);
    sack(it, cumulative, gaps);
    expect(it.met("event renege")).toBe(0);
  });

  test("is met where a buffer is made small", () => {
    const it = scene();
    send(it, 20, 1_400);
    it.network.run(2_000);
    read(it);
    let lost = 0;
    const mend = it.network.filter(({ bytes }) => bytes[12] !== 0 || lost++ > 0);
    send(it, 5, 1_400);
    it.network.run(15);
    mend();
    it.peer.configure(it.z.now, { receiveBuffer: 1_500 });
    it.network.run(10_000);
    expect(it.met("event renege")).toBe(1);
  });
});
