import { bytesEqualSecret, readU16 } from "../../base/bytes.ts";
import type { Environment } from "../../base/environment.ts";
import { AUTH_HEADER } from "../../packet/chunks/auth.ts";
import { findHmac } from "./hmac.ts";

/** What an AUTH chunk is worth. */
export type AuthVerdict =
  | { readonly kind: "valid"; readonly keyId: number }
  /** RFC 4895 §6.3: it and all the chunks after it are discarded, and the peer is told. */
  | { readonly kind: "unsupported-hmac"; readonly hmacId: number }
  /** RFC 4895 §6.3: no such key, or not this HMAC: "silently discarded". */
  | { readonly kind: "refused" };

const REFUSED: AuthVerdict = { kind: "refused" };

/** What a packet is verified with. */
export interface Verifier {
  readonly environment: Environment;
  /** The association shared key of an identifier; undefined where there is none. */
  readonly keyOf: (keyId: number) => Uint8Array | undefined;
  /** HMAC Identifiers that the peer was told (RFC 4895 §3.3). */
  readonly hmacs: readonly number[];
}

/** RFC 4895 §6.3: judges the AUTH chunk of `length` bytes (at least its header) at `offset`, over the raw packet. */
export function verifyAuth(
  { environment, keyOf, hmacs }: Verifier,
  bytes: Uint8Array,
  offset: number,
  length: number,
): AuthVerdict {
  // RFC 4895 §5.1: after the flags, which "MUST be ignored on receipt".
  const hmacId = readU16(bytes, offset + 6);
  const algorithm = hmacs.includes(hmacId) ? findHmac(hmacId) : undefined;
  // RFC 4895 §3.3, §6.3: "the HMAC Identifiers the peer MUST use"; "If this algorithm was not specified by the receiver in
  // the HMAC-ALGO parameter".
  if (algorithm === undefined) return { kind: "unsupported-hmac", hmacId };
  const keyId = readU16(bytes, offset + 4);
  // "If no endpoint pair shared key has been configured for that Shared Key Identifier, all authenticated chunks MUST be
  // silently discarded"; without any there is that of the identifier 0 (RFC 4895 §6.3).
  const key = keyOf(keyId);
  if (key === undefined || length !== AUTH_HEADER + algorithm.length) return REFUSED;
  const field = bytes.subarray(offset + AUTH_HEADER, offset + length);
  // A copy: slice() of a Buffer, which is what the driver hands in, is a view.
  const received = new Uint8Array(field);
  // §6.2: "the AUTH chunk with its HMAC field set to zero ... followed by all the chunks that are placed after" it.
  field.fill(0);
  const computed = algorithm.compute(environment, key, bytes.subarray(offset));
  field.set(received);
  return bytesEqualSecret(computed, received) ? { kind: "valid", keyId } : REFUSED;
}
