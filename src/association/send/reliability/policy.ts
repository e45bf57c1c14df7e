export type PolicyName = "lifetime" | "retransmissions" | "priority";

/** When a message, or a record, is given up (RFC 3758 §4, RFC 7496 §3). One for each: it also tells them apart. */
export interface ReliabilityPolicy {
  readonly name: PolicyName;
  /** Whether to give up rather than to send a chunk that was sent so many times. */
  givesUp(transmissions: number, now: number): boolean;
}
