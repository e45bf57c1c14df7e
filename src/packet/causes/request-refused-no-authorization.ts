import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 5061 §4.3.5: a local security policy forbids the request.
 * ```
 * +-------------------------------+-------------------------------+
 * |      Cause Code = 0x00A4      |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                    TLV-Copied-From-ASCONF                     /
 * +---------------------------------------------------------------+
 * ```
 */
export interface RequestRefusedNoAuthorizationCause {
  readonly type: "REQUEST-REFUSED-NO-AUTHORIZATION";
  /** The request as it came, type and length included. */
  readonly parameter: Uint8Array;
}

export function decodeRequestRefusedNoAuthorization(
  bytes: Uint8Array,
  offset: number,
  length: number,
): RequestRefusedNoAuthorizationCause {
  return { type: "REQUEST-REFUSED-NO-AUTHORIZATION", parameter: tlvValue(bytes, offset, length) };
}

export function requestRefusedNoAuthorizationLength(cause: RequestRefusedNoAuthorizationCause): number {
  return TLV_HEADER + cause.parameter.length;
}

export function encodeRequestRefusedNoAuthorization(
  cause: RequestRefusedNoAuthorizationCause,
  into: Uint8Array,
  offset: number,
): number {
  return writeTlv(into, offset, CauseCode.REQUEST_REFUSED_NO_AUTHORIZATION, cause.parameter);
}
