import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Bottleneck, type Impairment, Lane } from "./relay-lane.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Sends datagrams of 4 bytes with numbers from 0, all at once; gives those that come, and when, ms. */
function passed(lane: (forward: (datagram: Buffer) => void) => Lane, count: number) {
  const begin = performance.now();
  const arrived: { readonly number: number; readonly ms: number }[] = [];
  const made = lane((datagram) => {
    arrived.push({ number: datagram.readUInt32BE(), ms: performance.now() - begin });
  });
  for (let number = 0; number < count; number++) {
    const datagram = Buffer.alloc(4);
    datagram.writeUInt32BE(number);
    made.take(datagram, true);
  }
  vi.runAllTimers();
  return { arrived, counters: made.counters };
}

const impaired = (impairment: Impairment) => (forward: (datagram: Buffer) => void) =>
  new Lane(1, impairment, forward);

test.each([
  { burst: 1, least: 1, most: 1.5 },
  { burst: 5, least: 4, most: 6 },
])("loses as many as it should, in bursts of $burst on average", ({ burst, least, most }) => {
  const count = 20_000;
  const { arrived, counters } = passed(impaired({ loss: 0.1, burst }), count);
  const numbers = arrived.map(({ number }) => number);
  const bursts = numbers.filter((number, index) => number !== (numbers[index - 1] ?? -1) + 1).length;
  expect(counters.lost).toBe(count - numbers.length);
  expect(counters.lost / count).toBeCloseTo(0.1, 1);
  expect(counters.lost / bursts).toBeGreaterThanOrEqual(least);
  expect(counters.lost / bursts).toBeLessThan(most);
});

test("lets one datagram through a bottleneck after the other, and has room for so many bytes", () => {
  // 1,000 bytes a ms; IP and UDP headers are 28.
  const line = new Bottleneck({ rate: 8e6, queue: 3_000 });
  expect([line.enter(10, 972), line.enter(10, 972), line.enter(10, 972)]).toEqual([11, 12, 13]);
  expect(line.enter(10, 972)).toBeUndefined();
  // Half of one has left.
  expect([line.enter(10.5, 472), line.enter(10.5, 472)]).toEqual([13.5, undefined]);
  expect(line.enter(20, 472)).toBe(20.5);
});

test("delays behind a bottleneck, in order, and loses what finds no room", () => {
  // 32 bytes with the headers: one in 4 ms, and 10 may wait.
  const bottleneck = new Bottleneck({ rate: 64_000, queue: 320 });
  const { arrived, counters } = passed(impaired({ bottleneck, delay: 5 }), 15);
  expect(arrived).toEqual(Array.from({ length: 10 }, (_, number) => ({ number, ms: 9 + 4 * number })));
  expect(counters).toMatchObject({ received: 15, forwarded: 10, overflowed: 5, lost: 0 });
});

test("shares a bottleneck between lanes", () => {
  const lane = new Lane(1, { bottleneck: new Bottleneck({ rate: 64_000, queue: 320 }) }, () => {});
  const other = new Lane(2, lane.impairment, () => {});
  for (let i = 0; i < 6; i++) for (const each of [lane, other]) each.take(Buffer.alloc(4), true);
  expect(lane.counters.overflowed + other.counters.overflowed).toBe(2);
});

test("drops what the filter refuses and what a cut meets", () => {
  const lane = new Lane(1, { delay: 5 }, () => {});
  lane.take(Buffer.alloc(4), false);
  lane.take(Buffer.alloc(4), true);
  lane.cut = true;
  lane.take(Buffer.alloc(4), true);
  vi.runAllTimers();
  expect(lane.counters).toMatchObject({ received: 3, dropped: 3, forwarded: 0 });
});
