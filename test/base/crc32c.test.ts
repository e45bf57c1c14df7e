import { describe, expect, test } from "vitest";
import {
  crc32c,
  hasValidChecksum,
  packetChecksum,
  readChecksum,
  writeChecksum,
} from "../../src/base/crc32c.ts";

const ramp = Uint8Array.from({ length: 32 }, (_, i) => i);
const iscsiRead = new Uint8Array(48);
iscsiRead.set([0x01, 0xc0], 0);
iscsiRead.set([0x14], 16);
iscsiRead.set([0x04], 22);
iscsiRead.set([0x14], 27);
iscsiRead.set([0x18], 31);
iscsiRead.set([0x28], 32);
iscsiRead.set([0x02], 40);

describe("CRC32c", () => {
  // RFC 3720 B.4 prints each CRC as the bytes on the wire, least significant first.
  test.each([
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["32 ascending", ramp, 0x46dd794e],
    ["32 descending", ramp.slice().reverse(), 0x113fdb5c],
    ["an iSCSI read PDU", iscsiRead, 0xd9963a56],
    ["123456789", new TextEncoder().encode("123456789"), 0xe3069283],
    ["nothing", new Uint8Array(0), 0],
  ])("of %s", (_name, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum);
  });

  test("of a part", () => {
    const bytes = new Uint8Array(40).fill(9);
    bytes.fill(0, 3, 35);
    expect(crc32c(bytes, 3, 35)).toBe(0x8a9136aa);
  });
});

describe("the checksum of a packet (RFC 9260 §6.8, Appendix A)", () => {
  const packet = (): Uint8Array => new Uint8Array(40).map((_, i) => i);

  test("is the CRC with the field as zero, least significant byte first", () => {
    const bytes = packet();
    const zeroed = packet();
    zeroed.fill(0, 8, 12);
    const sum = crc32c(zeroed);
    writeChecksum(bytes);
    expect([...bytes.subarray(8, 12)]).toEqual([
      sum & 0xff,
      (sum >>> 8) & 0xff,
      (sum >>> 16) & 0xff,
      sum >>> 24,
    ]);
    expect(readChecksum(bytes)).toBe(sum);
    expect(hasValidChecksum(bytes)).toBe(true);
  });

  test("leaves the packet as it was when it only checks", () => {
    const bytes = packet();
    packetChecksum(bytes);
    expect(hasValidChecksum(bytes)).toBe(false);
    expect(bytes).toEqual(packet());
  });

  test("covers every byte of the length, and none behind it", () => {
    const bytes = packet();
    writeChecksum(bytes, 32);
    bytes[35] = 0xff;
    expect(hasValidChecksum(bytes, 32)).toBe(true);
    for (let i = 0; i < 32; i++) {
      const flipped = bytes.slice();
      flipped[i] = (flipped[i] as number) ^ 0x10;
      expect(hasValidChecksum(flipped, 32), `byte ${i}`).toBe(false);
    }
  });
});
