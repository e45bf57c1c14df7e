import { ChunkType, ParameterType } from "../../packet/registry.ts";

/** What an association may be able to do beyond RFC 9260. */
export type Extension =
  | "partial-reliability"
  | "reconfiguration"
  | "authentication"
  | "address-reconfiguration"
  | "interleaving"
  | "zero-checksum"
  | "padding"
  | "adaptation";

/** Whether an extension is on: what belongs to one that is off is unrecognized (RFC 9260 §3.2, §3.2.1). */
export type IsOn = (extension: Extension) => boolean;

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
  "partial-reliability": {
    chunks: [ChunkType.FORWARD_TSN],
    parameters: [ParameterType.FORWARD_TSN_SUPPORTED],
  },
  reconfiguration: { chunks: [ChunkType.RE_CONFIG], parameters: [] },
  authentication: {
    chunks: [ChunkType.AUTH],
    parameters: [ParameterType.RANDOM, ParameterType.CHUNKS, ParameterType.HMAC_ALGO],
  },
  "address-reconfiguration": {
    chunks: [ChunkType.ASCONF, ChunkType.ASCONF_ACK],
    parameters: [ParameterType.SET_PRIMARY_ADDRESS],
  },
  interleaving: { chunks: [ChunkType.I_DATA, ChunkType.I_FORWARD_TSN], parameters: [] },
  "zero-checksum": { chunks: [], parameters: [ParameterType.ZERO_CHECKSUM_ACCEPTABLE] },
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

/** Whether what belongs to the extension is recognized. */
export function isUnderstood(extension: Extension, isOn: IsOn): boolean {
  // RFC 4820 §3, §4: padding needs no agreement: its receiver discards it, and nothing else.
  return extension === "padding" || isOn(extension);
}

/** No extension is on. */
export const NO_EXTENSION: IsOn = () => false;
