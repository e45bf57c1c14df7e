import { writeU16 } from "../../base/bytes.ts";
import { ChunkType } from "../registry.ts";
import { writePadding } from "../tlv.ts";
import { type AbortChunk, abortLength, decodeAbort, encodeAbort } from "./abort.ts";
import { type AsconfChunk, asconfLength, decodeAsconf, encodeAsconf } from "./asconf.ts";
import { type AsconfAckChunk, asconfAckLength, decodeAsconfAck, encodeAsconfAck } from "./asconf-ack.ts";
import { type AuthChunk, authLength, decodeAuth, encodeAuth } from "./auth.ts";
import { type CookieAckChunk, cookieAckLength, decodeCookieAck, encodeCookieAck } from "./cookie-ack.ts";
import { type CookieEchoChunk, cookieEchoLength, decodeCookieEcho, encodeCookieEcho } from "./cookie-echo.ts";
import { type DataChunk, dataLength, decodeData, encodeData } from "./data.ts";
import { decodeError, type ErrorChunk, encodeError, errorLength } from "./error.ts";
import { decodeForwardTsn, encodeForwardTsn, type ForwardTsnChunk, forwardTsnLength } from "./forward-tsn.ts";
import { decodeHeartbeat, encodeHeartbeat, type HeartbeatChunk, heartbeatLength } from "./heartbeat.ts";
import {
  decodeHeartbeatAck,
  encodeHeartbeatAck,
  type HeartbeatAckChunk,
  heartbeatAckLength,
} from "./heartbeat-ack.ts";
import { decodeIData, encodeIData, type IDataChunk, iDataLength } from "./i-data.ts";
import {
  decodeIForwardTsn,
  encodeIForwardTsn,
  type IForwardTsnChunk,
  iForwardTsnLength,
} from "./i-forward-tsn.ts";
import { decodeInit, encodeInit, type InitChunk, initLength } from "./init.ts";
import { decodeInitAck, encodeInitAck, type InitAckChunk, initAckLength } from "./init-ack.ts";
import { CHUNK_HEADER, type MalformedChunk, malformed } from "./malformed.ts";
import { decodePad, encodePad, type PadChunk, padLength } from "./pad.ts";
import { decodeReconfig, encodeReconfig, type ReconfigChunk, reconfigLength } from "./re-config.ts";
import { decodeSack, encodeSack, type SackChunk, sackLength } from "./sack.ts";
import { decodeShutdown, encodeShutdown, type ShutdownChunk, shutdownLength } from "./shutdown.ts";
import {
  decodeShutdownAck,
  encodeShutdownAck,
  type ShutdownAckChunk,
  shutdownAckLength,
} from "./shutdown-ack.ts";
import {
  decodeShutdownComplete,
  encodeShutdownComplete,
  type ShutdownCompleteChunk,
  shutdownCompleteLength,
} from "./shutdown-complete.ts";
import {
  decodeUnknownChunk,
  encodeUnknownChunk,
  type UnknownChunk,
  unknownChunkLength,
} from "./unknown-chunk.ts";

/** A chunk of RFC 9260 §3.3, of one of its extensions, or of a type that we do not know. */
export type Chunk =
  | DataChunk
  | InitChunk
  | InitAckChunk
  | SackChunk
  | HeartbeatChunk
  | HeartbeatAckChunk
  | AbortChunk
  | ShutdownChunk
  | ShutdownAckChunk
  | ErrorChunk
  | CookieEchoChunk
  | CookieAckChunk
  | ShutdownCompleteChunk
  | AuthChunk
  | IDataChunk
  | AsconfAckChunk
  | ReconfigChunk
  | PadChunk
  | ForwardTsnChunk
  | AsconfChunk
  | IForwardTsnChunk
  | UnknownChunk;

/**
 * The chunk of `length` bytes (padding not counted) at `offset`. Views in it are on `bytes`. Total: what has not the
 * form of its type comes back as MALFORMED, and nothing throws.
 */
export function decodeChunk(bytes: Uint8Array, offset: number, length: number): Chunk | MalformedChunk {
  if (length < CHUNK_HEADER || offset + length > bytes.length) {
    return malformed(bytes, offset, length, `no whole chunk in ${length} bytes`);
  }
  switch (bytes[offset]) {
    case ChunkType.DATA:
      return decodeData(bytes, offset, length);
    case ChunkType.INIT:
      return decodeInit(bytes, offset, length);
    case ChunkType.INIT_ACK:
      return decodeInitAck(bytes, offset, length);
    case ChunkType.SACK:
      return decodeSack(bytes, offset, length);
    case ChunkType.HEARTBEAT:
      return decodeHeartbeat(bytes, offset, length);
    case ChunkType.HEARTBEAT_ACK:
      return decodeHeartbeatAck(bytes, offset, length);
    case ChunkType.ABORT:
      return decodeAbort(bytes, offset, length);
    case ChunkType.SHUTDOWN:
      return decodeShutdown(bytes, offset, length);
    case ChunkType.SHUTDOWN_ACK:
      return decodeShutdownAck(bytes, offset, length);
    case ChunkType.ERROR:
      return decodeError(bytes, offset, length);
    case ChunkType.COOKIE_ECHO:
      return decodeCookieEcho(bytes, offset, length);
    case ChunkType.COOKIE_ACK:
      return decodeCookieAck(bytes, offset, length);
    case ChunkType.SHUTDOWN_COMPLETE:
      return decodeShutdownComplete(bytes, offset, length);
    case ChunkType.AUTH:
      return decodeAuth(bytes, offset, length);
    case ChunkType.I_DATA:
      return decodeIData(bytes, offset, length);
    case ChunkType.ASCONF_ACK:
      return decodeAsconfAck(bytes, offset, length);
    case ChunkType.RE_CONFIG:
      return decodeReconfig(bytes, offset, length);
    case ChunkType.PAD:
      return decodePad(length);
    case ChunkType.FORWARD_TSN:
      return decodeForwardTsn(bytes, offset, length);
    case ChunkType.ASCONF:
      return decodeAsconf(bytes, offset, length);
    case ChunkType.I_FORWARD_TSN:
      return decodeIForwardTsn(bytes, offset, length);
    default:
      return decodeUnknownChunk(bytes, offset, length);
  }
}

/** Its type on the wire (RFC 9260 §3.2). */
export function chunkTypeCode(chunk: Chunk): number {
  return chunk.type === "UNKNOWN" ? chunk.typeCode : typeCodes[chunk.type];
}

const typeCodes: Readonly<Record<Exclude<Chunk["type"], "UNKNOWN">, number>> = {
  DATA: ChunkType.DATA,
  INIT: ChunkType.INIT,
  "INIT-ACK": ChunkType.INIT_ACK,
  SACK: ChunkType.SACK,
  HEARTBEAT: ChunkType.HEARTBEAT,
  "HEARTBEAT-ACK": ChunkType.HEARTBEAT_ACK,
  ABORT: ChunkType.ABORT,
  SHUTDOWN: ChunkType.SHUTDOWN,
  "SHUTDOWN-ACK": ChunkType.SHUTDOWN_ACK,
  ERROR: ChunkType.ERROR,
  "COOKIE-ECHO": ChunkType.COOKIE_ECHO,
  "COOKIE-ACK": ChunkType.COOKIE_ACK,
  "SHUTDOWN-COMPLETE": ChunkType.SHUTDOWN_COMPLETE,
  AUTH: ChunkType.AUTH,
  "I-DATA": ChunkType.I_DATA,
  "ASCONF-ACK": ChunkType.ASCONF_ACK,
  "RE-CONFIG": ChunkType.RE_CONFIG,
  PAD: ChunkType.PAD,
  "FORWARD-TSN": ChunkType.FORWARD_TSN,
  ASCONF: ChunkType.ASCONF,
  "I-FORWARD-TSN": ChunkType.I_FORWARD_TSN,
};

/** Bytes of the chunk on the wire, padding not counted. */
export function chunkLength(chunk: Chunk): number {
  switch (chunk.type) {
    case "DATA":
      return dataLength(chunk);
    case "INIT":
      return initLength(chunk);
    case "INIT-ACK":
      return initAckLength(chunk);
    case "SACK":
      return sackLength(chunk);
    case "HEARTBEAT":
      return heartbeatLength(chunk);
    case "HEARTBEAT-ACK":
      return heartbeatAckLength(chunk);
    case "ABORT":
      return abortLength(chunk);
    case "SHUTDOWN":
      return shutdownLength();
    case "SHUTDOWN-ACK":
      return shutdownAckLength();
    case "ERROR":
      return errorLength(chunk);
    case "COOKIE-ECHO":
      return cookieEchoLength(chunk);
    case "COOKIE-ACK":
      return cookieAckLength();
    case "SHUTDOWN-COMPLETE":
      return shutdownCompleteLength();
    case "AUTH":
      return authLength(chunk);
    case "I-DATA":
      return iDataLength(chunk);
    case "ASCONF-ACK":
      return asconfAckLength(chunk);
    case "RE-CONFIG":
      return reconfigLength(chunk);
    case "PAD":
      return padLength(chunk);
    case "FORWARD-TSN":
      return forwardTsnLength(chunk);
    case "ASCONF":
      return asconfLength(chunk);
    case "I-FORWARD-TSN":
      return iForwardTsnLength(chunk);
    case "UNKNOWN":
      return unknownChunkLength(chunk);
  }
}

/**
 * Writes the chunk with its padding and gives the offset after both. The caller has seen that
 * `padded(chunkLength(chunk))` bytes fit, and that the length does not exceed 65,535.
 */
export function encodeChunk(chunk: Chunk, into: Uint8Array, offset: number): number {
  return finishChunk(into, offset, encodeUnpadded(chunk, into, offset));
}

/** Puts the length of the chunk in `into[offset, end)` into its header, pads it, and gives the padded end. */
export function finishChunk(into: Uint8Array, offset: number, end: number): number {
  writeU16(into, offset + 2, end - offset);
  return writePadding(into, offset, end);
}

function encodeUnpadded(chunk: Chunk, into: Uint8Array, offset: number): number {
  switch (chunk.type) {
    case "DATA":
      return encodeData(chunk, into, offset);
    case "INIT":
      return encodeInit(chunk, into, offset);
    case "INIT-ACK":
      return encodeInitAck(chunk, into, offset);
    case "SACK":
      return encodeSack(chunk, into, offset);
    case "HEARTBEAT":
      return encodeHeartbeat(chunk, into, offset);
    case "HEARTBEAT-ACK":
      return encodeHeartbeatAck(chunk, into, offset);
    case "ABORT":
      return encodeAbort(chunk, into, offset);
    case "SHUTDOWN":
      return encodeShutdown(chunk, into, offset);
    case "SHUTDOWN-ACK":
      return encodeShutdownAck(into, offset);
    case "ERROR":
      return encodeError(chunk, into, offset);
    case "COOKIE-ECHO":
      return encodeCookieEcho(chunk, into, offset);
    case "COOKIE-ACK":
      return encodeCookieAck(into, offset);
    case "SHUTDOWN-COMPLETE":
      return encodeShutdownComplete(chunk, into, offset);
    case "AUTH":
      return encodeAuth(chunk, into, offset);
    case "I-DATA":
      return encodeIData(chunk, into, offset);
    case "ASCONF-ACK":
      return encodeAsconfAck(chunk, into, offset);
    case "RE-CONFIG":
      return encodeReconfig(chunk, into, offset);
    case "PAD":
      return encodePad(chunk, into, offset);
    case "FORWARD-TSN":
      return encodeForwardTsn(chunk, into, offset);
    case "ASCONF":
      return encodeAsconf(chunk, into, offset);
    case "I-FORWARD-TSN":
      return encodeIForwardTsn(chunk, into, offset);
    case "UNKNOWN":
      return encodeUnknownChunk(chunk, into, offset);
  }
}
