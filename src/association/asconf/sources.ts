import type { IpAddress } from "../../base/address.ts";
import type { Tsn } from "../../base/serial.ts";
import { isKnownTo } from "../handshake/addresses.ts";
import { canReach } from "../path/source-selection.ts";
import type { State } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import { Asconf } from "./asconf.ts";

/** RFC 5061 §5.1.1 C4: the only states in which ASCONF and ASCONF-ACK are sent. */
export function mayReconfigure({ name }: State): boolean {
  return (
    name === "established" ||
    name === "shutdown-pending" ||
    name === "shutdown-received" ||
    name === "shutdown-sent"
  );
}

/** Our addresses that packets of the association may leave from. */
export function localSources(tcb: Tcb): readonly IpAddress[] {
  const { asconf, surroundings } = tcb;
  if (asconf === undefined) return surroundings.localAddresses;
  return surroundings.endpointAddresses.filter((address) => asconf.isSource(address));
}

/** RFC 5061 §5.3 F1, F4: whether an answer may leave from the address that was asked. */
export function mayAnswerFrom(tcb: Tcb, address: IpAddress): boolean {
  return tcb.asconf === undefined || tcb.asconf.isSource(address);
}

/**
 * Whether a peer that is not told of changes would be left with no address of ours to send to. RFC 5061 §5.3 F5: "An
 * endpoint MUST NOT delete its last remaining IP address from an association."
 */
export function isStrandedWithout(tcb: Tcb, removed: readonly IpAddress[]): boolean {
  const { asconf, config, state, paths } = tcb;
  // What is being set up, or has nothing left to say but goodbye, is not held up for.
  if (!mayReconfigure(state)) return false;
  // Which address of ours those that are advertised lead to, we do not know.
  if (asconf?.canChangeAddresses === true || config.advertise !== undefined) return false;
  const reachable = localSources(tcb).filter((address) =>
    paths.all.some(({ destination }) => isKnownTo(destination, address) && canReach(address, destination)),
  );
  return reachable.length > 0 && reachable.every((address) => removed.includes(address));
}

/** Begins anew: both sides have said that they reconfigure. */
export function createAsconf(tcb: Tcb, peerInitialTsn: Tsn): Asconf {
  const { surroundings, config } = tcb;
  // Where the peer began anew, our INIT ACK has listed all that we have.
  const hadSome = tcb.asconf !== undefined && !config.nat;
  const known = hadSome ? surroundings.endpointAddresses : surroundings.localAddresses;
  return new Asconf({
    localInitialTsn: tcb.localInitialTsn,
    peerInitialTsn,
    known,
    wanted: [...known, ...surroundings.endpointAddresses],
  });
}

/** Whether an address of ours means to the peer what it means to us. */
export function isTellable(tcb: Tcb, address: IpAddress): boolean {
  return isKnownTo(tcb.paths.primary.destination, address);
}
