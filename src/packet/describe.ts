import { toHex } from "../base/bytes.ts";
import { hasValidChecksum } from "../base/crc32c.ts";
import type { Cause } from "./causes/cause.ts";
import type { Chunk } from "./chunks/chunk.ts";
import type { DataChunk } from "./chunks/data.ts";
import type { IDataChunk } from "./chunks/i-data.ts";
import type { InitBody } from "./chunks/init-body.ts";
import type { MalformedChunk } from "./chunks/malformed.ts";
import { decodePacket } from "./packet.ts";
import type { AsconfParameter } from "./parameters/asconf/asconf-parameter.ts";
import type { Parameter } from "./parameters/parameter.ts";
import type { ReconfigParameter } from "./parameters/reconfig/reconfig-parameter.ts";
import type { UnknownParameter } from "./parameters/unknown-parameter.ts";
import { causeCodeName, chunkTypeName, parameterTypeName } from "./registry.ts";

/** Entries of a list, and bytes of opaque data, that are shown before the rest is only counted. */
const SHOWN = 8;

/**
 * One line about a packet, for traces and test failures: `5000>5001 tag=1a2b3c4d SACK[cum=7, a_rwnd=1048576]`.
 * Never throws, whatever the bytes; a wrong checksum is mentioned.
 */
export function describePacket(bytes: Uint8Array): string {
  const packet = decodePacket(bytes);
  if (packet === undefined) return `no SCTP packet: ${bytes.length} bytes`;
  const parts = [`${packet.sourcePort}>${packet.destinationPort}`, `tag=${hex32(packet.verificationTag)}`];
  if (!hasValidChecksum(bytes)) parts.push("(wrong checksum)");
  for (const chunk of packet.chunks) parts.push(describeChunk(chunk));
  return parts.join(" ");
}

/** A chunk as in {@link describePacket}: `DATA[tsn=8, sid=1, ssn=0, ppid=46, len=100, flags=BE]`. */
export function describeChunk(chunk: Chunk | MalformedChunk): string {
  switch (chunk.type) {
    case "DATA": {
      const place = `tsn=${chunk.tsn}, sid=${chunk.stream}, ssn=${chunk.ssn}`;
      return `DATA[${place}, ppid=${chunk.ppid}, len=${chunk.data.length}${dataFlags(chunk)}]`;
    }
    case "I-DATA": {
      const place = `tsn=${chunk.tsn}, sid=${chunk.stream}, mid=${chunk.mid}`;
      const shared = chunk.beginning ? `ppid=${chunk.ppid}` : `fsn=${chunk.fsn}`;
      return `I-DATA[${place}, ${shared}, len=${chunk.data.length}${dataFlags(chunk)}]`;
    }
    case "INIT":
    case "INIT-ACK":
      return `${chunk.type}[${describeInit(chunk)}]`;
    case "SACK": {
      const gaps = list("gaps", chunk.gaps, (gap) => `${gap.start}-${gap.end}`);
      const duplicates = list("dups", chunk.duplicates, String);
      return `SACK[cum=${chunk.cumulativeTsn}, a_rwnd=${chunk.receiverWindow}${gaps}${duplicates}]`;
    }
    case "HEARTBEAT":
    case "HEARTBEAT-ACK":
      return `${chunk.type}[info=${opaque(chunk.info)}]`;
    case "ABORT":
      return `ABORT[${[...(chunk.tBit ? ["T"] : []), ...describeAll(chunk.causes, describeCause)].join(", ")}]`;
    case "ERROR":
      return `ERROR[${describeAll(chunk.causes, describeCause).join(", ")}]`;
    case "SHUTDOWN":
      return `SHUTDOWN[cum=${chunk.cumulativeTsn}]`;
    case "SHUTDOWN-COMPLETE":
      return `SHUTDOWN-COMPLETE[${chunk.tBit ? "T" : ""}]`;
    case "COOKIE-ECHO":
      return `COOKIE-ECHO[len=${chunk.cookie.length}]`;
    case "SHUTDOWN-ACK":
    case "COOKIE-ACK":
      return `${chunk.type}[]`;
    case "AUTH":
      return `AUTH[key=${chunk.keyId}, hmac-id=${chunk.hmacId}, len=${chunk.hmac.length}]`;
    case "PAD":
      return `PAD[len=${chunk.length}]`;
    case "FORWARD-TSN": {
      const streams = list("streams", chunk.streams, ({ stream, ssn }) => `${stream}:${ssn}`);
      return `FORWARD-TSN[cum=${chunk.newCumulativeTsn}${streams}]`;
    }
    case "I-FORWARD-TSN": {
      const streams = list(
        "streams",
        chunk.streams,
        (it) => `${it.stream}:${it.mid}${it.unordered ? "U" : ""}`,
      );
      return `I-FORWARD-TSN[cum=${chunk.newCumulativeTsn}${streams}]`;
    }
    case "ASCONF": {
      const parameters = describeAll(chunk.parameters, describeAsconfParameter);
      return `ASCONF[${[`serial=${chunk.serial}`, chunk.address.address, ...parameters].join(", ")}]`;
    }
    case "ASCONF-ACK": {
      const parameters = describeAll(chunk.parameters, describeAsconfParameter);
      return `ASCONF-ACK[${[`serial=${chunk.serial}`, ...parameters].join(", ")}]`;
    }
    case "RE-CONFIG":
      return `RE-CONFIG[${describeAll(chunk.parameters, describeReconfigParameter).join(", ")}]`;
    case "UNKNOWN":
      return `${chunkTypeName(chunk.typeCode)}[flags=0x${chunk.flags.toString(16)}, len=${chunk.bytes.length}]`;
    case "MALFORMED":
      return `MALFORMED-${chunkTypeName(chunk.typeCode)}[${chunk.reason}]`;
  }
}

function describeInit(init: InitBody): string {
  const fields = [
    `tag=${hex32(init.initiateTag)}`,
    `a_rwnd=${init.receiverWindow}`,
    `os=${init.outboundStreams}`,
    `is=${init.inboundStreams}`,
    `tsn=${init.initialTsn}`,
  ];
  return [...fields, ...describeAll(init.parameters, describeParameter)].join(", ");
}

function describeParameter(parameter: Parameter): string {
  switch (parameter.type) {
    case "IPV4-ADDRESS":
    case "IPV6-ADDRESS":
      return parameter.address;
    case "STATE-COOKIE":
      return `STATE-COOKIE(len=${parameter.cookie.length})`;
    case "UNRECOGNIZED-PARAMETER":
      return `UNRECOGNIZED-PARAMETER(${opaque(parameter.parameter)})`;
    case "COOKIE-PRESERVATIVE":
      return `COOKIE-PRESERVATIVE(${parameter.increment} ms)`;
    case "HOST-NAME":
      return `HOST-NAME(${printable(parameter.name)})`;
    case "SUPPORTED-ADDRESS-TYPES":
      return `SUPPORTED-ADDRESS-TYPES(${describeAll(parameter.families, parameterTypeName).join(" ")})`;
    case "SUPPORTED-EXTENSIONS":
    case "CHUNKS":
      return `${parameter.type}(${describeAll(parameter.chunkTypes, chunkTypeName).join(" ")})`;
    case "RANDOM":
      return `RANDOM(len=${parameter.random.length})`;
    case "HMAC-ALGO":
      return `HMAC-ALGO(${describeAll(parameter.identifiers, String).join(" ")})`;
    case "PADDING":
      return `PADDING(len=${parameter.length})`;
    case "ZERO-CHECKSUM-ACCEPTABLE":
      return `ZERO-CHECKSUM-ACCEPTABLE(${parameter.method})`;
    case "ADAPTATION-LAYER-INDICATION":
      return `ADAPTATION-LAYER-INDICATION(${hex32(parameter.indication)})`;
    case "SET-PRIMARY-ADDRESS":
      return describeAsconfParameter(parameter);
    case "FORWARD-TSN-SUPPORTED":
      return parameter.type;
    case "UNKNOWN":
      return describeUnknownParameter(parameter);
  }
}

function describeAsconfParameter(parameter: AsconfParameter): string {
  switch (parameter.type) {
    case "ADD-IP-ADDRESS":
    case "DELETE-IP-ADDRESS":
    case "SET-PRIMARY-ADDRESS":
      return `${parameter.type}(id=${parameter.correlationId} ${parameter.address.address})`;
    case "ERROR-CAUSE-INDICATION": {
      const causes = describeAll(parameter.causes, describeCause);
      return `ERROR-CAUSE-INDICATION(${[`id=${parameter.correlationId}`, ...causes].join(" ")})`;
    }
    case "SUCCESS-INDICATION":
      return `SUCCESS-INDICATION(id=${parameter.correlationId})`;
    case "UNKNOWN":
      return describeUnknownParameter(parameter);
  }
}

function describeReconfigParameter(parameter: ReconfigParameter): string {
  switch (parameter.type) {
    case "OUTGOING-SSN-RESET-REQUEST": {
      const numbers = `req=${parameter.requestSequence}, resp=${parameter.responseSequence}, last=${parameter.lastTsn}`;
      return `${parameter.type}(${numbers}${list("sids", parameter.streams, String)})`;
    }
    case "INCOMING-SSN-RESET-REQUEST":
      return `${parameter.type}(req=${parameter.requestSequence}${list("sids", parameter.streams, String)})`;
    case "SSN-TSN-RESET-REQUEST":
      return `${parameter.type}(req=${parameter.requestSequence})`;
    case "RE-CONFIG-RESPONSE": {
      const { senderNextTsn, receiverNextTsn } = parameter;
      const tsns =
        senderNextTsn === undefined ? "" : `, sender=${senderNextTsn}, receiver=${receiverNextTsn}`;
      return `${parameter.type}(resp=${parameter.responseSequence}, result=${parameter.result}${tsns})`;
    }
    case "ADD-OUTGOING-STREAMS-REQUEST":
    case "ADD-INCOMING-STREAMS-REQUEST":
      return `${parameter.type}(req=${parameter.requestSequence}, streams=${parameter.newStreams})`;
    case "UNKNOWN":
      return describeUnknownParameter(parameter);
  }
}

function describeUnknownParameter({ typeCode, bytes }: UnknownParameter): string {
  return `${parameterTypeName(typeCode)}(len=${bytes.length})`;
}

/** A cause in a few words: `USER-ABORT("bye")`. */
export function describeCause(cause: Cause): string {
  switch (cause.type) {
    case "INVALID-STREAM":
      return `INVALID-STREAM(${cause.stream})`;
    case "MISSING-PARAMETER":
      return `MISSING-PARAMETER(${describeAll(cause.types, parameterTypeName).join(" ")})`;
    case "STALE-COOKIE":
      return `STALE-COOKIE(${cause.staleness} µs)`;
    case "UNRESOLVABLE-ADDRESS":
      return `UNRESOLVABLE-ADDRESS(${opaque(cause.parameter)})`;
    case "UNRECOGNIZED-CHUNK":
      return `UNRECOGNIZED-CHUNK(${opaque(cause.chunk)})`;
    case "UNRECOGNIZED-PARAMETERS":
      return `UNRECOGNIZED-PARAMETERS(${opaque(cause.bytes)})`;
    case "NO-USER-DATA":
      return `NO-USER-DATA(tsn=${cause.tsn})`;
    case "RESTART-WITH-NEW-ADDRESSES":
      return `RESTART-WITH-NEW-ADDRESSES(${opaque(cause.parameters)})`;
    case "USER-ABORT":
      return `USER-ABORT(${printable(cause.reason)})`;
    case "PROTOCOL-VIOLATION":
      return `PROTOCOL-VIOLATION(${printable(cause.info)})`;
    case "OUT-OF-RESOURCE":
    case "INVALID-PARAMETER":
    case "COOKIE-WHILE-SHUTTING-DOWN":
    case "ILLEGAL-ASCONF-ACK":
      return cause.type;
    case "REQUEST-TO-DELETE-LAST-ADDRESS":
    case "OPERATION-REFUSED-RESOURCE-SHORTAGE":
    case "REQUEST-TO-DELETE-SOURCE-ADDRESS":
    case "REQUEST-REFUSED-NO-AUTHORIZATION":
      return `${cause.type}(${opaque(cause.parameter)})`;
    case "UNSUPPORTED-HMAC":
      return `UNSUPPORTED-HMAC(${cause.hmacId})`;
    case "UNKNOWN":
      return `${causeCodeName(cause.code)}(${opaque(cause.info)})`;
  }
}

/** Each entry's text, and how many were left out. */
function describeAll<T>(entries: readonly T[], describe: (entry: T) => string): string[] {
  const texts = entries.slice(0, SHOWN).map(describe);
  if (entries.length > SHOWN) texts.push(`… ${entries.length - SHOWN} more`);
  return texts;
}

function list<T>(name: string, entries: readonly T[], describe: (entry: T) => string): string {
  return entries.length === 0 ? "" : `, ${name}=${describeAll(entries, describe).join(" ")}`;
}

function dataFlags(chunk: DataChunk | IDataChunk): string {
  return flagLetters(
    [chunk.immediate, "I"],
    [chunk.unordered, "U"],
    [chunk.beginning, "B"],
    [chunk.ending, "E"],
  );
}

function flagLetters(...flags: readonly (readonly [boolean, string])[]): string {
  const letters = flags.map(([set, letter]) => (set ? letter : "")).join("");
  return letters === "" ? "" : `, flags=${letters}`;
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, "0");
}

function opaque(bytes: Uint8Array): string {
  const rest = bytes.length > SHOWN ? `… ${bytes.length} bytes` : "";
  return toHex(bytes.subarray(0, SHOWN)) + rest;
}

/** Text as it stands when it is short printable ASCII: a peer's bytes must not steer a terminal or a log. */
function printable(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 80));
  return bytes.length <= 80 && /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : opaque(bytes);
}
