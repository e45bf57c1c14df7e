import { message } from "@usctp/sim";
import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultConfig } from "../../../src/association/config.ts";
import { OutboundChunk } from "../../../src/association/send/outbound-chunk.ts";
import { SendQueue } from "../../../src/association/send/queue.ts";
import { DataFlag } from "../../../src/packet/chunks/data.ts";
import { SEEDED } from "./support.ts";

/** Records that are handed over in parts (RFC 6458 §8.1.26), and messages among them. */

interface Part {
  readonly length: number;
  readonly stream: number;
  readonly unordered: boolean;
  readonly more: boolean;
  /** Chunks that are cut, if there is something to cut, before the next part comes. */
  readonly cuts: number;
}

const part: fc.Arbitrary<Part> = fc.record({
  length: fc.integer({ min: 1, max: 30 }),
  stream: fc.nat({ max: 2 }),
  unordered: fc.boolean(),
  more: fc.boolean(),
  cuts: fc.nat({ max: 4 }),
});

interface SentRecord {
  readonly stream: number;
  readonly unordered: boolean;
  readonly ppid: number;
  readonly bytes: number[];
}

test("records go one after another, in the order in which they were begun, each whole", () => {
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 30, size: "max" }),
      fc.integer({ min: 1, max: 12 }),
      (parts, max) => {
        const queue = new SendQueue(defaultConfig);
        const records: SentRecord[] = [];
        const open = new Map<string, SentRecord>();
        const chunks: OutboundChunk[] = [];
        let bytes = 0;
        const cut = (most: number): void => {
          for (let count = most; count > 0 && queue.peek() !== undefined; count--) {
            const expected = queue.nextPayload(max);
            const chunk = new OutboundChunk();
            queue.cut(max, chunk);
            expect(chunk.length).toBe(expected);
            bytes -= chunk.length;
            chunks.push(chunk);
          }
        };
        const push = ({ length, stream, unordered, more }: Omit<Part, "cuts">, ppid: number): void => {
          const data = Uint8Array.from({ length }, (_, index) => (ppid * 31 + index) & 0xff);
          const key = `${stream} ${unordered}`;
          const record = open.get(key) ?? { stream, unordered, ppid, bytes: [] };
          if (!open.has(key)) records.push(record);
          record.bytes.push(...data);
          if (more) open.set(key, record);
          else open.delete(key);
          expect(queue.push(message(data, { stream, unordered, more, ppid }), 0)).toBeUndefined();
          bytes += length;
        };
        for (const [index, it] of parts.entries()) {
          push(it, index);
          cut(it.cuts);
          expect(queue.bytes).toBe(bytes);
          const left = [...queue].reduce((sum, queued) => sum + queued.size - queued.cut, 0);
          expect(left).toBe(bytes);
        }
        for (const { stream, unordered } of [...open.values()]) {
          push({ length: 1, stream, unordered, more: false }, 99);
        }
        cut(Number.POSITIVE_INFINITY);
        expect([queue.isEmpty, queue.bytes, [...queue]]).toEqual([true, 0, []]);

        const ssns = new Map<number, number>();
        for (const record of records) {
          const got: number[] = [];
          for (let isLast = false; !isLast; ) {
            const chunk = chunks.shift();
            if (chunk === undefined) throw new Error("a record is not whole");
            expect((chunk.flags & DataFlag.BEGINNING) !== 0).toBe(got.length === 0);
            expect((chunk.flags & DataFlag.UNORDERED) !== 0).toBe(record.unordered);
            const ssn = record.unordered ? 0 : (ssns.get(record.stream) ?? 0);
            expect([chunk.stream, chunk.ppid, chunk.ssn]).toEqual([record.stream, record.ppid, ssn]);
            got.push(...chunk.bytes.subarray(chunk.offset, chunk.offset + chunk.length));
            isLast = (chunk.flags & DataFlag.ENDING) !== 0;
          }
          expect(got).toEqual(record.bytes);
          if (!record.unordered) ssns.set(record.stream, (ssns.get(record.stream) ?? 0) + 1);
        }
        expect(chunks).toEqual([]);
      },
    ),
    SEEDED,
  );
});

test("a record that is begun and waits for its next part holds everything back", () => {
  const queue = new SendQueue(defaultConfig);
  queue.push(message(new Uint8Array(5), { more: true }), 0);
  queue.cut(10, new OutboundChunk());
  queue.push(message(new Uint8Array(7), { stream: 1, lifetime: 100 }), 0);
  expect([queue.peek(), queue.nextPayload(10), queue.isEmpty, queue.bytes]).toEqual([undefined, 0, false, 7]);
  expect(queue.expire(99)).toEqual([]);
  // But for what is past its lifetime.
  expect(queue.expire(200).map(({ size }) => size)).toEqual([7]);
  expect([queue.expiry, queue.bytes]).toEqual([Number.POSITIVE_INFINITY, 0]);
  queue.push(message(new Uint8Array(3)), 0);
  expect(queue.peek()?.size).toBe(3);
});

test("a record of which nothing was sent is given up whole, with the parts to come", () => {
  const queue = new SendQueue(defaultConfig);
  queue.push(message(new Uint8Array(5), { more: true, lifetime: 100 }), 0);
  // The lifetime of the record is that of its first part.
  queue.push(message(new Uint8Array(6), { more: true, lifetime: 10 }), 0);
  expect([queue.expiry, queue.expire(99)]).toEqual([100, []]);
  expect(queue.expire(100).map(({ next }) => next?.size)).toEqual([6]);
  expect([queue.bytes, queue.isEmpty]).toEqual([0, true]);
  expect(queue.push(message(new Uint8Array(7), { more: true }), 100)).toBe("expired");
  expect(queue.push(message(new Uint8Array(8)), 100)).toBe("expired");
  // That was its end.
  expect(queue.push(message(new Uint8Array(9)), 100)).toBeUndefined();
  expect(queue.bytes).toBe(9);
});
