import type { IpAddress } from "../base/address.ts";
import type { Environment } from "../base/environment.ts";

export interface StackOptions {
  readonly environment: Environment;
  /** MTU of the link that a source sends by, bytes of an IP packet. Default 1,500 for all. */
  readonly linkMtu?: (source: IpAddress) => number;
  /** Whether an address is one of this machine's own. Default: none is. */
  readonly isOwnAddress?: (address: IpAddress) => boolean;
  /** Bytes that a socket surely holds; the window towards this machine's own addresses is no larger. */
  readonly localWindowLimit?: number;
  /** What guards the packets below SCTP (RFC 9653 §3). Default: nothing. */
  readonly errorDetection?: "dtls" | undefined;
  /** Associations at most, those being opened counted. Default 1,000,000. */
  readonly maxAssociations?: number;
  /** Answers to packets out of the blue, ABORT and SHUTDOWN COMPLETE, a second. Default 1,000. */
  readonly outOfTheBlueReplies?: number;
  /** ABORT and ERROR chunks a second that answer an INIT or a COOKIE ECHO. Default 1,000. */
  readonly refusals?: number;
}
