import type { ProtocolOptions } from "../../src/api/message/index.ts";
import type { AuthenticationConfig } from "../../src/association/auth/authentication-config.ts";
import { HmacId } from "../../src/association/auth/hmac.ts";
import type { AssociationConfig } from "../../src/association/config.ts";

/** Which extensions an endpoint has on; none of them is used while it is measured. */
export type ExtensionSet = "off" | "default" | "on";

/** On a link of 1,500 bytes: with larger packets the cost of one is shared by more bytes. */
const PATH_MTU = 1_500;

const options: Readonly<Record<ExtensionSet, ProtocolOptions>> = {
  off: {
    reconfiguration: false,
    partialReliability: false,
    interleaving: false,
    addressReconfiguration: false,
  },
  default: {},
  // Interleaving is not among them: I-DATA has 4 bytes more in every chunk, which is no work of ours.
  on: {
    reconfiguration: true,
    partialReliability: true,
    addressReconfiguration: true,
    authentication: { keys: new Map([[1, Buffer.from("a key of the benchmark")]]), activeKey: 1 },
    adaptation: 1,
  },
};

/** Of the message API. */
export function extensionOptions(set: ExtensionSet): ProtocolOptions {
  return { ...options[set], pathMtu: PATH_MTU };
}

/** The same of the core. */
export function extensionConfig(set: ExtensionSet): Partial<AssociationConfig> {
  const { authentication, ...others } = extensionOptions(set);
  if (authentication === undefined) return others as Partial<AssociationConfig>;
  const { keys, activeKey } = authentication as { keys: ReadonlyMap<number, Uint8Array>; activeKey: number };
  const config: AuthenticationConfig = {
    keys,
    activeKey,
    deactivatedKeys: [],
    requiredChunks: [],
    hmacs: [HmacId.SHA256, HmacId.SHA1],
  };
  return { ...(others as Partial<AssociationConfig>), authentication: config };
}
