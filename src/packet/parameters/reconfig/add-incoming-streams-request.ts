import { ParameterType } from "../../registry.ts";
import {
  type AddStreamsRequest,
  decodeAddStreamsRequest,
  encodeAddStreamsRequest,
} from "./add-streams-request.ts";

/**
 * RFC 6525 §4.6
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 18           |          Length = 12          |
 * +-------------------------------+-------------------------------+
 * |           Re-configuration Request Sequence Number            |
 * +-------------------------------+-------------------------------+
 * |     Number of new streams     |           Reserved            |
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface AddIncomingStreamsRequestParameter extends AddStreamsRequest {
  readonly type: "ADD-INCOMING-STREAMS-REQUEST";
}

export function decodeAddIncomingStreamsRequest(
  bytes: Uint8Array,
  offset: number,
  length: number,
): AddIncomingStreamsRequestParameter | string {
  const request = decodeAddStreamsRequest(bytes, offset, length);
  return typeof request === "string" ? request : { type: "ADD-INCOMING-STREAMS-REQUEST", ...request };
}

export function encodeAddIncomingStreamsRequest(
  parameter: AddIncomingStreamsRequestParameter,
  into: Uint8Array,
  offset: number,
): number {
  return encodeAddStreamsRequest(parameter, ParameterType.ADD_INCOMING_STREAMS_REQUEST, into, offset);
}
