import { padded, readU16 } from "../../base/bytes.ts";
import { CauseCode } from "../registry.ts";
import { tlvLength, writePadding } from "../tlv.ts";
import {
  type CookieWhileShuttingDownCause,
  cookieWhileShuttingDownLength,
  decodeCookieWhileShuttingDown,
  encodeCookieWhileShuttingDown,
} from "./cookie-while-shutting-down.ts";
import {
  decodeInvalidParameter,
  encodeInvalidParameter,
  type InvalidParameterCause,
  invalidParameterLength,
} from "./invalid-parameter.ts";
import {
  decodeInvalidStream,
  encodeInvalidStream,
  type InvalidStreamCause,
  invalidStreamLength,
} from "./invalid-stream.ts";
import {
  decodeMissingParameter,
  encodeMissingParameter,
  type MissingParameterCause,
  missingParameterLength,
} from "./missing-parameter.ts";
import {
  decodeNoUserData,
  encodeNoUserData,
  type NoUserDataCause,
  noUserDataLength,
} from "./no-user-data.ts";
import {
  decodeOutOfResource,
  encodeOutOfResource,
  type OutOfResourceCause,
  outOfResourceLength,
} from "./out-of-resource.ts";
import {
  decodeProtocolViolation,
  encodeProtocolViolation,
  type ProtocolViolationCause,
  protocolViolationLength,
} from "./protocol-violation.ts";
import {
  decodeRestartWithNewAddresses,
  encodeRestartWithNewAddresses,
  type RestartWithNewAddressesCause,
  restartWithNewAddressesLength,
} from "./restart-with-new-addresses.ts";
import {
  decodeStaleCookie,
  encodeStaleCookie,
  type StaleCookieCause,
  staleCookieLength,
} from "./stale-cookie.ts";
import {
  decodeUnknownCause,
  encodeUnknownCause,
  type UnknownCause,
  unknownCauseLength,
} from "./unknown-cause.ts";
import {
  decodeUnrecognizedChunk,
  encodeUnrecognizedChunk,
  type UnrecognizedChunkCause,
  unrecognizedChunkLength,
} from "./unrecognized-chunk.ts";
import {
  decodeUnrecognizedParameters,
  encodeUnrecognizedParameters,
  type UnrecognizedParametersCause,
  unrecognizedParametersLength,
} from "./unrecognized-parameters.ts";
import {
  decodeUnresolvableAddress,
  encodeUnresolvableAddress,
  type UnresolvableAddressCause,
  unresolvableAddressLength,
} from "./unresolvable-address.ts";
import { decodeUserAbort, encodeUserAbort, type UserAbortCause, userAbortLength } from "./user-abort.ts";

/** An error cause of ABORT or ERROR (RFC 9260 §3.3.10). */
export type Cause =
  | InvalidStreamCause
  | MissingParameterCause
  | StaleCookieCause
  | OutOfResourceCause
  | UnresolvableAddressCause
  | UnrecognizedChunkCause
  | InvalidParameterCause
  | UnrecognizedParametersCause
  | NoUserDataCause
  | CookieWhileShuttingDownCause
  | RestartWithNewAddressesCause
  | UserAbortCause
  | ProtocolViolationCause
  | UnknownCause;

/**
 * The causes in `bytes[offset, end)`. A string says what is wrong. Padding is as with parameters: that of the last
 * cause may or may not be counted by the chunk's length (RFC 9260 §3.2).
 */
export function decodeCauses(bytes: Uint8Array, offset: number, end: number): readonly Cause[] | string {
  const causes: Cause[] = [];
  let at = offset;
  while (at < end) {
    const length = tlvLength(bytes, at, end);
    if (length === 0) return `no whole cause ${at - offset} bytes into the list`;
    const cause = decodeCause(bytes, at, length);
    if (typeof cause === "string") return cause;
    causes.push(cause);
    at += padded(length);
  }
  return causes;
}

function decodeCause(bytes: Uint8Array, offset: number, length: number): Cause | string {
  const code = readU16(bytes, offset);
  switch (code) {
    case CauseCode.INVALID_STREAM:
      return decodeInvalidStream(bytes, offset, length);
    case CauseCode.MISSING_PARAMETER:
      return decodeMissingParameter(bytes, offset, length);
    case CauseCode.STALE_COOKIE:
      return decodeStaleCookie(bytes, offset, length);
    case CauseCode.OUT_OF_RESOURCE:
      return decodeOutOfResource(length);
    case CauseCode.UNRESOLVABLE_ADDRESS:
      return decodeUnresolvableAddress(bytes, offset, length);
    case CauseCode.UNRECOGNIZED_CHUNK:
      return decodeUnrecognizedChunk(bytes, offset, length);
    case CauseCode.INVALID_PARAMETER:
      return decodeInvalidParameter(length);
    case CauseCode.UNRECOGNIZED_PARAMETERS:
      return decodeUnrecognizedParameters(bytes, offset, length);
    case CauseCode.NO_USER_DATA:
      return decodeNoUserData(bytes, offset, length);
    case CauseCode.COOKIE_WHILE_SHUTTING_DOWN:
      return decodeCookieWhileShuttingDown(length);
    case CauseCode.RESTART_WITH_NEW_ADDRESSES:
      return decodeRestartWithNewAddresses(bytes, offset, length);
    case CauseCode.USER_ABORT:
      return decodeUserAbort(bytes, offset, length);
    case CauseCode.PROTOCOL_VIOLATION:
      return decodeProtocolViolation(bytes, offset, length);
    default:
      return decodeUnknownCause(bytes, offset, length, code);
  }
}

/** Bytes of one cause, padding not counted. */
export function causeLength(cause: Cause): number {
  switch (cause.type) {
    case "INVALID-STREAM":
      return invalidStreamLength();
    case "MISSING-PARAMETER":
      return missingParameterLength(cause);
    case "STALE-COOKIE":
      return staleCookieLength();
    case "OUT-OF-RESOURCE":
      return outOfResourceLength();
    case "UNRESOLVABLE-ADDRESS":
      return unresolvableAddressLength(cause);
    case "UNRECOGNIZED-CHUNK":
      return unrecognizedChunkLength(cause);
    case "INVALID-PARAMETER":
      return invalidParameterLength();
    case "UNRECOGNIZED-PARAMETERS":
      return unrecognizedParametersLength(cause);
    case "NO-USER-DATA":
      return noUserDataLength();
    case "COOKIE-WHILE-SHUTTING-DOWN":
      return cookieWhileShuttingDownLength();
    case "RESTART-WITH-NEW-ADDRESSES":
      return restartWithNewAddressesLength(cause);
    case "USER-ABORT":
      return userAbortLength(cause);
    case "PROTOCOL-VIOLATION":
      return protocolViolationLength(cause);
    case "UNKNOWN":
      return unknownCauseLength(cause);
  }
}

/** RFC 9260 §3.3.10: the format of each cause is in its file. */
function encodeCause(cause: Cause, into: Uint8Array, offset: number): number {
  switch (cause.type) {
    case "INVALID-STREAM":
      return encodeInvalidStream(cause, into, offset);
    case "MISSING-PARAMETER":
      return encodeMissingParameter(cause, into, offset);
    case "STALE-COOKIE":
      return encodeStaleCookie(cause, into, offset);
    case "OUT-OF-RESOURCE":
      return encodeOutOfResource(into, offset);
    case "UNRESOLVABLE-ADDRESS":
      return encodeUnresolvableAddress(cause, into, offset);
    case "UNRECOGNIZED-CHUNK":
      return encodeUnrecognizedChunk(cause, into, offset);
    case "INVALID-PARAMETER":
      return encodeInvalidParameter(into, offset);
    case "UNRECOGNIZED-PARAMETERS":
      return encodeUnrecognizedParameters(cause, into, offset);
    case "NO-USER-DATA":
      return encodeNoUserData(cause, into, offset);
    case "COOKIE-WHILE-SHUTTING-DOWN":
      return encodeCookieWhileShuttingDown(into, offset);
    case "RESTART-WITH-NEW-ADDRESSES":
      return encodeRestartWithNewAddresses(cause, into, offset);
    case "USER-ABORT":
      return encodeUserAbort(cause, into, offset);
    case "PROTOCOL-VIOLATION":
      return encodeProtocolViolation(cause, into, offset);
    case "UNKNOWN":
      return encodeUnknownCause(cause, into, offset);
  }
}

/** Bytes of a list of causes; the padding of all but the last is counted (RFC 9260 §3.2). */
export function causesLength(causes: readonly Cause[]): number {
  let length = 0;
  for (const cause of causes) length = padded(length) + causeLength(cause);
  return length;
}

/** Writes the list, the last one without padding, and gives the offset after it. */
export function encodeCauses(causes: readonly Cause[], into: Uint8Array, offset: number): number {
  let at = offset;
  for (const cause of causes) at = encodeCause(cause, into, writePadding(into, offset, at));
  return at;
}
