import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { associationKey, keyVector, readKeyVector } from "../../../src/association/auth/key-vectors.ts";
import type { Environment } from "../../../src/base/environment.ts";
import { portableEnvironment } from "../../../src/base/portable-environment.ts";
import { nodeEnvironment } from "../../../src/driver/node-environment.ts";
import { associationKeyOf } from "../../support/authentication.ts";

/** RFC 4895 §6.1: how association shared keys are made; RFC 2104: what signs with them. */

const vector = fc.uint8Array({ maxLength: 12 });
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("the association shared key", () => {
  const cases: readonly [string, Uint8Array, Uint8Array, Uint8Array][] = [
    ["the smaller number first", bytes(1, 2), bytes(1, 3), bytes(9, 1, 2, 1, 3)],
    ["a shorter vector that is the smaller number", bytes(0xff), bytes(1, 0), bytes(9, 0xff, 1, 0)],
    ["a longer vector that is the smaller number", bytes(0, 0, 1), bytes(2), bytes(9, 0, 0, 1, 2)],
    ["equal as numbers, the shorter one first", bytes(0, 5), bytes(5), bytes(9, 5, 0, 5)],
    ["a vector of nothing", bytes(), bytes(0), bytes(9, 0)],
    ["identical ones", bytes(4, 4), bytes(4, 4), bytes(9, 4, 4, 4, 4)],
  ];
  test.each(cases)("%s", (_, one, other, expected) => {
    expect(associationKey(bytes(9), { local: one, peer: other })).toEqual(expected);
    expect(associationKey(bytes(9), { local: other, peer: one })).toEqual(expected);
  });

  test("is what the comparison of numbers makes of any two vectors, and the same on both sides", () => {
    fc.assert(
      fc.property(vector, vector, vector, (secret, local, peer) => {
        const key = associationKey(secret, { local, peer });
        expect(key).toEqual(associationKeyOf(secret, local, peer));
        expect(associationKey(secret, { local: peer, peer: local })).toEqual(key);
      }),
      { seed: 1 },
    );
  });

  test("is made of RANDOM, CHUNKS and HMAC-ALGO in this order, without padding", () => {
    const parameters = [
      { type: "HMAC-ALGO", identifiers: [3] },
      { type: "CHUNKS", chunkTypes: [0] },
      { type: "RANDOM", random: bytes(1, 2, 3) },
    ] as const;
    const whole = bytes(0x80, 2, 0, 7, 1, 2, 3, 0x80, 3, 0, 5, 0, 0x80, 4, 0, 6, 0, 3);
    expect(keyVector(parameters)).toEqual(whole);
    expect(keyVector(parameters.slice(0, 1))).toEqual(whole.slice(12));
    expect(keyVector([])).toEqual(bytes());
    expect(readKeyVector(whole)).toEqual({ chunkTypes: [0], hmacs: [3] });
    expect(readKeyVector(bytes())).toEqual({ chunkTypes: [], hmacs: [] });
  });
});

const environments: readonly [string, Environment][] = [
  ["node:crypto", nodeEnvironment()],
  ["plain JavaScript", portableEnvironment((count) => new Uint8Array(count))],
];

describe.each(environments)("HMAC by %s", (_, environment) => {
  const hex = (digest: Uint8Array): string => Buffer.from(digest).toString("hex");
  const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

  // RFC 2202 §3 and RFC 4231 §4: a short key, and one longer than a block.
  test("gives what RFC 2202 and RFC 4231 print", () => {
    const data = ascii("what do ya want for nothing?");
    expect(hex(environment.hmacSha1(ascii("Jefe"), data))).toBe("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    expect(hex(environment.hmacSha256(ascii("Jefe"), data))).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    const long = ascii("Test Using Larger Than Block-Size Key - Hash Key First");
    expect(hex(environment.hmacSha1(new Uint8Array(80).fill(0xaa), long))).toBe(
      "aa4ae5e15272d00e95705637ce8a3b55ed402112",
    );
    expect(hex(environment.hmacSha256(new Uint8Array(131).fill(0xaa), long))).toBe(
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    );
  });

  test("gives what node:crypto gives, for keys and data of any length", () => {
    const of = (name: string, key: Uint8Array, data: Uint8Array): string =>
      createHmac(name, key).update(data).digest("hex");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 300 }), (key, data) => {
        expect(hex(environment.hmacSha1(key, data))).toBe(of("sha1", key, data));
        expect(hex(environment.hmacSha256(key, data))).toBe(of("sha256", key, data));
      }),
      { seed: 1 },
    );
  });
});
