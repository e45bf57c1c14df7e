import { Ring } from "../../../base/ring.ts";
import type { QueuedMessage } from "../message.ts";
import type { Scheduler, StreamValues } from "./scheduler.ts";

/** A stream with something to send. */
export interface WaitingStream {
  readonly id: number;
  readonly messages: Ring<QueuedMessage>;
  /** With interleaving: its message, or part of a record, of which something is cut (RFC 8260 §2.2.2: one a stream). */
  begun: QueuedMessage | undefined;
  /** The lowest is next. */
  rank: number;
  /** When its turn was given out: of equal rank, who has waited longest is next. */
  turn: number;
}

/**
 * Streams that wait for their turn, in a heap: what a message costs grows with the logarithm of the streams that have
 * something to send. How they rank is the business of each scheduler. Bound: the outbound streams.
 */
export abstract class StreamsInTurn implements Scheduler {
  readonly #waiting: Map<number, WaitingStream> = new Map();
  /** A binary heap: no stream comes before the one at half its index. */
  readonly #heap: WaitingStream[] = [];
  /** Those with a begun message. */
  #begun = 0;
  #turns = 0;
  #length = 0;
  protected values: StreamValues;

  constructor(values: StreamValues) {
    this.values = values;
  }

  /** The rank of a stream that has something to send after it had nothing. */
  protected abstract rankOf(stream: WaitingStream): number;

  /** A message, or with interleaving a chunk, of so many bytes has gone: the rank of its stream from now on. */
  protected abstract rankAfter(stream: WaitingStream, bytes: number): number;

  /** The first stream has had its turn, and may have nothing more to send. */
  protected onTurn(stream: WaitingStream, bytes: number): void {
    this.passTurn(stream, this.rankAfter(stream, bytes));
  }

  get length(): number {
    return this.#length;
  }

  get hasNext(): boolean {
    return this.#heap.length > 0;
  }

  enqueue(message: QueuedMessage): void {
    const { stream: id } = message.message;
    const known = this.#waiting.get(id);
    const stream = known ?? this.#add(id);
    stream.messages.push(message);
    this.#length += 1;
    if (known === undefined) this.#join(stream);
  }

  peek(): QueuedMessage | undefined {
    const first = this.#heap[0];
    return first?.begun ?? first?.messages.peek();
  }

  begin(): QueuedMessage | undefined {
    const first = this.#heap[0];
    const message = this.#take(first);
    if (first === undefined || message === undefined) return undefined;
    this.onTurn(first, message.size);
    return message;
  }

  drop(): QueuedMessage | undefined {
    const first = this.#heap[0];
    const message = this.#take(first);
    if (first !== undefined && first.messages.length > 0) this.onDrop(first);
    return message;
  }

  /** The first stream has another message to send next. */
  protected onDrop(_stream: WaitingStream): void {}

  /**
   * With interleaving: a chunk of so many bytes was cut from the message of `peek`. Its stream goes on with `next`, which
   * may wait for its bytes; undefined: with its next message.
   */
  serve(bytes: number, next: QueuedMessage | undefined): void {
    const first = this.#heap[0];
    if (first === undefined) return;
    if (first.begun === undefined) {
      first.messages.shift();
      this.#length -= 1;
      this.#begun += 1;
    }
    // RFC 8260 §2.2.2: not "more than one user message in any given stream at any time".
    first.begun = next;
    if (next === undefined) this.#begun -= 1;
    if (next === undefined && first.messages.length === 0) this.#waiting.delete(first.id);
    // A record that waits for its next part holds what is behind it in its stream, and no other stream.
    if (next?.isWhollyCut ?? first.messages.length === 0) this.#leave();
    this.onTurn(first, bytes);
  }

  /** With interleaving: a message of which something is cut is, or goes on as, this part of it. */
  resume(part: QueuedMessage): void {
    const { stream: id } = part.message;
    const stream = this.#waiting.get(id) ?? this.#add(id);
    if (stream.begun === undefined) this.#begun += 1;
    stream.begun = part;
    if (!part.isWhollyCut) this.#join(stream);
  }

  /** With interleaving: how many streams have a message of which something is cut. */
  get begunCount(): number {
    return this.#begun;
  }

  /** Those messages, in the order in which they came in. */
  get begun(): readonly QueuedMessage[] {
    const all = [...this.#waiting.values()].flatMap(({ begun }) => begun ?? []);
    return all.sort((one, other) => one.order - other.order);
  }

  beginPacket(): void {}

  configure(values: StreamValues): void {
    this.values = values;
    for (const stream of this.#heap) stream.rank = this.rankOf(stream);
    for (let index = (this.#heap.length >>> 1) - 1; index >= 0; index -= 1) this.#sink(index);
  }

  *[Symbol.iterator](): IterableIterator<QueuedMessage> {
    const all = [...this.#waiting.values()].flatMap(({ messages }) => [...messages]);
    yield* all.sort((one, other) => one.order - other.order);
  }

  /** The first stream, if it has more to send, waits for its next turn behind those of the same rank. */
  protected passTurn(stream: WaitingStream, rank: number): void {
    if (this.#heap[0] !== stream) return;
    stream.rank = rank;
    stream.turn = this.#nextTurn();
    this.#sink(0);
  }

  #add(id: number): WaitingStream {
    const stream: WaitingStream = { id, messages: new Ring(1), begun: undefined, rank: 0, turn: 0 };
    this.#waiting.set(id, stream);
    return stream;
  }

  #join(stream: WaitingStream): void {
    stream.rank = this.rankOf(stream);
    stream.turn = this.#nextTurn();
    this.#heap.push(stream);
    this.#rise(this.#heap.length - 1);
  }

  /** Takes the first stream out of the heap. */
  #leave(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #nextTurn(): number {
    this.#turns += 1;
    return this.#turns;
  }

  /** Takes the next message of the first stream out, and the stream with its last one. */
  #take(first: WaitingStream | undefined): QueuedMessage | undefined {
    const message = first?.messages.shift();
    if (first === undefined || message === undefined) return undefined;
    this.#length -= 1;
    if (first.messages.length > 0) return message;
    this.#waiting.delete(first.id);
    this.#leave();
    return message;
  }

  #rise(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >>> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(from: number): void {
    for (let index = from; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [first, second] = [this.#heap[one], this.#heap[other]];
    if (first === undefined || second === undefined) return false;
    return first.rank < second.rank || (first.rank === second.rank && first.turn < second.turn);
  }

  #swap(one: number, other: number): void {
    const moved = this.#heap[one] as WaitingStream;
    this.#heap[one] = this.#heap[other] as WaitingStream;
    this.#heap[other] = moved;
  }
}
