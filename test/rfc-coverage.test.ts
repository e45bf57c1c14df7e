import { describe, expect, test } from "vitest";
import { codeIn, exists, hasTest, type NamedTest, tableRows, testsIn } from "./support/doc-tables.ts";

/** docs/rfc-coverage.md names files and tests: they must be there. */

const PAGE = "docs/rfc-coverage.md";
const STATUSES = ["kept", "partly", "not yet", "deviating", "impossible in Node over UDP"];

interface Row {
  readonly line: number;
  readonly section: string;
  readonly status: string;
  /** What its file column names. */
  readonly files: readonly string[];
  /** What its test column names; none where it says "no test yet". */
  readonly tests: readonly NamedTest[];
  readonly testColumn: string;
}

const rows: readonly Row[] = tableRows(PAGE, 5).map(({ line, cells }) => {
  const [section = "", , status = "", files = "", testColumn = ""] = cells;
  return { line, section, status, files: codeIn(files), tests: testsIn(testColumn), testColumn };
});

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
      files.filter((file) => !exists(file)).map((file) => `line ${line}: ${file}`),
    );
    expect(missing).toEqual([]);
  });

  test("names tests that exist, or says that there is none", () => {
    const wrong = rows.flatMap(({ line, tests }) =>
      tests
        .filter((named) => !hasTest(named))
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
