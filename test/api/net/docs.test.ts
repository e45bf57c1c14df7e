import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { protocolChecks } from "../../../src/api/message/config-options.ts";
import sctp from "../../../src/api/net/index.ts";
import { connectOptionChecks, listenOptionChecks } from "../../../src/api/net/options.ts";
import { refusals } from "../../../src/api/net/refusals.ts";
import { freshLoopback } from "./loopback.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const page = read("docs/net.md");
const guide = read("docs/migrating.md");
const folder = mkdtempSync(join(tmpdir(), "usctp-net-docs-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function section(of: string, title: string): string {
  const from = of.indexOf(`## ${title}`);
  expect(from).toBeGreaterThan(0);
  const to = of.indexOf("\n## ", from + 1);
  return of.slice(from, to < 0 ? undefined : to);
}

/** The blocks that are marked as programs. */
function programs(text: string): string[] {
  return [...text.matchAll(/^```js run\n(.*?)^```/gms)].map(([, program]) => program as string);
}

/**
 * Runs a program to its end and returns its lines. It has addresses of its own instead of 127.0.0.1, 127.0.0.2 and
 * ::1, where others may be on the UDP port of SCTP now.
 */
async function run(program: string): Promise<string[]> {
  const path = join(folder, "program.mts");
  const text = program
    .replaceAll(', "::1"', "")
    .replaceAll("127.0.0.1", freshLoopback())
    .replaceAll("127.0.0.2", freshLoopback());
  writeFileSync(path, text);
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.json") };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", path], {
    cwd: root,
    env,
    timeout: 20_000,
  });
  expect(stderr).toBe("");
  return stdout.trimEnd().split("\n");
}

describe("docs/net.md", () => {
  test("has every option", () => {
    const own = { ...connectOptionChecks, ...listenOptionChecks };
    for (const name of Object.keys(own)) {
      if (!Object.hasOwn(protocolChecks, name)) expect(section(page, "Options")).toContain(`\`${name}\``);
    }
  });

  test("has every option that is refused", () => {
    for (const name of Object.keys(refusals)) {
      if (name === "autoSelectFamilyAttemptTimeout") continue;
      expect(section(page, "What is refused")).toMatch(new RegExp(`\`${name}\\b`));
    }
  });

  test("has every function, and every parameter of defaults()", () => {
    for (const name of [...Object.keys(sctp), ...Object.keys(sctp.defaults())]) {
      if (name !== "Server") expect(section(page, "Functions")).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });

  test("has the code of the system for every error that has one", () => {
    const source = read("src/api/net/errors.ts");
    const names = [...source.matchAll(/(ERR_SCTP_\w+): "(E[A-Z]+)"/g)];
    expect(names.length).toBeGreaterThan(10);
    for (const [, own = "", system = ""] of names) {
      expect(section(page, "Errors")).toMatch(new RegExp(`^\\| ${system} \\|.*${own}`, "m"));
    }
  });

  test("has an example that runs", async () => {
    const [program = ""] = programs(page);
    expect(await run(program)).toEqual(["hello on stream 1, PPID 46"]);
  });
});

describe("docs/migrating.md", () => {
  test.each([
    [
      "From `sctp` (node-sctp)",
      ["connected", "ended", "heard on stream 1 46 1", "heard x 0 0", "heard y 5 0", "reset"],
    ],
    [
      "From `node-lksctp`",
      [
        "3 1",
        "SCTP_ASSOC_CHANGE: SCTP_COMM_UP, MIS 10 / OS 10",
        "SCTP_ASSOC_CHANGE: SCTP_SHUTDOWN_COMP",
        "closed",
      ],
    ],
    ["From Erlang's gen_sctp", ["SCTP_COMM_UP 10", "SCTP_SHUTDOWN_COMP", "again", "hello 1"]],
    [
      "From lksctp in C",
      ["200", "SCTP_COMM_UP", "SCTP_SHUTDOWN_COMP", "again 2", "hello true 46 128", "true 3"],
    ],
  ])("%s: its program runs and ends by itself", async (title, lines) => {
    const [program = ""] = programs(section(guide, title));
    const printed = await run(program);
    expect(printed.filter((line) => !line.includes("PEER_ADDR")).sort()).toEqual(lines.toSorted());
  });

  test.each(["From `sctp` (node-sctp)", "From `node-lksctp`", "From Erlang's gen_sctp", "From lksctp in C"])(
    "%s: its program has every line of the table",
    (title) => {
      const text = section(guide, title);
      const [program = ""] = programs(text);
      const rows = [...text.matchAll(/^\| (.*?) \| (.*?) \|$/gm)].slice(2);
      expect(rows.length).toBeGreaterThan(15);
      let lines = 0;
      for (const [, before = "", now = ""] of rows) {
        const source = now.startsWith("the same") ? before : now;
        for (const [, line = ""] of source.matchAll(/`([^`]+;)`/g)) {
          // The wildcard is not for tests.
          expect(program).toContain(line.replace("0.0.0.0", "127.0.0.1"));
          lines++;
        }
      }
      expect(lines).toBeGreaterThan(8);
    },
  );
});
