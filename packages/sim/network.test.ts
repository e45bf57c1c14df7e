import { createHash } from "node:crypto";
import type { Stack } from "usctp/core";
import { describe, expect, test } from "vitest";
import { Network, type Passage } from "./network.ts";
import { Random } from "./random.ts";
import { withSeeds } from "./seeds.ts";

const A = "10.0.0.1";
const Z = "10.0.0.2";

/** Two bare sockets, and what arrived at Z as [time, first byte]. */
function pair(seed: number, conditions: Parameters<Network["link"]>[2] = {}) {
  const network = new Network({ seed });
  const a = network.socket(A);
  const z = network.socket(Z);
  network.link(A, Z, conditions);
  const arrivals: [number, number][] = [];
  const send = (mark: number, length: number = 100): void => {
    const bytes = new Uint8Array(length);
    bytes[0] = mark;
    a.send(bytes, z.address);
  };
  const collect = (): [number, number][] => {
    while (z.received.length > 0) arrivals.push([network.now, z.received.shift()?.bytes[0] ?? -1]);
    return arrivals;
  };
  return { network, a, z, send, collect };
}

/** Sends `count` datagrams, one a ms, and says which marks (modulo 256) arrived, in order. */
function stream(seed: number, count: number, conditions: Parameters<Network["link"]>[2]) {
  const it = pair(seed, conditions);
  for (let i = 0; i < count; i++) it.network.at(i, () => it.send(i % 256));
  it.network.run(count + 60_000);
  return { ...it, marks: it.z.received.map(({ bytes }) => bytes[0] as number) };
}

describe("a link", () => {
  test("takes its delay", () => {
    const { network, send, collect } = pair(1, { delay: 25 });
    send(7);
    expect(network.runUntil(() => collect().length > 0, 24.9)).toBe(false);
    expect(network.runUntil(() => collect().length > 0, 1)).toBe(true);
    expect(collect()).toEqual([[25, 7]]);
  });

  test("loses as many as asked", () => {
    const { marks, network } = stream(1, 20_000, { loss: 0.05 });
    expect(marks.length).toBeGreaterThan(18_800);
    expect(marks.length).toBeLessThan(19_200);
    expect(network.direction(A, Z).counters).toMatchObject({
      sent: 20_000,
      delivered: marks.length,
      lost: 20_000 - marks.length,
    });
  });

  test("keeps the order under jitter", () => {
    const { marks } = stream(1, 256, { jitter: 40 });
    expect(marks).toEqual(Array.from({ length: 256 }, (_, index) => index));
  });

  test("reorders and duplicates as many as asked", () => {
    const { marks, network } = stream(2, 10_000, { reorder: 0.1, duplicate: 0.02, reorderDelay: 3.5 });
    const { reordered, duplicated } = network.direction(A, Z).counters;
    expect(reordered).toBeGreaterThan(900);
    expect(reordered).toBeLessThan(1_100);
    expect(duplicated).toBeGreaterThan(150);
    expect(duplicated).toBeLessThan(250);
    expect(marks.length).toBe(10_000 + duplicated);
    const backward = marks.filter((mark, index) => (mark - (marks[index - 1] ?? mark - 1)) % 256 > 1);
    expect(backward.length).toBeGreaterThan(400);
  });

  test("lets no more through than its rate, and loses what its queue does not hold", () => {
    // 1,028 bytes a packet with headers at 8.224 Mbit/s: one a ms.
    const { network, send, z } = pair(1, { delay: 0, rate: 8_224_000, queue: 10 * 1_028 });
    for (let i = 0; i < 15; i++) send(i, 1_000);
    network.run(4.5);
    expect(z.received.length).toBe(4);
    network.run(100);
    expect(z.received.length).toBe(10);
    expect(network.direction(A, Z).counters.queueFull).toBe(5);
  });

  test("drops what is over its MTU, headers counted, or fragments and counts it", () => {
    const { network, send, z } = pair(1, { mtu: 1_280 });
    send(1, 1_252);
    send(2, 1_253);
    network.run(10);
    expect(z.received.map(({ bytes }) => bytes[0])).toEqual([1]);
    network.link(A, Z, { oversize: "fragment" });
    send(3, 1_253);
    network.run(10);
    expect(z.received.map(({ bytes }) => bytes[0])).toEqual([1, 3]);
    expect(network.direction(A, Z).counters).toMatchObject({ tooBig: 1, fragmented: 1 });
  });

  test("counts the larger header of IPv6", () => {
    const network = new Network({ seed: 1 });
    const a = network.socket("fd00::1");
    const z = network.socket("fd00::2");
    network.link("fd00::1", "fd00::2", { mtu: 1_280 });
    a.send(new Uint8Array(1_233), z.address);
    a.send(new Uint8Array(1_232), z.address);
    network.run(10);
    expect(z.received.map(({ bytes }) => bytes.length)).toEqual([1_232]);
  });

  test("is cut and healed, each direction by itself", () => {
    const { network, a, z, send } = pair(1);
    network.cut(A, Z, { from: 10, until: 20, direction: "forward" });
    for (const time of [9, 10, 19, 20]) {
      network.at(time, () => {
        send(time);
        z.send(Uint8Array.of(time), a.address);
      });
    }
    network.run(30);
    expect(z.received.map(({ bytes }) => bytes[0])).toEqual([9, 20]);
    expect(a.received.map(({ bytes }) => bytes[0])).toEqual([9, 10, 19, 20]);

    network.cut(A, Z);
    send(31);
    network.run(1_000);
    network.heal(A, Z);
    send(32);
    network.run(10);
    expect(z.received.map(({ bytes }) => bytes[0])).toEqual([9, 20, 32]);
  });

  test("is not there unless it was made", () => {
    const network = new Network({ seed: 1 });
    const a = network.socket(A);
    const z = network.socket(Z);
    const passages: Passage[] = [];
    network.tap((passage) => passages.push(passage));
    a.send(Uint8Array.of(1), z.address);
    network.run(10);
    expect(z.received).toEqual([]);
    expect(passages[0]?.loss).toBe("no-link");
  });
});

describe("the network", () => {
  test("does at one moment what arrives, then what is scheduled", () => {
    const { network, send, z } = pair(1, { delay: 5 });
    let seen = -1;
    network.at(5, () => {
      seen = z.received.length;
    });
    send(1);
    network.run(5);
    expect(seen).toBe(1);
  });

  test("lets a filter lose or hold single datagrams", () => {
    const { network, send, collect } = pair(1, { delay: 1 });
    const remove = network.filter(({ bytes }) => (bytes[0] === 1 ? false : bytes[0] === 2 ? 10 : true));
    for (const mark of [1, 2, 3]) send(mark);
    network.runUntil(() => collect().length === 2, 100);
    expect(collect()).toEqual([
      [1, 3],
      [11, 2],
    ]);
    remove();
    send(1);
    network.run(10);
    expect(collect().length).toBe(3);
  });

  test("gives one address and port to one receiver only", () => {
    const network = new Network({ seed: 1 });
    network.socket(A, 9899);
    network.socket(A, 9900);
    expect(() => network.socket(A, 9899)).toThrow(/10\.0\.0\.1.*9899/);
  });

  test("does not share bytes between sender, receiver and duplicate", () => {
    const { network, a, z } = pair(1, { duplicate: 1 });
    const bytes = Uint8Array.of(1);
    a.send(bytes, z.address);
    bytes[0] = 9;
    network.run(10);
    const [first, second] = z.received;
    first?.bytes.fill(8);
    expect(second?.bytes[0]).toBe(1);
  });
});

/** Answers each datagram, and sends one of random length at random times: enough of a stack for the network. */
class ChattyStack {
  readonly packetLimit = 1_500;
  readonly transmitUrgent = false;
  readonly heard: string[] = [];
  readonly expired: number[] = [];
  readonly #random: Random;
  readonly #peer: string;
  #own = "";
  #due = 0;
  #owed = 0;

  constructor(bytes: Uint8Array, peer: string) {
    this.#random = new Random(bytes.reduce((sum, byte) => sum * 256 + byte, 0));
    this.#peer = peer;
  }

  handleLocalAddresses(_now: number, addresses: readonly string[]): void {
    this.#own = addresses[0] ?? "";
  }

  handleDatagram(now: number, { bytes }: { readonly bytes: Uint8Array }): void {
    this.heard.push(`${now}:${bytes.length}`);
    if (bytes.length > 100) this.#owed++;
  }

  handleTimeout(now: number): boolean {
    this.expired.push(now);
    this.#due = now + this.#random.between(1, 50);
    this.#owed++;
    return false;
  }

  pollTimeout(): number {
    return this.#due;
  }

  pollEvent(): undefined {}

  pollTransmit(_now: number, into: Uint8Array) {
    if (this.#owed === 0) return undefined;
    this.#owed--;
    const length = this.#random.next() % 200;
    into.set(this.#random.bytes(length));
    return {
      length,
      source: this.#own,
      destination: this.#peer,
      destinationPort: 9899,
      association: undefined,
    };
  }
}

/** A host on a stack of that kind. */
function chattyHost(network: Network, name: string, address: string, peer: string) {
  const made: ChattyStack[] = [];
  const host = network.host(name, {
    addresses: [address],
    stack: (environment) => {
      made.push(new ChattyStack(environment.randomBytes(4), peer));
      // The network uses no more of a stack than what is there.
      return made[0] as unknown as Stack;
    },
  });
  return { host, stack: made[0] as ChattyStack };
}

function chat(seed: number, ms: number) {
  const network = new Network({ seed, conditions: { jitter: 3, loss: 0.1, reorder: 0.1, duplicate: 0.1 } });
  const { stack: a } = chattyHost(network, "A", A, Z);
  const { stack: z } = chattyHost(network, "Z", Z, A);
  network.link(A, Z);
  const hash = createHash("sha256");
  let datagrams = 0;
  network.tap(({ time, source, bytes, arrivals }) => {
    datagrams++;
    hash.update(`${time} ${source} ${arrivals.join()} `).update(bytes);
  });
  network.run(ms);
  return { a, z, network, datagrams, hash: () => hash.copy().digest("hex") };
}

describe("hosts in virtual time", () => {
  test("the same seed gives the same packets, byte for byte, and another seed others", () => {
    withSeeds(5, (seed) => {
      const once = chat(seed, 20_000);
      expect(once.datagrams).toBeGreaterThan(500);
      expect(chat(seed, 20_000).hash()).toBe(once.hash());
      expect(chat(seed + 1, 20_000).hash()).not.toBe(once.hash());
    });
  });

  test("run in pieces is the same as run at once", () => {
    const whole = chat(3, 10_000);
    const pieces = chat(3, 0.5);
    for (let i = 1; i < 20_000; i++) pieces.network.run(0.5);
    expect(pieces.a.heard).toEqual(whole.a.heard);
    expect(pieces.z.heard).toEqual(whole.z.heard);
  });

  test("each timer runs when it is due, not before and not late", () => {
    const { a } = chat(4, 5_000);
    const gaps = a.expired.slice(1).map((time, index) => time - (a.expired[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(100);
    for (const gap of gaps) {
      expect(gap).toBeGreaterThanOrEqual(1);
      expect(gap).toBeLessThan(50.000001);
    }
  });

  test("a stack that never rests is an error, not a hang", () => {
    const network = new Network({ seed: 1 });
    const { host, stack } = chattyHost(network, "A", A, Z);
    stack.handleTimeout = () => true;
    expect(() => network.run(1)).toThrow(/10\.0\.0\.1 does not come to rest/);
    expect(host.now).toBe(0);
  });

  test("what arrives at one moment is heard before a timer of that moment, and answered once", () => {
    const network = new Network({ seed: 1, conditions: { delay: 5 } });
    const { stack } = chattyHost(network, "A", A, Z);
    const z = network.socket(Z);
    network.link(A, Z);
    const order: string[] = [];
    let due = 5;
    stack.handleTimeout = () => {
      order.push("timer");
      due = Infinity;
      return false;
    };
    stack.pollTimeout = () => due;
    stack.handleDatagram = () => {
      order.push("datagram");
    };
    for (let i = 0; i < 3; i++) z.send(new Uint8Array(10), network.hosts[0]?.addresses[0] as never);
    network.run(10);
    expect(order).toEqual(["datagram", "datagram", "datagram", "timer"]);
  });
});

describe("the virtual driver", () => {
  test("opens and gives back addresses, all or none, and never the last", async () => {
    const network = new Network({ seed: 1 });
    const { host, stack } = chattyHost(network, "A", A, Z);
    const told: string[][] = [];
    stack.handleLocalAddresses = (_now, addresses) => told.push([...addresses]);
    const address = host.addresses[0] as never;
    const free = "10.9.9.9" as never;
    network.socket(Z);

    await expect(host.driver.bind([free, Z as never])).rejects.toMatchObject({
      code: "ERR_SCTP_PORT_IN_USE",
    });
    expect(host.driver.addresses).toEqual([A]);
    network.socket("10.9.9.9", 1);

    await host.driver.bind([free]);
    await host.driver.bind([free]);
    await host.driver.unbind([free]);
    expect(host.driver.addresses).toEqual([A, "10.9.9.9"]);
    await expect(host.driver.unbind([address, free])).rejects.toMatchObject({
      code: "ERR_SCTP_LAST_ADDRESS",
    });
    await host.driver.unbind([address]);
    expect(host.driver.addresses).toEqual(["10.9.9.9"]);
    expect(told.at(-1)).toEqual(["10.9.9.9"]);
    await expect(host.driver.unbind([address])).rejects.toMatchObject({ code: "ERR_SCTP_UNKNOWN_ADDRESS" });
  });

  test("says nothing more once it is closed", async () => {
    const { network, a } = chat(1, 100);
    await network.hosts[0]?.driver.close();
    const heard = a.heard.length;
    const expired = a.expired.length;
    network.run(5_000);
    expect(a.heard.length).toBe(heard);
    expect(a.expired.length).toBe(expired);
  });
});
