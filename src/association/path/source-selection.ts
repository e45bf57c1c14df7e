import {
  addressFamily,
  addressScope,
  commonPrefixLength,
  type IpAddress,
  zoneOf,
} from "../../base/address.ts";

/** What a source is chosen from. */
export interface SourceChoice {
  readonly destination: IpAddress;
  /** Our addresses that have a socket. */
  readonly candidates: readonly IpAddress[];
  /** What the route says, where it is known. */
  readonly routed: IpAddress | undefined;
  /** Sources of the other paths of the association. */
  readonly taken: ReadonlySet<IpAddress>;
}

/** Whether a packet from this source can get to that destination at all. */
export function canReach(source: IpAddress, destination: IpAddress): boolean {
  if (addressFamily(source) !== addressFamily(destination)) return false;
  const from = addressScope(source);
  const to = addressScope(destination);
  // The socket of an unspecified address takes the source that the route gives.
  if (from === "unspecified") return true;
  // A socket on loopback that sends elsewhere is EINVAL; and loopback is only told to those who are on it.
  if ((from === "loopback") !== (to === "loopback")) return false;
  if (to === "link-local" && from === "link-local") return zoneOf(source) === zoneOf(destination);
  return true;
}

/**
 * RFC 9260 §11.1.1: one of the addresses given. The source for a destination: the route's, unless another path of the association has it and a free one reaches
 * the destination too. RFC 9260 §6.4.1 wants "the most divergent source-destination pair": paths that share a source
 * share its failures. A wrong guess costs a HEARTBEAT, after which the next candidate is tried.
 */
export function chooseSource(choice: SourceChoice): IpAddress | undefined {
  const { destination, routed, taken } = choice;
  const usable = choice.candidates.filter((source) => canReach(source, destination));
  if (usable.length === 0) return undefined;
  if (routed !== undefined && usable.includes(routed) && !taken.has(routed)) return routed;
  const free = usable.filter((source) => !taken.has(source));
  const pool = free.length > 0 ? free : usable;
  if (free.length === 0 && routed !== undefined && usable.includes(routed)) return routed;
  return pool.reduce((best, source) =>
    commonPrefixLength(source, destination) > commonPrefixLength(best, destination) ? source : best,
  );
}

/** The candidate after `current`, in turn; undefined when there is no other. */
export function nextSource(choice: SourceChoice, current: IpAddress): IpAddress | undefined {
  const usable = choice.candidates.filter((source) => canReach(source, choice.destination));
  if (usable.length < 2) return undefined;
  return usable[(usable.indexOf(current) + 1) % usable.length];
}
