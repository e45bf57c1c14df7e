/** Pseudo-random numbers that depend on a seed alone: xoshiro128** (Blackman and Vigna), seeded by splitmix32. */
export class Random {
  readonly #state: Uint32Array = new Uint32Array(4);

  constructor(seed: number) {
    // Both halves of a safe integer count, so that seeds beyond 32 bits differ.
    let mixed = (seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b9);
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) | 0;
      this.#state[i] = scramble(mixed);
    }
  }

  /** A generator of its own for whatever `label` names: who draws more often does not disturb the others. */
  static of(seed: number, label: string): Random {
    let hash = 0x811c9dc5;
    for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
    return new Random((scramble(hash) >>> 0) + (seed >>> 0) * 2 ** 20 + Math.floor(seed / 2 ** 32));
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const state = this.#state;
    const [s0, s1, s2, s3] = state as unknown as [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const mixed2 = s2 ^ s0;
    const mixed3 = s3 ^ s1;
    state[0] = s0 ^ mixed3;
    state[1] = s1 ^ mixed2;
    state[2] = mixed2 ^ (s1 << 9);
    state[3] = rotateLeft(mixed3, 11);
    return result;
  }

  /** From 0, 1 left out. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** From `low`, `high` left out. */
  between(low: number, high: number): number {
    return low + (high - low) * this.fraction();
  }

  /** True with this probability. It draws nothing for 0, so that what is off leaves the rest as it was. */
  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.next() >>> 24);
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
