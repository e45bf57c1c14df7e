import { codeIn, type NamedTest, readText, tableRows, testsIn } from "./doc-tables.ts";
import { COVERAGE_PAGES } from "./rfc-duties.ts";

/** The rows of docs/rfc-coverage.md, and of the pages of the extensions beside it. */

export const STATUSES = [
  "kept",
  "deviating",
  "impossible in Node over UDP",
  "not applicable",
  "not yet",
] as const;
export type Status = (typeof STATUSES)[number];

export interface CoverageRow {
  readonly page: string;
  readonly line: number;
  /** Names of duties, as in "9260-6.2-07". */
  readonly duties: readonly string[];
  /** Of a row without them: "6.3.1". */
  readonly section: string | undefined;
  /** The RFCs and sections that it is about: "9260 6.2". */
  readonly clauses: readonly string[];
  readonly what: string;
  /** Undefined when it is none of those that there are. */
  readonly status: Status | undefined;
  readonly statusCell: string;
  /** What a deviating row links to, from docs/ on. */
  readonly record: string | undefined;
  readonly files: readonly string[];
  readonly tests: readonly NamedTest[];
}

const DUTY = /^(\d{4})-([0-9A-Z.]+)-\d{2,}$/;

export function coverageRows(): CoverageRow[] {
  return [...COVERAGE_PAGES.keys()].flatMap(rowsOf);
}

function rowsOf(page: string): CoverageRow[] {
  const headings = headingsOf(page);
  return tableRows(page, 5).map(({ line, cells }): CoverageRow => {
    const [first = "", what = "", statusCell = "", files = "", tests = ""] = cells;
    const duties = first.split(", ").filter((name) => DUTY.test(name));
    const section = /^§([0-9A-Z.]+)$/.exec(first)?.[1];
    const rfc = headings.findLast((heading) => heading.line < line)?.rfc ?? "";
    const status = STATUSES.find((known) => statusCell === known || statusCell.startsWith(`${known}:`));
    const clauses =
      section === undefined ? duties.map((duty) => duty.replace(DUTY, "$1 $2")) : [`${rfc} ${section}`];
    return {
      page,
      line,
      duties,
      section,
      clauses: [...new Set(clauses)],
      what,
      status,
      statusCell,
      record: /^deviating: \[[^\]]+\]\(([^)]+)\)$/.exec(statusCell)?.[1],
      files: codeIn(files),
      tests: testsIn(tests),
    };
  });
}

/** "## RFC 7829: ...", or "# RFC 3758: ..." of a page of one RFC, says which RFC the sections of its rows are of. */
function headingsOf(page: string): { readonly line: number; readonly rfc: string }[] {
  return readText(page)
    .split("\n")
    .flatMap((text, index) => {
      const rfc = /^##? RFC (\d+)/.exec(text)?.[1];
      return rfc === undefined ? [] : [{ line: index + 1, rfc }];
    });
}
