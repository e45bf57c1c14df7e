import { asciiBytes } from "../../base/bytes.ts";
import type { Cause } from "../../packet/causes/cause.ts";
import type { Parameter } from "../../packet/parameters/parameter.ts";
import { ChunkType } from "../../packet/registry.ts";
import type { AssociationConfig } from "../config.ts";
import { agreedExtensions, offeredExtensions } from "../extension/capabilities.ts";

/** For people: the peer's, who see it in the ABORT, and ours. */
const WHY =
  "ASCONF is offered without AUTH (RFC 5061 4.2.7): set addressReconfiguration alike on both sides, " +
  'true or "unauthenticated"';

/**
 * RFC 5061 §6: who "supports the ASCONF extension but does NOT support" AUTH gets no association of one that
 * needs both; the cause says so. Undefined: nothing is wrong with the peer's parameters.
 */
export function findUnprotectedAsconf(
  config: AssociationConfig,
  known: readonly Parameter[],
): Cause | undefined {
  if (config.addressReconfiguration !== true) return undefined;
  const hasAsconf = known.some(
    (one) => one.type === "SUPPORTED-EXTENSIONS" && one.chunkTypes.includes(ChunkType.ASCONF),
  );
  if (!hasAsconf || agreedExtensions(offeredExtensions(config), known).authentication) return undefined;
  return { type: "PROTOCOL-VIOLATION", info: asciiBytes(WHY) };
}
