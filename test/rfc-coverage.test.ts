import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { branchesOfRow } from "./coverage/branches.ts";
import { additionsOf, FORBIDDEN_ROWS } from "./coverage/forbidden.ts";
import { type CoverageRow, coverageRows } from "./support/coverage-rows.ts";
import { exists, hasAnchor, hasTest } from "./support/doc-tables.ts";
import { recordMissing } from "./support/peers.ts";
import { COVERED_RFCS, type Duty, dutiesIn, dutiesOf, rfcsAreHere } from "./support/rfc-duties.ts";

/** docs/rfc-coverage.md, and the pages beside it, list what the RFCs ask, and name files and tests: they must be there. */

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const rows = coverageRows();
const lineOf = ({ page, line, what }: CoverageRow): string => `${page}:${line}: ${what}`;

/** The RFCs are not ours to ship. Without them the list cannot be compared with what it lists, and CI may do without. */
const here = rfcsAreHere();
if (!here) {
  recordMissing({
    name: "the texts of the RFCs",
    howToInstall: `put rfcNNNN.txt of ${COVERED_RFCS.join(", ")} in ../shared/rfc`,
  });
}

describe.skipIf(!here)("the lists of duties and the RFCs", () => {
  const duties: readonly Duty[] = here ? COVERED_RFCS.flatMap(dutiesOf) : [];
  const listed = rows.flatMap(({ duties }) => duties);

  test("every duty is in a row", () => {
    expect(duties.length).toBeGreaterThan(500);
    const known = new Set(listed);
    expect(duties.filter(({ id }) => !known.has(id))).toEqual([]);
  });

  test("every duty of a row is one of the RFCs", () => {
    const known = new Set(duties.map(({ id }) => id));
    expect(listed.filter((id) => !known.has(id))).toEqual([]);
  });
});

describe("the lists of duties", () => {
  test("has no duty twice", () => {
    const listed = rows.flatMap(({ duties }) => duties);
    expect(listed.length).toBeGreaterThan(500);
    expect(listed.filter((id, index) => listed.indexOf(id) !== index)).toEqual([]);
  });

  test("says of every row which duties or which section it is about", () => {
    expect(rows.filter(({ duties, section }) => duties.length === 0 && section === undefined)).toEqual([]);
  });

  test("knows these statuses", () => {
    expect(rows.filter(({ status }) => status === undefined).map(lineOf)).toEqual([]);
  });

  test("names files that exist", () => {
    const missing = rows.flatMap((row) =>
      row.files.filter((file) => !exists(file)).map((file) => `${lineOf(row)}: ${file}`),
    );
    expect(missing).toEqual([]);
  });

  test("names tests that exist", () => {
    const wrong = rows.flatMap((row) =>
      row.tests
        .filter((named) => !hasTest(named))
        .map(({ file, name }) => `${lineOf(row)}: ${file} has no "${name}"`),
    );
    expect(wrong).toEqual([]);
  });

  test("says of what is kept where it is kept, and which test would fail", () => {
    const kept = rows.filter(({ status }) => status === "kept");
    expect(kept.length).toBeGreaterThan(200);
    expect(kept.filter(({ files, tests }) => files.length === 0 || tests.length === 0).map(lineOf)).toEqual(
      [],
    );
  });

  test("says of what is kept in which branch: one whose comment names the clause", () => {
    const kept = rows.filter(({ status }) => status === "kept");
    expect(kept.filter((row) => branchesOfRow(row, root).length === 0).map(lineOf)).toEqual([]);
  });

  test("has one row for each duty that is broken by adding what it forbids, and a place to add it", () => {
    const kept = rows.filter(({ status }) => status === "kept");
    expect(kept.filter((row) => additionsOf(row, root).length > 0).length).toBe(FORBIDDEN_ROWS.length);
  });

  test("says of what deviates where that was decided", () => {
    const deviating = rows.filter(({ status }) => status === "deviating");
    const wrong = deviating.filter(
      ({ page, record }) => record === undefined || !hasAnchor(join(dirname(page), record)),
    );
    expect(wrong.map(lineOf)).toEqual([]);
  });

  test("says why what is impossible is so, and whose duty is not ours", () => {
    const silent = rows.filter(
      ({ status, what, statusCell }) =>
        (status === "impossible in Node over UDP" && !/\(.+\)/.test(what)) ||
        (status === "not applicable" && !/^not applicable: \S/.test(statusCell)),
    );
    expect(silent.map(lineOf)).toEqual([]);
  });
});

describe("duties of an RFC", () => {
  const TEXT = [
    "                     RFC 1: nothing                    May 2026",
    "",
    "Table of Contents",
    "",
    "   1.  Conventions  . . . . . . .   2",
    "   3.  Rules  . . . . . . . . . .   2",
    "",
    "1.  Conventions",
    "",
    '   The key words "MUST" and "SHOULD" are to be interpreted.',
    "",
    "3.  Rules",
    "",
    "   One MUST obey, e.g. a clause, and SHOULD NOT ask.  One MAY sleep.",
    "   It is not said that one",
    "",
    "Author                       Standards Track                    [Page 1]",
    "\f",
    "RFC 1                            Nothing                        May 2026",
    "",
    "   MUST rest.",
    "",
    "3.1.  More",
    "",
    "   One SHALL stop.",
    "",
  ].join("\n");

  test("are in §2 where that has no conventions", () => {
    const text = TEXT.replace("\n1.  Conventions", "\n2.  Conventions");
    expect(dutiesIn(1, text).filter(({ section }) => section === "2")).toEqual([]);
    expect(dutiesIn(8260, text).filter(({ section }) => section === "2").length).toBe(2);
  });

  test("are found with their sentence, over the end of a page, without conventions and contents", () => {
    expect(dutiesIn(1, TEXT)).toEqual([
      {
        id: "1-3-01",
        section: "3",
        keyword: "MUST",
        sentence: "One MUST obey, e.g. a clause, and SHOULD NOT ask.",
      },
      {
        id: "1-3-02",
        section: "3",
        keyword: "SHOULD NOT",
        sentence: "One MUST obey, e.g. a clause, and SHOULD NOT ask.",
      },
      { id: "1-3-03", section: "3", keyword: "MUST", sentence: "It is not said that one MUST rest." },
      { id: "1-3.1-01", section: "3.1", keyword: "SHALL", sentence: "One SHALL stop." },
    ]);
  });
});
