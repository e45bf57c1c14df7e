/** Chunk types that the watch looks into. */
export const DATA = 0;
export const INIT = 1;
export const SACK = 3;
export const HEARTBEAT = 4;
export const HEARTBEAT_ACK = 5;
export const ABORT = 6;
export const SHUTDOWN = 7;
export const COOKIE_ACK = 11;
export const AUTH = 15;
export const I_DATA = 64;
export const PAD = 132;

/** Chunk types by name. */
export const CHUNKS: ReadonlyMap<number, string> = new Map([
  [DATA, "DATA"],
  [INIT, "INIT"],
  [2, "INIT-ACK"],
  [SACK, "SACK"],
  [HEARTBEAT, "HEARTBEAT"],
  [HEARTBEAT_ACK, "HEARTBEAT-ACK"],
  [ABORT, "ABORT"],
  [SHUTDOWN, "SHUTDOWN"],
  [8, "SHUTDOWN-ACK"],
  [9, "ERROR"],
  [10, "COOKIE-ECHO"],
  [COOKIE_ACK, "COOKIE-ACK"],
  [14, "SHUTDOWN-COMPLETE"],
  [AUTH, "AUTH"],
  [I_DATA, "I-DATA"],
  [128, "ASCONF-ACK"],
  [130, "RE-CONFIG"],
  [PAD, "PAD"],
  [192, "FORWARD-TSN"],
  [193, "ASCONF"],
  [194, "I-FORWARD-TSN"],
]);

const COMMON_HEADER = 12;
const CHUNK_HEADER = 4;
const SACK_HEADER = 16;
const BLOCK = 4;

export interface ChunkSeen {
  readonly type: number;
  /** Its header, too. */
  readonly body: Uint8Array;
}

export function chunksOf(bytes: Uint8Array): readonly ChunkSeen[] {
  const view = viewOf(bytes);
  const chunks: ChunkSeen[] = [];
  for (let at = COMMON_HEADER; at + CHUNK_HEADER <= bytes.length; ) {
    const length = view.getUint16(at + 2);
    chunks.push({ type: bytes[at] as number, body: bytes.subarray(at, at + length) });
    if (length < CHUNK_HEADER) break;
    at += (length + 3) & ~3;
  }
  return chunks;
}

export function carriesData(chunks: readonly ChunkSeen[]): boolean {
  return chunks.some(({ type }) => type === DATA || type === I_DATA);
}

/** The verification tag of a packet. */
export function tagOf(bytes: Uint8Array): number {
  return bytes.length < 8 ? 0 : viewOf(bytes).getUint32(4);
}

/** What a SACK says; `gaps` by their first and last TSN, as distances from `cumulative`. */
export interface Acknowledgement {
  readonly cumulative: number;
  readonly window: number;
  readonly gaps: readonly (readonly [first: number, last: number])[];
}

/** Undefined: it is too short for one. */
export function acknowledgementOf({ body }: ChunkSeen): Acknowledgement | undefined {
  if (body.length < SACK_HEADER) return undefined;
  const view = viewOf(body);
  const gaps: [number, number][] = [];
  const count = Math.min(view.getUint16(12), Math.floor((body.length - SACK_HEADER) / BLOCK));
  for (let at = SACK_HEADER; gaps.length < count; at += BLOCK) {
    gaps.push([view.getUint16(at), view.getUint16(at + 2)]);
  }
  return { cumulative: view.getUint32(4), window: view.getUint32(8), gaps };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
