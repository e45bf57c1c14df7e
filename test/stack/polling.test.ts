import { afterEach, describe, expect, test, vi } from "vitest";
import { Association as CoreAssociation } from "../../src/association/association.ts";
import type { OutgoingMessage } from "../../src/association/events.ts";
import type { Association, Stack } from "../../src/stack/index.ts";
import {
  associate,
  carry,
  events,
  exchange,
  feed,
  ip,
  listen,
  makeStack,
  PEER_PORT,
  PORT,
  poll,
  pollAll,
  UDP_PORT,
} from "./support.ts";

afterEach(() => vi.restoreAllMocks());

function message(length: number): OutgoingMessage {
  return {
    data: new Uint8Array(length),
    stream: 0,
    ppid: 0,
    unordered: false,
    more: false,
    context: undefined,
    notify: false,
    immediate: false,
    destination: undefined,
    lifetime: Number.POSITIVE_INFINITY,
  };
}

/** Reads all that has come, or the window would close. */
function readAll(stack: Stack): void {
  for (const event of events(stack)) {
    if (event.type === "readable") while (event.association.receive() !== undefined);
  }
}

/** Two stacks with one association, opened by the first. */
function pair(): { readonly a: Stack; readonly z: Stack; readonly association: Association } {
  const [a, z] = [makeStack("A"), makeStack("Z")];
  listen(z, "10.0.0.2", { port: PEER_PORT });
  const endpoint = listen(a, "10.0.0.1");
  const association = endpoint.connect(0, {
    port: PEER_PORT,
    addresses: [ip("10.0.0.2")],
    udpPort: UDP_PORT,
  });
  exchange(0, a, z);
  return { a, z, association };
}

describe("what a packet costs does not depend on idle associations", () => {
  const calls = (idle: number): { readonly transmit: number; readonly deadline: number } => {
    const stack = makeStack();
    listen(stack, "10.0.0.1");
    for (let i = 0; i < idle; i++) associate(stack, 0, { sourcePort: 7_000 + i });
    const tag = associate(stack, 0);
    events(stack);
    const transmit = vi.spyOn(CoreAssociation.prototype, "pollTransmit");
    const deadline = vi.spyOn(CoreAssociation.prototype, "deadline", "get");
    for (let i = 0; i < 10; i++) {
      feed(stack, 1, { tag }, { type: "HEARTBEAT", info: new Uint8Array(8) });
      expect(pollAll(stack, 1).length).toBe(1);
      stack.handleTimeout(1);
      stack.pollTimeout();
    }
    const counts = { transmit: transmit.mock.calls.length, deadline: deadline.mock.calls.length };
    vi.restoreAllMocks();
    return counts;
  };

  test("with 1,000 of them the same calls are made as with none", () => {
    const none = calls(0);
    expect(none.transmit).toBeGreaterThan(0);
    expect(calls(1_000)).toEqual(none);
  });

  test("nor do timers that are not due", () => {
    const stack = makeStack();
    listen(stack, "10.0.0.1");
    for (let i = 0; i < 500; i++) associate(stack, i, { sourcePort: 7_000 + i });
    const timeout = vi.spyOn(CoreAssociation.prototype, "handleTimeout");
    expect(stack.handleTimeout(600)).toBe(false);
    expect(timeout).not.toHaveBeenCalled();
  });
});

test("a call serves a bounded number of timers, and says that more are due", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1");
  const COUNT = 1_000;
  for (let i = 0; i < COUNT; i++) associate(stack, 0, { sourcePort: 7_000 + i });
  const timeout = vi.spyOn(CoreAssociation.prototype, "handleTimeout");
  let calls = 1;
  while (stack.handleTimeout(60_000)) calls += 1;
  expect(timeout.mock.calls.length).toBe(COUNT);
  expect(calls).toBeGreaterThan(2);
});

test("what is late is asked for again: a deadline may come early, never late", () => {
  const { a, z, association } = pair();
  association.send(100, message(10));
  const lost = pollAll(a, 100);
  expect(lost.map(({ chunks }) => chunks[0]?.type)).toEqual(["DATA"]);
  let now = a.pollTimeout();
  for (; now < 1_100; now = a.pollTimeout()) {
    a.handleTimeout(now);
    expect(pollAll(a, now)).toEqual([]);
  }
  expect(now).toBe(1_100);
  a.handleTimeout(now);
  expect(pollAll(a, now).map(({ chunks }) => chunks[0]?.type)).toEqual(["DATA"]);
  expect(z.associations).toBe(1);
});

test("an association that never comes to rest still has its timers", () => {
  const { a, z, association } = pair();
  // The deadline of the handshake comes, finds nothing and is forgotten; the next one is not set by an idle moment.
  let now = 2_000;
  for (let i = 0; i < 300; i++) association.send(now, message(1_400));
  let busy = 0;
  for (; busy < 2_000; busy++) {
    if (busy === 10) a.handleTimeout(now);
    const packet = poll(a, now);
    if (packet === undefined) break;
    carry(z, now, packet);
    readAll(z);
    for (const answer of pollAll(z, now)) carry(a, now, answer);
    association.send(now, message(1_400));
    now += 0.01;
  }
  expect(busy).toBe(2_000);
  expect(a.pollTimeout()).toBeLessThanOrEqual(now + 1_000);
});

test("an association that has ended has no timer left", () => {
  const { a, z, association } = pair();
  expect(a.pollTimeout()).toBeLessThan(Number.POSITIVE_INFINITY);
  association.abort(new Uint8Array(0));
  exchange(1, a, z);
  expect([a.pollTimeout(), z.pollTimeout()]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect([a.associations, z.associations]).toEqual([0, 0]);
});

test("several with much to send have their turns", () => {
  const [a, z] = [makeStack("A"), makeStack("Z")];
  listen(z, "10.0.0.2", { port: PEER_PORT });
  const config = { pathMtu: 60_000 };
  const [large, small] = [
    listen(a, "10.0.0.1", { port: PORT, config }),
    listen(a, "10.0.0.1", { port: PORT + 1 }),
  ].map((endpoint) =>
    endpoint.connect(0, { port: PEER_PORT, addresses: [ip("10.0.0.2")], udpPort: UDP_PORT }),
  ) as [Association, Association];
  exchange(0, a, z);
  const bytes = new Map<Association, number>();
  for (let i = 0; i < 4_000; i++) {
    for (const association of [large, small]) {
      while (association.bufferedBytes < 300_000) association.send(1, message(50_000));
    }
    const packet = poll(a, 1);
    if (packet?.association === undefined) break;
    bytes.set(packet.association, (bytes.get(packet.association) ?? 0) + packet.bytes.length);
    carry(z, 1, packet);
    readAll(z);
    for (const answer of pollAll(z, 1)) carry(a, 1, answer);
  }
  const ratio = (bytes.get(large) ?? 0) / (bytes.get(small) ?? 1);
  expect(bytes.get(large)).toBeGreaterThan(2_000_000);
  expect(ratio).toBeGreaterThan(0.9);
  expect(ratio).toBeLessThan(1.1);
});

test("a blocked source stops those that use it, and no others", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1");
  listen(stack, "10.1.0.1");
  const first = associate(stack, 0);
  const second = associate(stack, 0, { to: "10.1.0.1", from: "10.1.0.2" });
  stack.handleBlocked(ip("10.0.0.1"));
  const heartbeat = { type: "HEARTBEAT", info: new Uint8Array(8) } as const;
  feed(stack, 1, { tag: first }, heartbeat);
  feed(stack, 1, { tag: second, to: "10.1.0.1", from: "10.1.0.2" }, heartbeat);
  feed(stack, 1, { tag: 0x77, from: "10.0.0.77" }, heartbeat);
  expect(pollAll(stack, 1).map(({ source }) => source)).toEqual(["10.1.0.1"]);
  stack.handleWritable(ip("10.0.0.1"));
  // The answer out of the blue has waited as well.
  const chunks = pollAll(stack, 2).map(({ chunks: [chunk] }) => chunk?.type);
  expect(chunks).toEqual(["ABORT", "HEARTBEAT-ACK"]);
});

// Expired messages may be all that stood before an abort, and are found when the next packet is asked for.
test("an association that aborts while it is polled has its ABORT sent in the same round", () => {
  const [a, z] = [makeStack("A"), makeStack("Z")];
  listen(z, "10.0.0.2", { port: PEER_PORT, config: { receiveBuffer: 1_500 } });
  const association = listen(a, "10.0.0.1").connect(0, {
    port: PEER_PORT,
    addresses: [ip("10.0.0.2")],
    udpPort: UDP_PORT,
  });
  association.send(0, message(1_500));
  exchange(0, a, z);
  expect([association.bufferedBytes, association.peerWindow]).toEqual([0, 0]);
  association.send(0, { ...message(10), stream: 1, more: true });
  association.send(0, { ...message(10), lifetime: 500 });
  association.shutdown(0);
  expect(pollAll(a, 0)).toEqual([]);
  association.requestHeartbeat(ip("10.0.0.2"));
  expect(pollAll(a, 600).map(({ chunks }) => chunks[0]?.type)).toContain("ABORT");
  expect(association.state).toBe("closed");
});
