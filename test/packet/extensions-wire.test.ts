import { describe, expect, test } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { toHex } from "../../src/base/bytes.ts";
import { asMid, asSerial, asSsn, asTsn } from "../../src/base/serial.ts";
import type { Cause } from "../../src/packet/causes/cause.ts";
import { type Chunk, chunkLength, decodeChunk, encodeChunk } from "../../src/packet/chunks/chunk.ts";
import type { AddressParameter } from "../../src/packet/parameters/address-parameter.ts";
import {
  type AsconfParameter,
  asconfParameterToBytes,
} from "../../src/packet/parameters/asconf/asconf-parameter.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import type { ReconfigParameter } from "../../src/packet/parameters/reconfig/reconfig-parameter.ts";

// Bytes written by hand from the diagrams of the extensions' RFCs, as those of RFC 9260 in wire.test.ts.

const ip = (value: string): IpAddress => parseAddress(value) as IpAddress;
const v4: AddressParameter = { type: "IPV4-ADDRESS", address: ip("192.0.2.1") };
const v6: AddressParameter = { type: "IPV6-ADDRESS", address: ip("2001:db8::1") };
const v4Bytes = "0005 0008 c0000201";
const v6Bytes = "0006 0014 20010db8 00000000 00000000 00000001";

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

/** The chunk with these parameters behind its fixed part. */
function chunkWith(start: string, fixed: string, list: string): string {
  const length = 4 + hex(fixed).length + hex(list).length;
  return `${start} ${length.toString(16).padStart(4, "0")} ${fixed} ${list} ${"00".repeat(-length & 3)}`;
}

describe("chunks on the wire", () => {
  test("AUTH, RFC 4895 §5.1", () => {
    const hmac = hex("a1a2a3a4a5a6");
    expectWire({ type: "AUTH", keyId: 0x1234, hmacId: 3, hmac }, "0f 00 000e 1234 0003 a1a2a3a4a5a6 0000");
    expectWire({ type: "AUTH", keyId: 0, hmacId: 1, hmac: hex("") }, "0f 00 0008 0000 0001");
  });

  test("I-DATA, RFC 8260 §2.1: the PPID in the first fragment, the FSN in the others", () => {
    const chunk: Chunk = {
      type: "I-DATA",
      unordered: false,
      beginning: true,
      ending: true,
      immediate: false,
      tsn: asTsn(0xfffffffe),
      stream: 0x0102,
      mid: asMid(0x80000003),
      ppid: 46,
      fsn: 0,
      data: hex("68656c6c6f"),
    };
    const start = "fffffffe 0102 0000 80000003";
    expectWire(chunk, `40 03 0019 ${start} 0000002e 68656c6c6f 000000`);
    expectWire({ ...chunk, ending: false }, `40 02 0019 ${start} 0000002e 68656c6c6f 000000`);
    const rest = {
      ...chunk,
      beginning: false,
      ending: false,
      ppid: 0,
      fsn: 0xfffffffd,
      data: hex("68656c6c"),
    };
    expectWire(rest, `40 00 0018 ${start} fffffffd 68656c6c`);
    expectWire({ ...rest, ending: true }, `40 01 0018 ${start} fffffffd 68656c6c`);
    expectWire({ ...rest, unordered: true }, `40 04 0018 ${start} fffffffd 68656c6c`);
    expectWire({ ...rest, immediate: true }, `40 08 0018 ${start} fffffffd 68656c6c`);
  });

  test("FORWARD-TSN, RFC 3758 §3.2", () => {
    expectWire(
      { type: "FORWARD-TSN", newCumulativeTsn: asTsn(0x89abcdef), streams: [] },
      "c0 00 0008 89abcdef",
    );
    const streams = [
      { stream: 1, ssn: asSsn(0xfffe) },
      { stream: 0x0203, ssn: asSsn(4) },
    ];
    expectWire(
      { type: "FORWARD-TSN", newCumulativeTsn: asTsn(7), streams },
      "c0 00 0010 00000007 0001 fffe 0203 0004",
    );
  });

  test("I-FORWARD-TSN, RFC 8260 §2.3.1", () => {
    const streams = [
      { stream: 1, unordered: true, mid: asMid(0xfffffffe) },
      { stream: 0x0203, unordered: false, mid: asMid(4) },
    ];
    expectWire(
      { type: "I-FORWARD-TSN", newCumulativeTsn: asTsn(7), streams },
      "c2 00 0018 00000007 0001 0001 fffffffe 0203 0000 00000004",
    );
    expectWire({ type: "I-FORWARD-TSN", newCumulativeTsn: asTsn(8), streams: [] }, "c2 00 0008 00000008");
  });

  test("PAD, RFC 4820 §3", () => {
    expectWire({ type: "PAD", length: 4 }, "84 00 0004");
    expectWire({ type: "PAD", length: 9 }, "84 00 0009 00000000 00 000000");
  });

  test("ASCONF, RFC 5061 §4.1.1", () => {
    const serial = asSerial(0xfffffffe);
    expectWire({ type: "ASCONF", serial, address: v4, parameters: [] }, `c1 00 0010 fffffffe ${v4Bytes}`);
    const parameters: AsconfParameter[] = [
      { type: "ADD-IP-ADDRESS", correlationId: 0x01023474, address: v4 },
      { type: "DELETE-IP-ADDRESS", correlationId: 2, address: v6 },
    ];
    expectWire(
      { type: "ASCONF", serial, address: v6, parameters },
      `c1 00 0048 fffffffe ${v6Bytes} c001 0010 01023474 ${v4Bytes} c002 001c 00000002 ${v6Bytes}`,
    );
  });

  test("ASCONF-ACK, RFC 5061 §4.1.2", () => {
    const serial = asSerial(0x80000001);
    expectWire({ type: "ASCONF-ACK", serial, parameters: [] }, "80 00 0008 80000001");
    expectWire(
      { type: "ASCONF-ACK", serial, parameters: [{ type: "SUCCESS-INDICATION", correlationId: 7 }] },
      "80 00 0010 80000001 c005 0008 00000007",
    );
  });

  test("RE-CONFIG, RFC 6525 §3.1, pads all parameters but the length of the last", () => {
    const streams = (...list: number[]): ReconfigParameter => ({
      type: "INCOMING-SSN-RESET-REQUEST",
      requestSequence: asSerial(9),
      streams: list,
    });
    expectWire(
      { type: "RE-CONFIG", parameters: [streams(1), streams(2, 3, 4)] },
      "82 00 001e 000e 000a 00000009 0001 0000 000e 000e 00000009 0002 0003 0004 0000",
    );
  });

  test("reserved flags and fields, and the content of padding, are ignored on receipt", () => {
    expect(decodeChunk(hex("0f ff 0008 0001 0002"), 0, 8)).toMatchObject({ type: "AUTH", keyId: 1 });
    expect(decodeChunk(hex("40 f4 0015 00000001 0002 ffff 00000003 00000004 77"), 0, 21)).toMatchObject({
      type: "I-DATA",
      unordered: true,
      immediate: false,
      stream: 2,
      mid: 3,
      fsn: 4,
    });
    expect(decodeChunk(hex("84 ff 0008 ffffffff"), 0, 8)).toEqual({ type: "PAD", length: 8 });
    const streams = [{ stream: 1, unordered: false, mid: 2 }];
    expect(decodeChunk(hex("c2 ff 0010 00000007 0001 fffe 00000002"), 0, 16)).toMatchObject({ streams });
    const parameters = [{ type: "ADD-OUTGOING-STREAMS-REQUEST", requestSequence: 1, newStreams: 2 }];
    expect(decodeChunk(hex("82 ff 0010 0011 000c 00000001 0002 ffff"), 0, 16)).toEqual({
      type: "RE-CONFIG",
      parameters,
    });
  });
});

const parameters: readonly (readonly [Parameter, string])[] = [
  [{ type: "FORWARD-TSN-SUPPORTED" }, "c000 0004"],
  [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [0xc1, 0x80, 0x0f] }, "8008 0007 c1800f"],
  [{ type: "RANDOM", random: hex("010203") }, "8002 0007 010203"],
  [{ type: "CHUNKS", chunkTypes: [0xc1] }, "8003 0005 c1"],
  [{ type: "HMAC-ALGO", identifiers: [3, 0x0102, 1] }, "8004 000a 0003 0102 0001"],
  [{ type: "PADDING", length: 7 }, "8005 0007 000000"],
  [{ type: "ADAPTATION-LAYER-INDICATION", indication: 0xfffffffe }, "c006 0008 fffffffe"],
  [{ type: "ZERO-CHECKSUM-ACCEPTABLE", method: 0x80000001 }, "8001 0008 80000001"],
  [{ type: "SET-PRIMARY-ADDRESS", correlationId: 9, address: v6 }, `c004 001c 00000009 ${v6Bytes}`],
];

test.each(parameters)("parameter $0.type of INIT on the wire", (parameter, digits) => {
  const init = {
    initiateTag: 1,
    receiverWindow: 2,
    outboundStreams: 3,
    inboundStreams: 4,
    initialTsn: asTsn(5),
  };
  expectWire(
    { type: "INIT", ...init, parameters: [parameter] },
    chunkWith("01 00", "00000001 00000002 0003 0004 00000005", digits),
  );
});

const asconfParameters: readonly (readonly [AsconfParameter, string])[] = [
  [{ type: "ADD-IP-ADDRESS", correlationId: 0xfffffffe, address: v6 }, `c001 001c fffffffe ${v6Bytes}`],
  [{ type: "DELETE-IP-ADDRESS", correlationId: 2, address: v4 }, `c002 0010 00000002 ${v4Bytes}`],
  [{ type: "SET-PRIMARY-ADDRESS", correlationId: 3, address: v4 }, `c004 0010 00000003 ${v4Bytes}`],
  [{ type: "SUCCESS-INDICATION", correlationId: 0x80000001 }, "c005 0008 80000001"],
  [
    // The example of RFC 5061 §4.3.1.
    {
      type: "ERROR-CAUSE-INDICATION",
      correlationId: 0x01023476,
      causes: [{ type: "REQUEST-TO-DELETE-LAST-ADDRESS", parameter: hex(`c002 0010 01023476 ${v4Bytes}`) }],
    },
    `c003 001c 01023476 00a0 0014 c002 0010 01023476 ${v4Bytes}`,
  ],
  [{ type: "UNKNOWN", typeCode: 0xc006, bytes: hex("c006 0008 00000001") }, "c006 0008 00000001"],
];

test.each(asconfParameters)("parameter $0.type of ASCONF, RFC 5061 §4.2", (parameter, digits) => {
  expectWire(
    { type: "ASCONF-ACK", serial: asSerial(5), parameters: [parameter] },
    chunkWith("80 00", "00000005", digits),
  );
  expectWire(
    { type: "ASCONF", serial: asSerial(5), address: v4, parameters: [parameter] },
    chunkWith("c1 00", `00000005 ${v4Bytes}`, digits),
  );
  expect(toHex(asconfParameterToBytes(parameter))).toBe(toHex(hex(digits)));
});

const request = { requestSequence: asSerial(0xfffffffe) };
const response = { type: "RE-CONFIG-RESPONSE", responseSequence: asSerial(0xfffffffe) } as const;

const reconfigParameters: readonly (readonly [ReconfigParameter, string])[] = [
  [
    {
      type: "OUTGOING-SSN-RESET-REQUEST",
      ...request,
      responseSequence: asSerial(2),
      lastTsn: asTsn(0x80000003),
      streams: [1, 0x0203, 4],
    },
    "000d 0016 fffffffe 00000002 80000003 0001 0203 0004",
  ],
  [
    {
      type: "OUTGOING-SSN-RESET-REQUEST",
      ...request,
      responseSequence: asSerial(2),
      lastTsn: asTsn(3),
      streams: [],
    },
    "000d 0010 fffffffe 00000002 00000003",
  ],
  [{ type: "INCOMING-SSN-RESET-REQUEST", ...request, streams: [7] }, "000e 000a fffffffe 0007"],
  [{ type: "INCOMING-SSN-RESET-REQUEST", ...request, streams: [] }, "000e 0008 fffffffe"],
  [{ type: "SSN-TSN-RESET-REQUEST", ...request }, "000f 0008 fffffffe"],
  [{ ...response, result: 6 }, "0010 000c fffffffe 00000006"],
  [
    { ...response, result: 1, senderNextTsn: asTsn(0x80000001), receiverNextTsn: asTsn(2) },
    "0010 0014 fffffffe 00000001 80000001 00000002",
  ],
  // A TSN of 0 is one like any other.
  [
    { ...response, result: 1, senderNextTsn: asTsn(0), receiverNextTsn: asTsn(0) },
    "0010 0014 fffffffe 00000001 00000000 00000000",
  ],
  [{ type: "ADD-OUTGOING-STREAMS-REQUEST", ...request, newStreams: 0x0102 }, "0011 000c fffffffe 0102 0000"],
  [{ type: "ADD-INCOMING-STREAMS-REQUEST", ...request, newStreams: 3 }, "0012 000c fffffffe 0003 0000"],
  [{ type: "UNKNOWN", typeCode: 19, bytes: hex("0013 0005 01") }, "0013 0005 01"],
];

test.each(reconfigParameters)("parameter $0.type of RE-CONFIG, RFC 6525 §4", (parameter, digits) => {
  expectWire({ type: "RE-CONFIG", parameters: [parameter] }, chunkWith("82 00", "", digits));
});

const copied = hex("c002000500");

const causes: readonly (readonly [Cause, string])[] = [
  [{ type: "REQUEST-TO-DELETE-LAST-ADDRESS", parameter: copied }, "00a0 0009 c002000500"],
  [{ type: "OPERATION-REFUSED-RESOURCE-SHORTAGE", parameter: copied }, "00a1 0009 c002000500"],
  [{ type: "REQUEST-TO-DELETE-SOURCE-ADDRESS", parameter: copied }, "00a2 0009 c002000500"],
  [{ type: "ILLEGAL-ASCONF-ACK" }, "00a3 0004"],
  [{ type: "REQUEST-REFUSED-NO-AUTHORIZATION", parameter: copied }, "00a4 0009 c002000500"],
  [{ type: "UNSUPPORTED-HMAC", hmacId: 0x1234 }, "0105 0006 1234"],
];

test.each(causes)("cause $0.type on the wire, RFC 5061 §4.3, RFC 4895 §4.1", (cause, digits) => {
  expectWire({ type: "ERROR", causes: [cause] }, chunkWith("09 00", "", digits));
});

test("two zero bytes follow an Unsupported HMAC Identifier, whatever was in the buffer", () => {
  const causes = [{ type: "UNSUPPORTED-HMAC", hmacId: 0x1234 }, { type: "OUT-OF-RESOURCE" }] as const;
  expectWire({ type: "ERROR", causes }, "09 00 0010 0105 0006 1234 0000 0004 0004");
  expectWire({ type: "ERROR", causes: causes.slice(0, 1) }, "09 00 000a 0105 0006 1234 0000");
  const dirty = hex("09 00 0010 0105 0006 1234 eeee 0004 0004");
  expect(decodeChunk(dirty, 0, dirty.length)).toEqual({ type: "ERROR", causes });
});

test("padding is written as zero bytes between parameters, and after the last one by its chunk", () => {
  const init = {
    initiateTag: 1,
    receiverWindow: 2,
    outboundStreams: 3,
    inboundStreams: 4,
    initialTsn: asTsn(5),
  };
  const list: readonly Parameter[] = [
    { type: "RANDOM", random: hex("0102030405") },
    { type: "CHUNKS", chunkTypes: [0xc1] },
    { type: "HMAC-ALGO", identifiers: [1] },
  ];
  const parameters = "8002 0009 0102030405 000000 8003 0005 c1 000000 8004 0006 0001";
  expectWire(
    { type: "INIT", ...init, parameters: list },
    chunkWith("01 00", "00000001 00000002 0003 0004 00000005", parameters),
  );
});
