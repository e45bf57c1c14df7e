import { defaultConfig } from "../../association/config.ts";
import { SctpError } from "../../base/error.ts";
import { type Check, type CheckTable, checkOptions, integer } from "../message/checks.ts";
import {
  type OfferedParameter,
  type ProtocolOptions,
  protocolChecks,
  protocolParameters,
} from "../message/config-options.ts";

/** Protocol parameters under the names of `sysctl net.sctp`, as the package `sctp` has them. Times in ms. */
export interface SctpDefaults {
  /** RTO.Initial, RTO.Min, RTO.Max (RFC 9260 §16). */
  readonly rto_initial: number;
  readonly rto_min: number;
  readonly rto_max: number;
  /** RTO.Alpha and RTO.Beta are 1 divided by 2 to the power of these. */
  readonly rto_alpha_exp_divisor: number;
  readonly rto_beta_exp_divisor: number;
  readonly valid_cookie_life: number;
  readonly max_burst: number;
  readonly association_max_retrans: number;
  readonly path_max_retrans: number;
  readonly pf_retrans: number;
  readonly max_init_retransmits: number;
  readonly hb_interval: number;
  /** At most 500 (RFC 9260 §6.2). */
  readonly sack_timeout: number;
  readonly sack_freq: number;
  /** Receive buffer, bytes, at least 1,500. */
  readonly RWND: number;
  /** Path MTU, bytes of an IP packet; undefined for that of the interface. */
  readonly PMTU: number | undefined;
}

type Parameter = Exclude<OfferedParameter, "advertise">;

interface Entry {
  readonly parameter: Parameter;
  readonly check: Check;
  /** From the sysctl's value to the parameter's. Its own inverse is `shown`. */
  readonly meant?: (value: number) => number;
  readonly shown?: (value: number) => number;
}

const plain = (parameter: Parameter): Entry => ({ parameter, check: protocolChecks[parameter] });

const halvings = (parameter: Parameter): Entry => ({
  parameter,
  check: integer(0, 31),
  meant: (value) => 2 ** -value,
  shown: (value) => -Math.log2(value),
});

const entries: Readonly<Record<keyof SctpDefaults, Entry>> = {
  rto_initial: plain("rtoInitial"),
  rto_min: plain("rtoMin"),
  rto_max: plain("rtoMax"),
  rto_alpha_exp_divisor: halvings("rtoAlpha"),
  rto_beta_exp_divisor: halvings("rtoBeta"),
  valid_cookie_life: plain("validCookieLife"),
  max_burst: plain("maxBurst"),
  association_max_retrans: plain("associationMaxRetrans"),
  path_max_retrans: plain("pathMaxRetrans"),
  pf_retrans: plain("potentiallyFailedMaxRetrans"),
  max_init_retransmits: plain("maxInitRetransmits"),
  hb_interval: plain("heartbeatInterval"),
  sack_timeout: plain("sackDelay"),
  sack_freq: plain("sackFrequency"),
  RWND: plain("receiveBuffer"),
  PMTU: plain("pathMtu"),
};

const checks: CheckTable = Object.fromEntries(
  Object.entries(entries).map(([name, { check }]) => [name, check]),
);

/** What the package `sctp` has besides, and why it is not here. */
const absent: Readonly<Record<string, string>> = {
  G: "timers here have no granularity to be set",
  cookie_hmac_alg: "cookies are signed with HMAC-SHA-256",
};

let chosen: ProtocolOptions = {};

/** The parameters that everything opened from now on begins with; its own options come on top. */
export function chosenDefaults(): ProtocolOptions {
  return chosen;
}

/**
 * Sets default parameters of this module, for servers that listen and sockets that connect from now on, and returns
 * all of them as they are. All or none: throws ERR_SCTP_INVALID_OPTION, and nothing has changed then.
 */
export function defaults(parameters: Partial<SctpDefaults> = {}): SctpDefaults {
  for (const [name, why] of Object.entries(absent)) {
    if (Object.hasOwn(parameters ?? {}, name)) {
      throw new SctpError("ERR_SCTP_INVALID_OPTION", `defaults(): "${name}" cannot be set: ${why}`);
    }
  }
  checkOptions("defaults()", parameters, checks);
  const changes: Record<string, unknown> = {};
  for (const [name, { parameter, meant }] of Object.entries(entries)) {
    const value = parameters[name as keyof SctpDefaults];
    if (value !== undefined) changes[parameter] = meant === undefined ? value : meant(value);
  }
  const next = { ...chosen, ...changes } as ProtocolOptions;
  protocolParameters("defaults()", next);
  chosen = next;
  return current();
}

function current(): SctpDefaults {
  const config = protocolParameters("defaults()", chosen, defaultConfig);
  const values = Object.entries(entries).map(([name, { parameter, shown }]) => {
    const value = config[parameter];
    return [name, shown === undefined || typeof value !== "number" ? value : shown(value)];
  });
  return Object.fromEntries(values) as SctpDefaults;
}
