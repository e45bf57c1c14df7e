import {
  type AddressFamily,
  addressFamily,
  addressScope,
  type IpAddress,
  parseAddress,
} from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import { addressesOfFamily, addressesOfInterface, isInterface } from "./interfaces.ts";
import { resolveHost, sourceTowards } from "./routes.ts";

/** Which local addresses someone asked for. */
export interface LocalSelection {
  /** Named one by one: they are bound, or the whole is refused. */
  readonly fixed: readonly IpAddress[];
  /** What wildcards and interface names stand for at this moment; undefined when there were none. */
  readonly current: (() => IpAddress[]) | undefined;
}

/**
 * Reads a list of local addresses. An entry is an IP address, "0.0.0.0" (every IPv4 address of every interface), "::"
 * (every IPv6 address), the name of an interface (its addresses), or a host name (every address that it has).
 *
 * Rejects the whole list for one bad entry, and names it: ERR_SCTP_INVALID_ADDRESS, ERR_SCTP_LOOKUP for a name that is
 * neither interface nor host, ERR_SCTP_INVALID_OPTION for an empty list.
 */
export async function selectLocalAddresses(entries: readonly string[]): Promise<LocalSelection> {
  if (entries.length === 0) {
    throw new SctpError("ERR_SCTP_INVALID_OPTION", "the list of local addresses is empty: name at least one");
  }
  const fixed = new Set<IpAddress>();
  const follow: (() => IpAddress[])[] = [];
  for (const entry of entries) {
    const wildcard = wildcardFamily(entry);
    if (wildcard !== undefined) follow.push(() => addressesOfFamily(wildcard));
    else if (isInterface(entry)) follow.push(() => addressesOfInterface(entry));
    else for (const address of await namedAddresses(entry)) fixed.add(address);
  }
  const current = (): IpAddress[] => {
    const found = new Set(follow.flatMap((list) => list()));
    return [...found].filter((address) => !fixed.has(address));
  };
  return { fixed: [...fixed], current: follow.length === 0 ? undefined : current };
}

/**
 * The local addresses by which the system reaches `destinations`, each once: what a client that names none binds.
 * Empty when there is no route to any of them.
 */
export async function localAddressesTowards(destinations: readonly IpAddress[]): Promise<IpAddress[]> {
  const sources = await Promise.all(destinations.map(sourceTowards));
  return [...new Set(sources.filter((source) => source !== undefined))];
}

function wildcardFamily(entry: string): AddressFamily | undefined {
  const address = parseAddress(entry);
  if (address === undefined || addressScope(address) !== "unspecified") return undefined;
  return addressFamily(address);
}

async function namedAddresses(entry: string): Promise<IpAddress[]> {
  const address = parseAddress(entry);
  // Only names go to the resolver: "10.0.0.300" is a slip, not a host.
  if (address === undefined && (entry === "" || /^[\d.]+$|:/.test(entry))) {
    throw new SctpError(
      "ERR_SCTP_INVALID_ADDRESS",
      `"${entry}" is not an IP address, an interface or a host name`,
    );
  }
  const addresses = address === undefined ? await resolveHost(entry) : [address];
  for (const each of addresses) {
    const scope = addressScope(each);
    if (scope === "multicast" || scope === "broadcast" || scope === "unspecified") {
      throw new SctpError("ERR_SCTP_INVALID_ADDRESS", `"${entry}" is a ${scope} address: it cannot be bound`);
    }
  }
  return addresses;
}
