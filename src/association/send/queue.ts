import { Ring } from "../../base/ring.ts";
import { asMid, asSsn, type Mid, midNext, type Ssn, ssnNext } from "../../base/serial.ts";
import { DATA_HEADER, DataFlag } from "../../packet/chunks/data.ts";
import { I_DATA_HEADER } from "../../packet/chunks/i-data.ts";
import type { OutgoingMessage, SendFailure } from "../events.ts";
import { lists, type StreamList } from "../reconfig/request.ts";
import { partsFrom, QueuedMessage } from "./message.ts";
import type { OutboundChunk } from "./outbound-chunk.ts";
import type { ReliabilityPolicy } from "./reliability/policy.ts";
import { createInterleavingScheduler, createScheduler, type SchedulerName } from "./schedulers/create.ts";
import type { Scheduler, StreamValues } from "./schedulers/scheduler.ts";
import type { StreamsInTurn } from "./schedulers/streams-in-turn.ts";

/** What of the configuration rules the order of sending. */
export type QueueParameters = Readonly<{ scheduler: SchedulerName; streamValues: StreamValues }>;

/** A record whose end has not been handed over (RFC 6458 §8.1.26). */
interface OpenRecord {
  /** Its latest part. */
  last: QueuedMessage;
  /** It was given up before anything of it was sent: what becomes of the parts to come. */
  failure: SendFailure | undefined;
}

const NONE: readonly QueuedMessage[] = [];

/**
 * Messages that are not yet cut into chunks, and the stream sequence numbers they will get. What is begun is finished
 * before another message begins, for the TSNs of a message are consecutive (RFC 9260 §6.9): a record of which
 * something was sent holds back everything else until its end, also while it has no part to send.
 *
 * With interleaving (RFC 8260 §2.2.2) the scheduler is asked at every chunk. A message that is begun then holds back its
 * own stream alone.
 */
export class SendQueue {
  #parameters: QueueParameters;
  /** Messages, and records by their first part, of which nothing is cut. */
  #scheduler: Scheduler;
  /** The scheduler, where messages are interleaved; it also knows what is begun. */
  #interleaved: StreamsInTurn | undefined = undefined;
  /** Without interleaving: the message that is being cut, or the part of a record; the latest part while the next one has not come. */
  #begun: QueuedMessage | undefined = undefined;
  /** By stream and U bit. Bound: two a stream. */
  readonly #open: Map<number, OpenRecord> = new Map();
  /** Records of which nothing is cut and which can never end, by their first part. */
  #endless: QueuedMessage[] = [];
  /** Next SSN by stream; only streams that were used ordered. Bound: outboundStreams. */
  readonly #ssns: Map<number, Ssn> = new Map();
  /** Streams that are being reset: what is pushed for them is parked; undefined for none (RFC 6525 §5.1.2 A1). */
  #held: StreamList | undefined = undefined;
  /** Messages, and records by their first part, for the streams that are held. Bound: as the scheduler's. */
  readonly #parked: Ring<QueuedMessage> = new Ring(1);
  /** Only what is begun goes on (RFC 6525 §5.1.4 C2). */
  #suspended = false;
  /** Next MID by stream and U bit, likewise (RFC 8260 §2.1: "two counters for each outgoing stream"). */
  readonly #mids: Map<number, Mid> = new Map();
  #bytes = 0;
  #hasPriorities = false;
  /** No message that waits is past its lifetime before. */
  #soonest = Number.POSITIVE_INFINITY;
  /** Messages queued so far. */
  #count = 0;

  constructor(parameters: QueueParameters) {
    this.#parameters = parameters;
    this.#scheduler = createScheduler(parameters.scheduler, parameters.streamValues);
  }

  /** Takes changed parameters, for all that is not begun; messages of a stream stay in their order. */
  configure(parameters: QueueParameters): void {
    const { scheduler, streamValues } = parameters;
    if (scheduler !== this.#parameters.scheduler) {
      this.#parameters = parameters;
      this.#schedule([...this.#scheduler]);
      return;
    }
    if (streamValues !== this.#parameters.streamValues) this.#scheduler.configure(streamValues);
    this.#parameters = parameters;
  }

  /** Begins with a fresh scheduler; what is begun goes on, but for `abandoned`. */
  #schedule(waiting: readonly QueuedMessage[], abandoned?: QueuedMessage): void {
    const { scheduler, streamValues } = this.#parameters;
    const before = this.#interleaved;
    if (before === undefined) {
      this.#scheduler = createScheduler(scheduler, streamValues);
    } else {
      this.#interleaved = createInterleavingScheduler(scheduler, streamValues);
      this.#scheduler = this.#interleaved;
      for (const part of before.begun) if (part !== abandoned) this.#interleaved.resume(part);
    }
    for (const message of waiting) this.#scheduler.enqueue(message);
  }

  /** From now on I-DATA is cut. Nothing may be begun. */
  interleave(): void {
    if (this.#interleaved !== undefined) return;
    const { scheduler, streamValues } = this.#parameters;
    this.#interleaved = createInterleavingScheduler(scheduler, streamValues);
    this.#schedule([...this.#scheduler]);
  }

  /**
   * Takes back what was cut, which nobody has: `sent` are its messages, and parts, in the order of their TSNs. From now on
   * DATA is cut, with numbers from the beginning.
   */
  rewind(sent: Iterable<QueuedMessage>): void {
    const begun = this.#interleaved?.begun ?? [];
    const all = new Set([...sent, ...(this.#begun === undefined ? [] : partsFrom(this.#begun))]);
    for (const head of [...begun, ...this.#scheduler]) for (const part of partsFrom(head)) all.add(part);
    this.#begun = undefined;
    this.#interleaved = undefined;
    this.#ssns.clear();
    this.#mids.clear();
    const lasts = new Map<number, QueuedMessage>();
    const heads: QueuedMessage[] = [];
    for (const part of all) {
      this.#bytes += part.cut;
      part.rewind();
      const before = lasts.get(part.order);
      lasts.set(part.order, part);
      if (before === undefined) heads.push(part);
      else before.next = part;
      this.#soonest = Math.min(this.#soonest, part.deadline);
    }
    this.#schedule(heads.sort((one, other) => one.order - other.order));
  }

  /** What is cut from now on goes into another packet. */
  beginPacket(): void {
    this.#scheduler.beginPacket();
  }

  /** Bytes not yet cut. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Nothing is left, nor a record that waits for its end. */
  get isEmpty(): boolean {
    if (this.#begun !== undefined || this.#scheduler.length > 0 || this.#endless.length > 0) return false;
    return !this.isHeld && (this.#interleaved === undefined || this.#interleaved.begunCount === 0);
  }

  /** Whether a message would go on with a record. */
  isOpen(stream: number, unordered: boolean): boolean {
    return this.#open.size > 0 && this.#open.has(keyOf(stream, unordered));
  }

  /** Takes a message, to be sent with that shared key; not if it is a part of a record that was given up: why is returned then. */
  push(message: OutgoingMessage, now: number, keyId?: number): SendFailure | undefined {
    const { stream, unordered, more } = message;
    if (more || this.#open.size > 0) {
      const record = this.#open.get(keyOf(stream, unordered));
      if (record !== undefined) return this.#continue(record, message);
    }
    const queued = new QueuedMessage(message, now + message.lifetime, this.#count, keyId);
    this.#count += 1;
    if (queued.deadline < this.#soonest) this.#soonest = queued.deadline;
    if (message.reliability?.policy === "priority") this.#hasPriorities = true;
    if (this.#held !== undefined && lists(this.#held, stream)) this.#parked.push(queued);
    else if (this.#suspended && this.#interleaved !== undefined) this.#parked.push(queued);
    else this.#scheduler.enqueue(queued);
    this.#bytes += queued.size;
    // RFC 6458 §8.1.26: a record without its end goes on.
    if (more) this.#open.set(keyOf(stream, unordered), { last: queued, failure: undefined });
    return undefined;
  }

  #continue(record: OpenRecord, message: OutgoingMessage): SendFailure | undefined {
    if (!message.more) this.#open.delete(keyOf(message.stream, message.unordered));
    if (record.failure !== undefined) return record.failure;
    const { last } = record;
    const part = new QueuedMessage(message, Number.POSITIVE_INFINITY, last.order, undefined, last);
    last.next = part;
    record.last = part;
    this.#bytes += part.size;
    if (this.#interleaved !== undefined) {
      if (last.isWhollyCut) this.#interleaved.resume(follow(last) ?? last);
    } else if (this.#begun === last && last.isWhollyCut) {
      this.#begun = follow(last);
    }
    return undefined;
  }

  /** Nothing more will be pushed: records that are open and not begun make way for what can still be sent. */
  end(): void {
    if (this.#open.size === 0) return;
    const waiting = [...this.#scheduler];
    this.#endless.push(...waiting.filter(({ last }) => last.message.more));
    this.#schedule(waiting.filter(({ last }) => !last.message.more));
  }

  /** Messages wait for streams that are being reset, or for the TSNs. */
  get isHeld(): boolean {
    return this.#parked.length > 0 || (this.#suspended && this.#scheduler.length > 0);
  }

  /** A message, or a record that may go on, of which a part was cut. */
  get isMidMessage(): boolean {
    return this.#begun !== undefined || (this.#interleaved?.begunCount ?? 0) > 0;
  }

  /** What is pushed for these streams from now on waits for `release` (RFC 6525 §5.1.2 A1). */
  hold(streams: StreamList): void {
    this.#held = streams;
  }

  /** Nothing new is begun before `release` (RFC 6525 §5.1.4 C2). */
  suspend(): void {
    this.#suspended = true;
    if (this.#interleaved === undefined) return;
    // What is not begun steps aside, for what is begun on other streams is to end.
    const waiting = [...this.#scheduler];
    this.#schedule([]);
    for (const head of waiting) this.#parked.push(head);
  }

  /** What waited takes its turn. */
  release(): void {
    this.#held = undefined;
    this.#suspended = false;
    for (let head = this.#parked.shift(); head !== undefined; head = this.#parked.shift()) {
      this.#scheduler.enqueue(head);
    }
  }

  /** Whether something for these streams is not cut yet, but for what is held. */
  occupies(streams: StreamList): boolean {
    if (this.#begun !== undefined && lists(streams, this.#begun.message.stream)) return true;
    for (const head of this.#scheduler) if (lists(streams, head.message.stream)) return true;
    for (const part of this.#interleaved?.begun ?? []) if (lists(streams, part.message.stream)) return true;
    return false;
  }

  /** No message of these streams has had an SSN, or an MID, since they began. */
  isAtZero(streams: StreamList): boolean {
    for (const [stream, ssn] of this.#ssns) if (ssn !== 0 && lists(streams, stream)) return false;
    for (const [key, mid] of this.#mids) if (mid !== 0 && lists(streams, key >>> 1)) return false;
    return true;
  }

  /** RFC 6525 §5.2.7 H4: the next ordered message of each has SSN 0. */
  resetSsns(streams: StreamList): void {
    for (const stream of this.#ssns.keys()) if (lists(streams, stream)) this.#ssns.delete(stream);
    // RFC 8260 §2.3.2: "the two counters ... used for the MIDs MUST be reset to 0".
    for (const key of this.#mids.keys()) if (lists(streams, key >>> 1)) this.#mids.delete(key);
  }

  /** The message, or the part of a record, that is being cut, or would be next. */
  get begun(): QueuedMessage | undefined {
    const begun = this.#begun ?? (this.#interleaved === undefined ? undefined : this.#scheduler.peek());
    return begun !== undefined && (begun.cut > 0 || begun.continues) ? begun : undefined;
  }

  /** What of this policy is begun. */
  begunBy(policy: ReliabilityPolicy): QueuedMessage | undefined {
    if (this.#interleaved === undefined) return this.#begun?.policy === policy ? this.#begun : undefined;
    return this.#interleaved.begun.find((part) => part.policy === policy);
  }

  /** Takes out a message of which a part was cut, by default the oldest one, with what is there of its record. */
  abandonBegun(
    failure: SendFailure,
    begun: QueuedMessage | undefined = this.#begun ?? this.#interleaved?.begun[0],
  ): QueuedMessage | undefined {
    if (begun === undefined) return undefined;
    this.#begun = undefined;
    if (this.#interleaved !== undefined) this.#schedule([...this.#scheduler], begun);
    for (const part of partsFrom(begun)) this.#bytes -= part.size - part.cut;
    this.#failOpen(begun, failure);
    return begun;
  }

  /** A message that has a priority was ever pushed (RFC 7496 §3.2). */
  get hasPriorities(): boolean {
    return this.#hasPriorities;
  }

  /** Takes out the messages, and records by their first part, of these policies of which nothing is cut. */
  withdraw(policies: ReadonlySet<ReliabilityPolicy>): readonly QueuedMessage[] {
    return this.#takeOut(({ policy }) => policy !== undefined && policies.has(policy), "abandoned");
  }

  /** Something can be cut, now or for the next packet. */
  get hasNext(): boolean {
    if (this.#begun !== undefined) return !this.#begun.isWhollyCut;
    return this.#scheduler.hasNext && (!this.#suspended || this.#interleaved !== undefined);
  }

  /** The message that the next chunk is cut from; undefined where none may be, in this packet. */
  peek(): QueuedMessage | undefined {
    const begun = this.#begun;
    if (begun === undefined)
      return this.#suspended && this.#interleaved === undefined ? undefined : this.#scheduler.peek();
    return begun.isWhollyCut ? undefined : begun;
  }

  /** Bytes of user data that the next chunk will have, at most `maxPayload`; 0 when none can be cut. */
  nextPayload(maxPayload: number): number {
    const head = this.peek();
    return head === undefined ? 0 : Math.min(maxPayload, head.size - head.cut);
  }

  /** When the next message is given up unless it is begun before, ms; Infinity for never. It may be a moment too early. */
  get expiry(): number {
    const waiting = this.#scheduler.length + this.#endless.length + this.#parked.length;
    return waiting === 0 ? Number.POSITIVE_INFINITY : this.#soonest;
  }

  /**
   * The messages that have waited past their lifetime with nothing sent (RFC 9260 §11.1.5); they are taken out, each with all
   * parts of its record behind it. RFC 3758 §4.1 TR3: before they have a TSN, which is given by `cut`.
   */
  expire(now: number): readonly QueuedMessage[] {
    if (now < this.#soonest) return NONE;
    this.#soonest = Number.POSITIVE_INFINITY;
    return this.#takeOut(({ deadline }) => {
      if (now >= deadline) return true;
      this.#soonest = Math.min(this.#soonest, deadline);
      return false;
    }, "expired");
  }

  /** Takes out the next message, or record, if it goes to a stream that was not negotiated (RFC 9260 §5.1.1). */
  refuse(outboundStreams: number): QueuedMessage | undefined {
    const head = this.#unbegun;
    if (head === undefined || head.message.stream < outboundStreams) return undefined;
    this.#scheduler.drop();
    this.#fail(head, "stream-refused");
    return head;
  }

  /** Cuts the next chunk, at most `maxPayload` bytes of user data (RFC 9260 §6.9); something must be queued. */
  cut(maxPayload: number, into: OutboundChunk): void {
    const head = this.peek();
    if (head === undefined) throw new Error("nothing is queued");
    const interleaved = this.#interleaved;
    if (interleaved === undefined && this.#begun === undefined) {
      this.#scheduler.begin();
      this.#begun = head;
    }
    const { message } = head;
    const length = Math.min(maxPayload, head.size - head.cut);
    const isFirst = head.cut === 0 && !head.continues;
    const isLast = head.cut + length === head.size;
    if (interleaved !== undefined) {
      if (isFirst) head.mid = this.#takeMid(message);
      into.header = I_DATA_HEADER;
      into.mid = head.mid;
      // RFC 8260 §2.1: fragments are enumerated "starting from 0 and incremented by 1", and "MAY wrap completely".
      // §2.2.2: each later one has a higher TSN, with which "the receiver can make progress".
      into.fsn = head.fsn;
      head.fsn = (head.fsn + 1) >>> 0;
    } else if (isFirst && !message.unordered) {
      // RFC 9260 §6.5: the SSN starts at 0 and grows by one with each ordered message of the stream.
      head.ssn = this.#ssns.get(message.stream) ?? asSsn(0);
      this.#ssns.set(message.stream, ssnNext(head.ssn));
    }
    into.message = head;
    // RFC 9260 §3.3.1, §6.9: B and E say the place of a fragment; the U bit, the SSN and the PPID of its message "MUST" be
    // in each of them. The I bit is on the last one.
    into.flags =
      (isFirst ? DataFlag.BEGINNING : 0) |
      (isLast && !message.more ? DataFlag.ENDING : 0) |
      (message.unordered ? DataFlag.UNORDERED : 0) |
      (isLast && message.immediate ? DataFlag.IMMEDIATE : 0);
    into.stream = message.stream;
    if (interleaved === undefined) {
      into.header = DATA_HEADER;
      into.ssn = head.ssn ?? asSsn(0);
    }
    into.ppid = head.ppid;
    into.bytes = message.data;
    into.offset = head.cut;
    into.length = length;
    head.cut += length;
    this.#bytes -= length;
    if (interleaved !== undefined) interleaved.serve(length, isLast ? follow(head) : head);
    else if (isLast) this.#begun = follow(head);
  }

  /** RFC 8260 §2.1: a counter for the ordered messages of a stream, and one for the others, "initially 0". */
  #takeMid({ stream, unordered }: OutgoingMessage): Mid {
    const key = keyOf(stream, unordered);
    const mid = this.#mids.get(key) ?? asMid(0);
    this.#mids.set(key, midNext(mid));
    return mid;
  }

  /** A message with this shared key waits, or a record whose next part will have it. */
  usesKey(keyId: number): boolean {
    for (const message of this) if (message.keyId === keyId) return true;
    for (const { last, failure } of this.#open.values()) {
      if (failure === undefined && last.keyId === keyId) return true;
    }
    return false;
  }

  /** All messages of which something is not yet cut, and parts. */
  *[Symbol.iterator](): IterableIterator<QueuedMessage> {
    const all = this.#interleaved?.begun ?? (this.#begun === undefined ? [] : [this.#begun]);
    for (const begun of all) yield* partsFrom(begun.isWhollyCut ? begun.next : begun);
    for (const head of this.#scheduler) yield* partsFrom(head);
    for (const head of this.#endless) yield* partsFrom(head);
    for (const head of this.#parked) yield* partsFrom(head);
  }

  get #unbegun(): QueuedMessage | undefined {
    if (this.#begun !== undefined) return undefined;
    const head = this.#scheduler.peek();
    return head === undefined || head.cut > 0 || head.continues ? undefined : head;
  }

  /** Takes out those of which nothing is cut and that are such, in the order in which they were queued. */
  #takeOut(isSuch: (head: QueuedMessage) => boolean, failure: SendFailure): readonly QueuedMessage[] {
    const heads = [...this.#scheduler, ...this.#endless, ...this.#parked];
    const taken = new Set(heads.filter((head) => head.cut === 0 && !head.continues && isSuch(head)));
    if (taken.size === 0) return NONE;
    const stays = (head: QueuedMessage): boolean => !taken.has(head);
    this.#schedule([...this.#scheduler].filter(stays));
    const parked = [...this.#parked].filter(stays);
    this.#parked.clear();
    for (const head of parked) this.#parked.push(head);
    this.#endless = this.#endless.filter(stays);
    for (const head of taken) this.#fail(head, failure);
    return [...taken].sort((one, other) => one.order - other.order);
  }

  #fail(head: QueuedMessage, failure: SendFailure): void {
    for (const part of partsFrom(head)) this.#bytes -= part.size;
    this.#failOpen(head, failure);
  }

  /** What is still to come of a record that is given up fails as what is here of it. */
  #failOpen(head: QueuedMessage, failure: SendFailure): void {
    const { stream, unordered } = head.message;
    const record = head.last.message.more ? this.#open.get(keyOf(stream, unordered)) : undefined;
    if (record !== undefined) record.failure = failure;
  }
}

function keyOf(stream: number, unordered: boolean): number {
  return stream * 2 + (unordered ? 1 : 0);
}

/** What is cut after a part that is wholly cut: the next one, or itself, while that has not come. */
function follow(part: QueuedMessage): QueuedMessage | undefined {
  const { next } = part;
  if (next === undefined) return part.message.more ? part : undefined;
  next.ssn = part.ssn;
  next.mid = part.mid;
  next.fsn = part.fsn;
  // A record may go on for ever: what is done must not hold what follows.
  part.next = undefined;
  return next;
}
