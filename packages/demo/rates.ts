import type { Sight } from "./conversation.ts";

/** ms over which a rate is taken. */
const WINDOW = 250;

/** How fast each address is receiving, from what the receiver says now and then. */
export class Rates {
  readonly #samples: { readonly at: number; readonly carried: Sight["carried"] }[] = [];

  /** Takes what the receiver said at `at`, ms, and gives MB/s by address. */
  update(at: number, { carried }: Sight): ReadonlyMap<string, number> {
    this.#samples.push({ at, carried });
    // One sample of the past stays: the one that the window begins with.
    while ((this.#samples[1]?.at ?? at) <= at - WINDOW) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || first.at === at) return new Map();
    const rate = (address: string): number =>
      ((carried[address] ?? 0) - (first.carried[address] ?? 0)) / (at - first.at) / 1_000;
    return new Map(Object.keys(carried).map((address) => [address, rate(address)]));
  }
}
