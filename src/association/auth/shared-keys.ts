import { SctpError } from "../../base/error.ts";
import {
  type AuthenticationConfig,
  checkKey,
  MAX_KEYS,
  NULL_KEY,
  tooManyKeys,
} from "./authentication-config.ts";
import { associationKey, type KeyVectors } from "./key-vectors.ts";

interface SharedKey {
  readonly secret: Uint8Array;
  deactivated: boolean;
  /** The association shared key, from its first use on. */
  derived: Uint8Array | undefined;
}

/** The endpoint pair shared keys of an association, and the keys that are made of them (RFC 4895 §6.1). */
export class SharedKeys {
  /** By Shared Key Identifier. Bound: MAX_KEYS. */
  readonly #keys: Map<number, SharedKey> = new Map();
  #active: number;
  #vectors: KeyVectors | undefined = undefined;

  constructor({
    keys,
    activeKey,
    deactivatedKeys,
  }: Pick<AuthenticationConfig, "keys" | "activeKey" | "deactivatedKeys">) {
    for (const [id, secret] of keys) this.#put(id, secret, deactivatedKeys.includes(id));
    // RFC 4895 §6.1: "If there is no endpoint pair shared key, only one association shared key is computed by using an
    // empty byte vector"; §6.2: its identifier is 0.
    if (keys.size === 0) this.#put(NULL_KEY, new Uint8Array(0));
    this.#active = activeKey;
  }

  /** Identifier of the key that is sent with. */
  get active(): number {
    return this.#active;
  }

  /** Both sides have said what keys are made of; undefined: no longer. */
  setVectors(vectors: KeyVectors | undefined): void {
    this.#vectors = vectors;
    for (const key of this.#keys.values()) key.derived = undefined;
  }

  /** The association shared key; undefined where there is no such key, or the peer has not said its part. */
  associationKey(id: number): Uint8Array | undefined {
    const key = this.#keys.get(id);
    if (key === undefined || this.#vectors === undefined) return undefined;
    key.derived ??= associationKey(key.secret, this.#vectors);
    return key.derived;
  }

  /** The same keys with other key vectors, those of a cookie. */
  withVectors(vectors: KeyVectors): SharedKeys {
    const keys = new Map([...this.#keys].map(([id, { secret }]) => [id, secret]));
    const same = new SharedKeys({ keys, activeKey: this.#active, deactivatedKeys: [] });
    same.setVectors(vectors);
    return same;
  }

  /** Whether messages may be sent with it. */
  isUsable(id: number): boolean {
    return this.#keys.get(id)?.deactivated === false;
  }

  isDeactivated(id: number): boolean {
    return this.#keys.get(id)?.deactivated === true;
  }

  /** RFC 6458 §8.3.3: "If a key of the specified index already exists, then this new key will replace the old". */
  set(id: number, secret: Uint8Array): void {
    checkKey(id, secret);
    if (!this.#keys.has(id) && this.#keys.size >= MAX_KEYS) throw tooManyKeys();
    this.#put(id, secret);
  }

  /** RFC 6458 §8.1.18. Throws ERR_SCTP_UNKNOWN_KEY. */
  activate(id: number): void {
    if (!this.isUsable(id)) throw this.#unusable(id);
    this.#active = id;
  }

  /**
   * RFC 6458 §8.3.4: "The currently active key cannot be deactivated." False: it was deactivated already. Throws as
   * {@link activate}.
   */
  deactivate(id: number): boolean {
    const key = this.#find(id);
    if (id === this.#active) {
      throw new SctpError(
        "ERR_SCTP_INVALID_STATE",
        `The shared key ${id} is the active one: activate another one first.`,
      );
    }
    if (key.deactivated) return false;
    key.deactivated = true;
    return true;
  }

  /** RFC 6458 §8.3.5: "it must be deactivated first". */
  delete(id: number): void {
    if (!this.#find(id).deactivated) {
      throw new SctpError("ERR_SCTP_INVALID_STATE", `The shared key ${id} is in use: deactivate it first.`);
    }
    this.#keys.delete(id);
  }

  /** Throws ERR_SCTP_UNKNOWN_KEY unless messages may be sent with it. */
  checkUsable(id: number): void {
    if (!this.isUsable(id)) throw this.#unusable(id);
  }

  #put(id: number, secret: Uint8Array, deactivated: boolean = false): void {
    this.#keys.set(id, { secret: new Uint8Array(secret), deactivated, derived: undefined });
  }

  #find(id: number): SharedKey {
    const key = this.#keys.get(id);
    if (key === undefined) throw this.#unusable(id);
    return key;
  }

  #unusable(id: number): SctpError {
    const why = this.#keys.has(id) ? "is deactivated" : "is not there";
    const usable = [...this.#keys.keys()].filter((other) => this.isUsable(other)).join(", ");
    return new SctpError("ERR_SCTP_UNKNOWN_KEY", `The shared key ${id} ${why}; there are ${usable}.`);
  }
}
