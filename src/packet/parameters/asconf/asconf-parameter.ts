import { readU16 } from "../../../base/bytes.ts";
import { ParameterType } from "../../registry.ts";
import { decodeTlvs, encodeTlvs, tlvsLength } from "../../tlv.ts";
import {
  decodeUnknownParameter,
  encodeUnknownParameter,
  type UnknownParameter,
  unknownParameterLength,
} from "../unknown-parameter.ts";
import {
  type AddIpAddressParameter,
  addIpAddressLength,
  decodeAddIpAddress,
  encodeAddIpAddress,
} from "./add-ip-address.ts";
import {
  type DeleteIpAddressParameter,
  decodeDeleteIpAddress,
  deleteIpAddressLength,
  encodeDeleteIpAddress,
} from "./delete-ip-address.ts";
import {
  decodeErrorCauseIndication,
  type ErrorCauseIndicationParameter,
  encodeErrorCauseIndication,
  errorCauseIndicationLength,
} from "./error-cause-indication.ts";
import {
  decodeSetPrimaryAddress,
  encodeSetPrimaryAddress,
  type SetPrimaryAddressParameter,
  setPrimaryAddressLength,
} from "./set-primary-address.ts";
import {
  decodeSuccessIndication,
  encodeSuccessIndication,
  type SuccessIndicationParameter,
  successIndicationLength,
} from "./success-indication.ts";

/** A parameter of ASCONF or ASCONF-ACK (RFC 5061 §4.2, Tables 3 and 4). Which stands where is for the handler. */
export type AsconfParameter =
  | AddIpAddressParameter
  | DeleteIpAddressParameter
  | SetPrimaryAddressParameter
  | ErrorCauseIndicationParameter
  | SuccessIndicationParameter
  | UnknownParameter;

/** The parameters in `bytes[offset, end)`. A string says what is wrong. */
export function decodeAsconfParameters(
  bytes: Uint8Array,
  offset: number,
  end: number,
): readonly AsconfParameter[] | string {
  return decodeTlvs({ bytes, offset, end }, "parameter", decodeAsconfParameter);
}

/**
 * RFC 5061 §5.2 V2: each parameter that is not understood gets an answer of its own. One whose shape is wrong, such as
 * that with a host name ("MUST be ignored", §4.1.1), is therefore UNKNOWN, with its type, and the others go on: an
 * ASCONF that is not acknowledged comes again until the association dies of it.
 */
function decodeAsconfParameter(bytes: Uint8Array, offset: number, length: number): AsconfParameter {
  const typeCode = readU16(bytes, offset);
  const parameter = decodeKnown(typeCode, bytes, offset, length);
  return typeof parameter === "string" ? decodeUnknownParameter(bytes, offset, length, typeCode) : parameter;
}

function decodeKnown(
  typeCode: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
): AsconfParameter | string {
  switch (typeCode) {
    case ParameterType.ADD_IP_ADDRESS:
      return decodeAddIpAddress(bytes, offset, length);
    case ParameterType.DELETE_IP_ADDRESS:
      return decodeDeleteIpAddress(bytes, offset, length);
    case ParameterType.SET_PRIMARY_ADDRESS:
      return decodeSetPrimaryAddress(bytes, offset, length);
    case ParameterType.ERROR_CAUSE_INDICATION:
      return decodeErrorCauseIndication(bytes, offset, length);
    case ParameterType.SUCCESS_INDICATION:
      return decodeSuccessIndication(bytes, offset, length);
    default:
      return decodeUnknownParameter(bytes, offset, length, typeCode);
  }
}

function asconfParameterLength(parameter: AsconfParameter): number {
  switch (parameter.type) {
    case "ADD-IP-ADDRESS":
      return addIpAddressLength(parameter);
    case "DELETE-IP-ADDRESS":
      return deleteIpAddressLength(parameter);
    case "SET-PRIMARY-ADDRESS":
      return setPrimaryAddressLength(parameter);
    case "ERROR-CAUSE-INDICATION":
      return errorCauseIndicationLength(parameter);
    case "SUCCESS-INDICATION":
      return successIndicationLength();
    case "UNKNOWN":
      return unknownParameterLength(parameter);
  }
}

function encodeAsconfParameter(parameter: AsconfParameter, into: Uint8Array, offset: number): number {
  switch (parameter.type) {
    case "ADD-IP-ADDRESS":
      return encodeAddIpAddress(parameter, into, offset);
    case "DELETE-IP-ADDRESS":
      return encodeDeleteIpAddress(parameter, into, offset);
    case "SET-PRIMARY-ADDRESS":
      return encodeSetPrimaryAddress(parameter, into, offset);
    case "ERROR-CAUSE-INDICATION":
      return encodeErrorCauseIndication(parameter, into, offset);
    case "SUCCESS-INDICATION":
      return encodeSuccessIndication(parameter, into, offset);
    case "UNKNOWN":
      return encodeUnknownParameter(parameter, into, offset);
  }
}

export function asconfParametersLength(parameters: readonly AsconfParameter[]): number {
  return tlvsLength(parameters, asconfParameterLength);
}

/** Writes the list, the last one without padding, and gives the offset after it. */
export function encodeAsconfParameters(
  parameters: readonly AsconfParameter[],
  into: Uint8Array,
  offset: number,
): number {
  return encodeTlvs(parameters, into, offset, encodeAsconfParameter);
}

/** One parameter as bytes, as the causes of a refusal quote it (RFC 5061 §4.3). */
export function asconfParameterToBytes(parameter: AsconfParameter): Uint8Array {
  const bytes = new Uint8Array(asconfParameterLength(parameter));
  encodeAsconfParameter(parameter, bytes, 0);
  return bytes;
}
