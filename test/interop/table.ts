import { type CellResult, type Column, type MatrixListener, openers, type Scenario } from "./matrix.ts";
import { type Stack, whyNot } from "./stack.ts";

/** Of a cell of the table, in characters: as much as the terminal has, between these. */
const NARROWEST = 11;
const WIDEST = 34;

/** A cell that is as wide as this has room for what the scenario says. */
const ROOMY = 24;

/** Of a table that goes into a file. */
const FILE_COLUMNS = 144;

/** Between two drawings, ms. */
const REDRAW = 100;

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

interface Running {
  readonly attempt: number;
  readonly since: number;
  text: string;
}

type Cell = Running | CellResult;

const keyOf = (scenario: Scenario, { stack, opener }: Column): string =>
  `${scenario.name} ${stack.name} ${opener}`;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const isResult = (cell: Cell): cell is CellResult => "outcome" in cell;

/**
 * The matrix as it comes about: on a terminal drawn again and again in place, elsewhere a line for every cell that
 * ends.
 */
export class LiveTable implements MatrixListener {
  readonly #out: NodeJS.WriteStream;
  readonly #scenarios: readonly Scenario[];
  readonly #stacks: readonly Stack[];
  readonly #cells = new Map<string, Cell>();
  readonly #reasons: readonly string[];
  readonly #timer: NodeJS.Timeout | undefined;
  #drawn = 0;
  #frame = 0;

  constructor(out: NodeJS.WriteStream, scenarios: readonly Scenario[], stacks: readonly Stack[]) {
    this.#out = out;
    this.#scenarios = scenarios;
    this.#stacks = stacks;
    this.#reasons = reasonsOf(scenarios, stacks);
    if (out.isTTY) this.#timer = setInterval(() => this.#draw(), REDRAW);
  }

  started(scenario: Scenario, column: Column, attempt: number): void {
    this.#cells.set(keyOf(scenario, column), { attempt, since: performance.now(), text: "" });
  }

  progress(scenario: Scenario, column: Column, text: string): void {
    const cell = this.#cells.get(keyOf(scenario, column));
    if (cell !== undefined && !isResult(cell)) cell.text = text;
  }

  ended(scenario: Scenario, column: Column, result: CellResult): void {
    this.#cells.set(keyOf(scenario, column), result);
    if (this.#timer !== undefined) return;
    const words = [column.stack.name.padEnd(11), scenario.title.padEnd(42), column.opener.padEnd(14)];
    const end = result.outcome === "cannot" ? "cannot" : outcome(result, true);
    this.#out.write(`${words.join("")}${end}\n`);
  }

  /** Draws the table for the last time, and says why the cells that were not run cannot be. */
  close(): void {
    clearInterval(this.#timer);
    if (this.#timer === undefined) this.#out.write("\n");
    this.#draw();
    const notes = this.#reasons.map((reason, index) => `${String(index + 1).padStart(2)}  ${reason}\n`);
    if (notes.length > 0) this.#out.write(`\ncannot:\n${notes.join("")}`);
  }

  #draw(): void {
    this.#frame++;
    // A line that wraps would be two, and the next drawing would begin in the wrong place.
    const columns = this.#out.isTTY ? this.#out.columns - 1 : FILE_COLUMNS;
    const rows = this.#table(columns);
    const lines = rows.map((line) => line.slice(0, columns));
    // Up to where the last drawing began, and each line cleared behind its new text.
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : "";
    const end = this.#out.isTTY ? "\u001b[K\n" : "\n";
    this.#out.write(up + lines.map((line) => line + end).join(""));
    this.#drawn = this.#out.isTTY ? lines.length : 0;
  }

  /** As many stacks side by side as there is room for, the others below. */
  #table(columns: number): string[] {
    const first = Math.max(...this.#scenarios.map(({ title }) => title.length)) + 2;
    const room = Math.floor((columns - first) / NARROWEST / openers.length);
    const abreast = Math.min(Math.max(1, room), this.#stacks.length);
    const width = Math.floor((columns - first) / openers.length / abreast);
    const layout = { first, width: Math.max(NARROWEST, Math.min(WIDEST, width)) };
    const lines: string[] = [];
    for (let at = 0; at < this.#stacks.length; at += abreast) {
      if (at > 0) lines.push("");
      lines.push(...this.#band(this.#stacks.slice(at, at + abreast), layout));
    }
    return lines;
  }

  #band(stacks: readonly Stack[], { first, width }: { first: number; width: number }): string[] {
    const columns = stacks.flatMap((stack) => openers.map((opener): Column => ({ stack, opener })));
    const row = (title: string, cells: readonly string[]): string =>
      (title.padEnd(first) + cells.map((cell) => cell.slice(0, width - 1).padEnd(width)).join("")).trimEnd();
    return [
      row(
        "",
        columns.map(({ stack, opener }) => (opener === openers[0] ? stack.name : "")),
      ),
      row(
        "",
        columns.map(({ opener }) => opener.slice(0, width - 1)),
      ),
      ...this.#scenarios.map((scenario) =>
        row(
          scenario.title,
          columns.map((column) => this.#show(scenario, column, width >= ROOMY)),
        ),
      ),
    ];
  }

  #show(scenario: Scenario, column: Column, roomy: boolean): string {
    const cell = this.#cells.get(keyOf(scenario, column));
    if (cell === undefined) return "·";
    if (isResult(cell)) {
      return cell.outcome === "cannot"
        ? `cannot ${this.#reasons.indexOf(reasonOf(column.stack, cell.reason)) + 1}`
        : outcome(cell, roomy);
    }
    const turning = spinner[this.#frame % spinner.length];
    const again = cell.attempt > 1 ? "again " : "";
    return `${turning} ${again}${seconds(performance.now() - cell.since)}  ${cell.text}`;
  }
}

const reasonOf = ({ name }: Stack, reason: string): string => `${name}: ${reason}`;

/** Every reason once. */
function reasonsOf(scenarios: readonly Scenario[], stacks: readonly Stack[]): readonly string[] {
  const reasons = new Set<string>();
  for (const stack of stacks) {
    for (const { name } of scenarios) {
      for (const opener of openers) {
        const reason = whyNot(stack, name, opener);
        if (reason !== undefined) reasons.add(reasonOf(stack, reason));
      }
    }
  }
  return [...reasons];
}

/** "ok 1.2 s  83 MB/s", "2nd 1.2 s" where it needed a second try, "FAIL 1.2 s" */
function outcome(result: CellResult, roomy: boolean): string {
  const passed = result.attempts > 1 ? (roomy ? "ok at the 2nd try" : "2nd") : "ok";
  const word = result.outcome === "passed" ? passed : "FAIL";
  return `${word} ${seconds(result.duration)}  ${roomy ? result.note : ""}`.trimEnd();
}
