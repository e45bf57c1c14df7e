import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { within } from "./limit.ts";
import { type Stack, whyNot } from "./stack.ts";

/** Who opens the association. */
export type Opener = "we connect" | "it connects";

export const openers: readonly Opener[] = ["we connect", "it connects"];

/** What a scenario is given for one run. */
export interface Context {
  /** The other side. */
  readonly stack: Stack;
  readonly opener: Opener;
  /** Says how far it is, in a few characters. */
  progress(text: string): void;
  /** To be done at the end whatever happens, the last first. */
  defer(cleanup: () => unknown): void;
  /** Gives lines that tell what happened, asked for when the run has failed. */
  explain(lines: () => readonly string[]): void;
  /** A file for the packets of our side; another one each time. Undefined when none are wanted. */
  captureFile(): string | undefined;
}

/** One row of the matrix. It passes when `run` resolves. */
export interface Scenario {
  /** For the command line. */
  readonly name: string;
  readonly title: string;
  /** Time limit of one run, ms. */
  readonly limit: number;
  /** Resolves to a few words for the table. */
  run(context: Context): Promise<string>;
}

/** How one run ended. */
interface Attempt {
  readonly error: Error | undefined;
  readonly note: string;
}

/** A column of the matrix: against whom, and who begins. */
export interface Column {
  readonly stack: Stack;
  readonly opener: Opener;
}

/** How a cell ended. */
export interface CellResult {
  readonly scenario: string;
  readonly peer: string;
  readonly opener: Opener;
  /** `cannot`: nothing was run, since the peer has no such thing, or a known fault in it. */
  readonly outcome: "passed" | "failed" | "cannot";
  /** Why it cannot; else empty. */
  readonly reason: string;
  /** Of the last attempt, ms. */
  readonly duration: number;
  readonly attempts: number;
  /** Of the scenario's, when it passed. */
  readonly note: string;
  /** Of every failed attempt: what went wrong, with the place of its trace. */
  readonly failures: readonly string[];
}

/** Told of what goes on. */
export interface MatrixListener {
  started(scenario: Scenario, column: Column, attempt: number): void;
  progress(scenario: Scenario, column: Column, text: string): void;
  ended(scenario: Scenario, column: Column, result: CellResult): void;
}

const silent: MatrixListener = { started() {}, progress() {}, ended() {} };

/** One run, and one more if it fails, which the result tells. */
const ATTEMPTS = 2;

/** ms for which an end may take its time: sockets and processes are gone some turns of the event loop later. */
const CLEANUP_LIMIT = 5_000;

export interface RunOptions {
  readonly listener?: MatrixListener;
  /** A folder that is there, for a capture of each run. Default: none are made. */
  readonly captures?: string | undefined;
}

/** Runs one cell. Never rejects. */
export async function runCell(
  scenario: Scenario,
  column: Column,
  { listener = silent, captures }: RunOptions = {},
): Promise<CellResult> {
  const { stack, opener } = column;
  const reason = whyNot(stack, scenario.name, opener) ?? "";
  const result =
    reason === ""
      ? await attempt(scenario, column, { listener, captures })
      : { outcome: "cannot" as const, ...untried };
  const whole: CellResult = { scenario: scenario.name, peer: stack.name, opener, reason, ...result };
  listener.ended(scenario, column, whole);
  return whole;
}

const untried = { duration: 0, attempts: 0, note: "", failures: [] };

async function attempt(
  scenario: Scenario,
  column: Column,
  { listener, captures }: { readonly listener: MatrixListener; readonly captures: string | undefined },
): Promise<Omit<CellResult, "scenario" | "peer" | "opener" | "reason">> {
  const failures: string[] = [];
  let start = 0;
  let last: Attempt = { error: undefined, note: "" };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    listener.started(scenario, column, attempt);
    start = performance.now();
    const run = new Run(scenario, column, {
      progress: (text) => listener.progress(scenario, column, text),
      captures: captures === undefined ? undefined : join(captures, runName(scenario, column, attempt)),
    });
    last = await run.finish();
    if (last.error === undefined) break;
    failures.push(run.report(last.error, attempt));
  }
  const passed = last.error === undefined;
  return {
    outcome: passed ? "passed" : "failed",
    duration: performance.now() - start,
    attempts: failures.length + (passed ? 1 : 0),
    note: last.note,
    failures,
  };
}

/** Runs every cell, one after the other: they measure times, and the machine may be small. */
export async function runMatrix(
  scenarios: readonly Scenario[],
  stacks: readonly Stack[],
  options: RunOptions = {},
): Promise<CellResult[]> {
  const results: CellResult[] = [];
  for (const stack of stacks) {
    for (const scenario of scenarios) {
      for (const opener of openers) results.push(await runCell(scenario, { stack, opener }, options));
    }
  }
  return results;
}

/** One attempt at one cell. */
class Run implements Context {
  readonly stack: Stack;
  readonly opener: Opener;
  readonly progress: (text: string) => void;
  readonly #scenario: Scenario;
  readonly #cleanups: (() => unknown)[] = [];
  readonly #explanations: (() => readonly string[])[] = [];
  readonly #captures: string | undefined;
  #captureCount = 0;

  constructor(
    scenario: Scenario,
    { stack, opener }: Column,
    options: {
      readonly progress: (text: string) => void;
      /** What the names of its captures begin with, if any are made. */
      readonly captures: string | undefined;
    },
  ) {
    this.#scenario = scenario;
    this.stack = stack;
    this.opener = opener;
    this.progress = options.progress;
    this.#captures = options.captures;
  }

  defer(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  explain(lines: () => readonly string[]): void {
    this.#explanations.push(lines);
  }

  captureFile(): string | undefined {
    if (this.#captures === undefined) return undefined;
    this.#captureCount++;
    return `${this.#captures}${this.#captureCount === 1 ? "" : `-${this.#captureCount}`}.pcapng`;
  }

  async finish(): Promise<Attempt> {
    const before = openHandles();
    const { limit } = this.#scenario;
    let note = "";
    let error: Error | undefined;
    try {
      note = await within(limit, `not done within ${limit} ms`, this.#scenario.run(this));
    } catch (thrown) {
      error = asError(thrown);
    }
    try {
      await within(CLEANUP_LIMIT, "its cleaning up takes too long", this.#cleanUp());
      await within(CLEANUP_LIMIT, "it leaves sockets or processes behind", goneDownTo(before));
    } catch (thrown) {
      error ??= asError(thrown);
    }
    return { error, note };
  }

  /** What went wrong, in full; the trace goes to a file, being long. */
  report(error: Error, attempt: number): string {
    const lines = this.#explanations.flatMap((explain) => explain());
    const story = error.stack ?? error.message;
    if (lines.length === 0) return story;
    const folder = join(tmpdir(), "usctp-interop-traces");
    mkdirSync(folder, { recursive: true });
    const name = `${runName(this.#scenario, this, attempt)}.txt`;
    writeFileSync(join(folder, name), `${[story, "", ...lines].join("\n")}\n`);
    return `${story}\n    trace: ${join(folder, name)}`;
  }

  async #cleanUp(): Promise<void> {
    let failure: Error | undefined;
    for (const cleanup of this.#cleanups.reverse()) {
      try {
        await cleanup();
      } catch (thrown) {
        failure ??= asError(thrown);
      }
    }
    if (failure !== undefined) throw failure;
  }
}

/** For files. */
function runName(scenario: Scenario, { stack, opener }: Column, attempt: number): string {
  return `${stack.name}-${scenario.name}-${opener}-${attempt}`.replaceAll(" ", "-");
}

/** Sockets and child processes of this process that are open. */
function openHandles(): number {
  const kinds = ["UDPWRAP", "UDPWrap", "ProcessWrap"];
  return process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind)).length;
}

async function goneDownTo(count: number): Promise<void> {
  const giveUp = performance.now() + CLEANUP_LIMIT;
  while (openHandles() > count && performance.now() < giveUp) await turn();
  if (openHandles() > count) throw new Error(`left behind: ${process.getActiveResourcesInfo().join(", ")}`);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
