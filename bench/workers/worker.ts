/** What the workers have in common: each is a process that is told what to do over its IPC channel. */

/** An order to a worker. */
export interface Order {
  readonly id: number;
  readonly name: string;
}

/** What it says to that. The one with the id 0 says that it is ready. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** What a worker says when it is ready. */
export interface Ready {
  /** Where it can be sent to; 0 where nobody does. */
  readonly udpPort: number;
}

/** What came in since the last reset. */
export interface Reading {
  /** User data. */
  readonly bytes: number;
  readonly messages: number;
  /** Since the reset. */
  readonly ms: number;
  /** From the first message to the last; 0 where nobody looked at the clock. */
  readonly spanMs: number;
  /** The longest time between two messages, or from the reset to the first, or from the last until now; 0 likewise. */
  readonly gapMs: number;
}

/** Counts what comes in. */
export class Meter {
  readonly #timed: boolean;
  #bytes = 0;
  #messages = 0;
  #since = performance.now();
  #first = 0;
  #last = 0;
  #gap = 0;

  /** `timed`: looks at the clock at every message, which costs; without it there is no span and no gap. */
  constructor(timed: boolean = false) {
    this.#timed = timed;
    this.reset();
  }

  add(bytes: number): void {
    if (this.#timed) this.#look();
    this.#bytes += bytes;
    this.#messages += 1;
  }

  #look(): void {
    const now = performance.now();
    if (this.#messages === 0) this.#first = now;
    if (now - this.#last > this.#gap) this.#gap = now - this.#last;
    this.#last = now;
  }

  reset(): void {
    this.#bytes = 0;
    this.#messages = 0;
    this.#gap = 0;
    this.#since = this.#first = this.#last = performance.now();
  }

  read(): Reading {
    const now = performance.now();
    return {
      bytes: this.#bytes,
      messages: this.#messages,
      ms: now - this.#since,
      spanMs: this.#timed ? this.#last - this.#first : 0,
      gapMs: this.#timed ? Math.max(this.#gap, now - this.#last) : 0,
    };
  }
}

/** What a worker does when it is told, by the names of the orders; what it gives is the answer. */
export type Orders = Readonly<Record<string, () => unknown>>;

/** Says that it is ready, and does what it is told until its channel is closed. */
export function obey(udpPort: number, orders: Orders = {}): void {
  const say = (answer: Answer): void => {
    process.send?.(answer);
  };
  process.on("message", async ({ id, name }: Order) => {
    try {
      const order = orders[name];
      if (order === undefined) throw new Error(`there is no order ${name}`);
      say({ id, value: await order() });
    } catch (error) {
      say({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on("disconnect", () => process.exit());
  const ready: Ready = { udpPort };
  say({ id: 0, value: ready });
}

/** The orders of who receives. */
export function meterOrders(meter: Meter): Orders {
  return { reset: () => meter.reset(), read: () => meter.read() };
}

/** What the worker was started with. */
export function given<T>(): T {
  return JSON.parse(process.argv[2] ?? "{}") as T;
}

/** ms on a clock that all processes of the machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
