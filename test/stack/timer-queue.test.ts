import fc from "fast-check";
import { expect, test } from "vitest";
import type { Association } from "../../src/stack/index.ts";
import { TimerQueue } from "../../src/stack/timer-queue.ts";
import { ip, listen, makeStack, PEER_PORT, UDP_PORT } from "./support.ts";

const SEEDED = { seed: 9_260 };

/** Associations that no queue knows of yet. */
function associations(count: number): Association[] {
  const endpoint = listen(makeStack(), "10.0.0.1");
  return Array.from({ length: count }, (_, index) =>
    endpoint.connect(0, { port: PEER_PORT + index, addresses: [ip("10.0.0.2")], udpPort: UDP_PORT }),
  );
}

const COUNT = 12;
const who = fc.nat({ max: COUNT - 1 });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("update" as const), who, at: fc.nat({ max: 100 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("take" as const), at: fc.nat({ max: 100 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), who }) },
);

test("gives each association at its earliest deadline, once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
      const queue = new TimerQueue();
      const all = associations(COUNT);
      const deadlines = new Map<Association, number>();
      const earliest = (): number => Math.min(Number.POSITIVE_INFINITY, ...deadlines.values());
      for (const it of steps) {
        if (it.kind === "update") {
          const association = all[it.who] as Association;
          queue.update(association, it.at);
          deadlines.set(association, Math.min(it.at, deadlines.get(association) ?? it.at));
        } else if (it.kind === "remove") {
          queue.remove(all[it.who] as Association);
          deadlines.delete(all[it.who] as Association);
        } else {
          const due = queue.takeDue(it.at);
          if (earliest() > it.at) expect(due).toBeUndefined();
          else {
            expect(due !== undefined && deadlines.get(due)).toBe(earliest());
            deadlines.delete(due as Association);
          }
        }
        expect([queue.earliest, queue.size]).toEqual([earliest(), deadlines.size]);
      }
      // All that are left come in order.
      for (let left = deadlines.size; left > 0; left--) {
        const due = queue.takeDue(100) as Association;
        expect(deadlines.get(due)).toBe(earliest());
        deadlines.delete(due);
      }
      expect(queue.takeDue(Number.MAX_VALUE)).toBeUndefined();
    }),
    SEEDED,
  );
});

test("a later deadline does not replace an earlier one: it is asked again when that has come", () => {
  const [association] = associations(1) as [Association];
  const queue = new TimerQueue();
  queue.update(association, 200);
  queue.update(association, 30_000);
  queue.update(association, Number.POSITIVE_INFINITY);
  expect(queue.earliest).toBe(200);
  expect(queue.takeDue(199)).toBeUndefined();
  expect(queue.takeDue(200)).toBe(association);
  expect(queue.earliest).toBe(Number.POSITIVE_INFINITY);
});

test("an association stands in it once, however often its deadline goes forth and back", () => {
  const [association] = associations(1) as [Association];
  const queue = new TimerQueue();
  for (let now = 0; now < 30_000; now += 200) {
    queue.update(association, 30_000);
    queue.update(association, now);
    expect(queue.takeDue(now)).toBe(association);
    queue.update(association, 30_000);
    expect(queue.size).toBe(1);
  }
});
