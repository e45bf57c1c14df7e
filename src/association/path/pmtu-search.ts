/** The phases of RFC 8899 §5.2; DISABLED is a path without a search. */
export type SearchPhase =
  /** BASE: whether the size that nearly every path takes is taken by this one. */
  | "base"
  /** SEARCHING: larger sizes are tried. */
  | "searching"
  /** SEARCH_COMPLETE: the largest that was found is used, and the search begins anew later. */
  | "complete"
  /** ERROR: not even the base was acknowledged. */
  | "error";

export interface SearchPlan {
  /** BASE_PLPMTU (RFC 8899 §5.1.2). All sizes are bytes of an IP packet. */
  readonly base: number;
  /** What is used where the base does not get through: MIN_PLPMTU. */
  readonly least: number;
  /** Sizes to be tried, in this order, all above the base. */
  readonly sizes: readonly number[];
  /** The first that gets through is the largest, and ends the search; else the first that does not. */
  readonly largestFirst: boolean;
  /** MAX_PROBES: how often a size is tried. */
  readonly probes: number;
}

/** PROBE_TIMER, ms: "a period of time longer than it takes to receive an acknowledgment" (RFC 8899 §5.1.1). */
const PROBE_TIMER = 1_000;
/** PMTU_RAISE_TIMER, ms (RFC 8899 §5.1.1: 600 s), and a minute, until the system has forgotten what routers said. */
const RAISE_TIMER = 660_000;
/** Timeouts of data in a row after which large packets are thought to vanish (RFC 8899 §4.3). */
const TIMEOUTS = 2;

/** Looks for the largest packet that a path takes (RFC 8899 §5): which size is tried when. It sends nothing itself. */
export class PmtuSearch {
  readonly #plan: SearchPlan;
  #phase: SearchPhase = "base";
  /** The size that is known to get through. */
  #mtu: number;
  /** The place in the plan of the size being tried. */
  #next = 0;
  /** PROBE_COUNT: probes of this size that were lost. */
  #lost = 0;
  #timeouts = 0;
  /** A probe is on its way. */
  #isPending = false;
  /** When the probe counts as lost, or the search begins anew; ms. */
  #at: number = Number.POSITIVE_INFINITY;
  #isDue = false;

  constructor(plan: SearchPlan) {
    this.#plan = plan;
    this.#mtu = plan.base;
  }

  get phase(): SearchPhase {
    return this.#phase;
  }

  /** The largest size that will be tried. */
  get largest(): number {
    return Math.max(this.#plan.base, ...this.#plan.sizes);
  }

  get mtu(): number {
    return this.#mtu;
  }

  /** ms; Infinity when nothing is to happen. */
  get deadline(): number {
    return this.#at;
  }

  /** Bytes of the IP packet that shall be sent now as a probe; 0 for none. */
  get due(): number {
    return this.#isDue ? this.#size : 0;
  }

  /** PROBED_SIZE: bytes of the IP packet of the probe that is on its way; 0 for none. */
  get probed(): number {
    return this.#isPending ? this.#size : 0;
  }

  /** Begins, or begins anew: nothing is known of the path. */
  restart(): void {
    this.#phase = "base";
    this.#mtu = this.#plan.base;
    this.#timeouts = 0;
    this.#try(0);
  }

  onSent(now: number, rto: number): void {
    this.#isDue = false;
    this.#isPending = true;
    // RFC 8899 §3, §8, §5.1.1: the next one waits for this one's answer, an RTT at least, or for a second at least.
    this.#at = now + Math.max(PROBE_TIMER, rto);
  }

  /** The probe arrived. Returns whether the MTU has changed. */
  onAcknowledged(now: number): boolean {
    if (!this.#isPending) return false;
    const before = this.#mtu;
    this.#mtu = this.#size;
    this.#isPending = false;
    const isFound = this.#phase === "searching" && this.#plan.largestFirst;
    const next = isFound ? -1 : this.#nextLarger(0);
    if (next >= 0) {
      this.#phase = "searching";
      this.#try(next);
    } else {
      this.#complete(now);
    }
    return this.#mtu !== before;
  }

  /**
   * The time has come: the probe is lost, or it is time to search again. `isUsable`: the path is not known to have
   * broken. Returns whether the MTU has changed.
   */
  onTimer(now: number, isUsable: boolean): boolean {
    this.#at = Number.POSITIVE_INFINITY;
    if (!this.#isPending) {
      // RFC 8899 §5.2: from SEARCH_COMPLETE, by the PMTU_RAISE_TIMER, to SEARCHING; from ERROR the base is tried again.
      if (this.#phase === "complete") this.#phase = "searching";
      this.#try(Math.max(0, this.#nextLarger(0)));
      return false;
    }
    this.#isPending = false;
    // RFC 8899 §3, 4: "robust in the case where probe packets are lost due to other reasons": it goes again.
    if (isUsable) this.#lost += 1;
    if (this.#lost < this.#plan.probes) {
      this.#isDue = true;
      return false;
    }
    return this.#onTooLarge(now);
  }

  /** Our own system does not send the probe: it will not send the next one either. Returns as `onTimer`. */
  onRefused(now: number): boolean {
    if (!this.#isPending) return false;
    this.#isPending = false;
    return this.#onTooLarge(now);
  }

  #onTooLarge(now: number): boolean {
    if (this.#phase === "base" || this.#phase === "error") return this.#fail(now);
    const next = this.#nextLarger(this.#next + 1);
    if (this.#plan.largestFirst && next >= 0) this.#try(next);
    else this.#complete(now);
    return false;
  }

  /** Data of the path was acknowledged: it is no black hole. */
  onData(): void {
    this.#timeouts = 0;
  }

  /** T3-rtx of the path expired. Returns whether the MTU has changed (RFC 8899 §4.3, black hole detection). */
  onTimeout(): boolean {
    this.#timeouts += 1;
    if (this.#timeouts < TIMEOUTS || this.#mtu <= this.#plan.base) return false;
    this.restart();
    return true;
  }

  get #size(): number {
    if (this.#phase === "base" || this.#phase === "error") return this.#plan.base;
    return this.#plan.sizes[this.#next] ?? this.#plan.base;
  }

  #try(next: number): void {
    this.#next = next;
    this.#lost = 0;
    this.#isPending = false;
    this.#isDue = true;
    this.#at = Number.POSITIVE_INFINITY;
  }

  /** The place of the next size above the MTU, at `from` or later; -1 when there is none. */
  #nextLarger(from: number): number {
    return this.#plan.sizes.findIndex((size, place) => place >= from && size > this.#mtu);
  }

  /** RFC 8899 §5.2, §5.1.1, §6.2.1.3, §6.2.3.3: nothing is probed, nor confirmed, until the raise timer. */
  #complete(now: number): void {
    this.#phase = "complete";
    this.#wait(now);
    // MAX_PLPMTU: there is nothing to raise it to.
    if (this.#nextLarger(0) < 0) this.#at = Number.POSITIVE_INFINITY;
  }

  /** RFC 8899 §5.2: ERROR, in which the smallest size is used. */
  #fail(now: number): boolean {
    const before = this.#mtu;
    this.#phase = "error";
    this.#mtu = this.#plan.least;
    this.#wait(now);
    return this.#mtu !== before;
  }

  #wait(now: number): void {
    this.#isDue = false;
    this.#isPending = false;
    this.#at = now + RAISE_TIMER;
  }
}

/** Largest IP packets: IPv4 has 16 bits for it, and of IPv6 no link that there is takes more. */
const LARGEST = { 4: 65_535, 6: 65_536 } as const;
/** RFC 8899 §5.1.2: BASE_PLPMTU, here that of IPv6 for both; MIN_PLPMTU: 576 bytes every host takes (RFC 1122 §3.3.3). */
const BASE = 1_280;
const LEAST = { 4: 576, 6: 1_280 } as const;

/**
 * Towards this machine itself: the packet goes over loopback, where there is no router, and no size that gets through
 * is too large. `link` is what is used meanwhile.
 */
export function planOnThisMachine(link: number, family: 4 | 6): SearchPlan {
  const sizes = [LARGEST[family], 32_768, 16_384, 9_000].filter((size) => size > link);
  return { base: link, least: link, sizes, largestFirst: true, probes: 3 };
}

/**
 * Elsewhere: upwards, up to the MTU of our own link, and each size once. After a router has said "packet too big" Linux
 * cuts what is larger by itself for ten minutes, so that a size tried again would seem to get through.
 */
export function planElsewhere(link: number, family: 4 | 6): SearchPlan {
  // RFC 8899 §3, §5.3.2: what tunnels and common links leave, up to our own link.
  const base = Math.min(BASE, link);
  const steps = [1_360, 1_400, 1_420, 1_440, 1_452, 1_460, 1_472, 1_480, 1_492, 2_000, 4_000, 6_000, 8_000];
  const sizes = [...steps.filter((size) => size > base && size < link), ...(link > base ? [link] : [])];
  return { base, least: Math.min(LEAST[family], base), sizes, largestFirst: false, probes: 1 };
}
