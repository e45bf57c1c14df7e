import { defaultConfig } from "usctp/core";
import { describe, expect, test } from "vitest";
import { asAddress, Network } from "../network.ts";
import { message } from "../traffic.ts";
import { type Figures, outOfBounds, type PathFigures } from "./bounds.ts";
import { Watch } from "./watch.ts";

const path: PathFigures = {
  destination: asAddress("10.0.0.2"),
  cwnd: 4_380,
  ssthresh: 100_000,
  flightSize: 1_000,
  rto: 1_000,
  errors: 0,
  mtu: 1_472,
};
const good: Figures = {
  bufferedBytes: 1_000,
  outstandingChunks: 1,
  bytesInFlight: 1_000,
  unreadBytes: 0,
  unreadMessages: 0,
  config: defaultConfig,
  advertisedWindow: 100_000,
  peerWindow: 100_000,
  state: "established",
  paths: [path],
};

describe("bounds", () => {
  test("are kept by what is usual", () => {
    expect(outOfBounds(good)).toEqual([]);
  });

  test.each([
    ["bufferedBytes", -1],
    ["outstandingChunks", -1],
    ["outstandingChunks", 131_073],
    ["bytesInFlight", -1],
    ["bytesInFlight", Number.NaN],
    ["unreadBytes", -1],
    ["unreadBytes", 2 * defaultConfig.receiveBuffer + 1_501],
    ["unreadMessages", 1],
    ["advertisedWindow", -1],
    ["advertisedWindow", defaultConfig.receiveBuffer + 1],
    ["peerWindow", -1],
    ["peerWindow", 2 ** 32],
  ] as const)("are broken by %s of %d", (name, value) => {
    expect(outOfBounds({ ...good, [name]: value })).toContainEqual(expect.stringContaining(`is ${value}`));
  });

  test.each([
    ["flightSize", -1],
    ["cwnd", -1],
    ["cwnd", Number.POSITIVE_INFINITY],
    ["ssthresh", -1],
    ["rto", 999],
    ["rto", 60_001],
    ["errors", -1],
    ["errors", 1_001],
    ["mtu", 511],
    ["mtu", Number.NaN],
  ] as const)("are broken by a path's %s of %d", (name, value) => {
    const faults = outOfBounds({ ...good, paths: [{ ...path, [name]: value }] });
    expect(faults).toContainEqual(expect.stringContaining(`of 10.0.0.2 is ${value}`));
  });

  test("are those of the largest receive buffer that there was", () => {
    const figures = { ...good, unreadBytes: 2 * defaultConfig.receiveBuffer + 1_501 };
    expect(outOfBounds(figures, defaultConfig.receiveBuffer + 1)).toEqual([]);
  });

  test("are broken by flight with nothing outstanding", () => {
    expect(outOfBounds({ ...good, bytesInFlight: 0 })).toEqual([
      "1000 bytes are in flight with nothing outstanding",
    ]);
  });

  test("ask nothing of the paths of a closed association", () => {
    expect(outOfBounds({ ...good, state: "closed", paths: [{ ...path, cwnd: -1 }] })).toEqual([]);
  });
});

describe("the watch", () => {
  test("refuses a packet that no path takes", () => {
    const network = new Network({ seed: 1 });
    const watch = new Watch(network);
    const a = network.host("A", { addresses: ["10.0.0.1"] });
    const datagram = {
      source: asAddress("10.0.0.1"),
      sourcePort: a.udpPort,
      destination: asAddress("10.0.0.2"),
      destinationPort: a.udpPort,
    };
    network.send({ ...datagram, bytes: new Uint8Array(1_472) });
    expect([...watch.faults]).toEqual([]);
    network.send({ ...datagram, bytes: new Uint8Array(1_473) });
    expect([...watch.faults]).toEqual(["A sends a packet of 1501 bytes"]);
  });

  test("refuses that more is kept to be sent than was given and has no fate", () => {
    const network = new Network({ seed: 1 });
    let given = 1_000;
    const watch = new Watch(network, undefined, () => given);
    const a = network.host("A", { addresses: ["10.0.0.1"] });
    const z = network.host("Z", { addresses: ["10.0.0.2"] });
    network.link("10.0.0.1", "10.0.0.2");
    z.endpoint({ port: 5_000 });
    const to = { port: 5_000, addresses: z.addresses, udpPort: z.udpPort };
    const association = a.endpoint({ port: 5_000 }).connect(a.now, to);
    a.driver.wake();
    network.run(1_000);
    association.send(a.now, message(new Uint8Array(1_000)));
    watch.check(a);
    expect([...watch.faults]).toEqual([]);
    given = 999;
    watch.check(a);
    expect([...watch.faults]).toEqual(["A keeps 1000 bytes to be sent, and was given 999"]);
  });

  test("refuses more gaps than are kept", () => {
    const network = new Network({ seed: 1 });
    const watch = new Watch(network);
    network.host("A", { addresses: ["10.0.0.1"] });
    const send = (gaps: number): void => {
      const bytes = new Uint8Array(28 + 4 * gaps);
      const view = new DataView(bytes.buffer);
      view.setUint8(12, 3);
      view.setUint16(14, bytes.length - 12);
      view.setUint16(24, gaps);
      network.send({
        bytes,
        source: asAddress("10.0.0.1"),
        sourcePort: 9_899,
        destination: asAddress("10.0.0.2"),
        destinationPort: 9_899,
      });
    };
    send(1_024);
    expect([...watch.faults].filter((it) => it.includes("gaps"))).toEqual([]);
    send(1_025);
    expect([...watch.faults]).toContain("A keeps what came behind 1025 gaps");
  });

  test("has another hash after another byte", () => {
    const hashes = [1, 2].map((byte) => {
      const network = new Network({ seed: 1 });
      const watch = new Watch(network);
      network.socket("10.0.0.1").send(Uint8Array.of(byte), asAddress("10.0.0.2"));
      return watch.hash;
    });
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  test("names what it sees: chunks, timers that send again, a window that is closed", () => {
    const network = new Network({ seed: 1 });
    const met: string[] = [];
    new Watch(network, (name) => void met.push(name));
    network.host("A", { addresses: ["10.0.0.1"] });
    const send = (...chunk: readonly number[]): void => {
      const bytes = new Uint8Array(12 + chunk.length);
      bytes.set(chunk, 12);
      network.send({
        bytes,
        source: asAddress("10.0.0.1"),
        sourcePort: 9_899,
        destination: asAddress("10.0.0.2"),
        destinationPort: 9_899,
      });
    };
    send(1, 0, 0, 8, 1, 2, 3, 4);
    send(1, 0, 0, 8, 1, 2, 3, 5);
    expect(met).toEqual(["chunk INIT", "chunk INIT"]);
    send(1, 0, 0, 8, 1, 2, 3, 4);
    expect(met.splice(0).slice(2)).toEqual(["chunk INIT", "timer T1-init"]);
    send(3, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0);
    send(3, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(met).toEqual(["chunk SACK", "chunk SACK", "event window closed"]);
  });

  test("refuses several chunks in a packet over the path MTU, and not one alone or behind its AUTH", () => {
    const network = new Network({ seed: 1 });
    const watch = new Watch(network);
    const a = network.host("A", { addresses: ["10.0.0.1"] });
    const z = network.host("Z", { addresses: ["10.0.0.2"] });
    network.link("10.0.0.1", "10.0.0.2");
    z.endpoint({ port: 5_000 });
    const to = { port: 5_000, addresses: z.addresses, udpPort: z.udpPort };
    a.endpoint({ port: 5_000, config: { pathMtu: 576 } }).connect(a.now, to);
    a.driver.wake();
    network.run(1_000);
    const send = (...types: readonly number[]): void => {
      const length = 700;
      const bytes = new Uint8Array(12 + types.length * length);
      for (const [index, type] of types.entries())
        bytes.set([type, 0, length >>> 8, length & 0xff], 12 + index * length);
      network.send({
        bytes,
        source: asAddress("10.0.0.1"),
        sourcePort: a.udpPort,
        destination: asAddress("10.0.0.2"),
        destinationPort: z.udpPort,
      });
    };
    send(0);
    send(15, 0);
    send(4, 132);
    expect([...watch.faults]).toEqual([]);
    send(3, 0);
    expect([...watch.faults]).toEqual([expect.stringContaining("whose path MTU is 576")]);
  });
});
