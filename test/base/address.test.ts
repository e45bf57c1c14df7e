import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressBytes,
  addressFamily,
  addressFromBytes,
  addressScope,
  commonPrefixLength,
  type IpAddress,
  isUsablePeer,
  mapped,
  parseAddress,
  withZone,
  zoneOf,
} from "../../src/base/address.ts";

function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

describe("parseAddress gives the one canonical text", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["2001:DB8::0001", "2001:db8::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["1:0:0:2::", "1:0:0:2::"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:10.0.0.1", "10.0.0.1"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["FE80:0::1%3", "fe80::1%3"],
    ["ff02::1%eth0", "ff02::1%eth0"],
    // Only what is ambiguous without a zone keeps it.
    ["2001:db8::1%eth0", "2001:db8::1"],
    ["::1%lo", "::1"],
  ])("%s", (text, canonical) => {
    expect(parseAddress(text)).toBe(canonical);
  });

  test.each([
    "",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.",
    "1.2.3.4 ",
    "-1.2.3.4",
    "1.2.3.4%eth0",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    ":1:2:3:4:5:6:7",
    "1::2:",
    "12345::",
    "g::",
    "::1.2.3",
    "1.2.3.4::",
    "1:2:3:4:5:6:7:1.2.3.4",
    "fe80::1%",
    "fe80::1%a b",
    "fe80::1%a%b",
    "::ffff:1.2.3.4%eth0",
  ])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test("what node:net takes for an address, and only that, is one", () => {
    const piece = fc.constantFrom(
      ":",
      "::",
      "0",
      "1",
      "ffff",
      "abcd",
      "12345",
      "1.2.3.4",
      ".",
      "255",
      "256",
      "g",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
        const text = pieces.join("");
        expect(parseAddress(text) !== undefined, text).toBe(isIP(text) !== 0);
      }),
      { numRuns: 5_000 },
    );
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        expect(parseAddress(text) !== undefined, text).toBe(isIP(text) !== 0);
      }),
      { numRuns: 2_000 },
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => void parseAddress(text)));
  });
});

describe("bytes", () => {
  test("of IPv4 and IPv6", () => {
    expect([...addressBytes(ip("192.0.2.1"))]).toEqual([192, 0, 2, 1]);
    expect([...addressBytes(ip("fe80::102%eth0"))]).toEqual([0xfe, 0x80, ...Array(12).fill(0), 1, 2]);
  });

  test("and back, from any offset", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(5), (random, offset) => {
        const buffer = new Uint8Array(offset + 16);
        buffer.set(random, offset);
        const six = addressFromBytes(buffer, offset, 6);
        expect(parseAddress(six)).toBe(six);
        expect(addressBytes(six)).toEqual(random);
        expect(addressFamily(six)).toBe(6);
        const four = addressFromBytes(buffer, offset, 4);
        expect(addressBytes(four)).toEqual(random.slice(0, 4));
        expect(addressFamily(four)).toBe(4);
      }),
    );
  });

  test("that are IPv4-mapped give the IPv4 address", () => {
    const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3);
    expect(addressFromBytes(bytes, 0, 6)).toBe("10.1.2.3");
    expect(mapped(ip("10.1.2.3"))).toBe("::ffff:10.1.2.3");
    expect(mapped(ip("::1"))).toBe("::1");
  });
});

test.each([
  ["0.0.0.0", "unspecified", false],
  ["0.1.2.3", "unspecified", false],
  ["127.0.0.1", "loopback", true],
  ["127.255.0.9", "loopback", true],
  ["128.0.0.1", "global", true],
  ["10.0.0.1", "private", true],
  ["172.16.0.1", "private", true],
  ["172.31.255.255", "private", true],
  ["172.32.0.1", "global", true],
  ["192.168.1.1", "private", true],
  ["100.64.0.1", "private", true],
  ["100.128.0.1", "global", true],
  ["169.254.7.7", "link-local", true],
  ["8.8.8.8", "global", true],
  ["224.0.0.1", "multicast", false],
  ["239.1.1.1", "multicast", false],
  ["255.255.255.255", "broadcast", false],
  ["::", "unspecified", false],
  ["::1", "loopback", true],
  ["::2", "global", true],
  ["fe80::1%eth0", "link-local", true],
  ["febf::1", "link-local", true],
  ["fec0::1", "private", true],
  ["fd00::1", "private", true],
  ["2001:db8::1", "global", true],
  ["ff02::1", "multicast", false],
])("scope of %s is %s, usable by a peer: %s", (text, scope, usable) => {
  expect(addressScope(ip(text))).toBe(scope);
  expect(isUsablePeer(ip(text))).toBe(usable);
});

test("zones", () => {
  const address = ip("fe80::1%eth0");
  expect(zoneOf(address)).toBe("eth0");
  expect(withZone(address, "eth1")).toBe("fe80::1%eth1");
  expect(withZone(ip("2001:db8::1"), "eth1")).toBe("2001:db8::1");
  expect(withZone(ip("10.0.0.1"), "eth1")).toBe("10.0.0.1");
  expect(zoneOf(ip("10.0.0.1"))).toBeUndefined();
});

test.each([
  ["10.0.0.1", "10.0.0.1", 32],
  ["10.0.0.1", "10.0.0.0", 31],
  ["10.0.0.1", "10.0.1.1", 23],
  ["10.0.0.1", "138.0.0.1", 0],
  ["2001:db8::1", "2001:db8::1", 128],
  ["2001:db8::1", "2001:db8:8000::1", 32],
  ["fe80::1%eth0", "fe80::3%eth1", 126],
  ["10.0.0.1", "::1", 0],
])("common prefix of %s and %s is %i bits", (a, b, bits) => {
  expect(commonPrefixLength(ip(a), ip(b))).toBe(bits);
});
