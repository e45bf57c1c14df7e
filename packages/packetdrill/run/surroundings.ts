import { type IpAddress, parseAddress } from "usctp/core";
import { AF_INET, AF_INET6 } from "usctp/socket";
import type { ScriptOption } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";
import type { End } from "./conversation.ts";

/** What the options of a script say of the tested host and its peer. */
export interface Surroundings {
  readonly domain: typeof AF_INET | typeof AF_INET6;
  readonly local: End;
  readonly remote: End;
  /** ms by which a packet may be early or late. */
  readonly tolerance: number;
  /** Bytes of an IP packet, with no UDP header in it. */
  readonly mtu: number;
}

/** Where nothing else is said, as packetdrill has it. */
const ADDRESSES = {
  4: { local: "192.168.0.1", remote: "192.0.2.1" },
  6: { local: "fd3d:a0b:17d6::1", remote: "fd3d:fa7b:d17d::1" },
} as const;
const DEFAULTS = {
  ip_version: "ipv4",
  tolerance_usecs: "4000",
  bind_port: "8080",
  connect_port: "8080",
  mtu: "1500",
};

/** Options that have no meaning here: there is no device, no wire and no other machine. */
const ignored: ReadonlySet<string> = new Set([
  "gateway_ip",
  "netmask_ip",
  "speed",
  "non_fatal",
  "verbose",
  "debug",
  "init_scripts",
  "send_omit_free",
]);
const known: ReadonlySet<string> = new Set([...Object.keys(DEFAULTS), "local_ip", "remote_ip", ...ignored]);

const SMALLEST_MTU = 576;
const LARGEST_MTU = 65_507;

/** Throws a `ScriptError` for an option that there is not, or that has no such value. */
export function readOptions(options: readonly ScriptOption[]): Surroundings {
  for (const { name, at } of options) {
    if (!known.has(name)) throw new ScriptError(`there is no option --${name}`, at);
  }
  const given = new Map(options.map((option) => [option.name, option]));
  const number = (name: keyof typeof DEFAULTS, least: number, most: number): number => {
    const value = Number(given.get(name)?.value ?? DEFAULTS[name]);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw wrong(given.get(name), `a whole number from ${least} to ${most}`);
  };
  const version = given.get("ip_version")?.value ?? DEFAULTS.ip_version;
  if (version !== "ipv4" && version !== "ipv6" && version !== "ipv4-mapped-ipv6")
    throw wrong(given.get("ip_version"), "ipv4, ipv6 or ipv4-mapped-ipv6");
  const family = version === "ipv6" ? 6 : 4;
  const address = (name: "local_ip" | "remote_ip", otherwise: string): IpAddress => {
    const parsed = parseAddress(given.get(name)?.value ?? otherwise);
    if (parsed !== undefined && parsed.includes(":") === (family === 6)) return parsed;
    throw wrong(given.get(name), `an IPv${family} address`);
  };
  return {
    domain: version === "ipv4" ? AF_INET : AF_INET6,
    local: { address: address("local_ip", ADDRESSES[family].local), port: number("bind_port", 1, 65_535) },
    remote: {
      address: address("remote_ip", ADDRESSES[family].remote),
      port: number("connect_port", 1, 65_535),
    },
    tolerance: number("tolerance_usecs", 0, 3_600_000_000) / 1_000,
    mtu: number("mtu", SMALLEST_MTU, LARGEST_MTU),
  };
}

function wrong(option: ScriptOption | undefined, takes: string): ScriptError {
  const at = option?.at ?? { line: 1, column: 1 };
  return new ScriptError(`--${option?.name} takes ${takes}, not ${option?.value}`, at);
}
