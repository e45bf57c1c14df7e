/** What a target is given: two bytes that choose its configuration, and steps, one after another. */

export interface Step {
  /** Which of the target's steps, from 0. */
  readonly kind: number;
  readonly body: Uint8Array;
}

export interface Input {
  readonly head: Uint8Array;
  readonly steps: readonly Step[];
}

const HEAD = 2;
const STEP_HEADER = 3;
/** An input is no longer: what one input costs says something only when inputs are small. */
export const MAX_STEPS = 24;
export const MAX_BODY = 4_096;

/**
 * Any bytes are an input: head, and steps of kind, length (16 bits) and body; the last one may be cut
 * short.
 */
export function parseInput(bytes: Uint8Array): Input {
  const head = new Uint8Array(HEAD);
  head.set(bytes.subarray(0, HEAD));
  const steps: Step[] = [];
  for (let at = HEAD; at + STEP_HEADER <= bytes.length && steps.length < MAX_STEPS; ) {
    const length = Math.min(MAX_BODY, (bytes[at + 1] ?? 0) * 256 + (bytes[at + 2] ?? 0));
    const body = bytes.slice(at + STEP_HEADER, at + STEP_HEADER + length);
    steps.push({ kind: bytes[at] ?? 0, body });
    at += STEP_HEADER + body.length;
  }
  return { head, steps };
}

export function inputBytes({ head, steps }: Input): Uint8Array {
  const length = steps.reduce((sum, { body }) => sum + STEP_HEADER + body.length, HEAD);
  const bytes = new Uint8Array(length);
  bytes.set(head);
  let at = HEAD;
  for (const { kind, body } of steps) {
    bytes.set([kind, body.length >> 8, body.length & 0xff], at);
    bytes.set(body, at + STEP_HEADER);
    at += STEP_HEADER + body.length;
  }
  return bytes;
}

/**
 * The length of a value, so that its bytes can be read one after another; it never ends, and goes on
 * with zeros.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return Math.max(0, this.#bytes.length - this.#at);
  }

  u8(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  u16(): number {
    return this.u8() * 256 + this.u8();
  }

  u32(): number {
    return this.u16() * 65_536 + this.u16();
  }

  rest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return rest;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.u8() % list.length] as T;
  }
}
