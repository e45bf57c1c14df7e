import { ParameterType } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.2.1.4: deprecated, never sent. It is decoded because its receiver MUST abort (§5.1.2 B).
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 11           |            Length             |
 * +-------------------------------+-------------------------------+
 * /                           Host Name                           /
 * +---------------------------------------------------------------+
 * ```
 */
export interface HostNameParameter {
  readonly type: "HOST-NAME";
  /** The name as it came, null terminators included: nobody resolves it, so nobody checks it. */
  readonly name: Uint8Array;
}

export function decodeHostName(bytes: Uint8Array, offset: number, length: number): HostNameParameter {
  return { type: "HOST-NAME", name: tlvValue(bytes, offset, length) };
}

export function hostNameLength(parameter: HostNameParameter): number {
  return TLV_HEADER + parameter.name.length;
}

export function encodeHostName(parameter: HostNameParameter, into: Uint8Array, offset: number): number {
  return writeTlv(into, offset, ParameterType.HOST_NAME, parameter.name);
}
