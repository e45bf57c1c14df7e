import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultConfig } from "../../../src/association/config.ts";
import type { IncomingMessage } from "../../../src/association/events.ts";
import { Delivery, type DeliveryParameters } from "../../../src/association/receive/delivery.ts";
import type { InboundChunk } from "../../../src/association/receive/inbound-chunk.ts";
import { asSsn, asTsn, tsnAdd } from "../../../src/base/serial.ts";
import { arrivals, arriving, chunk, dataOf } from "./messages.ts";
import { firstTsn, SEEDED } from "./support.ts";

/** RFC 6458 §8.1.20 and §8.1.21: when a message comes in parts, and what may come between them. */

function makeDelivery(parameters: Partial<DeliveryParameters> = {}): Delivery {
  return new Delivery({ ...defaultConfig, ...parameters });
}

const T = asTsn(0xffff_fffd);
const begin = { beginning: true, ending: false };
const middle = { beginning: false, ending: false };
const end = { beginning: false, ending: true };

/** Adds chunks of 100 bytes at offsets from T. */
function adder(delivery: Delivery): (offset: number, parts?: Partial<InboundChunk>) => boolean {
  return (offset, parts = {}) => delivery.add(chunk(tsnAdd(T, offset), parts));
}

/** Everything that there is to read, as "stream:bytes", with "+" where more follows and "…" before a continuation. */
function read(delivery: Delivery): string[] {
  const all: string[] = [];
  for (let it = delivery.read(); it !== undefined; it = delivery.read()) {
    const stream = it.unordered ? `${it.stream}u` : it.stream;
    all.push(`${it.continuation ? "…" : ""}${stream}:${it.data.length}${it.more ? "+" : ""}`);
  }
  return all;
}

describe("the partial delivery point", () => {
  test("a message of which more has come, without its end, comes in parts from then on", () => {
    const delivery = makeDelivery({ partialDeliveryPoint: 250 });
    const add = adder(delivery);
    add(0, begin);
    add(1, middle);
    expect(read(delivery)).toEqual([]);
    add(2, middle);
    expect(read(delivery)).toEqual(["0:300+"]);
    add(3, middle);
    add(4, end);
    expect(read(delivery)).toEqual(["…0:100+", "…0:100"]);
  });

  // RFC 6458 §8.1.21: "any single message having a length smaller than or equal to the SCTP partial delivery point will
  // be delivered in a single read call".
  test("a message of that size comes whole, and a larger one whose end has come", () => {
    const delivery = makeDelivery({ partialDeliveryPoint: 200 });
    const add = adder(delivery);
    add(0, begin);
    add(1, end);
    expect(read(delivery)).toEqual(["0:200"]);
    add(2, { ...begin, ssn: asSsn(1) });
    add(4, { ...end, ssn: asSsn(1) });
    add(3, { ...middle, ssn: asSsn(1) });
    expect(read(delivery)).toEqual(["0:300"]);
  });

  test("what has come out of sequence does not count until the gap is filled", () => {
    const delivery = makeDelivery({ partialDeliveryPoint: 200 });
    const add = adder(delivery);
    add(0, begin);
    add(2, middle);
    add(3, middle);
    expect(read(delivery)).toEqual([]);
    add(1, middle);
    expect(read(delivery)).toEqual(["0:400+"]);
  });

  test("a message that is not the next of its stream waits for its turn, then begins", () => {
    const delivery = makeDelivery({ partialDeliveryPoint: 150 });
    const add = adder(delivery);
    add(1, { ...begin, ssn: asSsn(1) });
    add(2, { ...middle, ssn: asSsn(1) });
    expect(read(delivery)).toEqual([]);
    add(0);
    expect(read(delivery)).toEqual(["0:100", "0:200+"]);
  });

  test("a message that waits for the end of another one in parts begins behind it", () => {
    const delivery = makeDelivery({ partialDeliveryPoint: 150 });
    const add = adder(delivery);
    add(0, begin);
    add(1, middle);
    add(3, { ...begin, stream: 1 });
    add(4, { ...middle, stream: 1 });
    expect(read(delivery)).toEqual(["0:200+"]);
    add(2, end);
    expect(read(delivery)).toEqual(["…0:100", "1:200+"]);
  });

  test("a lower point takes effect at once", () => {
    const delivery = makeDelivery();
    const add = adder(delivery);
    add(0, begin);
    add(1, middle);
    expect(read(delivery)).toEqual([]);
    delivery.configure({ ...defaultConfig, partialDeliveryPoint: 100 });
    expect(read(delivery)).toEqual(["0:200+"]);
  });
});

describe("with interleaving", () => {
  const parameters = { partialDeliveryPoint: 150, fragmentInterleave: true };

  test("messages of other streams come between the parts, and unordered ones", () => {
    const delivery = makeDelivery(parameters);
    const add = adder(delivery);
    add(0, begin);
    add(1, middle);
    add(3, { stream: 1 });
    add(4, { unordered: true });
    expect(read(delivery)).toEqual(["0:200+", "1:100", "0u:100"]);
  });

  test("no other message of the stream does before the last part", () => {
    const delivery = makeDelivery(parameters);
    const add = adder(delivery);
    add(0, begin);
    add(1, middle);
    add(3, { ssn: asSsn(1) });
    add(4, { ...begin, unordered: true });
    add(5, { ...middle, unordered: true });
    add(7, { unordered: true });
    expect(read(delivery)).toEqual(["0:200+", "0u:200+"]);
    add(6, { ...end, unordered: true });
    expect(read(delivery)).toEqual(["…0u:100", "0u:100"]);
    add(2, end);
    expect(read(delivery)).toEqual(["…0:100", "0:100"]);
  });

  test("messages of several streams are in parts at one time", () => {
    const delivery = makeDelivery(parameters);
    const add = adder(delivery);
    for (const [at, stream] of [0, 1, 2].entries()) {
      add(at * 4, { ...begin, stream });
      add(at * 4 + 1, { ...middle, stream });
    }
    expect(read(delivery)).toEqual(["0:200+", "1:200+", "2:200+"]);
    for (const at of [2, 1, 0]) {
      add(at * 4 + 3, { ...end, stream: at });
      add(at * 4 + 2, { ...middle, stream: at });
    }
    expect(read(delivery)).toEqual(["…2:200", "…1:200", "…0:200"]);
  });

  test("a whole message with the SSN of one in parts is not taken", () => {
    const delivery = makeDelivery(parameters);
    const add = adder(delivery);
    add(0, begin);
    add(1, middle);
    expect(add(5, { ssn: asSsn(0) })).toBe(false);
  });

  test("turned on, it lets go what was held back; turned off, the messages in parts go on", () => {
    const delivery = makeDelivery({ ...parameters, fragmentInterleave: false });
    const add = adder(delivery);
    add(0, begin);
    add(1, middle);
    add(3, { stream: 1 });
    add(4, { ...begin, stream: 2 });
    add(5, { ...middle, stream: 2 });
    expect(read(delivery)).toEqual(["0:200+"]);
    delivery.configure({ ...defaultConfig, ...parameters });
    expect(read(delivery)).toEqual(["1:100", "2:200+"]);
    delivery.configure({ ...defaultConfig, ...parameters, fragmentInterleave: false });
    add(7, { stream: 3 });
    add(6, { ...end, stream: 2 });
    expect(read(delivery)).toEqual(["…2:100"]);
    add(2, end);
    expect(read(delivery)).toEqual(["…0:100", "3:100"]);
  });
});

test("in parts or whole, interleaved or not, every message arrives as it was sent", () => {
  const point = fc.constantFrom(1, 60, 150, Number.POSITIVE_INFINITY);
  fc.assert(
    fc.property(arrivals(300, firstTsn), point, fc.boolean(), (it, partialDeliveryPoint, interleave) => {
      const delivery = makeDelivery({ partialDeliveryPoint, fragmentInterleave: interleave });
      const open = new Map<string, IncomingMessage[]>();
      const received: string[] = [];
      for (const arrival of arriving(it)) {
        expect(delivery.add(arrival)).toBe(true);
        for (let message = delivery.read(); message !== undefined; message = delivery.read()) {
          const key = `${message.stream} ${message.unordered}`;
          const parts = open.get(key) ?? [];
          expect(message.continuation).toBe(parts.length > 0);
          if (!interleave) expect([...open.keys()].filter((other) => other !== key)).toEqual([]);
          parts.push(message);
          open.set(key, parts);
          if (message.more) continue;
          open.delete(key);
          received.push(`${key}: ${parts.flatMap(({ data }) => [...data])}`);
        }
      }
      const sent = it.list.map(
        (message, index) => `${message.stream} ${message.unordered}: ${[...dataOf(message, index)]}`,
      );
      expect([...received].sort()).toEqual([...sent].sort());
      // The ordered ones of each stream in their order.
      for (const key of ["0 false", "1 false", "2 false"]) {
        const ofStream = (all: readonly string[]): string[] => all.filter((text) => text.startsWith(key));
        expect(ofStream(received)).toEqual(ofStream(sent));
      }
      expect([delivery.unread, delivery.hasMessage]).toEqual([0, false]);
    }),
    SEEDED,
  );
});

test("a message in parts of which none was read, and that is skipped, holds the others back no longer", () => {
  const delivery = makeDelivery({ partialDeliveryPoint: 150 });
  const first = asTsn(1);
  const part = { data: new Uint8Array(100), ending: false };
  expect(delivery.add(chunk(first, part))).toBe(true);
  expect(delivery.add(chunk(tsnAdd(first, 1), { ...part, beginning: false }))).toBe(true);
  expect(delivery.add(chunk(tsnAdd(first, 3), { stream: 1 }))).toBe(true);
  expect(delivery.skip(tsnAdd(first, 2), [{ stream: 0, ssn: asSsn(0) }])).toEqual([]);
  expect(delivery.read()?.stream).toBe(1);
});
