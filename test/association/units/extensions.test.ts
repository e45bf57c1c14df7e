import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Extensions,
  extensionOfChunk,
  extensionOfParameter,
  noExtensions,
} from "../../../src/association/extension/extensions.ts";
import { readChunk } from "../../../src/association/extension/read-chunk.ts";
import { understand } from "../../../src/association/handshake/parameters.ts";
import { padded } from "../../../src/base/bytes.ts";
import { chunkLength, decodeChunk, encodeChunk } from "../../../src/packet/chunks/chunk.ts";
import { decodeParameters, type Parameter } from "../../../src/packet/parameters/parameter.ts";
import { ParameterType } from "../../../src/packet/registry.ts";
import { chunk } from "../../packet/arbitraries.ts";

const partialReliability: Extensions = { ...noExtensions, partialReliability: true };
const names = Object.keys(noExtensions);
const all = Object.fromEntries(names.map((name) => [name, true])) as Extensions;

describe("what belongs to which extension", () => {
  test("chunks", () => {
    const types = Array.from({ length: 256 }, (_, type) => type);
    const owned = types.filter((type) => extensionOfChunk(type) !== undefined);
    expect(owned.map((type) => [type, extensionOfChunk(type)])).toEqual([
      [0x0f, "authentication"],
      [0x40, "interleaving"],
      [0x80, "addressReconfiguration"],
      [0x82, "reconfiguration"],
      [0x84, "padding"],
      [0xc0, "partialReliability"],
      [0xc1, "addressReconfiguration"],
      [0xc2, "interleaving"],
    ]);
  });

  test("parameters of INIT; Supported Extensions (0x8008) is not one of them", () => {
    const types = Array.from({ length: 65_536 }, (_, type) => type);
    const owned = types.filter((type) => extensionOfParameter(type) !== undefined);
    expect(owned.map((type) => [type, extensionOfParameter(type)])).toEqual([
      [0x8001, "zeroChecksum"],
      [0x8002, "authentication"],
      [0x8003, "authentication"],
      [0x8004, "authentication"],
      [0x8005, "padding"],
      [0xc000, "partialReliability"],
      [0xc004, "addressReconfiguration"],
      [0xc006, "adaptation"],
    ]);
  });
});

describe("a chunk is read", () => {
  test("as it came when its extension is off, and decoded when it is on", () => {
    fc.assert(
      fc.property(chunk, (one) => {
        const length = chunkLength(one);
        const bytes = new Uint8Array(padded(length));
        encodeChunk(one, bytes, 0);
        const isOff = !["padding", undefined].includes(extensionOfChunk(bytes[0] as number));
        expect(readChunk(bytes, 0, length, all)).toEqual(one);
        const unknown = {
          type: "UNKNOWN",
          typeCode: bytes[0],
          flags: bytes[1],
          bytes: bytes.slice(0, length),
        };
        expect(readChunk(bytes, 0, length, noExtensions)).toEqual(isOff ? unknown : one);
      }),
    );
  });

  test("as malformed only when its extension is on", () => {
    const bytes = Uint8Array.of(0xc0, 0xff, 0, 6, 1, 2, 0, 0);
    expect(decodeChunk(bytes, 0, 6).type).toBe("MALFORMED");
    expect(readChunk(bytes, 0, 6, partialReliability).type).toBe("MALFORMED");
    expect(readChunk(bytes, 0, 6, { ...all, partialReliability: false })).toEqual({
      type: "UNKNOWN",
      typeCode: 0xc0,
      flags: 0xff,
      bytes: bytes.slice(0, 6),
    });
  });
});

describe("a parameter", () => {
  const forwardTsn: Parameter = { type: "FORWARD-TSN-SUPPORTED" };
  const badForwardTsn: Parameter = {
    type: "UNKNOWN",
    typeCode: ParameterType.FORWARD_TSN_SUPPORTED,
    bytes: Uint8Array.of(0xc0, 0, 0, 6, 1, 2),
  };

  test("of an extension that is on is known, also in the wrong shape: that is the peer's fault", () => {
    expect(understand([forwardTsn, badForwardTsn], partialReliability)).toEqual({
      known: [forwardTsn, badForwardTsn],
      report: [],
    });
  });

  test("of an extension that is off is unrecognized, whatever its shape (RFC 9260 §3.2.1)", () => {
    const others = { ...all, partialReliability: false };
    expect(understand([forwardTsn, badForwardTsn], others)).toEqual({
      known: [],
      report: [Uint8Array.of(0xc0, 0, 0, 4), Uint8Array.of(0xc0, 0, 0, 6, 1, 2)],
    });
  });

  test("that is reported is reported as it came", () => {
    const reported = fc.constantFrom(0xc000, 0xc004, 0xc006);
    const v4 = Uint8Array.of(0, 0, 0, 1, 0, 5, 0, 8, 192, 0, 2, 1);
    const value = fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.constant(v4));
    fc.assert(
      fc.property(reported, value, (typeCode, value) => {
        const bytes = Uint8Array.of(typeCode >> 8, typeCode & 0xff, 0, 4 + value.length, ...value);
        const parameters = decodeParameters(bytes, 0, bytes.length) as readonly Parameter[];
        expect(understand(parameters, noExtensions)).toEqual({ known: [], report: [bytes] });
      }),
    );
  });

  test("that is padding, or Supported Extensions, is always known, and never reported (RFC 4820 §4)", () => {
    const parameters: Parameter[] = [
      { type: "PADDING", length: 9 },
      { type: "SUPPORTED-EXTENSIONS", chunkTypes: [0xc0] },
    ];
    expect(understand(parameters, noExtensions)).toEqual({ known: parameters, report: [] });
  });
});
