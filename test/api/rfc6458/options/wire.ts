import type { Host } from "@usctp/sim";
import type { Chunk } from "../../../../src/packet/chunks/chunk.ts";
import type { DataChunk } from "../../../../src/packet/chunks/data.ts";
import type { InitChunk } from "../../../../src/packet/chunks/init.ts";
import { decodePacket } from "../../../../src/packet/packet.ts";
import type { World } from "../support.ts";

/** What options do to the packets of a host. */

export interface SentChunk {
  readonly time: number;
  /** With the others of its packet. */
  readonly packet: number;
  readonly destination: string;
  readonly udpPort: number;
  /** Bytes of the UDP payload that it was in. */
  readonly size: number;
  readonly chunk: Chunk;
}

/** The chunks of one type that a host sent from that time on. */
export function sent({ ladder }: World, host: Host, type: Chunk["type"], from: number = 0): SentChunk[] {
  return ladder.passages.flatMap(({ time, source, destination, destinationPort, bytes }, packet) => {
    if (time < from || !host.addresses.includes(source)) return [];
    const chunks = decodePacket(bytes)?.chunks ?? [];
    return chunks.flatMap((chunk) =>
      chunk.type === type
        ? [{ time, packet, destination, udpPort: destinationPort, size: bytes.length, chunk }]
        : [],
    );
  });
}

export function times(chunks: readonly SentChunk[]): number[] {
  return chunks.map(({ time }) => time);
}

/** The time from each to the next, whole ms. */
export function intervals(chunks: readonly SentChunk[]): number[] {
  return chunks.slice(1).map(({ time }, index) => Math.round(time - (chunks[index]?.time ?? 0)));
}

/** How many of them went in each packet. */
export function perPacket(chunks: readonly SentChunk[]): number[] {
  const packets = new Map<number, number>();
  for (const { packet } of chunks) packets.set(packet, (packets.get(packet) ?? 0) + 1);
  return [...packets.values()];
}

export function data(world: World, host: Host, from: number = 0): (SentChunk & { chunk: DataChunk })[] {
  return sent(world, host, "DATA", from) as (SentChunk & { chunk: DataChunk })[];
}

export function init(world: World, host: Host): InitChunk | undefined {
  return sent(world, host, "INIT")[0]?.chunk as InitChunk | undefined;
}
