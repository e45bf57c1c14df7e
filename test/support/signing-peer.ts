import { writeChecksum } from "../../src/base/crc32c.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { AUTH, associationKeyOf, hmacOf, keyVectorOf, rawChunks, SHA1, secretOf } from "./authentication.ts";
import type { Script } from "./ladder-test.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";

/** A scripted peer that authenticates (RFC 4895), with node:crypto. */

export const RANDOM: Parameter = { type: "RANDOM", random: new Uint8Array(32).fill(5) };
export const HMAC_ALGO: Parameter = { type: "HMAC-ALGO", identifiers: [SHA1] };
const SAID: readonly Parameter[] = [RANDOM, HMAC_ALGO];

/** A cookie of the stack, and the association key that goes with it. */
export interface SignedHandshake {
  readonly cookie: Uint8Array;
  readonly key: Uint8Array;
}

/** Sends an INIT with these parameters; the association key of this secret. */
export function openHandshake(
  peer: ScriptedPeer,
  parameters: readonly Parameter[] = SAID,
  secret: Uint8Array = secretOf("seven"),
): SignedHandshake {
  const init = peer.packet({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters }) });
  const { cookie, initAck } = peer.init({ parameters });
  return { cookie, key: keyBetween(init, peer.packet({}, initAck), secret) };
}

/** The association key of the packets with the INIT and the INIT ACK, or with two INITs. */
export function keyBetween(
  one: Uint8Array,
  other: Uint8Array,
  secret: Uint8Array = secretOf("seven"),
): Uint8Array {
  const [first, second] = [one, other].map((packet) => keyVectorOf(rawChunks(packet)[0]?.bytes ?? packet));
  if (first === undefined || second === undefined) throw new Error("no INIT");
  return associationKeyOf(secret, first, second);
}

/** The whole handshake, begun by the peer; the association key of the shared key 7. */
export function associate(
  { peer }: Script,
  parameters?: readonly Parameter[],
  secret?: Uint8Array,
): Uint8Array {
  const { cookie, key } = openHandshake(peer, parameters, secret);
  peer.send({ type: "COOKIE-ECHO", cookie });
  peer.await("COOKIE-ACK");
  return key;
}

export interface Signature {
  readonly key: Uint8Array;
  readonly keyId?: number;
  readonly hmacId?: number;
  /** Bytes of the HMAC; those that no HMAC has are zero. */
  readonly length?: number;
  /** Byte of the HMAC that is spoilt. */
  readonly spoil?: number;
  /** Flags of the AUTH chunk. */
  readonly flags?: number;
}

/** A packet with an AUTH chunk in front of chunks, and others before it. */
export function signed(
  { peer }: Script,
  signature: Signature,
  chunks: readonly Chunk[],
  before: readonly Chunk[] = [],
): Uint8Array {
  const { key, keyId = 7, hmacId = SHA1, length = 20, spoil, flags = 0 } = signature;
  const auth: Chunk = { type: "AUTH", keyId, hmacId, hmac: new Uint8Array(length) };
  const packet = peer.packet({}, ...before, auth, ...chunks);
  const at = rawChunks(packet).find(({ type }) => type === AUTH)?.offset ?? 0;
  packet[at + 1] = flags;
  const mac = hmacOf(packet, at, hmacId, key).subarray(0, length);
  packet.set(mac, at + 8);
  if (spoil !== undefined) packet[at + 8 + spoil] = (packet[at + 8 + spoil] ?? 0) ^ 1;
  return resealed(packet);
}

/** With the right checksum. */
export function resealed(packet: Uint8Array): Uint8Array {
  packet.fill(0, 8, 12);
  writeChecksum(packet, packet.length);
  return packet;
}
