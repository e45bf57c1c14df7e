import { describe, expect, test } from "vitest";
import { hasTest, readText, tableRows, testsIn } from "./support/doc-tables.ts";

/** docs/faults.md says what each of its rows rests on. */

const PAGE = "docs/faults.md";

/** The heads of groups name no tests. */
const rows = tableRows(PAGE, 5).filter(({ cells }) => !cells[0]?.startsWith("**"));

describe(PAGE, () => {
  test("names tests that exist, in every row", () => {
    expect(rows.length).toBeGreaterThan(20);
    const wrong = rows.flatMap(({ line, cells }) => {
      const tests = testsIn(cells[4] ?? "");
      if (tests.length === 0) return [`line ${line}: no test`];
      return tests
        .filter((each) => !hasTest(each))
        .map(({ file, name }) => `line ${line}: ${file} has no "${name}"`);
    });
    expect(wrong).toEqual([]);
  });

  test("says of every row what becomes of the association, the messages and the caller", () => {
    expect(rows.filter(({ cells }) => cells.includes("")).map(({ line }) => line)).toEqual([]);
  });

  test("names the errors that are tested, each of them", () => {
    const [, list = ""] =
      /const CODES = \[([^\]]*)\]/.exec(readText("test/faults/refused-sends.test.ts")) ?? [];
    const tested = [...list.matchAll(/"(E[A-Z]+)"/g)].map(([, code]) => code);
    const row = rows.find(({ cells }) => cells[4]?.includes('"now and then'));
    expect(row?.cells[0]?.match(/\bE[A-Z]{3,}\b/g)).toEqual(tested);
  });

  test("names no test of test/faults/ in vain: each of its files has a row", () => {
    const files = ["refused-sends", "sockets", "addresses", "standstill", "stopped-process"];
    const named = new Set(rows.flatMap(({ cells }) => testsIn(cells[4] ?? "").map(({ file }) => file)));
    expect(files.filter((file) => !named.has(`test/faults/${file}.test.ts`))).toEqual([]);
  });

  test("is linked from README", () => {
    expect(readText("README.md")).toContain("(docs/faults.md)");
  });
});
