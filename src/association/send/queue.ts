import { asSsn, type Ssn, ssnNext } from "../../base/serial.ts";
import { DataFlag } from "../../packet/chunks/data.ts";
import type { OutgoingMessage } from "../events.ts";
import { QueuedMessage } from "./message.ts";
import type { OutboundChunk } from "./outbound-chunk.ts";
import { FcfsScheduler } from "./schedulers/fcfs.ts";
import type { Scheduler } from "./schedulers/scheduler.ts";

/** Messages that are not yet cut into chunks, and the stream sequence numbers they will get. */
export class SendQueue {
  readonly #scheduler: Scheduler = new FcfsScheduler();
  /** Next SSN by stream; only streams that were used ordered. Bound: outboundStreams. */
  readonly #ssns: Map<number, Ssn> = new Map();
  #bytes = 0;

  /** Bytes not yet cut. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#scheduler.length === 0;
  }

  push(message: OutgoingMessage, now: number): void {
    this.#scheduler.enqueue(new QueuedMessage(message, now + message.lifetime));
    this.#bytes += message.data.length;
  }

  /** The message that the next chunk is cut from. */
  peek(): QueuedMessage | undefined {
    return this.#scheduler.peek();
  }

  /** Bytes of user data that the next chunk will have, at most `maxPayload`; 0 when nothing is queued. */
  nextPayload(maxPayload: number): number {
    const head = this.#scheduler.peek();
    return head === undefined ? 0 : Math.min(maxPayload, head.size - head.cut);
  }

  /** When the next message is given up unless it is begun before, ms; Infinity for never. */
  get expiry(): number {
    const head = this.#scheduler.peek();
    return head === undefined || head.cut > 0 ? Number.POSITIVE_INFINITY : head.deadline;
  }

  /** Whether a message has waited past its lifetime with nothing sent (RFC 9260 §11.1.5); it is then taken out. */
  expire(now: number): QueuedMessage | undefined {
    const head = this.#scheduler.peek();
    if (head === undefined || head.cut > 0 || now < head.deadline) return undefined;
    return this.#takeOut();
  }

  /** Takes out the head if it goes to a stream that was not negotiated (RFC 9260 §5.1.1). */
  refuse(outboundStreams: number): QueuedMessage | undefined {
    const head = this.#scheduler.peek();
    if (head === undefined || head.cut > 0 || head.message.stream < outboundStreams) return undefined;
    return this.#takeOut();
  }

  /** Cuts the next chunk, at most `maxPayload` bytes of user data (RFC 9260 §6.9); something must be queued. */
  cut(maxPayload: number, into: OutboundChunk): void {
    const head = this.#scheduler.peek();
    if (head === undefined) throw new Error("nothing is queued");
    const { message } = head;
    const length = Math.min(maxPayload, head.size - head.cut);
    const isFirst = head.cut === 0;
    const isLast = head.cut + length === head.size;
    if (isFirst && !message.unordered) {
      // RFC 9260 §6.5: the SSN starts at 0 and grows by one with each ordered message of the stream.
      head.ssn = this.#ssns.get(message.stream) ?? asSsn(0);
      this.#ssns.set(message.stream, ssnNext(head.ssn));
    }
    into.message = head;
    into.flags =
      (isFirst ? DataFlag.BEGINNING : 0) |
      (isLast ? DataFlag.ENDING : 0) |
      (message.unordered ? DataFlag.UNORDERED : 0) |
      (isLast && message.immediate ? DataFlag.IMMEDIATE : 0);
    into.stream = message.stream;
    into.ssn = head.ssn ?? asSsn(0);
    into.ppid = message.ppid;
    into.bytes = message.data;
    into.offset = head.cut;
    into.length = length;
    head.cut += length;
    this.#bytes -= length;
    if (isLast) this.#scheduler.shift();
  }

  /** All messages of which something is not yet cut. */
  [Symbol.iterator](): IterableIterator<QueuedMessage> {
    return this.#scheduler[Symbol.iterator]();
  }

  #takeOut(): QueuedMessage | undefined {
    const head = this.#scheduler.shift();
    if (head !== undefined) this.#bytes -= head.size - head.cut;
    return head;
  }
}
