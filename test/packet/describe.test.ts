import { expect, test } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { asMid, asSerial, asSsn, asTsn } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { describeCause, describeChunk, describePacket } from "../../src/packet/describe.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { PacketWriter } from "../../src/packet/writer.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const init = {
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
} satisfies Chunk;

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

const v4 = { type: "IPV4-ADDRESS", address: parseAddress("10.0.0.1") as IpAddress } as const;
const fragment: Chunk = {
  type: "I-DATA",
  unordered: true,
  beginning: true,
  ending: false,
  immediate: false,
  tsn: asTsn(8),
  stream: 1,
  mid: asMid(2),
  ppid: 46,
  fsn: 0,
  data: text("hello"),
};
const response = { type: "RE-CONFIG-RESPONSE", responseSequence: asSerial(6), result: 1 } as const;
const extensionChunks: readonly (readonly [string, Chunk])[] = [
  ["I-DATA[tsn=8, sid=1, mid=2, ppid=46, len=5, flags=UB]", fragment],
  [
    "I-DATA[tsn=8, sid=1, mid=2, fsn=3, len=5, flags=UE]",
    { ...fragment, beginning: false, ending: true, ppid: 0, fsn: 3 },
  ],
  ["AUTH[key=1, hmac-id=3, len=5]", { type: "AUTH", keyId: 1, hmacId: 3, hmac: text("hello") }],
  ["PAD[len=12]", { type: "PAD", length: 12 }],
  ["FORWARD-TSN[cum=7]", { type: "FORWARD-TSN", newCumulativeTsn: asTsn(7), streams: [] }],
  [
    "FORWARD-TSN[cum=7, streams=1:2 3:4]",
    {
      type: "FORWARD-TSN",
      newCumulativeTsn: asTsn(7),
      streams: [
        { stream: 1, ssn: asSsn(2) },
        { stream: 3, ssn: asSsn(4) },
      ],
    },
  ],
  [
    "I-FORWARD-TSN[cum=7, streams=1:2U 3:4]",
    {
      type: "I-FORWARD-TSN",
      newCumulativeTsn: asTsn(7),
      streams: [
        { stream: 1, unordered: true, mid: asMid(2) },
        { stream: 3, unordered: false, mid: asMid(4) },
      ],
    },
  ],
  [
    "ASCONF[serial=9, 10.0.0.1, DELETE-IP-ADDRESS(id=1 10.0.0.1), ADAPTATION-LAYER-INDICATION(len=4)]",
    {
      type: "ASCONF",
      serial: asSerial(9),
      address: v4,
      parameters: [
        { type: "DELETE-IP-ADDRESS", correlationId: 1, address: v4 },
        { type: "UNKNOWN", typeCode: 0xc006, bytes: Uint8Array.of(0xc0, 6, 0, 4) },
      ],
    },
  ],
  [
    "ASCONF-ACK[serial=9, SUCCESS-INDICATION(id=1), " +
      "ERROR-CAUSE-INDICATION(id=2 ILLEGAL-ASCONF-ACK REQUEST-TO-DELETE-LAST-ADDRESS(01))]",
    {
      type: "ASCONF-ACK",
      serial: asSerial(9),
      parameters: [
        { type: "SUCCESS-INDICATION", correlationId: 1 },
        {
          type: "ERROR-CAUSE-INDICATION",
          correlationId: 2,
          causes: [
            { type: "ILLEGAL-ASCONF-ACK" },
            { type: "REQUEST-TO-DELETE-LAST-ADDRESS", parameter: Uint8Array.of(1) },
          ],
        },
      ],
    },
  ],
  [
    "RE-CONFIG[OUTGOING-SSN-RESET-REQUEST(req=1, resp=2, last=3, sids=4 5), INCOMING-SSN-RESET-REQUEST(req=6)]",
    {
      type: "RE-CONFIG",
      parameters: [
        {
          type: "OUTGOING-SSN-RESET-REQUEST",
          requestSequence: asSerial(1),
          responseSequence: asSerial(2),
          lastTsn: asTsn(3),
          streams: [4, 5],
        },
        { type: "INCOMING-SSN-RESET-REQUEST", requestSequence: asSerial(6), streams: [] },
      ],
    },
  ],
  [
    "RE-CONFIG[RE-CONFIG-RESPONSE(resp=6, result=1), RE-CONFIG-RESPONSE(resp=6, result=1, sender=0, receiver=8)]",
    {
      type: "RE-CONFIG",
      parameters: [response, { ...response, senderNextTsn: asTsn(0), receiverNextTsn: asTsn(8) }],
    },
  ],
  [
    "RE-CONFIG[SSN-TSN-RESET-REQUEST(req=1), ADD-INCOMING-STREAMS-REQUEST(req=2, streams=3)]",
    {
      type: "RE-CONFIG",
      parameters: [
        { type: "SSN-TSN-RESET-REQUEST", requestSequence: asSerial(1) },
        { type: "ADD-INCOMING-STREAMS-REQUEST", requestSequence: asSerial(2), newStreams: 3 },
      ],
    },
  ],
  ["ERROR[UNSUPPORTED-HMAC(2)]", { type: "ERROR", causes: [{ type: "UNSUPPORTED-HMAC", hmacId: 2 }] }],
];

test.each(extensionChunks)("%s", (line, chunk) => {
  expect(describeChunk(chunk)).toBe(line);
});

test("parameters of extensions in INIT", () => {
  const parameters: Parameter[] = [
    { type: "FORWARD-TSN-SUPPORTED" },
    { type: "SUPPORTED-EXTENSIONS", chunkTypes: [0xc1, 0x99] },
    { type: "RANDOM", random: text("hello") },
    { type: "CHUNKS", chunkTypes: [0x80] },
    { type: "HMAC-ALGO", identifiers: [3, 1] },
    { type: "PADDING", length: 9 },
    { type: "ZERO-CHECKSUM-ACCEPTABLE", method: 1 },
    { type: "ADAPTATION-LAYER-INDICATION", indication: 0xab },
  ];
  expect(describeChunk({ ...init, parameters })).toBe(
    "INIT[tag=000000ab, a_rwnd=65536, os=10, is=20, tsn=1000, FORWARD-TSN-SUPPORTED, " +
      "SUPPORTED-EXTENSIONS(ASCONF CHUNK-0x99), RANDOM(len=5), CHUNKS(ASCONF-ACK), HMAC-ALGO(3 1), " +
      "PADDING(len=9), ZERO-CHECKSUM-ACCEPTABLE(1), ADAPTATION-LAYER-INDICATION(000000ab)]",
  );
});

test("a peer's bytes do not reach the terminal as they are", () => {
  expect(describeCause({ type: "PROTOCOL-VIOLATION", info: text("\x1b[2J") })).toBe(
    "PROTOCOL-VIOLATION(1b5b324a)",
  );
  expect(describeCause({ type: "USER-ABORT", reason: new Uint8Array(100).fill(0x61) })).toBe(
    "USER-ABORT(6161616161616161… 100 bytes)",
  );
});
