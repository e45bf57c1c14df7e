import type { Association as Core } from "../../stack/index.ts";

/**
 * The shared keys of one association (RFC 4895). What is called throws ERR_SCTP_INVALID_STATE (the option
 * `authentication` was not set, or the key is in use), ERR_SCTP_UNKNOWN_KEY, ERR_SCTP_CLOSED.
 */
export class AuthKeys {
  readonly #core: (where: string) => Core;
  readonly #wake: () => void;

  /** @internal `core` throws when the association is over; `wake`: there may be an event. */
  constructor(core: (where: string) => Core, wake: () => void) {
    this.#core = core;
    this.#wake = wake;
  }

  /** Sets a key, or replaces it (RFC 6458 §8.3.3). Throws ERR_SCTP_INVALID_OPTION, ERR_SCTP_LIMIT, too. */
  set(keyId: number, secret: Uint8Array): void {
    this.#core("authKeys.set()").setAuthKey(keyId, secret);
  }

  /** Messages sent from now on have this key (RFC 6458 §8.1.18). */
  activate(keyId: number): void {
    this.#core("authKeys.activate()").activateAuthKey(keyId);
  }

  /**
   * No message will have this key, which is not the active one; `authentication` says when it is free, once, unless it
   * was deleted or set anew before (RFC 6458 §8.3.4).
   */
  deactivate(keyId: number): void {
    this.#core("authKeys.deactivate()").deactivateAuthKey(keyId);
    this.#wake();
  }

  /** Forgets a key that was deactivated and is free (RFC 6458 §8.3.5). */
  delete(keyId: number): void {
    this.#core("authKeys.delete()").deleteAuthKey(keyId);
  }
}
