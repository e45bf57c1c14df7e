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
  type AddIncomingStreamsRequestParameter,
  decodeAddIncomingStreamsRequest,
  encodeAddIncomingStreamsRequest,
} from "./add-incoming-streams-request.ts";
import {
  type AddOutgoingStreamsRequestParameter,
  decodeAddOutgoingStreamsRequest,
  encodeAddOutgoingStreamsRequest,
} from "./add-outgoing-streams-request.ts";
import { addStreamsRequestLength } from "./add-streams-request.ts";
import {
  decodeIncomingSsnResetRequest,
  encodeIncomingSsnResetRequest,
  type IncomingSsnResetRequestParameter,
  incomingSsnResetRequestLength,
} from "./incoming-ssn-reset-request.ts";
import {
  decodeOutgoingSsnResetRequest,
  encodeOutgoingSsnResetRequest,
  type OutgoingSsnResetRequestParameter,
  outgoingSsnResetRequestLength,
} from "./outgoing-ssn-reset-request.ts";
import {
  decodeReconfigResponse,
  encodeReconfigResponse,
  type ReconfigResponseParameter,
  reconfigResponseLength,
} from "./re-config-response.ts";
import {
  decodeSsnTsnResetRequest,
  encodeSsnTsnResetRequest,
  type SsnTsnResetRequestParameter,
  ssnTsnResetRequestLength,
} from "./ssn-tsn-reset-request.ts";

/** A parameter of RE-CONFIG (RFC 6525 §4). */
export type ReconfigParameter =
  | OutgoingSsnResetRequestParameter
  | IncomingSsnResetRequestParameter
  | SsnTsnResetRequestParameter
  | ReconfigResponseParameter
  | AddOutgoingStreamsRequestParameter
  | AddIncomingStreamsRequestParameter
  | UnknownParameter;

/** The parameters in `bytes[offset, end)`. A string says what is wrong. */
export function decodeReconfigParameters(
  bytes: Uint8Array,
  offset: number,
  end: number,
): readonly ReconfigParameter[] | string {
  return decodeTlvs({ bytes, offset, end }, "parameter", decodeReconfigParameter);
}

function decodeReconfigParameter(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ReconfigParameter | string {
  const typeCode = readU16(bytes, offset);
  switch (typeCode) {
    case ParameterType.OUTGOING_SSN_RESET_REQUEST:
      return decodeOutgoingSsnResetRequest(bytes, offset, length);
    case ParameterType.INCOMING_SSN_RESET_REQUEST:
      return decodeIncomingSsnResetRequest(bytes, offset, length);
    case ParameterType.SSN_TSN_RESET_REQUEST:
      return decodeSsnTsnResetRequest(bytes, offset, length);
    case ParameterType.RE_CONFIG_RESPONSE:
      return decodeReconfigResponse(bytes, offset, length);
    case ParameterType.ADD_OUTGOING_STREAMS_REQUEST:
      return decodeAddOutgoingStreamsRequest(bytes, offset, length);
    case ParameterType.ADD_INCOMING_STREAMS_REQUEST:
      return decodeAddIncomingStreamsRequest(bytes, offset, length);
    default:
      return decodeUnknownParameter(bytes, offset, length, typeCode);
  }
}

function reconfigParameterLength(parameter: ReconfigParameter): number {
  switch (parameter.type) {
    case "OUTGOING-SSN-RESET-REQUEST":
      return outgoingSsnResetRequestLength(parameter);
    case "INCOMING-SSN-RESET-REQUEST":
      return incomingSsnResetRequestLength(parameter);
    case "SSN-TSN-RESET-REQUEST":
      return ssnTsnResetRequestLength();
    case "RE-CONFIG-RESPONSE":
      return reconfigResponseLength(parameter);
    case "ADD-OUTGOING-STREAMS-REQUEST":
    case "ADD-INCOMING-STREAMS-REQUEST":
      return addStreamsRequestLength();
    case "UNKNOWN":
      return unknownParameterLength(parameter);
  }
}

function encodeReconfigParameter(parameter: ReconfigParameter, into: Uint8Array, offset: number): number {
  switch (parameter.type) {
    case "OUTGOING-SSN-RESET-REQUEST":
      return encodeOutgoingSsnResetRequest(parameter, into, offset);
    case "INCOMING-SSN-RESET-REQUEST":
      return encodeIncomingSsnResetRequest(parameter, into, offset);
    case "SSN-TSN-RESET-REQUEST":
      return encodeSsnTsnResetRequest(parameter, into, offset);
    case "RE-CONFIG-RESPONSE":
      return encodeReconfigResponse(parameter, into, offset);
    case "ADD-OUTGOING-STREAMS-REQUEST":
      return encodeAddOutgoingStreamsRequest(parameter, into, offset);
    case "ADD-INCOMING-STREAMS-REQUEST":
      return encodeAddIncomingStreamsRequest(parameter, into, offset);
    case "UNKNOWN":
      return encodeUnknownParameter(parameter, into, offset);
  }
}

export function reconfigParametersLength(parameters: readonly ReconfigParameter[]): number {
  return tlvsLength(parameters, reconfigParameterLength);
}

/** Writes the list, the last one without padding, and gives the offset after it. */
export function encodeReconfigParameters(
  parameters: readonly ReconfigParameter[],
  into: Uint8Array,
  offset: number,
): number {
  return encodeTlvs(parameters, into, offset, encodeReconfigParameter);
}
