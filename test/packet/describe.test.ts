import { expect, test } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { asSsn, asTsn } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { describeCause, describeChunk, describePacket } from "../../src/packet/describe.ts";
import { PacketWriter } from "../../src/packet/writer.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const init: Chunk = {
  type: "INIT",
  initiateTag: 0xab,
  receiverWindow: 65_536,
  outboundStreams: 10,
  inboundStreams: 20,
  initialTsn: asTsn(1000),
  parameters: [
    { type: "IPV4-ADDRESS", address: parseAddress("10.0.0.1") as IpAddress },
    { type: "SUPPORTED-ADDRESS-TYPES", families: [5, 6] },
    { type: "HOST-NAME", name: text("a\0") },
    { type: "UNKNOWN", typeCode: 0x8000, bytes: Uint8Array.of(0x80, 0, 0, 4) },
  ],
};

test("a packet is one line: ports, tag, chunks", () => {
  const buffer = new Uint8Array(200);
  const writer = new PacketWriter();
  writer.reset(buffer, 200, { sourcePort: 5000, destinationPort: 5001, tag: 0x1a2b });
  writer.add({ type: "COOKIE-ACK" });
  writer.add({ type: "SACK", cumulativeTsn: asTsn(7), receiverWindow: 1000, gaps: [], duplicates: [] });
  const packet = buffer.subarray(0, writer.finish());
  expect(describePacket(packet)).toBe("5000>5001 tag=00001a2b COOKIE-ACK[] SACK[cum=7, a_rwnd=1000]");
  packet[8] = (packet[8] as number) ^ 1;
  expect(describePacket(packet)).toContain("tag=00001a2b (wrong checksum) COOKIE-ACK[]");
  expect(describePacket(packet.subarray(0, 11))).toBe("no SCTP packet: 11 bytes");
});

test("chunks", () => {
  expect(describeChunk(init)).toBe(
    "INIT[tag=000000ab, a_rwnd=65536, os=10, is=20, tsn=1000, 10.0.0.1, " +
      "SUPPORTED-ADDRESS-TYPES(IPV4-ADDRESS IPV6-ADDRESS), HOST-NAME(6100), ECN-CAPABLE(len=4)]",
  );
  expect(
    describeChunk({
      type: "DATA",
      unordered: false,
      beginning: true,
      ending: true,
      immediate: false,
      tsn: asTsn(8),
      stream: 1,
      ssn: asSsn(2),
      ppid: 46,
      data: text("hello"),
    }),
  ).toBe("DATA[tsn=8, sid=1, ssn=2, ppid=46, len=5, flags=BE]");
  expect(
    describeChunk({
      type: "SACK",
      cumulativeTsn: asTsn(7),
      receiverWindow: 9,
      gaps: Array.from({ length: 10 }, (_, i) => ({ start: 2 * i + 2, end: 2 * i + 2 })),
      duplicates: [asTsn(3)],
    }),
  ).toBe("SACK[cum=7, a_rwnd=9, gaps=2-2 4-4 6-6 8-8 10-10 12-12 14-14 16-16 … 2 more, dups=3]");
  expect(
    describeChunk({ type: "ABORT", tBit: true, causes: [{ type: "USER-ABORT", reason: text('say "bye"') }] }),
  ).toBe('ABORT[T, USER-ABORT("say \\"bye\\"")]');
});

test("a peer's bytes do not reach the terminal as they are", () => {
  expect(describeCause({ type: "PROTOCOL-VIOLATION", info: text("\x1b[2J") })).toBe(
    "PROTOCOL-VIOLATION(1b5b324a)",
  );
  expect(describeCause({ type: "USER-ABORT", reason: new Uint8Array(100).fill(0x61) })).toBe(
    "USER-ABORT(6161616161616161… 100 bytes)",
  );
});
