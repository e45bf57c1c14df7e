import { message as outgoing } from "@usctp/sim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QueuedMessage } from "../../../src/association/send/message.ts";
import {
  createScheduler,
  type SchedulerName,
  schedulerNames,
} from "../../../src/association/send/schedulers/create.ts";
import type { Scheduler, StreamValues } from "../../../src/association/send/schedulers/scheduler.ts";

/** RFC 8260 §3: which stream's message begins next. */

/** Messages as "stream x bytes", in the order in which they are queued. */
function queue(
  scheduler: Scheduler,
  ...messages: readonly (readonly [stream: number, bytes: number])[]
): void {
  for (const [stream, bytes] of messages) {
    const order = count++;
    scheduler.enqueue(new QueuedMessage(outgoing(new Uint8Array(bytes), { stream }), Infinity, order));
  }
}
let count = 0;

/** The streams of the messages, as they begin; a packet ends after so many of them. */
function streams(scheduler: Scheduler, most: number = Infinity, perPacket: number = Infinity): number[] {
  const begun: number[] = [];
  for (let inPacket = 0; begun.length < most && scheduler.length > 0; ) {
    if (inPacket === perPacket || scheduler.peek() === undefined) {
      scheduler.beginPacket();
      inPacket = 0;
    }
    const next = scheduler.peek();
    expect(scheduler.begin()).toBe(next);
    if (next === undefined) throw new Error("a new packet may be begun, and nothing goes into it");
    begun.push(next.message.stream);
    inPacket += 1;
  }
  return begun;
}

const make = (name: SchedulerName, values: readonly (readonly [number, number])[] = []): Scheduler =>
  createScheduler(name, new Map(values));

test("§3.1: first come, first served", () => {
  const scheduler = make("fcfs");
  queue(scheduler, [3, 10], [1, 10], [3, 10], [2, 10]);
  expect(streams(scheduler)).toEqual([3, 1, 3, 2]);
});

test("§3.2: round robin goes round the streams that have something, message by message", () => {
  const scheduler = make("round-robin");
  queue(scheduler, [1, 5_000], [1, 10], [1, 10], [2, 10], [3, 10], [3, 10]);
  expect(streams(scheduler, 3)).toEqual([1, 2, 3]);
  // One that comes back waits behind those that are there.
  queue(scheduler, [2, 10]);
  expect(streams(scheduler)).toEqual([1, 3, 2, 1]);
});

test("§3.3: round robin per packet has one stream a packet", () => {
  const scheduler = make("round-robin-packet");
  queue(scheduler, [1, 10], [1, 10], [1, 10], [2, 10], [2, 10], [3, 10]);
  expect(streams(scheduler, Infinity, 2)).toEqual([1, 1, 2, 2, 3, 1]);
});

test("§3.3: a packet ends where its stream has no more", () => {
  const scheduler = make("round-robin-packet");
  queue(scheduler, [1, 10], [2, 10]);
  expect(scheduler.begin()?.message.stream).toBe(1);
  expect(scheduler.peek()).toBeUndefined();
  queue(scheduler, [1, 10]);
  // Stream 2 waits longer, and stream 1 would not be the same packet's next in turn.
  expect(scheduler.peek()).toBeUndefined();
  scheduler.beginPacket();
  expect(streams(scheduler)).toEqual([2, 1]);
});

test("§3.4, §4.3.2: the lowest value goes first, those of one value in turn", () => {
  const scheduler = make("priority", [
    [1, 9],
    [2, 4],
    [3, 4],
  ]);
  queue(scheduler, [1, 10], [2, 10], [2, 10], [3, 10], [3, 10], [4, 10]);
  expect(streams(scheduler, 3)).toEqual([4, 2, 3]);
  queue(scheduler, [4, 10]);
  expect(streams(scheduler)).toEqual([4, 2, 3, 1]);
});

test("changed priorities hold for what waits", () => {
  const scheduler = make("priority");
  queue(scheduler, [1, 10], [2, 10], [3, 10]);
  scheduler.configure(
    new Map([
      [1, 2],
      [2, 1],
    ]),
  );
  expect(streams(scheduler)).toEqual([3, 2, 1]);
});

/** Bytes by stream of the first messages that begin, of 400 for each stream. */
function shares(scheduler: Scheduler, sizes: ReadonlyMap<number, number>, most = 400): Map<number, number> {
  for (const [stream, bytes] of sizes) for (let i = 0; i < 400; i++) queue(scheduler, [stream, bytes]);
  const sent = new Map<number, number>();
  for (const stream of streams(scheduler, most)) {
    sent.set(stream, (sent.get(stream) ?? 0) + (sizes.get(stream) ?? 0));
  }
  return sent;
}

test("§3.5: fair capacity gives streams as many bytes, whatever the size of their messages", () => {
  const sent = shares(
    make("fair", [[1, 9]]),
    new Map([
      [1, 100],
      [2, 1_000],
      [3, 300],
    ]),
  );
  const [least = 0, , most = 0] = [...sent.values()].sort((a, b) => a - b);
  expect(most - least).toBeLessThanOrEqual(1_000);
});

test("§3.6: weighted fair queueing gives them as their weights are, 1 where none is given", () => {
  const weights: readonly (readonly [number, number])[] = [
    [1, 4],
    [2, 2],
  ];
  const sizes = new Map([
    [1, 100],
    [2, 100],
    [3, 100],
  ]);
  // 350 messages of 100 bytes, in the shares of 4, 2 and 1.
  const sent = shares(make("weighted-fair", weights), sizes, 350);
  for (const [stream, share] of [
    [1, 20_000],
    [2, 10_000],
    [3, 5_000],
  ] as const) {
    expect(Math.abs((sent.get(stream) ?? 0) - share)).toBeLessThanOrEqual(100);
  }
});

test("§3.6: silence earns nothing", () => {
  const scheduler = make("fair");
  for (let i = 0; i < 100; i++) queue(scheduler, [1, 100]);
  streams(scheduler, 50);
  for (let i = 0; i < 50; i++) queue(scheduler, [2, 100]);
  const next = streams(scheduler, 20);
  expect(next.filter((stream) => stream === 2).length).toBe(10);
});

describe.each(schedulerNames)("%s", (name) => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("queue" as const),
      stream: fc.nat(5),
      bytes: fc.integer({ min: 1, max: 3_000 }),
    }),
    fc.record({ kind: fc.constantFrom("begin" as const, "drop" as const, "packet" as const) }),
    fc.record({
      kind: fc.constant("configure" as const),
      values: fc.array(fc.tuple(fc.nat(5), fc.nat(9))).map((entries): StreamValues => new Map(entries)),
    }),
  );

  test("begins each message once, those of a stream in their order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const scheduler = make(name);
        const waiting: QueuedMessage[] = [];
        let order = 0;
        const gone = (message: QueuedMessage | undefined): void => {
          if (message === undefined) return;
          const first = waiting.find((each) => each.message.stream === message.message.stream);
          expect(message).toBe(first);
          waiting.splice(waiting.indexOf(message), 1);
        };
        for (const each of steps) {
          if (each.kind === "queue") {
            const message = new QueuedMessage(
              outgoing(new Uint8Array(each.bytes), { stream: each.stream }),
              Infinity,
              order++,
            );
            waiting.push(message);
            scheduler.enqueue(message);
          } else if (each.kind === "configure") scheduler.configure(each.values);
          else if (each.kind === "packet") scheduler.beginPacket();
          else if (scheduler.peek() !== undefined) gone(scheduler[each.kind]());
          expect(scheduler.length).toBe(waiting.length);
          expect([...scheduler]).toEqual(waiting);
        }
        while (scheduler.length > 0) {
          scheduler.beginPacket();
          gone(scheduler.begin());
        }
        expect(waiting).toEqual([]);
      }),
    );
  });
});
