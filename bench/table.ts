import { labelOf } from "./contestants/labels.ts";
import { figureText } from "./figures.ts";
import { HEADLINE_COLUMNS, headlineCells, headlinesOf } from "./headlines.ts";
import { finest, pointText } from "./points.ts";
import { holds, ratiosOf } from "./ratios.ts";
import type { Findings, Machine, Metric, Point, Report } from "./report.ts";

/** A load under which nothing worth mentioning runs beside us. */
const IDLE = 0.5;

/** What the terminal gets of a run. */
export function tables(report: Report): string {
  const { machine, missing, findings } = report;
  const lines = [
    ...warnings(report),
    describeMachine(machine),
    ...missing.map(({ label, why }) => `${label} is missing: ${why}`),
    ...findings.flatMap(findingsLines),
    ...headlineLines(report),
    "",
    ...warnings(report),
  ];
  return `${lines.join("\n")}\n`;
}

/** What is aimed at, as far as it was measured. */
function headlineLines(report: Report): string[] {
  const rows = headlinesOf(report).map(headlineCells);
  return rows.length === 0 ? [] : ["", ...aligned([HEADLINE_COLUMNS, ...rows])];
}

/** What to say of figures that are not to be taken as they are. */
export function warnings(report: Report): string[] {
  const { load } = report.machine;
  return [
    ...(report.void === undefined ? [] : [`VOID: ${report.void}`]),
    ...(load <= IDLE
      ? []
      : [`The machine was busy when this began (load ${load.toFixed(1)}): look at the extremes.`]),
  ];
}

export function describeMachine({ node, cores, processor, memory, system }: Machine): string {
  return `Node ${node}, ${cores} × ${processor}, ${memory} GiB, ${system}`;
}

function findingsLines(findings: Findings): string[] {
  const { title, rounds, metrics, cases, notes } = findings;
  return [
    "",
    `${title}: median of ${rounds} ${rounds === 1 ? "round" : "rounds"} (and the extremes)`,
    ...metrics.filter(({ detail }) => detail !== true).flatMap((metric) => metricLines(findings, metric)),
    ...cases
      .filter(({ error }) => error !== undefined)
      .map(({ contestant, at, error }) => `${labelOf(contestant)}, ${pointText(at)}, gave up: ${error}`),
    "",
    ...notes,
  ];
}

/** A table of medians, a column a contestant, and one of ratios. */
function metricLines(findings: Findings, metric: Metric): string[] {
  const cases = findings.cases.filter((one) => one.figures[metric.name] != null);
  if (cases.length === 0) return [];
  const names = [...new Set(cases.map(({ contestant }) => contestant))];
  const points = finest(cases.map(({ at }) => at));
  const cell = (name: string, at: Point): string => {
    const one = cases.find((each) => each.contestant === name && holds(at, each.at));
    const figure = one?.figures[metric.name];
    return figure == null ? "" : figureText(figure, metric.digits);
  };
  const rows = points.map((at) => [pointText(at), ...names.map((name) => cell(name, at))]);
  return ["", ...aligned([[metric.label, ...names.map(labelOf)], ...rows]), ...ratioLines(findings, metric)];
}

/** A table for each of ours, a column for each who stands beside it. */
function ratioLines(findings: Findings, metric: Metric): string[] {
  const ratios = ratiosOf(findings, metric);
  const subjects = [...new Set(ratios.map(({ subject }) => subject))];
  return subjects.flatMap((subject) => {
    const own = ratios.filter((ratio) => ratio.subject === subject);
    const besides = [...new Set(own.map(({ beside }) => beside))];
    const cell = (beside: string, at: Point): string => {
      const ratio = own.find((each) => each.beside === beside && holds(at, each.at));
      return ratio === undefined ? "" : figureText(ratio.figure, 2);
    };
    const rows = finest(own.map(({ at }) => at)).map((at) => [
      pointText(at),
      ...besides.map((beside) => cell(beside, at)),
    ]);
    return ["", ...aligned([[`${labelOf(subject)}, as ratios to`, ...besides.map(labelOf)], ...rows])];
  });
}

/** Columns of one width, the first to the left. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? "").length)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("   ")
      .trimEnd(),
  );
}
