import { createHash, type Hash } from "node:crypto";

interface StreamCount {
  bytes: number;
  messages: number;
  readonly hash: Hash;
}

/** Counts and hashes what comes, a stream each. */
export class Sink {
  hashing = true;
  readonly #streams = new Map<number, StreamCount>();
  readonly #say: (event: object) => void;
  #expected = 0;
  #bytes = 0;
  #messages = 0;
  #first = 0n;
  #last = 0n;

  constructor(say: (event: object) => void) {
    this.#say = say;
  }

  take(stream: number, data: Uint8Array): void {
    const count = this.#streams.get(stream) ?? { bytes: 0, messages: 0, hash: createHash("sha256") };
    this.#streams.set(stream, count);
    this.#last = process.hrtime.bigint();
    if (this.#first === 0n) this.#first = this.#last;
    this.#bytes += data.length;
    this.#messages++;
    count.bytes += data.length;
    count.messages++;
    if (this.hashing) count.hash.update(data);
    this.#reached();
  }

  expect(bytes: number): void {
    this.#expected = bytes;
    this.#reached();
  }

  report(reset: boolean): object {
    const streams = [...this.#streams].sort(([a], [b]) => a - b);
    const report = {
      ...this.#totals(),
      streams: streams.map(([stream, { bytes, messages, hash }]) => ({
        stream,
        bytes,
        messages,
        sha256: this.hashing ? hash.copy().digest("hex") : "",
      })),
    };
    if (reset) {
      this.#streams.clear();
      this.#bytes = this.#messages = 0;
      this.#first = this.#last = 0n;
    }
    return report;
  }

  #reached(): void {
    if (this.#expected === 0 || this.#bytes < this.#expected) return;
    this.#expected = 0;
    this.#say({ event: "sunk", ...this.#totals() });
  }

  #totals(): object {
    const ns = Number(this.#last - this.#first);
    return { assoc: 1, bytes: this.#bytes, messages: this.#messages, ns };
  }
}
