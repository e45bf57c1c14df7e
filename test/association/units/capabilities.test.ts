import { expect, test } from "vitest";
import {
  agreedExtensions,
  extensionsFromBits,
  extensionsToBits,
} from "../../../src/association/extension/capabilities.ts";
import { type Extension, noExtensions } from "../../../src/association/extension/extensions.ts";
import type { Parameter } from "../../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../../src/packet/registry.ts";

/** RFC 5061 §4.2.7 and the parameters of single extensions: which of them both sides have. */

const all = extensionsFromBits(0xff);
const extensions = Object.keys(noExtensions) as Extension[];

const random: Parameter = { type: "RANDOM", random: new Uint8Array(32) };

/** The parameters by which a peer says that it has the extension. */
const offers: readonly (readonly [Extension, readonly Parameter[]])[] = [
  ["partialReliability", [{ type: "FORWARD-TSN-SUPPORTED" }]],
  ["partialReliability", [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.FORWARD_TSN] }]],
  ["reconfiguration", [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.RE_CONFIG] }]],
  ["authentication", [random, { type: "HMAC-ALGO", identifiers: [2, 1] }]],
  ["interleaving", [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [0x77, ChunkType.I_DATA] }]],
  ["zeroChecksum", [{ type: "ZERO-CHECKSUM-ACCEPTABLE", method: 1 }]],
  ["adaptation", [{ type: "ADAPTATION-LAYER-INDICATION", indication: 1 }]],
];

const on = (agreed: Readonly<Record<Extension, boolean>>): string[] =>
  extensions.filter((name) => agreed[name] && name !== "padding");

test.each(offers)("%s holds where both sides offer it", (extension, parameters) => {
  expect(on(agreedExtensions(all, parameters))).toEqual([extension]);
  expect(on(agreedExtensions({ ...all, [extension]: false }, parameters))).toEqual([]);
  expect(on(agreedExtensions(all, []))).toEqual([]);
});

test("addressReconfiguration holds with authentication, or where that is not offered", () => {
  const hmacs: Parameter = { type: "HMAC-ALGO", identifiers: [1] };
  const chunkTypes = [ChunkType.ASCONF, ChunkType.ASCONF_ACK];
  const asconf: Parameter = { type: "SUPPORTED-EXTENSIONS", chunkTypes };
  expect(on(agreedExtensions(all, [random, hmacs, asconf]))).toEqual([
    "authentication",
    "addressReconfiguration",
  ]);
  expect(on(agreedExtensions(all, [asconf]))).toEqual([]);
  expect(on(agreedExtensions({ ...all, authentication: false }, [asconf]))).toEqual([
    "addressReconfiguration",
  ]);
});

// RFC 4895 §6.1: there is no key without a Random Number, and none is of use without an HMAC.
test.each<readonly [string, readonly Parameter[]]>([
  ["the list of chunks alone", [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.AUTH] }]],
  ["no HMAC-ALGO", [random]],
  ["no RANDOM", [{ type: "HMAC-ALGO", identifiers: [1] }]],
  ["no HMAC of ours", [random, { type: "HMAC-ALGO", identifiers: [0, 2, 77] }]],
])("authentication does not hold by %s", (_, parameters) => {
  expect(on(agreedExtensions(all, parameters))).toEqual([]);
});

test("a cookie keeps each of them", () => {
  for (let bits = 0; bits < 2 ** extensions.length; bits++) {
    expect(extensionsToBits(extensionsFromBits(bits))).toBe(bits);
  }
  expect(extensionsFromBits(extensionsToBits(noExtensions))).toEqual(noExtensions);
});
