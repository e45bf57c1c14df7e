import { describe, expect, test } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { toHex } from "../../src/base/bytes.ts";
import { asSsn, asTsn } from "../../src/base/serial.ts";
import type { Cause } from "../../src/packet/causes/cause.ts";
import { type Chunk, chunkLength, decodeChunk, encodeChunk } from "../../src/packet/chunks/chunk.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";

// Bytes written by hand from the diagrams of RFC 9260 §3.3: an encoder and a decoder that are wrong in the same way
// would pass every round trip.

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const ip = (value: string): IpAddress => parseAddress(value) as IpAddress;

function hex(digits: string): Uint8Array {
  const pairs = digits.replace(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

function expectWire(chunk: Chunk, digits: string): void {
  const wire = hex(digits);
  const length = chunkLength(chunk);
  // Not zeros: what is reserved, and padding, must be written.
  const buffer = new Uint8Array(wire.length).fill(0xa5);
  expect(encodeChunk(chunk, buffer, 0)).toBe(wire.length);
  expect(toHex(buffer)).toBe(toHex(wire));
  expect(decodeChunk(wire, 0, length)).toEqual(chunk);
}

const init = {
  initiateTag: 0xdeadbeef,
  receiverWindow: 0x10000,
  outboundStreams: 16,
  inboundStreams: 2048,
} as const;
const initFields = "deadbeef 00010000 0010 0800 fffffffe";

describe("chunks on the wire", () => {
  test("DATA, §3.3.1", () => {
    const chunk: Chunk = {
      type: "DATA",
      unordered: false,
      beginning: true,
      ending: true,
      immediate: false,
      tsn: asTsn(0xfffffffe),
      stream: 0x0102,
      ssn: asSsn(0xfffe),
      ppid: 46,
      data: text("hello"),
    };
    expectWire(chunk, "00 03 0015 fffffffe 0102 fffe 0000002e 68656c6c6f 000000");
    const flags = { unordered: false, beginning: false, ending: false, immediate: false };
    const zero = { ...chunk, ...flags, data: text("hell") };
    const rest = "0014 fffffffe 0102 fffe 0000002e 68656c6c";
    expectWire(zero, `00 00 ${rest}`);
    expectWire({ ...zero, ending: true }, `00 01 ${rest}`);
    expectWire({ ...zero, beginning: true }, `00 02 ${rest}`);
    expectWire({ ...zero, unordered: true }, `00 04 ${rest}`);
    expectWire({ ...zero, immediate: true }, `00 08 ${rest}`);
  });

  test("INIT, §3.3.2", () => {
    expectWire(
      { type: "INIT", ...init, initialTsn: asTsn(0xfffffffe), parameters: [] },
      `01 00 0014 ${initFields}`,
    );
  });

  test("INIT ACK, §3.3.3, pads all parameters but the length of the last", () => {
    const parameters: Parameter[] = [
      { type: "STATE-COOKIE", cookie: hex("0102030405") },
      { type: "UNRECOGNIZED-PARAMETER", parameter: hex("c123 0005 77") },
    ];
    const list = "0007 0009 0102030405 000000  0008 0009 c123000577 000000";
    expectWire(
      { type: "INIT-ACK", ...init, initialTsn: asTsn(0xfffffffe), parameters },
      `02 00 0029 ${initFields} ${list}`,
    );
  });

  test("SACK, §3.3.4, the RFC's example and duplicates", () => {
    const gaps = [
      { start: 2, end: 3 },
      { start: 5, end: 5 },
    ];
    expectWire(
      { type: "SACK", cumulativeTsn: asTsn(12), receiverWindow: 4660, gaps, duplicates: [] },
      "03 00 0018 0000000c 00001234 0002 0000 0002 0003 0005 0005",
    );
    const duplicates = [asTsn(19), asTsn(0x80000000)];
    expectWire(
      { type: "SACK", cumulativeTsn: asTsn(12), receiverWindow: 0xffffffff, gaps: [], duplicates },
      "03 00 0018 0000000c ffffffff 0000 0002 00000013 80000000",
    );
  });

  test("HEARTBEAT and HEARTBEAT ACK, §3.3.5, §3.3.6", () => {
    expectWire({ type: "HEARTBEAT", info: hex("010203040506") }, "04 00 000e 0001 000a 010203040506 0000");
    expectWire({ type: "HEARTBEAT-ACK", info: hex("01020304") }, "05 00 000c 0001 0008 01020304");
    expectWire(
      { type: "HEARTBEAT-ACK", info: hex("01"), rest: hex("8005000401020304".slice(0, 8)) },
      "05 00 0010 0001 0005 01 000000 80050004",
    );
  });

  test("ABORT, §3.3.7, and ERROR, §3.3.10", () => {
    expectWire({ type: "ABORT", tBit: false, causes: [] }, "06 00 0004");
    expectWire({ type: "ABORT", tBit: true, causes: [{ type: "OUT-OF-RESOURCE" }] }, "06 01 0008 0004 0004");
    expectWire(
      { type: "ERROR", causes: [{ type: "STALE-COOKIE", staleness: 500 }] },
      "09 00 000c 0003 0008 000001f4",
    );
  });

  test("the chunks of the shutdown, §3.3.8, §3.3.9, §3.3.13", () => {
    expectWire({ type: "SHUTDOWN", cumulativeTsn: asTsn(0x89abcdef) }, "07 00 0008 89abcdef");
    expectWire({ type: "SHUTDOWN-ACK" }, "08 00 0004");
    expectWire({ type: "SHUTDOWN-COMPLETE", tBit: false }, "0e 00 0004");
    expectWire({ type: "SHUTDOWN-COMPLETE", tBit: true }, "0e 01 0004");
  });

  test("COOKIE ECHO and COOKIE ACK, §3.3.11, §3.3.12", () => {
    expectWire({ type: "COOKIE-ECHO", cookie: hex("0102030405") }, "0a 00 0009 0102030405 000000");
    expectWire({ type: "COOKIE-ACK" }, "0b 00 0004");
  });

  test("a chunk of another type, as it came", () => {
    const bytes = hex("c8 01 0009 0000000a ff");
    expectWire({ type: "UNKNOWN", typeCode: 0xc8, flags: 1, bytes }, "c8 01 0009 0000000a ff 000000");
  });

  test("reserved flags and fields are ignored on receipt", () => {
    expect(decodeChunk(hex("08 ff 0004"), 0, 4)).toEqual({ type: "SHUTDOWN-ACK" });
    expect(decodeChunk(hex("0e fe 0004"), 0, 4)).toEqual({ type: "SHUTDOWN-COMPLETE", tBit: false });
    expect(decodeChunk(hex("06 fe 0004"), 0, 4)).toEqual({ type: "ABORT", tBit: false, causes: [] });
    expect(decodeChunk(hex("09 00 000c 0001 0008 0007 ffff"), 0, 12)).toEqual({
      type: "ERROR",
      causes: [{ type: "INVALID-STREAM", stream: 7 }],
    });
    expect(decodeChunk(hex("00 f3 0011 00000001 0000 0000 00000000 77"), 0, 17)).toMatchObject({
      type: "DATA",
      unordered: false,
      immediate: false,
    });
  });

  test.each([12, 13, 16, 65, 200])("type %i, which has no codec, is unknown", (typeCode) => {
    const bytes = Uint8Array.of(typeCode, 0, 0, 4);
    expect(decodeChunk(bytes, 0, 4)).toEqual({ type: "UNKNOWN", typeCode, flags: 0, bytes });
  });
});

const parameters: readonly (readonly [Parameter, string])[] = [
  [{ type: "IPV4-ADDRESS", address: ip("192.0.2.1") }, "0005 0008 c0000201"],
  [{ type: "IPV6-ADDRESS", address: ip("2001:db8::1") }, "0006 0014 20010db8000000000000000000000001"],
  [{ type: "IPV6-ADDRESS", address: ip("192.0.2.1") }, "0006 0014 00000000000000000000ffffc0000201"],
  [{ type: "STATE-COOKIE", cookie: hex("01020304") }, "0007 0008 01020304"],
  [{ type: "UNRECOGNIZED-PARAMETER", parameter: hex("c0010004") }, "0008 0008 c0010004"],
  [{ type: "COOKIE-PRESERVATIVE", increment: 60_000 }, "0009 0008 0000ea60"],
  [{ type: "HOST-NAME", name: text("abc\0") }, "000b 0008 61626300"],
  [{ type: "SUPPORTED-ADDRESS-TYPES", families: [5, 6] }, "000c 0008 0005 0006"],
  [{ type: "UNKNOWN", typeCode: 0x8000, bytes: hex("80000004") }, "8000 0004"],
];

test.each(parameters)("parameter $0.type on the wire, §3.3.2.1", (parameter, digits) => {
  const length = 20 + hex(digits).length;
  expectWire(
    { type: "INIT", ...init, initialTsn: asTsn(0xfffffffe), parameters: [parameter] },
    `01 00 00${length.toString(16)} ${initFields} ${digits}`,
  );
});

const causes: readonly (readonly [Cause, string])[] = [
  [{ type: "INVALID-STREAM", stream: 0x1234 }, "0001 0008 1234 0000"],
  [{ type: "MISSING-PARAMETER", types: [7, 9] }, "0002 000c 00000002 0007 0009"],
  [{ type: "STALE-COOKIE", staleness: 0xfffffffe }, "0003 0008 fffffffe"],
  [{ type: "OUT-OF-RESOURCE" }, "0004 0004"],
  [{ type: "UNRESOLVABLE-ADDRESS", parameter: hex("000b000561") }, "0005 0009 000b000561"],
  [{ type: "UNRECOGNIZED-CHUNK", chunk: hex("ff000004") }, "0006 0008 ff000004"],
  [{ type: "INVALID-PARAMETER" }, "0007 0004"],
  [{ type: "UNRECOGNIZED-PARAMETERS", bytes: hex("c0010004") }, "0008 0008 c0010004"],
  [{ type: "NO-USER-DATA", tsn: asTsn(0x80000001) }, "0009 0008 80000001"],
  [{ type: "COOKIE-WHILE-SHUTTING-DOWN" }, "000a 0004"],
  [{ type: "RESTART-WITH-NEW-ADDRESSES", parameters: hex("00050008c0000201") }, "000b 000c 00050008c0000201"],
  [{ type: "USER-ABORT", reason: text("bye!") }, "000c 0008 62796521"],
  [{ type: "PROTOCOL-VIOLATION", info: text("why?") }, "000d 0008 7768793f"],
  [{ type: "UNKNOWN", code: 0x106, info: hex("01") }, "0106 0005 01"],
];

test.each(causes)("cause $0.type on the wire, §3.3.10", (cause, digits) => {
  const length = 4 + hex(digits).length;
  const padding = "00".repeat(-length & 3);
  expectWire(
    { type: "ABORT", tBit: false, causes: [cause] },
    `06 00 00${length.toString(16).padStart(2, "0")} ${digits} ${padding}`,
  );
});
