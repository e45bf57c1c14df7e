import { expect } from "vitest";
import { parseAddress } from "../../src/base/address.ts";
import { asMid, asSerial, asTsn } from "../../src/base/serial.ts";
import { type Chunk, chunkLength, encodeChunk } from "../../src/packet/chunks/chunk.ts";
import type { UnknownChunk } from "../../src/packet/chunks/unknown-chunk.ts";
import type { AddressParameter } from "../../src/packet/parameters/address-parameter.ts";
import { type Parameter, parametersToBytes } from "../../src/packet/parameters/parameter.ts";
import { chunkAction } from "../../src/packet/registry.ts";
import { scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §3.2, §3.2.1: what belongs to an extension that is off is unrecognized, whatever its shape. */

const parsed = parseAddress("192.0.2.1");
if (parsed === undefined) throw new Error("no address");
const address: AddressParameter = { type: "IPV4-ADDRESS", address: parsed };

const chunks: readonly Chunk[] = [
  { type: "AUTH", keyId: 1, hmacId: 1, hmac: new Uint8Array(20) },
  {
    type: "I-DATA",
    unordered: false,
    beginning: true,
    ending: true,
    immediate: true,
    tsn: asTsn(1_000),
    stream: 0,
    mid: asMid(0),
    ppid: 0,
    fsn: 0,
    data: Uint8Array.of(1, 2, 3),
  },
  {
    type: "ASCONF",
    serial: asSerial(1_000),
    address,
    parameters: [{ type: "ADD-IP-ADDRESS", correlationId: 1, address }],
  },
  { type: "ASCONF-ACK", serial: asSerial(1_000), parameters: [] },
  {
    type: "RE-CONFIG",
    parameters: [{ type: "SSN-TSN-RESET-REQUEST", requestSequence: asSerial(1_000) }],
  },
  { type: "FORWARD-TSN", newCumulativeTsn: asTsn(1_000), streams: [] },
  { type: "I-FORWARD-TSN", newCumulativeTsn: asTsn(1_000), streams: [] },
];

function bytesOf(chunk: Chunk): Uint8Array {
  const length = chunkLength(chunk);
  const bytes = new Uint8Array((length + 3) & ~3);
  encodeChunk(chunk, bytes, 0);
  return bytes.slice(0, length);
}

/** A chunk of the same type that is sent as it is: all flags set, and cut to `length`. */
function raw(chunk: Chunk, length: number = chunkLength(chunk)): UnknownChunk {
  const bytes = bytesOf(chunk).slice(0, length);
  bytes.set([0xff, length >> 8, length & 0xff], 1);
  return { type: "UNKNOWN", typeCode: bytes[0] as number, flags: 0xff, bytes };
}

for (const chunk of chunks) {
  const shapes = [
    ["whole", raw(chunk)],
    ["malformed", raw(chunk, 5)],
  ] as const;
  for (const [shape, sent] of shapes) {
    scriptedTest(`a ${shape} ${chunk.type} is an unknown chunk`, {}, ({ a, peer }) => {
      peer.associate();
      const { report, stop } = chunkAction(sent.typeCode);
      peer.send(sent, peer.data({ immediate: true }));
      const answers = peer.collect(1_000);
      const causes = answers.flatMap((one) => (one.type === "ERROR" ? one.causes : []));
      // As it came: flags, and what no decoder would have kept.
      expect(causes).toEqual(report ? [{ type: "UNRECOGNIZED-CHUNK", chunk: sent.bytes }] : []);
      expect(answers.some(({ type }) => type === "SACK")).toBe(!stop);
      expect(a.deliveries.length).toBe(stop ? 0 : 1);
      expect(a.association.state).toBe("established");
      expect(a.association.statistics.malformedReceived).toBe(0);
    });
  }
}

// RFC 4820 §3: "The receiver of the PAD chunk MUST discard this chunk and continue processing the rest".
scriptedTest("a PAD is skipped in silence", {}, ({ a, peer }) => {
  peer.associate();
  peer.send({ type: "PAD", length: 101 }, peer.data({ immediate: true }));
  expect(peer.collect(1_000).map(({ type }) => type)).toEqual(["SACK"]);
  expect(a.deliveries.length).toBe(1);
});

const wrongShape = (typeCode: number, ...value: number[]): Parameter => ({
  type: "UNKNOWN",
  typeCode,
  bytes: Uint8Array.of(typeCode >> 8, typeCode & 0xff, 0, 4 + value.length, ...value),
});

/** All are skipped (their upper bit is set); these are reported as well. */
const reported: readonly Parameter[] = [
  { type: "FORWARD-TSN-SUPPORTED" },
  { type: "SET-PRIMARY-ADDRESS", correlationId: 7, address },
  wrongShape(0xc000, 1),
  wrongShape(0xc004, 1, 2, 3, 4),
];
const silent: readonly Parameter[] = [
  { type: "ZERO-CHECKSUM-ACCEPTABLE", method: 1 },
  { type: "RANDOM", random: new Uint8Array(31) },
  { type: "CHUNKS", chunkTypes: [0xc1] },
  { type: "HMAC-ALGO", identifiers: [1] },
  { type: "PADDING", length: 201 },
  { type: "SUPPORTED-EXTENSIONS", chunkTypes: [0xc0, 0x82] },
  { type: "ADAPTATION-LAYER-INDICATION", indication: 9 },
  wrongShape(0xc006),
  wrongShape(0x8001),
  wrongShape(0x8004, 1),
];

scriptedTest(
  "parameters of extensions in an INIT are unknown ones, in any shape",
  { config: { reconfiguration: false, partialReliability: false } },
  ({ a, peer }) => {
    const { initAck, cookie } = peer.init({ parameters: [...silent, ...reported] });
    const reports = initAck.parameters.filter(({ type }) => type !== "STATE-COOKIE");
    expect(reports).toEqual(
      reported.map((one) => ({ type: "UNRECOGNIZED-PARAMETER", parameter: parametersToBytes([one]) })),
    );
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK");
    expect(a.association.state).toBe("established");
  },
);

scriptedTest(
  "parameters of extensions in an INIT ACK are unknown ones, in any shape",
  { config: { partialReliability: false } },
  ({ a, peer }) => {
    a.connect([peer.socket.address]);
    peer.answerInit({ parameters: [...silent, ...reported] });
    const { chunks: answers } = peer.next();
    expect(answers).toMatchObject([
      { type: "COOKIE-ECHO" },
      { type: "ERROR", causes: [{ type: "UNRECOGNIZED-PARAMETERS", bytes: parametersToBytes(reported) }] },
    ]);
  },
);

// RFC 4820 §4: "the size of the generated COOKIE parameter in the INIT-ACK MUST NOT depend on" the padding.
scriptedTest("padding of an INIT does not show in the cookie", {}, ({ peer }) => {
  const plain = peer.init();
  const padded = peer.init({ parameters: [{ type: "PADDING", length: 500 }] });
  expect(padded.cookie.length).toBe(plain.cookie.length);
  expect(padded.initAck.parameters.length).toBe(plain.initAck.parameters.length);
});
