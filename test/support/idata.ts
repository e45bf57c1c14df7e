import { asMid, tsnAdd } from "../../src/base/serial.ts";
import type { IDataChunk } from "../../src/packet/chunks/i-data.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";

/** By which a side says that it has I-DATA (RFC 8260 §2.2.1). */
export const IDATA: Parameter = { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.I_DATA] };

/** An I-DATA chunk of the peer, so many TSNs from its first one: a whole ordered message unless told otherwise. */
export function fragment(
  peer: ScriptedPeer,
  offset: number,
  parts: Partial<Omit<IDataChunk, "type" | "tsn" | "mid">> & { readonly mid?: number } = {},
): IDataChunk {
  const { mid = 0, ...rest } = parts;
  return {
    type: "I-DATA",
    unordered: false,
    beginning: (rest.fsn ?? 0) === 0,
    ending: true,
    immediate: false,
    tsn: tsnAdd(peer.initialTsn, offset),
    stream: 0,
    mid: asMid(mid),
    ppid: 0,
    fsn: 0,
    data: Uint8Array.of(1, 2, 3, 4),
    ...rest,
  };
}
