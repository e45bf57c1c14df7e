import type { Tsn } from "../../base/serial.ts";
import type { Path } from "../path/path.ts";

/** What is known of the FORWARD TSNs of an association, from the first message that was abandoned on. */
export class Forwarding {
  /** One shall go with the next packet, or make one (RFC 3758 §3.5 C3). */
  due = false;
  /** The New Cumulative TSN of the last one: Advanced.Peer.Ack.Point as the peer may know it; undefined before. */
  told: Tsn | undefined = undefined;
  /** It did not have all that it could: the rest waits for its answer (RFC 3758 §3.5 C4). */
  isCut = false;
  /** ms. */
  sentAt: number = Number.NEGATIVE_INFINITY;
  /** Where the last one went. */
  path: Path | undefined = undefined;
  /** T3-rtx runs there for it alone, or did when it was started. */
  timed: Path | undefined = undefined;
}
