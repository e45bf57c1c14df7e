import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Contestant } from "./contestant.ts";
import { compareExtensions } from "./extensions.ts";
import { type Figure, figureOf } from "./figures.ts";
import { compareLatency } from "./latency.ts";
import { nodeContestant } from "./node-pair.ts";
import { type Entry, table } from "./table.ts";
import { usrsctpContestant } from "./usrsctp.ts";
import type { Reading } from "./workers/worker.ts";

const USAGE = `npm run bench -- [--quick] [--json FILE] [--only NAME,...] [--sizes N,...] [--window BYTES] [--profile DIR]
npm run bench -- --extensions [--quick] [--sizes N,...] [--profile DIR]
npm run bench -- --latency [--quick] [--profile DIR]

Goodput over UDP on 127.0.0.1, sender and receiver each in a process of its own: this library and usrsctp at several
message sizes, and beside them what dgram alone does. They take turns, so that whatever else the machine does meets
all of them; medians with the extremes, and ratios round by round.

  --quick        2 short rounds instead of 5: an impression, not a figure
  --json FILE    leaves every reading there
  --only NAMES   of: usctp, usrsctp, shaped, blast
  --sizes BYTES  message sizes; default 64,1200,65536
  --profile DIR  leaves a CPU profile of each of our processes there (--cpu-prof)
  --extensions   what extensions cost that nobody uses: this library with all of them off beside itself with some on,
                 in short turns
  --latency      how long 1 byte takes beside messages of 16 MiB on another stream, with and without interleaving
`;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** RFC 6951's UDP payload of a full packet on a link of 1,500 bytes, less what IP options or tunnels may take. */
const DATAGRAM = 1_452;

interface Plan {
  /** In place of the contestants. */
  readonly extensions: boolean;
  readonly latency: boolean;
  readonly quick: boolean;
  readonly sizes: readonly number[];
  readonly profiles: string | undefined;
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  /** Before counting: slow start, and the compiler of V8. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly json: string | undefined;
}

function plan(): Plan | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    options: {
      quick: flag,
      help: flag,
      extensions: flag,
      latency: flag,
      json: text,
      only: text,
      sizes: text,
      window: text,
      profile: text,
    },
  });
  if (values.help === true) return undefined;
  const sizes = (values.sizes ?? "64,1200,65536").split(",").map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new Error(`--sizes takes message sizes in bytes, and got ${values.sizes}`);
  }
  const window = Number(values.window ?? 1_048_576);
  if (!Number.isInteger(window) || window < 1_500) {
    throw new Error(`--window takes bytes, 1500 at least, and got ${values.window}`);
  }
  const profiles = values.profile === undefined ? undefined : resolve(values.profile);
  if (profiles !== undefined) mkdirSync(profiles, { recursive: true });
  const all = [
    nodeContestant({ name: "usctp", prefix: "usctp", sizes, args: [0, window] }, profiles),
    nodeContestant({ name: "usctp-64k", prefix: "usctp", sizes, args: [1, window] }, profiles),
    usrsctpContestant(sizes),
    nodeContestant({ name: "shaped", prefix: "shaped", sizes: [DATAGRAM] }, profiles),
    nodeContestant({ name: "blast", prefix: "dgram", sizes: [DATAGRAM] }, profiles),
  ];
  const chosen = values.only?.split(",") ?? all.map(({ name }) => name);
  const unknown = chosen.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new Error(`--only takes usctp, usctp-64k, usrsctp, shaped, blast; and got ${unknown}`);
  return {
    extensions: values.extensions === true,
    latency: values.latency === true,
    quick: values.quick === true,
    sizes,
    profiles,
    contestants: all.filter(({ name }) => chosen.includes(name)),
    rounds: values.quick === true ? 2 : 5,
    warmUpMs: values.quick === true ? 500 : 1_000,
    measureMs: values.quick === true ? 700 : 2_000,
    json: values.json,
  };
}

/** The workers run as plain JavaScript: tsx would compile them differently, and costs start-up. */
function build(): void {
  rmSync(here("dist"), { recursive: true, force: true });
  const compiler = here("../node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", here("tsconfig.json")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the workers do not compile:\n${stdout}`);
}

async function measure(
  contestant: Contestant,
  size: number,
  { warmUpMs, measureMs }: Plan,
): Promise<Reading> {
  const running = await contestant.start(size);
  try {
    await sleep(warmUpMs);
    await running.reset();
    await sleep(measureMs);
    return await running.read();
  } finally {
    await running.stop();
  }
}

/** In turn: every contestant at every size, then the next round. */
async function compete(work: Plan): Promise<Entry[]> {
  const present = work.contestants.filter(({ missing }) => missing === undefined);
  const sizes = [...new Set(present.flatMap((one) => one.sizes))];
  const bouts = sizes.flatMap((size) =>
    present
      .filter((one) => one.sizes.includes(size))
      .map((contestant) => ({ contestant, size, readings: [] as Reading[] })),
  );
  for (let round = 1; round <= work.rounds; round++) {
    for (const { contestant, size, readings } of bouts) {
      progress(`round ${round} of ${work.rounds}: ${contestant.name}, ${size} bytes`);
      readings.push(await measure(contestant, size, work));
    }
  }
  progress("");
  return bouts.map(({ contestant, size, readings }) => ({
    name: contestant.name,
    size,
    readings,
    megabytes: perSecond(readings, (reading) => reading.bytes / 1e6),
    messages: perSecond(readings, (reading) => reading.messages),
  }));
}

function perSecond(readings: readonly Reading[], of: (reading: Reading) => number): Figure {
  return figureOf(readings.map((reading) => (of(reading) / reading.ms) * 1_000));
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

async function main(): Promise<void> {
  const work = plan();
  if (work === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  // Before we are ourselves the load.
  const load = loadavg()[0] ?? 0;
  progress("building");
  build();
  if (work.latency) {
    const { quick, profiles } = work;
    process.stdout.write(await compareLatency({ quick, profiles, load, progress }));
    return;
  }
  if (work.extensions) {
    const { sizes, quick, profiles } = work;
    process.stdout.write(await compareExtensions({ sizes, quick, profiles, load, progress }));
    return;
  }
  const entries = await compete(work);
  const machine = {
    node: process.version,
    system: `${process.platform} ${release()}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    load,
  };
  const missing = work.contestants.flatMap(({ name, missing }) =>
    missing === undefined ? [] : [{ name, missing }],
  );
  process.stdout.write(table({ ...work, machine, entries, missing }));
  if (work.json !== undefined) {
    const { rounds, warmUpMs, measureMs } = work;
    const report = { machine, rounds, warmUpMs, measureMs, entries, missing };
    writeFileSync(work.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

try {
  await main();
} catch (error) {
  progress("");
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
