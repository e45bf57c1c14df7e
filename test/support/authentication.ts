import { createHmac } from "node:crypto";
import type { AuthenticationConfig } from "../../src/association/auth/authentication-config.ts";

/**
 * RFC 4895 once more, from its text and over raw bytes: what the stack writes is judged by this, and not by itself.
 * The HMACs are those of node:crypto.
 */

export const SHA1 = 1;
export const SHA256 = 3;
export const AUTH = 0x0f;

const DIGESTS: Readonly<Record<number, string>> = { [SHA1]: "sha1", [SHA256]: "sha256" };
const HEADER = 12;
const INIT_FIXED = 20;
/** RANDOM, CHUNKS, HMAC-ALGO: in this order in a key vector (§6.1). */
const VECTOR_TYPES = [0x8002, 0x8003, 0x8004];

/** Authentication with one shared key, of the id 7. */
export function authentication(parts: Partial<AuthenticationConfig> = {}): AuthenticationConfig {
  return {
    keys: new Map([[7, secretOf("seven")]]),
    activeKey: 7,
    deactivatedKeys: [],
    requiredChunks: [],
    hmacs: [SHA256, SHA1],
    ...parts,
  };
}

export function secretOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A chunk of a packet: its bytes without padding, and where they are. */
export interface RawChunk {
  readonly type: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export function rawChunks(packet: Uint8Array): RawChunk[] {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const chunks: RawChunk[] = [];
  for (let offset = HEADER; offset < packet.length; ) {
    const length = view.getUint16(offset + 2);
    chunks.push({ type: view.getUint8(offset), offset, bytes: packet.slice(offset, offset + length) });
    offset += Math.ceil(length / 4) * 4;
  }
  return chunks;
}

/** The key vector of an INIT or INIT ACK chunk. */
export function keyVectorOf(init: Uint8Array): Uint8Array {
  const view = new DataView(init.buffer, init.byteOffset, init.byteLength);
  const found = new Map<number, Uint8Array>();
  for (let offset = INIT_FIXED; offset < init.length; ) {
    const length = view.getUint16(offset + 2);
    found.set(view.getUint16(offset), init.slice(offset, offset + length));
    offset += Math.ceil(length / 4) * 4;
  }
  return Uint8Array.from(VECTOR_TYPES.flatMap((type) => [...(found.get(type) ?? [])]));
}

/** §6.1, with the comparison of numbers done by numbers. */
export function associationKeyOf(secret: Uint8Array, one: Uint8Array, other: Uint8Array): Uint8Array {
  const number = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);
  const [a, b] = [number(one), number(other)];
  const isFirst = a === b ? one.length <= other.length : a < b;
  return Uint8Array.from([...secret, ...(isFirst ? [...one, ...other] : [...other, ...one])]);
}

/** What the AUTH chunk at `offset` says, and whether its HMAC is right. */
export function checkAuth(
  packet: Uint8Array,
  offset: number,
  keyOf: (keyId: number) => Uint8Array,
): { readonly keyId: number; readonly hmacId: number; readonly valid: boolean } {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const keyId = view.getUint16(offset + 4);
  const hmacId = view.getUint16(offset + 6);
  const end = offset + view.getUint16(offset + 2);
  const expected = hmacOf(packet, offset, hmacId, keyOf(keyId));
  return { keyId, hmacId, valid: Buffer.from(packet.subarray(offset + 8, end)).equals(expected) };
}

/** The HMAC over a packet from its AUTH chunk on, that chunk's own HMAC taken as zero (§6.2, Figure 6). */
export function hmacOf(packet: Uint8Array, offset: number, hmacId: number, key: Uint8Array): Buffer {
  const digest = DIGESTS[hmacId] ?? "sha1";
  const data = packet.slice(offset);
  data.fill(0, 8, (data[2] ?? 0) * 256 + (data[3] ?? 0));
  return createHmac(digest, key).update(data).digest();
}
