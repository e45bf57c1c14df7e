import type { ReliabilityPolicy } from "./policy.ts";

/** RFC 3758 §4.1, TR4: given up where it would be sent, or sent again, after its lifetime. */
export class TimedReliability implements ReliabilityPolicy {
  readonly name = "lifetime";
  readonly #deadline: number;

  constructor(deadline: number) {
    this.#deadline = deadline;
  }

  givesUp(_transmissions: number, now: number): boolean {
    return now >= this.#deadline;
  }
}
