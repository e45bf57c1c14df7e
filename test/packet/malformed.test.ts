import { describe, expect, test } from "vitest";
import { decodeChunk } from "../../src/packet/chunks/chunk.ts";

function hex(digits: string): Uint8Array {
  const pairs = digits.replace(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** The chunk's own length field says where it ends. */
function decode(digits: string): ReturnType<typeof decodeChunk> {
  const bytes = hex(digits);
  return decodeChunk(bytes, 0, ((bytes[2] as number) << 8) | (bytes[3] as number));
}

const init = "00000001 00010000 0001 0001 00000000";

describe("a chunk of the wrong length is MALFORMED", () => {
  test.each([
    ["DATA without a whole header", "00 03 000f 00000001 0000 0000 000000 00"],
    ["INIT without its last fixed byte", "01 00 0013 00000001 00010000 0001 0001 000000 00"],
    ["INIT ACK without its last fixed byte", "02 00 0013 00000001 00010000 0001 0001 000000 00"],
    ["SACK without a whole header", "03 00 000f 00000001 00000000 0000 00 00"],
    ["SACK that promises a gap block more", "03 00 0010 00000001 00000000 0001 0000"],
    ["SACK that promises a gap block less", "03 00 0014 00000001 00000000 0000 0000 00010001"],
    ["SACK that promises a duplicate more", "03 00 0014 00000001 00000000 0001 0001 00010001"],
    ["SACK with a part of a block", "03 00 0012 00000001 00000000 0000 0000 0001 0000"],
    ["HEARTBEAT without a parameter", "04 00 0004"],
    ["HEARTBEAT with half a parameter header", "04 00 0006 0001 0000"],
    ["HEARTBEAT with another parameter", "04 00 0008 0002 0004"],
    ["HEARTBEAT whose parameter runs past the chunk", "04 00 0008 0001 0008 00000000"],
    ["HEARTBEAT with bytes behind its parameter that are no parameter", "04 00 000c 0001 0004 00000000"],
    ["HEARTBEAT ACK without a parameter", "05 00 0004"],
    ["SHUTDOWN too short", "07 00 0004"],
    ["SHUTDOWN too long", "07 00 000c 00000001 00000000"],
    ["SHUTDOWN ACK too long", "08 00 0008 00000000"],
    ["SHUTDOWN ACK one byte too long", "08 00 0005 00000000"],
    ["COOKIE ACK too long", "0b 00 0008 00000000"],
    ["SHUTDOWN COMPLETE too long", "0e 00 0008 00000000"],
    ["AUTH without its HMAC identifier", "0f 00 0007 0000 00 00"],
    ["I-DATA without a whole header", "40 03 0013 00000001 0000 0000 00000000 000000 00"],
    ["ASCONF without an address", "c1 00 0008 00000001"],
    ["ASCONF with half a number", "c1 00 0006 0000 0000"],
    ["ASCONF with a host name for an address", "c1 00 0010 00000001 000b 0008 61626300"],
    ["ASCONF with a request for an address", "c1 00 0018 00000001 c001 0010 00000001 0005 0008 c0000201"],
    ["ASCONF whose address is too short", "c1 00 0010 00000001 0005 0007 c0000200"],
    ["ASCONF whose address runs past the chunk", "c1 00 0010 00000001 0005 000c c0000201"],
    ["ASCONF with half a parameter header", "c1 00 0012 00000001 0005 0008 c0000201 c001 0000"],
    ["ASCONF whose parameter runs past the chunk", "c1 00 0014 00000001 0005 0008 c0000201 c001 0008"],
    ["ASCONF-ACK without its number", "80 00 0007 000000 00"],
    ["ASCONF-ACK with a parameter of 3 bytes", "80 00 000c 00000001 c005 0003"],
    ["RE-CONFIG with half a parameter header", "82 00 0006 000f 0000"],
    ["Outgoing SSN Reset Request too short", "82 00 0012 000d 000e 00000001 00000002 0000 0000"],
    [
      "Outgoing SSN Reset Request with half a stream",
      "82 00 0015 000d 0011 00000001 00000002 00000003 00 000000",
    ],
    ["Incoming SSN Reset Request too short", "82 00 000a 000e 0006 0000 0000"],
    ["Incoming SSN Reset Request with half a stream", "82 00 000d 000e 0009 00000001 00 000000"],
    ["SSN/TSN Reset Request too short", "82 00 0008 000f 0004"],
    ["SSN/TSN Reset Request too long", "82 00 0010 000f 000c 00000001 00000002"],
    ["Re-configuration Response too short", "82 00 000c 0010 0008 00000001"],
    ["Re-configuration Response with one TSN", "82 00 0014 0010 0010 00000001 00000001 00000002"],
    [
      "Re-configuration Response with three TSNs",
      "82 00 001c 0010 0018 00000001 00000001 00000002 00000003 00000004",
    ],
    ["Add Outgoing Streams Request too short", "82 00 000e 0011 000a 00000001 0002 0000"],
    ["Add Outgoing Streams Request too long", "82 00 0014 0011 0010 00000001 0002 0000 00000000"],
    ["Add Incoming Streams Request too short", "82 00 000e 0012 000a 00000001 0002 0000"],
    ["Add Incoming Streams Request too long", "82 00 0014 0012 0010 00000001 0002 0000 00000000"],
    ["FORWARD-TSN without its TSN", "c0 00 0007 000000 00"],
    ["FORWARD-TSN with half a stream", "c0 00 000a 00000001 0001 0000"],
    ["I-FORWARD-TSN without its TSN", "c2 00 0004"],
    ["I-FORWARD-TSN with half a stream", "c2 00 000c 00000001 0001 0000"],
  ])("%s", (_name, digits) => {
    const bytes = hex(digits);
    expect(decode(digits)).toMatchObject({ type: "MALFORMED", typeCode: bytes[0], flags: bytes[1] });
  });
});

describe("an INIT with a bad parameter is MALFORMED", () => {
  test.each([
    ["length 0", "0005 0000"],
    ["length 3", "c000 0003"],
    ["longer than the chunk", "8000 0009 00000000"],
    ["half a header behind the last", "8000 0004 8000"],
    ["one byte behind the last", "8000 0004 00"],
    ["padding of four bytes", "8000 0005 01000000 00000000"],
    ["IPv4 Address too short", "0005 0007 7f0000 00"],
    ["IPv4 Address too long", "0005 000c 7f000001 00000000"],
    ["IPv6 Address too short", "0006 0008 7f000001"],
    ["IPv6 Address too long", `0006 0018 ${"00".repeat(20)}`],
    ["Cookie Preservative too short", "0009 0004"],
    ["Cookie Preservative too long", "0009 000c 00000000 00000000"],
    ["Supported Address Types with half a type", "000c 0007 0005 00 00"],
  ])("%s", (_name, parameter) => {
    const length = 20 + hex(parameter).length;
    expect(decode(`01 00 00${length.toString(16)} ${init} ${parameter}`)).toMatchObject({
      type: "MALFORMED",
    });
  });
});

describe("an INIT with a parameter of an extension in the wrong shape is whole, and the parameter unknown", () => {
  test.each([
    ["Forward-TSN-Supported too long", "c000 0008 00000000"],
    ["HMAC-ALGO with half an identifier", "8004 0007 0001 00 00"],
    ["Zero Checksum Acceptable too short", "8001 0006 0000 0000"],
    ["Zero Checksum Acceptable too long", "8001 000c 00000001 00000002"],
    ["Adaptation Layer Indication too short", "c006 0004"],
    ["Adaptation Layer Indication too long", "c006 000c 00000001 00000002"],
    ["Set Primary Address without an address", "c004 0008 00000001"],
    ["Set Primary Address with a host name", "c004 0010 00000001 000b 0008 61626300"],
    ["Set Primary Address whose address runs past it", "c004 0010 00000001 0006 0014 c0000201"],
    ["Set Primary Address with two addresses", "c004 0018 00000001 0005 0008 c0000201 0005 0008 c0000202"],
  ])("%s", (_name, parameter) => {
    const bytes = hex(parameter);
    const typeCode = ((bytes[0] as number) << 8) | (bytes[1] as number);
    const whole = bytes.subarray(0, bytes[3]);
    const list = `${parameter} 0009 0008 0000ea60`;
    expect(decode(`01 00 00${(20 + hex(list).length).toString(16)} ${init} ${list}`)).toMatchObject({
      type: "INIT",
      parameters: [{ type: "UNKNOWN", typeCode, bytes: whole }, { type: "COOKIE-PRESERVATIVE" }],
    });
  });
});

describe("a parameter of ASCONF in the wrong shape is unknown, and the others go on (RFC 5061 §5.2 V2)", () => {
  test.each([
    ["Add IP Address without an address", "c001 0008 00000001"],
    ["Add IP Address without an identifier", "c001 0004"],
    ["Add IP Address with a host name (§4.1.1)", "c001 0010 00000001 000b 0008 61626300"],
    ["Add IP Address with an IPv4 address too long", "c001 0014 00000001 0005 000c c0000201 00000000"],
    ["Add IP Address whose address says that it is shorter", "c001 0010 00000001 0005 0004 c0000201"],
    ["Add IP Address with bytes behind its address", "c001 0014 00000001 0005 0008 c0000201 00000000"],
    ["Delete IP Address too short", "c002 000e 00000001 0005 0008 c000 0000"],
    ["Set Primary Address with a request", "c004 0010 00000001 c001 0008 00000001"],
    ["Error Cause Indication without an identifier", "c003 0004"],
    ["Error Cause Indication with half a cause", "c003 000a 00000001 0004 0000"],
    ["Error Cause Indication with a bad cause", "c003 0010 00000001 0004 0008 00000000"],
    ["Success Indication too short", "c005 0004"],
    ["Success Indication too long", "c005 000c 00000001 00000002"],
  ])("%s", (_name, parameter) => {
    const bytes = hex(parameter);
    const typeCode = ((bytes[0] as number) << 8) | (bytes[1] as number);
    const length = (16 + bytes.length).toString(16).padStart(4, "0");
    expect(decode(`80 00 ${length} 00000001 ${parameter} c005 0008 00000007`)).toEqual({
      type: "ASCONF-ACK",
      serial: 1,
      parameters: [
        { type: "UNKNOWN", typeCode, bytes: bytes.subarray(0, bytes[3]) },
        { type: "SUCCESS-INDICATION", correlationId: 7 },
      ],
    });
  });
});

describe("an ABORT or ERROR with a bad cause is MALFORMED", () => {
  test.each([
    ["length 3", "000c 0003"],
    ["longer than the chunk", "000c 0009 00000000"],
    ["half a header", "000c"],
    ["Invalid Stream too short", "0001 0006 0001 0000"],
    ["Invalid Stream too long", "0001 000c 0001 0000 00000000"],
    ["Missing Parameter without a count", "0002 0004"],
    ["Missing Parameter with a type too few", "0002 0008 00000001"],
    ["Missing Parameter with a type too many", "0002 000a 00000000 0007 0000"],
    ["Missing Parameter with 2^31 + 1 types", "0002 000a 80000001 0007 0000"],
    ["Stale Cookie too short", "0003 0004"],
    ["Out of Resource too long", "0004 0008 00000000"],
    ["Invalid Parameter too long", "0007 0008 00000000"],
    ["No User Data too short", "0009 0004"],
    ["Cookie While Shutting Down too long", "000a 0008 00000000"],
    ["Illegal ASCONF-ACK too long", "00a3 0008 00000000"],
    ["Unsupported HMAC Identifier too short", "0105 0004"],
    ["Unsupported HMAC Identifier with its padding", "0105 0008 0001 0000"],
  ])("%s", (_name, cause) => {
    const length = (4 + hex(cause).length).toString(16).padStart(2, "0");
    expect(decode(`06 00 00${length} ${cause}`)).toMatchObject({ type: "MALFORMED", typeCode: 6 });
    expect(decode(`09 00 00${length} ${cause}`)).toMatchObject({ type: "MALFORMED", typeCode: 9 });
  });
});

describe("well-formed, however odd", () => {
  test("DATA without user data: its receiver answers No User Data (RFC 9260 §6.2)", () => {
    expect(decode("00 03 0010 00000007 0000 0000 00000000")).toMatchObject({
      type: "DATA",
      tsn: 7,
      data: hex(""),
    });
  });

  test("a Host Name, an empty cookie, an ERROR without causes", () => {
    expect(decode(`01 00 001c ${init} 000b 0006 6100 0000`)).toMatchObject({
      parameters: [{ type: "HOST-NAME", name: hex("6100") }],
    });
    expect(decode("0a 00 0004")).toEqual({ type: "COOKIE-ECHO", cookie: hex("") });
    expect(decode("09 00 0004")).toEqual({ type: "ERROR", causes: [] });
  });

  test("the last parameter's padding, counted by the chunk's length or not, and never looked at (§3.2)", () => {
    const parameters = [{ type: "HOST-NAME", name: hex("61") }];
    for (const length of ["19", "1a", "1b", "1c"]) {
      expect(decode(`01 00 00${length} ${init} 000b 0005 61 ffffff`)).toMatchObject({
        type: "INIT",
        parameters,
      });
    }
    for (const length of ["09", "0a", "0b", "0c"]) {
      expect(decode(`04 00 00${length} 0001 0005 61 ffffff`)).toEqual({ type: "HEARTBEAT", info: hex("61") });
      expect(decode(`06 00 00${length} 000c 0005 61 ffffff`)).toMatchObject({
        causes: [{ type: "USER-ABORT", reason: hex("61") }],
      });
    }
  });

  test("an IPv4-mapped IPv6 Address is the IPv4 address", () => {
    expect(decode(`01 00 0028 ${init} 0006 0014 00000000000000000000ffff0a000001`)).toMatchObject({
      parameters: [{ type: "IPV6-ADDRESS", address: "10.0.0.1" }],
    });
  });
});
