import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../bench/report.ts";

const RUN = fileURLToPath(new URL("../../bench/run.ts", import.meta.url));
/** Compiling, and some hundred ms each, on a machine that runs other tests beside it. */
const LIMIT = 240_000;

/** Those that are measured unless others are named, and those that are made on demand. */
const MEASUREMENTS = [
  "goodput",
  "latency",
  "associations",
  "delay-loss",
  "simulated",
  "fairness",
  "failover",
  "micro",
  "steadiness",
  "interleaving",
  "extensions",
];

const folder: string = mkdtempSync(join(tmpdir(), "usctp-bench-"));
const [json, html] = [join(folder, "out.json"), join(folder, "out.html")];
let output = "";

function bench(...args: string[]): Promise<{ readonly stdout: string }> {
  return promisify(execFile)(process.execPath, ["--import", "tsx", RUN, ...args], { timeout: LIMIT });
}

afterAll(() => rmSync(folder, { recursive: true }));

describe("a smoke run of the benchmark", () => {
  beforeAll(async () => {
    const only = MEASUREMENTS.join(",");
    const files = ["--json", json, "--html", html];
    output = (await bench("--smoke", "--variant", "patient:sackDelay=300", "--only", only, ...files)).stdout;
  }, LIMIT);

  const report = (): Report => JSON.parse(readFileSync(json, "utf8"));

  test("makes every measurement, and nobody gives up", () => {
    const { findings } = report();
    expect(findings.map(({ name }) => name).sort()).toEqual([...MEASUREMENTS].sort());
    for (const { cases } of findings) {
      expect(cases.length).toBeGreaterThan(0);
      expect(
        cases.flatMap(({ contestant, error }) => (error === undefined ? [] : [contestant, error])),
      ).toEqual([]);
    }
  });

  test("has finite figures in the table's metrics, for ours and for the variant", () => {
    for (const { name, cases, metrics } of report().findings) {
      for (const { contestant, figures } of cases) {
        const some = metrics.flatMap((metric) => figures[metric.name] ?? []);
        expect(some.length, `${name} of ${contestant}`).toBeGreaterThan(0);
        for (const { median, min, max } of some) {
          expect(Number.isFinite(median) && min <= median && median <= max).toBe(true);
        }
      }
    }
    const goodput = report().findings.find(({ name }) => name === "goodput");
    const names = new Set(goodput?.cases.map(({ contestant }) => contestant));
    for (const name of ["usctp", "usctp-patient", "usctp-64k", "shaped", "blast"])
      expect(names).toContain(name);
  });

  test("names each peer, as measured or as missing", () => {
    const { findings, missing } = report();
    const known = new Set([
      ...findings.flatMap(({ cases }) => cases.map(({ contestant }) => contestant)),
      ...missing.map(({ name }) => name),
    ]);
    for (const name of ["usrsctp", "pion", "werift", "npm-sctp"]) expect(known).toContain(name);
  });

  test("prints a table of each measurement", () => {
    for (const { title } of report().findings) expect(output).toContain(title);
  });

  test("leaves a page that loads nothing from elsewhere, with the figures in it", () => {
    const page = readFileSync(html, "utf8");
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<(script|link|img|iframe)[^>]*\s(src|href)=/);
    for (const { title } of report().findings) expect(page).toContain(JSON.stringify(title));
    expect(page.match(/<\/script>/g)).toHaveLength(3);
  });
});

describe("the benchmark's command line", () => {
  test("explains itself", async () => {
    const { stdout } = await bench("--help");
    for (const name of [...MEASUREMENTS, "usctp-64k", "npm-sctp"]) expect(stdout).toContain(name);
  });

  test.each([
    { args: ["--only", "nobody"], says: "--only takes goodput" },
    { args: ["--rounds", "0"], says: "--rounds takes a number from 1" },
    { args: ["--set", "sackDelay"], says: "an option is NAME=VALUE" },
    { args: ["--variant", "x"], says: "--variant takes NAME:OPTION=VALUE" },
    { args: ["--unheard-of"], says: "--unheard-of" },
  ])("refuses $args", async ({ args, says }) => {
    await expect(bench(...args)).rejects.toThrow(says);
  });
});
