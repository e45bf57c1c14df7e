import { SctpError } from "../../base/error.ts";
import { ChunkType } from "../../packet/registry.ts";
import { findHmac, HmacId } from "./hmac.ts";

/** How an endpoint authenticates chunks (RFC 4895). An association starts with the keys and may then change its own. */
export interface AuthenticationConfig {
  /**
   * Endpoint pair shared keys by Shared Key Identifier (0 to 65,535), at most {@link MAX_KEYS}, each of at most 65,535
   * bytes. Empty: the key 0 of no bytes (RFC 4895 §6.1), which protects against nobody who saw the handshake (§9).
   */
  readonly keys: ReadonlyMap<number, Uint8Array>;
  /** The identifier of the key that is sent with. */
  readonly activeKey: number;
  /** Those of `keys` that are not sent with: what the peer signs with them is taken (RFC 6458 §8.3.4). */
  readonly deactivatedKeys: readonly number[];
  /** Types of chunks that the peer must authenticate: CHUNKS (RFC 4895 §3.2). */
  readonly requiredChunks: readonly number[];
  /** HMAC Identifiers that the peer may use, the best liked one first: HMAC-ALGO (RFC 4895 §3.3). */
  readonly hmacs: readonly number[];
}

/**
 * RFC 5061 §4.1.1, §4.1.2: these "MUST" be sent in an authenticated way whatever the peer's list says, and are discarded
 * where they are not: who has the extension lists them.
 */
export const ALWAYS_AUTHENTICATED: readonly number[] = [ChunkType.ASCONF, ChunkType.ASCONF_ACK];

/** Keys of one association. */
export const MAX_KEYS = 64;
const MAX_SECRET = 65_535;
export const NULL_KEY: number = 0;

/** RFC 4895 §3.2: the types "MUST NOT be listed in the CHUNKS parameter" that this says no of; of a peer's they are ignored. */
export function canRequire(chunkType: number): boolean {
  switch (chunkType) {
    case ChunkType.INIT:
    case ChunkType.INIT_ACK:
    case ChunkType.SHUTDOWN_COMPLETE:
    case ChunkType.AUTH:
      return false;
    default:
      return Number.isInteger(chunkType) && chunkType >= 0 && chunkType <= 255;
  }
}

/** RFC 4895 §6.1: with no shared key there is that of no bytes, the same for everybody. */
export const defaultAuthentication: AuthenticationConfig = {
  keys: new Map(),
  activeKey: NULL_KEY,
  deactivatedKeys: [],
  requiredChunks: [],
  hmacs: [HmacId.SHA256, HmacId.SHA1],
};

/** How chunks are authenticated by a configuration; undefined: not at all. RFC 5061 §4.1.1: with ASCONF they are. */
export function authenticationOf(config: {
  readonly authentication: AuthenticationConfig | undefined;
  readonly addressReconfiguration: boolean | "unauthenticated";
}): AuthenticationConfig | undefined {
  const { authentication, addressReconfiguration } = config;
  return authentication ?? (addressReconfiguration === true ? defaultAuthentication : undefined);
}

/** Throws ERR_SCTP_INVALID_OPTION or ERR_SCTP_LIMIT where a configuration cannot be. */
export function checkAuthentication(config: AuthenticationConfig): void {
  const { keys, activeKey, deactivatedKeys, requiredChunks, hmacs } = config;
  for (const [id, secret] of keys) checkKey(id, secret);
  if (keys.size > MAX_KEYS) throw tooManyKeys();
  if (keys.size === 0 ? activeKey !== NULL_KEY : !keys.has(activeKey)) {
    throw invalid(
      `authentication.activeKey is ${activeKey}, and there is no such key in authentication.keys.`,
    );
  }
  const wrongKey = deactivatedKeys.find((id) => id === activeKey || !keys.has(id));
  if (wrongKey !== undefined) {
    throw invalid(
      `authentication.deactivatedKeys has ${wrongKey}: it takes identifiers of authentication.keys but for the active one.`,
    );
  }
  const wrongChunk = requiredChunks.find((type) => !canRequire(type));
  if (wrongChunk !== undefined) {
    throw invalid(
      `authentication.requiredChunks has ${wrongChunk}: it takes chunk types (0 to 255) but for INIT, INIT ACK, SHUTDOWN COMPLETE and AUTH (RFC 4895 §3.2).`,
    );
  }
  // RFC 4895 §6.1: "The HMAC algorithm based on SHA-1 MUST be supported and included in the HMAC-ALGO parameter."
  const wrongHmac = hmacs.find((id) => findHmac(id) === undefined);
  if (wrongHmac !== undefined || !hmacs.includes(HmacId.SHA1)) {
    throw invalid(
      `authentication.hmacs is [${hmacs.join(", ")}]: it takes 1 (SHA-1, which must be there) and 3 (SHA-256).`,
    );
  }
}

/** Throws ERR_SCTP_INVALID_OPTION. */
export function checkKey(id: number, secret: Uint8Array): void {
  if (!Number.isInteger(id) || id < 0 || id > 0xffff) {
    throw invalid(`A Shared Key Identifier is 0 to 65535, and not ${id} (RFC 4895 §5.1).`);
  }
  if (!(secret instanceof Uint8Array) || secret.length > MAX_SECRET) {
    throw invalid(`The shared key ${id} must be a Uint8Array of at most ${MAX_SECRET} bytes.`);
  }
}

export function tooManyKeys(): SctpError {
  return new SctpError("ERR_SCTP_LIMIT", `An association has at most ${MAX_KEYS} shared keys.`);
}

function invalid(message: string): SctpError {
  return new SctpError("ERR_SCTP_INVALID_OPTION", message);
}
