import type { ReliabilityPolicy } from "./policy.ts";

/** RFC 7496 §3.2: given up for messages of a higher priority that find no room, and never by itself. */
export class Prioritized implements ReliabilityPolicy {
  readonly name = "priority";
  /** "The value of zero is the highest priority, and larger numbers ... denote lower priorities" (§4.2). */
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  givesUp(): boolean {
    return false;
  }
}
