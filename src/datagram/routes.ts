import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { addressFamily, type IpAddress, isUsablePeer, parseAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import { numericLookup } from "./numeric-lookup.ts";

/** Connecting a UDP socket sends nothing; any port will do for the system to choose a route. This is "discard". */
const ANY_PORT = 9;

/**
 * The source address that the system takes towards `destination`, learned from a UDP socket that lives for a moment.
 * Undefined when there is no route. Sends nothing; never rejects.
 */
export function sourceTowards(destination: IpAddress): Promise<IpAddress | undefined> {
  // The system would answer for 0.0.0.0 too, and mean itself.
  if (!isUsablePeer(destination)) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const type = addressFamily(destination) === 4 ? "udp4" : "udp6";
    const socket = createSocket({ type, ipv6Only: type === "udp6", lookup: numericLookup });
    const finish = (source: IpAddress | undefined): void => {
      socket.close();
      resolve(source);
    };
    // Binding (out of descriptors, no such family) reports by event, connecting (no route) by callback.
    socket.once("error", () => finish(undefined));
    socket.connect(ANY_PORT, destination, (error?: Error) => {
      finish(error ? undefined : parseAddress(socket.address().address));
    });
  });
}

/**
 * The addresses of a host name, IPv4 and IPv6, in the order of the system's resolver. An address in text gives
 * itself. Rejects with ERR_SCTP_LOOKUP when there is none.
 */
export async function resolveHost(name: string): Promise<IpAddress[]> {
  const address = parseAddress(name);
  if (address !== undefined) return [address];
  let answers: { address: string }[];
  try {
    answers = await lookup(name, { all: true, verbatim: true });
  } catch (error) {
    throw new SctpError("ERR_SCTP_LOOKUP", `the host name "${name}" does not resolve`, { cause: error });
  }
  const addresses = new Set<IpAddress>();
  for (const answer of answers) {
    const parsed = parseAddress(answer.address);
    if (parsed !== undefined) addresses.add(parsed);
  }
  return [...addresses];
}
