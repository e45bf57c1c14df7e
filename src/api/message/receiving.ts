import type { IncomingMessage } from "../../association/events.ts";
import { incoming, type Message } from "./message.ts";

/** A reader of one stream, with its own bounded store. */
export interface StreamReader {
  readonly hasRoom: boolean;
  offer(message: Message): void;
  /** No more will come; `error` when the association did not end in good order. */
  finish(error: Error | undefined): void;
}

/** Where messages come from, and who listens to the `message` event. */
export interface InboxSource {
  receive(): IncomingMessage | undefined;
  /** Some were taken, so the peer may be told of a larger window. */
  taken(): void;
  /** Somebody listens to `message`. */
  listened(): boolean;
  emit(message: Message): void;
}

interface WaitingRead {
  readonly owner: MessageIterator;
  readonly resolve: (result: IteratorResult<Message, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Hands received messages to those who want them: a stream's reader, else the loop that waits, else the listeners of
 * `message`. Nothing is taken from the association while nobody wants it, so the window that the peer sees is honest.
 *
 * Messages come from the association in one order. At most one is held here, when the one it belongs to has no room;
 * all others then wait behind it.
 */
export class Inbox {
  readonly #source: InboxSource;
  readonly #readers = new Map<number, StreamReader>();
  readonly #waiting: WaitingRead[] = [];
  #iterators = 0;
  #held: Message | undefined;
  #paused = false;
  #pumping = false;
  #discarding = false;
  #ended: { readonly error: Error | undefined } | undefined;
  #finished = false;

  constructor(source: InboxSource) {
    this.#source = source;
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#pumpSoon();
  }

  /** Somebody has begun to listen; their first message comes after the code that runs now. */
  listening(): void {
    this.#pumpSoon();
  }

  attach(stream: number, reader: StreamReader): void {
    this.#readers.set(stream, reader);
    if (this.#finished) reader.finish(this.#ended?.error);
    else this.#pumpSoon();
  }

  detach(stream: number): void {
    this.#readers.delete(stream);
    this.#pumpSoon();
  }

  iterate(): MessageIterator {
    this.#iterators++;
    return new MessageIterator(this);
  }

  /** From now on what nobody waits for is dropped: the association is closing and the peer must not get stuck. */
  discardUnwanted(): void {
    this.#discarding = true;
    this.pump();
  }

  /** The association is over. What came in before can still be read; then readers and loops end. */
  end(error: Error | undefined): void {
    this.#ended = { error };
    this.pump();
  }

  next(owner: MessageIterator): Promise<IteratorResult<Message, undefined>> {
    const message = this.#quickly();
    if (message !== undefined) return Promise.resolve({ value: message, done: false });
    return new Promise((resolve, reject) => {
      const read = { owner, resolve, reject };
      if (this.#finished) this.#conclude(read);
      else {
        this.#waiting.push(read);
        this.pump();
      }
    });
  }

  /** A loop was left: its reads that wait end, and it is no reason any more to keep messages. */
  leave(owner: MessageIterator): void {
    this.#iterators--;
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const read = this.#waiting[i] as WaitingRead;
      if (read.owner !== owner) continue;
      this.#waiting.splice(i, 1);
      read.resolve({ value: undefined, done: true });
    }
    if (this.#discarding) this.pump();
  }

  /** Takes messages as long as somebody wants them. */
  pump(): void {
    // A listener may call whatever leads here again; the loop below goes on after it.
    if (this.#pumping || this.#finished) return;
    this.#pumping = true;
    let took = false;
    let whole = false;
    try {
      while (this.#wanted()) {
        if (this.#held === undefined) {
          const message = this.#source.receive();
          if (message === undefined) {
            if (this.#ended !== undefined) this.#finish(this.#ended.error);
            break;
          }
          took = true;
          this.#held = incoming(message);
        }
        if (!this.#place(this.#held)) break;
      }
      whole = true;
    } finally {
      this.#pumping = false;
      if (took) this.#source.taken();
      // A listener threw. The association says "readable" once only, so the rest must be asked for again.
      if (!whole) this.#pumpSoon();
    }
  }

  /** The next message, where it can only be the loop's: without the resolver and the turn of `pump`. */
  #quickly(): Message | undefined {
    if (this.#pumping || this.#finished || this.#waiting.length > 0 || this.#readers.size > 0)
      return undefined;
    const held = this.#held;
    if (held !== undefined) {
      this.#held = undefined;
      return held;
    }
    const message = this.#source.receive();
    if (message === undefined) return undefined;
    this.#source.taken();
    return incoming(message);
  }

  /** There is nothing more: the loop ends, or is told the error. */
  #conclude(read: WaitingRead): void {
    const error = this.#ended?.error;
    read.owner.close();
    if (error === undefined) read.resolve({ value: undefined, done: true });
    else read.reject(error);
  }

  #pumpSoon(): void {
    process.nextTick(() => this.pump());
  }

  #flowing(): boolean {
    return !this.#paused && this.#source.listened();
  }

  #unwanted(): boolean {
    return this.#discarding && this.#iterators === 0 && !this.#source.listened();
  }

  /** Whether to look at the next message. Whose it is shows only then, so a reader with or without room counts. */
  #wanted(): boolean {
    return (
      this.#held !== undefined ||
      this.#waiting.length > 0 ||
      this.#readers.size > 0 ||
      this.#ended !== undefined ||
      this.#flowing() ||
      this.#unwanted()
    );
  }

  #place(message: Message): boolean {
    const reader = this.#readers.get(message.stream);
    if (reader !== undefined) {
      if (!reader.hasRoom) return false;
      this.#held = undefined;
      reader.offer(message);
      return true;
    }
    const read = this.#waiting.shift();
    if (read !== undefined) {
      this.#held = undefined;
      read.resolve({ value: message, done: false });
      return true;
    }
    const flowing = this.#flowing();
    if (!flowing && !this.#unwanted()) return false;
    this.#held = undefined;
    if (flowing) this.#source.emit(message);
    return true;
  }

  #finish(error: Error | undefined): void {
    this.#finished = true;
    for (const read of this.#waiting.splice(0)) this.#conclude(read);
    for (const reader of [...this.#readers.values()]) reader.finish(error);
  }
}

/**
 * Reads an association message by message. It ends when the association was shut down and everything was read, and
 * throws the association's error when it ended otherwise. Leaving the loop leaves the association as it is.
 */
export class MessageIterator implements AsyncIterableIterator<Message> {
  readonly #inbox: Inbox;
  #over = false;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    return this.#over ? Promise.resolve({ value: undefined, done: true }) : this.#inbox.next(this);
  }

  return(): Promise<IteratorResult<Message, undefined>> {
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** @internal */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#inbox.leave(this);
  }
}
