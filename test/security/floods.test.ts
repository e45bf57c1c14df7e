import { Random, seededEnvironment } from "@usctp/sim";
import { expect, test } from "vitest";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { Stack } from "../../src/stack/index.ts";
import { associate, feed, INIT, listen, makeStack, poll, pollAll } from "../stack/support.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";
import { unknownChunk } from "../support/scripted-peer.ts";

/** RFC 9260 §5.1.3, §12.2.4: floods cost no memory, no answers without end, and shut nobody out. */

const SECOND = 1_000;

scriptedTest("20,000 INITs a second, and every handshake of others succeeds", {}, ({ a, peer, network }) => {
  const [address] = a.host.addresses;
  if (address === undefined) throw new Error("no address");
  const flooder = network.socket("10.0.0.66");
  network.link("10.0.0.66", "10.0.0.1", { delay: 10 });
  const init = peer.packet({ tag: 0, port: 1_234 }, { type: "INIT", ...peer.initBody() });
  let handshakes = 0;
  for (let ms = 0; ms < SECOND; ms++) {
    for (let i = 0; i < 20; i++) flooder.send(init, address, a.host.udpPort);
    network.run(1);
    if (ms % 200 === 100) {
      peer.restart();
      peer.associate();
      handshakes += 1;
    }
  }
  expect(handshakes).toBe(5);
  expect(a.association.state).toBe("established");
  // One for one, and nothing is left of them.
  expect(flooder.received.length).toBeGreaterThan(19_000);
  expect(a.host.stack.associations).toBe(1);
});

test("a flood of COOKIE ECHOs that we never signed makes nothing and is not answered", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1");
  const tag = associate(stack, 0);
  const cookie = new Uint8Array(80);
  for (let i = 0; i < 5_000; i++) {
    cookie[i % 80] = i;
    feed(stack, 1 + i / 20, { tag, from: `10.9.${i >> 8}.${i & 0xff}` }, { type: "COOKIE-ECHO", cookie });
  }
  expect(pollAll(stack, 300)).toEqual([]);
  expect([stack.associations, stack.statistics.dropped.cookie]).toEqual([1, 5_000]);
  // Another peer comes in all the same.
  associate(stack, 300, { from: "10.0.0.3" });
  expect(stack.associations).toBe(2);
});

const DATA_ACK: Chunk = { type: "COOKIE-ACK" };
const blue: readonly [string, Chunk, { readonly tag: number; readonly destinationPort?: number }][] = [
  ["packets out of the blue", { type: "HEARTBEAT", info: new Uint8Array(4) }, { tag: 77 }],
  ["SHUTDOWN ACKs out of the blue", { type: "SHUTDOWN-ACK" }, { tag: 77 }],
  ["INITs to a port where nobody listens", { type: "INIT", ...INIT }, { tag: 0, destinationPort: 9 }],
  ["INITs that cannot be taken", { type: "INIT", ...INIT, outboundStreams: 0 }, { tag: 0 }],
];

for (const [what, chunk, options] of blue) {
  test(`of ${what} 1,000 a second are answered`, () => {
    const stack = makeStack();
    listen(stack, "10.0.0.1");
    let answers = 0;
    for (let i = 0; i < 20_000; i++) {
      feed(stack, i / 10, options, chunk);
      if (poll(stack, i / 10) !== undefined) answers += 1;
    }
    // Two seconds, and what may go at once.
    expect(answers).toBeGreaterThan(2_900);
    expect(answers).toBeLessThanOrEqual(3_000);
    expect(stack.statistics.dropped.limit).toBe(20_000 - answers);
    // INITs that can be taken are no part of it.
    associate(stack, 2_000);
    expect(stack.associations).toBe(1);
  });
}

for (const [what, chunk, options] of blue) {
  test(`or as many of ${what} as the stack is told`, () => {
    const limits = { outOfTheBlueReplies: 10, refusals: 10 };
    const stack = new Stack({ environment: seededEnvironment(Random.of(1, "few")), ...limits });
    listen(stack, "10.0.0.1");
    let answers = 0;
    for (let i = 0; i < 2_000; i++) {
      feed(stack, i, options, chunk);
      if (poll(stack, i) !== undefined) answers += 1;
    }
    expect(answers).toBeGreaterThan(25);
    expect(answers).toBeLessThanOrEqual(30);
  });
}

/** ERROR chunks within two seconds in which the peer asks for 5,000. */
function errorsOf({ peer, network }: Script): number {
  let errors = 0;
  for (let i = 0; i < 1_000; i++) {
    for (let j = 0; j < 5; j++) peer.send(unknownChunk(0xc7));
    errors += peer.collect(2).filter(({ type }) => type === "ERROR").length;
  }
  network.run(100);
  return errors;
}

scriptedTest("an association is told of 100 errors a second", {}, (script) => {
  script.peer.associate();
  const errors = errorsOf(script);
  expect(errors).toBeGreaterThan(280);
  expect(errors).toBeLessThanOrEqual(300);
  script.peer.send(script.peer.data());
  expect(script.peer.await("SACK").type).toBe("SACK");
});

scriptedTest("or of as many as errorReplies says", { config: { errorReplies: 10 } }, (script) => {
  script.peer.associate();
  expect(errorsOf(script)).toBeLessThanOrEqual(30);
});

test("a COOKIE ACK out of turn is never answered", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1");
  for (let i = 0; i < 100; i++) feed(stack, i, { tag: i + 1 }, DATA_ACK);
  expect(pollAll(stack, 100)).toEqual([]);
});
