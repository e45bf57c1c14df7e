import { isDeepStrictEqual } from "node:util";
import { padded } from "../../../src/base/bytes.ts";
import { chunkLength, decodeChunk, encodeChunk } from "../../../src/packet/chunks/chunk.ts";
import { describePacket } from "../../../src/packet/describe.ts";
import { decodePacket, firstChunkType } from "../../../src/packet/packet.ts";
import { corpusChunks, HEADS, sampleChunks } from "../seeds.ts";
import { hold, type Target } from "../target.ts";

const HEADER = 12;

/** Reads the bytes in every way there is, and writes again what it has read. */
function read(body: Uint8Array): void {
  const bytes = new Uint8Array(HEADER + body.length);
  bytes.set(body, HEADER);
  for (const packet of [bytes, body]) {
    const before = packet.slice();
    const decoded = decodePacket(packet);
    firstChunkType(packet);
    hold(!/[^\x20-\x7e…µ]/.test(describePacket(packet)), "the description has what cannot be printed");
    hold(isDeepStrictEqual(packet, before), "reading has changed the bytes");
    for (const chunk of decoded?.chunks ?? []) {
      if (chunk.type === "MALFORMED") continue;
      const length = chunkLength(chunk);
      const buffer = new Uint8Array(padded(length));
      encodeChunk(chunk, buffer, 0);
      hold(isDeepStrictEqual(decodeChunk(buffer, 0, length), chunk), `${chunk.type} is not what it was`);
    }
  }
}

/** All chunks, parameters and causes. */
export const decoder: Target = {
  name: "decoder",
  summary: "bytes to the decoder of packets, and what it says of them to the encoder",
  kinds: 1,
  dictionary: [0, 4, 8, 12, 16, 20, 0xffff],
  seeds: () =>
    [...corpusChunks(), ...sampleChunks(300)].map((body) => ({
      head: HEADS[0] as Uint8Array,
      steps: [{ kind: 0, body }],
    })),
  run: ({ steps }) => {
    for (const { body } of steps) read(body);
  },
};
