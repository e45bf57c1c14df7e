import { type AssociationConfig, defaultConfig } from "../../src/association/config.ts";
import { offeringParameters } from "../../src/association/extension/capabilities.ts";
import type { Extension } from "../../src/association/extension/extensions.ts";
import { readChecksum } from "../../src/base/crc32c.ts";
import { ChunkType, ParameterType } from "../../src/packet/registry.ts";
import { authentication } from "./authentication.ts";
import type { Side } from "./ladder-test.ts";

/** Every extension that can be on or off: how it is switched on, how it is offered, and how one sees that it is agreed. */

/** Padding is for everybody (RFC 4820 §3). */
export type Switchable = Exclude<Extension, "padding">;

interface ExtensionRow {
  readonly on: Partial<AssociationConfig>;
  readonly off: Partial<AssociationConfig>;
  /** What the list of Supported Extensions has by it (RFC 5061 §4.2.7). */
  readonly chunks: readonly number[];
  /** Its own parameters of INIT and INIT ACK. */
  readonly parameters: readonly number[];
  /** Whether the association of a side has it. */
  readonly isAgreed: (side: Side) => boolean;
}

const { FORWARD_TSN_SUPPORTED, RANDOM, CHUNKS, HMAC_ALGO } = ParameterType;

export const TABLE: Readonly<Record<Switchable, ExtensionRow>> = {
  partialReliability: {
    on: { partialReliability: true },
    off: { partialReliability: false },
    chunks: [ChunkType.FORWARD_TSN],
    parameters: [FORWARD_TSN_SUPPORTED],
    isAgreed: ({ association }) => association.isPartiallyReliable,
  },
  reconfiguration: {
    on: { reconfiguration: true },
    off: { reconfiguration: false },
    chunks: [ChunkType.RE_CONFIG],
    parameters: [],
    isAgreed: ({ association }) => association.canReconfigure,
  },
  authentication: {
    on: { authentication: authentication({ requiredChunks: [ChunkType.HEARTBEAT] }) },
    off: { authentication: undefined },
    chunks: [ChunkType.AUTH],
    parameters: [RANDOM, CHUNKS, HMAC_ALGO],
    isAgreed: ({ association }) => association.authentication?.isAgreed === true,
  },
  addressReconfiguration: {
    on: { addressReconfiguration: true },
    off: { addressReconfiguration: false },
    chunks: [ChunkType.ASCONF, ChunkType.ASCONF_ACK],
    parameters: [],
    isAgreed: ({ association }) => association.reconfiguresAddresses,
  },
  interleaving: {
    on: { interleaving: true },
    off: { interleaving: false },
    chunks: [ChunkType.I_DATA],
    parameters: [],
    isAgreed: ({ association }) => association.interleaves,
  },
  zeroChecksum: {
    on: { zeroChecksum: true },
    off: { zeroChecksum: false },
    chunks: [],
    parameters: [ParameterType.ZERO_CHECKSUM_ACCEPTABLE],
    isAgreed: ({ packets }) => packets.some(({ bytes }) => readChecksum(bytes) === 0),
  },
  adaptation: {
    on: { adaptation: 7 },
    off: { adaptation: undefined },
    chunks: [],
    parameters: [ParameterType.ADAPTATION_LAYER_INDICATION],
    isAgreed: ({ association }) => association.peerAdaptation !== undefined,
  },
};

export const SWITCHABLE = Object.keys(TABLE) as readonly Switchable[];

/** Those that are on. */
export type Chosen = ReadonlySet<Switchable>;

export const ALL: Chosen = new Set(SWITCHABLE);
export const NONE: Chosen = new Set();

/** Each choice that can be told from the others. RFC 5061 §4.1.1: with ASCONF there is AUTH, too. */
export const COMBINATIONS: readonly Chosen[] = Array.from({ length: 2 ** SWITCHABLE.length }, (_, bits) =>
  choose(...SWITCHABLE.filter((_, index) => (bits & (1 << index)) !== 0)),
).filter((chosen) => chosen.has("authentication") || !chosen.has("addressReconfiguration"));

export function choose(...extensions: readonly Switchable[]): Chosen {
  const withAuth = extensions.includes("addressReconfiguration") ? ["authentication" as const] : [];
  return new Set([...extensions, ...withAuth]);
}

export function without(extension: Switchable): Chosen {
  return choose(
    ...SWITCHABLE.filter(
      (it) => it !== extension && !(extension === "authentication" && it === "addressReconfiguration"),
    ),
  );
}

export function nameOf(chosen: Chosen): string {
  return chosen.size === 0 ? "none" : [...chosen].join("+");
}

export function configOf(chosen: Chosen): Partial<AssociationConfig> {
  return Object.assign({}, ...SWITCHABLE.map((it) => TABLE[it][chosen.has(it) ? "on" : "off"]));
}

/** RFC 8260 §2.3.1: both go together where I-FORWARD-TSN is there; else interleaving alone. */
const bothOn = configOf(choose("partialReliability", "interleaving"));
export const GO_TOGETHER: boolean = offeringParameters({ ...defaultConfig, ...bothOn }).some(
  (one) => one.type === "SUPPORTED-EXTENSIONS" && one.chunkTypes.includes(ChunkType.I_FORWARD_TSN),
);

/** What both have, for the side that has `ours`. */
export function agreed(ours: Chosen, theirs: Chosen): Chosen {
  const both = SWITCHABLE.filter((it) => ours.has(it) && theirs.has(it) && it !== "adaptation");
  // RFC 5061 §4.2.6: an indication is one of the peer's, whether or not there is one of ours.
  if (theirs.has("adaptation")) both.push("adaptation");
  const isCutShort = both.includes("interleaving") && !GO_TOGETHER;
  return new Set(isCutShort ? both.filter((it) => it !== "partialReliability") : both);
}

/** Types of the chunks in Supported Extensions. */
export function listedChunks(chosen: Chosen): number[] {
  const types = SWITCHABLE.filter((it) => chosen.has(it)).flatMap((it) => TABLE[it].chunks);
  const isBoth = chosen.has("interleaving") && chosen.has("partialReliability");
  return GO_TOGETHER && isBoth ? [...types, ChunkType.I_FORWARD_TSN] : types;
}

/** Types of the parameters of INIT and INIT ACK by which extensions are offered. */
export function offeredParameters(chosen: Chosen): number[] {
  const own = SWITCHABLE.filter((it) => chosen.has(it)).flatMap((it) => TABLE[it].parameters);
  return listedChunks(chosen).length > 0 ? [...own, ParameterType.SUPPORTED_EXTENSIONS] : own;
}
