import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bytesEqualSecret,
  padded,
  readU16,
  readU16List,
  readU32,
  readU64,
  toHex,
  writeU16,
  writeU16List,
  writeU32,
  writeU64,
} from "../../src/base/bytes.ts";

describe("network byte order", () => {
  test("the most significant byte comes first", () => {
    const bytes = new Uint8Array(15);
    writeU16(bytes, 1, 0x0102);
    writeU32(bytes, 3, 0xf3040506);
    writeU64(bytes, 7, 0xf708090a_0b0c0d0en);
    expect(toHex(bytes)).toBe("000102f3040506f708090a0b0c0d0e");
  });

  test("what is written is read again, without a sign", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value, large) => {
        const bytes = new Uint8Array(14);
        const u16 = value % 0x10000;
        const u32 = value % 0x1_0000_0000;
        writeU16(bytes, 0, u16);
        writeU32(bytes, 2, u32);
        writeU64(bytes, 6, large);
        expect([readU16(bytes, 0), readU32(bytes, 2), readU64(bytes, 6)]).toEqual([u16, u32, large]);
      }),
    );
  });
});

test("a list of 16-bit values", () => {
  const bytes = new Uint8Array(6);
  expect(writeU16List(bytes, 1, [0x0102, 0xfffe])).toBe(5);
  expect(toHex(bytes)).toBe("000102fffe00");
  expect(readU16List(bytes, 1, 5)).toEqual([0x0102, 0xfffe]);
  expect(readU16List(bytes, 3, 3)).toEqual([]);
});

test("padded rounds up to four", () => {
  expect([0, 1, 3, 4, 5, 65_535].map(padded)).toEqual([0, 4, 4, 4, 8, 65_536]);
});

test("bytesEqualSecret compares length and every byte", () => {
  const a = Uint8Array.of(1, 2, 3);
  expect(bytesEqualSecret(a, Uint8Array.of(1, 2, 3))).toBe(true);
  expect(bytesEqualSecret(a, Uint8Array.of(1, 2, 4))).toBe(false);
  expect(bytesEqualSecret(a, Uint8Array.of(0, 2, 3))).toBe(false);
  expect(bytesEqualSecret(a, Uint8Array.of(1, 2))).toBe(false);
  expect(bytesEqualSecret(new Uint8Array(0), new Uint8Array(0))).toBe(true);
});
