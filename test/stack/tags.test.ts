import { describe, expect, test } from "vitest";
import type { Environment } from "../../src/base/environment.ts";
import type { Association } from "../../src/stack/index.ts";
import { Tags } from "../../src/stack/tags.ts";
import { ip, listen, makeStack, PEER_PORT, UDP_PORT } from "./support.ts";

/** Gives these numbers, and then counts on from the last. */
function scripted(...numbers: readonly number[]): Environment {
  let last = numbers.at(-1) ?? 0;
  const list = [...numbers];
  return {
    randomBytes: () => {
      const value = list.shift() ?? ++last;
      return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
    },
    hmacSha256: () => new Uint8Array(32),
    hmacSha1: () => new Uint8Array(20),
  };
}

function association(): Association {
  const options = { port: PEER_PORT, addresses: [ip("10.0.0.2")], udpPort: UDP_PORT };
  return listen(makeStack(), "10.0.0.1").connect(0, options);
}

describe("a fresh tag", () => {
  // RFC 9260 §5.3.1: "from the range of 1 to 2^32 - 1".
  test("is not 0, and can be the largest", () => {
    expect(new Tags(scripted(0, 0, 0xffff_ffff)).fresh()).toBe(0xffff_ffff);
  });

  test("is none that is in use, and none that was a while ago", () => {
    const tags = new Tags(scripted(7, 8, 9, 7, 8, 9));
    tags.set(7, association());
    tags.set(8, association());
    tags.retire(1_000, 8);
    expect(tags.fresh()).toBe(9);
    expect([tags.size, tags.get(8)]).toEqual([1, undefined]);
  });
});

test("a tag that has ended is reserved for two minutes", () => {
  const tags = new Tags(scripted(5));
  tags.set(5, association());
  tags.retire(1_000, 5);
  expect([tags.isReserved(1_000, 5), tags.isReserved(120_999, 5), tags.isReserved(121_000, 5)]).toEqual([
    true,
    true,
    false,
  ]);
  // It is forgotten when another one ends, so that it can be had again.
  tags.retire(200_000, 6);
  expect(tags.fresh()).toBe(5);
});

test("only so many are reserved, the latest", () => {
  const tags = new Tags(scripted(1));
  for (let tag = 1; tag <= 70_000; tag++) tags.retire(0, tag);
  expect([tags.isReserved(0, 70_000), tags.isReserved(0, 4_465), tags.isReserved(0, 4_464)]).toEqual([
    true,
    true,
    false,
  ]);
});
