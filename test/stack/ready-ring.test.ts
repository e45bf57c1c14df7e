import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Association } from "../../src/stack/index.ts";
import { ReadyRing } from "../../src/stack/ready-ring.ts";
import { ip, listen, makeStack, PEER_PORT, pollAll, UDP_PORT } from "./support.ts";

/** Associations with nothing to send, in no ring. */
function associations(count: number): Association[] {
  const stack = makeStack();
  const endpoint = listen(stack, "10.0.0.1");
  const all = Array.from({ length: count }, (_, index) =>
    endpoint.connect(0, { port: PEER_PORT + index, addresses: [ip("10.0.0.2")], udpPort: UDP_PORT }),
  );
  pollAll(stack, 0);
  return all;
}

/** Serves the ring `times` times, each association with packets of its own size. */
function serve(
  ring: ReadyRing,
  sizes: ReadonlyMap<Association, number>,
  times: number,
): Map<Association, number> {
  const bytes = new Map<Association, number>();
  for (let i = 0; i < times; i++) {
    const head = ring.peek();
    const size = head === undefined ? undefined : sizes.get(head);
    if (head === undefined || size === undefined) throw new Error("nobody is ready");
    bytes.set(head, (bytes.get(head) ?? 0) + size);
    ring.charge(size);
  }
  return bytes;
}

describe("turns", () => {
  test("go by bytes: who sends small packets sends more of them", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 50, max: 65_000 }), { minLength: 2, maxLength: 6 }), (list) => {
        const ring = new ReadyRing();
        const all = associations(list.length);
        const sizes = new Map(all.map((association, index) => [association, list[index] as number]));
        for (const association of all) ring.add(association);
        const bytes = serve(ring, sizes, 10_000);
        const shares = all.map((association) => bytes.get(association) ?? 0);
        const largest = Math.max(...list);
        // Nobody is ahead by more than one turn and one packet.
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(24_576 + 2 * largest);
      }),
      { seed: 9_260, numRuns: 20 },
    );
  });

  test("end when the share is used up, and what was sent beyond it is taken off the next", () => {
    const ring = new ReadyRing();
    const [one, two] = associations(2) as [Association, Association];
    ring.add(one);
    ring.add(two);
    expect(ring.charge(20_000)).toBe(false);
    expect(ring.peek()).toBe(one);
    expect(ring.charge(44_000)).toBe(true);
    expect(ring.peek()).toBe(two);
    expect(ring.charge(24_576)).toBe(true);
    // 64,000 bytes were nearly three turns of the one: the other has two more.
    expect(ring.peek()).toBe(two);
    ring.charge(24_576);
    expect(ring.peek()).toBe(one);
    expect(ring.charge(9_728)).toBe(true);
  });
});

test("each stands in it once, and can come again when it has left", () => {
  const ring = new ReadyRing();
  const [one, two] = associations(2) as [Association, Association];
  for (const association of [one, one, two, one]) ring.add(association);
  ring.removeHead();
  expect(ring.peek()).toBe(two);
  ring.removeHead();
  expect([ring.peek(), ring.isEmpty]).toEqual([undefined, true]);
  ring.removeHead();
  expect(ring.charge(10)).toBe(false);
  ring.add(one);
  expect(ring.peek()).toBe(one);
});
