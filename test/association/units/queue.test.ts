import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultConfig } from "../../../src/association/config.ts";
import type { OutgoingMessage } from "../../../src/association/events.ts";
import { OutboundChunk } from "../../../src/association/send/outbound-chunk.ts";
import { SendQueue } from "../../../src/association/send/queue.ts";
import { schedulerNames } from "../../../src/association/send/schedulers/create.ts";
import { DataFlag } from "../../../src/packet/chunks/data.ts";
import { SEEDED } from "./support.ts";

/** RFC 9260 §6.5, §6.6 and §6.9 on the side of the sender. */

function message(length: number, options: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    data: Uint8Array.from({ length }, (_, index) => index & 0xff),
    stream: 0,
    ppid: 7,
    unordered: false,
    more: false,
    context: undefined,
    notify: false,
    immediate: false,
    destination: undefined,
    lifetime: Number.POSITIVE_INFINITY,
    ...options,
  };
}

function cutAll(queue: SendQueue, maxPayload: number): OutboundChunk[] {
  const chunks: OutboundChunk[] = [];
  while (!queue.isEmpty) {
    const expected = queue.nextPayload(maxPayload);
    const chunk = new OutboundChunk();
    queue.cut(maxPayload, chunk);
    expect(chunk.length).toBe(expected);
    chunks.push(chunk);
  }
  return chunks;
}

const outgoing = fc
  .record({
    length: fc.integer({ min: 1, max: 60 }),
    stream: fc.integer({ min: 0, max: 3 }),
    unordered: fc.boolean(),
    immediate: fc.boolean(),
    ppid: fc.nat(),
  })
  .map(({ length, ...options }) => message(length, options));

test("every message is cut into fragments that make it whole again, in order, one message after another", () => {
  fc.assert(
    fc.property(
      fc.array(outgoing, { maxLength: 20, size: "max" }),
      fc.integer({ min: 1, max: 25 }),
      (messages, maxPayload) => {
        const queue = new SendQueue(defaultConfig);
        for (const it of messages) queue.push(it, 0);
        const total = messages.reduce((bytes, it) => bytes + it.data.length, 0);
        expect(queue.bytes).toBe(total);
        const chunks = cutAll(queue, maxPayload);
        expect([queue.bytes, queue.isEmpty, queue.nextPayload(maxPayload)]).toEqual([0, true, 0]);

        const ssns = new Map<number, number>();
        for (const it of messages) {
          const count = Math.ceil(it.data.length / maxPayload);
          const fragments = chunks.splice(0, count);
          const bytes = fragments.flatMap((chunk) => [
            ...chunk.bytes.subarray(chunk.offset, chunk.offset + chunk.length),
          ]);
          expect(Uint8Array.from(bytes)).toEqual(it.data);
          const ssn = ssns.get(it.stream) ?? 0;
          if (!it.unordered) ssns.set(it.stream, ssn + 1);
          for (const [index, chunk] of fragments.entries()) {
            expect([chunk.stream, chunk.ppid]).toEqual([it.stream, it.ppid]);
            if (!it.unordered) expect(chunk.ssn).toBe(ssn);
            const isLast = index === count - 1;
            expect(chunk.flags).toBe(
              (index === 0 ? DataFlag.BEGINNING : 0) |
                (isLast ? DataFlag.ENDING : 0) |
                (it.unordered ? DataFlag.UNORDERED : 0) |
                (isLast && it.immediate ? DataFlag.IMMEDIATE : 0),
            );
          }
        }
        expect(chunks).toEqual([]);
      },
    ),
    SEEDED,
  );
});

test("the SSN of a stream wraps, and the other streams have their own (§6.5)", () => {
  const queue = new SendQueue(defaultConfig);
  const ssns: number[] = [];
  const small = message(1);
  const chunk = new OutboundChunk();
  for (let i = 0; i <= 65_536; i++) {
    queue.push(small, 0);
    queue.cut(10, chunk);
    if (i >= 65_534) ssns.push(chunk.ssn);
  }
  expect(ssns).toEqual([65_534, 65_535, 0]);
  queue.push(message(1, { stream: 1 }), 0);
  queue.cut(10, chunk);
  expect(chunk.ssn).toBe(0);
});

test("the FSN of a message wraps, and B is in its first fragment alone (RFC 8260 §2.1)", () => {
  const queue = new SendQueue(defaultConfig);
  queue.interleave();
  queue.push(message(60), 0);
  queue.cut(10, new OutboundChunk());
  // In place of the 2^32 fragments that would get there.
  const begun = queue.peek();
  if (begun !== undefined) begun.fsn = 0xffff_fffe;
  const chunks = cutAll(queue, 10);
  expect(chunks.map(({ fsn }) => fsn)).toEqual([0xffff_fffe, 0xffff_ffff, 0, 1, 2]);
  const edges = DataFlag.BEGINNING | DataFlag.ENDING;
  expect(chunks.map(({ flags }) => flags & edges)).toEqual([0, 0, 0, 0, DataFlag.ENDING]);
});

describe("a message that is given up", () => {
  test("when its time has passed and nothing of it was sent; it takes no SSN", () => {
    const queue = new SendQueue(defaultConfig);
    queue.push(message(5, { lifetime: 100, context: "late" }), 1_000);
    queue.push(message(6), 1_000);
    expect(queue.expire(1_099)).toEqual([]);
    expect(queue.expire(1_100).map((it) => it.message.context)).toEqual(["late"]);
    expect(queue.expire(1_100)).toEqual([]);
    expect(queue.bytes).toBe(6);
    expect(cutAll(queue, 10)[0]?.ssn).toBe(0);
  });

  test("but not when its first fragment has gone", () => {
    const queue = new SendQueue(defaultConfig);
    queue.push(message(50, { lifetime: 100 }), 0);
    queue.cut(10, new OutboundChunk());
    expect(queue.expire(5_000)).toEqual([]);
    expect(queue.bytes).toBe(40);
  });

  for (const interleaving of [false, true]) {
    for (const scheduler of schedulerNames) {
      test(`wherever it waits, ${scheduler}, interleaving ${interleaving}`, () => {
        const queue = new SendQueue({ ...defaultConfig, scheduler });
        if (interleaving) queue.interleave();
        queue.push(message(50, { context: "begun", lifetime: 100, stream: 1 }), 0);
        queue.cut(10, new OutboundChunk());
        const contexts = ["1", "late 2", "3", "late 1", "late 2, too"];
        for (const context of contexts) {
          const late = context.startsWith("late");
          const lifetime = late ? 100 * Number(context[5]) : Number.POSITIVE_INFINITY;
          queue.push(message(5, { context, lifetime, stream: Number(context.at(-1)) % 3 || 0 }), 0);
        }
        queue.hold([9]);
        queue.push(message(5, { context: "parked", lifetime: 150, stream: 9 }), 0);
        expect(queue.expiry).toBeLessThanOrEqual(100);
        const expired = (now: number) => queue.expire(now).map((it) => it.message.context);
        expect([expired(99), expired(100)]).toEqual([[], ["late 1"]]);
        expect(queue.expiry).toBe(150);
        expect([expired(150), expired(200)]).toEqual([["parked"], ["late 2", "late 2, too"]]);
        expect([queue.expiry, queue.bytes]).toEqual([Number.POSITIVE_INFINITY, 40 + 2 * 5]);
      });
    }
  }

  test("when the peer granted fewer streams than it names", () => {
    const queue = new SendQueue(defaultConfig);
    queue.push(message(5, { stream: 3 }), 0);
    queue.push(message(5, { stream: 2 }), 0);
    expect(queue.refuse(3)?.message.stream).toBe(3);
    expect(queue.refuse(3)).toBeUndefined();
    expect(queue.bytes).toBe(5);
  });
});

test("what is left is listed, the message begun as well", () => {
  const queue = new SendQueue(defaultConfig);
  for (const context of ["one", "two", "three"]) queue.push(message(20, { context }), 0);
  queue.cut(15, new OutboundChunk());
  expect([...queue].map((it) => [it.message.context, it.cut])).toEqual([
    ["one", 15],
    ["two", 0],
    ["three", 0],
  ]);
});
