import { describe, expect, test } from "vitest";
import { events, feed, INIT, listen, makeStack, poll, pollAll } from "../stack/support.ts";

/** RFC 9260 §5.1.5, RFC 5062 §6, §7: a State Cookie is good for whom it was made, where, and not for long. */

const HOUR = 3_600_000;

interface Cookie {
  readonly tag: number;
  readonly cookie: Uint8Array;
}

function ask(stack: ReturnType<typeof makeStack>, now: number): Cookie {
  feed(stack, now, { tag: 0 }, { type: "INIT", ...INIT });
  const initAck = poll(stack, now)?.chunks[0];
  const cookie = initAck?.type === "INIT-ACK" ? initAck.parameters[0] : undefined;
  if (initAck?.type !== "INIT-ACK" || cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
  return { tag: initAck.initiateTag, cookie: cookie.cookie.slice() };
}

const PORTS = { destinationPort: 5_001 };

describe("a cookie comes back", () => {
  const wrong: readonly [string, Parameters<typeof feed>[2], number][] = [
    ["from another SCTP port", { tag: 0, sourcePort: 6_001 }, 10],
    ["to another SCTP port of ours", { tag: 0, ...PORTS }, 10],
    ["from another address", { tag: 0, from: "10.0.0.66" }, 10],
    ["two hours later, signed with a secret that is gone", { tag: 0 }, 3 * HOUR],
  ];
  for (const [how, options, now] of wrong) {
    test(`${how}: discarded, without a word`, () => {
      const stack = makeStack();
      listen(stack, "10.0.0.1");
      listen(stack, "10.0.0.1", { port: PORTS.destinationPort });
      const { tag, cookie } = ask(stack, 0);
      // Somebody else goes on asking, so that secrets are changed.
      for (let time = HOUR; time < now; time += HOUR) ask(stack, time);
      feed(stack, now, { ...options, tag }, { type: "COOKIE-ECHO", cookie });
      expect([pollAll(stack, now), events(stack), stack.associations]).toEqual([[], [], 0]);
      expect(stack.statistics.dropped.cookie).toBe(1);
      // Where it was made for it would have been good.
      const fresh = ask(stack, now);
      feed(stack, now, { tag: fresh.tag }, { type: "COOKIE-ECHO", cookie: fresh.cookie });
      expect(stack.associations).toBe(1);
    });
  }
});

test("a cookie of another stack is discarded", () => {
  const [ours, theirs] = [makeStack("ours"), makeStack("theirs")];
  for (const stack of [ours, theirs]) listen(stack, "10.0.0.1");
  const { tag, cookie } = ask(theirs, 0);
  feed(ours, 1, { tag }, { type: "COOKIE-ECHO", cookie });
  expect([pollAll(ours, 1), ours.associations, ours.statistics.dropped.cookie]).toEqual([[], 0, 1]);
});

test("a cookie is good for two minutes at most, whatever life the peer asks for", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1");
  const parameters = [{ type: "COOKIE-PRESERVATIVE", increment: 10_000_000 }] as const;
  feed(stack, 0, { tag: 0 }, { type: "INIT", ...INIT, parameters });
  const initAck = poll(stack, 0)?.chunks[0];
  const cookie = initAck?.type === "INIT-ACK" ? initAck.parameters[0] : undefined;
  if (initAck?.type !== "INIT-ACK" || cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
  feed(stack, 120_001, { tag: initAck.initiateTag }, { type: "COOKIE-ECHO", cookie: cookie.cookie });
  expect(poll(stack, 120_001)?.chunks[0]).toMatchObject({
    type: "ERROR",
    causes: [{ type: "STALE-COOKIE" }],
  });
  expect(stack.associations).toBe(0);
});
