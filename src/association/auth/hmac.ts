import type { Environment } from "../../base/environment.ts";

/** A message digest that AUTH chunks are made with. */
export interface HmacAlgorithm {
  /** HMAC Identifier (RFC 4895 §3.3, Table 2). */
  readonly id: number;
  /** Bytes of the HMAC. */
  readonly length: number;
  readonly compute: (environment: Environment, key: Uint8Array, data: Uint8Array) => Uint8Array;
}

/** HMAC Identifiers of RFC 4895 §3.3. */
export const HmacId = { SHA1: 1, SHA256: 3 } as const;

const sha1: HmacAlgorithm = {
  id: HmacId.SHA1,
  length: 20,
  compute: (environment, key, data) => environment.hmacSha1(key, data),
};

const sha256: HmacAlgorithm = {
  id: HmacId.SHA256,
  length: 32,
  compute: (environment, key, data) => environment.hmacSha256(key, data),
};

/** Undefined for one that we do not have. */
export function findHmac(id: number): HmacAlgorithm | undefined {
  return id === sha1.id ? sha1 : id === sha256.id ? sha256 : undefined;
}

/** Identifiers that a peer may list: what is kept of it has a bound by that. More are as if there were none. */
const MAX_LISTED = 64;

/** RFC 4895 §6.1: "The receiver of an HMAC-ALGO parameter SHOULD use the first listed algorithm it supports." */
export function chooseHmac(listed: readonly number[]): HmacAlgorithm | undefined {
  if (listed.length > MAX_LISTED) return undefined;
  for (const id of listed) {
    const algorithm = findHmac(id);
    if (algorithm !== undefined) return algorithm;
  }
  return undefined;
}
