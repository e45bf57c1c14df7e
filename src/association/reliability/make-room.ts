import type { OutgoingMessage } from "../events.ts";
import { reportFailure, reportRoom } from "../lifecycle.ts";
import { partsFrom } from "../send/message.ts";
import type { ReliabilityPolicy } from "../send/reliability/policy.ts";
import { Prioritized } from "../send/reliability/prioritized.ts";
import { advanceShutdown } from "../shutdown.ts";
import type { Tcb } from "../tcb.ts";
import { abandon, countAbandoned } from "./abandon.ts";

/** What counts of a message that finds no room. */
export type Rival = Pick<OutgoingMessage, "data" | "lifetime" | "reliability">;

/**
 * RFC 7496 §3.2: where a message finds the send buffer full, others "with a priority lower than the provided one" are given
 * up, the lowest first, and of these the youngest. Nothing is given up in vain: not where it would still not fit. Returns
 * whether it fits now; false, too, where nothing has a priority.
 */
export function makeRoom(tcb: Tcb, rival: Rival, now: number): boolean {
  const { queue, outstanding, config } = tcb;
  if (!tcb.extensions.partialReliability || !queue.hasPriorities) return false;
  let excess = queue.bytes + outstanding.bytes + rival.data.length - config.sendBuffer;
  if (excess <= 0) return true;
  const priority = priorityOf(rival);
  const chosen: Held[] = [];
  for (const held of lowestFirst(tcb)) {
    if (excess <= 0 || held.policy.value <= priority) break;
    chosen.push(held);
    excess -= held.bytes;
  }
  if (excess > 0) return false;
  giveUp(tcb, chosen, now);
  return true;
}

/** 0 is the highest one that a message can be given. Of messages by other policies nothing is said: they have the lowest. */
function priorityOf({ lifetime, reliability }: Rival): number {
  if (reliability?.policy === "priority") return reliability.value;
  // "User messages sent reliably are considered to have a priority higher than all messages sent with the Priority Policy."
  const isReliable = reliability === undefined && lifetime === Number.POSITIVE_INFINITY;
  return isReliable ? -1 : Number.POSITIVE_INFINITY;
}

/** A message, or a record, that has a priority: the policy is its own. */
interface Held {
  readonly policy: Prioritized;
  /** That it holds of the send buffer. */
  bytes: number;
  /** The offset of its last chunk that is outstanding, if one is. */
  at: number | undefined;
}

function lowestFirst({ queue, outstanding }: Tcb): Held[] {
  const all = new Map<Prioritized, Held>();
  const hold = (policy: ReliabilityPolicy | undefined, length: number, at?: number): void => {
    if (!(policy instanceof Prioritized)) return;
    const held = all.get(policy) ?? { policy, bytes: 0, at: undefined };
    held.bytes += length;
    held.at = at ?? held.at;
    all.set(policy, held);
  };
  for (let offset = 0; offset < outstanding.length; offset += 1) {
    const chunk = outstanding.at(offset);
    if (chunk.state !== "abandoned") hold(chunk.message?.policy, chunk.length, offset);
  }
  for (const part of queue) hold(part.policy, part.size - part.cut);
  // Of those that are equal the ones that came last go first.
  return [...all.values()].reverse().sort((one, other) => other.policy.value - one.policy.value);
}

function giveUp(tcb: Tcb, chosen: readonly Held[], now: number): void {
  const { queue, outstanding } = tcb;
  const before = queue.bytes + outstanding.bytes;
  for (const head of queue.withdraw(new Set(chosen.map(({ policy }) => policy)))) {
    countAbandoned(tcb, head, "unsent", "priority");
    for (const part of partsFrom(head)) reportFailure(tcb, part, "abandoned");
  }
  for (const { policy, at } of chosen) {
    // All that was sent of one may have been acknowledged, and the rest of it wait.
    if (at !== undefined || queue.begunBy(policy) !== undefined) {
      abandon(tcb, policy, now, at ?? outstanding.length - 1);
    }
  }
  reportRoom(tcb, before);
  advanceShutdown(tcb, now);
}
