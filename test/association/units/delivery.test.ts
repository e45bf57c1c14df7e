import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultConfig } from "../../../src/association/config.ts";
import { Delivery, type DeliveryParameters } from "../../../src/association/receive/delivery.ts";
import type { InboundChunk } from "../../../src/association/receive/inbound-chunk.ts";
import { TsnTracker } from "../../../src/association/receive/tsn-tracker.ts";
import { asSsn, asTsn, tsnAdd, tsnDiff } from "../../../src/base/serial.ts";
import { arrivals, arriving, chunk, chunksOf, type Message } from "./messages.ts";
import { expectAll, Reader } from "./reader.ts";
import { firstTsn, SEEDED } from "./support.ts";

/** RFC 9260 §6.2 (the window), §6.5, §6.6 (order), §6.9 (parts), as one: what is taken, kept and read. */

function makeDelivery(receiveBuffer: number, parameters: Partial<DeliveryParameters> = {}): Delivery {
  return new Delivery({ ...defaultConfig, receiveBuffer, ...parameters });
}

test("any interleaving arrives whole, once and in order, and the window returns to what it was", () => {
  const limit = 1_000_000;
  const reads = fc.array(fc.nat({ max: 3 }), { maxLength: 60, size: "max" });
  fc.assert(
    fc.property(arrivals(300, firstTsn), reads, (it, counts) => {
      const delivery = makeDelivery(limit);
      const reader = new Reader();
      let unread = 0;
      for (const [index, arrival] of arriving(it).entries()) {
        expect(delivery.add(arrival)).toBe(true);
        unread += arrival.data.length;
        for (let count = counts[index] ?? 0; count > 0 && delivery.hasMessage; count--) {
          const message = delivery.read();
          if (message === undefined) throw new Error("hasMessage and no message");
          unread -= message.data.length;
          reader.take(message);
        }
        // RFC 9260 §6.2 B, C: what is kept closes the window, what is read opens it.
        expect(delivery.unread).toBe(unread);
        expect(delivery.window).toBeLessThanOrEqual(limit - unread);
      }
      reader.readAll(delivery);
      expectAll(reader, it.list);
      expect([delivery.unread, delivery.window, delivery.hasMessage]).toEqual([0, limit, false]);
    }),
    SEEDED,
  );
});

/** Who takes chunks as onData does: within the window, or into a gap, up to the hard bound (RFC 9260 §6.2). */
class Receiver {
  readonly delivery: Delivery;
  readonly tracker: TsnTracker;
  readonly reader: Reader = new Reader();

  constructor(limit: number, first: InboundChunk | undefined) {
    this.delivery = makeDelivery(limit);
    this.tracker = new TsnTracker(first?.tsn ?? asTsn(0));
  }

  /** False when it was dropped for want of room. */
  offer(it: InboundChunk): boolean {
    const { delivery, tracker } = this;
    if (tracker.classify(it.tsn) === "duplicate") return true;
    const fits = delivery.window >= it.data.length;
    const mayOverrun = !delivery.isOverrun && (delivery.window > 0 || !tracker.isBeyondHighest(it.tsn));
    if (!fits && !mayOverrun && !delivery.awaits(it.tsn)) return false;
    tracker.add(it.tsn);
    expect(delivery.add(it)).toBe(true);
    return true;
  }
}

/** Messages of up to thrice the buffer, in fragments of a tenth to a third of it. */
const LIMIT = 1_200;
const largeMessages: fc.Arbitrary<Message[]> = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 3 * LIMIT }),
    stream: fc.integer({ min: 0, max: 2 }),
    unordered: fc.boolean(),
    fragment: fc.integer({ min: LIMIT / 10, max: LIMIT / 3 }),
  }),
  { maxLength: 8, size: "max" },
);

test("messages larger than the buffer come in parts, and nothing ever stands still", () => {
  const step = fc.record({
    what: fc.constantFrom("arrives", "is lost", "is repaired"),
    pick: fc.nat(),
    reads: fc.nat({ max: 2 }),
  });
  fc.assert(
    fc.property(
      largeMessages,
      firstTsn,
      fc.array(step, { maxLength: 60, size: "max" }),
      (list, first, steps) => {
        const unsent = chunksOf(list, first);
        const lost: InboundChunk[] = [];
        const receiver = new Receiver(LIMIT, unsent[0]);
        const { delivery, reader } = receiver;
        /** A sender keeps to the window, and to what is under way (RFC 9260 §6.1 A); with nothing there it probes. */
        const next = (): InboundChunk | undefined => {
          const underWay = lost.reduce((sum, it) => sum + it.data.length, 0);
          const [it] = unsent;
          const fits = it !== undefined && underWay + it.data.length <= delivery.window;
          return fits || lost.length === 0 ? unsent.shift() : undefined;
        };
        for (const { what, pick, reads } of steps) {
          const it = what === "is repaired" ? lost.splice(pick % (lost.length || 1), 1)[0] : next();
          if (it !== undefined && (what === "is lost" || !receiver.offer(it))) lost.push(it);
          for (let count = reads; count > 0; count--) {
            const message = delivery.read();
            if (message !== undefined) reader.take(message);
          }
        }
        // From now on nothing is lost, what was lost is repeated from below, and the user reads all there is.
        while (lost.length + unsent.length > 0) {
          reader.readAll(delivery);
          lost.sort((a, b) => tsnDiff(a.tsn, b.tsn));
          const it = lost.shift() ?? next();
          expect(it !== undefined && receiver.offer(it)).toBe(true);
        }
        reader.readAll(delivery);
        expectAll(reader, list);
        expect([delivery.unread, delivery.window]).toEqual([0, LIMIT]);
      },
    ),
    SEEDED,
  );
});

test("a peer that heeds no window is not followed beyond a bound", () => {
  fc.assert(
    fc.property(
      largeMessages,
      firstTsn,
      fc.array(fc.nat(), { maxLength: 100, size: "max" }),
      (list, first, picks) => {
        const chunks = chunksOf(list, first);
        const receiver = new Receiver(LIMIT, chunks[0]);
        for (const pick of picks) {
          const it = chunks[pick % (chunks.length || 1)];
          if (it !== undefined) receiver.offer(it);
          expect(receiver.delivery.unread).toBeLessThanOrEqual(2 * LIMIT + LIMIT / 3);
        }
      },
    ),
    SEEDED,
  );
});

test("a message in tiny fragments fills the memory, and comes in parts too", () => {
  const delivery = makeDelivery(LIMIT);
  const reader = new Reader();
  const COUNT = 300;
  for (let i = 0; i < COUNT; i++) {
    const piece = { beginning: i === 0, ending: i === COUNT - 1, data: Uint8Array.of(i & 0xff) };
    if (delivery.window === 0) reader.readAll(delivery);
    expect(delivery.window).toBeGreaterThan(0);
    delivery.add(chunk(tsnAdd(asTsn(1), i), piece));
  }
  reader.readAll(delivery);
  expect(reader.received.map(({ data }) => data.length)).toEqual([COUNT]);
});

describe("the window", () => {
  const T = asTsn(1);

  test("memory counts where messages are tiny", () => {
    const delivery = makeDelivery(10_000);
    let count = 0;
    for (; delivery.window > 0 && count < 10_000; count++) {
      delivery.add(chunk(tsnAdd(T, count), { data: new Uint8Array(1), unordered: true }));
    }
    // 40,000 bytes of memory, far fewer of them user data.
    expect(count).toBeGreaterThan(50);
    expect(count).toBeLessThan(500);
  });

  test("a view counts with the datagram that it holds", () => {
    const delivery = makeDelivery(10_000);
    delivery.add(chunk(T, { data: new Uint8Array(16_000).subarray(0, 9_000) }));
    expect(delivery.window).toBe(1_000);
    delivery.add(chunk(tsnAdd(T, 1), { ssn: asSsn(1), data: new Uint8Array(30_000).subarray(0, 500) }));
    expect(delivery.window).toBe(0);
  });

  // RFC 9260 §6.2 C: "if the receiver is holding fragmented DATA chunks in a reassembly queue, it SHOULD NOT increment
  // a_rwnd".
  test("a_rwnd shrinks by all that comes, whole or not, and grows by what is read alone", () => {
    const delivery = makeDelivery(20_000);
    const data = new Uint8Array(1_000);
    const windows = [delivery.advertise()];
    const take = (index: number, parts: Partial<InboundChunk>): void => {
      expect(delivery.add(chunk(tsnAdd(T, index), { data, ...parts }))).toBe(true);
      windows.push(delivery.advertise());
    };
    take(0, { ending: false });
    // Before its turn.
    take(3, { ssn: asSsn(1) });
    take(1, { beginning: false });
    take(2, { unordered: true });
    expect(windows).toEqual([20_000, 19_000, 18_000, 17_000, 16_000]);
    const reads = Array.from({ length: 4 }, () => [delivery.read()?.data.length, delivery.advertise()]);
    expect(reads).toEqual([
      [2_000, 18_000],
      [1_000, 19_000],
      [1_000, 20_000],
      [undefined, 20_000],
    ]);
  });

  // RFC 9260 §6.2, RFC 1122 §4.2.3.3: the receiver must not offer crumbs.
  test("a small rest is told as none, and an opening only when it is worth a packet", () => {
    const delivery = makeDelivery(8_000);
    for (let i = 0; i < 7; i++) {
      delivery.add(chunk(tsnAdd(T, i), { ssn: asSsn(i), data: new Uint8Array(1_000) }));
    }
    expect([delivery.window, delivery.advertise(), delivery.advertised]).toEqual([1_000, 0, 0]);
    delivery.read();
    expect([delivery.window, delivery.hasOpened]).toEqual([2_000, true]);
    expect(delivery.advertise()).toBe(2_000);
    delivery.read();
    expect([delivery.window, delivery.hasOpened]).toEqual([3_000, false]);
    delivery.read();
    expect([delivery.window, delivery.hasOpened]).toEqual([4_000, true]);
  });

  test("a smaller buffer closes it, a larger one opens it", () => {
    const delivery = makeDelivery(10_000);
    delivery.add(chunk(T, { data: new Uint8Array(5_000) }));
    delivery.configure({ ...defaultConfig, receiveBuffer: 4_000 });
    expect(delivery.window).toBe(0);
    delivery.configure({ ...defaultConfig, receiveBuffer: 50_000 });
    expect(delivery.window).toBe(45_000);
  });
});

describe("what contradicts what is there", () => {
  const T = asTsn(0xffff_fffe);
  const begin = { beginning: true, ending: false };
  const middle = { beginning: false, ending: false };

  test("fragments that do not fit are not taken", () => {
    const delivery = makeDelivery(100_000);
    expect(delivery.add(chunk(T, begin))).toBe(true);
    expect(delivery.add(chunk(tsnAdd(T, 1), begin))).toBe(false);
  });

  test("a whole message in the middle of another is not taken", () => {
    const delivery = makeDelivery(100_000);
    expect(delivery.add(chunk(T, begin))).toBe(true);
    expect(delivery.add(chunk(tsnAdd(T, 1)))).toBe(false);
  });

  test.each<[string, Partial<InboundChunk>]>([
    ["a beginning", begin],
    ["a whole message", {}],
    ["another stream", { ...middle, stream: 1 }],
    ["another SSN", { ...middle, ssn: asSsn(9) }],
    ["unordered", { ...middle, unordered: true }],
  ])("behind a part that was delivered: %s", (_, parts) => {
    const delivery = makeDelivery(4_000);
    for (let i = 0; i < 4; i++) {
      const piece = { ...(i === 0 ? begin : middle), data: new Uint8Array(1_000) };
      expect(delivery.add(chunk(tsnAdd(T, i), piece))).toBe(true);
    }
    expect(delivery.read()).toMatchObject({ more: true, continuation: false });
    for (const message of [delivery.read()]) expect(message?.more ?? true).toBe(true);
    expect(delivery.add(chunk(tsnAdd(T, 4), parts))).toBe(false);
  });

  test("two messages with one SSN that wait for the same turn: the second is not taken", () => {
    const delivery = makeDelivery(100_000);
    expect(delivery.add(chunk(T, { ssn: asSsn(5) }))).toBe(true);
    expect(delivery.add(chunk(tsnAdd(T, 1), { ssn: asSsn(5) }))).toBe(false);
  });
});

describe("order", () => {
  const T = asTsn(1);

  test("an SSN wraps", () => {
    const delivery = makeDelivery(1_000_000);
    const data = new Uint8Array(1);
    const ssns: (number | undefined)[] = [];
    for (let i = 0; i < 65_540; i++) {
      delivery.add(chunk(tsnAdd(T, i), { ssn: asSsn(i), data }));
      const message = delivery.read();
      if (i >= 65_534) ssns.push(message?.ssn);
    }
    expect(ssns).toEqual([65_534, 65_535, 0, 1, 2, 3]);
  });

  test("a message waits for the one before on its stream, and for no other", () => {
    const delivery = makeDelivery(1_000_000);
    delivery.add(chunk(tsnAdd(T, 1), { ssn: asSsn(1) }));
    expect(delivery.hasMessage).toBe(false);
    delivery.add(chunk(tsnAdd(T, 2), { stream: 1 }));
    delivery.add(chunk(tsnAdd(T, 3), { unordered: true, ssn: asSsn(1) }));
    const first = [delivery.read(), delivery.read(), delivery.read()];
    expect(first.map((it) => it?.tsn)).toEqual([3, 4, undefined]);
    delivery.add(chunk(T));
    expect([delivery.read(), delivery.read()].map((it) => it?.tsn)).toEqual([1, 2]);
  });

  test("what is complete while another message comes in parts is delivered behind it", () => {
    const delivery = makeDelivery(4_000);
    const piece = (index: number, parts: Partial<InboundChunk>): boolean =>
      delivery.add(chunk(tsnAdd(T, index), { data: new Uint8Array(1_000), ...parts }));
    piece(0, { beginning: true, ending: false });
    for (const index of [1, 2, 3]) piece(index, { beginning: false, ending: false });
    expect(delivery.read()).toMatchObject({ more: true, tsn: 1 });
    piece(5, { stream: 1 });
    piece(6, { unordered: true });
    expect(delivery.read()).toBeUndefined();
    piece(4, { beginning: false, ending: true });
    const rest = [delivery.read(), delivery.read(), delivery.read()];
    expect(rest.map((it) => [it?.tsn, it?.more, it?.continuation])).toEqual([
      [5, false, true],
      [6, false, false],
      [7, false, false],
    ]);
  });
});

// A window of 0 drops what is new (RFC 9260 §6.2): here that would be for ever, for there is nothing to read.
test("a message that fits the buffer comes whole, however much of it that is", () => {
  const delivery = makeDelivery(10_000);
  for (let i = 0; i < 8; i++) {
    const ends = { beginning: i === 0, ending: i === 7 };
    delivery.add(chunk(tsnAdd(asTsn(1), i), { ...ends, data: new Uint8Array(1_000) }));
  }
  const message = delivery.read();
  expect([message?.data.length, message?.more, message?.continuation]).toEqual([8_000, false, false]);
});

test("what goes on with a message in parts is awaited when messages held behind it fill the window", () => {
  const T = asTsn(0xffff_fffe);
  const delivery = makeDelivery(4_000);
  const add = (index: number, parts: Partial<InboundChunk>): boolean =>
    delivery.add(chunk(tsnAdd(T, index), { data: new Uint8Array(1_000), ...parts }));
  // The first of four is late, and the beginning of a large message comes before it.
  for (const index of [1, 2, 3]) add(index, { ssn: asSsn(index) });
  add(4, { stream: 1, ending: false });
  expect(delivery.awaits(tsnAdd(T, 5))).toBe(false);
  expect(delivery.read()).toMatchObject({ stream: 1, more: true });
  add(0, {});
  expect([delivery.window, delivery.hasMessage]).toEqual([0, false]);
  expect([4, 5, 6].map((index) => delivery.awaits(tsnAdd(T, index)))).toEqual([false, true, false]);
  add(5, { stream: 1, beginning: false, ending: false });
  // Now there is something to read: no more until it is.
  expect(delivery.awaits(tsnAdd(T, 6))).toBe(false);
  expect(delivery.read()).toMatchObject({ stream: 1, more: true, continuation: true });
  add(6, { stream: 1, beginning: false });
  const rest = Array.from({ length: 6 }, () => delivery.read()?.ssn);
  expect(rest).toEqual([0, 0, 1, 2, 3, undefined]);
  expect(delivery.window).toBe(4_000);
});

describe("a restart of the peer (RFC 9260 §5.2.4 A)", () => {
  const T = asTsn(1);

  test("leaves whole messages to be read, and nothing of the others", () => {
    const delivery = makeDelivery(10_000);
    delivery.add(chunk(T));
    delivery.add(chunk(tsnAdd(T, 2), { beginning: true, ending: false, stream: 1 }));
    delivery.add(chunk(tsnAdd(T, 5), { ssn: asSsn(7) }));
    delivery.restart();
    expect([delivery.unread, delivery.window]).toEqual([100, 9_900]);
    // SSNs begin anew.
    delivery.add(chunk(asTsn(90_000), { ssn: asSsn(0) }));
    expect([delivery.read(), delivery.read(), delivery.read()].map((it) => it?.tsn)).toEqual([
      1,
      90_000,
      undefined,
    ]);
    expect([delivery.unread, delivery.window]).toEqual([0, 10_000]);
  });

  test("in the middle of a message in parts: what was held behind it comes, the next is no continuation", () => {
    const delivery = makeDelivery(4_000);
    delivery.add(chunk(T, { ending: false, data: new Uint8Array(3_500) }));
    delivery.add(chunk(tsnAdd(T, 4), { stream: 1 }));
    expect(delivery.read()).toMatchObject({ more: true });
    delivery.restart();
    expect(delivery.read()).toMatchObject({ stream: 1, more: false, continuation: false });
    delivery.add(chunk(asTsn(90_000)));
    expect(delivery.read()).toMatchObject({ tsn: 90_000, more: false, continuation: false });
    expect([delivery.unread, delivery.window]).toEqual([0, 4_000]);
  });
});
