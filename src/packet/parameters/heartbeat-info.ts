import { padded, readU16 } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import { TLV_HEADER, tlvLength, tlvValue, writePadding, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.5: the parameter of HEARTBEAT and HEARTBEAT ACK.
 * ```
 * +-------------------------------+-------------------------------+
 * |    Heartbeat Info Type = 1    |        HB Info Length         |
 * +-------------------------------+-------------------------------+
 * /                Sender-Specific Heartbeat Info                 /
 * +---------------------------------------------------------------+
 * ```
 */
export interface HeartbeatBody {
  /** The value of the Heartbeat Info parameter: opaque to all but its sender, who gets it back unchanged. */
  readonly info: Uint8Array;
  /** RFC 9260 §8.3: "any other received TLVs", copied back as they came; absent when there are none. */
  readonly rest?: Uint8Array;
}

/** `end` is the end of the chunk, which may or may not count the last padding. A string says what is wrong. */
export function decodeHeartbeatBody(bytes: Uint8Array, offset: number, end: number): HeartbeatBody | string {
  const length = tlvLength(bytes, offset, end);
  if (length === 0) return "no whole Heartbeat Info parameter";
  if (readU16(bytes, offset) !== ParameterType.HEARTBEAT_INFO) return "another parameter than Heartbeat Info";
  const info = tlvValue(bytes, offset, length);
  const restAt = offset + padded(length);
  if (restAt >= end) return { info };
  for (let at = restAt; at < end; ) {
    const next = tlvLength(bytes, at, end);
    if (next === 0) return "no whole parameter behind Heartbeat Info";
    at += padded(next);
  }
  return { info, rest: bytes.subarray(restAt, end) };
}

export function heartbeatBodyLength({ info, rest }: HeartbeatBody): number {
  const length = TLV_HEADER + info.length;
  return rest === undefined ? length : padded(length) + rest.length;
}

export function encodeHeartbeatBody({ info, rest }: HeartbeatBody, into: Uint8Array, offset: number): number {
  const end = writeTlv(into, offset, ParameterType.HEARTBEAT_INFO, info);
  if (rest === undefined) return end;
  const restAt = writePadding(into, offset, end);
  into.set(rest, restAt);
  return restAt + rest.length;
}
