import type { IpAddress } from "../base/address.ts";
import type { Environment } from "../base/environment.ts";

/** What peers can ask of a stack at most, and so of all endpoints on its UDP port together. */
export interface StackLimits {
  /** Associations at most, those being opened counted. Default 1,000,000. */
  readonly maxAssociations?: number | undefined;
  /** Answers to packets out of the blue, ABORT and SHUTDOWN COMPLETE, a second. Default 1,000. */
  readonly outOfTheBlueReplies?: number | undefined;
  /** ABORT and ERROR chunks a second that answer an INIT or a COOKIE ECHO. Default 1,000. */
  readonly refusals?: number | undefined;
}

export const defaultLimits: { readonly [K in keyof StackLimits]-?: number } = {
  maxAssociations: 1_000_000,
  outOfTheBlueReplies: 1_000,
  refusals: 1_000,
};

export interface StackOptions extends StackLimits {
  readonly environment: Environment;
  /** MTU of the link that a source sends by, bytes of an IP packet. Default 1,500 for all. */
  readonly linkMtu?: (source: IpAddress) => number;
  /** Whether an address is one of this machine's own. Default: none is. */
  readonly isOwnAddress?: (address: IpAddress) => boolean;
  /** Bytes that a socket surely holds; the window towards this machine's own addresses is no larger. */
  readonly localWindowLimit?: number;
  /** What guards the packets below SCTP (RFC 9653 §3). Default: nothing. */
  readonly errorDetection?: "dtls" | undefined;
}
