import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { protocolChecks } from "../../src/api/message/config-options.ts";
import { changeableChecks, connectChecks, endpointChecks } from "../../src/api/message/options.ts";
import { streamChecks } from "../../src/api/message/stream.ts";
import { defaultConfig } from "../../src/association/config.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const docs = read("docs/api.md");

/** The members of an interface of events, or of a union of codes, as they stand in the source. */
function names(path: string, begin: string, pattern: RegExp): string[] {
  const source = read(path);
  const from = source.indexOf(begin);
  return [...source.slice(from, source.indexOf("\n}", from)).matchAll(pattern)].map(
    (match) => match[1] as string,
  );
}

describe("docs/api.md", () => {
  const offered = Object.entries(defaultConfig).filter(([name]) => Object.hasOwn(protocolChecks, name));

  test.each(offered)("has the parameter %s with its default", (name, value) => {
    const star = Object.hasOwn(changeableChecks, name) ? " *" : "";
    const shown = value instanceof Map ? "an empty Map" : value;
    expect(docs).toContain(`| \`${name}\`${star} | ${shown} |`);
  });

  test("has every option", () => {
    for (const name of Object.keys({ ...endpointChecks, ...connectChecks, ...streamChecks })) {
      expect(docs).toContain(`\`${name}\``);
    }
  });

  test("has every name that is exported", () => {
    const lists = read("src/api/message/index.ts").matchAll(/\{([^}]*)\}/g);
    const exported = [...lists].flatMap(([, list]) => (list as string).match(/\b[A-Za-z]{5,}\b/g) ?? []);
    expect(exported.length).toBeGreaterThan(30);
    const section = docs.slice(docs.indexOf("## The exported types"));
    for (const name of exported) expect(section).toContain(`\`${name}\``);
  });

  test("has every error code, and no other", () => {
    const codes = names("src/base/error.ts", "export type SctpErrorCode", /\| "(ERR_SCTP_\w+)"/g);
    expect(codes.length).toBeGreaterThan(20);
    const listed = [...docs.matchAll(/^\| `(ERR_SCTP_\w+)` \|/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual(codes.sort());
  });

  test.each([
    ["src/api/message/association-events.ts", "export interface AssociationEvents"],
    ["src/api/message/local-endpoint.ts", "export interface LocalEndpointEvents"],
  ])("has every event of %s", (path, begin) => {
    const events = names(path, begin, /^ {2}(\w+): \[/gm);
    expect(events.length).toBeGreaterThan(5);
    for (const event of events) expect(docs).toMatch(new RegExp(`^\\| \`${event}\` \\|`, "m"));
  });
});
