import { type Chunk, decodeChunk } from "../../packet/chunks/chunk.ts";
import type { MalformedChunk } from "../../packet/chunks/malformed.ts";
import { decodeUnknownChunk } from "../../packet/chunks/unknown-chunk.ts";
import { type Extensions, extensionOfChunk } from "./extensions.ts";

/**
 * The chunk of `length` bytes at `offset`. RFC 9260 §3.2: that of an extension which is off is unrecognized, as it came,
 * whatever its shape: it is not decoded, so it can be neither malformed nor changed when it is sent back.
 */
export function readChunk(
  bytes: Uint8Array,
  offset: number,
  length: number,
  extensions: Extensions,
): Chunk | MalformedChunk {
  const extension = extensionOfChunk(bytes[offset] as number);
  // RFC 3758 §3.3.1, §3.3.2, and others: "MUST instead act as if it does NOT support the FORWARD TSN chunk".
  if (extension !== undefined && !extensions[extension]) {
    return decodeUnknownChunk(bytes, offset, length);
  }
  return decodeChunk(bytes, offset, length);
}
