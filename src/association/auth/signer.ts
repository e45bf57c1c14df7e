import { writeU16 } from "../../base/bytes.ts";
import type { Environment } from "../../base/environment.ts";
import { AUTH_HEADER } from "../../packet/chunks/auth.ts";
import { finishChunk } from "../../packet/chunks/chunk.ts";
import { ChunkType } from "../../packet/registry.ts";
import type { PacketSigner } from "../../packet/writer.ts";
import { ALWAYS_AUTHENTICATED, canRequire } from "./authentication-config.ts";
import { type ChunkTypeTable, chunkTypeTable } from "./chunk-types.ts";
import { chooseHmac, type HmacAlgorithm } from "./hmac.ts";
import type { VectorContents } from "./key-vectors.ts";
import type { SharedKeys } from "./shared-keys.ts";

export interface SignerOptions {
  readonly environment: Environment;
  readonly keys: SharedKeys;
  readonly algorithm: HmacAlgorithm;
  /** Types of chunks that must be authenticated. */
  readonly required: ChunkTypeTable;
  /** Type of the chunks with user data: DATA, or I-DATA (RFC 8260 §2.2.1). */
  readonly dataType: number;
}

/** Puts the AUTH chunk into packets, and signs them (RFC 4895 §6.2). One packet has one key. */
export class Signer implements PacketSigner {
  /** Bytes of the AUTH chunk; no HMAC needs padding. */
  readonly length: number;
  readonly #options: SignerOptions;
  readonly #required: ChunkTypeTable;
  readonly #dataType: number;
  #keyId: number;
  #isPlaced = false;
  /** User data are authenticated although the peer does not ask for it. */
  #signsData = false;
  /** User data stand in the packet without an AUTH chunk before them. */
  #hasPlainData = false;

  constructor(options: SignerOptions) {
    this.#options = options;
    this.#required = options.required;
    this.#dataType = options.dataType;
    this.#keyId = options.keys.active;
    this.length = AUTH_HEADER + options.algorithm.length;
  }

  /** A packet begins: the active key signs it, unless user data name another. */
  begin(): void {
    this.#keyId = this.#options.keys.active;
    this.#isPlaced = false;
    this.#signsData = false;
    this.#hasPlainData = false;
  }

  /** RFC 4895 §6.2: chunks "MUST" be authenticated "where this has been requested by the peer". */
  requires(chunkType: number): boolean {
    return this.#required[chunkType] === 1;
  }

  /** Whether it is to be signed in the packet that was begun. */
  signs(chunkType: number): boolean {
    return this.requires(chunkType) || (this.#signsData && chunkType === this.#dataType);
  }

  /**
   * Whether user data with this key may go into the packet. RFC 6458 §8.1.18: "must not bundle user messages that should
   * be authenticated using different shared key identifiers".
   */
  admits(keyId: number, isAsked: boolean): boolean {
    if (!isAsked && this.#required[this.#dataType] !== 1) {
      this.#hasPlainData ||= !this.#isPlaced;
      return true;
    }
    if (this.#isPlaced) return keyId === this.#keyId;
    // RFC 9260 §6.10: "Control chunks MUST come before DATA chunks", and AUTH is one.
    if (this.#hasPlainData) return false;
    this.#keyId = keyId;
    this.#signsData = true;
    return true;
  }

  /** Writes the AUTH chunk, its HMAC still zero, and gives the offset after it. */
  place(into: Uint8Array, offset: number): number {
    this.#isPlaced = true;
    const { algorithm } = this.#options;
    // RFC 4895 §5.1: the type "MUST be set to 0x0F", the flags "SHOULD be set to zero on transmit".
    into[offset] = ChunkType.AUTH;
    into[offset + 1] = 0;
    writeU16(into, offset + 4, this.#keyId);
    writeU16(into, offset + 6, algorithm.id);
    into.fill(0, offset + AUTH_HEADER, offset + this.length);
    return finishChunk(into, offset, offset + this.length);
  }

  /** RFC 4895 §6.2: "The sender fills the HMAC into the HMAC field": over all from the AUTH chunk to the packet's end. */
  sign(packet: Uint8Array, offset: number, end: number): void {
    const { environment, keys, algorithm } = this.#options;
    const key = keys.associationKey(this.#keyId);
    if (key === undefined) throw new Error(`the shared key ${this.#keyId} went while it was in use`);
    packet.set(algorithm.compute(environment, key, packet.subarray(offset, end)), offset + AUTH_HEADER);
  }
}

/**
 * Signs for a peer whose key vector that is, with keys whose vectors are set; undefined where it names no HMAC of ours.
 * RFC 4895 §3.2: "the types for INIT, INIT-ACK, SHUTDOWN-COMPLETE, and AUTH chunks MUST be ignored".
 */
export function createSigner(
  environment: Environment,
  keys: SharedKeys,
  { chunkTypes, hmacs }: VectorContents,
  interleaves: boolean = false,
): Signer | undefined {
  const algorithm = chooseHmac(hmacs);
  if (algorithm === undefined) return undefined;
  const required = chunkTypeTable([...chunkTypes.filter(canRequire), ...ALWAYS_AUTHENTICATED]);
  const dataType = interleaves ? ChunkType.I_DATA : ChunkType.DATA;
  return new Signer({ environment, keys, algorithm, required, dataType });
}
