import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultConfig } from "../../../src/association/config.ts";
import { Delivery, type DeliveryParameters } from "../../../src/association/receive/delivery.ts";
import type { IDataInboundChunk, InboundChunk } from "../../../src/association/receive/inbound-chunk.ts";
import { TsnTracker } from "../../../src/association/receive/tsn-tracker.ts";
import { asMid, asSsn, asTsn, type Tsn, tsnAdd, tsnDiff } from "../../../src/base/serial.ts";
import { arrivals, arriving, chunk, chunksOf, type Message } from "./messages.ts";
import { expectAll, Reader } from "./reader.ts";
import { firstTsn, SEEDED } from "./support.ts";

/** RFC 9260 §6.2: what is dropped after it was taken can come again, as if it had not come. */

/** Has room for next to nothing: it drops all that waits whenever it is told to. */
const parameters: DeliveryParameters = { ...defaultConfig, receiveBuffer: 10 };

/** What takes chunks and reneges on them. */
class Receiver {
  readonly delivery: Delivery;
  readonly tracker: TsnTracker;
  readonly reader: Reader;
  readonly #pending: InboundChunk[];
  readonly #all: Map<Tsn, InboundChunk>;

  constructor(chunks: readonly InboundChunk[], initialTsn: Tsn, own: Partial<DeliveryParameters>) {
    this.delivery = new Delivery({ ...parameters, ...own });
    const isInterleaved = chunks.some((it) => "fsn" in it);
    if (isInterleaved) this.delivery.interleave();
    this.reader = new Reader(isInterleaved);
    this.tracker = new TsnTracker(initialTsn);
    this.#pending = [...chunks];
    this.#all = new Map(chunks.map((it) => [it.tsn, it]));
  }

  /** Takes the next chunk; false when there is none. */
  take(): boolean {
    const next = this.#pending.shift();
    if (next === undefined) return false;
    this.tracker.add(next.tsn);
    const { delivery } = this;
    // A message that has been put together may have been given its PPID.
    expect("fsn" in next ? delivery.addIData({ ...(next as IDataInboundChunk) }) : delivery.add(next)).toBe(
      true,
    );
    return true;
  }

  renege(): void {
    const { delivery, tracker } = this;
    if (!tracker.hasGaps) return;
    const { unread } = delivery;
    const tsns = delivery.renege(tracker.next, tracker.highest);
    let freed = 0;
    for (const tsn of tsns) {
      const it = this.#all.get(tsn);
      if (it === undefined) throw new Error("what was dropped had not come");
      expect(tracker.classify(tsn)).toBe("duplicate");
      tracker.renege(tsn);
      expect(tracker.classify(tsn)).toBe("ahead");
      freed += it.data.length;
      this.#pending.push(it);
    }
    expect(delivery.unread).toBe(unread - freed);
  }
}

const steps = fc.array(fc.record({ takes: fc.integer({ min: 1, max: 6 }), reads: fc.nat({ max: 2 }) }), {
  maxLength: 12,
  size: "max",
});

function play(receiver: Receiver, list: readonly { readonly takes: number; readonly reads: number }[]): void {
  for (const { takes, reads } of list) {
    for (let count = takes; count > 0; count -= 1) receiver.take();
    for (let count = reads; count > 0; count -= 1) {
      const message = receiver.delivery.read();
      if (message !== undefined) receiver.reader.take(message);
    }
    receiver.renege();
  }
  while (receiver.take());
  receiver.reader.readAll(receiver.delivery);
}

const partialDeliveryPoint = fc.constantFrom(0, 40, Number.POSITIVE_INFINITY);

test("DATA that was dropped, at any moment, and comes again makes every message whole, once and in order", () => {
  fc.assert(
    fc.property(arrivals(300, firstTsn), steps, partialDeliveryPoint, (it, list, point) => {
      const receiver = new Receiver(arriving(it), it.initialTsn, { partialDeliveryPoint: point });
      play(receiver, list);
      expectAll(receiver.reader, it.list);
      expect([receiver.delivery.unread, receiver.tracker.hasGaps]).toEqual([0, false]);
    }),
    { ...SEEDED, numRuns: 1_000 },
  );
});

/** The chunks of these messages as I-DATA: one of each lane in turn. */
function interleave(list: readonly Message[], initialTsn: Tsn): IDataInboundChunk[] {
  const lanes = new Map<string, Omit<IDataInboundChunk, "tsn">[]>();
  const mids = new Map<string, number>();
  let fsn = 0;
  for (const { tsn: _, ...it } of chunksOf(list, asTsn(0))) {
    const key = `${it.stream} ${it.unordered}`;
    const mid = (mids.get(key) ?? -1) + Number(it.beginning);
    mids.set(key, mid);
    fsn = it.beginning ? 0 : fsn + 1;
    const lane = lanes.get(key) ?? [];
    lanes.set(key, lane);
    lane.push({ ...it, mid: asMid(mid), ssn: asSsn(mid), fsn });
  }
  const chunks: IDataInboundChunk[] = [];
  while (lanes.size > 0) {
    for (const [key, lane] of lanes) {
      const next = lane.shift();
      if (next === undefined) lanes.delete(key);
      else chunks.push({ ...next, tsn: tsnAdd(initialTsn, chunks.length) });
    }
  }
  return chunks;
}

test("the same of I-DATA", () => {
  fc.assert(
    fc.property(arrivals(300, firstTsn), steps, (it, list) => {
      const chunks = interleave(it.list, it.initialTsn);
      const order = it.order.flatMap((place) => chunks[place] ?? []);
      const receiver = new Receiver(order, it.initialTsn, {});
      play(receiver, list);
      expectAll(receiver.reader, it.list);
      expect([receiver.delivery.unread, receiver.tracker.hasGaps]).toEqual([0, false]);
    }),
    { ...SEEDED, numRuns: 1_000 },
  );
});

test("what is kept for streams that will begin anew is dropped, too, and only as much as it takes", () => {
  const receiveBuffer = 1_000;
  const delivery = new Delivery({ ...parameters, receiveBuffer });
  const first = asTsn(0xffff_fff0);
  delivery.defer([1], first);
  // 17 of 260 bytes would be less than four buffers and a half.
  for (let index = 1; index <= 19; index += 1) {
    delivery.add(chunk(tsnAdd(first, index), { stream: 1, ssn: asSsn(index) }));
  }
  const dropped = delivery.renege(first, tsnAdd(first, 19));
  expect(dropped.map((tsn) => tsnDiff(tsn, first))).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  expect(delivery.unread).toBe(9 * 100);
  expect(delivery.releaseDeferred()).toBe(true);
  expect(delivery.unread).toBe(9 * 100);
});
