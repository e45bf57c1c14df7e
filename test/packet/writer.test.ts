import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { padded } from "../../src/base/bytes.ts";
import { hasValidChecksum, readChecksum } from "../../src/base/crc32c.ts";
import { asTsn } from "../../src/base/serial.ts";
import { type Chunk, chunkLength } from "../../src/packet/chunks/chunk.ts";
import { type DataFields, DataFlag } from "../../src/packet/chunks/data.ts";
import { decodePacket, HEADER_LENGTH } from "../../src/packet/packet.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { PacketWriter } from "../../src/packet/writer.ts";
import { chunk } from "./arbitraries.ts";

const header = { sourcePort: 5000, destinationPort: 5001, tag: 0xdeadbeef };
const cookieAck: Chunk = { type: "COOKIE-ACK" };

function begin(budget: number, size: number = budget): { writer: PacketWriter; buffer: Uint8Array } {
  const writer = new PacketWriter();
  const buffer = new Uint8Array(size).fill(0xa5);
  writer.reset(buffer, budget, header);
  return { writer, buffer };
}

describe("PacketWriter", () => {
  test("what is written decodes again, with a right checksum, within the budget", () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 12 }), fc.integer({ min: 12, max: 400 }), (chunks, budget) => {
        const { writer, buffer } = begin(budget, 512);
        const taken: Chunk[] = [];
        for (const one of chunks) {
          const room = writer.roomFor(ChunkType.DATA);
          const fits = padded(chunkLength(one)) <= room;
          expect(writer.add(one)).toBe(fits);
          expect(writer.roomFor(ChunkType.DATA)).toBe(fits ? room - padded(chunkLength(one)) : room);
          if (fits) taken.push(one);
        }
        expect(writer.empty).toBe(taken.length === 0);
        const length = writer.finish();
        expect(length).toBe(writer.length);
        expect(length).toBeLessThanOrEqual(budget);
        const packet = buffer.subarray(0, length);
        expect(hasValidChecksum(packet)).toBe(true);
        expect(decodePacket(packet)).toEqual({
          sourcePort: 5000,
          destinationPort: 5001,
          verificationTag: 0xdeadbeef,
          chunks: taken,
        });
        expect(buffer.subarray(length).every((byte) => byte === 0xa5)).toBe(true);
      }),
    );
  });

  test("DATA straight from a part of a message is the DATA chunk of that part", () => {
    const message = new Uint8Array(100).map((_, i) => i);
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.integer({ min: 0, max: 15 }), (a, b, flags) => {
        const offset = Math.min(a, b);
        const length = Math.max(a, b) - offset;
        const { writer, buffer } = begin(200);
        const fields = { tsn: asTsn(0xfffffffe), flags, stream: 3, ssn: 65_535, ppid: 0xffffffff };
        expect(writer.addData({ ...fields, bytes: message, offset, length })).toBe(true);
        expect(writer.length).toBe(HEADER_LENGTH + padded(16 + length));
        expect(decodePacket(buffer.subarray(0, writer.finish()))?.chunks).toEqual([
          {
            type: "DATA",
            unordered: (flags & DataFlag.UNORDERED) !== 0,
            beginning: (flags & DataFlag.BEGINNING) !== 0,
            ending: (flags & DataFlag.ENDING) !== 0,
            immediate: (flags & DataFlag.IMMEDIATE) !== 0,
            tsn: 0xfffffffe,
            stream: 3,
            ssn: 65_535,
            ppid: 0xffffffff,
            data: message.slice(offset, offset + length),
          },
        ]);
        expect(buffer.subarray(16 + 12 + length, writer.length).every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  test("I-DATA straight from a part of a message is the I-DATA chunk of that part", () => {
    const message = new Uint8Array(100).map((_, i) => i);
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.integer({ min: 0, max: 15 }), (a, b, flags) => {
        const offset = Math.min(a, b);
        const length = Math.max(a, b) - offset;
        const { writer, buffer } = begin(200);
        const fields = { tsn: asTsn(0xfffffffe), flags, stream: 3, mid: 0xfffffffd, ppid: 46, fsn: 7 };
        expect(writer.addIData({ ...fields, bytes: message, offset, length })).toBe(true);
        expect(writer.length).toBe(HEADER_LENGTH + padded(20 + length));
        const beginning = (flags & DataFlag.BEGINNING) !== 0;
        expect(decodePacket(buffer.subarray(0, writer.finish()))?.chunks).toEqual([
          {
            type: "I-DATA",
            unordered: (flags & DataFlag.UNORDERED) !== 0,
            beginning,
            ending: (flags & DataFlag.ENDING) !== 0,
            immediate: (flags & DataFlag.IMMEDIATE) !== 0,
            tsn: 0xfffffffe,
            stream: 3,
            mid: 0xfffffffd,
            ppid: beginning ? 46 : 0,
            fsn: beginning ? 0 : 7,
            data: message.slice(offset, offset + length),
          },
        ]);
        expect(buffer.subarray(12 + 20 + length, writer.length).every((byte) => byte === 0)).toBe(true);
        const small = begin(HEADER_LENGTH + padded(20 + length) - 1, 200);
        expect(small.writer.addIData({ ...fields, bytes: message, offset, length })).toBe(false);
        expect(small.writer.empty).toBe(true);
      }),
    );
  });

  test("padding counts: a chunk that fits without its padding does not fit", () => {
    const data = (length: number): DataFields => ({
      tsn: asTsn(1),
      flags: 3,
      stream: 0,
      ssn: 0,
      ppid: 0,
      bytes: new Uint8Array(length),
      offset: 0,
      length,
    });
    const { writer, buffer } = begin(HEADER_LENGTH + 16 + 6, 64);
    expect(writer.addData(data(5))).toBe(false);
    expect(writer.add({ type: "COOKIE-ECHO", cookie: new Uint8Array(17) })).toBe(false);
    expect(writer.empty).toBe(true);
    expect(buffer.subarray(HEADER_LENGTH).every((byte) => byte === 0xa5)).toBe(true);
    expect(writer.addData(data(4))).toBe(true);
    expect(writer.roomFor(ChunkType.DATA)).toBe(2);
  });

  test("a chunk longer than its length field can say is refused", () => {
    const { writer } = begin(70_000);
    expect(writer.add({ type: "COOKIE-ECHO", cookie: new Uint8Array(65_532) })).toBe(false);
    expect(writer.add({ type: "COOKIE-ECHO", cookie: new Uint8Array(65_531) })).toBe(true);
  });

  test("a buffer smaller than the budget is the budget", () => {
    const { writer } = begin(1000, 16);
    expect(writer.roomFor(ChunkType.DATA)).toBe(4);
    expect(writer.add(cookieAck)).toBe(true);
    expect(writer.add(cookieAck)).toBe(false);
  });

  test("the checksum can be left zero (RFC 9653), and one writer serves many packets", () => {
    const { writer, buffer } = begin(100);
    writer.add(cookieAck);
    expect(writer.finish(true)).toBe(16);
    expect(readChecksum(buffer)).toBe(0);
    writer.reset(buffer, 100, header);
    expect(writer.length).toBe(HEADER_LENGTH);
    writer.add(cookieAck);
    expect(hasValidChecksum(buffer.subarray(0, writer.finish()))).toBe(true);
  });

  test.each([
    { budget: HEADER_LENGTH + 8 + 4, fits: true },
    { budget: HEADER_LENGTH + 8 + 3, fits: false },
  ])("with an AUTH chunk of 8 bytes before it a chunk of 4 in $budget fits: $fits", ({ budget, fits }) => {
    const writer = new PacketWriter();
    const signer = {
      signs: () => true,
      length: 8,
      place: (_: Uint8Array, at: number) => at + 8,
      sign: () => {},
    };
    writer.reset(new Uint8Array(100), budget, header, signer);
    expect(writer.add(cookieAck)).toBe(fits);
    // Nothing is written where it does not.
    expect(writer.length).toBe(fits ? budget : HEADER_LENGTH);
  });
});
