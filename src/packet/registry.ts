/** Code points of RFC 9260 (chunks §3.2, parameters §3.3.2 to §3.3.5, causes §3.3.10) and its extensions, and their names. */

/** Chunk types that have a codec. */
export const ChunkType = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
  AUTH: 0x0f,
  I_DATA: 0x40,
  ASCONF_ACK: 0x80,
  RE_CONFIG: 0x82,
  PAD: 0x84,
  FORWARD_TSN: 0xc0,
  ASCONF: 0xc1,
  I_FORWARD_TSN: 0xc2,
} as const;

/** Parameter types that have a codec, of all the chunks that have parameters: they share one number space. */
export const ParameterType = {
  HEARTBEAT_INFO: 1,
  IPV4_ADDRESS: 5,
  IPV6_ADDRESS: 6,
  STATE_COOKIE: 7,
  UNRECOGNIZED_PARAMETER: 8,
  COOKIE_PRESERVATIVE: 9,
  HOST_NAME: 11,
  SUPPORTED_ADDRESS_TYPES: 12,
  OUTGOING_SSN_RESET_REQUEST: 13,
  INCOMING_SSN_RESET_REQUEST: 14,
  SSN_TSN_RESET_REQUEST: 15,
  RE_CONFIG_RESPONSE: 16,
  ADD_OUTGOING_STREAMS_REQUEST: 17,
  ADD_INCOMING_STREAMS_REQUEST: 18,
  ZERO_CHECKSUM_ACCEPTABLE: 0x8001,
  RANDOM: 0x8002,
  CHUNKS: 0x8003,
  HMAC_ALGO: 0x8004,
  PADDING: 0x8005,
  SUPPORTED_EXTENSIONS: 0x8008,
  FORWARD_TSN_SUPPORTED: 0xc000,
  ADD_IP_ADDRESS: 0xc001,
  DELETE_IP_ADDRESS: 0xc002,
  ERROR_CAUSE_INDICATION: 0xc003,
  SET_PRIMARY_ADDRESS: 0xc004,
  SUCCESS_INDICATION: 0xc005,
  ADAPTATION_LAYER_INDICATION: 0xc006,
} as const;

export const CauseCode = {
  INVALID_STREAM: 1,
  MISSING_PARAMETER: 2,
  STALE_COOKIE: 3,
  OUT_OF_RESOURCE: 4,
  UNRESOLVABLE_ADDRESS: 5,
  UNRECOGNIZED_CHUNK: 6,
  INVALID_PARAMETER: 7,
  UNRECOGNIZED_PARAMETERS: 8,
  NO_USER_DATA: 9,
  COOKIE_WHILE_SHUTTING_DOWN: 10,
  RESTART_WITH_NEW_ADDRESSES: 11,
  USER_ABORT: 12,
  PROTOCOL_VIOLATION: 13,
  REQUEST_TO_DELETE_LAST_ADDRESS: 0xa0,
  OPERATION_REFUSED_RESOURCE_SHORTAGE: 0xa1,
  REQUEST_TO_DELETE_SOURCE_ADDRESS: 0xa2,
  ILLEGAL_ASCONF_ACK: 0xa3,
  REQUEST_REFUSED_NO_AUTHORIZATION: 0xa4,
  UNSUPPORTED_HMAC: 0x0105,
} as const;

/** Chunks of RFCs that we do not have: known by name so that a trace can be read. */
const otherChunkNames: Readonly<Record<number, string>> = {
  12: "ECNE",
  13: "CWR",
  16: "NR-SACK",
};

const otherParameterNames: Readonly<Record<number, string>> = {
  32768: "ECN-CAPABLE",
};

const chunkNames = namesOf(ChunkType, otherChunkNames);
const parameterNames = namesOf(ParameterType, otherParameterNames);
const causeNames = namesOf(CauseCode, {});

function namesOf(
  known: Readonly<Record<string, number>>,
  others: Readonly<Record<number, string>>,
): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [name, code] of Object.entries(known)) names.set(code, name.replaceAll("_", "-"));
  for (const [code, name] of Object.entries(others)) names.set(Number(code), name);
  return names;
}

/** The RFC's name of a chunk type, or "CHUNK-0x1f" when there is none. */
export function chunkTypeName(typeCode: number): string {
  return chunkNames.get(typeCode) ?? `CHUNK-0x${typeCode.toString(16)}`;
}

/** The RFC's name of a parameter type, or "PARAMETER-0x1f" when there is none. */
export function parameterTypeName(typeCode: number): string {
  return parameterNames.get(typeCode) ?? `PARAMETER-0x${typeCode.toString(16)}`;
}

/** The RFC's name of a cause code, or "CAUSE-99" when there is none. */
export function causeCodeName(code: number): string {
  return causeNames.get(code) ?? `CAUSE-${code}`;
}

/** What the two upper bits of an unrecognized type ask for (RFC 9260 §3.2, §3.2.1). */
export interface UnrecognizedAction {
  /** Stop processing what follows (in the packet for a chunk, in the chunk for a parameter). */
  readonly stop: boolean;
  /** Tell the peer. */
  readonly report: boolean;
}

const actions: readonly UnrecognizedAction[] = [
  { stop: true, report: false },
  { stop: true, report: true },
  { stop: false, report: false },
  { stop: false, report: true },
];

/** RFC 9260 §3.2, Table 2: the two upper bits of the 8-bit chunk type. */
export function chunkAction(typeCode: number): UnrecognizedAction {
  return actions[(typeCode >>> 6) & 3] as UnrecognizedAction;
}

/** RFC 9260 §3.2.1, Table 3: the two upper bits of the 16-bit parameter type. */
export function parameterAction(typeCode: number): UnrecognizedAction {
  return actions[(typeCode >>> 14) & 3] as UnrecognizedAction;
}
