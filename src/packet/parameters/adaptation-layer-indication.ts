import { readU32, writeU32 } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 5061 §4.2.6: in INIT and INIT ACK only; in another chunk it MUST be ignored.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0xC006         |          Length = 8           |
 * +-------------------------------+-------------------------------+
 * |                     Adaptation Code Point                     |
 * +---------------------------------------------------------------+
 * ```
 */
export interface AdaptationLayerIndicationParameter {
  readonly type: "ADAPTATION-LAYER-INDICATION";
  /** Opaque to SCTP: for the upper layer. */
  readonly indication: number;
}

const LENGTH = 8;

export function decodeAdaptationLayerIndication(
  bytes: Uint8Array,
  offset: number,
  length: number,
): AdaptationLayerIndicationParameter | string {
  if (length !== LENGTH) return `Adaptation Layer Indication parameter of ${length} bytes, not ${LENGTH}`;
  return { type: "ADAPTATION-LAYER-INDICATION", indication: readU32(bytes, offset + TLV_HEADER) };
}

export function adaptationLayerIndicationLength(): number {
  return LENGTH;
}

export function encodeAdaptationLayerIndication(
  parameter: AdaptationLayerIndicationParameter,
  into: Uint8Array,
  offset: number,
): number {
  const at = writeTlvHeader(into, offset, ParameterType.ADAPTATION_LAYER_INDICATION, LENGTH);
  writeU32(into, at, parameter.indication);
  return at + 4;
}
