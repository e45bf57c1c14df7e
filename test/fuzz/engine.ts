import type { Random } from "@usctp/sim";
import type { Coverage } from "./coverage.ts";
import { type Input, inputBytes, parseInput } from "./input.ts";
import { mutate } from "./mutate.ts";
import type { Target } from "./target.ts";

/** ms of processor time that an input may take. An honest one takes about one. */
export const MOST_TIME = 400;
/** Bytes by which the heap may grow while it is played, garbage and all. */
export const MOST_MEMORY: number = 96 * 1_048_576;
/** Inputs that are kept to be changed again. */
const MOST_INPUTS = 20_000;
/** Findings that are told apart. */
const MOST_FINDINGS = 50;
const TRIES_TO_SHORTEN = 2_000;
/** ms for that: what is slow is slow each time. */
const TIME_TO_SHORTEN = 10_000;

export interface Finding {
  /** What did not hold, and where: the same for all inputs that show it. */
  readonly key: string;
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface Figures {
  readonly inputs: number;
  /** Inputs that reached what none before had. */
  readonly corpus: number;
  /** Share of the bytes of code that have run, from 0 to 1; undefined where nobody looks. */
  readonly coverage: number | undefined;
  readonly findings: readonly Finding[];
  /** ms of processor time of the input that took longest. */
  readonly slowest: number;
}

export interface EngineOptions {
  readonly target: Target;
  readonly random: Random;
  /** Without it inputs are made of the seeds alone. */
  readonly coverage?: Coverage | undefined;
  /** Hears of an input before it is played. */
  readonly told?: (bytes: Uint8Array) => void;
}

/** Makes inputs, plays them, and keeps those that reach new code. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #corpus: Input[];
  readonly #findings: Map<string, Finding> = new Map();
  #inputs = 0;
  #kept = 0;
  #slowest = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#corpus = [...options.target.seeds()];
  }

  get figures(): Figures {
    return {
      inputs: this.#inputs,
      corpus: this.#kept,
      coverage: this.#options.coverage?.share,
      findings: [...this.#findings.values()],
      slowest: this.#slowest,
    };
  }

  /** Every seed as it is; `played` is called after each. */
  async playSeeds(played: () => Promise<void>): Promise<void> {
    for (const input of [...this.#corpus]) {
      await this.#play(input);
      await played();
    }
    this.#options.coverage?.seesNew();
    this.#options.coverage?.settle();
  }

  /** So many inputs that are made of others. */
  async playBatch(count: number): Promise<void> {
    const { coverage } = this.#options;
    const batch: Input[] = [];
    for (let i = 0; i < count; i++) {
      const input = this.#make();
      batch.push(input);
      await this.#play(input);
    }
    if (coverage?.seesNew() !== true) return;
    // One of them, or more, has reached new code: played once more, each shows whether it was.
    for (const input of batch) {
      await faultOf(this.#options.target, input);
      if (coverage.claim()) this.#keep(input);
      if (!coverage.hasUnclaimed) break;
    }
    coverage.settle();
  }

  #keep(input: Input): void {
    this.#kept += 1;
    if (this.#corpus.length < MOST_INPUTS) this.#corpus.push(input);
    else this.#corpus[this.#options.random.next() % MOST_INPUTS] = input;
  }

  #make(): Input {
    const { random, target } = this.#options;
    const pick = (): Input => {
      const { length } = this.#corpus;
      // The newest ones have reached what is least known.
      const recent = random.chance(0.3) ? Math.min(length, 200) : length;
      return this.#corpus[length - 1 - (random.next() % recent)] as Input;
    };
    // As it would be read back from its bytes, so that they show the same.
    return parseInput(inputBytes(mutate(random, target, pick(), pick())));
  }

  async #play(input: Input): Promise<void> {
    this.#inputs += 1;
    this.#options.told?.(inputBytes(input));
    const fault = await faultOf(this.#options.target, input);
    this.#slowest = Math.max(this.#slowest, fault.time);
    if (fault.key === undefined) return;
    if (this.#findings.has(fault.key) || this.#findings.size >= MOST_FINDINGS) return;
    const short = await shortened(this.#options.target, input, fault.key);
    this.#findings.set(fault.key, { key: fault.key, text: fault.text, bytes: inputBytes(short) });
  }
}

export interface Fault {
  readonly key: string | undefined;
  readonly text: string;
  /** ms of processor time. */
  readonly time: number;
}

/** Plays an input, and says what was wrong with that. */
export async function faultOf(target: Target, input: Input): Promise<Fault> {
  const first = await playOnce(target, input);
  // The compiler, or the collector, may have taken their time: what is slow is so again, and again.
  if (first.key !== "slow" && first.key !== "memory") return first;
  const second = await playOnce(target, input);
  return second.key === first.key ? playOnce(target, input) : second;
}

async function playOnce(target: Target, input: Input): Promise<Fault> {
  const begun = process.cpuUsage();
  const before = memory();
  let error: unknown;
  let hasFailed = false;
  try {
    const pending = target.run(input);
    if (pending !== undefined) await pending;
  } catch (thrown) {
    error = thrown;
    hasFailed = true;
  }
  const { user, system } = process.cpuUsage(begun);
  const time = (user + system) / 1_000;
  const grown = memory() - before;
  if (hasFailed) return { ...describe(error), time };
  if (time > MOST_TIME) return { key: "slow", text: `takes ${Math.round(time)} ms of processor time`, time };
  if (grown > MOST_MEMORY) return { key: "memory", text: `the heap grows by ${grown} bytes`, time };
  return { key: undefined, text: "", time };
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The same fault at the same place is the same finding, whatever numbers are in its message. */
function describe(error: unknown): { readonly key: string; readonly text: string } {
  if (!(error instanceof Error)) return { key: String(error), text: String(error) };
  const text = error.stack ?? error.message;
  const place = text.split("\n").find((line) => /\/src\//.test(line)) ?? "";
  const key = `${error.name}: ${error.message.replace(/\d+/g, "N").slice(0, 120)} ${place.trim()}`;
  return { key, text };
}

/** The input without what its fault does not need. */
async function shortened(target: Target, input: Input, key: string): Promise<Input> {
  let best = input;
  let tries = 0;
  const end = performance.now() + TIME_TO_SHORTEN;
  const improves = async (candidate: Input): Promise<boolean> => {
    if (tries++ > TRIES_TO_SHORTEN || performance.now() > end) return false;
    if ((await faultOf(target, candidate)).key !== key) return false;
    best = candidate;
    return true;
  };
  for (let at = best.steps.length - 1; at >= 0; at--) {
    await improves({ ...best, steps: best.steps.toSpliced(at, 1) });
  }
  for (let at = 0; at < best.steps.length; at++) {
    for (let cut = 64; cut >= 1; cut = cut >> 1) {
      for (let from = (best.steps[at]?.body.length ?? 0) - cut; from >= 0; from -= cut) {
        const step = best.steps[at];
        if (step === undefined) break;
        const body = Uint8Array.from([...step.body.subarray(0, from), ...step.body.subarray(from + cut)]);
        await improves({ ...best, steps: best.steps.with(at, { ...step, body }) });
      }
    }
  }
  for (let at = 0; at < best.head.length; at++) await improves({ ...best, head: best.head.with(at, 0) });
  return best;
}
