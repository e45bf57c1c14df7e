import { type CellResult, type MatrixListener, type Opener, openers, type Scenario } from "./matrix.ts";

/** Of a cell of the table, in characters: as much as the terminal has, between these. */
const NARROWEST = 14;
const WIDEST = 34;

/** Between two drawings, ms. */
const REDRAW = 100;

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

interface Running {
  readonly attempt: number;
  readonly since: number;
  text: string;
}

type Cell = Running | CellResult;

const keyOf = (scenario: Scenario, opener: Opener): string => `${scenario.name} ${opener}`;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const isResult = (cell: Cell): cell is CellResult => "passed" in cell;

/**
 * The matrix as it comes about: on a terminal drawn again and again in place, elsewhere a line for every cell that
 * ends.
 */
export class LiveTable implements MatrixListener {
  readonly #out: NodeJS.WriteStream;
  readonly #scenarios: readonly Scenario[];
  readonly #cells = new Map<string, Cell>();
  readonly #timer: NodeJS.Timeout | undefined;
  #drawn = 0;
  #frame = 0;

  constructor(out: NodeJS.WriteStream, scenarios: readonly Scenario[]) {
    this.#out = out;
    this.#scenarios = scenarios;
    if (out.isTTY) this.#timer = setInterval(() => this.#draw(), REDRAW);
  }

  started(scenario: Scenario, opener: Opener, attempt: number): void {
    this.#cells.set(keyOf(scenario, opener), { attempt, since: performance.now(), text: "" });
  }

  progress(scenario: Scenario, opener: Opener, text: string): void {
    const cell = this.#cells.get(keyOf(scenario, opener));
    if (cell !== undefined && !isResult(cell)) cell.text = text;
  }

  ended(scenario: Scenario, result: CellResult): void {
    this.#cells.set(keyOf(scenario, result.opener), result);
    if (this.#timer === undefined) {
      this.#out.write(`${scenario.title.padEnd(48)}${result.opener.padEnd(14)}${outcome(result)}\n`);
    }
  }

  /** Draws the table for the last time. */
  close(): void {
    clearInterval(this.#timer);
    if (this.#timer === undefined) this.#out.write("\n");
    this.#draw();
  }

  #draw(): void {
    this.#frame++;
    // A line that wraps would be two, and the next drawing would begin in the wrong place.
    const columns = this.#out.isTTY ? this.#out.columns - 1 : Number.POSITIVE_INFINITY;
    const rows = table(this.#scenarios, columns, (scenario, opener) => this.#show(scenario, opener));
    const lines = rows.map((line) => line.slice(0, columns));
    // Up to where the last drawing began, and each line cleared behind its new text.
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : "";
    const end = this.#out.isTTY ? "\u001b[K\n" : "\n";
    this.#out.write(up + lines.map((line) => line + end).join(""));
    this.#drawn = this.#out.isTTY ? lines.length : 0;
  }

  #show(scenario: Scenario, opener: Opener): string {
    const cell = this.#cells.get(keyOf(scenario, opener));
    if (cell === undefined) return "·";
    if (isResult(cell)) return outcome(cell);
    const turning = spinner[this.#frame % spinner.length];
    const again = cell.attempt > 1 ? "again " : "";
    return `${turning} ${again}${seconds(performance.now() - cell.since)}  ${cell.text}`;
  }
}

/** "ok 1.2 s  83 MB/s", "ok at the 2nd try 1.2 s", "FAILED 1.2 s" */
function outcome(result: CellResult): string {
  const retried = result.attempts > 1 ? " at the 2nd try" : "";
  const word = result.passed ? `ok${retried}` : "FAILED";
  return `${word} ${seconds(result.duration)}  ${result.note}`.trimEnd();
}

function table(
  scenarios: readonly Scenario[],
  columns: number,
  show: (scenario: Scenario, opener: Opener) => string,
): string[] {
  const first = Math.max(...scenarios.map(({ title }) => title.length)) + 2;
  const width = Math.max(NARROWEST, Math.min(WIDEST, Math.floor((columns - first) / openers.length)));
  const row = (title: string, cells: readonly string[]): string =>
    (title.padEnd(first) + cells.map((cell) => cell.slice(0, width - 1).padEnd(width)).join("")).trimEnd();
  return [
    row("", openers),
    ...scenarios.map((scenario) =>
      row(
        scenario.title,
        openers.map((opener) => show(scenario, opener)),
      ),
    ),
  ];
}
