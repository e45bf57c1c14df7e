import { readU16 } from "../../base/bytes.ts";
import { ParameterType } from "../registry.ts";
import { TLV_HEADER, tlvLength, tlvValue, writeTlv } from "../tlv.ts";

/**
 * RFC 9260 §3.3.5: the one parameter of HEARTBEAT and HEARTBEAT ACK.
 * ```
 * +-------------------------------+-------------------------------+
 * |    Heartbeat Info Type = 1    |        HB Info Length         |
 * +-------------------------------+-------------------------------+
 * /                Sender-Specific Heartbeat Info                 /
 * +---------------------------------------------------------------+
 * ```
 * `end` is the end of the chunk, which may or may not count the last padding. A string says what is wrong.
 */
export function decodeHeartbeatInfo(bytes: Uint8Array, offset: number, end: number): Uint8Array | string {
  const length = tlvLength(bytes, offset, end);
  if (length === 0) return "no whole Heartbeat Info parameter";
  if (readU16(bytes, offset) !== ParameterType.HEARTBEAT_INFO) return "another parameter than Heartbeat Info";
  if (end - (offset + length) > 3) return "more than the Heartbeat Info parameter";
  return tlvValue(bytes, offset, length);
}

export function heartbeatInfoLength(info: Uint8Array): number {
  return TLV_HEADER + info.length;
}

export function encodeHeartbeatInfo(info: Uint8Array, into: Uint8Array, offset: number): number {
  return writeTlv(into, offset, ParameterType.HEARTBEAT_INFO, info);
}
