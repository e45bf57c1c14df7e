import { finished } from "node:stream";
import { OutboundStream, type StreamHome } from "./streams.ts";

/** What is sent on single streams of a socket, a writable for each. */
export class Writers {
  readonly #home: StreamHome;
  /** The last one of each stream: it is given out until it is ended. */
  readonly #last = new Map<number, OutboundStream>();
  /** All that have not closed: those above, and former ones that were ended and still hold something. */
  readonly #open = new Set<OutboundStream>();

  constructor(home: StreamHome) {
    this.#home = home;
  }

  /** Bytes that wait here. */
  get waiting(): number {
    let bytes = 0;
    for (const writer of this.#open) bytes += writer.writableLength;
    return bytes;
  }

  /** The one of a stream, the same until it is ended. `ppid` is the default of one that is made. */
  get(stream: number, ppid: number | undefined): OutboundStream {
    const known = this.#last.get(stream);
    if (known !== undefined && !known.writableEnded && !known.destroyed) return known;
    const writer = new OutboundStream(this.#home, stream, ppid, known);
    this.#last.set(stream, writer);
    this.#open.add(writer);
    writer.once("close", () => {
      this.#open.delete(writer);
      if (this.#last.get(stream) === writer) this.#last.delete(stream);
    });
    return writer;
  }

  /** Ends all of them; `then` comes when what they hold is handed to the association. */
  end(then: () => void): void {
    let open = 1;
    const ended = (): void => {
      open--;
      if (open === 0) then();
    };
    for (const writer of this.#open) {
      open++;
      finished(writer, ended);
      writer.end();
    }
    ended();
  }

  destroy(error: Error | undefined): void {
    for (const writer of this.#open) writer.destroy(error);
  }
}
