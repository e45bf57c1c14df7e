import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { figureText } from "./figures.ts";
import { type Headline, headlineCells, headlinesOf } from "./headlines.ts";
import type { Report } from "./report.ts";
import { describeMachine } from "./table.ts";

/** What stands around the table in the README, and the heading before which it comes the first time. */
const BEGIN = "<!-- npm run bench:table -->";
const END = "<!-- end of the table -->";
const BEFORE = "## Working on it";

const USAGE = `npm run bench:table -- [FILE]

Writes the performance table of README.md from what \`npm run bench -- --json FILE\` left.
Default: bench/results/full.json
`;

/** The README with the table of that run in place of the one that is there. Throws where it would go is not found. */
export function withTable(readme: string, report: Report): string {
  const block = `${BEGIN}\n${tableOf(report)}\n${END}`;
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin >= 0 && end > begin) return readme.slice(0, begin) + block + readme.slice(end + END.length);
  const at = readme.indexOf(BEFORE);
  if (at < 0) throw new Error(`README.md has neither "${BEGIN}" nor "${BEFORE}"`);
  return `${readme.slice(0, at)}## Performance\n\n${block}\n\n${readme.slice(at)}`;
}

function tableOf(report: Report): string {
  if (report.void !== undefined) throw new Error(`that run is void: ${report.void}`);
  const rows = headlinesOf(report).map((one) => {
    const [what, who] = headlineCells(one);
    return `| ${what} | ${who} | ${figureText(one.figure, digits(one))} |`;
  });
  const { date, machine } = report;
  return [
    "Ratios within one run of `npm run bench`, everybody in turn, medians of several rounds with their extremes:",
    "",
    "| | | |",
    "|---|---|---|",
    ...rows,
    "",
    `${describeMachine(machine)}; ${date.slice(0, 10)}. How it was measured: \`bench/README.md\`; everything that was, with`,
    "plots: `bench/results`.",
  ].join("\n");
}

function digits({ figure }: Headline): number {
  return Math.abs(figure.median) >= 10 ? 0 : 2;
}

function main(): void {
  const { values, positionals } = parseArgs({
    options: { help: { type: "boolean" } },
    allowPositionals: true,
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const report = JSON.parse(readFileSync(positionals[0] ?? here("results/full.json"), "utf8")) as Report;
  const path = here("../README.md");
  writeFileSync(path, withTable(readFileSync(path, "utf8"), report));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
