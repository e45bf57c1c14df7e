import type { Reply } from "../association/handshake/init.ts";
import { isUsablePeer } from "../base/address.ts";
import { type Chunk, decodeChunk } from "../packet/chunks/chunk.ts";
import { chunkSpan, HEADER_LENGTH, verificationTag } from "../packet/packet.ts";
import type { Datagram } from "./datagram.ts";

/** The answer to a packet that belongs to no association (RFC 9260 §8.4); INIT and COOKIE ECHO are dealt with before. */
export function answerOutOfTheBlue(datagram: Datagram): Reply | undefined {
  // 1: "If the OOTB packet is to or from a non-unicast address, a receiver SHOULD silently discard the packet."
  if (!isUsablePeer(datagram.source)) return undefined;
  const tag = verificationTag(datagram.bytes);
  let isShutdownAck = false;
  for (const chunk of chunksOf(datagram.bytes)) {
    // 2, 6, 7.
    if (chunk.type === "ABORT" || chunk.type === "SHUTDOWN-COMPLETE" || chunk.type === "COOKIE-ACK")
      return undefined;
    if (chunk.type === "ERROR" && chunk.causes.some((cause) => cause.type === "STALE-COOKIE"))
      return undefined;
    if (chunk.type === "SHUTDOWN-ACK") isShutdownAck = true;
  }
  // 5 and 8: the tag is reflected, and the T bit says so.
  return {
    verificationTag: tag,
    chunks: isShutdownAck
      ? [{ type: "SHUTDOWN-COMPLETE", tBit: true }]
      : [{ type: "ABORT", tBit: true, causes: [] }],
  };
}

function* chunksOf(bytes: Uint8Array): IterableIterator<Chunk> {
  let at = HEADER_LENGTH;
  for (
    let length = chunkSpan(bytes, at, bytes.length);
    length > 0;
    length = chunkSpan(bytes, at, bytes.length)
  ) {
    const chunk = decodeChunk(bytes, at, length);
    if (chunk.type !== "MALFORMED") yield chunk;
    at += (length + 3) & ~3;
  }
}
