import { readU32, writeU32 } from "../../../base/bytes.ts";
import { asSerial, asTsn, type Serial, type Tsn } from "../../../base/serial.ts";
import { ParameterType } from "../../registry.ts";
import { writeTlvHeader } from "../../tlv.ts";

/**
 * RFC 6525 §4.4
 * ```
 * +-------------------------------+-------------------------------+
 * |           Type = 16           |       Length = 12 or 20       |
 * +-------------------------------+-------------------------------+
 * |           Re-configuration Response Sequence Number           |
 * +---------------------------------------------------------------+
 * |                            Result                             |
 * +---------------------------------------------------------------+
 * |                 Sender's Next TSN (optional)                  |
 * +---------------------------------------------------------------+
 * |                Receiver's Next TSN (optional)                 |
 * +---------------------------------------------------------------+
 * ```
 */
interface Response {
  readonly type: "RE-CONFIG-RESPONSE";
  /** Copied from the request. */
  readonly responseSequence: Serial;
  /** As on the wire, also one that Table 3 does not have. */
  readonly result: number;
}

/** RFC 6525 §4.4: "Either both optional fields [...] MUST be present, or no field." */
export type ReconfigResponseParameter =
  | (Response & { readonly senderNextTsn?: never; readonly receiverNextTsn?: never })
  | (Response & { readonly senderNextTsn: Tsn; readonly receiverNextTsn: Tsn });

const LENGTH = 12;
const LENGTH_WITH_TSNS = 20;

export function decodeReconfigResponse(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ReconfigResponseParameter | string {
  // RFC 6525 §4.4: the length "MUST be 12 if the optional fields are not present and 20 otherwise": "Either both
  // optional fields ... MUST be present, or no field".
  if (length !== LENGTH && length !== LENGTH_WITH_TSNS) {
    return `Re-configuration Response of ${length} bytes, not ${LENGTH} or ${LENGTH_WITH_TSNS}`;
  }
  const response: Response = {
    type: "RE-CONFIG-RESPONSE",
    responseSequence: asSerial(readU32(bytes, offset + 4)),
    result: readU32(bytes, offset + 8),
  };
  if (length === LENGTH) return response;
  return {
    ...response,
    senderNextTsn: asTsn(readU32(bytes, offset + 12)),
    receiverNextTsn: asTsn(readU32(bytes, offset + 16)),
  };
}

export function reconfigResponseLength(parameter: ReconfigResponseParameter): number {
  return parameter.senderNextTsn === undefined ? LENGTH : LENGTH_WITH_TSNS;
}

export function encodeReconfigResponse(
  parameter: ReconfigResponseParameter,
  into: Uint8Array,
  offset: number,
): number {
  const length = reconfigResponseLength(parameter);
  writeTlvHeader(into, offset, ParameterType.RE_CONFIG_RESPONSE, length);
  writeU32(into, offset + 4, parameter.responseSequence);
  writeU32(into, offset + 8, parameter.result);
  if (parameter.senderNextTsn !== undefined) {
    writeU32(into, offset + 12, parameter.senderNextTsn);
    writeU32(into, offset + 16, parameter.receiverNextTsn);
  }
  return offset + length;
}
