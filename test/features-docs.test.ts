import { describe, expect, test } from "vitest";
import { codeIn, exists, hasTest, readText, tableRows, testsIn } from "./support/doc-tables.ts";

/** docs/features.md says what each of its marks rests on. */

const PAGE = "docs/features.md";

/** The heads of groups have no marks. */
const features = tableRows(PAGE, 9).filter(({ cells }) => !cells[0]?.startsWith("**"));

const lists = tableRows(PAGE, 3);
const isSource = (cells: readonly string[]): boolean => /^[a-z]\d$/.test(cells[0] ?? "");
const sources = lists.filter(({ cells }) => isSource(cells));
const own = lists.filter(({ cells }) => !isSource(cells));

const keyOf = (cell: string): string | undefined => /^[✓◐–·] ([a-z]\d)$/.exec(cell)?.[1];

describe(PAGE, () => {
  test("has marks with the source of each, and none where nothing was checked", () => {
    expect(features.length).toBeGreaterThan(45);
    const known = new Set(sources.map(({ cells }) => cells[0]));
    const wrong = features.flatMap(({ line, cells }) =>
      cells
        .slice(2)
        .filter((cell) => cell !== "?" && !known.has(keyOf(cell)))
        .map((cell) => `line ${line}: "${cell}"`),
    );
    expect(wrong).toEqual([]);
  });

  test("has no source that nothing rests on, and takes those of a column for that column", () => {
    const columns = ["u", "l", "f", "d", "p", "w", "n"];
    const used = features.flatMap(({ cells }) =>
      cells.slice(2).map((cell, column) => ({ key: keyOf(cell), column })),
    );
    expect(sources.map(({ cells }) => cells[0])).toEqual(
      sources.map(({ cells }) => cells[0]).filter((key) => used.some((each) => each.key === key)),
    );
    expect(used.filter(({ key, column }) => key !== undefined && key[0] !== columns[column])).toEqual([]);
  });

  test("names a file and a test that exist for each feature of ours, and no other", () => {
    const ours = features.filter(({ cells }) => cells[1] !== "–").map(({ cells }) => cells[0]);
    expect(own.map(({ cells }) => cells[0])).toEqual(ours);
    const wrong = own.flatMap(({ line, cells }) => {
      const [, file = "", named = ""] = cells;
      const tests = testsIn(named);
      return [
        ...codeIn(file)
          .filter((path) => !exists(path))
          .map((path) => `line ${line}: no ${path}`),
        ...(codeIn(file).length === 0 || tests.length === 0 ? [`line ${line}: no file or no test`] : []),
        ...tests
          .filter((each) => !hasTest(each))
          .map(({ file: path, name }) => `line ${line}: ${path} has no "${name}"`),
      ];
    });
    expect(wrong).toEqual([]);
  });

  test("is linked from README", () => {
    expect(readText("README.md")).toContain("(docs/features.md)");
  });
});
