import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asSsn,
  asTsn,
  ssnNext,
  tsnAdd,
  tsnDiff,
  tsnGe,
  tsnGt,
  tsnLe,
  tsnLt,
  tsnNext,
} from "../../src/base/serial.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe("TSN", () => {
  test("wraps from 2^32 - 1 to 0 (RFC 9260 §1.6)", () => {
    const last = asTsn(0xffff_ffff);
    expect(tsnNext(last)).toBe(0);
    expect(tsnAdd(last, 5)).toBe(4);
    expect(tsnAdd(asTsn(2), -5)).toBe(0xffff_fffd);
    expect(tsnLt(last, asTsn(0))).toBe(true);
    expect(tsnGt(asTsn(0), last)).toBe(true);
    expect(tsnDiff(asTsn(3), last)).toBe(4);
  });

  test("the order is that of the distance, everywhere on the circle", () => {
    fc.assert(
      fc.property(u32, fc.integer({ min: 1, max: 0x7fff_ffff }), (start, distance) => {
        const a = asTsn(start);
        const b = tsnAdd(a, distance);
        expect(tsnDiff(b, a)).toBe(distance);
        expect(tsnDiff(a, b)).toBe(-distance);
        expect([tsnLt(a, b), tsnLe(a, b), tsnGt(a, b), tsnGe(a, b)]).toEqual([true, true, false, false]);
        expect([tsnLt(b, a), tsnLe(b, a), tsnGt(b, a), tsnGe(b, a)]).toEqual([false, false, true, true]);
      }),
    );
  });

  test("equal is neither less nor greater", () => {
    const a = asTsn(0x8000_0000);
    expect([tsnLt(a, a), tsnLe(a, a), tsnGt(a, a), tsnGe(a, a), tsnDiff(a, a)]).toEqual([
      false,
      true,
      false,
      true,
      0,
    ]);
  });
});

test("SSN wraps at 16 bits (RFC 9260 §6.5)", () => {
  expect(ssnNext(asSsn(65_535))).toBe(0);
  expect(ssnNext(asSsn(7))).toBe(8);
  expect(asSsn(65_537)).toBe(1);
});
