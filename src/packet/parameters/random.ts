import { ParameterType } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 4895 §3.1
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0x8002         |            Length             |
 * +-------------------------------+-------------------------------+
 * /                         Random Number                         /
 * +---------------------------------------------------------------+
 * ```
 */
export interface RandomParameter {
  readonly type: "RANDOM";
  /** Of any length; that it MUST be 32 bytes (§6.1) is for the handler to see, for that is answered with an ABORT. */
  readonly random: Uint8Array;
}

export function decodeRandom(bytes: Uint8Array, offset: number, length: number): RandomParameter {
  return { type: "RANDOM", random: tlvValue(bytes, offset, length) };
}

export function randomLength(parameter: RandomParameter): number {
  return TLV_HEADER + parameter.random.length;
}

/** RFC 4895 §3.1: "This value MUST be set to 0x8002." */
export function encodeRandom(parameter: RandomParameter, into: Uint8Array, offset: number): number {
  return writeTlv(into, offset, ParameterType.RANDOM, parameter.random);
}
