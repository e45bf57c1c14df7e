import { ChunkType, ParameterType } from "../../packet/registry.ts";

/** What an association may be able to do beyond RFC 9260. */
export type Extension =
  | "partialReliability"
  | "reconfiguration"
  | "authentication"
  | "addressReconfiguration"
  | "interleaving"
  | "zeroChecksum"
  | "padding"
  | "adaptation";

/** Which extensions are on: what belongs to one that is off is unrecognized (RFC 9260 §3.2, §3.2.1). */
export type Extensions = Readonly<Record<Extension, boolean>>;

/** RFC 4820 §3, §4: padding needs no agreement: its receiver discards it, and nothing else. */
export const noExtensions: Extensions = {
  partialReliability: false,
  reconfiguration: false,
  authentication: false,
  addressReconfiguration: false,
  interleaving: false,
  zeroChecksum: false,
  padding: true,
  adaptation: false,
};

/** The chunks, and the parameters of INIT and INIT ACK, that an extension brought. */
interface Types {
  readonly chunks: readonly number[];
  readonly parameters: readonly number[];
}

/**
 * RFC 3758 §3, RFC 6525 §3 (its parameters stand in RE-CONFIG only), RFC 4895 §3 and §5, RFC 5061 §4, RFC 8260 §2, RFC
 * 9653 §4, RFC 4820 §3 and §4. Supported Extensions belongs to none of them: it says which the peer has.
 */
const TYPES: Readonly<Record<Extension, Types>> = {
  partialReliability: {
    chunks: [ChunkType.FORWARD_TSN],
    parameters: [ParameterType.FORWARD_TSN_SUPPORTED],
  },
  reconfiguration: { chunks: [ChunkType.RE_CONFIG], parameters: [] },
  authentication: {
    chunks: [ChunkType.AUTH],
    parameters: [ParameterType.RANDOM, ParameterType.CHUNKS, ParameterType.HMAC_ALGO],
  },
  addressReconfiguration: {
    chunks: [ChunkType.ASCONF, ChunkType.ASCONF_ACK],
    parameters: [ParameterType.SET_PRIMARY_ADDRESS],
  },
  interleaving: { chunks: [ChunkType.I_DATA, ChunkType.I_FORWARD_TSN], parameters: [] },
  zeroChecksum: { chunks: [], parameters: [ParameterType.ZERO_CHECKSUM_ACCEPTABLE] },
  padding: { chunks: [ChunkType.PAD], parameters: [ParameterType.PADDING] },
  adaptation: { chunks: [], parameters: [ParameterType.ADAPTATION_LAYER_INDICATION] },
};

const byChunk = index("chunks");
const byParameter = index("parameters");

function index(kind: keyof Types): ReadonlyMap<number, Extension> {
  const extensions = Object.entries(TYPES) as [Extension, Types][];
  return new Map(extensions.flatMap(([extension, types]) => types[kind].map((type) => [type, extension])));
}

/** The extension that a chunk of this type belongs to; undefined for those of RFC 9260 and for unknown ones. */
export function extensionOfChunk(typeCode: number): Extension | undefined {
  return byChunk.get(typeCode);
}

/** The same for a parameter of INIT or INIT ACK. */
export function extensionOfParameter(typeCode: number): Extension | undefined {
  return byParameter.get(typeCode);
}

/** The chunks that say in Supported Extensions that an extension is there (RFC 5061 §4.2.7), the decisive one first. */
export function chunksOf(extension: Extension): readonly number[] {
  return TYPES[extension].chunks;
}
