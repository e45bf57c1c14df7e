import type { Association as Core } from "../../stack/index.ts";

/**
 * The shared keys of one association (RFC 4895). What is called throws ERR_SCTP_INVALID_STATE (the option
 * `authentication` was not set, or the key is in use), ERR_SCTP_UNKNOWN_KEY.
 */
export class AuthKeys {
  readonly #core: Core;

  /** @internal */
  constructor(core: Core) {
    this.#core = core;
  }

  /** Sets a key, or replaces it (RFC 6458 §8.3.3). Throws ERR_SCTP_INVALID_OPTION, ERR_SCTP_LIMIT, too. */
  set(keyId: number, secret: Uint8Array): void {
    this.#core.setAuthKey(keyId, secret);
  }

  /** Messages sent from now on have this key (RFC 6458 §8.1.18). */
  activate(keyId: number): void {
    this.#core.activateAuthKey(keyId);
  }

  /** No message will have this key, which is not the active one; `authentication` says when it is free (RFC 6458 §8.3.4). */
  deactivate(keyId: number): void {
    this.#core.deactivateAuthKey(keyId);
  }

  /** Forgets a key that was deactivated and is free (RFC 6458 §8.3.5). */
  delete(keyId: number): void {
    this.#core.deleteAuthKey(keyId);
  }
}
