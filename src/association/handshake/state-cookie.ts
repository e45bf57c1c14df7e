import {
  addressBytes,
  addressFamily,
  addressFromBytes,
  type IpAddress,
  withZone,
  zoneOf,
} from "../../base/address.ts";
import { asciiBytes, readU16, readU32, readU64, writeU16, writeU32, writeU64 } from "../../base/bytes.ts";
import { asTsn, type Tsn } from "../../base/serial.ts";
import type { KeyVectors } from "../auth/key-vectors.ts";
import { extensionsFromBits, extensionsToBits } from "../extension/capabilities.ts";
import type { Extensions } from "../extension/extensions.ts";
import { MAC_LENGTH, type Secrets } from "./secrets.ts";

/**
 * All that is needed to build the association when the cookie comes back (RFC 9260 §5.1.3). Not encrypted, so it has
 * nothing that the peer may not see: the Tie-Tags are random numbers, not the tags of the existing association.
 */
export interface CookieContents {
  /** When it was made, and for how long it is good; ms. */
  readonly createdAt: number;
  readonly lifetime: number;
  readonly localTag: number;
  readonly peerTag: number;
  /** Of an association that existed when the INIT came; 0 otherwise (RFC 9260 §5.2.2). */
  readonly localTieTag: number;
  readonly peerTieTag: number;
  readonly localPort: number;
  readonly peerPort: number;
  readonly localInitialTsn: Tsn;
  readonly peerInitialTsn: Tsn;
  readonly peerWindow: number;
  /** As negotiated (RFC 9260 §5.1.1). */
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  /** Those that both sides have. */
  readonly extensions: Extensions;
  /** The peer's Adaptation Layer Indication, there if `extensions` has it (RFC 5061 §4.2.6). */
  readonly adaptation: number | undefined;
  /**
   * Of both sides, where both authenticate (RFC 4895 §6.3): without a shared key anybody who has seen the handshake knows
   * them. "MUST NOT contain any endpoint pair shared keys" (§6.3).
   */
  readonly keyVectors: KeyVectors | undefined;
  /** Where the INIT ACK left from. */
  readonly localAddress: IpAddress;
  /** The peer's addresses, first the one that the INIT ACK went to: the only one that is confirmed (RFC 9260 §5.4). */
  readonly peerAddresses: readonly IpAddress[];
  /** Which of them the peer prefers as the primary one; of peers that reconfigure addresses (RFC 5061 §4.2.4). */
  readonly preferredAddress: IpAddress | undefined;
}

/** RFC 9260 §3.3.11, §5.1.3: the cookie "SHOULD" be as small as possible: no field is wider than what is in it. */
const FIXED_LENGTH = 51;
/** µs, so that the timestamp is whole. */
const MICROSECONDS = 1_000;

/** RFC 9260 §3.3.3.1.1, §5.1.3: all that is needed, "along with a Message Authentication Code (MAC)". */
export function sealCookie(secrets: Secrets, now: number, contents: CookieContents): Uint8Array {
  const body = encodeContents(contents);
  const cookie = new Uint8Array(body.length + MAC_LENGTH);
  cookie.set(body);
  cookie.set(secrets.sign(now, body), body.length);
  return cookie;
}

/** The contents, if one of our keys signed them (RFC 9260 §5.1.5, 1 and 2); its age is not looked at. */
export function openCookie(secrets: Secrets, now: number, cookie: Uint8Array): CookieContents | undefined {
  const bodyLength = cookie.length - MAC_LENGTH;
  if (bodyLength < FIXED_LENGTH) return undefined;
  const body = cookie.subarray(0, bodyLength);
  // RFC 9260 §5.1.5, 1 and 2: whose MAC is wrong, or whose key is gone, is silently discarded.
  if (!secrets.verify(now, body, cookie.subarray(bodyLength))) return undefined;
  return decodeContents(body);
}

/** RFC 9260 §3.3.3.1.1, §5.1.3: a timestamp, the lifespan, ports, tags and the rest of what makes the association. */
function encodeContents(contents: CookieContents): Uint8Array {
  const addresses = [contents.localAddress, ...contents.peerAddresses];
  const { adaptation } = contents;
  const preferredAt = FIXED_LENGTH + (adaptation === undefined ? 0 : 4);
  const addressesAt = preferredAt + (contents.extensions.addressReconfiguration ? 1 : 0);
  const length = addresses.reduce((sum, address) => sum + 1 + (addressFamily(address) === 4 ? 4 : 16), 0);
  // Link-local addresses keep their scope id: all of a packet's are on the link that it came by.
  const zone = asciiBytes(addresses.map(zoneOf).find((it) => it !== undefined) ?? "");
  const vectors = encodeKeyVectors(contents.keyVectors);
  const bytes = new Uint8Array(addressesAt + length + vectors.length + zone.length);
  writeU64(bytes, 0, BigInt(Math.round(contents.createdAt * MICROSECONDS)));
  writeU32(bytes, 8, Math.round(contents.lifetime));
  writeU32(bytes, 12, contents.localTag);
  writeU32(bytes, 16, contents.peerTag);
  // RFC 9260 §5.1.3: random numbers, and not the tags of the association that exists.
  writeU32(bytes, 20, contents.localTieTag);
  writeU32(bytes, 24, contents.peerTieTag);
  writeU16(bytes, 28, contents.localPort);
  writeU16(bytes, 30, contents.peerPort);
  writeU32(bytes, 32, contents.localInitialTsn);
  writeU32(bytes, 36, contents.peerInitialTsn);
  writeU32(bytes, 40, contents.peerWindow);
  writeU16(bytes, 44, contents.outboundStreams);
  writeU16(bytes, 46, contents.inboundStreams);
  writeU16(bytes, 48, addresses.length);
  bytes[50] = extensionsToBits(contents.extensions);
  if (adaptation !== undefined) writeU32(bytes, FIXED_LENGTH, adaptation);
  if (addressesAt > preferredAt) {
    const { preferredAddress } = contents;
    const index = preferredAddress === undefined ? -1 : contents.peerAddresses.indexOf(preferredAddress);
    bytes[preferredAt] = index + 1;
  }
  let offset = addressesAt;
  for (const address of addresses) {
    const raw = addressBytes(address);
    bytes[offset] = raw.length;
    bytes.set(raw, offset + 1);
    offset += 1 + raw.length;
  }
  bytes.set(vectors, offset);
  bytes.set(zone, offset + vectors.length);
  return bytes;
}

/**
 * Each with its length; nothing where there are none, so that the cookie stays small. RFC 4895 §6.3: what both sides said
 * in the open, for the cookie "MUST NOT contain any endpoint pair shared keys".
 */
function encodeKeyVectors(vectors: KeyVectors | undefined): Uint8Array {
  if (vectors === undefined) return new Uint8Array(0);
  const { local, peer } = vectors;
  const bytes = new Uint8Array(4 + local.length + peer.length);
  writeU16(bytes, 0, local.length);
  bytes.set(local, 2);
  writeU16(bytes, 2 + local.length, peer.length);
  bytes.set(peer, 4 + local.length);
  return bytes;
}

function decodeContents(bytes: Uint8Array): CookieContents {
  const addresses: IpAddress[] = [];
  const extensions = extensionsFromBits(bytes[50] ?? 0);
  let offset = FIXED_LENGTH + (extensions.adaptation ? 4 : 0);
  let preferred = 0;
  if (extensions.addressReconfiguration) {
    preferred = bytes[offset] ?? 0;
    offset += 1;
  }
  for (let count = readU16(bytes, 48); count > 0; count -= 1) {
    const length = bytes[offset] ?? 0;
    addresses.push(addressFromBytes(bytes, offset + 1, length === 4 ? 4 : 6));
    offset += 1 + length;
  }
  let keyVectors: KeyVectors | undefined;
  if (extensions.authentication) {
    const peerAt = offset + 2 + readU16(bytes, offset);
    const end = peerAt + 2 + readU16(bytes, peerAt);
    keyVectors = { local: bytes.slice(offset + 2, peerAt), peer: bytes.slice(peerAt + 2, end) };
    offset = end;
  }
  const zone = String.fromCharCode(...bytes.subarray(offset));
  const [localAddress, ...peerAddresses] = addresses.map((address) =>
    zone === "" ? address : withZone(address, zone),
  );
  if (localAddress === undefined) throw new Error("a cookie that we signed names no address");
  return {
    createdAt: Number(readU64(bytes, 0)) / MICROSECONDS,
    lifetime: readU32(bytes, 8),
    localTag: readU32(bytes, 12),
    peerTag: readU32(bytes, 16),
    localTieTag: readU32(bytes, 20),
    peerTieTag: readU32(bytes, 24),
    localPort: readU16(bytes, 28),
    peerPort: readU16(bytes, 30),
    localInitialTsn: asTsn(readU32(bytes, 32)),
    peerInitialTsn: asTsn(readU32(bytes, 36)),
    peerWindow: readU32(bytes, 40),
    outboundStreams: readU16(bytes, 44),
    inboundStreams: readU16(bytes, 46),
    extensions,
    adaptation: extensions.adaptation ? readU32(bytes, FIXED_LENGTH) : undefined,
    keyVectors,
    localAddress,
    peerAddresses,
    preferredAddress: peerAddresses[preferred - 1],
  };
}
