import { describe, expect, test } from "vitest";
import { padded } from "../../src/base/bytes.ts";
import {
  chunkSpan,
  decodePacket,
  destinationPort,
  firstChunkType,
  HEADER_LENGTH,
  sourcePort,
  verificationTag,
} from "../../src/packet/packet.ts";
import {
  causeCodeName,
  chunkAction,
  chunkTypeName,
  parameterAction,
  parameterTypeName,
} from "../../src/packet/registry.ts";

const header = [0x13, 0x88, 0xff, 0xfe, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4];
const packet = (...bytes: number[]): Uint8Array => Uint8Array.of(...header, ...bytes);

test("the common header (RFC 9260 §3.1)", () => {
  const bytes = packet();
  expect([sourcePort(bytes), destinationPort(bytes), verificationTag(bytes)]).toEqual([
    5000, 65_534, 0xdeadbeef,
  ]);
});

describe("chunkSpan", () => {
  test("walks from chunk to chunk over their padding", () => {
    const bytes = packet(11, 0, 0, 4, 10, 0, 0, 5, 9, 0, 0, 0, 8, 0, 0, 4);
    const seen: [number, number][] = [];
    let at = HEADER_LENGTH;
    for (let n = chunkSpan(bytes, at, bytes.length); n > 0; n = chunkSpan(bytes, at, bytes.length)) {
      seen.push([bytes[at] as number, n]);
      at += padded(n);
    }
    expect(seen).toEqual([
      [11, 4],
      [10, 5],
      [8, 4],
    ]);
    expect(chunkSpan(bytes, at, bytes.length)).toBe(0);
  });

  test.each([
    ["a header cut short", [11, 0, 0]],
    ["a length below 4", [11, 0, 0, 3]],
    ["a length of 0, which would never end", [11, 0, 0, 0]],
    ["a length past the end", [10, 0, 0, 9, 1, 2, 3, 4]],
  ])("is -1 for %s", (_name, chunk) => {
    expect(chunkSpan(packet(...chunk), HEADER_LENGTH, HEADER_LENGTH + chunk.length)).toBe(-1);
    expect(firstChunkType(packet(...chunk))).toBe(-1);
    expect(decodePacket(packet(...chunk))?.chunks).toMatchObject([{ type: "MALFORMED", typeCode: chunk[0] }]);
  });

  test("takes a last chunk without its padding", () => {
    const bytes = packet(10, 0, 0, 5, 9);
    expect(chunkSpan(bytes, HEADER_LENGTH, bytes.length)).toBe(5);
    expect(decodePacket(bytes)?.chunks).toEqual([{ type: "COOKIE-ECHO", cookie: Uint8Array.of(9) }]);
  });

  test("believes the end that it is told, not the buffer's", () => {
    expect(chunkSpan(packet(10, 0, 0, 8, 1, 2, 3, 4), HEADER_LENGTH, HEADER_LENGTH + 6)).toBe(-1);
  });
});

test("firstChunkType", () => {
  expect(firstChunkType(packet(11, 0, 0, 4))).toBe(11);
  expect(firstChunkType(packet())).toBe(-1);
  expect(firstChunkType(Uint8Array.of(1, 2, 3))).toBe(-1);
});

test("decodePacket wants a whole header", () => {
  expect(decodePacket(packet().subarray(0, 11))).toBeUndefined();
  expect(decodePacket(packet())).toEqual({
    sourcePort: 5000,
    destinationPort: 65_534,
    verificationTag: 0xdeadbeef,
    chunks: [],
  });
});

test("the two upper bits say what to do with the unrecognized (RFC 9260 §3.2, §3.2.1)", () => {
  const stop = { stop: true, report: false };
  const stopReport = { stop: true, report: true };
  const skip = { stop: false, report: false };
  const skipReport = { stop: false, report: true };
  expect([0x3f, 0x7f, 0xbf, 0xff].map(chunkAction)).toEqual([stop, stopReport, skip, skipReport]);
  expect([0x00, 0x40, 0x80, 0xc0].map(chunkAction)).toEqual([stop, stopReport, skip, skipReport]);
  expect([0x3fff, 0x7fff, 0xbfff, 0xffff].map(parameterAction)).toEqual([stop, stopReport, skip, skipReport]);
  expect([0x0000, 0x4000, 0x8000, 0xc000].map(parameterAction)).toEqual([stop, stopReport, skip, skipReport]);
});

test("names", () => {
  expect([0, 2, 192, 200].map(chunkTypeName)).toEqual(["DATA", "INIT-ACK", "FORWARD-TSN", "CHUNK-0xc8"]);
  expect([7, 0x8000, 0x1234].map(parameterTypeName)).toEqual([
    "STATE-COOKIE",
    "ECN-CAPABLE",
    "PARAMETER-0x1234",
  ]);
  expect([12, 99].map(causeCodeName)).toEqual(["USER-ABORT", "CAUSE-99"]);
});
