import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Pages whose tables name files and tests, which must be there. */

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface NamedTest {
  readonly file: string;
  readonly name: string;
}

export interface TableRow {
  /** In the page, 1 the first. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A file of the repository; its path is counted from the root. */
export function readText(file: string): string {
  return readFileSync(`${root}${file}`, "utf8");
}

export function exists(file: string): boolean {
  return existsSync(`${root}${file}`);
}

/** Whether a link from the root leads somewhere: to a file, and to a heading of it where it names one. */
export function hasAnchor(link: string): boolean {
  const [file = "", anchor] = link.split("#");
  if (!exists(file)) return false;
  if (anchor === undefined) return true;
  return readText(file)
    .split("\n")
    .some((line) => /^#+ /.test(line) && anchorOf(line) === anchor);
}

/** As GitHub makes one of a heading. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, "")
    .replaceAll(" ", "-");
}

/** The rows of all tables of a page that have so many columns, heads left out. */
export function tableRows(page: string, columns: number): TableRow[] {
  const lines = readText(page).split("\n");
  const isRule = (text: string | undefined): boolean => text?.startsWith("|-") ?? false;
  return lines.flatMap((text, index): TableRow[] => {
    if (!text.startsWith("|") || isRule(text) || isRule(lines[index + 1])) return [];
    const cells = text.split("|").slice(1, -1);
    return cells.length === columns ? [{ line: index + 1, cells: cells.map((cell) => cell.trim()) }] : [];
  });
}

/** What a cell puts between backquotes. */
export function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** The tests that a cell names: `file` "title". */
export function testsIn(cell: string): NamedTest[] {
  return [...cell.matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, file = "", name = ""]) => ({ file, name }));
}

const titles: Map<string, readonly string[]> = new Map();

/** Whether the file is there and one of its titles has that text. */
export function hasTest({ file, name }: NamedTest): boolean {
  return exists(file) && titlesOf(file).some((title) => title.includes(name));
}

/** The strings that calls and table rows of a test file begin with: titles. `${...}` is shown as "…". */
function titlesOf(file: string): readonly string[] {
  const known = titles.get(file);
  if (known !== undefined) return known;
  const found = [...readText(file).matchAll(/[([]\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)\s*,/g)].map(
    ([, plain, template]) => (plain ?? template ?? "").replaceAll(/\$\{[^}]*\}/g, "…"),
  );
  titles.set(file, found);
  return found;
}
