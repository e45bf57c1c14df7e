import { padded } from "../../base/bytes.ts";
import { decodeChunk } from "../../packet/chunks/chunk.ts";
import { chunkSpan, HEADER_LENGTH } from "../../packet/packet.ts";
import { ChunkType } from "../../packet/registry.ts";
import type { Tcb } from "../tcb.ts";

/**
 * RFC 5061 §5.2 D2, D2-ext, §5.3.2: whether an ASCONF of the packet has an address of this peer in its
 * Address Parameter; the tag was ours. §4.1.1: with a wildcard "the receiver MAY lookup the association by
 * other information", which is the tag.
 */
export function namesAssociation(tcb: Tcb, bytes: Uint8Array): boolean {
  if (tcb.asconf === undefined) return false;
  // RFC 4895 §6.3: behind an AUTH chunk, too: "it MUST use the chunks after the AUTH chunk to look up an existing
  // association".
  let at = HEADER_LENGTH;
  for (
    let length = chunkSpan(bytes, at, bytes.length);
    length > 0;
    length = chunkSpan(bytes, at, bytes.length)
  ) {
    const chunk = bytes[at] === ChunkType.ASCONF ? decodeChunk(bytes, at, length) : undefined;
    if (chunk?.type === "ASCONF") {
      const { address } = chunk.address;
      if (address === "0.0.0.0" || address === "::" || tcb.paths.get(address) !== undefined) return true;
    }
    at += padded(length);
  }
  return false;
}
