import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asMid,
  asSsn,
  asTsn,
  midDiff,
  midGt,
  midLt,
  midNext,
  ssnDiff,
  ssnGt,
  ssnLt,
  ssnNext,
  tsnAdd,
  tsnDiff,
  tsnGe,
  tsnGt,
  tsnLe,
  tsnLt,
  tsnMax,
  tsnNext,
} from "../../src/base/serial.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u16 = fc.integer({ min: 0, max: 0xffff });

describe("TSN", () => {
  test("wraps from 2^32 - 1 to 0 (RFC 9260 §1.6)", () => {
    const last = asTsn(0xffff_ffff);
    expect(tsnNext(last)).toBe(0);
    expect(tsnAdd(last, 5)).toBe(4);
    expect(tsnAdd(asTsn(2), -5)).toBe(0xffff_fffd);
    expect(tsnLt(last, asTsn(0))).toBe(true);
    expect(tsnGt(asTsn(0), last)).toBe(true);
    expect(tsnDiff(asTsn(3), last)).toBe(4);
    expect(tsnMax(last, asTsn(1))).toBe(1);
    expect(tsnMax(asTsn(1), last)).toBe(1);
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
  fc.assert(
    fc.property(u16, fc.integer({ min: 1, max: 0x7fff }), (start, distance) => {
      const a = asSsn(start);
      const b = asSsn(start + distance);
      expect(ssnDiff(b, a)).toBe(distance);
      expect(ssnDiff(a, b)).toBe(-distance);
      expect([ssnLt(a, b), ssnGt(a, b), ssnLt(b, a), ssnGt(b, a)]).toEqual([true, false, false, true]);
    }),
  );
});

test("MID wraps at 32 bits", () => {
  const last = asMid(0xffff_ffff);
  expect(midNext(last)).toBe(0);
  expect([midLt(last, asMid(0)), midGt(last, asMid(0)), midDiff(asMid(1), last)]).toEqual([true, false, 2]);
});
