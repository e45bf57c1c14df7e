import type { Random } from "./random.ts";

/** What a way from one address to another does to datagrams. Probabilities from 0 to 1, times in ms. */
export interface LinkConditions {
  /** Propagation, one way. Default 1. */
  readonly delay: number;
  /** Up to so much more, evenly spread. It stretches gaps but keeps the order. Default 0. */
  readonly jitter: number;
  /** Probability that a datagram is lost. Default 0. */
  readonly loss: number;
  /** Probability that a datagram is held back by `reorderDelay`, so that later ones overtake it. Default 0. */
  readonly reorder: number;
  /** Default 10. */
  readonly reorderDelay: number;
  /** Probability that a datagram arrives twice. Default 0. */
  readonly duplicate: number;
  /** Probability that one bit of what arrives is another. Default 0. */
  readonly corrupt: number;
  /** Bits a second, IP and UDP headers counted. Default Infinity. */
  readonly rate: number;
  /** Bytes that wait for their turn where `rate` is finite; what does not fit is lost. Default 262,144. */
  readonly queue: number;
  /** Bytes of the largest IP packet. Default 1,500. */
  readonly mtu: number;
  /** What becomes of a larger one: lost without a word, or fragmented by IP and counted. Default "drop". */
  readonly oversize: "drop" | "fragment";
}

export const defaultConditions: LinkConditions = {
  delay: 1,
  jitter: 0,
  loss: 0,
  reorder: 0,
  reorderDelay: 10,
  duplicate: 0,
  corrupt: 0,
  rate: Number.POSITIVE_INFINITY,
  queue: 262_144,
  mtu: 1_500,
  oversize: "drop",
};

/** Why a datagram did not arrive. */
export type Loss = "lost" | "cut" | "queue-full" | "too-big" | "no-link" | "filtered";

export interface LinkCounters {
  /** Datagrams that were handed to this direction. */
  readonly sent: number;
  /** Arrivals, duplicates counted. */
  readonly delivered: number;
  readonly bytes: number;
  readonly lost: number;
  readonly cut: number;
  readonly queueFull: number;
  readonly tooBig: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
  /** Datagrams over the MTU that went through in fragments. */
  readonly fragmented: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One direction of a link. */
export class Link {
  readonly #random: Random;
  readonly #counters: Mutable<LinkCounters> = {
    sent: 0,
    delivered: 0,
    bytes: 0,
    lost: 0,
    cut: 0,
    queueFull: 0,
    tooBig: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    fragmented: 0,
  };
  /** Bound: what the test schedules. */
  #cuts: { readonly from: number; readonly until: number }[] = [];
  #conditions: LinkConditions;
  /** When the last datagram has left the sender, and when the last one that kept its place arrives. */
  #busyUntil = 0;
  #lastArrival = 0;

  constructor(random: Random, conditions: LinkConditions) {
    this.#random = random;
    this.#conditions = conditions;
  }

  get conditions(): LinkConditions {
    return this.#conditions;
  }

  get counters(): LinkCounters {
    return this.#counters;
  }

  /** For datagrams that enter from now on. */
  change(conditions: Partial<LinkConditions>): void {
    this.#conditions = { ...this.#conditions, ...conditions };
  }

  /** Everything that enters at or after `from` and before `until` is lost. */
  cut(from: number, until: number): void {
    this.#cuts.push({ from, until });
  }

  /** No cut is in force from `now` on, nor any that was scheduled for later. */
  heal(now: number): void {
    this.#cuts = this.#cuts
      .filter(({ from }) => from < now)
      .map(({ from, until }) => ({ from, until: Math.min(until, now) }));
  }

  isCut(now: number): boolean {
    return this.#cuts.some(({ from, until }) => from <= now && now < until);
  }

  /** Sends an IP packet of `size` bytes through: the times at which it arrives, or why it does not. */
  enter(now: number, size: number): readonly number[] | Loss {
    const { mtu, oversize, loss, reorder, reorderDelay, duplicate } = this.#conditions;
    const counters = this.#counters;
    counters.sent++;
    counters.bytes += size;
    if (this.isCut(now)) {
      counters.cut++;
      return "cut";
    }
    if (size > mtu && oversize === "drop") {
      counters.tooBig++;
      return "too-big";
    }
    if (this.#random.chance(loss)) {
      counters.lost++;
      return "lost";
    }
    const departure = this.#queue(now, size);
    if (departure === undefined) {
      counters.queueFull++;
      return "queue-full";
    }
    if (size > mtu) counters.fragmented++;
    let arrival = departure + this.#travel();
    if (this.#random.chance(reorder)) {
      counters.reordered++;
      arrival += reorderDelay;
    } else {
      // Jitter must not reorder: nobody arrives before who left earlier.
      arrival = Math.max(this.#lastArrival, arrival);
      this.#lastArrival = arrival;
    }
    const twice = this.#random.chance(duplicate);
    if (twice) counters.duplicated++;
    counters.delivered += twice ? 2 : 1;
    return twice ? [arrival, arrival + this.#conditions.delay / 2] : [arrival];
  }

  /** What arrives in place of these bytes, where it is not the same. */
  damage(bytes: Uint8Array): Uint8Array | undefined {
    if (!this.#random.chance(this.#conditions.corrupt)) return undefined;
    this.#counters.corrupted++;
    const damaged = bytes.slice();
    const bit = Math.floor(this.#random.fraction() * damaged.length * 8);
    damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    return damaged;
  }

  /** When the packet has left the sender, which has one line and a queue in front of it. */
  #queue(now: number, size: number): number | undefined {
    const { rate, queue } = this.#conditions;
    if (rate === Number.POSITIVE_INFINITY) return now;
    const bytesPerMs = rate / 8_000;
    const waiting = Math.max(0, this.#busyUntil - now) * bytesPerMs;
    if (waiting + size > queue) return undefined;
    this.#busyUntil = Math.max(this.#busyUntil, now) + size / bytesPerMs;
    return this.#busyUntil;
  }

  #travel(): number {
    const { delay, jitter } = this.#conditions;
    return jitter > 0 ? delay + this.#random.between(0, jitter) : delay;
  }
}
