import type { Parameter } from "../../packet/parameters/parameter.ts";
import { ChunkType } from "../../packet/registry.ts";
import { authenticationOf } from "../auth/authentication-config.ts";
import { chooseHmac } from "../auth/hmac.ts";
import type { AssociationConfig } from "../config.ts";
import { chunksOf, type Extension, type Extensions, noExtensions } from "./extensions.ts";
import { acceptsZeroChecksum, zeroChecksumAcceptable } from "./zero-checksum.ts";

/**
 * What an endpoint offers its peers by this configuration. RFC 5061 §4.2.6: an Adaptation Layer Indication of the
 * peer's is for the user, whether or not we send one.
 */
export function offeredExtensions(config: AssociationConfig): Extensions {
  return {
    ...noExtensions,
    partialReliability: config.partialReliability,
    reconfiguration: config.reconfiguration,
    zeroChecksum: config.zeroChecksum,
    interleaving: config.interleaving,
    addressReconfiguration: config.addressReconfiguration !== false,
    authentication: authenticationOf(config) !== undefined,
    adaptation: true,
  };
}

/** The parameters of INIT and INIT ACK that offer the extensions; none where none is on. */
export function offeringParameters(config: AssociationConfig): readonly Parameter[] {
  const offered = offeredExtensions(config);
  const parameters: Parameter[] = [];
  if (offered.partialReliability) parameters.push({ type: "FORWARD-TSN-SUPPORTED" });
  if (config.adaptation !== undefined) {
    parameters.push({ type: "ADAPTATION-LAYER-INDICATION", indication: config.adaptation });
  }
  // RFC 8260 §2.3.1: I-FORWARD-TSN is of interleaving with partial reliability.
  // RFC 5061 §4.2.7, RFC 6525 §5.1.1: all chunks of the extensions are listed. RFC 4820 §3: padding is for everybody, and not.
  const chunkTypes = names
    .filter((name) => name !== "padding" && offered[name])
    .flatMap(chunksOf)
    .filter((type) => type !== ChunkType.I_FORWARD_TSN || offered.partialReliability);
  if (offered.zeroChecksum) parameters.push(zeroChecksumAcceptable);
  if (chunkTypes.length > 0) parameters.push({ type: "SUPPORTED-EXTENSIONS", chunkTypes });
  return parameters;
}

/** The extensions that both sides have: of those that we offer, the ones that the peer's parameters offer as well. */
export function agreedExtensions(offered: Extensions, said: readonly Parameter[]): Extensions {
  const listed = said.flatMap((parameter) =>
    parameter.type === "SUPPORTED-EXTENSIONS" ? parameter.chunkTypes : [],
  );
  const lists = (extension: Extension): boolean => {
    const [decisive] = chunksOf(extension);
    return decisive !== undefined && listed.includes(decisive);
  };
  const has = (type: Parameter["type"]): boolean => said.some((parameter) => parameter.type === type);
  // RFC 4895 §6.1: by its own parameters; the list of chunks is of later.
  const authentication = offered.authentication && has("RANDOM") && namesHmac(said);
  const interleaving = offered.interleaving && lists("interleaving");
  return {
    // RFC 8260 §2.3.1: with interleaving "only if both endpoints indicated their support of ... the I-FORWARD-TSN chunk".
    // RFC 3758 §3.3.2, §3.3.3: without it by its own parameter, for the life of the association. Deviation: a peer
    // that lists the chunk alone, as pion does, is taken to have it.
    partialReliability:
      offered.partialReliability &&
      (interleaving
        ? listed.includes(ChunkType.I_FORWARD_TSN)
        : has("FORWARD-TSN-SUPPORTED") || lists("partialReliability")),
    reconfiguration: offered.reconfiguration && lists("reconfiguration"),
    authentication,
    // RFC 5061 §4.2.7: ASCONF without AUTH is none, but for those that have agreed to that by their configuration.
    addressReconfiguration:
      offered.addressReconfiguration &&
      lists("addressReconfiguration") &&
      (authentication || !offered.authentication),
    interleaving,
    zeroChecksum: offered.zeroChecksum && acceptsZeroChecksum(said),
    padding: true,
    adaptation: offered.adaptation && has("ADAPTATION-LAYER-INDICATION"),
  };
}

/** RFC 5061 §4.2.6: opaque, for the upper layer; undefined where the peer has sent none. */
export function adaptationIn(said: readonly Parameter[]): number | undefined {
  const found = said.find((parameter) => parameter.type === "ADAPTATION-LAYER-INDICATION");
  return found?.type === "ADAPTATION-LAYER-INDICATION" ? found.indication : undefined;
}

/** Whether one of the HMACs that the peer allows is ours, too. */
function namesHmac(said: readonly Parameter[]): boolean {
  const listed = said.find((parameter) => parameter.type === "HMAC-ALGO");
  return listed?.type === "HMAC-ALGO" && chooseHmac(listed.identifiers) !== undefined;
}

const names = Object.keys(noExtensions) as readonly Extension[];

/** A bit for each, as a state cookie keeps them. */
export function extensionsToBits(extensions: Extensions): number {
  return names.reduce((bits, name, index) => bits | (extensions[name] ? 1 << index : 0), 0);
}

export function extensionsFromBits(bits: number): Extensions {
  const entries = names.map((name, index) => [name, (bits & (1 << index)) !== 0]);
  return Object.fromEntries(entries) as Extensions;
}
