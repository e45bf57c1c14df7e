import type { Environment } from "../../base/environment.ts";
import { SctpError } from "../../base/error.ts";
import type { Parameter } from "../../packet/parameters/parameter.ts";
import { ChunkType } from "../../packet/registry.ts";
import type { QueuedMessage } from "../send/message.ts";
import { type AuthenticationConfig, canRequire } from "./authentication-config.ts";
import { type ChunkTypeTable, chunkTypeTable } from "./chunk-types.ts";
import { type KeyVectors, readKeyVector } from "./key-vectors.ts";
import { SharedKeys } from "./shared-keys.ts";
import { createSigner, type Signer } from "./signer.ts";
import { type AuthVerdict, type Verifier, verifyAuth } from "./verify.ts";

/** Authenticated chunks of one association (RFC 4895): its keys, what it asks for, and what the peer does. */
export class Authentication {
  readonly keys: SharedKeys;
  /** Keys that were deactivated and may still be in use. Bound: MAX_KEYS. */
  readonly retiring: Set<number> = new Set();
  /** Keys whose `free-key` is on its way to the user. Bound: MAX_KEYS. */
  readonly freed: Set<number> = new Set();
  readonly #environment: Environment;
  /** RANDOM, CHUNKS and HMAC-ALGO of our INIT, once it has been written. */
  offered: readonly Parameter[] | undefined = undefined;
  /** Types of chunks that come authenticated or not at all. */
  #required: ReadonlySet<number>;
  /** These, and AUTH. */
  #screened: ChunkTypeTable;
  readonly #verifier: { -readonly [K in keyof Verifier]: Verifier[K] };
  #peerChunks: readonly number[] = [];
  /** Undefined: the peer does not authenticate, or has not said so yet. */
  #signer: Signer | undefined = undefined;
  #isRefused = false;
  /** The key that the peer has signed with last. */
  #peerKey = 0;

  constructor(config: AuthenticationConfig, environment: Environment) {
    this.keys = new SharedKeys(config);
    this.#environment = environment;
    this.#required = new Set(config.requiredChunks);
    this.#screened = chunkTypeTable([ChunkType.AUTH, ...config.requiredChunks]);
    this.#verifier = {
      environment,
      hmacs: config.hmacs,
      keyOf: (keyId) => this.keys.associationKey(keyId),
    };
  }

  /** Both sides authenticate. */
  get isAgreed(): boolean {
    return this.#signer !== undefined;
  }

  /** The peer has said that it does not authenticate. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Types of chunks that we require, and that the peer does. */
  get requiredChunks(): readonly number[] {
    return [...this.#required];
  }

  get peerChunks(): readonly number[] {
    return this.#peerChunks;
  }

  /** The handshake has told both key vectors, or that the peer does not authenticate; user data may be I-DATA. */
  adopt(vectors: KeyVectors | undefined, interleaves: boolean): void {
    this.keys.setVectors(vectors);
    this.#signer = undefined;
    this.#peerKey = 0;
    this.#peerChunks = [];
    this.#isRefused = vectors === undefined;
    if (vectors === undefined) return;
    const ours = readKeyVector(vectors.local);
    this.#required = new Set(ours.chunkTypes);
    this.#screened = chunkTypeTable([ChunkType.AUTH, ...ours.chunkTypes]);
    this.#verifier.hmacs = ours.hmacs;
    const theirs = readKeyVector(vectors.peer);
    this.#signer = createSigner(this.#environment, this.keys, theirs, interleaves);
    // RFC 4895 §3.2: "INIT, INIT-ACK, SHUTDOWN-COMPLETE, and AUTH chunks MUST be ignored" in it.
    if (this.isAgreed) this.#peerChunks = [...new Set(theirs.chunkTypes.filter(canRequire))];
  }

  /** Whether a chunk of this type is discarded unless an AUTH chunk stands before it (RFC 4895 §6.3). */
  requires(chunkType: number): boolean {
    return this.#required.has(chunkType);
  }

  /** Whether it makes a difference to a chunk of this type what is authenticated. */
  screens(chunkType: number): boolean {
    return this.#screened[chunkType] === 1;
  }

  /** What the AUTH chunk of `length` bytes at `offset` of a packet is worth. */
  verify(bytes: Uint8Array, offset: number, length: number): AuthVerdict {
    return verifyAuth(this.#verifier, bytes, offset, length);
  }

  /** Notes the key that the peer signs with; true when it is another than before (RFC 6458 §6.1.8). */
  notePeerKey(keyId: number): boolean {
    if (keyId === this.#peerKey) return false;
    this.#peerKey = keyId;
    return true;
  }

  /** The key is another one now, or none: nothing is told of the one that it was. */
  forgetRetired(keyId: number): void {
    this.retiring.delete(keyId);
    this.freed.delete(keyId);
  }

  /** For the next packet; undefined when the peer would not understand. */
  beginPacket(): Signer | undefined {
    this.#signer?.begin();
    return this.#signer;
  }

  /** Whether a chunk with these user data may go into the packet that was begun. */
  admits(message: QueuedMessage | undefined): boolean {
    if (this.#signer === undefined) return true;
    return this.#signer.admits(message?.keyId ?? this.keys.active, message?.signed === true);
  }

  /** Bytes that a packet with such a chunk needs for its AUTH chunk; of user data, those of this message. */
  overhead(chunkType: number, message?: QueuedMessage): number {
    const signer = this.#signer;
    if (signer === undefined) return 0;
    // Not what the signer says of the packet that was begun last.
    return signer.requires(chunkType) || message?.signed === true ? signer.length : 0;
  }

  /** The key that a message is sent with, as it is handed over. Throws ERR_SCTP_UNKNOWN_KEY, ERR_SCTP_NOT_SUPPORTED. */
  keyFor(keyId: number | undefined): number {
    if (keyId === undefined) return this.keys.active;
    if (this.#isRefused) {
      throw new SctpError(
        "ERR_SCTP_NOT_SUPPORTED",
        "A message names a shared key, and the peer does not authenticate chunks (RFC 4895).",
      );
    }
    this.keys.checkUsable(keyId);
    return keyId;
  }
}

/** Throws where a message names a key and there can be none. */
export function keyOfMessage(
  authentication: Authentication | undefined,
  keyId: number | undefined,
): number | undefined {
  if (authentication !== undefined) return authentication.keyFor(keyId);
  if (keyId === undefined) return undefined;
  throw new SctpError(
    "ERR_SCTP_INVALID_STATE",
    "A message names a shared key, and authentication is off: set the option authentication.",
  );
}
