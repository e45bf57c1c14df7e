import { readU16List, writeU16List } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import { TLV_HEADER, writeTlvHeader } from "../tlv.ts";

/**
 * RFC 4895 §3.3: the HMACs that the peer may use.
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0x8004         |            Length             |
 * +-------------------------------+-------------------------------+
 * |       HMAC Identifier 1       |       HMAC Identifier 2       |
 * +-------------------------------+-------------------------------+
 * /                              ...                              /
 * ```
 */
export interface HmacAlgoParameter {
  readonly type: "HMAC-ALGO";
  /** The one that the sender likes best is the first; unknown ones are in it, too. */
  readonly identifiers: readonly number[];
}

export function decodeHmacAlgo(
  bytes: Uint8Array,
  offset: number,
  length: number,
): HmacAlgoParameter | string {
  if (length % 2 !== 0) return `HMAC-ALGO parameter of ${length} bytes: half an identifier`;
  return { type: "HMAC-ALGO", identifiers: readU16List(bytes, offset + TLV_HEADER, offset + length) };
}

export function hmacAlgoLength(parameter: HmacAlgoParameter): number {
  return TLV_HEADER + 2 * parameter.identifiers.length;
}

/** RFC 4895 §3.3: "This value MUST be set to 0x8004." */
export function encodeHmacAlgo(parameter: HmacAlgoParameter, into: Uint8Array, offset: number): number {
  const at = writeTlvHeader(into, offset, ParameterType.HMAC_ALGO, hmacAlgoLength(parameter));
  return writeU16List(into, at, parameter.identifiers);
}
