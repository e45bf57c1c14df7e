import { expect } from "vitest";
import type { IncomingMessage } from "../../../src/association/events.ts";
import type { Delivery } from "../../../src/association/receive/delivery.ts";
import { dataOf, type Message } from "./messages.ts";

/** A user who puts parts together, and trusts nobody about them. */
export class Reader {
  readonly received: { readonly data: Uint8Array; readonly stream: number; readonly unordered: boolean }[] =
    [];
  readonly #isInterleaved: boolean;
  readonly #parts: Map<string, IncomingMessage[]> = new Map();

  constructor(isInterleaved: boolean = false) {
    this.#isInterleaved = isInterleaved;
  }

  take(message: IncomingMessage): void {
    const { stream, unordered, more, continuation } = message;
    // RFC 6458 §8.1.20: nothing else comes between the parts of a message, but of another stream where I-DATA may.
    const lane = this.#isInterleaved ? `${stream} ${unordered}` : "";
    const parts = this.#parts.get(lane) ?? [];
    const [first] = parts;
    expect(continuation).toBe(first !== undefined);
    if (first !== undefined) expect([stream, unordered]).toEqual([first.stream, first.unordered]);
    parts.push(message);
    this.#parts.set(lane, parts);
    if (more) return;
    this.#parts.delete(lane);
    const data = Uint8Array.from(parts.flatMap((part) => [...part.data]));
    this.received.push({ data, stream, unordered });
  }

  readAll(delivery: Delivery): void {
    for (let message = delivery.read(); message !== undefined; message = delivery.read()) this.take(message);
  }
}

/** Each message came whole and once; the ordered ones of a stream in order. */
export function expectAll(reader: Reader, list: readonly Message[]): void {
  const sent = list.map((message, index) => ({ ...message, data: dataOf(message, index) }));
  const sorted = (all: readonly { readonly data: Uint8Array }[]): string[] =>
    all.map(({ data }) => data.join()).sort();
  expect(sorted(reader.received)).toEqual(sorted(sent));
  for (const stream of [0, 1, 2]) {
    const ordered = (all: Reader["received"]): Uint8Array[] =>
      all.filter((it) => it.stream === stream && !it.unordered).map(({ data }) => data);
    expect(ordered(reader.received)).toEqual(ordered(sent));
  }
}
