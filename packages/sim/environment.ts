import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Environment } from "usctp/core";
import type { Random } from "./random.ts";

/** What a stack in a simulation takes for chance. Its HMAC is a real one, its bytes come from the seed. */
export function seededEnvironment(random: Random): Environment {
  return {
    randomBytes: (count) => random.bytes(count),
    hmacSha256: (key, data) => hmac(sha256, key, data),
  };
}
