import { asciiBytes } from "../../base/bytes.ts";
import type { Environment } from "../../base/environment.ts";
import type { Cause } from "../../packet/causes/cause.ts";
import type { Parameter } from "../../packet/parameters/parameter.ts";
import type { AssociationConfig } from "../config.ts";
import type { Tcb } from "../tcb.ts";
import { ALWAYS_AUTHENTICATED, authenticationOf } from "./authentication-config.ts";

/** RFC 4895 §3.1, §6.1: "The RANDOM parameter MUST contain a 32-byte Random Number." */
const RANDOM_LENGTH = 32;
/** Chunk types in CHUNKS (RFC 4895 §3.2). */
const MAX_CHUNK_TYPES = 256;

/** RANDOM, CHUNKS and HMAC-ALGO of an INIT or INIT ACK, with a fresh Random Number (RFC 4895 §3, §6.1); none where it is off. */
export function authenticationParameters(
  config: AssociationConfig,
  environment: Environment,
): readonly Parameter[] {
  const authentication = authenticationOf(config);
  if (authentication === undefined) return [];
  const always = config.addressReconfiguration === true ? ALWAYS_AUTHENTICATED : [];
  const chunkTypes = [...new Set([...authentication.requiredChunks, ...always])];
  return [
    // RFC 4895 §3.1, §6.1: "MUST be included once in the INIT or INIT-ACK chunk", with a 32-byte Random Number.
    { type: "RANDOM", random: environment.randomBytes(RANDOM_LENGTH) },
    // RFC 4895 §3.2: "MUST be included once ... if the sender wants to receive authenticated chunks"; §6.1: "MAY be omitted
    // if it is empty".
    ...(chunkTypes.length > 0 ? [{ type: "CHUNKS", chunkTypes } as const] : []),
    // RFC 4895 §3.3, §6.1: "MUST be included once"; SHA-1 is in it.
    { type: "HMAC-ALGO", identifiers: authentication.hmacs },
  ];
}

/** Those of our INIT: the same each time, as its Initiate Tag is. */
export function offerAuthentication({ authentication, config, surroundings }: Tcb): readonly Parameter[] {
  if (authentication === undefined) return [];
  authentication.offered ??= authenticationParameters(config, surroundings.environment);
  return authentication.offered;
}

/**
 * What is wrong with the peer's parameters, for an ABORT. `known`: nothing of them where authentication is off. Of one
 * that is there twice the first counts.
 */
export function findWrongAuthentication(known: readonly Parameter[]): Cause | undefined {
  // RFC 4895 §6.1: "If the Random Number is not 32 bytes, the association MUST be aborted. The ABORT chunk SHOULD contain
  // the error cause 'Protocol Violation'."
  const random = known.find((parameter) => parameter.type === "RANDOM");
  if (random?.type === "RANDOM" && random.random.length !== RANDOM_LENGTH) {
    return violation(`a RANDOM parameter of ${random.random.length} bytes, not ${RANDOM_LENGTH} (RFC 4895)`);
  }
  // RFC 4895 §3.2: "Its maximum length is 260 bytes." What is kept of a peer in its cookie has a bound by it.
  const chunks = known.find((parameter) => parameter.type === "CHUNKS");
  if (chunks?.type === "CHUNKS" && chunks.chunkTypes.length > MAX_CHUNK_TYPES) {
    return violation(`a CHUNKS parameter of ${chunks.chunkTypes.length} types (RFC 4895)`);
  }
  return undefined;
}

function violation(info: string): Cause {
  return { type: "PROTOCOL-VIOLATION", info: asciiBytes(info) };
}
