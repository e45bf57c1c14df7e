import * as ours from "usctp/socket";
import { describe, expect, test } from "vitest";
import { codeIn, exists, hasTest, readText, tableRows, testsIn } from "./support/doc-tables.ts";
import { recordMissing } from "./support/peers.ts";
import { rfc6458Names } from "./support/rfc6458-names.ts";

/** docs/sockets-api.md has every name of RFC 6458, and a test for each. */

const PAGE = "docs/sockets-api.md";
const rows = tableRows(PAGE, 4).map(({ line, cells }) => {
  const [names = "", section = "", here = "", tests = ""] = cells;
  return { line, names: codeIn(names), section, here, tests: testsIn(tests) };
});

const CONSTANT = /^(?:SCTP|SPP|MSG|SO|SHUT|SOCK|AF|PF|SOL|IPPROTO|IPV6)_[A-Z0-9_]+$/;

/** Names of the text that a program cannot use, and why. */
const NO_API: Readonly<Record<string, string>> = {
  SCTP_MAX_SEG: "§8: a slip for SCTP_MAXSEG",
  SCTP_SNDRCV_INFO: "§5.3.2: a slip for SCTP_SNDRCV",
  in_addr: "a structure of the system; addresses are text here",
  in6_addr: "a structure of the system; addresses are text here",
  in6_pktinfo: "§5.3: an example of IPv6",
};

/** Where the RFC lies, if it is there: beside the repository. */
const RFC = "../shared/rfc/rfc6458.txt";

/** The identifiers of sections 5 to 9. */
function namesOfRfc(): string[] {
  const text = readText(RFC);
  // The table of contents comes first.
  const sections = text.slice(
    text.lastIndexOf("\n5.  Data Structures\n"),
    text.lastIndexOf("\n10.  IANA Considerations\n") > 0
      ? text.lastIndexOf("\n10.  IANA Considerations\n")
      : text.lastIndexOf("\n10.  "),
  );
  const patterns = [
    /\b(?:SCTP|SPP|MSG|SO)_[A-Z0-9_]*[A-Z0-9]\b/g,
    /\bsctp_[a-z0-9_]+(?=\()/g,
    /(?<=struct )[a-z0-9_]+/g,
  ];
  return [...new Set(patterns.flatMap((pattern) => sections.match(pattern) ?? []))].sort();
}

if (!exists(RFC)) {
  recordMissing({
    name: "the text of RFC 6458, which the list of its names is held to",
    howToInstall: `curl https://www.rfc-editor.org/rfc/rfc6458.txt -o ${RFC}`,
  });
}

describe(PAGE, () => {
  test.skipIf(!exists(RFC))(
    `the list of names is that of the RFC (skipped where ${RFC} is not beside the repository)`,
    () => {
      expect(rfc6458Names).toEqual(namesOfRfc());
    },
  );

  test("has every name of RFC 6458 §5 to §9", () => {
    expect(rfc6458Names.length).toBeGreaterThan(200);
    const known = new Set(rows.flatMap((row) => row.names.map((name) => name.replace("()", ""))));
    expect(rfc6458Names.filter((name) => !known.has(name) && !(name in NO_API))).toEqual([]);
    // What stands in the list must be in the RFC, and not in the page's tables.
    expect(Object.keys(NO_API).filter((name) => !rfc6458Names.includes(name) || known.has(name))).toEqual([]);
  });

  test("names a test that exists in every row", () => {
    const wrong = rows.flatMap(({ line, names, tests }) => [
      ...(tests.length === 0 ? [`line ${line}: ${names.join(", ")} has no test`] : []),
      ...tests
        // A word or two could be found anywhere.
        .filter((named) => named.name.split(" ").length < 3 || !hasTest(named))
        .map(({ file, name }) => `line ${line}: ${file} has no "${name}"`),
    ]);
    expect(wrong).toEqual([]);
  });

  test("names constants that are there", () => {
    const named = rows.flatMap(({ names, here }) =>
      here.startsWith("not there") ? [] : [...names, ...codeIn(here)],
    );
    const constants = [...new Set(named)].filter((name) => CONSTANT.test(name));
    expect(constants.length).toBeGreaterThan(150);
    expect(constants.filter((name) => !(name in ours))).toEqual([]);
  });

  test("has every constant that is exported, and every option", () => {
    const known = new Set(rows.flatMap(({ names }) => names));
    expect(Object.keys(ours).filter((name) => CONSTANT.test(name) && !known.has(name))).toEqual([]);
  });

  test("names calls that are there", () => {
    const calls = rows.flatMap(({ here }) =>
      [...here.matchAll(/`(?:await )?socket\.(\w+)\(/g)].map(([, name]) => name),
    );
    expect(calls.length).toBeGreaterThan(25);
    const missing = calls.filter((name) => !(String(name) in ours.SctpSocket.prototype));
    expect(missing).toEqual([]);
  });
});
