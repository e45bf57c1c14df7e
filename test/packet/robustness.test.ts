import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { padded } from "../../src/base/bytes.ts";
import { type Chunk, chunkLength, decodeChunk, encodeChunk } from "../../src/packet/chunks/chunk.ts";
import { describePacket } from "../../src/packet/describe.ts";
import { type DecodedPacket, decodePacket, firstChunkType, HEADER_LENGTH } from "../../src/packet/packet.ts";
import { PacketWriter } from "../../src/packet/writer.ts";
import { chunk, packetLike } from "./arbitraries.ts";

/** Puts bytes through everything that reads them, and looks that they come out unharmed. */
function read(bytes: Uint8Array): DecodedPacket | undefined {
  const before = bytes.slice();
  const packet = decodePacket(bytes);
  firstChunkType(bytes);
  const text = describePacket(bytes);
  expect(text.length).toBeGreaterThan(0);
  expect(text).not.toMatch(/[^\x20-\x7e…µ]/);
  expect(bytes).toEqual(before);
  return packet;
}

/** Whatever decodes can be encoded, and says the same again: a chunk that is echoed or quoted is what came. */
function expectStable(packet: DecodedPacket): void {
  for (const decoded of packet.chunks) {
    if (decoded.type === "MALFORMED") continue;
    const length = chunkLength(decoded);
    const buffer = new Uint8Array(padded(length));
    encodeChunk(decoded, buffer, 0);
    expect(decodeChunk(buffer, 0, length)).toEqual(decoded);
  }
}

function write(chunks: readonly Chunk[]): Uint8Array {
  const buffer = new Uint8Array(4096);
  const writer = new PacketWriter();
  writer.reset(buffer, buffer.length, { sourcePort: 1, destinationPort: 2, tag: 3 });
  for (const one of chunks) writer.add(one);
  return buffer.slice(0, writer.finish());
}

const packetBytes = fc.array(chunk, { minLength: 1, maxLength: 5 }).map(write);

describe("no byte string throws", () => {
  test("random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void read(bytes)),
      { numRuns: 3_000 },
    );
  });

  test("bytes that look like chunks and parameters", () => {
    fc.assert(
      fc.property(packetLike, (bytes) => {
        const packet = read(bytes);
        if (packet !== undefined) expectStable(packet);
      }),
      { numRuns: 3_000 },
    );
  });

  test("valid packets with bytes changed", () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(packetBytes, fc.array(change, { minLength: 1, maxLength: 4 }), (bytes, changes) => {
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const packet = read(bytes);
        if (packet !== undefined) expectStable(packet);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a chunk anywhere in a buffer, of any length told", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(70),
        fc.integer({ min: -4, max: 70 }),
        (bytes, at, length) => {
          const decoded = decodeChunk(bytes, at, length);
          if (length < 4 || at + length > bytes.length) expect(decoded.type).toBe("MALFORMED");
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

test("every proper prefix of a valid packet keeps its whole chunks and ends in at most one malformed", () => {
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 3 }), (chunks) => {
      const bytes = write(chunks);
      // Where each chunk ends, without its padding: a prefix that holds so much holds the chunk.
      const ends: number[] = [];
      let at = HEADER_LENGTH;
      for (const one of chunks) {
        ends.push(at + chunkLength(one));
        at += padded(chunkLength(one));
      }
      for (let length = 0; length < bytes.length; length++) {
        const packet = read(bytes.subarray(0, length));
        if (length < HEADER_LENGTH) {
          expect(packet).toBeUndefined();
          continue;
        }
        const whole = ends.filter((end) => end <= length).length;
        expect(packet?.chunks.slice(0, whole)).toEqual(chunks.slice(0, whole));
        const rest = packet?.chunks.slice(whole) ?? [];
        expect(rest.length).toBeLessThanOrEqual(1);
        expect(rest.every((one) => one.type === "MALFORMED")).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test("the largest lists are bounded by the packet: 64 KiB decodes and is described in no time", () => {
  const filled = (type: number, ...fixed: number[]): Uint8Array => {
    const bytes = new Uint8Array(65_532);
    bytes.set([type, 0, (65_532 - 12) >>> 8, (65_532 - 12) & 0xff, ...fixed], HEADER_LENGTH);
    return bytes;
  };
  const sack = filled(3, 0, 0, 0, 0, 0, 0, 0, 0, (65_504 / 4) >>> 8, (65_504 / 4) & 0xff, 0, 0);
  expect(read(sack)?.chunks).toMatchObject([{ type: "SACK", gaps: { length: 16_376 } }]);
  const init = filled(1);
  for (let at = HEADER_LENGTH + 20; at < init.length; at += 4) init.set([0x80, 0, 0, 4], at);
  expect(read(init)?.chunks).toMatchObject([{ type: "INIT", parameters: { length: 16_375 } }]);
  expect(describePacket(init).length).toBeLessThan(1_000);
});

// Inputs that a fuzzer found for another stack: byte 0 is its harness's, the rest is chunks. They are no part of this
// repository and nothing installs them, so their absence is said aloud and is no failure.
const corpus = fileURLToPath(new URL("../../../shared/corpus/usrsctp-connect/", import.meta.url));
const inputs = existsSync(corpus) ? readdirSync(corpus).filter((name) => !name.endsWith(".md")) : [];

describe("fuzzer inputs of another stack", () => {
  if (inputs.length === 0) {
    test("are all read", ({ skip }) => {
      process.stderr.write(`SKIPPED: there are no fuzzer inputs in ${corpus}\n`);
      skip(`no fuzzer inputs in ${corpus}`);
    });
  }

  test.each(inputs)("%s", (name) => {
    const input = new Uint8Array(readFileSync(corpus + name));
    const bytes = new Uint8Array(HEADER_LENGTH + Math.max(0, input.length - 1));
    bytes.set(input.subarray(1), HEADER_LENGTH);
    const packet = read(bytes);
    expect(packet).toBeDefined();
    if (packet !== undefined) expectStable(packet);
    // Some begin with a common header of their own.
    read(input.subarray(1));
  });
});
