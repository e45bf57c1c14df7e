/** What a worker process says to the benchmark. */
export type FromWorker =
  /** It can be sent to, at this UDP port; or it has begun to send. */
  | { readonly type: "ready"; readonly udpPort: number }
  | ({ readonly type: "reading" } & WorkerReading)
  /** It sends no more, and nothing is on its way. */
  | { readonly type: "paused" }
  /** µs a message. */
  | { readonly type: "slices"; readonly slices: readonly number[] }
  /** Of each message, when it was handed over, or came: `monotonicMs`. */
  | { readonly type: "times"; readonly times: readonly number[] };

export type ToWorker = "reset" | "read" | "go" | "pause" | "end";

/** What came in since the last reset. */
export interface Reading {
  /** User data. */
  readonly bytes: number;
  readonly messages: number;
  readonly ms: number;
}

export interface WorkerReading extends Reading {
  /** ms of processor that the process took, in the kernel, too. */
  readonly processorMs: number;
}

/** Counts what comes in, and tells the benchmark when it asks. */
export class Meter {
  #bytes = 0;
  #messages = 0;
  #since = performance.now();
  #processor = process.cpuUsage();

  add(bytes: number): void {
    this.#bytes += bytes;
    this.#messages += 1;
  }

  reset(): void {
    this.#bytes = 0;
    this.#messages = 0;
    this.#since = performance.now();
    this.#processor = process.cpuUsage();
  }

  read(): WorkerReading {
    const { user, system } = process.cpuUsage(this.#processor);
    return {
      bytes: this.#bytes,
      messages: this.#messages,
      ms: performance.now() - this.#since,
      processorMs: (user + system) / 1e3,
    };
  }
}

export interface Duties {
  readonly meter?: Meter;
  /** In place of a reading: when each message was handed over, or came (`monotonicMs`). */
  readonly times?: () => readonly number[];
  /** Of a sender that sends only between the two. */
  readonly onGo?: () => void;
  readonly onPause?: () => Promise<void>;
}

/** Tells the benchmark that it may go on, and does what it says until the end. A worker without a benchmark ends. */
export function obey(udpPort: number, { meter = new Meter(), times, onGo, onPause }: Duties = {}): void {
  const say = (message: FromWorker): void => {
    process.send?.(message);
  };
  process.on("message", (order: ToWorker) => {
    if (order === "reset") meter.reset();
    else if (order === "read" && times !== undefined) say({ type: "times", times: times() });
    else if (order === "read") say({ type: "reading", ...meter.read() });
    else if (order === "go") onGo?.();
    else if (order === "pause") void onPause?.().then(() => say({ type: "paused" }));
    else process.exit();
  });
  process.on("disconnect", () => process.exit());
  say({ type: "ready", udpPort });
}

/** ms on a clock that all processes of the machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Argument 2: whether the path MTU is searched for, which is 64 KiB here; else it is that of an Ethernet. */
export function search(): "own" | "never" {
  return numberArgument(2) === 1 ? "own" : "never";
}

/** Position `index` on the command line, which must be a number. */
export function numberArgument(index: number): number {
  const value = Number(process.argv[2 + index]);
  if (!Number.isFinite(value)) throw new Error(`argument ${index} is no number: ${process.argv[2 + index]}`);
  return value;
}
