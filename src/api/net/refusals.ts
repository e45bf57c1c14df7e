import { SctpError } from "../../base/error.ts";
import { shown } from "../message/checks.ts";

/** An option of `node:net` or of one of the two packages that has no meaning here. */
interface Refusal {
  /** A value that asks for what is so anyway. */
  readonly harmless?: unknown;
  readonly why: string;
}

const IPC = "SCTP has no local sockets";
const HEARTBEATS = "SCTP probes idle paths by itself: see heartbeatInterval";

export const refusals: Readonly<Record<string, Refusal>> = {
  allowHalfOpen: { harmless: false, why: "SCTP has no half-closed associations (RFC 9260 §9)" },
  keepAlive: { harmless: false, why: HEARTBEATS },
  keepAliveInitialDelay: { harmless: 0, why: HEARTBEATS },
  exclusive: { harmless: true, why: "UDP ports are not shared with other processes of a cluster" },
  ipv6Only: {
    harmless: true,
    why: "every address has a socket of its own family: name an IPv4 address beside it",
  },
  reusePort: { harmless: false, why: "two processes on one UDP port would each get half of the packets" },
  path: { why: IPC },
  readableAll: { harmless: false, why: IPC },
  writableAll: { harmless: false, why: IPC },
  fd: { why: "a descriptor cannot become a dgram.Socket: hand one in as udpTransport" },
  handle: { why: "a handle cannot become a dgram.Socket: hand one in as udpTransport" },
  onread: { why: "every message comes in a buffer of its own" },
  readable: { harmless: true, why: "an association goes both ways" },
  writable: { harmless: true, why: "an association goes both ways" },
  objectMode: { harmless: false, why: "one write is one message, whatever its mode" },
  family: {
    harmless: 0,
    why: "every address of the host is used, of either family: name remoteAddresses to choose",
  },
  hints: { harmless: 0, why: "host names are resolved by dns.lookup: name remoteAddresses instead" },
  lookup: { why: "host names are resolved by dns.lookup: name remoteAddresses instead" },
  autoSelectFamily: { harmless: false, why: "all addresses of the peer belong to one association" },
  autoSelectFamilyAttemptTimeout: { why: "all addresses of the peer belong to one association" },
  blockList: { why: "hand a server the filter accept(peer)" },
  no_bundle: {
    harmless: false,
    why: "bundling cannot be turned off: noDelay is what does not hold messages back",
  },
  ootb: { harmless: false, why: "packets of no association are answered as RFC 9260 §8.4 has it" },
  protocol: { why: "the payload protocol is ppid" },
  logger: { why: "there is no logger" },
};

/** Throws ERR_SCTP_INVALID_OPTION for an option that is known and cannot be had, and says why. */
export function refuse(where: string, given: object): void {
  for (const [name, value] of Object.entries(given)) {
    const refusal = Object.hasOwn(refusals, name) ? refusals[name] : undefined;
    if (refusal === undefined || value === undefined || isHarmless(refusal, value)) continue;
    throw new SctpError(
      "ERR_SCTP_INVALID_OPTION",
      `${where}: the option "${name}" (got ${shown(value)}) cannot be had: ${refusal.why}`,
    );
  }
}

/** `given` without what `refuse` has let pass. */
export function withoutRefused(given: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(refusals, name)));
}

function isHarmless(refusal: Refusal, value: unknown): boolean {
  return Object.hasOwn(refusal, "harmless") && refusal.harmless === value;
}
