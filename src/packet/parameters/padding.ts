import { ParameterType } from "../registry.ts";
import { writeTlvHeader } from "../tlv.ts";

/**
 * RFC 4820 §4
 * ```
 * +-------------------------------+-------------------------------+
 * |         Type = 0x8005         |            Length             |
 * +-------------------------------+-------------------------------+
 * /                         Padding Data                          /
 * +---------------------------------------------------------------+
 * ```
 */
export interface PaddingParameter {
  readonly type: "PADDING";
  /** Bytes of the whole parameter, 4 at least. Its content is written as zeros and never read. */
  readonly length: number;
}

export function decodePadding(length: number): PaddingParameter {
  return { type: "PADDING", length };
}

export function paddingLength(parameter: PaddingParameter): number {
  return parameter.length;
}

export function encodePadding(parameter: PaddingParameter, into: Uint8Array, offset: number): number {
  const end = offset + parameter.length;
  into.fill(0, writeTlvHeader(into, offset, ParameterType.PADDING, parameter.length), end);
  return end;
}
