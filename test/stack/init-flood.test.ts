import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Random, seededEnvironment } from "@usctp/sim";
import { expect, test } from "vitest";
import { Stack } from "../../src/stack/index.ts";
import {
  associate,
  events,
  feed,
  INIT,
  ip,
  listen,
  makeStack,
  PEER_PORT,
  poll,
  pollAll,
  UDP_PORT,
} from "./support.ts";

/** RFC 9260 §5.1.3, §12.2.4.1: who asks for an association costs nothing until its cookie comes back. */

const COUNT = 100_000;

/** The heap without garbage, bytes. */
function heap(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

test(`after ${COUNT} INITs from distinct sources nothing has grown`, () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1");
  let answered = 0;
  const flood = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const source = `10.${(i >> 16) & 0xff}.${(i >> 8) & 0xff}.${i & 0xff}`;
      const init = { type: "INIT", ...INIT, initiateTag: i + 1 } as const;
      feed(stack, i / 100, { tag: 0, from: `1${source}`, sourcePort: 1 + (i % 60_000) }, init);
      if (poll(stack, i / 100)?.chunks[0]?.type === "INIT-ACK") answered += 1;
    }
  };
  // What is compiled and cached on the way is there before the measurement begins.
  flood(0, 10_000);
  const before = heap();
  flood(10_000, COUNT);
  const grown = heap() - before;
  expect(answered).toBe(COUNT);
  expect(stack.associations).toBe(0);
  expect([stack.pollTimeout(), events(stack)]).toEqual([Number.POSITIVE_INFINITY, []]);
  // Ten bytes for each would be 900,000.
  expect(grown).toBeLessThan(600_000);
});

test("answers that nobody fetches are no table either", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1");
  for (let i = 0; i < 20_000; i++) feed(stack, 0, { tag: 0, sourcePort: 1 + i }, { type: "INIT", ...INIT });
  expect(pollAll(stack, 0).length).toBeLessThanOrEqual(1_024);
  expect(stack.statistics.dropped.limit).toBeGreaterThan(0);
});

test("a cookie that comes back makes the association, once", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1");
  feed(stack, 0, { tag: 0 }, { type: "INIT", ...INIT });
  const initAck = poll(stack, 0)?.chunks[0];
  const cookie = initAck?.type === "INIT-ACK" ? initAck.parameters[0] : undefined;
  if (initAck?.type !== "INIT-ACK" || cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
  for (let i = 0; i < 3; i++) {
    feed(stack, 1, { tag: initAck.initiateTag }, { type: "COOKIE-ECHO", cookie: cookie.cookie });
    expect(poll(stack, 1)?.chunks[0]?.type).toBe("COOKIE-ACK");
  }
  expect(stack.associations).toBe(1);
  expect(events(stack).filter(({ type }) => type === "established").length).toBe(1);
  // From another address it is somebody else's.
  feed(
    stack,
    2,
    { tag: initAck.initiateTag, from: "10.0.0.66" },
    { type: "COOKIE-ECHO", cookie: cookie.cookie },
  );
  expect([pollAll(stack, 2).length, stack.statistics.dropped.cookie]).toEqual([0, 1]);
});

test("a cookie of an association that has ended makes no other one", () => {
  const stack = makeStack();
  const endpoint = listen(stack, "10.0.0.1");
  feed(stack, 0, { tag: 0 }, { type: "INIT", ...INIT });
  const initAck = poll(stack, 0)?.chunks[0];
  const cookie = initAck?.type === "INIT-ACK" ? initAck.parameters[0] : undefined;
  if (initAck?.type !== "INIT-ACK" || cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
  const echo = { type: "COOKIE-ECHO", cookie: cookie.cookie } as const;
  feed(stack, 1, { tag: initAck.initiateTag }, echo);
  pollAll(stack, 1);
  for (const association of endpoint.associations) association.abort(new Uint8Array(0));
  pollAll(stack, 2);
  feed(stack, 3, { tag: initAck.initiateTag }, echo);
  expect([stack.associations, pollAll(stack, 3).length]).toEqual([0, 0]);
});

test("maxAssociations: the next cookie is answered with an ABORT, and connect throws", () => {
  const stack = new Stack({ environment: seededEnvironment(Random.of(1, "few")), maxAssociations: 2 });
  const endpoint = listen(stack, "10.0.0.1");
  for (const from of ["10.0.0.2", "10.0.0.3"]) associate(stack, 0, { from });
  feed(stack, 0, { tag: 0, from: "10.0.0.4" }, { type: "INIT", ...INIT });
  const initAck = pollAll(stack, 0)[0]?.chunks[0];
  const cookie = initAck?.type === "INIT-ACK" ? initAck.parameters[0] : undefined;
  if (initAck?.type !== "INIT-ACK" || cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
  const echo = { type: "COOKIE-ECHO", cookie: cookie.cookie } as const;
  feed(stack, 0, { tag: initAck.initiateTag, from: "10.0.0.4" }, echo);
  expect(pollAll(stack, 0)[0]?.chunks).toMatchObject([
    { type: "ABORT", causes: [{ type: "OUT-OF-RESOURCE" }] },
  ]);
  expect(stack.associations).toBe(2);
  const peer = { port: 7, addresses: [ip("10.0.0.5")], udpPort: UDP_PORT };
  expect(() => endpoint.connect(0, peer)).toThrow(expect.objectContaining({ code: "ERR_SCTP_LIMIT" }));
});

test("no more associations than allowed, and no cookie makes one beyond", () => {
  const stack = makeStack();
  const endpoint = listen(stack, "10.0.0.1");
  expect(endpoint.addresses).toEqual([ip("10.0.0.1")]);
  // As many as may hide behind one address of a NAT.
  for (let i = 0; i < 1_100; i++) {
    const options = { udpPort: 10_000 + i };
    feed(stack, 0, { ...options, tag: 0 }, { type: "INIT", ...INIT, initiateTag: i + 1 });
    const initAck = pollAll(stack, 0).find(({ chunks }) => chunks[0]?.type === "INIT-ACK")?.chunks[0];
    const cookie = initAck?.type === "INIT-ACK" ? initAck.parameters[0] : undefined;
    if (initAck?.type !== "INIT-ACK" || cookie?.type !== "STATE-COOKIE") continue;
    feed(stack, 0, { ...options, tag: initAck.initiateTag }, { type: "COOKIE-ECHO", cookie: cookie.cookie });
    pollAll(stack, 0);
  }
  expect(stack.associations).toBe(1_024);
  expect(stack.statistics.dropped.limit).toBeGreaterThan(0);
});

test("maxAssociations bounds those of all peers together, and our own", () => {
  const environment = seededEnvironment(Random.of(1, "stack"));
  const stack = new Stack({ environment, maxAssociations: 3 });
  const endpoint = listen(stack, "10.0.0.1");
  for (let i = 0; i < 6; i++) associate(stack, 0, { from: `10.0.1.${i}` });
  expect([stack.associations, stack.statistics.dropped.limit]).toEqual([3, 3]);
  const to = { port: PEER_PORT, addresses: [ip("10.0.0.2")], udpPort: UDP_PORT };
  expect(() => endpoint.connect(0, to)).toThrow(expect.objectContaining({ code: "ERR_SCTP_LIMIT" }));
  // When one has ended there is room for one.
  for (const association of [...endpoint.associations].slice(0, 1)) association.abort(new Uint8Array(0));
  pollAll(stack, 1);
  for (let i = 0; i < 6; i++) associate(stack, 1, { from: `10.0.2.${i}` });
  expect(stack.associations).toBe(3);
});
