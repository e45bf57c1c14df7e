import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extensionsFromBits } from "../../../src/association/extension/capabilities.ts";
import { noExtensions } from "../../../src/association/extension/extensions.ts";
import { Secrets } from "../../../src/association/handshake/secrets.ts";
import {
  type CookieContents,
  openCookie,
  sealCookie,
} from "../../../src/association/handshake/state-cookie.ts";
import { addressFromBytes, type IpAddress, withZone } from "../../../src/base/address.ts";
import type { Environment } from "../../../src/base/environment.ts";
import { asTsn } from "../../../src/base/serial.ts";
import { ip, SEEDED } from "./support.ts";

/** RFC 9260 §5.1.3 and §5.1.5: all that is known of an association that does not exist yet. */

function environment(): Environment {
  let count = 0;
  return {
    randomBytes: (length) => Uint8Array.from({ length }, () => (count++ * 37) & 0xff),
    hmacSha256: (key, data) => hmac(sha256, key, data),
    hmacSha1: () => new Uint8Array(20),
  };
}

const HOUR = 3_600_000;

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

/** Addresses of one host, as one packet can name them: what is link-local is on the one link that it came by. */
function addresses(zone: string): fc.Arbitrary<IpAddress> {
  return fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => addressFromBytes(bytes, 0, 4)),
    fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map((bytes) => withZone(addressFromBytes(bytes, 0, 6), zone)),
    fc
      .uint8Array({ minLength: 8, maxLength: 8, size: "max" })
      .map((bytes) =>
        withZone(addressFromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...bytes), 0, 6), zone),
      ),
    fc.constantFrom(...["127.0.0.1", "::1", "::ffff:10.0.0.1"].map(ip)),
  );
}

const bytes = fc.uint8Array({ maxLength: 300 });

const contents: fc.Arbitrary<CookieContents> = fc
  .constantFrom("eth0", "en0", "12", "br-3f2a.77")
  .chain((zone) =>
    fc.record({
      // µs are kept.
      createdAt: fc.integer({ min: 0, max: 2 ** 50 }).map((microseconds) => microseconds / 1_000),
      lifetime: u32,
      localTag: u32,
      peerTag: u32,
      localTieTag: u32,
      peerTieTag: u32,
      localPort: u16,
      peerPort: u16,
      localInitialTsn: u32.map(asTsn),
      peerInitialTsn: u32.map(asTsn),
      peerWindow: u32,
      outboundStreams: u16,
      inboundStreams: u16,
      extensions: fc.integer({ min: 0, max: 255 }).map(extensionsFromBits),
      adaptation: u32,
      keyVectors: fc.record({ local: bytes, peer: bytes }),
      localAddress: addresses(zone),
      peerAddresses: fc.array(addresses(zone), { minLength: 1, maxLength: 32 }),
      preferred: fc.nat(40),
    }),
  )
  // RFC 5061 §4.2.4: of those who reconfigure addresses alone; the first one that is so written.
  .map(({ preferred, ...it }) => ({
    ...it,
    preferredAddress: it.extensions.addressReconfiguration ? it.peerAddresses[preferred] : undefined,
  }))
  .map((it) => (it.extensions.adaptation ? it : { ...it, adaptation: undefined }))
  // RFC 4895 §6.3: of those who authenticate alone.
  .map((it) => ({ ...it, keyVectors: it.extensions.authentication ? it.keyVectors : undefined }));

const EXAMPLE: CookieContents = {
  createdAt: 1_234.5,
  lifetime: 60_000,
  localTag: 0x01020304,
  peerTag: 0xfffffffe,
  localTieTag: 0,
  peerTieTag: 0,
  localPort: 5_001,
  peerPort: 5_002,
  localInitialTsn: asTsn(0xffff_ffff),
  peerInitialTsn: asTsn(0),
  peerWindow: 1_048_576,
  outboundStreams: 10,
  inboundStreams: 65_535,
  extensions: noExtensions,
  adaptation: undefined,
  keyVectors: undefined,
  localAddress: ip("fe80::1%eth0"),
  peerAddresses: ["fe80::2%eth0", "10.0.0.2", "2001:db8::2"].map(ip),
  preferredAddress: undefined,
};

test("what was sealed is what is opened, all kinds of addresses with it", () => {
  const secrets = new Secrets(environment());
  fc.assert(
    fc.property(contents, (it) => {
      expect(openCookie(secrets, 0, sealCookie(secrets, 0, it))).toEqual(it);
    }),
    SEEDED,
  );
});

// A peer on the same link may send from its link-local address to a global one of ours.
test("the zone of the peer is kept where our own address has none", () => {
  const secrets = new Secrets(environment());
  const mixed = {
    ...EXAMPLE,
    localAddress: ip("2001:db8::1"),
    peerAddresses: [ip("fe80::2%eth0"), ip("2001:db8::2")],
  };
  expect(openCookie(secrets, 0, sealCookie(secrets, 0, mixed))).toEqual(mixed);
});

test("any flipped bit is refused, and any cut", () => {
  const secrets = new Secrets(environment());
  const cookie = sealCookie(secrets, 0, EXAMPLE);
  for (let bit = 0; bit < cookie.length * 8; bit++) {
    const forged = cookie.slice();
    forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(openCookie(secrets, 0, forged)).toBeUndefined();
  }
  for (let length = 0; length < cookie.length; length++) {
    expect(openCookie(secrets, 0, cookie.slice(0, length))).toBeUndefined();
  }
  expect(openCookie(secrets, 0, Uint8Array.of(...cookie, 0))).toBeUndefined();
  expect(openCookie(secrets, 0, cookie)).toEqual(EXAMPLE);
});

test("no byte string is opened, and none throws", () => {
  const secrets = new Secrets(environment());
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(openCookie(secrets, 0, bytes)).toBeUndefined();
    }),
    SEEDED,
  );
});

test("the tags of an existing association are not in it", () => {
  // RFC 9260 §5.2.2 and §5.3.1: what a cookie has is seen by whoever asked for it. The Tie-Tags are random numbers.
  const secrets = new Secrets(environment());
  const cookie = sealCookie(secrets, 0, { ...EXAMPLE, localTieTag: 0x0a0b0c0d, peerTieTag: 0x0e0f1011 });
  const opened = openCookie(secrets, 0, cookie);
  expect([opened?.localTieTag, opened?.peerTieTag]).toEqual([0x0a0b0c0d, 0x0e0f1011]);
});

describe("the secret", () => {
  test("of another stack opens nothing", () => {
    const [ours, theirs] = [environment(), environment()];
    theirs.randomBytes(1);
    const cookie = sealCookie(new Secrets(ours), 0, EXAMPLE);
    expect(openCookie(new Secrets(theirs), 0, cookie)).toBeUndefined();
  });

  // RFC 9260 §5.1.3: "The secret key SHOULD be changed reasonably frequently (e.g., hourly)".
  test("changes each hour, and the one before still opens what is under way", () => {
    const secrets = new Secrets(environment());
    const cookie = sealCookie(secrets, 0, EXAMPLE);
    const late = sealCookie(secrets, HOUR - 1, EXAMPLE);
    expect(late).toEqual(cookie);
    expect(openCookie(secrets, HOUR, late)).toEqual(EXAMPLE);
    expect(sealCookie(secrets, HOUR, EXAMPLE)).not.toEqual(cookie);
    expect(openCookie(secrets, 2 * HOUR - 1, late)).toEqual(EXAMPLE);
    expect(openCookie(secrets, 2 * HOUR, late)).toBeUndefined();
  });

  test("after a long silence opens nothing of before", () => {
    const secrets = new Secrets(environment());
    const cookie = sealCookie(secrets, 0, EXAMPLE);
    expect(openCookie(secrets, 5 * HOUR, cookie)).toBeUndefined();
    const fresh = sealCookie(secrets, 5 * HOUR, EXAMPLE);
    expect(openCookie(secrets, 5 * HOUR, fresh)).toEqual(EXAMPLE);
  });
});
