import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { type Arguments, readArguments, USAGE } from "./arguments.ts";
import { contestants } from "./contestants/index.ts";
import { type Context, findingsOf } from "./measurement.ts";
import { MEASUREMENTS } from "./measurements/index.ts";
import { htmlPage } from "./page/page.ts";
import type { Findings, Machine, Missing, Report } from "./report.ts";
import { tables } from "./table.ts";
import { buildWorkers } from "./worker-process.ts";
import { voidBecause } from "./yardsticks.ts";

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

/** The machine, before we are ourselves its load. */
function describe(): Machine {
  return {
    node: process.version,
    system: `${process.platform} ${release()}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memory: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
  };
}

function version(): string {
  const { status, stdout } = spawnSync("git", ["describe", "--always", "--dirty"], {
    cwd: new URL(".", import.meta.url),
    encoding: "utf8",
  });
  return status === 0 ? stdout.trim() : "unknown";
}

async function run(given: Arguments, machine: Machine): Promise<Report> {
  const { effort, profiles, rounds, variants } = given;
  const everybody = contestants(given);
  const variantNames = variants.map(({ name }) => name);
  const chosen = given.contestants.includes("usctp")
    ? [...given.contestants, ...variantNames]
    : given.contestants;
  const missing = new Map<string, Missing>();
  const lacks = (one: Missing): void => {
    missing.set(one.name, one);
  };
  const findings: Findings[] = [];
  for (const measurement of MEASUREMENTS) {
    if (!given.measurements.includes(measurement.name)) continue;
    const context: Context = {
      effort,
      rounds,
      profiles,
      lacks,
      progress: (text) => progress(`${measurement.name}: ${text}`),
      present: (...names) =>
        names
          .flatMap((name) => (name === "usctp" ? [name, ...variantNames] : [name]))
          .flatMap((name) => {
            const one = chosen.includes(name) ? everybody.get(name) : undefined;
            if (one?.missing === undefined) return one === undefined ? [] : [one];
            lacks({ name, label: one.label, why: one.missing });
            return [];
          }),
    };
    findings.push(await findingsOf(measurement, context));
  }
  const reason = voidBecause(findings);
  return {
    date: new Date().toISOString(),
    effort,
    version: version(),
    machine,
    protocol: given.protocol,
    variants,
    missing: [...missing.values()],
    ...(reason === undefined ? {} : { void: reason }),
    findings,
  };
}

async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  const machine = describe();
  progress("building");
  buildWorkers();
  const report = await run(given, machine);
  progress("");
  process.stdout.write(tables(report));
  if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(report, undefined, 1)}\n`);
  if (given.html !== undefined) writeFileSync(given.html, htmlPage(report));
}

try {
  await main();
} catch (error) {
  progress("");
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
