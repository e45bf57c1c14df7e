import { asMid, type Mid, type Ssn } from "../../base/serial.ts";
import type { OutgoingMessage } from "../events.ts";
import { policyOf } from "./reliability/create.ts";
import type { ReliabilityPolicy } from "./reliability/policy.ts";

/** A message, or a part of a record, between `send` and its acknowledgement. */
export class QueuedMessage {
  readonly message: OutgoingMessage;
  /** When it is given up if nothing of it was sent; ms, Infinity for never. */
  readonly deadline: number;
  /** That of the first part, in all parts of a record. */
  readonly ppid: number;
  /** Messages of the association that were queued before it. */
  readonly order: number;
  /** Shared Key Identifier of the first part, where chunks are authenticated: sent again with it, too (RFC 6458 §8.1.18). */
  readonly keyId: number | undefined;
  /** It named that key: it is authenticated though the peer may not ask for it; so are all parts of its record. */
  readonly signed: boolean;
  /** When it is given up, partly sent or not; the same object in all parts of a record. */
  readonly policy: ReliabilityPolicy | undefined;
  /** It is not the first part of its record. */
  readonly continues: boolean;
  /** The part that goes on with the record, while this one waits for it or before it. */
  next: QueuedMessage | undefined = undefined;
  /** Bytes that have been cut into chunks. */
  cut = 0;
  /** Bytes that have been acknowledged cumulatively. */
  acknowledged = 0;
  /** Given when the first fragment is cut, so that an expired message leaves no hole. */
  ssn: Ssn | undefined = undefined;
  /** With interleaving in place of the SSN, likewise (RFC 8260 §2.1). */
  mid: Mid = asMid(0);
  /** The FSN of the next fragment. */
  fsn = 0;

  /** `before`: the part that it goes on with. */
  constructor(
    message: OutgoingMessage,
    deadline: number,
    order: number,
    keyId?: number,
    before?: QueuedMessage,
  ) {
    this.message = message;
    this.deadline = deadline;
    this.order = order;
    this.ppid = before === undefined ? message.ppid : before.ppid;
    this.keyId = before === undefined ? keyId : before.keyId;
    this.signed = before === undefined ? message.authKeyId !== undefined : before.signed;
    this.policy = before === undefined ? policyOf(message, deadline) : before.policy;
    this.continues = before !== undefined;
  }

  get size(): number {
    return this.message.data.length;
  }

  get isWhollyCut(): boolean {
    return this.cut === this.message.data.length;
  }

  /** Nothing of it has been sent: it is to be cut anew. */
  rewind(): void {
    this.next = undefined;
    this.cut = 0;
    this.acknowledged = 0;
    this.ssn = undefined;
    this.fsn = 0;
  }

  /** The part that came last of its record, as far as parts are linked from here. */
  get last(): QueuedMessage {
    let last: QueuedMessage = this;
    while (last.next !== undefined) last = last.next;
    return last;
  }
}

/** A message, and the parts of its record that follow it. */
export function* partsFrom(first: QueuedMessage | undefined): IterableIterator<QueuedMessage> {
  for (let part = first; part !== undefined; part = part.next) yield part;
}
