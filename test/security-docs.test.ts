import { describe, expect, test } from "vitest";
import { protocolChecks } from "../src/api/message/config-options.ts";
import { listenChecks, serverChecks } from "../src/api/message/options.ts";
import { defaultConfig } from "../src/association/config.ts";
import { codeIn, exists, hasTest, readText, tableRows, testsIn } from "./support/doc-tables.ts";

/** docs/security.md names for each attack what keeps it off, and the test that shows it. */

const PAGE = "docs/security.md";
const attacks = tableRows(PAGE, 4);
const limits = tableRows(PAGE, 5);

describe(PAGE, () => {
  test("names files and tests that exist for each attack", () => {
    expect(attacks.length).toBeGreaterThan(30);
    const wrong = attacks.flatMap(({ line, cells }) => {
      const [, defence = "", named = ""] = cells;
      const files = codeIn(defence).filter((code) => code.endsWith(".ts"));
      const tests = testsIn(named);
      return [
        ...(files.length === 0 || tests.length === 0 ? [`line ${line}: no file or no test`] : []),
        ...files.filter((file) => !exists(`src/${file}`)).map((file) => `line ${line}: no src/${file}`),
        ...tests
          .filter((each) => !hasTest(each))
          .map(({ file, name }) => `line ${line}: ${file} has no "${name}"`),
      ];
    });
    expect(wrong).toEqual([]);
  });

  test("names a test for each limit, and options that there are", () => {
    expect(limits.length).toBeGreaterThan(12);
    const options = [
      ...Object.keys(defaultConfig),
      ...[...readText("src/stack/options.ts").matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name),
      ...["backlog", "Stack", "listen", "createEndpoint", "connect", "socket()"],
    ];
    const wrong = limits.flatMap(({ line, cells }) => {
      const [, , option = "", , named = ""] = cells;
      const tests = testsIn(named);
      return [
        ...(tests.length === 0 ? [`line ${line}: no test`] : []),
        ...codeIn(option)
          .filter((name) => !options.includes(name))
          .map((name) => `line ${line}: no option ${name}`),
        ...tests
          .filter((each) => !hasTest(each))
          .map(({ file, name }) => `line ${line}: ${file} has no "${name}"`),
      ];
    });
    expect(wrong).toEqual([]);
  });

  test("names options of a server that there are, to be set where it is exposed", () => {
    const settings = tableRows(PAGE, 3);
    expect(settings.length).toBeGreaterThan(5);
    const options = [protocolChecks, serverChecks, listenChecks].flatMap((checks) => Object.keys(checks));
    const named = settings.flatMap(({ cells: [option = ""] }) => codeIn(option));
    expect(named.filter((name) => !options.includes(name))).toEqual([]);
  });

  test("is linked from README and SECURITY.md, which it links to", () => {
    expect(readText("README.md")).toContain("(docs/security.md)");
    expect(readText("README.md")).toContain("(SECURITY.md)");
    expect(readText("SECURITY.md")).toContain("(docs/security.md)");
    expect(readText(PAGE)).toContain("(../SECURITY.md)");
  });
});
