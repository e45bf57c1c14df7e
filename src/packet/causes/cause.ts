import { readU16 } from "../../base/bytes.ts";
import { CauseCode } from "../registry.ts";
import { decodeTlvs, encodeTlvs, tlvsLength } from "../tlv.ts";
import {
  type CookieWhileShuttingDownCause,
  cookieWhileShuttingDownLength,
  decodeCookieWhileShuttingDown,
  encodeCookieWhileShuttingDown,
} from "./cookie-while-shutting-down.ts";
import {
  decodeIllegalAsconfAck,
  encodeIllegalAsconfAck,
  type IllegalAsconfAckCause,
  illegalAsconfAckLength,
} from "./illegal-asconf-ack.ts";
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
  decodeOperationRefusedResourceShortage,
  encodeOperationRefusedResourceShortage,
  type OperationRefusedResourceShortageCause,
  operationRefusedResourceShortageLength,
} from "./operation-refused-resource-shortage.ts";
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
  decodeRequestRefusedNoAuthorization,
  encodeRequestRefusedNoAuthorization,
  type RequestRefusedNoAuthorizationCause,
  requestRefusedNoAuthorizationLength,
} from "./request-refused-no-authorization.ts";
import {
  decodeRequestToDeleteLastAddress,
  encodeRequestToDeleteLastAddress,
  type RequestToDeleteLastAddressCause,
  requestToDeleteLastAddressLength,
} from "./request-to-delete-last-address.ts";
import {
  decodeRequestToDeleteSourceAddress,
  encodeRequestToDeleteSourceAddress,
  type RequestToDeleteSourceAddressCause,
  requestToDeleteSourceAddressLength,
} from "./request-to-delete-source-address.ts";
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
import {
  decodeUnsupportedHmac,
  encodeUnsupportedHmac,
  type UnsupportedHmacCause,
  unsupportedHmacLength,
} from "./unsupported-hmac.ts";
import { decodeUserAbort, encodeUserAbort, type UserAbortCause, userAbortLength } from "./user-abort.ts";

/** An error cause of ABORT or ERROR (RFC 9260 §3.3.10), or of an extension (RFC 4895 §4, RFC 5061 §4.3). */
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
  | RequestToDeleteLastAddressCause
  | OperationRefusedResourceShortageCause
  | RequestToDeleteSourceAddressCause
  | IllegalAsconfAckCause
  | RequestRefusedNoAuthorizationCause
  | UnsupportedHmacCause
  | UnknownCause;

/** The causes in `bytes[offset, end)`. A string says what is wrong. */
export function decodeCauses(bytes: Uint8Array, offset: number, end: number): readonly Cause[] | string {
  return decodeTlvs({ bytes, offset, end }, "cause", decodeCause);
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
    case CauseCode.REQUEST_TO_DELETE_LAST_ADDRESS:
      return decodeRequestToDeleteLastAddress(bytes, offset, length);
    case CauseCode.OPERATION_REFUSED_RESOURCE_SHORTAGE:
      return decodeOperationRefusedResourceShortage(bytes, offset, length);
    case CauseCode.REQUEST_TO_DELETE_SOURCE_ADDRESS:
      return decodeRequestToDeleteSourceAddress(bytes, offset, length);
    case CauseCode.ILLEGAL_ASCONF_ACK:
      return decodeIllegalAsconfAck(length);
    case CauseCode.REQUEST_REFUSED_NO_AUTHORIZATION:
      return decodeRequestRefusedNoAuthorization(bytes, offset, length);
    case CauseCode.UNSUPPORTED_HMAC:
      return decodeUnsupportedHmac(bytes, offset, length);
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
    case "REQUEST-TO-DELETE-LAST-ADDRESS":
      return requestToDeleteLastAddressLength(cause);
    case "OPERATION-REFUSED-RESOURCE-SHORTAGE":
      return operationRefusedResourceShortageLength(cause);
    case "REQUEST-TO-DELETE-SOURCE-ADDRESS":
      return requestToDeleteSourceAddressLength(cause);
    case "ILLEGAL-ASCONF-ACK":
      return illegalAsconfAckLength();
    case "REQUEST-REFUSED-NO-AUTHORIZATION":
      return requestRefusedNoAuthorizationLength(cause);
    case "UNSUPPORTED-HMAC":
      return unsupportedHmacLength();
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
    case "REQUEST-TO-DELETE-LAST-ADDRESS":
      return encodeRequestToDeleteLastAddress(cause, into, offset);
    case "OPERATION-REFUSED-RESOURCE-SHORTAGE":
      return encodeOperationRefusedResourceShortage(cause, into, offset);
    case "REQUEST-TO-DELETE-SOURCE-ADDRESS":
      return encodeRequestToDeleteSourceAddress(cause, into, offset);
    case "ILLEGAL-ASCONF-ACK":
      return encodeIllegalAsconfAck(into, offset);
    case "REQUEST-REFUSED-NO-AUTHORIZATION":
      return encodeRequestRefusedNoAuthorization(cause, into, offset);
    case "UNSUPPORTED-HMAC":
      return encodeUnsupportedHmac(cause, into, offset);
    case "UNKNOWN":
      return encodeUnknownCause(cause, into, offset);
  }
}

export function causesLength(causes: readonly Cause[]): number {
  return tlvsLength(causes, causeLength);
}

/** Writes the list, the last one without padding, and gives the offset after it. */
export function encodeCauses(causes: readonly Cause[], into: Uint8Array, offset: number): number {
  return encodeTlvs(causes, into, offset, encodeCause);
}
