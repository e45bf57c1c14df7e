import type { ReliabilityPolicy } from "./policy.ts";

/** RFC 7496 §3.1: given up if "the number of retransmissions of any of the DATA chunks ... would exceed" the limit. */
export class LimitedRetransmissions implements ReliabilityPolicy {
  readonly name = "retransmissions";
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  givesUp(transmissions: number): boolean {
    // RFC 7496 §3.1: the first transmission is no retransmission.
    return transmissions > this.#most;
  }
}
