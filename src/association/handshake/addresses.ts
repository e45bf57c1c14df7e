import {
  addressFamily,
  addressScope,
  type IpAddress,
  isUsablePeer,
  withZone,
  zoneOf,
} from "../../base/address.ts";
import { type Parameter, parametersLength } from "../../packet/parameters/parameter.ts";
import { ParameterType } from "../../packet/registry.ts";
import type { AssociationConfig } from "../config.ts";
import { canReach } from "../path/source-selection.ts";

/** Addresses of ours that are listed: an INIT must fit its packet, an INIT ACK the buffer of answers. */
const MAX_LISTED = 128;

/** Addresses of a peer that are used, the source of its INIT counted; more are ignored. */
export const MAX_PEER_ADDRESSES = 32;

/** Who is told our addresses. */
export interface AddressReader {
  readonly address: IpAddress;
  /** The parameters of its INIT, where there was one. */
  readonly said?: readonly Parameter[];
}

/** The address parameters for an INIT or INIT ACK (RFC 9260 §5.1.2). */
export function listAddresses(
  local: readonly IpAddress[],
  peer: AddressReader,
  config: Pick<AssociationConfig, "nat" | "advertise">,
): readonly Parameter[] {
  // RFC 6951 §5.7: "IP addresses that might require translation MUST NOT be put into any SCTP packet."
  if (config.nat) return [];
  const known = config.advertise ?? local.filter((address) => isKnownTo(peer.address, address));
  const listed = known.filter((address) => canUse(peer, addressFamily(address)));
  // RFC 6951 §3.2: "For single-homed associations, IP addresses MUST NOT be listed": the one is in the IP header.
  if (config.advertise === undefined && listed.length < 2) return [];
  // RFC 9260 §3.3.3: a list "of any length"; ours has a bound.
  return listed.slice(0, MAX_LISTED).map(addressParameter);
}

/**
 * Those of the listed addresses for which an INIT ACK has room, bytes. What is too much is left out from the end: the
 * order is the endpoint's. First of all `source` goes, which the packet comes from: RFC 9260 §3.3.3: "the source address
 * of the IP datagram ... and any additional address(es)" are the destinations.
 */
export function fitAddresses(
  listed: readonly Parameter[],
  source: IpAddress,
  room: number,
): readonly Parameter[] {
  if (parametersLength(listed) <= room) return listed;
  let left = room;
  return listed.filter((parameter) => {
    if ("address" in parameter && parameter.address === source) return false;
    left -= parametersLength([parameter]);
    return left >= 0;
  });
}

/**
 * Whether a peer that sent Supported Address Types can use a family. RFC 9260 §5.1.2: one that it does not name, but
 * sends from or lists addresses of, "SHOULD also be considered as supported"; §3.3.2.1.5: the type of a Host Name "MUST
 * be ignored".
 */
function canUse({ address, said = [] }: AddressReader, family: 4 | 6): boolean {
  const types = said.find((parameter) => parameter.type === "SUPPORTED-ADDRESS-TYPES");
  if (types?.type !== "SUPPORTED-ADDRESS-TYPES" || addressFamily(address) === family) return true;
  const type = family === 4 ? "IPV4-ADDRESS" : "IPV6-ADDRESS";
  return (
    types.families.includes(ParameterType[family === 4 ? "IPV4_ADDRESS" : "IPV6_ADDRESS"]) ||
    said.some((parameter) => parameter.type === type)
  );
}

export function addressParameter(address: IpAddress): Parameter {
  return addressFamily(address) === 4 ? { type: "IPV4-ADDRESS", address } : { type: "IPV6-ADDRESS", address };
}

/** Whether an address means the same to that peer: loopback and link-local ones only where it is. */
export function isKnownTo(peer: IpAddress, address: IpAddress): boolean {
  const scope = addressScope(address);
  if (scope === "unspecified") return false;
  if (addressScope(peer) === "loopback") return true;
  if (scope === "loopback") return false;
  return scope !== "link-local" || (addressScope(peer) === "link-local" && zoneOf(peer) === zoneOf(address));
}

/**
 * The addresses of a peer: the source of its packet and those that it lists (RFC 9260 §5.1.2 A and C), as far as we
 * can send to them.
 */
export function collectAddresses(
  parameters: readonly Parameter[],
  source: IpAddress,
  local: readonly IpAddress[],
): readonly IpAddress[] {
  // RFC 9260 §3.3.2.1.2: without address parameters "the source address associated with the received IP datagram" is
  // the sole destination.
  const found = new Set<IpAddress>([source]);
  const zone = zoneOf(source);
  for (const parameter of parameters) {
    if (found.size >= MAX_PEER_ADDRESSES) break;
    if (parameter.type !== "IPV4-ADDRESS" && parameter.type !== "IPV6-ADDRESS") continue;
    // A link-local address is one on the link that the packet came by.
    const address = zone === undefined ? parameter.address : withZone(parameter.address, zone);
    if (!isUsablePeer(address) || !isKnownTo(source, address)) continue;
    // RFC 9260 §5.1.2: addresses of a family that we do not have are passed over: "SHOULD NOT respond with any kind of
    // error indication".
    if (local.some((ours) => canReach(ours, address))) found.add(address);
  }
  return [...found];
}
