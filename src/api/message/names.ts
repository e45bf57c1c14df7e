import { addressScope, type IpAddress, isUsablePeer, parseAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import { localAddresses } from "../../datagram/interfaces.ts";
import { resolveHost } from "../../driver/index.ts";
import { shown } from "./checks.ts";

/** An address as `where` was given it. Throws ERR_SCTP_INVALID_ADDRESS. */
export function ipAddress(where: string, takes: string, text: unknown): IpAddress {
  const address = typeof text === "string" ? parseAddress(text) : undefined;
  if (address !== undefined) return address;
  throw new SctpError("ERR_SCTP_INVALID_ADDRESS", `${where} takes ${takes}, and got ${shown(text)}`);
}

/**
 * A peer's addresses: each entry an address, or a host name that stands for all of its results, in their order and
 * each once. Rejects with ERR_SCTP_INVALID_ADDRESS or ERR_SCTP_LOOKUP, and names the entry.
 */
export async function peerAddresses(entries: readonly string[]): Promise<IpAddress[]> {
  const found = new Set<IpAddress>();
  for (const entry of entries) {
    const address = parseAddress(entry);
    // Only names go to the resolver: "10.0.0.300" is a slip, not a host.
    if (address === undefined && /^[\d.]+$|:/.test(entry)) throw invalid(entry, notAnAddress(entry));
    const results = address === undefined ? await resolveHost(entry) : [address];
    for (const result of results) {
      if (!isUsablePeer(result))
        throw invalid(entry, `is ${article(addressScope(result))} address, not one peer`);
      found.add(result);
    }
  }
  return [...found];
}

function article(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

/** With what it may have been meant to be. */
function notAnAddress(entry: string): string {
  const colon = entry.lastIndexOf(":");
  const host = entry.slice(0, Math.max(colon, 0));
  const bare = /^\[(.*)\]$/;
  if (/^\d+$/.test(entry.slice(colon + 1)) && parseAddress(host.replace(bare, "$1")) !== undefined) {
    return `is not an IP address: the UDP port goes in udpPort`;
  }
  const inner = bare.exec(entry)?.[1];
  if (inner !== undefined) return `is not an IP address: write ${JSON.stringify(inner)}, without brackets`;
  return "is not an IP address";
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
