import fc from "fast-check";
import { expect, test } from "vitest";
import { Ring } from "../../src/base/ring.ts";

type Step = ["push", number] | ["unshift", number] | ["shift"] | ["set", number, number] | ["clear"];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant("push" as const), fc.nat()) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("unshift" as const), fc.nat()) },
  { weight: 6, arbitrary: fc.tuple(fc.constant("shift" as const)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("set" as const), fc.integer({ min: -1, max: 40 }), fc.nat()) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("clear" as const)) },
);

test("behaves like an array, through growth and wrap-around", () => {
  fc.assert(
    fc.property(fc.nat(4), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
      const ring = new Ring<number>(capacity);
      const model: number[] = [];
      for (const [action, first, second] of steps) {
        if (action === "push") {
          ring.push(first);
          model.push(first);
        } else if (action === "unshift") {
          ring.unshift(first);
          model.unshift(first);
        } else if (action === "shift") expect(ring.shift()).toBe(model.shift());
        else if (action === "set") {
          ring.set(first, second);
          if (first >= 0 && first < model.length) model[first] = second;
        } else {
          ring.clear();
          model.length = 0;
        }
        expect(ring.length).toBe(model.length);
        expect(ring.peek()).toBe(model[0]);
        expect([...ring]).toEqual(model);
      }
      expect(ring.get(-1)).toBeUndefined();
      expect(ring.get(model.length)).toBeUndefined();
    }),
  );
});
