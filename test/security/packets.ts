import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { PacketWriter } from "../../src/packet/writer.ts";

/** One packet from an SCTP port to another, with a right checksum. */
export function makePacket(
  header: { readonly from: number; readonly to: number; readonly tag: number },
  ...chunks: readonly Chunk[]
): Uint8Array {
  const into = new Uint8Array(65_507);
  const writer = new PacketWriter();
  writer.reset(into, into.length, {
    sourcePort: header.from,
    destinationPort: header.to,
    tag: header.tag,
  });
  for (const chunk of chunks) if (!writer.add(chunk)) throw new Error(`${chunk.type} does not fit`);
  return into.slice(0, writer.finish());
}
