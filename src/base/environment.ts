import { readU32 } from "./bytes.ts";

/**
 * Everything non-deterministic or cryptographic that the core needs, handed in once. With the same environment and
 * the same inputs the core gives the same bytes out.
 */
export interface Environment {
  /** `count` bytes; in production from a cryptographic source (RFC 9260 §5.3.1, RFC 4086). */
  randomBytes(count: number): Uint8Array;
  /** HMAC-SHA256, 32 bytes; it signs the State Cookie (RFC 9260 §5.1.3). */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HMAC-SHA1, 20 bytes; it signs packets (RFC 4895 §3.3), nothing else. */
  hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** An unsigned 32-bit random number. */
export function randomU32(environment: Environment): number {
  return readU32(environment.randomBytes(4), 0);
}
