import type { Reply } from "../association/handshake/init.ts";
import { isUsablePeer } from "../base/address.ts";
import { decodeChunk } from "../packet/chunks/chunk.ts";
import { chunkSpan, HEADER_LENGTH, verificationTag } from "../packet/packet.ts";
import { ChunkType } from "../packet/registry.ts";
import type { Datagram } from "./datagram.ts";

/** The answer to a packet that belongs to no association (RFC 9260 §8.4); INIT and COOKIE ECHO are dealt with before. */
export function answerOutOfTheBlue({ bytes, source }: Datagram): Reply | undefined {
  // 1: "If the OOTB packet is to or from a non-unicast address, a receiver SHOULD silently discard the packet."
  if (!isUsablePeer(source)) return undefined;
  let isShutdownAck = false;
  // RFC 4895 §6.3: "The out of the blue handling MUST be based on the packet without taking the AUTH chunk into account":
  // what is behind it counts as if it was not there.
  for (let at = HEADER_LENGTH; at < bytes.length; ) {
    const length = chunkSpan(bytes, at, bytes.length);
    if (isNotAnswered(bytes, at, length)) return undefined;
    // RFC 9260 §6.10: a partial chunk is dropped.
    if (length < 0) break;
    if (bytes[at] === ChunkType.SHUTDOWN_ACK) isShutdownAck = true;
    at += (length + 3) & ~3;
  }
  // RFC 9260 §8.4, 5 and 8: the tag is reflected, and the T bit says so.
  return {
    verificationTag: verificationTag(bytes),
    chunks: isShutdownAck
      ? [{ type: "SHUTDOWN-COMPLETE", tBit: true }]
      : [{ type: "ABORT", tBit: true, causes: [] }],
  };
}

/**
 * RFC 9260 §8.4, 2, 6 and 7. The type is enough: §3.3.7 forbids an answer to an ABORT "with a format error", too, and one
 * that is cut (`length` is then negative) has such an error.
 */
function isNotAnswered(bytes: Uint8Array, offset: number, length: number): boolean {
  switch (bytes[offset]) {
    case ChunkType.ABORT:
    case ChunkType.SHUTDOWN_COMPLETE:
    case ChunkType.COOKIE_ACK:
      return true;
    case ChunkType.ERROR: {
      const error = decodeChunk(bytes, offset, length);
      return error.type === "ERROR" && error.causes.some((cause) => cause.type === "STALE-COOKIE");
    }
    default:
      return false;
  }
}
