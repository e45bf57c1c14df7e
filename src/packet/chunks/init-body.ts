import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { asTsn, type Tsn } from "../../base/serial.ts";
import {
  decodeParameters,
  encodeParameters,
  type Parameter,
  parametersLength,
} from "../parameters/parameter.ts";

/** What INIT and INIT ACK have in common: everything but the type (RFC 9260 §3.3.2, §3.3.3). */
export interface InitBody {
  readonly initiateTag: number;
  /** a_rwnd, bytes. */
  readonly receiverWindow: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: Tsn;
  readonly parameters: readonly Parameter[];
}

/** The smallest a_rwnd that may be offered, bytes (RFC 9260 §3.3.2, §3.3.3). */
export const SMALLEST_INITIAL_WINDOW = 1_500;

const FIXED = 20;

/** A string says what is wrong. Whether the values make sense is for the handler. */
export function decodeInitBody(bytes: Uint8Array, offset: number, length: number): InitBody | string {
  if (length < FIXED) return `${length} bytes, at least ${FIXED} are needed`;
  // RFC 9260 §3.3.2.1, §3.3.3.1: parameters stand after the fields of fixed length.
  const parameters = decodeParameters(bytes, offset + FIXED, offset + length);
  if (typeof parameters === "string") return parameters;
  return {
    initiateTag: readU32(bytes, offset + 4),
    receiverWindow: readU32(bytes, offset + 8),
    outboundStreams: readU16(bytes, offset + 12),
    inboundStreams: readU16(bytes, offset + 14),
    initialTsn: asTsn(readU32(bytes, offset + 16)),
    parameters,
  };
}

export function initBodyLength(body: InitBody): number {
  return FIXED + parametersLength(body.parameters);
}

/** Writes all but type and length, and gives the unpadded end. */
export function encodeInitBody(body: InitBody, into: Uint8Array, offset: number): number {
  // RFC 9260 §3.3.2, §3.3.3: the flags are reserved: 0 on transmit.
  into[offset + 1] = 0;
  writeU32(into, offset + 4, body.initiateTag);
  writeU32(into, offset + 8, body.receiverWindow);
  writeU16(into, offset + 12, body.outboundStreams);
  writeU16(into, offset + 14, body.inboundStreams);
  writeU32(into, offset + 16, body.initialTsn);
  // RFC 9260 §3.3.2.1, §3.3.3.1: "Any Type-Length-Value fields MUST be placed after the fixed-length fields."
  return encodeParameters(body.parameters, into, offset + FIXED);
}
