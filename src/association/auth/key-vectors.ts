import { readU16, readU16List } from "../../base/bytes.ts";
import { type Parameter, parametersToBytes } from "../../packet/parameters/parameter.ts";
import { ParameterType } from "../../packet/registry.ts";
import { TLV_HEADER, tlvLength } from "../../packet/tlv.ts";

/** What both sides told of their authentication, as the bytes that association shared keys are made of (RFC 4895 §6.1). */
export interface KeyVectors {
  readonly local: Uint8Array;
  readonly peer: Uint8Array;
}

/** What a key vector says. */
export interface VectorContents {
  /** CHUNKS, as on the wire; empty without it. */
  readonly chunkTypes: readonly number[];
  /** HMAC-ALGO; empty without it. */
  readonly hmacs: readonly number[];
}

/** In this order, whatever the order in the chunk (RFC 4895 §6.1). */
const ORDER: readonly Parameter["type"][] = ["RANDOM", "CHUNKS", "HMAC-ALGO"];

/**
 * RFC 4895 §6.1: RANDOM, CHUNKS and HMAC-ALGO "are concatenated as byte vectors ... padding is omitted ... Parameters
 * that were not sent are simply omitted".
 */
export function keyVector(parameters: readonly Parameter[]): Uint8Array {
  const found = ORDER.map((type) => parameters.find((parameter) => parameter.type === type));
  return concatenate(found.map((one) => (one === undefined ? new Uint8Array(0) : parametersToBytes([one]))));
}

/** Reads a vector back: a State Cookie keeps nothing else of the parameters. */
export function readKeyVector(vector: Uint8Array): VectorContents {
  let chunkTypes: readonly number[] = [];
  let hmacs: readonly number[] = [];
  let at = 0;
  for (let length = tlvLength(vector, at, vector.length); length > 0; ) {
    const end = at + length;
    const type = readU16(vector, at);
    if (type === ParameterType.CHUNKS) chunkTypes = [...vector.subarray(at + TLV_HEADER, end)];
    else if (type === ParameterType.HMAC_ALGO) hmacs = readU16List(vector, at + TLV_HEADER, end);
    at = end;
    length = tlvLength(vector, at, vector.length);
  }
  return { chunkTypes, hmacs };
}

/**
 * RFC 4895 §6.1: the association shared key of an endpoint pair shared key: that, then "the numerically smaller key
 * vector", then "the numerically larger key vector".
 */
export function associationKey(secret: Uint8Array, { local, peer }: KeyVectors): Uint8Array {
  return isBefore(local, peer) ? concatenate([secret, local, peer]) : concatenate([secret, peer, local]);
}

/** "If the key vectors are equal as numbers but differ in length", the shorter one is first. */
function isBefore(one: Uint8Array, other: Uint8Array): boolean {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (one[at - (length - one.length)] ?? 0) - (other[at - (length - other.length)] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return one.length <= other.length;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
