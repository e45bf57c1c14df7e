import { expect, test } from "vitest";
import { toHex } from "../../src/base/bytes.ts";
import { nodeEnvironment } from "../../src/driver/node-environment.ts";

test("random bytes are never handed out twice, nor changed afterwards", () => {
  const environment = nodeEnvironment();
  const drawn = Array.from({ length: 1_000 }, () => environment.randomBytes(12));
  const atOnce = drawn.map((bytes) => toHex(bytes));
  drawn.push(environment.randomBytes(10_000));
  expect(new Set(atOnce).size).toBe(1_000);
  expect(drawn.slice(0, 1_000).map((bytes) => toHex(bytes))).toEqual(atOnce);
  expect(drawn.at(-1)).toHaveLength(10_000);
});

test("HMAC-SHA256 agrees with RFC 4231 §4.3", () => {
  const text = new TextEncoder();
  const mac = nodeEnvironment().hmacSha256(text.encode("Jefe"), text.encode("what do ya want for nothing?"));
  expect(toHex(mac)).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
});
