import type { IpAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import { onLocalAddresses } from "../sources.ts";
import type { Tcb } from "../tcb.ts";
import { mayReconfigure } from "./sources.ts";

/** What happened to the addresses of an endpoint. */
export interface LocalAddressChange {
  readonly added: readonly IpAddress[];
  readonly removed: readonly IpAddress[];
  /** By itself, with an interface, and not by our user. */
  readonly automatic: boolean;
}

/** The endpoint has other addresses, or sockets at others: the peer is told what it should know. */
export function noteLocalAddresses(tcb: Tcb, change: LocalAddressChange | undefined): void {
  const { asconf, config } = tcb;
  if (asconf === undefined) return;
  asconf.changed = true;
  // RFC 6458 §8.1.23: what interfaces do "automatically" is told where that is on.
  if (change === undefined || (change.automatic && !config.automaticReconfiguration)) return;
  for (const address of change.added) asconf.wanted.add(address);
  for (const address of change.removed) asconf.wanted.delete(address);
  for (const address of [...change.added, ...change.removed]) asconf.refused.delete(address);
}

/** Throws as Association.changeLocalAddresses says. */
export function changeLocalAddresses(tcb: Tcb, change: Omit<LocalAddressChange, "automatic">): void {
  const { asconf } = tcb;
  if (asconf?.canChangeAddresses !== true || !mayReconfigure(tcb.state)) {
    throw new SctpError(
      asconf?.canChangeAddresses === true ? "ERR_SCTP_INVALID_STATE" : "ERR_SCTP_NOT_SUPPORTED",
      asconf?.canChangeAddresses === true
        ? "The association is not open."
        : "The peer changes no addresses: set addressReconfiguration on both sides (RFC 5061).",
    );
  }
  const open = tcb.surroundings.endpointAddresses;
  const strange = change.added.find((address) => !open.includes(address));
  if (strange !== undefined) {
    throw new SctpError(
      "ERR_SCTP_ADDRESS_UNAVAILABLE",
      `${strange} is not an address of the endpoint (${open.join(", ")}): add it there first.`,
    );
  }
  const unknown = change.removed.find((address) => !asconf.wanted.has(address));
  if (unknown !== undefined) {
    throw new SctpError(
      "ERR_SCTP_UNKNOWN_ADDRESS",
      `${unknown} is not a local address of the association (${[...asconf.wanted].join(", ")}).`,
    );
  }
  // RFC 5061 §5.3 F5: "An endpoint MUST NOT delete its last remaining IP address".
  const left = [...asconf.wanted, ...change.added].filter((address) => !change.removed.includes(address));
  if (left.length === 0) {
    throw new SctpError("ERR_SCTP_LAST_ADDRESS", "The last address of an association cannot be removed.");
  }
  noteLocalAddresses(tcb, { ...change, automatic: false });
  onLocalAddresses(tcb);
}

/** Throws as Association.setPeerPrimary says. */
export function askPeerPrimary(tcb: Tcb, address: IpAddress): void {
  const { asconf } = tcb;
  if (asconf === undefined || !asconf.canAskPrimary || !mayReconfigure(tcb.state)) {
    throw new SctpError(
      asconf?.canAskPrimary === true ? "ERR_SCTP_INVALID_STATE" : "ERR_SCTP_NOT_SUPPORTED",
      asconf?.canAskPrimary === true
        ? "The association is not open."
        : "The peer changes no addresses: set addressReconfiguration on both sides (RFC 5061).",
    );
  }
  if (!asconf.wanted.has(address)) {
    throw new SctpError(
      "ERR_SCTP_UNKNOWN_ADDRESS",
      `${address} is not a local address of the association (${[...asconf.wanted].join(", ")}).`,
    );
  }
  asconf.primaryAsked = address;
  asconf.changed = true;
}
