/** What a relay does to the datagrams of one direction of one path. */

/** What happens to datagrams. Probabilities are from 0 to 1, times in milliseconds; all default to 0. */
export interface Impairment {
  readonly loss?: number;
  /** How many datagrams in a row a loss takes on average (a Gilbert channel); `loss` stays what it is. Default 1. */
  readonly burst?: number;
  readonly duplicate?: number;
  /** The probability that a datagram is held back for `reorderDelay`, so that later ones overtake it. */
  readonly reorder?: number;
  /** Default 5 ms. */
  readonly reorderDelay?: number;
  readonly delay?: number;
  /** Uniform, added to `delay`. Order is kept, as on a queue; `reorder` is what breaks it. */
  readonly jitter?: number;
  /** What a datagram waits for before its delay, and may not find room at; several lanes and relays can share it. */
  readonly bottleneck?: Bottleneck;
}

/** Datagrams of one direction of one path. */
export interface RelayCounters {
  readonly received: number;
  readonly forwarded: number;
  /** By `loss`. */
  readonly lost: number;
  /** For want of room at the bottleneck. */
  readonly overflowed: number;
  /** By a cut or by the filter. */
  readonly dropped: number;
  readonly duplicated: number;
  readonly reordered: number;
}

/** Mulberry32: a small generator is enough for coin tosses, and it is the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** IPv4 and UDP, which a link carries, too. */
const HEADERS = 28;

/** One line with a queue in front of it. */
export class Bottleneck {
  readonly #bytesPerMs: number;
  readonly #queue: number;
  #busyUntil = 0;

  /** `rate`: bits a second, IP and UDP headers counted. `queue`: bytes that may wait; what does not fit is lost. */
  constructor({ rate, queue }: { readonly rate: number; readonly queue: number }) {
    this.#bytesPerMs = rate / 8_000;
    this.#queue = queue;
  }

  /** When a datagram of so many bytes that comes `now` has left, ms; undefined when there is no room for it. */
  enter(now: number, bytes: number): number | undefined {
    const size = bytes + HEADERS;
    const waiting = Math.max(0, this.#busyUntil - now) * this.#bytesPerMs;
    if (waiting + size > this.#queue) return undefined;
    this.#busyUntil = Math.max(this.#busyUntil, now) + size / this.#bytesPerMs;
    return this.#busyUntil;
  }
}

interface Held {
  readonly due: number;
  readonly datagram: Buffer;
}

/** One direction of one path: the fate of its datagrams, and those on their way. */
export class Lane {
  impairment: Impairment;
  cut = false;
  readonly #counters: { -readonly [K in keyof RelayCounters]: RelayCounters[K] } = {
    received: 0,
    forwarded: 0,
    lost: 0,
    overflowed: 0,
    dropped: 0,
    duplicated: 0,
    reordered: 0,
  };
  readonly #random: () => number;
  readonly #forward: (datagram: Buffer) => void;
  /** By time due. */
  readonly #held: Held[] = [];
  #lastDue = 0;
  /** A burst of losses is under way. */
  #losing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(seed: number, impairment: Impairment, forward: (datagram: Buffer) => void) {
    this.impairment = impairment;
    this.#random = randomFrom(seed);
    this.#forward = forward;
  }

  get counters(): RelayCounters {
    return { ...this.#counters };
  }

  /** A datagram has come; `passes`: whether the filter lets it. */
  take(datagram: Buffer, passes: boolean): void {
    this.#counters.received++;
    if (this.cut || !passes) {
      this.#counters.dropped++;
      return;
    }
    const { duplicate = 0, reorder = 0, bottleneck } = this.impairment;
    // Always three draws, so that one probability does not shift the choices of another.
    const [losing, doubling, holding] = [this.#random(), this.#random(), this.#random()];
    if (this.#isLost(losing)) {
      this.#counters.lost++;
      return;
    }
    const now = performance.now();
    const from = bottleneck === undefined ? now : bottleneck.enter(now, datagram.length);
    if (from === undefined) {
      this.#counters.overflowed++;
      return;
    }
    this.#queue(datagram, from, holding < reorder);
    if (doubling >= duplicate) return;
    this.#counters.duplicated++;
    this.#queue(datagram, from, false);
  }

  #isLost(draw: number): boolean {
    const { loss = 0, burst = 1 } = this.impairment;
    if (burst <= 1) return draw < loss;
    // Of the two states, the losing one is left once in `burst` datagrams, and is the state of a share `loss` of them.
    const change = this.#losing ? 1 / burst : loss / (1 - loss) / burst;
    if (draw < change) this.#losing = !this.#losing;
    return this.#losing;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#held.length = 0;
  }

  /** `from`: when it sets out, ms. */
  #queue(datagram: Buffer, from: number, holdBack: boolean): void {
    const { delay = 0, jitter = 0, reorderDelay = 5 } = this.impairment;
    let due = from + delay + (jitter > 0 ? this.#random() * jitter : 0);
    const now = performance.now();
    if (holdBack) {
      this.#counters.reordered++;
      due += reorderDelay;
    } else if (due > now) {
      this.#lastDue = Math.max(due, this.#lastDue);
      due = this.#lastDue;
    }
    if (due <= now) this.#send(datagram);
    else this.#hold({ due, datagram });
  }

  #hold(held: Held): void {
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1]?.due ?? 0) > held.due) at--;
    this.#held.splice(at, 0, held);
    if (at === 0) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const first = this.#held[0];
    if (first === undefined) return;
    this.#timer = setTimeout(() => this.#release(), Math.max(0, first.due - performance.now()));
  }

  #release(): void {
    const now = performance.now();
    let count = 0;
    while ((this.#held[count]?.due ?? Number.POSITIVE_INFINITY) <= now) count++;
    for (const { datagram } of this.#held.splice(0, count)) this.#send(datagram);
    this.#arm();
  }

  #send(datagram: Buffer): void {
    // What was on the way when the cable was cut is lost too.
    if (this.cut) {
      this.#counters.dropped++;
      return;
    }
    this.#counters.forwarded++;
    this.#forward(datagram);
  }
}
