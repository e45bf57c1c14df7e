import { tsnDiff } from "../../base/serial.ts";
import { DataFlag } from "../../packet/chunks/data.ts";
import { reportFailure, reportRoom } from "../lifecycle.ts";
import { partsFrom, type QueuedMessage } from "../send/message.ts";
import type { OutboundChunk } from "../send/outbound-chunk.ts";
import { AbandonedCounters } from "../send/reliability/abandoned-counters.ts";
import type { PolicyName, ReliabilityPolicy } from "../send/reliability/policy.ts";
import { advanceShutdown } from "../shutdown.ts";
import type { Tcb } from "../tcb.ts";
import { ensureT3, onAbandoned } from "./forward-tsn.ts";
import { Forwarding } from "./forwarding.ts";

/**
 * RFC 3758 §4.1 TR4, RFC 7496 §3.1: whether a chunk, about to be sent again, is given up instead, and its message with
 * it. The loss was seen before, so the congestion window has been adjusted as §3.5 F5 asks.
 */
export function abandonsInstead(tcb: Tcb, chunk: OutboundChunk, now: number): boolean {
  // RFC 3758 §3.3.2: "MUST NOT send a FORWARD TSN chunk at any time" to a peer without it. RFC 7496 §3: its
  // policies, too, need RFC 3758.
  if (!tcb.extensions.partialReliability) return false;
  const policy = chunk.message?.policy;
  // RFC 3758 §3.1, §3.4: what "SHOULD NOT be transmitted or retransmitted" by the policy of its message.
  if (policy?.givesUp(chunk.transmissions, now) !== true) return false;
  abandon(tcb, policy, now, tsnDiff(chunk.tsn, tcb.outstanding.cumulative) - 1);
  return true;
}

/** RFC 3758 §4.1 TR4: before the next fragment of a message is sent. */
export function abandonBegun(tcb: Tcb, now: number): void {
  const policy = tcb.extensions.partialReliability ? tcb.queue.begun?.policy : undefined;
  if (policy?.givesUp(0, now) === true) abandon(tcb, policy, now, tcb.outstanding.length - 1);
}

/** RFC 7496 §4.3, §4.4: a message, or a record, is counted once, under the policy by which it was given up. */
export function countAbandoned(
  tcb: Tcb,
  { message }: QueuedMessage,
  when: "sent" | "unsent",
  policy: PolicyName,
): void {
  if (!tcb.extensions.partialReliability) return;
  tcb.abandoned ??= new AbandonedCounters();
  tcb.abandoned.count(message.stream, policy, when);
}

/**
 * RFC 3758 §3.5 A3: "all other TSN's within that fragmented message MUST be abandoned at the same time". `at`:
 * the offset of a chunk of it that is outstanding.
 */
export function abandon(tcb: Tcb, policy: ReliabilityPolicy, now: number, at: number): void {
  const { outstanding, queue } = tcb;
  const before = queue.bytes + outstanding.bytes;
  const failed = new Set<QueuedMessage>();
  for (const chunk of chunksOf(tcb, policy, at)) {
    const { message, path } = chunk;
    if (message !== undefined) failed.add(message);
    if (path?.measuring === chunk.tsn) path.measuring = undefined;
    // RFC 3758 §4.3 G1: "MUST mark that TSN as eligible for forward TSN".
    outstanding.abandon(chunk);
  }
  abandonRest(tcb, queue.begunBy(policy), failed);
  tcb.forwarding ??= new Forwarding();
  if (outstanding.marked === 0) tcb.retransmitNow = false;
  if (outstanding.isSettled) tcb.probing = false;
  // RFC 3758 §4.3 G1: "and the rules ... regarding the sending of FORWARD TSN chunks MUST be followed".
  onAbandoned(tcb);
  ensureT3(tcb, now);
  const [first] = failed;
  if (first !== undefined) countAbandoned(tcb, first, "sent", policy.name);
  for (const message of failed) reportFailure(tcb, message, "abandoned");
  reportRoom(tcb, before);
  // A shutdown may have waited for nothing else.
  advanceShutdown(tcb, now);
}

/**
 * The chunks of a message that are outstanding, of which one is near this offset: without interleaving they stand side
 * by side (RFC 9260 §6.9).
 */
function* chunksOf(
  { outstanding, extensions }: Tcb,
  policy: ReliabilityPolicy,
  near: number,
): IterableIterator<OutboundChunk> {
  const { interleaving } = extensions;
  let first = near;
  for (let offset = near; offset >= 0; offset -= 1) {
    const { message, flags } = outstanding.at(offset);
    const isOfMessage = message?.policy === policy;
    if (isOfMessage) first = offset;
    else if (!interleaving) break;
    if (isOfMessage && (flags & DataFlag.BEGINNING) !== 0) break;
  }
  for (let offset = Math.max(0, first); offset < outstanding.length; offset += 1) {
    const chunk = outstanding.at(offset);
    const isOfMessage = chunk.message?.policy === policy;
    if (isOfMessage) yield chunk;
    else if (!interleaving) return;
    if (isOfMessage && (chunk.flags & DataFlag.ENDING) !== 0) return;
  }
}

/** What was not sent of a message never is; the TSN of an end that is not sent, either, tells the peer so. */
function abandonRest(
  { outstanding, queue }: Tcb,
  begun: QueuedMessage | undefined,
  failed: Set<QueuedMessage>,
): void {
  if (begun === undefined) return;
  queue.abandonBegun("abandoned", begun);
  for (const part of partsFrom(begun)) if (part.size > part.cut) failed.add(part);
  const { message, ssn, mid, ppid } = begun;
  const end = outstanding.appendAbandoned();
  // RFC 3758 §3.1, §3.2: the SSN of an ordered message "MUST be filled in", and no other; RFC 8260 §2.3.1: the MID.
  end.flags = DataFlag.ENDING | (message.unordered ? DataFlag.UNORDERED : 0);
  end.stream = message.stream;
  end.ssn = ssn ?? end.ssn;
  end.mid = mid;
  end.ppid = ppid;
}
