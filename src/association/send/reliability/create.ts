import type { OutgoingMessage } from "../../events.ts";
import type { ReliabilityPolicy } from "./policy.ts";
import { Prioritized } from "./prioritized.ts";
import { LimitedRetransmissions } from "./retransmissions.ts";
import { TimedReliability } from "./timed.ts";

/** `deadline`: when the lifetime of the message is over, ms. Undefined: it is sent until it arrives. */
export function policyOf(message: OutgoingMessage, deadline: number): ReliabilityPolicy | undefined {
  const { reliability } = message;
  if (reliability?.policy === "retransmissions") return new LimitedRetransmissions(reliability.value);
  if (reliability?.policy === "priority") return new Prioritized(reliability.value);
  return deadline === Number.POSITIVE_INFINITY ? undefined : new TimedReliability(deadline);
}
