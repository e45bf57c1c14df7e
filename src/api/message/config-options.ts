import {
  type AuthenticationConfig,
  checkAuthentication,
  defaultAuthentication,
} from "../../association/auth/authentication-config.ts";
import { type AssociationConfig, defaultConfig } from "../../association/config.ts";
import { congestionControls } from "../../association/path/congestion/create.ts";
import { schedulerNames } from "../../association/send/schedulers/create.ts";
import { addressScope, parseAddress } from "../../base/address.ts";
import { SMALLEST_INITIAL_WINDOW } from "../../packet/chunks/init-body.ts";
import {
  aBoolean,
  type Check,
  type CheckTable,
  delay,
  fraction,
  integer,
  oneOf,
  orInfinity,
  wrongOption,
} from "./checks.ts";

/** Parameters that are options of the sockets API alone (RFC 6458). */
type SocketParameter =
  | "autoClose"
  | "automaticReconfiguration"
  | "fragmentInterleave"
  | "heartbeats"
  | "initRtoMax"
  | "maxSegment"
  | "partialDeliveryPoint";

/** The parameters that are options of this face. */
export type OfferedParameter = Exclude<keyof AssociationConfig, SocketParameter>;

/**
 * The protocol parameters, each as an option of the same name with the same default and unit: see
 * {@link AssociationConfig}. `advertise` takes addresses as text.
 */
export type ProtocolOptions = {
  readonly [K in Exclude<OfferedParameter, "advertise" | "authentication">]?:
    | AssociationConfig[K]
    | undefined;
} & {
  readonly advertise?: readonly string[] | undefined;
  readonly authentication?: AuthenticationOptions | undefined;
};

/**
 * How chunks are authenticated (RFC 4895): see {@link AuthenticationConfig}. Defaults: no key but the null key 0; the
 * first key is the active one; no chunk is required; SHA-256 rather than SHA-1.
 */
export type AuthenticationOptions = Partial<AuthenticationConfig>;

const authentication: Check = {
  takes: "{ keys: a Map of Uint8Arrays by identifier, activeKey, deactivatedKeys, requiredChunks, hmacs }",
  accepts: (value) => {
    if (typeof value !== "object" || value === null) return false;
    const { keys, activeKey, deactivatedKeys, requiredChunks, hmacs, ...others } = value as Record<
      string,
      unknown
    >;
    const isList = (list: unknown): boolean => list === undefined || Array.isArray(list);
    return (
      (keys === undefined || keys instanceof Map) &&
      (activeKey === undefined || Number.isInteger(activeKey)) &&
      isList(deactivatedKeys) &&
      isList(requiredChunks) &&
      isList(hmacs) &&
      Object.keys(others).length === 0
    );
  },
};

function authenticationConfig(given: AuthenticationOptions): AuthenticationConfig {
  const keys = given.keys ?? defaultAuthentication.keys;
  const [first = defaultAuthentication.activeKey] = keys.keys();
  const config = {
    keys,
    activeKey: given.activeKey ?? first,
    deactivatedKeys: given.deactivatedKeys ?? defaultAuthentication.deactivatedKeys,
    requiredChunks: given.requiredChunks ?? defaultAuthentication.requiredChunks,
    hmacs: given.hmacs ?? defaultAuthentication.hmacs,
  };
  checkAuthentication(config);
  // What the caller does to its own lists and keys later must not change what was checked, nor what peers are told.
  return {
    ...config,
    keys: new Map([...keys].map(([id, secret]) => [id, new Uint8Array(secret)])),
    deactivatedKeys: [...config.deactivatedKeys],
    requiredChunks: [...new Set(config.requiredChunks)],
    hmacs: [...new Set(config.hmacs)],
  };
}

const addressList: Check = {
  takes: "a list of unicast IP addresses",
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isAdvertisable),
};

function isAdvertisable(text: unknown): boolean {
  const address = typeof text === "string" ? parseAddress(text) : undefined;
  if (address === undefined) return false;
  const scope = addressScope(address);
  return scope !== "unspecified" && scope !== "multicast" && scope !== "broadcast";
}

const streamValues: Check = {
  takes: "a Map of stream numbers and values, both integers from 0 to 65535",
  accepts: (value) => value instanceof Map && [...value].flat().every((each) => u16.accepts(each)),
};

const u16 = integer(0, 65_535);

// A bound of 1 GiB on what is kept in memory for one association; a_rwnd itself ends at 4 GiB (RFC 9260 §3.3.2).
const BYTES = 1_073_741_824;

/** Every protocol parameter that is offered. A new one in AssociationConfig does not compile until it is here. */
export const protocolChecks: { readonly [K in OfferedParameter]: Check } & CheckTable = {
  rtoInitial: delay(1),
  rtoMin: delay(1),
  rtoMax: delay(1),
  rtoAlpha: fraction,
  rtoBeta: fraction,
  maxBurst: integer(1, 65_535, "packets"),
  associationMaxRetrans: orInfinity(integer(0, 65_535)),
  pathMaxRetrans: orInfinity(integer(0, 65_535)),
  maxInitRetransmits: orInfinity(integer(0, 65_535)),
  heartbeatInterval: delay(0),
  heartbeatMaxBurst: integer(1, 65_535),
  // RFC 9260 §6.2: MUST NOT allow SACK.Delay to be configured to be more than 500 ms.
  sackDelay: delay(0, 500),
  sackFrequency: integer(1, 65_535, "packets"),
  potentiallyFailedMaxRetrans: orInfinity(integer(0, 65_535)),
  primarySwitchoverMaxRetrans: orInfinity(integer(0, 65_535)),
  validCookieLife: delay(1),
  // RFC 9260 §3.3.2: a value of 0 MUST NOT be used.
  outboundStreams: integer(1, 65_535),
  inboundStreams: integer(1, 65_535),
  // RFC 9260 §3.3.2: the advertised receiver window credit MUST NOT be smaller than 1,500.
  receiveBuffer: integer(SMALLEST_INITIAL_WINDOW, BYTES, "bytes"),
  sendBuffer: integer(1, BYTES, "bytes"),
  maxMessageSize: integer(1, BYTES, "bytes"),
  errorReplies: integer(1, 1_000_000, "chunks"),
  pathMtuSearch: oneOf("own", "always", "never"),
  pathMtu: integer(576, 65_535, "bytes of an IP packet"),
  scheduler: oneOf(...schedulerNames),
  congestionControl: oneOf(...congestionControls),
  lossDetection: oneOf("rfc9260", "rack"),
  streamValues,
  interleaving: aBoolean,
  noDelay: aBoolean,
  zeroChecksum: aBoolean,
  reconfiguration: aBoolean,
  partialReliability: aBoolean,
  tailLossProbes: aBoolean,
  allowStreamReset: aBoolean,
  allowAssociationReset: aBoolean,
  allowStreamChange: aBoolean,
  authentication,
  nat: aBoolean,
  advertise: addressList,
  adaptation: integer(0, 0xffff_ffff),
  addressReconfiguration: {
    takes: 'true, false or "unauthenticated"',
    accepts: (value) => typeof value === "boolean" || value === "unauthenticated",
  },
};

/**
 * The protocol parameters among `given`, which `checkOptions` has passed. `base` is what they come on top of.
 * @throws SctpError ERR_SCTP_INVALID_OPTION when they contradict each other.
 */
export function protocolParameters(
  where: string,
  given: ProtocolOptions,
  base: Partial<AssociationConfig> = {},
): Partial<AssociationConfig> {
  const chosen: Record<string, unknown> = { ...base };
  for (const name of Object.keys(protocolChecks)) {
    const value = (given as Record<string, unknown>)[name];
    if (value !== undefined)
      chosen[name] = name === "advertise" ? (value as string[]).map(parseAddress) : value;
  }
  const config = chosen as Partial<Mutable<AssociationConfig>>;
  if (given.authentication !== undefined) config.authentication = authenticationConfig(given.authentication);
  if (given.heartbeatInterval !== undefined) config.heartbeats = given.heartbeatInterval > 0;
  const rtoMin = config.rtoMin ?? defaultConfig.rtoMin;
  const rtoMax = config.rtoMax ?? defaultConfig.rtoMax;
  if (rtoMin > rtoMax) {
    const name = given.rtoMin === undefined ? "rtoMax" : "rtoMin";
    throw wrongOption(where, name, given[name], `a time with rtoMin (${rtoMin} ms) <= rtoMax (${rtoMax} ms)`);
  }
  // RFC 7829 §5, 1: "the PSMR MUST be set greater than or equal to the PFMR value ... MUST reject any other values".
  const pfmr = config.potentiallyFailedMaxRetrans ?? defaultConfig.potentiallyFailedMaxRetrans;
  const psmr = config.primarySwitchoverMaxRetrans ?? defaultConfig.primarySwitchoverMaxRetrans;
  if (psmr < pfmr) {
    const isPsmr = given.primarySwitchoverMaxRetrans !== undefined;
    const name = isPsmr ? "primarySwitchoverMaxRetrans" : "potentiallyFailedMaxRetrans";
    const takes = isPsmr
      ? `at least potentiallyFailedMaxRetrans (${pfmr})`
      : `at most primarySwitchoverMaxRetrans (${psmr})`;
    throw wrongOption(where, name, given[name], takes);
  }
  const rtoInitial = config.rtoInitial ?? defaultConfig.rtoInitial;
  if (rtoInitial < rtoMin || rtoInitial > rtoMax) {
    if (given.rtoInitial !== undefined) {
      throw wrongOption(
        where,
        "rtoInitial",
        rtoInitial,
        `a time from rtoMin (${rtoMin} ms) to rtoMax (${rtoMax} ms)`,
      );
    }
    // Who asks for an RTO.Min of 3 s or an RTO.Max of 300 ms means the first RTO as well.
    config.rtoInitial = Math.min(Math.max(rtoInitial, rtoMin), rtoMax);
  }
  return config;
}

/**
 * What `association.configure` changes of `base`, and nothing that stays as it is: the search for the path MTU would
 * begin anew. Of `pathMtu` undefined is the default, which it goes back to; elsewhere an undefined option counts as not
 * given.
 */
export function changedParameters(
  where: string,
  given: ProtocolOptions,
  base: AssociationConfig,
): Partial<AssociationConfig> {
  const config = protocolParameters(where, given, base);
  const wanted = "pathMtu" in given ? { ...config, pathMtu: given.pathMtu } : config;
  const changed = (name: string): boolean =>
    wanted[name as keyof AssociationConfig] !== base[name as keyof AssociationConfig];
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => changed(name)));
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
