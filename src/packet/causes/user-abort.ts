import { CauseCode } from "../registry.ts";
import { TLV_HEADER, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.10.12: the upper layer asked for the abort.
 * ```
 * +-------------------------------+-------------------------------+
 * |        Cause Code = 12        |         Cause Length          |
 * +-------------------------------+-------------------------------+
 * /                    Upper Layer Abort Reason                   /
 * +---------------------------------------------------------------+
 * ```
 */
export interface UserAbortCause {
  readonly type: "USER-ABORT";
  /** The upper layer's words, opaque to SCTP; may be empty. */
  readonly reason: Uint8Array;
}

export function decodeUserAbort(bytes: Uint8Array, offset: number, length: number): UserAbortCause {
  return { type: "USER-ABORT", reason: tlvValue(bytes, offset, length) };
}

export function userAbortLength(cause: UserAbortCause): number {
  return TLV_HEADER + cause.reason.length;
}

export function encodeUserAbort(cause: UserAbortCause, into: Uint8Array, offset: number): number {
  return writeTlv(into, offset, CauseCode.USER_ABORT, cause.reason);
}
