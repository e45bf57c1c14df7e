import fc from "fast-check";
import { addressFromBytes } from "../../src/base/address.ts";
import {
  asMid,
  asSerial,
  asSsn,
  asTsn,
  type Mid,
  type Serial,
  type Ssn,
  type Tsn,
} from "../../src/base/serial.ts";
import type { Cause } from "../../src/packet/causes/cause.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { DataChunk } from "../../src/packet/chunks/data.ts";
import type { IDataChunk } from "../../src/packet/chunks/i-data.ts";
import type { InitBody } from "../../src/packet/chunks/init-body.ts";
import type { SackChunk } from "../../src/packet/chunks/sack.ts";
import type { AddressParameter } from "../../src/packet/parameters/address-parameter.ts";
import type { AsconfParameter } from "../../src/packet/parameters/asconf/asconf-parameter.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import type { ReconfigParameter } from "../../src/packet/parameters/reconfig/reconfig-parameter.ts";
import { CauseCode, ChunkType, ParameterType } from "../../src/packet/registry.ts";

/** A parameter that may stand behind Heartbeat Info. */
const otherTlv = Uint8Array.of(0x80, 5, 0, 6, 1, 2, 0, 0);

/** Generators of everything that RFC 9260 and its extensions let one put into a packet, for property tests. */

export const u16: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff });
export const u32: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
);
const tsn: fc.Arbitrary<Tsn> = u32.map(asTsn);
const ssn: fc.Arbitrary<Ssn> = u16.map(asSsn);
const mid: fc.Arbitrary<Mid> = u32.map(asMid);
const serial: fc.Arbitrary<Serial> = u32.map(asSerial);
const u8List: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 0, max: 0xff }), { maxLength: 6 });
const u16List: fc.Arbitrary<number[]> = fc.array(u16, { maxLength: 5 });
const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 40 });

/** Codes outside a table, for what must come back as unknown. */
function otherThan(table: Readonly<Record<string, number>>, max: number): fc.Arbitrary<number> {
  const known = new Set(Object.values(table));
  return fc.integer({ min: 0, max }).filter((code) => !known.has(code));
}

/** A whole TLV of that type. */
function tlv(typeCode: number, value: Uint8Array): Uint8Array {
  const length = 4 + value.length;
  return Uint8Array.of(typeCode >>> 8, typeCode & 0xff, length >>> 8, length & 0xff, ...value);
}

/** Every member of the union has its generator, by type: a new one without is a type error. */
type ArbitraryOf<T extends { readonly type: string }> = {
  readonly [K in T["type"]]: fc.Arbitrary<Extract<T, { readonly type: K }>>;
};

const addressOf: ArbitraryOf<AddressParameter> = {
  "IPV4-ADDRESS": fc.record({
    type: fc.constant("IPV4-ADDRESS"),
    address: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((address) => addressFromBytes(address, 0, 4)),
  }),
  "IPV6-ADDRESS": fc.record({
    type: fc.constant("IPV6-ADDRESS"),
    // Four bytes: the IPv4 address that an IPv4-mapped one was taken for.
    address: fc
      .oneof(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array({ minLength: 4, maxLength: 4 }))
      .map((address) => addressFromBytes(address, 0, address.length === 4 ? 4 : 6)),
  }),
};

const address: fc.Arbitrary<AddressParameter> = fc.oneof(...Object.values(addressOf));

const addressRequest = { correlationId: u32, address };

const setPrimaryAddress = fc.record({ type: fc.constant("SET-PRIMARY-ADDRESS" as const), ...addressRequest });

/** Of a type that has no codec anywhere. Heartbeat Info has one, but no place in a list: 5 stands in for it. */
const unknownParameter = fc
  .tuple(otherThan({ ...ParameterType, HEARTBEAT_INFO: 5 }, 0xffff), bytes)
  .map(([typeCode, value]) => ({ type: "UNKNOWN" as const, typeCode, bytes: tlv(typeCode, value) }));

export const parameterOf: ArbitraryOf<Parameter> = {
  ...addressOf,
  "STATE-COOKIE": fc.record({ type: fc.constant("STATE-COOKIE"), cookie: bytes }),
  "UNRECOGNIZED-PARAMETER": fc.record({ type: fc.constant("UNRECOGNIZED-PARAMETER"), parameter: bytes }),
  "COOKIE-PRESERVATIVE": fc.record({ type: fc.constant("COOKIE-PRESERVATIVE"), increment: u32 }),
  "HOST-NAME": fc.record({ type: fc.constant("HOST-NAME"), name: bytes }),
  "SUPPORTED-ADDRESS-TYPES": fc.record({
    type: fc.constant("SUPPORTED-ADDRESS-TYPES"),
    families: u16List,
  }),
  "ZERO-CHECKSUM-ACCEPTABLE": fc.record({ type: fc.constant("ZERO-CHECKSUM-ACCEPTABLE"), method: u32 }),
  RANDOM: fc.record({ type: fc.constant("RANDOM"), random: bytes }),
  CHUNKS: fc.record({ type: fc.constant("CHUNKS"), chunkTypes: u8List }),
  "HMAC-ALGO": fc.record({ type: fc.constant("HMAC-ALGO"), identifiers: u16List }),
  PADDING: fc.record({ type: fc.constant("PADDING"), length: fc.integer({ min: 4, max: 60 }) }),
  "SUPPORTED-EXTENSIONS": fc.record({ type: fc.constant("SUPPORTED-EXTENSIONS"), chunkTypes: u8List }),
  "FORWARD-TSN-SUPPORTED": fc.constant({ type: "FORWARD-TSN-SUPPORTED" }),
  "SET-PRIMARY-ADDRESS": setPrimaryAddress,
  "ADAPTATION-LAYER-INDICATION": fc.record({
    type: fc.constant("ADAPTATION-LAYER-INDICATION"),
    indication: u32,
  }),
  UNKNOWN: unknownParameter,
};

export const parameter: fc.Arbitrary<Parameter> = fc.oneof(...Object.values(parameterOf));

export const causeOf: ArbitraryOf<Cause> = {
  "INVALID-STREAM": fc.record({ type: fc.constant("INVALID-STREAM"), stream: u16 }),
  "MISSING-PARAMETER": fc.record({
    type: fc.constant("MISSING-PARAMETER"),
    types: fc.array(u16, { maxLength: 5 }),
  }),
  "STALE-COOKIE": fc.record({ type: fc.constant("STALE-COOKIE"), staleness: u32 }),
  "OUT-OF-RESOURCE": fc.constant({ type: "OUT-OF-RESOURCE" }),
  "UNRESOLVABLE-ADDRESS": fc.record({ type: fc.constant("UNRESOLVABLE-ADDRESS"), parameter: bytes }),
  "UNRECOGNIZED-CHUNK": fc.record({ type: fc.constant("UNRECOGNIZED-CHUNK"), chunk: bytes }),
  "INVALID-PARAMETER": fc.constant({ type: "INVALID-PARAMETER" }),
  "UNRECOGNIZED-PARAMETERS": fc.record({ type: fc.constant("UNRECOGNIZED-PARAMETERS"), bytes }),
  "NO-USER-DATA": fc.record({ type: fc.constant("NO-USER-DATA"), tsn }),
  "COOKIE-WHILE-SHUTTING-DOWN": fc.constant({ type: "COOKIE-WHILE-SHUTTING-DOWN" }),
  "RESTART-WITH-NEW-ADDRESSES": fc.record({
    type: fc.constant("RESTART-WITH-NEW-ADDRESSES"),
    parameters: bytes,
  }),
  "USER-ABORT": fc.record({ type: fc.constant("USER-ABORT"), reason: bytes }),
  "PROTOCOL-VIOLATION": fc.record({ type: fc.constant("PROTOCOL-VIOLATION"), info: bytes }),
  "REQUEST-TO-DELETE-LAST-ADDRESS": fc.record({
    type: fc.constant("REQUEST-TO-DELETE-LAST-ADDRESS"),
    parameter: bytes,
  }),
  "OPERATION-REFUSED-RESOURCE-SHORTAGE": fc.record({
    type: fc.constant("OPERATION-REFUSED-RESOURCE-SHORTAGE"),
    parameter: bytes,
  }),
  "REQUEST-TO-DELETE-SOURCE-ADDRESS": fc.record({
    type: fc.constant("REQUEST-TO-DELETE-SOURCE-ADDRESS"),
    parameter: bytes,
  }),
  "ILLEGAL-ASCONF-ACK": fc.constant({ type: "ILLEGAL-ASCONF-ACK" }),
  "REQUEST-REFUSED-NO-AUTHORIZATION": fc.record({
    type: fc.constant("REQUEST-REFUSED-NO-AUTHORIZATION"),
    parameter: bytes,
  }),
  "UNSUPPORTED-HMAC": fc.record({ type: fc.constant("UNSUPPORTED-HMAC"), hmacId: u16 }),
  UNKNOWN: fc.record({ type: fc.constant("UNKNOWN"), code: otherThan(CauseCode, 0xffff), info: bytes }),
};

export const cause: fc.Arbitrary<Cause> = fc.oneof(...Object.values(causeOf));

const causes = fc.array(cause, { maxLength: 5 });

const asconfParameterOf: ArbitraryOf<AsconfParameter> = {
  "ADD-IP-ADDRESS": fc.record({ type: fc.constant("ADD-IP-ADDRESS"), ...addressRequest }),
  "DELETE-IP-ADDRESS": fc.record({ type: fc.constant("DELETE-IP-ADDRESS"), ...addressRequest }),
  "SET-PRIMARY-ADDRESS": setPrimaryAddress,
  "ERROR-CAUSE-INDICATION": fc.record({
    type: fc.constant("ERROR-CAUSE-INDICATION"),
    correlationId: u32,
    causes: fc.array(cause, { maxLength: 2 }),
  }),
  "SUCCESS-INDICATION": fc.record({ type: fc.constant("SUCCESS-INDICATION"), correlationId: u32 }),
  UNKNOWN: unknownParameter,
};

const asconfParameters = fc.array(fc.oneof(...Object.values(asconfParameterOf)), { maxLength: 5 });

const response = { type: fc.constant("RE-CONFIG-RESPONSE" as const), responseSequence: serial, result: u32 };

const reconfigParameterOf: ArbitraryOf<ReconfigParameter> = {
  "OUTGOING-SSN-RESET-REQUEST": fc.record({
    type: fc.constant("OUTGOING-SSN-RESET-REQUEST"),
    requestSequence: serial,
    responseSequence: serial,
    lastTsn: tsn,
    streams: u16List,
  }),
  "INCOMING-SSN-RESET-REQUEST": fc.record({
    type: fc.constant("INCOMING-SSN-RESET-REQUEST"),
    requestSequence: serial,
    streams: u16List,
  }),
  "SSN-TSN-RESET-REQUEST": fc.record({
    type: fc.constant("SSN-TSN-RESET-REQUEST"),
    requestSequence: serial,
  }),
  "RE-CONFIG-RESPONSE": fc.oneof(
    fc.record(response),
    fc.record({ ...response, senderNextTsn: tsn, receiverNextTsn: tsn }),
  ),
  "ADD-OUTGOING-STREAMS-REQUEST": fc.record({
    type: fc.constant("ADD-OUTGOING-STREAMS-REQUEST"),
    requestSequence: serial,
    newStreams: u16,
  }),
  "ADD-INCOMING-STREAMS-REQUEST": fc.record({
    type: fc.constant("ADD-INCOMING-STREAMS-REQUEST"),
    requestSequence: serial,
    newStreams: u16,
  }),
  UNKNOWN: unknownParameter,
};

const initBody: fc.Arbitrary<InitBody> = fc.record({
  initiateTag: u32,
  receiverWindow: u32,
  outboundStreams: u16,
  inboundStreams: u16,
  initialTsn: tsn,
  parameters: fc.array(parameter, { maxLength: 8 }),
});

const data: fc.Arbitrary<DataChunk> = fc.record({
  type: fc.constant("DATA"),
  unordered: fc.boolean(),
  beginning: fc.boolean(),
  ending: fc.boolean(),
  immediate: fc.boolean(),
  tsn,
  stream: u16,
  ssn,
  ppid: u32,
  data: bytes,
});

/** The PPID is in the first fragment, the FSN in the others. */
const iData: fc.Arbitrary<IDataChunk> = fc
  .record({
    type: fc.constant("I-DATA" as const),
    unordered: fc.boolean(),
    beginning: fc.boolean(),
    ending: fc.boolean(),
    immediate: fc.boolean(),
    tsn,
    stream: u16,
    mid,
    ppid: u32,
    fsn: u32,
    data: bytes,
  })
  .map((it) => ({ ...it, ...(it.beginning ? { fsn: 0 } : { ppid: 0 }) }));

const sack: fc.Arbitrary<SackChunk> = fc.record({
  type: fc.constant("SACK"),
  cumulativeTsn: tsn,
  receiverWindow: u32,
  gaps: fc.array(fc.record({ start: u16, end: u16 }), { maxLength: 6 }),
  duplicates: fc.array(tsn, { maxLength: 6 }),
});

export const chunkOf: ArbitraryOf<Chunk> = {
  DATA: data,
  INIT: initBody.map((body) => ({ type: "INIT", ...body })),
  "INIT-ACK": initBody.map((body) => ({ type: "INIT-ACK", ...body })),
  SACK: sack,
  HEARTBEAT: fc.record(
    { type: fc.constant("HEARTBEAT"), info: bytes, rest: fc.constant(otherTlv) },
    { requiredKeys: ["type", "info"] },
  ),
  "HEARTBEAT-ACK": fc.record(
    { type: fc.constant("HEARTBEAT-ACK"), info: bytes, rest: fc.constant(otherTlv) },
    { requiredKeys: ["type", "info"] },
  ),
  ABORT: fc.record({ type: fc.constant("ABORT"), tBit: fc.boolean(), causes }),
  SHUTDOWN: fc.record({ type: fc.constant("SHUTDOWN"), cumulativeTsn: tsn }),
  "SHUTDOWN-ACK": fc.constant({ type: "SHUTDOWN-ACK" }),
  ERROR: fc.record({ type: fc.constant("ERROR"), causes }),
  "COOKIE-ECHO": fc.record({ type: fc.constant("COOKIE-ECHO"), cookie: bytes }),
  "COOKIE-ACK": fc.constant({ type: "COOKIE-ACK" }),
  "SHUTDOWN-COMPLETE": fc.record({ type: fc.constant("SHUTDOWN-COMPLETE"), tBit: fc.boolean() }),
  AUTH: fc.record({ type: fc.constant("AUTH"), keyId: u16, hmacId: u16, hmac: bytes }),
  "I-DATA": iData,
  ASCONF: fc.record({ type: fc.constant("ASCONF"), serial, address, parameters: asconfParameters }),
  "ASCONF-ACK": fc.record({ type: fc.constant("ASCONF-ACK"), serial, parameters: asconfParameters }),
  "RE-CONFIG": fc.record({
    type: fc.constant("RE-CONFIG"),
    parameters: fc.array(fc.oneof(...Object.values(reconfigParameterOf)), { minLength: 1, maxLength: 2 }),
  }),
  PAD: fc.record({ type: fc.constant("PAD"), length: fc.integer({ min: 4, max: 60 }) }),
  "FORWARD-TSN": fc.record({
    type: fc.constant("FORWARD-TSN"),
    newCumulativeTsn: tsn,
    streams: fc.array(fc.record({ stream: u16, ssn }), { maxLength: 5 }),
  }),
  "I-FORWARD-TSN": fc.record({
    type: fc.constant("I-FORWARD-TSN"),
    newCumulativeTsn: tsn,
    streams: fc.array(fc.record({ stream: u16, unordered: fc.boolean(), mid }), { maxLength: 5 }),
  }),
  UNKNOWN: fc
    .tuple(otherThan(ChunkType, 0xff), fc.integer({ min: 0, max: 0xff }), bytes)
    .map(([typeCode, flags, value]) => ({
      type: "UNKNOWN",
      typeCode,
      flags,
      bytes: Uint8Array.of(typeCode, flags, (4 + value.length) >>> 8, 4 + value.length, ...value),
    })),
};

export const chunk: fc.Arbitrary<Chunk> = fc.oneof(...Object.values(chunkOf));

/** Bytes that look enough like a packet to get past the common header. */
export const packetLike: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.uint8Array({ minLength: 12, maxLength: 12 }), fc.array(rawChunk(), { maxLength: 6 }))
  .map(([header, chunks]) => Uint8Array.from([header, ...chunks].flatMap((part) => [...part])));

/** A chunk of a known type and a plausible length over random TLVs: deeper into the codecs than noise gets. */
function rawChunk(): fc.Arbitrary<Uint8Array> {
  const rawTlv = fc
    .tuple(
      fc.oneof(
        fc.nat(19),
        fc.integer({ min: 0x8000, max: 0x8009 }),
        fc.integer({ min: 0xc000, max: 0xc007 }),
      ),
      fc.nat(24),
      fc.uint8Array({ maxLength: 20 }),
    )
    .map(([type, length, value]) => [type >>> 8, type & 0xff, 0, length, ...value]);
  return fc
    .tuple(
      fc.oneof(fc.nat(15), fc.constantFrom(...Object.values(ChunkType))),
      fc.nat(255),
      fc.integer({ min: -6, max: 6 }),
      fc.uint8Array({ maxLength: 16 }),
      fc.array(rawTlv),
    )
    .map(([type, flags, error, fixed, tlvs]) => {
      const value = [...fixed, ...tlvs.flat()];
      const length = Math.max(0, 4 + value.length + (Math.abs(error) > 3 ? 0 : error));
      return Uint8Array.of(type, flags, length >>> 8, length & 0xff, ...value);
    });
}
