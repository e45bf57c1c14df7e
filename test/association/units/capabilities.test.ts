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

/** The parameters by which a peer says that it has the extension. */
const offers: readonly [Extension, Parameter][] = [
  ["partialReliability", { type: "FORWARD-TSN-SUPPORTED" }],
  ["partialReliability", { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.FORWARD_TSN] }],
  ["reconfiguration", { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.RE_CONFIG] }],
  ["authentication", { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.AUTH] }],
  [
    "addressReconfiguration",
    { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.ASCONF, ChunkType.ASCONF_ACK] },
  ],
  ["interleaving", { type: "SUPPORTED-EXTENSIONS", chunkTypes: [0x77, ChunkType.I_DATA] }],
  ["zeroChecksum", { type: "ZERO-CHECKSUM-ACCEPTABLE", method: 1 }],
  ["adaptation", { type: "ADAPTATION-LAYER-INDICATION", indication: 1 }],
];

const on = (agreed: Readonly<Record<Extension, boolean>>): string[] =>
  extensions.filter((name) => agreed[name] && name !== "padding");

test.each(offers)("%s holds where both sides offer it", (extension, parameter) => {
  expect(on(agreedExtensions(all, [parameter]))).toEqual([extension]);
  expect(on(agreedExtensions({ ...all, [extension]: false }, [parameter]))).toEqual([]);
  expect(on(agreedExtensions(all, []))).toEqual([]);
});

test("a cookie keeps each of them", () => {
  for (let bits = 0; bits < 2 ** extensions.length; bits++) {
    expect(extensionsToBits(extensionsFromBits(bits))).toBe(bits);
  }
  expect(extensionsFromBits(extensionsToBits(noExtensions))).toEqual(noExtensions);
});
