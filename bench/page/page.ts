import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { labelOf } from "../contestants/labels.ts";
import type { Figure } from "../figures.ts";
import { HEADLINE_COLUMNS, headlineCells, headlinesOf } from "../headlines.ts";
import { finest, pointText } from "../points.ts";
import { holds, ratiosOf } from "../ratios.ts";
import type { Findings, Metric, Report } from "../report.ts";
import { describeMachine, warnings } from "../table.ts";

const require = createRequire(import.meta.url);
const here = (name: string): string =>
  readFileSync(fileURLToPath(new URL(name, import.meta.url)), "utf8").trim();

/** One page with everything in it: the figures, what draws them, and no address that it would load something from. */
export function htmlPage(report: Report): string {
  const missing = report.missing.map(({ label, why }) => `${label} is missing: ${why}`);
  const data = {
    warnings: [...warnings(report), ...missing],
    headlines: { columns: HEADLINE_COLUMNS, rows: headlinesOf(report).map(headlineCells) },
    findings: report.findings.map(forPage),
  };
  const title = escaped(`usctp, ${report.effort} run of ${report.date.slice(0, 10)}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
${here("style.css")}
</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${escaped(`${describeMachine(report.machine)}; version ${report.version}`)}</p>
<ul id="warnings"></ul>
<nav id="contents"></nav>
</header>
<main id="findings"></main>
<script>${library("d3", "dist/d3.min.js")}</script>
<script>${library("@observablehq/plot", "dist/plot.umd.min.js")}</script>
<script>
const report = ${inScript(JSON.stringify(data))};
${inScript(here("client.js"))}
</script>
</body>
</html>
`;
}

/** What the page draws: a row a bar, by points. */
function forPage(findings: Findings): object {
  const { name, title, rounds, notes, cases } = findings;
  return {
    name,
    title,
    rounds,
    notes,
    metrics: findings.metrics.map((metric) => ({
      ...metric,
      figures: figureRows(findings, metric.name),
      ratios: ratioRows(findings, metric),
    })),
    failed: cases.flatMap(({ contestant, at, error }) =>
      error === undefined ? [] : [`${labelOf(contestant)}, ${pointText(at)}, gave up: ${error}`],
    ),
  };
}

interface Row extends Figure {
  readonly point: string;
  readonly series: string;
}

function figureRows({ cases }: Findings, metric: string): Row[] {
  const there = cases.filter(({ figures }) => figures[metric] != null);
  return finest(there.map(({ at }) => at)).flatMap((point) =>
    there.flatMap(({ contestant, at, figures }) => {
      const figure = figures[metric];
      if (figure == null || !holds(point, at)) return [];
      return [{ point: pointText(point), series: labelOf(contestant), ...figure }];
    }),
  );
}

function ratioRows(findings: Findings, metric: Metric): Row[] {
  return ratiosOf(findings, metric).map(({ at, subject, beside, figure }) => {
    const series = `${labelOf(subject)} / ${labelOf(beside)}`;
    return { point: pointText(at), series, ...figure };
  });
}

/** A file of a package, wherever npm has put it: packages need not export their bundles. */
function library(name: string, file: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return inScript(readFileSync(`${folder}/${name}/${file}`, "utf8"));
    } catch {
      // The next folder up.
    }
  }
  throw new Error(`the page needs the package ${name}: npm install`);
}

/** Text that no HTML parser takes for the end of its script. */
function inScript(text: string): string {
  return text.replace(/<(?=\/script|!--)/gi, "\\x3c");
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
