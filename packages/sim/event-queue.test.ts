import { expect, test } from "vitest";
import { EventQueue } from "./event-queue.ts";
import { Random } from "./random.ts";

test("gives items out by time, then by order, then as they came in", () => {
  const random = new Random(1);
  const queue = new EventQueue<{ time: number; order: number; sequence: number }>();
  const items = Array.from({ length: 2_000 }, (_, sequence) => ({
    time: random.next() % 50,
    order: random.next() % 3,
    sequence,
  }));
  for (const item of items) queue.push(item.time, item.order, item);
  const expected = [...items].sort((a, b) => a.time - b.time || a.order - b.order || a.sequence - b.sequence);
  expect(Array.from({ length: items.length }, () => queue.shift())).toEqual(expected);
  expect(queue.shift()).toBeUndefined();
});

test("takes items while it gives others", () => {
  const queue = new EventQueue<number>();
  for (const time of [5, 1, 9]) queue.push(time, 0, time);
  expect(queue.shift()).toBe(1);
  queue.push(3, 0, 3);
  expect(queue.time).toBe(3);
  expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([3, 5, 9]);
  expect(queue.time).toBe(Number.POSITIVE_INFINITY);
});
