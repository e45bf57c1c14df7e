import { bytesEqualSecret } from "../../base/bytes.ts";
import type { Environment } from "../../base/environment.ts";

/** RFC 9260 §5.1.3: "The secret key SHOULD be changed reasonably frequently (e.g., hourly)". ms. */
const ROTATION = 3_600_000;
const KEY_LENGTH = 32;
/** 128 bits of the HMAC: enough against forging, and the cookie stays small. */
export const MAC_LENGTH = 16;

/** The keys that sign State Cookies: the present one, and the one before for cookies that are still under way. */
export class Secrets {
  readonly #environment: Environment;
  #current: Uint8Array;
  #previous: Uint8Array | undefined = undefined;
  #rotatedAt: number | undefined = undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#current = environment.randomBytes(KEY_LENGTH);
  }

  sign(now: number, data: Uint8Array): Uint8Array {
    this.#rotate(now);
    return this.#mac(this.#current, data);
  }

  /** Whether one of the keys made this MAC. Takes the same time wherever a difference is. */
  verify(now: number, data: Uint8Array, mac: Uint8Array): boolean {
    this.#rotate(now);
    if (bytesEqualSecret(this.#mac(this.#current, data), mac)) return true;
    return this.#previous !== undefined && bytesEqualSecret(this.#mac(this.#previous, data), mac);
  }

  #mac(key: Uint8Array, data: Uint8Array): Uint8Array {
    return this.#environment.hmacSha256(key, data).subarray(0, MAC_LENGTH);
  }

  #rotate(now: number): void {
    this.#rotatedAt ??= now;
    const age = now - this.#rotatedAt;
    if (age < ROTATION) return;
    // After two periods without use the present key is too old to be kept as the previous one.
    this.#previous = age < 2 * ROTATION ? this.#current : undefined;
    this.#current = this.#environment.randomBytes(KEY_LENGTH);
    this.#rotatedAt = now;
  }
}
