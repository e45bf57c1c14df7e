import type { IncomingMessage, OutgoingMessage, SendFailure } from "usctp/core";

/** Side, incarnation, association, number: who wrote a message, and which of its messages it is. */
export const HEADER = 12;

/** A message, or a record that was handed over in parts, and what became of it. */
export interface Entry {
  readonly key: string;
  readonly number: number;
  /** Of the whole of it, bytes. */
  readonly length: number;
  readonly stream: number;
  readonly unordered: boolean;
  /** What was taken of it. */
  readonly parts: Part[];
  /** Its end was handed over. */
  ended: boolean;
  /** Another host of the same side took its place before the end. */
  orphaned: boolean;
  deliveries: number;
  /** A part of it was read, and the rest does not come. */
  cut: boolean;
}

/** What an association took at once: a message, or a part of a record. */
export interface Part {
  readonly entry: Entry;
  /** Bytes. */
  readonly length: number;
  /** The shared key that it is authenticated with, where it is. */
  readonly keyId: number | undefined;
  acknowledged: boolean;
  failure: SendFailure | undefined;
  /** A failed one: whether something of it was sent, as the sender was told. */
  sent: boolean;
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
  /** Bytes that were taken and have no fate yet, by author. */
  readonly #unsettled: Map<string, number> = new Map();
  #next = 0;
  #keys = 0;

  /** A Shared Key Identifier that was not used before. */
  nextKey(from: number): number {
    return from + this.#keys++;
  }

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

  /** `length`: of the whole record, where this is its first part. */
  took(
    author: Author,
    number: number,
    { data, stream, unordered, more }: OutgoingMessage,
    { length = data.length, keyId }: { readonly length?: number; readonly keyId?: number | undefined } = {},
  ): Part {
    const entry: Entry = {
      key: keyOf(author),
      number,
      length,
      stream,
      unordered,
      parts: [],
      ended: !more,
      orphaned: false,
      deliveries: 0,
      cut: false,
    };
    this.entries.set(`${entry.key} ${number}`, entry);
    return this.#add(entry, data.length, keyId);
  }

  /** A further part of a record. */
  continued(entry: Entry, { data, more }: OutgoingMessage): Part {
    entry.ended = !more;
    return this.#add(entry, data.length, entry.parts[0]?.keyId);
  }

  #add(entry: Entry, length: number, keyId: number | undefined): Part {
    const part: Part = { entry, length, keyId, acknowledged: false, failure: undefined, sent: false };
    entry.parts.push(part);
    this.#unsettled.set(entry.key, this.unsettled(entry.key) + length);
    return part;
  }

  /** It was not taken after all. */
  refused({ entry, length }: Part): void {
    this.#settle(entry, length);
    entry.parts.pop();
    if (entry.parts.length === 0) this.entries.delete(`${entry.key} ${entry.number}`);
  }

  /** Bytes of an author that were taken and have no fate yet. */
  unsettled(key: string): number {
    return this.#unsettled.get(key) ?? 0;
  }

  #settle({ key }: Entry, length: number): void {
    this.#unsettled.set(key, this.unsettled(key) - length);
  }

  acknowledged(part: Part): void {
    if (hasFate(part)) this.#fault(part.entry, "is acknowledged after its fate was told");
    else this.#settle(part.entry, part.length);
    part.acknowledged = true;
  }

  failed(part: Part, failure: SendFailure, sent: boolean): void {
    if (hasFate(part)) this.#fault(part.entry, "fails after its fate was told");
    else this.#settle(part.entry, part.length);
    part.failure = failure;
    part.sent = sent;
  }

  /** An author is told that nothing will be sent with a shared key any more. */
  freed(author: Author, keyId: number): void {
    for (const { key, parts } of this.entries.values()) {
      if (key !== keyOf(author)) continue;
      for (const part of parts) {
        if (part.keyId !== keyId || hasFate(part)) continue;
        this.#fault(part.entry, `has no fate when its key ${keyId} is told to be free`);
      }
    }
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
      const { parts, ended, deliveries } = entry;
      const receiver = entry.key.startsWith("A") ? "Z" : "A";
      const isAcknowledged = ended && parts.every((part) => part.acknowledged);
      if (isAcknowledged && deliveries === 0 && !entry.cut && !lossy.has(receiver)) {
        this.#fault(entry, "is acknowledged and was not delivered");
      }
      if (!ended && deliveries > 0) this.#fault(entry, "was delivered without its end");
      for (const part of parts) {
        if (!hasFate(part) && !entry.orphaned) this.#fault(entry, "is neither acknowledged nor failed");
        if (part.failure !== undefined && !part.sent && deliveries > 0) {
          this.#fault(entry, `failed as unsent (${part.failure}), and was delivered`);
        }
      }
    }
  }

  #fault({ key, number, length, stream, unordered }: Entry, what: string): void {
    this.faults.push(
      `message ${number} of ${key} (stream ${stream}${unordered ? ", unordered" : ""}, ${length} bytes) ${what}`,
    );
  }
}

function hasFate({ acknowledged, failure }: Part): boolean {
  return acknowledged || failure !== undefined;
}

function keyOf({ side, incarnation, association }: Author): string {
  return `${side}${incarnation}.${association}`;
}
