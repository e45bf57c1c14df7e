import fc from "fast-check";
import { expect, test } from "vitest";
import { covers, lists } from "../../../src/association/reconfig/request.ts";

/** Streams as RE-CONFIG lists them (RFC 6525 §4.1, §4.2): none means all. */

const streams = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40 });

test("a list has what is in it, however long it is, and an empty one has all", () => {
  fc.assert(
    fc.property(streams, fc.integer({ min: 0, max: 30 }), (list, stream) => {
      expect(lists(list, stream)).toBe(list.length === 0 || list.includes(stream));
    }),
  );
});

test("a list covers another if it has all of that", () => {
  const all = Array.from({ length: 31 }, (_, stream) => stream);
  fc.assert(
    fc.property(streams, streams, (list, other) => {
      const named = other.length === 0 ? all : other;
      const isWhole =
        list.length === 0 || (other.length > 0 && named.every((stream) => list.includes(stream)));
      expect(covers(list, other)).toBe(isWhole);
    }),
  );
});

test("a list of all streams that there can be is looked up in at once", () => {
  const list = Array.from({ length: 32_000 }, (_, stream) => stream);
  // One by one this would be half a billion comparisons.
  expect(covers(list, [...list].reverse())).toBe(true);
  expect(lists(list, 32_000)).toBe(false);
});
