import { readU16, readU32, writeU16, writeU32 } from "../../../base/bytes.ts";
import { asSerial, type Serial } from "../../../base/serial.ts";
import { writeTlvHeader } from "../../tlv.ts";

/** What the requests for streams have in common: everything but the type (RFC 6525 §4.5, §4.6). */
export interface AddStreamsRequest {
  readonly requestSequence: Serial;
  /** How many streams more. */
  readonly newStreams: number;
}

const LENGTH = 12;

/** A string says what is wrong. */
export function decodeAddStreamsRequest(
  bytes: Uint8Array,
  offset: number,
  length: number,
): AddStreamsRequest | string {
  // RFC 6525 §4.5, §4.6: the length "MUST be 12"; what is reserved is "ignored by the receiver".
  if (length !== LENGTH) return `Add Streams Request of ${length} bytes, not ${LENGTH}`;
  return {
    requestSequence: asSerial(readU32(bytes, offset + 4)),
    newStreams: readU16(bytes, offset + 8),
  };
}

export function addStreamsRequestLength(): number {
  return LENGTH;
}

export function encodeAddStreamsRequest(
  request: AddStreamsRequest,
  typeCode: number,
  into: Uint8Array,
  offset: number,
): number {
  writeTlvHeader(into, offset, typeCode, LENGTH);
  writeU32(into, offset + 4, request.requestSequence);
  writeU16(into, offset + 8, request.newStreams);
  // RFC 6525 §4.5, §4.6: reserved: "It SHOULD be set to 0 by the sender".
  writeU16(into, offset + 10, 0);
  return offset + LENGTH;
}
