import { Session } from "node:inspector";

/** Code that counts: the library's. */
const OURS = /\/src\/(packet|association|stack|base|api)\//;

const UNSEEN = 0;
/** It ran since the last question, and nobody has claimed it yet. */
const NEW = 1;
const SEEN = 2;

/** The code within functions of one script. */
interface Script {
  /** 1 for each byte that is in a function. */
  readonly code: Uint8Array;
  /** What is known of each byte: UNSEEN, NEW or SEEN. */
  readonly run: Uint8Array;
}

/**
 * Which code runs, by the block coverage that V8 keeps itself. Nothing is instrumented and no native add-
 * on is needed; but asking takes some ms, which is why it is asked for batches of inputs.
 */
export class Coverage {
  readonly #session: Session = new Session();
  /** Bound: the scripts of the library. */
  readonly #scripts: Map<string, Script> = new Map();
  #reached = 0;
  #total = 0;
  /** Bytes that are NEW. */
  #unclaimed = 0;

  /** Must be there before the code that it watches is loaded. */
  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Share of the bytes of code in functions that have run, from 0 to 1. */
  get share(): number {
    return this.#total === 0 ? 0 : this.#reached / this.#total;
  }

  /** Whether code has run since the last question that had not run before. */
  seesNew(): boolean {
    this.#ask((run, at) => {
      if (run[at] !== UNSEEN) return;
      run[at] = NEW;
      this.#unclaimed += 1;
      this.#reached += 1;
    });
    return this.#unclaimed > 0;
  }

  /** Whether there is code that is new and that nobody has claimed. */
  get hasUnclaimed(): boolean {
    return this.#unclaimed > 0;
  }

  /**
   * Whether some of what is new has run again since the last question: it belongs to what was played
   * since.
   */
  claim(): boolean {
    const before = this.#unclaimed;
    this.#ask((run, at) => {
      if (run[at] !== NEW) return;
      run[at] = SEEN;
      this.#unclaimed -= 1;
    });
    return this.#unclaimed < before;
  }

  /** What is new is no longer. */
  settle(): void {
    if (this.#unclaimed === 0) return;
    for (const { run } of this.#scripts.values()) {
      for (let at = 0; at < run.length; at++) if (run[at] === NEW) run[at] = SEEN;
    }
    this.#unclaimed = 0;
  }

  #ask(told: (run: Uint8Array, at: number) => void): void {
    this.#session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error !== null) throw error;
      for (const { url, functions } of answer.result) {
        if (!OURS.test(url)) continue;
        const script = this.#scriptOf(url, functions);
        for (const { ranges } of functions) {
          // The code of a module has all its functions in it: those speak for themselves.
          if (ranges[0]?.startOffset !== 0) this.#mark(script, ranges, told);
        }
      }
    });
  }

  #scriptOf(url: string, functions: readonly { ranges: readonly { endOffset: number }[] }[]): Script {
    const known = this.#scripts.get(url);
    if (known !== undefined) return known;
    const length = Math.max(...functions.flatMap(({ ranges }) => ranges.map(({ endOffset }) => endOffset)));
    const script = { code: new Uint8Array(length), run: new Uint8Array(length) };
    this.#scripts.set(url, script);
    return script;
  }

  /** Ranges are nested, the outer one first: what counts is the innermost. */
  #mark(
    { code, run }: Script,
    ranges: readonly { startOffset: number; endOffset: number; count: number }[],
    told: (run: Uint8Array, at: number) => void,
  ): void {
    const [whole] = ranges;
    if (whole === undefined) return;
    const { startOffset: start, endOffset: end } = whole;
    const hit = new Uint8Array(end - start);
    for (const { startOffset, endOffset, count } of ranges) {
      hit.fill(count > 0 ? 1 : 0, startOffset - start, endOffset - start);
    }
    for (let at = start; at < Math.min(end, code.length); at++) {
      if (code[at] === 0) {
        code[at] = 1;
        this.#total += 1;
      }
      if (hit[at - start] === 1) told(run, at);
    }
  }
}
