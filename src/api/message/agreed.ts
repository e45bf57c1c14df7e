import type { Association } from "../../stack/index.ts";

/** The extensions that both sides of an association have on, by the names of their options. */
export interface AgreedExtensions {
  /** Messages may be given up after they were sent (RFC 3758). */
  readonly partialReliability: boolean;
  /** Streams can be reset and added (RFC 6525). */
  readonly reconfiguration: boolean;
  /** A large message does not hold up other streams: I-DATA (RFC 8260). */
  readonly interleaving: boolean;
  /** Chunks are authenticated that either requires, and messages with `authKeyId` (RFC 4895). */
  readonly authentication: boolean;
  /** Addresses can come and go (RFC 5061). */
  readonly addressReconfiguration: boolean;
}

export function agreedOf(core: Association): AgreedExtensions {
  return {
    partialReliability: core.isPartiallyReliable,
    reconfiguration: core.canReconfigure,
    interleaving: core.interleaves,
    authentication: core.authenticates,
    addressReconfiguration: core.reconfiguresAddresses,
  };
}
