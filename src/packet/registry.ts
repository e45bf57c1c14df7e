/** Code points of RFC 9260 (chunks §3.2, parameters §3.3.2 to §3.3.5, causes §3.3.10) and their names. */

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
} as const;

/** Parameter types that have a codec. */
export const ParameterType = {
  HEARTBEAT_INFO: 1,
  IPV4_ADDRESS: 5,
  IPV6_ADDRESS: 6,
  STATE_COOKIE: 7,
  UNRECOGNIZED_PARAMETER: 8,
  COOKIE_PRESERVATIVE: 9,
  HOST_NAME: 11,
  SUPPORTED_ADDRESS_TYPES: 12,
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
} as const;

/** Chunks of other RFCs, which we only know by name so that a trace can be read. */
const otherChunkNames: Readonly<Record<number, string>> = {
  12: "ECNE",
  13: "CWR",
  15: "AUTH",
  16: "NR-SACK",
  64: "I-DATA",
  128: "ASCONF-ACK",
  130: "RE-CONFIG",
  132: "PAD",
  192: "FORWARD-TSN",
  193: "ASCONF",
  194: "I-FORWARD-TSN",
};

const otherParameterNames: Readonly<Record<number, string>> = {
  32768: "ECN-CAPABLE",
  32769: "ZERO-CHECKSUM",
  32770: "RANDOM",
  32771: "CHUNKS",
  32772: "HMAC-ALGO",
  32773: "PADDING",
  32776: "SUPPORTED-EXTENSIONS",
  49152: "FORWARD-TSN-SUPPORTED",
  49153: "ADD-IP",
  49154: "DELETE-IP",
  49155: "ERROR-CAUSE",
  49156: "SET-PRIMARY",
  49157: "SUCCESS",
  49158: "ADAPTATION-LAYER",
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
