import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asMid,
  asSerial,
  asSsn,
  asTsn,
  midDiff,
  midNext,
  serialDiff,
  serialNext,
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

test("MID wraps at 32 bits (RFC 8260 §2.1)", () => {
  expect([midNext(asMid(0xffff_ffff)), midNext(asMid(0x7fff_ffff))]).toEqual([0, 0x8000_0000]);
  expect([asMid(0x1_0000_0001), asMid(-1)]).toEqual([1, 0xffff_ffff]);
  expect(midDiff(asMid(2), asMid(0xffff_ffff))).toBe(3);
  expect(midDiff(asMid(0xffff_ffff), asMid(2))).toBe(-3);
});

test("a configuration serial wraps at 32 bits (RFC 5061 §4.1.1, RFC 6525 §4.1)", () => {
  expect([serialNext(asSerial(0xffff_ffff)), serialNext(asSerial(0x7fff_ffff))]).toEqual([0, 0x8000_0000]);
  expect([asSerial(0x1_0000_0001), asSerial(-1)]).toEqual([1, 0xffff_ffff]);
  expect(serialDiff(asSerial(2), asSerial(0xffff_ffff))).toBe(3);
  expect(serialDiff(asSerial(0xffff_ffff), asSerial(2))).toBe(-3);
});
