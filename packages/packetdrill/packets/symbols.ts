import type { Space } from "./layout.ts";

/** Which way a packet goes, seen from the tested host. */
export type Direction = "in" | "out";

/** The direction of what is quoted in a packet. */
export function opposite(direction: Direction): Direction {
  return direction === "in" ? "out" : "in";
}

const MODULUS = 0x1_0000_0000;

/** What was learned of the tested host's choice. */
export interface Learned {
  readonly tsnOffset: number;
  readonly tagOffset: number | undefined;
  readonly localTag: number;
}

/**
 * TSNs and tags of a script are symbols: live ones differ from them by an offset for each end. The peer is played from
 * the script, so its numbers are live ones; what the tested host chose is learned from its INIT or INIT ACK.
 */
export class Symbols {
  learned: Learned = { tsnOffset: 0, tagOffset: undefined, localTag: 0 };

  /** The tag that the tested host asks for: live. */
  get localTag(): number {
    return this.learned.localTag;
  }

  /** The tested host chose `live` where the script has `symbol`. */
  learnTsn(live: number, symbol: number): void {
    this.learned = { ...this.learned, tsnOffset: live - symbol };
  }

  learnTag(live: number, symbol: number | undefined): void {
    const tagOffset = symbol === undefined ? this.learned.tagOffset : live - symbol;
    this.learned = { ...this.learned, localTag: live, tagOffset };
  }

  /** The live number of a symbol in a packet of that direction. */
  live(space: Space, direction: Direction, symbol: number): number {
    return modulo(symbol + this.#offset(space, direction));
  }

  symbol(space: Space, direction: Direction, live: number): number {
    return modulo(live - this.#offset(space, direction));
  }

  /** A tag of ours that is written in the header of a packet. */
  liveTag(symbol: number): number {
    return modulo(symbol + (this.learned.tagOffset ?? 0));
  }

  #offset(space: Space, direction: Direction): number {
    const isOurs = (space === "other-tsn") === (direction === "in");
    if (!isOurs) return 0;
    return space === "own-tag" ? (this.learned.tagOffset ?? 0) : this.learned.tsnOffset;
  }
}

function modulo(value: number): number {
  return ((value % MODULUS) + MODULUS) % MODULUS;
}
