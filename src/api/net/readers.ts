import type { MessageBuffer } from "./buffers.ts";
import { type InboundHome, InboundStream } from "./streams.ts";

/**
 * What comes in on the streams of a socket, a readable for each. The peer chooses how many there are, up to MIS, so that
 * no message may cost a look at all of them.
 */
export class Readers implements InboundHome {
  readonly pull: () => void;
  /** On all streams together. Whoever takes messages bounds it, by `hasRoom`. */
  held = 0;
  /** By their numbers: at most MIS. */
  readonly #streams = new Map<number, InboundStream>();
  /** Took the last message that somebody listened for and was not ready for another: while it is so, no other comes. */
  #slow: InboundStream | undefined;

  /** `pull` takes the next message. */
  constructor(pull: () => void) {
    this.pull = pull;
  }

  /** The one of a stream, unless its user is done with it. */
  get(stream: number): InboundStream | undefined {
    const known = this.#streams.get(stream);
    return known?.destroyed ? undefined : known;
  }

  add(stream: number): InboundStream {
    const reader = new InboundStream(stream, this);
    this.#streams.set(stream, reader);
    return reader;
  }

  offer(reader: InboundStream, data: MessageBuffer): void {
    reader.offer(data);
    if (reader.isSlow) this.#slow = reader;
  }

  /** Whether the next message may be taken, if streams that nobody listens to may hold so many bytes together. */
  hasRoom(limit: number): boolean {
    return this.#slow?.isSlow !== true && this.held < limit;
  }

  /** Everything was read. */
  end(): void {
    for (const reader of this.#streams.values()) reader.push(null);
    this.#streams.clear();
  }

  destroy(error: Error | undefined): void {
    for (const reader of this.#streams.values()) reader.destroy(error);
  }
}
