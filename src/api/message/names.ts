import { addressScope, type IpAddress, isUsablePeer, parseAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import { localAddresses } from "../../datagram/interfaces.ts";
import { resolveHost } from "../../driver/index.ts";

/**
 * A peer's addresses: each entry an address, or a host name that stands for all of its results, in their order and
 * each once. Rejects with ERR_SCTP_INVALID_ADDRESS or ERR_SCTP_LOOKUP, and names the entry.
 */
export async function peerAddresses(entries: readonly string[]): Promise<IpAddress[]> {
  const found = new Set<IpAddress>();
  for (const entry of entries) {
    const address = parseAddress(entry);
    // Only names go to the resolver: "10.0.0.300" is a slip, not a host.
    if (address === undefined && /^[\d.]+$|:/.test(entry)) throw invalid(entry, "is not an IP address");
    const results = address === undefined ? await resolveHost(entry) : [address];
    for (const result of results) {
      if (!isUsablePeer(result)) throw invalid(entry, `is a ${addressScope(result)} address, not one peer`);
      found.add(result);
    }
  }
  return [...found];
}

function invalid(entry: string, what: string): SctpError {
  return new SctpError("ERR_SCTP_INVALID_ADDRESS", `addresses: ${JSON.stringify(entry)} ${what}`);
}

/** 127.0.0.1 and ::1, as far as this machine has them: where a listener is that names no address. */
export function loopbackAddresses(): string[] {
  const own = new Set<string>(localAddresses().map((local) => local.address));
  const found = ["127.0.0.1", "::1"].filter((address) => own.has(address));
  // A sandbox may hide its interfaces; then binding tells.
  return found.length === 0 ? ["127.0.0.1"] : found;
}
