import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Environment } from "./environment.ts";

/** An environment for any runtime: the HMAC in plain JavaScript, randomness from the caller. */
export function portableEnvironment(randomBytes: (count: number) => Uint8Array): Environment {
  return {
    randomBytes,
    hmacSha256: (key, data) => hmac(sha256, key, data),
    hmacSha1: (key, data) => hmac(sha1, key, data),
  };
}
