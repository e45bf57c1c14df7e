import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** docs/rfc-coverage.md names files and tests: they must be there. */

const root = fileURLToPath(new URL("..", import.meta.url));
const PAGE = "docs/rfc-coverage.md";
const STATUSES = ["kept", "partly", "not yet", "deviating", "impossible in Node over UDP"];

interface Row {
  readonly line: number;
  readonly section: string;
  readonly status: string;
  /** What its file column names. */
  readonly files: readonly string[];
  /** What its test column names; none where it says "no test yet". */
  readonly tests: readonly { readonly file: string; readonly name: string }[];
  readonly testColumn: string;
}

/** The rows of all tables of five columns, heads left out. */
function readRows(): Row[] {
  return readFileSync(`${root}${PAGE}`, "utf8")
    .split("\n")
    .flatMap((text, index): Row[] => {
      const cells = text.startsWith("|") ? text.split("|").slice(1, -1) : [];
      const [section = "", , status = "", files = "", tests = ""] = cells.map((cell) => cell.trim());
      if (cells.length !== 5 || section === "§" || section.startsWith("-")) return [];
      return [
        {
          line: index + 1,
          section,
          status,
          files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file),
          tests: [...tests.matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, file = "", name = ""]) => ({
            file,
            name,
          })),
          testColumn: tests,
        },
      ];
    });
}

const titles: Map<string, readonly string[]> = new Map();

/** The strings that calls and table rows of a test file begin with: titles. `${...}` is shown as "…". */
function titlesOf(file: string): readonly string[] {
  const known = titles.get(file);
  if (known !== undefined) return known;
  const source = readFileSync(`${root}${file}`, "utf8");
  const found = [...source.matchAll(/[([]\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)\s*,/g)].map(
    ([, plain, template]) => (plain ?? template ?? "").replaceAll(/\$\{[^}]*\}/g, "…"),
  );
  titles.set(file, found);
  return found;
}

const rows = readRows();

describe(PAGE, () => {
  test("has rows for every section that asks something", () => {
    expect(rows.length).toBeGreaterThan(200);
    for (const chapter of ["3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]) {
      expect(rows.some(({ section }) => section.split(".")[0] === chapter)).toBe(true);
    }
  });

  test("knows these statuses", () => {
    expect(rows.filter(({ status }) => !STATUSES.includes(status))).toEqual([]);
  });

  test("names files that exist", () => {
    const missing = rows.flatMap(({ line, files }) =>
      files.filter((file) => !existsSync(`${root}${file}`)).map((file) => `line ${line}: ${file}`),
    );
    expect(missing).toEqual([]);
  });

  test("names tests that exist, or says that there is none", () => {
    const wrong = rows.flatMap(({ line, tests }) =>
      tests
        .filter(
          ({ file, name }) =>
            !existsSync(`${root}${file}`) || !titlesOf(file).some((it) => it.includes(name)),
        )
        .map(({ file, name }) => `line ${line}: ${file} has no "${name}"`),
    );
    const silent = rows
      .filter(({ tests, testColumn }) => tests.length === 0 && !["no test yet", "—"].includes(testColumn))
      .map(({ line, testColumn }) => `line ${line}: "${testColumn}"`);
    expect([...wrong, ...silent]).toEqual([]);
  });

  test("says of what is kept where it is kept", () => {
    const homeless = rows.filter(({ status, files }) => status === "kept" && files.length === 0);
    expect(homeless.map(({ line }) => `line ${line}`)).toEqual([]);
  });
});
