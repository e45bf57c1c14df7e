import { ParameterType } from "../../registry.ts";
import {
  type AddStreamsRequest,
  decodeAddStreamsRequest,
  encodeAddStreamsRequest,
} from "./add-streams-request.ts";

/**
 * RFC 6525 §4.5
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 17           |          Length = 12          |
 * +-------------------------------+-------------------------------+
 * |           Re-configuration Request Sequence Number            |
 * +-------------------------------+-------------------------------+
 * |     Number of new streams     |           Reserved            |
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface AddOutgoingStreamsRequestParameter extends AddStreamsRequest {
  readonly type: "ADD-OUTGOING-STREAMS-REQUEST";
}

export function decodeAddOutgoingStreamsRequest(
  bytes: Uint8Array,
  offset: number,
  length: number,
): AddOutgoingStreamsRequestParameter | string {
  const request = decodeAddStreamsRequest(bytes, offset, length);
  return typeof request === "string" ? request : { type: "ADD-OUTGOING-STREAMS-REQUEST", ...request };
}

export function encodeAddOutgoingStreamsRequest(
  parameter: AddOutgoingStreamsRequestParameter,
  into: Uint8Array,
  offset: number,
): number {
  return encodeAddStreamsRequest(parameter, ParameterType.ADD_OUTGOING_STREAMS_REQUEST, into, offset);
}
