import { SctpError } from "../../base/error.ts";
import type { Association } from "../message/association.ts";
import type { PartialAborted } from "../message/association-events.ts";
import type { Message } from "../message/message.ts";
import type { MessageIterator } from "../message/receiving.ts";

/** Who takes messages. */
export interface InboundReader {
  /** Whether the next message would be taken. */
  wants(): boolean;
  take(message: Message): void;
  /** Everything has been read, and the association ended in good order, or with this error. */
  end(error: unknown): void;
}

/**
 * Takes messages from an association one by one, as they are wanted: what is not taken closes the window that the
 * peer sees. A message that comes in parts is put together, since one message is one buffer here.
 */
export class Inbound {
  readonly #reader: InboundReader;
  readonly #parts = new Parts();
  #iterator: MessageIterator | undefined;
  #pulling = false;
  #draining = false;

  constructor(reader: InboundReader) {
    this.#reader = reader;
  }

  start(association: Association): void {
    this.#parts.limit = association.maxMessageSize;
    this.#iterator = association[Symbol.asyncIterator]();
    this.pull();
  }

  /** Takes the next message, if it is wanted. Without effect while one is on its way. */
  pull(): void {
    if (this.#pulling || this.#iterator === undefined) return;
    if (!this.#draining && !this.#reader.wants()) return;
    this.#pulling = true;
    this.#iterator.next().then(this.#onNext, this.#onError);
  }

  /** Takes what is left, wanted or not, up to the end. */
  drain(): void {
    this.#draining = true;
    this.pull();
  }

  /** The peer began anew: the rest of a message in parts will not come. */
  restart(): void {
    this.#parts.clear();
  }

  /** The rest of a message in parts will not come: nor does the message. */
  abort({ stream, unordered }: PartialAborted): void {
    this.#parts.drop(stream, unordered);
  }

  /** Takes nothing more. */
  stop(): void {
    this.#iterator = undefined;
    this.#parts.clear();
  }

  readonly #onNext = (result: IteratorResult<Message, undefined>): void => {
    this.#pulling = false;
    if (this.#iterator === undefined) return;
    if (result.done) {
      this.stop();
      this.#reader.end(undefined);
      return;
    }
    let whole: Message | undefined;
    try {
      whole = this.#parts.add(result.value);
    } catch (error) {
      this.#onError(error);
      return;
    }
    if (whole !== undefined) this.#hand(whole);
    this.pull();
  };

  /** What a listener throws is an uncaught exception, as in `node:net`, and no rejection; the next message comes. */
  #hand(message: Message): void {
    try {
      this.#reader.take(message);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  readonly #onError = (error: unknown): void => {
    this.#pulling = false;
    if (this.#iterator === undefined) return;
    this.stop();
    this.#reader.end(error);
  };
}

/** Messages of which parts have come. Their bytes together are bounded by `limit`: a peer must not fill the memory. */
class Parts {
  limit = 0;
  readonly #open = new Map<string, Message[]>();
  #bytes = 0;

  /** The whole message when this is the last of it. Throws ERR_SCTP_MESSAGE_TOO_LARGE. */
  add(message: Message): Message | undefined {
    if (!message.partial) return message;
    const key = keyOf(message.stream, message.unordered);
    const parts = this.#open.get(key) ?? [];
    parts.push(message);
    this.#bytes += message.data.length;
    if (this.#bytes > this.limit) {
      throw new SctpError(
        "ERR_SCTP_MESSAGE_TOO_LARGE",
        `a message of the peer's on stream ${message.stream} is larger than maxMessageSize, ${this.limit} bytes`,
      );
    }
    if (!message.end) {
      this.#open.set(key, parts);
      return undefined;
    }
    this.#open.delete(key);
    const data = Buffer.concat(parts.map((part) => part.data));
    this.#bytes -= data.length;
    return { ...message, data, partial: false };
  }

  drop(stream: number, unordered: boolean): void {
    const key = keyOf(stream, unordered);
    for (const part of this.#open.get(key) ?? []) this.#bytes -= part.data.length;
    this.#open.delete(key);
  }

  clear(): void {
    this.#open.clear();
    this.#bytes = 0;
  }
}

function keyOf(stream: number, unordered: boolean): string {
  return `${stream} ${unordered}`;
}
