import { chunkLayouts } from "./chunks.ts";
import { count, type Field, type Layout, reserved, rest, u16, u32 } from "./layout.ts";

const chunkTypes: Readonly<Record<string, number>> = Object.fromEntries(
  chunkLayouts.map(({ name, type }) => [name, type]),
);
const ADDRESS_TYPES: Readonly<Record<string, number>> = { IPv4: 5, IPv6: 6, HOSTNAME: 11 };
const quotedParameters: Field = { kind: "parts", name: "params", family: "parameter", isQuote: true };
const requestNumber = u32("req_sn", { space: "own-tsn" });

/** The parameters by name. Each says where it is defined. */
export const parameterLayouts: readonly Layout[] = [
  // RFC 9260 §3.3.2, §3.3.3, §3.3.5
  parameter("HEARTBEAT_INFORMATION", 1, [rest()]),
  parameter("IPV4_ADDRESS", 5, [{ kind: "address", name: "addr", bytes: 4 }]),
  parameter("IPV6_ADDRESS", 6, [{ kind: "address", name: "addr", bytes: 16 }]),
  parameter("STATE_COOKIE", 7, [rest()]),
  parameter("UNRECOGNIZED_PARAMETER", 8, [quotedParameters]),
  parameter("COOKIE_PRESERVATIVE", 9, [u32("incr")]),
  parameter("HOSTNAME_ADDRESS", 11, [rest("addr")]),
  parameter("SUPPORTED_ADDRESS_TYPES", 12, [{ kind: "list", name: "types", bytes: 2, names: ADDRESS_TYPES }]),
  // RFC 6525 §4
  parameter("OUTGOING_SSN_RESET", 13, [
    requestNumber,
    u32("resp_sn", { space: "other-tsn" }),
    u32("last_tsn", { space: "own-tsn" }),
    { kind: "list", name: "sids", bytes: 2 },
  ]),
  parameter("INCOMING_SSN_RESET", 14, [requestNumber, { kind: "list", name: "sids", bytes: 2 }]),
  parameter("SSN_TSN_RESET", 15, [requestNumber]),
  parameter("RECONFIG_RESPONSE", 16, [
    u32("resp_sn", { space: "other-tsn" }),
    u32("result"),
    // The two are there together or not at all.
    u32("sender_next_tsn", { space: "own-tsn", optional: true }),
    u32("receiver_next_tsn", { space: "other-tsn", optional: true }),
  ]),
  parameter("ADD_OUTGOING_STREAMS", 17, [requestNumber, u16("number_of_new_streams"), reserved(2)]),
  parameter("ADD_INCOMING_STREAMS", 18, [requestNumber, u16("number_of_new_streams"), reserved(2)]),
  // RFC 9260 Appendix B, RFC 9653 §4
  parameter("ECN_CAPABLE", 0x8000, []),
  parameter("ZERO_CHECKSUM_ACCEPTABLE", 0x8001, [u32("edmid")]),
  // RFC 4895 §3
  parameter("RANDOM", 0x8002, [rest()]),
  parameter("CHUNKS", 0x8003, [{ kind: "list", name: "types", bytes: 1, names: chunkTypes }]),
  parameter("HMAC_ALGO", 0x8004, [{ kind: "list", name: "ids", bytes: 2 }]),
  // RFC 4820 §4, RFC 5061 §4.2, RFC 3758 §3.1
  parameter("PADDING", 0x8005, [rest()]),
  parameter("SUPPORTED_EXTENSIONS", 0x8008, [{ kind: "list", name: "types", bytes: 1, names: chunkTypes }]),
  parameter("FORWARD_TSN_SUPPORTED", 0xc000, []),
  parameter("ADD_IP_ADDRESS", 0xc001, asconf()),
  parameter("DELETE_IP_ADDRESS", 0xc002, asconf()),
  parameter("ERROR_CAUSE_INDICATION", 0xc003, [u32("correlation_id"), { kind: "parts", family: "cause" }]),
  parameter("SET_PRIMARY_ADDRESS", 0xc004, asconf()),
  parameter("SUCCESS_INDICATION", 0xc005, [u32("correlation_id")]),
  parameter("ADAPTATION_INDICATION", 0xc006, [u32("adaptation_code_point")]),
];

/** The error causes by name (RFC 9260 §3.3.10; RFC 4895 §4.1, RFC 5061 §4.3). */
export const causeLayouts: readonly Layout[] = [
  cause("INVALID_STREAM_IDENTIFIER", 1, [u16("sid"), reserved(2)]),
  cause("MISSING_MANDATORY_PARAMETER", 2, [count("types", 4), { kind: "list", name: "types", bytes: 2 }]),
  cause("STALE_COOKIE_ERROR", 3, [u32("staleness")]),
  cause("OUT_OF_RESOURCE", 4, []),
  cause("UNRESOLVABLE_ADDRESS", 5, [{ kind: "parts", name: "param", family: "parameter", single: true }]),
  cause("UNRECOGNIZED_CHUNK_TYPE", 6, [{ kind: "chunk", name: "chk" }]),
  cause("INVALID_MANDATORY_PARAMETER", 7, []),
  cause("UNRECOGNIZED_PARAMETERS", 8, [quotedParameters]),
  cause("NO_USER_DATA", 9, [u32("tsn", { space: "other-tsn" })]),
  cause("COOKIE_RECEIVED_WHILE_SHUTDOWN", 10, []),
  cause("RESTART_WITH_NEW_ADDRESSES", 11, [quotedParameters]),
  cause("USER_INITIATED_ABORT", 12, [rest("info")]),
  cause("PROTOCOL_VIOLATION", 13, [rest("info")]),
  cause("REQUEST_TO_DELETE_LAST_REMAINING_ADDRESS", 0xa0, [quotedParameters]),
  cause("OPERATION_REFUSED_DUE_TO_RESOURCE_SHORTAGE", 0xa1, [quotedParameters]),
  cause("REQUEST_TO_DELETE_SOURCE_ADDRESS", 0xa2, [quotedParameters]),
  cause("ABORT_DUE_TO_ILLEGAL_ASCONF_ACK", 0xa3, [quotedParameters]),
  cause("REQUEST_REFUSED_NO_AUTHORIZATION", 0xa4, [quotedParameters]),
  cause("UNSUPPORTED_HMAC_IDENTIFIER", 0x105, [u16("hmac_id"), reserved(2)]),
];

export const genericParameter: Layout = parameter("PARAMETER", -1, [u16("type"), rest()]);
export const genericCause: Layout = cause("CAUSE", -1, [u16("code"), rest("info")]);

function asconf(): Field[] {
  return [u32("correlation_id"), { kind: "parts", name: "addr", family: "parameter", single: true }];
}

function parameter(name: string, type: number, fields: readonly Field[]): Layout {
  return { family: "parameter", name, type, flags: {}, fields };
}

function cause(name: string, type: number, fields: readonly Field[]): Layout {
  return { family: "cause", name, type, flags: {}, fields };
}
