import type { Environment } from "../../base/environment.ts";
import { AUTH_HEADER } from "../../packet/chunks/auth.ts";
import { chunkSpan } from "../../packet/packet.ts";
import { ChunkType } from "../../packet/registry.ts";
import type { PacketSigner } from "../../packet/writer.ts";
import type { CookieContents } from "../handshake/state-cookie.ts";
import type { Authentication } from "./authentication.ts";
import type { AuthenticationConfig } from "./authentication-config.ts";
import { readKeyVector } from "./key-vectors.ts";
import { SharedKeys } from "./shared-keys.ts";
import { createSigner } from "./signer.ts";
import { type AuthVerdict, verifyAuth } from "./verify.ts";

/** What a COOKIE ECHO proves of its sender. */
export type CookieEchoVerdict =
  | AuthVerdict
  /** It came without an AUTH chunk, and needs none. */
  | { readonly kind: "unsigned" };

export interface CookieEchoRequest {
  readonly environment: Environment;
  /** Of the association that it meets, or of the endpoint that would make one; undefined: off. */
  readonly config: AuthenticationConfig | undefined;
  /** Of the association that it meets. */
  readonly existing: Authentication | undefined;
  /** That association is in COOKIE-WAIT or COOKIE-ECHOED. */
  readonly isForming: boolean;
  readonly contents: CookieContents;
  readonly bytes: Uint8Array;
  /** Where the AUTH chunk before the COOKIE ECHO is; undefined: there is none. */
  readonly authAt: number | undefined;
}

const REFUSED: CookieEchoVerdict = { kind: "refused" };

/**
 * RFC 4895 §6.3: with an association, the AUTH chunk is processed by it; without one, by the parameters "obtained from
 * the COOKIE-ECHO chunk, and possibly a local shared secret". "If authentication fails, then the packet is discarded."
 *
 * An association that is forming takes the peer's Random Number from the cookie, as it takes its tag (§6.1): so it is the
 * cookie that counts there.
 */
export function judgeCookieEcho(request: CookieEchoRequest): CookieEchoVerdict {
  const { config, existing, isForming, contents, bytes, authAt, environment } = request;
  const vectors = contents.keyVectors;
  if (config === undefined) return authAt === undefined ? { kind: "unsigned" } : REFUSED;
  const isKnown = existing?.isAgreed === true && !isForming;
  if (authAt === undefined) {
    const required = vectors === undefined ? config.requiredChunks : readKeyVector(vectors.local).chunkTypes;
    const isRequired = isKnown
      ? existing.requires(ChunkType.COOKIE_ECHO)
      : required.includes(ChunkType.COOKIE_ECHO);
    return isRequired ? REFUSED : { kind: "unsigned" };
  }
  const length = chunkSpan(bytes, authAt, bytes.length);
  if (length < AUTH_HEADER) return REFUSED;
  // RFC 4895 §6.3: "If the receiver has an STCB, it MUST process the AUTH chunk ... using the STCB from the existing
  // association to authenticate the COOKIE-ECHO chunk and all the chunks after it."
  if (isKnown) return existing.verify(bytes, authAt, length);
  if (vectors === undefined) return REFUSED;
  const keys = (existing?.keys ?? new SharedKeys(config)).withVectors(vectors);
  const verifier = {
    environment,
    hmacs: readKeyVector(vectors.local).hmacs,
    keyOf: (id: number) => keys.associationKey(id),
  };
  return verifyAuth(verifier, bytes, authAt, length);
}

/**
 * Signs an answer to who has sent this cookie, and has no association for it: RFC 4895 §6.2, what its sender requires
 * authenticated "MUST" be. Undefined where one side does not authenticate.
 */
export function signerOfCookie({
  environment,
  config,
  existing,
  contents,
}: Pick<CookieEchoRequest, "environment" | "config" | "existing" | "contents">): PacketSigner | undefined {
  const vectors = contents.keyVectors;
  if (config === undefined || vectors === undefined) return undefined;
  const keys = (existing?.keys ?? new SharedKeys(config)).withVectors(vectors);
  return createSigner(environment, keys, readKeyVector(vectors.peer));
}
