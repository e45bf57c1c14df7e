import type { IncomingMessage, OutgoingMessage, SendFailure } from "usctp/core";

/** Side, incarnation, association, number: who wrote a message, and which of its messages it is. */
export const HEADER = 12;

/** A message that an association took, and what became of it. */
export interface Entry {
  readonly key: string;
  readonly number: number;
  readonly length: number;
  readonly stream: number;
  readonly unordered: boolean;
  /** Another host of the same side took its place before the end. */
  orphaned: boolean;
  acknowledged: boolean;
  failure: SendFailure | undefined;
  /** A failed one: whether something of it was sent, as the sender was told. */
  sent: boolean;
  deliveries: number;
  /** A part of it was read, and the rest does not come. */
  cut: boolean;
}

/** Who writes. */
export interface Author {
  readonly side: "A" | "Z";
  /** Counts the restarts of the host. */
  readonly incarnation: number;
  readonly association: number;
}

/** Every message that was taken for sending, and the rules that its fate must keep. */
export class Ledger {
  readonly entries: Map<string, Entry> = new Map();
  readonly faults: string[] = [];
  /** The number of the last ordered message delivered, by author and stream. */
  readonly #last: Map<string, number> = new Map();
  #next = 0;

  /** The bytes of the next message of an author: the header, and its number again and again. */
  compose({ side, incarnation, association }: Author, length: number): { data: Uint8Array; number: number } {
    const number = this.#next++;
    const data = new Uint8Array(Math.max(length, HEADER)).fill(number & 0xff);
    const view = new DataView(data.buffer);
    view.setUint8(0, side.charCodeAt(0));
    view.setUint8(1, incarnation);
    view.setUint16(2, association);
    view.setUint32(4, number);
    view.setUint32(8, data.length);
    return { data, number };
  }

  took(author: Author, number: number, { data, stream, unordered }: OutgoingMessage): Entry {
    const entry: Entry = {
      key: keyOf(author),
      number,
      length: data.length,
      stream,
      unordered,
      orphaned: false,
      acknowledged: false,
      failure: undefined,
      sent: false,
      deliveries: 0,
      cut: false,
    };
    this.entries.set(`${entry.key} ${number}`, entry);
    return entry;
  }

  acknowledged(entry: Entry): void {
    if (entry.acknowledged || entry.failure !== undefined)
      this.#fault(entry, "is acknowledged after its fate was told");
    entry.acknowledged = true;
  }

  failed(entry: Entry, failure: SendFailure, sent: boolean): void {
    if (entry.acknowledged || entry.failure !== undefined)
      this.#fault(entry, "fails after its fate was told");
    entry.failure = failure;
    entry.sent = sent;
  }

  /** A whole message was read. */
  delivered(
    data: Uint8Array,
    { stream, unordered, ppid }: Pick<IncomingMessage, "stream" | "unordered" | "ppid">,
  ): void {
    if (data.length < HEADER) {
      this.faults.push(`${data.length} bytes are delivered that nobody sent`);
      return;
    }
    const entry = this.#entryOf(data);
    if (entry === undefined) {
      this.faults.push(`a message of ${data.length} bytes is delivered that nobody sent`);
      return;
    }
    const { number } = entry;
    if (entry.length !== data.length) this.#fault(entry, `is delivered with ${data.length} bytes`);
    else if (!data.subarray(HEADER).every((byte) => byte === (number & 0xff)))
      this.#fault(entry, "is delivered with other bytes");
    if (entry.stream !== stream || entry.unordered !== unordered || ppid !== number) {
      this.#fault(entry, `is delivered as of stream ${stream}, unordered ${unordered}, PPID ${ppid}`);
    }
    entry.deliveries += 1;
    if (entry.deliveries === 2) this.#fault(entry, "is delivered twice");
    if (unordered) return;
    const lane = `${entry.key} ${stream}`;
    if (number < (this.#last.get(lane) ?? -1))
      this.#fault(entry, `is delivered after ${this.#last.get(lane)}`);
    this.#last.set(lane, number);
  }

  /** The reader of this first part of a message was told that the rest will not come: its sender has begun anew. */
  cut(data: Uint8Array): void {
    const entry = data.length < HEADER ? undefined : this.#entryOf(data);
    if (entry !== undefined) entry.cut = true;
  }

  #entryOf(data: Uint8Array): Entry | undefined {
    const view = new DataView(data.buffer, data.byteOffset);
    const side = String.fromCharCode(view.getUint8(0)) as "A" | "Z";
    const author: Author = { side, incarnation: view.getUint8(1), association: view.getUint16(2) };
    return this.entries.get(`${keyOf(author)} ${view.getUint32(4)}`);
  }

  /** The host of this side is gone: nobody asks any more what became of its messages. */
  orphan(side: "A" | "Z"): void {
    for (const entry of this.entries.values()) if (entry.key.startsWith(side)) entry.orphaned = true;
  }

  /** At the end. `lossy`: sides that lost what had come in. */
  close(lossy: ReadonlySet<"A" | "Z">): void {
    for (const entry of this.entries.values()) {
      const receiver = entry.key.startsWith("A") ? "Z" : "A";
      if (entry.acknowledged && entry.deliveries === 0 && !entry.cut && !lossy.has(receiver)) {
        this.#fault(entry, "is acknowledged and was not delivered");
      }
      if (!entry.acknowledged && entry.failure === undefined && !entry.orphaned) {
        this.#fault(entry, "is neither acknowledged nor failed");
      }
      if (entry.failure !== undefined && !entry.sent && entry.deliveries > 0) {
        this.#fault(entry, `failed as unsent (${entry.failure}), and was delivered`);
      }
    }
  }

  #fault({ key, number, length, stream, unordered }: Entry, what: string): void {
    this.faults.push(
      `message ${number} of ${key} (stream ${stream}${unordered ? ", unordered" : ""}, ${length} bytes) ${what}`,
    );
  }
}

function keyOf({ side, incarnation, association }: Author): string {
  return `${side}${incarnation}.${association}`;
}
