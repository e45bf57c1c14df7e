import { addressFamily, type IpAddress } from "../../base/address.ts";
import type { AsconfChunk } from "../../packet/chunks/asconf.ts";
import { HEADER_LENGTH } from "../../packet/packet.ts";
import type { AddressParameter } from "../../packet/parameters/address-parameter.ts";
import type { AsconfParameter } from "../../packet/parameters/asconf/asconf-parameter.ts";
import { ChunkType } from "../../packet/registry.ts";
import { addressParameter } from "../handshake/addresses.ts";
import type { Path } from "../path/path.ts";
import { canReach } from "../path/source-selection.ts";
import type { Tcb } from "../tcb.ts";
import type { AddressRequest, Asconf, OutstandingAsconf } from "./asconf.ts";
import { isTellable, localSources, mayReconfigure } from "./sources.ts";

/** Bytes of a request with an IPv6 address, and of an ASCONF without any. */
const LARGEST_REQUEST = 28;
const LARGEST_FRAME = HEADER_LENGTH + 8 + 20;

const parameterTypes = {
  add: "ADD-IP-ADDRESS",
  delete: "DELETE-IP-ADDRESS",
  "set-primary": "SET-PRIMARY-ADDRESS",
} as const;

/** Makes the next ASCONF if there is something to tell, and none is outstanding. */
export function prepareAsconf(tcb: Tcb, asconf: Asconf): OutstandingAsconf | undefined {
  // RFC 5061 §5.1 A3, §5.1.1 C1: "One and only one" at a time.
  if (asconf.outstanding !== undefined) return asconf.outstanding;
  if (!asconf.changed || !mayReconfigure(tcb.state)) return undefined;
  asconf.changed = false;
  const requests = tcb.config.nat ? wildcardRequests(tcb, asconf) : namedRequests(tcb, asconf);
  if (requests.length === 0) return undefined;
  if (requests.some(({ change }) => change === "set-primary")) asconf.primaryAsked = undefined;
  const [first] = requests;
  asconf.outstanding = {
    chunk: chunkOf(tcb, asconf, requests),
    requests,
    // RFC 6951 §5.7, RFC 5061 §4.2.1: a wildcard stands for the source of the packet.
    source: tcb.config.nat ? first?.source : undefined,
    due: true,
    t4: Number.POSITIVE_INFINITY,
    attempts: 0,
    destination: undefined,
    ambiguous: false,
  };
  return asconf.outstanding;
}

interface Request extends AddressRequest {
  /** What stands in the parameter: the address, or a wildcard. */
  readonly named: AddressParameter;
  readonly source?: IpAddress;
}

/** What the peer does not know yet, as far as one packet holds it. */
function namedRequests(tcb: Tcb, asconf: Asconf): readonly Request[] {
  const { added, deleted } = differences(tcb, asconf);
  // RFC 5061 §5.3 F5: "An endpoint MUST NOT delete its last remaining IP address": additions come first, and
  // one that the peer knows stays until another one is there.
  const left = [...asconf.known].filter((address) => isTellable(tcb, address) && !deleted.includes(address));
  if (left.length === 0 && added.length === 0) deleted.pop();
  const requests = [
    ...added.map((address) => request(asconf, "add", address)),
    ...deleted.map((address) => request(asconf, "delete", address)),
  ];
  // RFC 5061 §5.1.1 C5: an ASCONF "SHOULD not be larger than the PMTU".
  const signature = tcb.authentication?.overhead(ChunkType.ASCONF) ?? 0;
  const room = tcb.paths.forData().packetSize - LARGEST_FRAME - signature;
  const most = Math.max(1, Math.floor(room / LARGEST_REQUEST) - 1);
  if (requests.length > most) {
    asconf.changed = true;
    return requests.slice(0, most);
  }
  const primary = asconf.primaryAsked;
  // RFC 5061 §5.4: "only ... to an address that is already considered part of the association", or added
  // before.
  const isPart = primary !== undefined && asconf.wanted.has(primary) && !asconf.refused.has(primary);
  if (isPart && (asconf.known.has(primary) || added.includes(primary))) {
    requests.push(request(asconf, "set-primary", primary));
  }
  return requests;
}

/**
 * RFC 6951 §3.2: behind a NAT "MUST be used only with wildcard addresses": one request an ASCONF, from the
 * address that it is about. What is deleted goes by "all addresses of the peer except the source" (RFC 5061
 * §4.2.2).
 */
function wildcardRequests(tcb: Tcb, asconf: Asconf): readonly Request[] {
  const { added, deleted } = differences(tcb, asconf);
  const [source] = localSources(tcb);
  const [first] = added;
  const primary = asconf.primaryAsked;
  asconf.changed = added.length + deleted.length > 0;
  if (deleted.length > 0 && source !== undefined) return [wildcard(asconf, "delete", source)];
  if (first !== undefined) return [wildcard(asconf, "add", first)];
  if (primary !== undefined && asconf.isSource(primary)) return [wildcard(asconf, "set-primary", primary)];
  return [];
}

/** Where what the peer knows and what it should know differ. */
function differences(
  tcb: Tcb,
  asconf: Asconf,
): { readonly added: IpAddress[]; readonly deleted: IpAddress[] } {
  // Addresses that stand for ours elsewhere are not ours to change.
  if (!asconf.canChangeAddresses || tcb.config.advertise !== undefined) return { added: [], deleted: [] };
  const isOpen = (address: IpAddress): boolean => !asconf.refused.has(address) && isTellable(tcb, address);
  const open = tcb.surroundings.endpointAddresses;
  return {
    added: [...asconf.wanted].filter(
      (address) => !asconf.known.has(address) && open.includes(address) && isOpen(address),
    ),
    deleted: [...asconf.known].filter((address) => !asconf.wanted.has(address) && isOpen(address)),
  };
}

function request(asconf: Asconf, change: AddressRequest["change"], address: IpAddress): Request {
  return { change, address, correlationId: asconf.takeCorrelationId(), named: nameOf(address) };
}

function wildcard(asconf: Asconf, change: AddressRequest["change"], source: IpAddress): Request {
  const correlationId = asconf.takeCorrelationId();
  return { change, address: source, correlationId, named: wildcardLike(source), source };
}

function nameOf(address: IpAddress): AddressParameter {
  return addressParameter(address) as AddressParameter;
}

function wildcardLike(address: IpAddress): AddressParameter {
  return nameOf((addressFamily(address) === 4 ? "0.0.0.0" : "::") as IpAddress);
}

function chunkOf(tcb: Tcb, asconf: Asconf, requests: readonly Request[]): AsconfChunk {
  return {
    type: "ASCONF",
    serial: asconf.takeSerial(),
    address: lookupAddress(tcb, asconf),
    parameters: requests.map(
      ({ change, correlationId, named }): AsconfParameter => ({
        type: parameterTypes[change],
        correlationId,
        address: named,
      }),
    ),
  };
}

/**
 * RFC 5061 §4.1.1, §5.3.2: an address that the peer takes for ours, also if it is "the one being deleted".
 * Behind a NAT we do not know any: the wildcard.
 */
function lookupAddress(tcb: Tcb, asconf: Asconf): AddressParameter {
  const { source } = tcb.paths.primary;
  if (tcb.config.nat) return wildcardLike(source);
  if (asconf.known.has(source) && isTellable(tcb, source)) return nameOf(source);
  const told = [...asconf.known].find((address) => isTellable(tcb, address));
  return told === undefined ? wildcardLike(source) : nameOf(told);
}

/** From where to where the ASCONF goes; undefined while no source of ours may send it anywhere. */
export function wayOfAsconf(
  tcb: Tcb,
  asconf: OutstandingAsconf,
): { readonly path: Path; readonly source: IpAddress } | undefined {
  const { paths } = tcb;
  // RFC 5061 §5.1 B4: "if possible choose an alternate destination address".
  for (let turn = 0; turn < paths.all.length; turn += 1) {
    const path = paths.forControl(asconf.attempts + turn);
    const source = sourceTowards(tcb, asconf, path);
    if (source !== undefined) return { path, source };
  }
  return undefined;
}

/**
 * RFC 5061 §5.3 F6: never from "an address being deleted". F1: from one that is being added, for it carries
 * the ASCONF, where there is no other.
 */
function sourceTowards(tcb: Tcb, asconf: OutstandingAsconf, path: Path): IpAddress | undefined {
  if (asconf.source !== undefined)
    return canReach(asconf.source, path.destination) ? asconf.source : undefined;
  const added = asconf.requests.flatMap(({ change, address }) => (change === "add" ? [address] : []));
  const candidates = [
    ...localSources(tcb),
    ...added.filter((it) => tcb.surroundings.endpointAddresses.includes(it)),
  ];
  if (candidates.includes(path.source)) return path.source;
  return candidates.find((address) => canReach(address, path.destination));
}
