import { ParameterType } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 5061 §4.2.7: the extensions that the sender supports, by their chunks.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0x8008         |            Length             |
 * +---------------+---------------+---------------+---------------+
 * | Chunk Type 1  | Chunk Type 2  | Chunk Type 3  | Chunk Type 4  |
 * +---------------+---------------+---------------+---------------+
 * /                              ...                              /
 * ```
 */
export interface SupportedExtensionsParameter {
  readonly type: "SUPPORTED-EXTENSIONS";
  /** As on the wire; those that nobody knows are in it, too. */
  readonly chunkTypes: readonly number[];
}

export function decodeSupportedExtensions(
  bytes: Uint8Array,
  offset: number,
  length: number,
): SupportedExtensionsParameter {
  return { type: "SUPPORTED-EXTENSIONS", chunkTypes: [...tlvValue(bytes, offset, length)] };
}

/** RFC 5061 §4.2.7: "The length MUST NOT include any padding." */
export function supportedExtensionsLength(parameter: SupportedExtensionsParameter): number {
  return TLV_HEADER + parameter.chunkTypes.length;
}

export function encodeSupportedExtensions(
  parameter: SupportedExtensionsParameter,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, ParameterType.SUPPORTED_EXTENSIONS, Uint8Array.from(parameter.chunkTypes));
}
