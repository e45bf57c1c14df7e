import { padded } from "../base/bytes.ts";
import { hasValidChecksum } from "../base/crc32c.ts";
import { type Chunk, decodeChunk } from "../packet/chunks/chunk.ts";
import type { InitChunk } from "../packet/chunks/init.ts";
import {
  chunkSpan,
  destinationPort,
  firstChunkType,
  HEADER_LENGTH,
  sourcePort,
  verificationTag,
} from "../packet/packet.ts";
import { ChunkType } from "../packet/registry.ts";

const SMALLEST_PACKET = HEADER_LENGTH + 4;

/**
 * What a packet is found by (docs/addresses.md, 13):
 *
 * | kind           | found by                              | source             | teaches a port |
 * | ordinary       | our tag, which is unique; ports agree | a known address    | yes            |
 * | init           | ports and any address                 | any                | no             |
 * | init-ack       | our tag, in COOKIE-WAIT               | any (§5.1.2 C)     | yes            |
 * | cookie-echo    | the cookie                            | what it proves     | yes            |
 * | ASCONF in it   | our tag, then its Address Parameter   | any (RFC 5061 §5.2) | no            |
 * | reflected      | ports and address; the peer's tag     | a known address    | no             |
 */
export type Classified =
  | { readonly kind: "ordinary" | "init-ack"; readonly tag: number }
  | { readonly kind: "init"; readonly init: InitChunk }
  | {
      readonly kind: "cookie-echo";
      readonly tag: number;
      readonly cookie: Uint8Array;
      readonly end: number;
      /** Where the AUTH chunk before it is; undefined: it stands first. */
      readonly authAt: number | undefined;
    }
  /** ABORT or SHUTDOWN COMPLETE with the T bit. */
  | { readonly kind: "reflected"; readonly tag: number; readonly chunk: Chunk }
  | { readonly kind: "dropped"; readonly reason: DropReason };

/** Why a packet went no further than the stack. */
export type DropReason =
  /** Shorter than a header with a chunk, or a port of 0. */
  | "malformed"
  | "checksum"
  /** The tag is 0 and it is no lone INIT, or the reverse. */
  | "tag"
  /** No endpoint or association takes it. */
  | "unmatched"
  /** The tag is right, but the source is no address of that peer. */
  | "source"
  /** A cookie that we did not sign, or whose ports or tag do not agree. */
  | "cookie"
  /** A COOKIE ECHO that is not authenticated as it must be (RFC 4895 §6.3). */
  | "authentication"
  /** A bound of ours is reached. */
  | "limit";

/** Says what a packet is, by its header and first chunk. `guarded`: it needs no checksum (RFC 9653). */
export function classify(bytes: Uint8Array, guarded: boolean): Classified {
  // RFC 9260 §3.1: "The Source Port Number 0 MUST NOT be used", nor the destination port 0.
  if (bytes.length < SMALLEST_PACKET || sourcePort(bytes) === 0 || destinationPort(bytes) === 0) {
    return { kind: "dropped", reason: "malformed" };
  }
  // RFC 9260 §6.8, RFC 9653 §5.3: a packet with a wrong checksum is silently discarded.
  if (!guarded && !hasValidChecksum(bytes)) return { kind: "dropped", reason: "checksum" };
  const tag = verificationTag(bytes);
  const type = firstChunkType(bytes);
  if (type === ChunkType.INIT || tag === 0) return classifyInit(bytes, tag);
  switch (type) {
    case ChunkType.INIT_ACK:
      return { kind: "init-ack", tag };
    case ChunkType.COOKIE_ECHO:
      return classifyCookieEcho(bytes, tag, HEADER_LENGTH);
    // RFC 4895 §6.3: "an AUTH chunk as a first chunk, a COOKIE-ECHO chunk as the second chunk".
    case ChunkType.AUTH: {
      const at = cookieEchoAt(bytes);
      return at === undefined ? { kind: "ordinary", tag } : classifyCookieEcho(bytes, tag, at);
    }
    case ChunkType.ABORT:
    case ChunkType.SHUTDOWN_COMPLETE:
      return classifyReflected(bytes, tag);
    default:
      return { kind: "ordinary", tag };
  }
}

/** RFC 9260 §8.5.1 A: a tag of 0 and an INIT belong together, and the INIT is alone in its packet. */
function classifyInit(bytes: Uint8Array, tag: number): Classified {
  const length = chunkSpan(bytes, HEADER_LENGTH, bytes.length);
  const init = length > 0 ? decodeChunk(bytes, HEADER_LENGTH, length) : undefined;
  if (tag !== 0 || init?.type !== "INIT") return { kind: "dropped", reason: "tag" };
  if (HEADER_LENGTH + ((length + 3) & ~3) < bytes.length) return { kind: "dropped", reason: "tag" };
  return { kind: "init", init };
}

function classifyCookieEcho(bytes: Uint8Array, tag: number, at: number): Classified {
  const length = chunkSpan(bytes, at, bytes.length);
  const chunk = length > 0 ? decodeChunk(bytes, at, length) : undefined;
  if (chunk?.type !== "COOKIE-ECHO") return { kind: "dropped", reason: "malformed" };
  const authAt = at > HEADER_LENGTH ? HEADER_LENGTH : undefined;
  return { kind: "cookie-echo", tag, cookie: chunk.cookie, end: at + padded(length), authAt };
}

/** Where the COOKIE ECHO of a packet is that has one in its place: first, or behind an AUTH chunk that is first. */
export function cookieEchoAt(bytes: Uint8Array): number | undefined {
  let at = HEADER_LENGTH;
  if (bytes[at] === ChunkType.AUTH) {
    const length = chunkSpan(bytes, at, bytes.length);
    if (length <= 0) return undefined;
    at += padded(length);
  }
  return at < bytes.length && bytes[at] === ChunkType.COOKIE_ECHO ? at : undefined;
}

/** RFC 9260 §8.5.1 B, C: with the T bit the tag is the peer's own, reflected. */
function classifyReflected(bytes: Uint8Array, tag: number): Classified {
  const length = chunkSpan(bytes, HEADER_LENGTH, bytes.length);
  const chunk = length > 0 ? decodeChunk(bytes, HEADER_LENGTH, length) : undefined;
  const hasTBit = (chunk?.type === "ABORT" || chunk?.type === "SHUTDOWN-COMPLETE") && chunk.tBit;
  return hasTBit && chunk !== undefined ? { kind: "reflected", tag, chunk } : { kind: "ordinary", tag };
}
