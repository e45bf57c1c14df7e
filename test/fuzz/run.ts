/**
 * `npm run fuzz`: makes inputs for each target, one target after another, and shows what they find. Exits
 * 1 when there are findings, 2 if it was called wrongly.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Report } from "./child.ts";
import { faultOf } from "./engine.ts";
import { parseInput } from "./input.ts";
import { bytesNamed } from "./replay.ts";
import { CORPUS, corpusChunks } from "./seeds.ts";
import type { Target } from "./target.ts";
import { targets } from "./targets/index.ts";

const usage = `npm run fuzz -- [--seconds N] [--target NAME]... [--seed N] [--out DIR]
npm run fuzz -- --target NAME --replay FILE|HEX

Makes inputs for each target, keeps those that reach new code, and looks that nothing throws, that no input takes
long or much memory, and that the neighbour lives. Exits 1 when there are findings.

  --seconds N    for each target; default 10
  --target NAME  this one alone; may be said more than once
  --seed N       default: another one each time
  --out DIR      findings are written there; default fuzz-findings
  --replay       plays one input, the bytes of a finding

${targets.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`).join("\n")}
`;

/** s without a report, after which an input is taken to have no end. */
const SILENCE = 30;

interface Result {
  readonly target: string;
  readonly report: Report["figures"] | undefined;
  readonly seconds: number;
  readonly findings: readonly { readonly key: string; readonly text: string; readonly hex: string }[];
}

function line(name: string, seconds: number, figures: Report["figures"]): string {
  const { inputs, corpus, coverage = 0, findings, slowest } = figures;
  return [
    name.padEnd(18),
    `${seconds.toFixed(0).padStart(4)} s`,
    `${inputs.toString().padStart(9)} inputs`,
    `${Math.round(inputs / Math.max(seconds, 1))
      .toString()
      .padStart(6)}/s`,
    `kept ${corpus.toString().padStart(5)}`,
    `code ${(coverage * 100).toFixed(1).padStart(5)} %`,
    `slowest ${slowest.toFixed(0).padStart(4)} ms`,
    `findings ${findings.length}`,
  ].join("  ");
}

async function fuzz(target: Target, seconds: number, seed: number): Promise<Result> {
  const folder = mkdtempSync(`${tmpdir()}/usctp-fuzz-`);
  const file = `${folder}/current`;
  const begun = performance.now();
  const passed = (): number => (performance.now() - begun) / 1_000;
  let last: Report | undefined;
  let heard = begun;
  let shown = begun;
  const child: ChildProcess = fork(
    fileURLToPath(new URL("child.ts", import.meta.url)),
    [target.name, String(seconds), String(seed), file],
    { execArgv: ["--import", "tsx"] },
  );
  child.on("message", (message) => {
    last = message as Report;
    heard = performance.now();
    const text = line(target.name, passed(), last.figures);
    if (process.stdout.isTTY) process.stdout.write(`\r${text}`);
    else if (last.isLast || performance.now() - shown > 10_000) {
      console.log(text);
      shown = performance.now();
    }
  });
  const watch = setInterval(() => {
    if (performance.now() - heard > SILENCE * 1_000) child.kill("SIGKILL");
  }, 1_000);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on("exit", (...how) => resolve(how));
  });
  clearInterval(watch);
  if (process.stdout.isTTY) process.stdout.write("\n");
  const findings = [...(last?.figures.findings ?? [])];
  if (last?.isLast !== true) {
    const text =
      signal === "SIGKILL" ? `no end within ${SILENCE} s` : `the process ended with ${code ?? signal}`;
    findings.push({ key: text, text, hex: currentInput(file) });
  }
  rmSync(folder, { recursive: true });
  return { target: target.name, report: last?.figures, seconds: passed(), findings };
}

/** What was being played when the process ended. */
function currentInput(file: string): string {
  const bytes = readFileSync(file);
  return bytes.length < 4 ? "" : bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString("hex");
}

async function replay(target: Target, bytes: Uint8Array): Promise<number> {
  const { key, text, time } = await faultOf(target, parseInput(bytes));
  console.log(key === undefined ? `nothing is wrong; it took ${time.toFixed(1)} ms` : text);
  return key === undefined ? 0 : 1;
}

async function main(): Promise<number> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      seconds: text,
      target: { type: "string", multiple: true },
      seed: text,
      out: text,
      replay: text,
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const chosen = targets.filter(({ name }) => values.target === undefined || values.target.includes(name));
  const seconds = Number(values.seconds ?? 10);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
  const known = new Set(targets.map(({ name }) => name));
  const strange = (values.target ?? []).find((name) => !known.has(name));
  if (strange !== undefined) throw new Error(`--target: there is no ${strange}`);
  if (!(seconds > 0)) throw new Error(`--seconds takes a number above 0, not ${values.seconds}`);
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed takes an integer, not ${values.seed}`);
  if (values.replay !== undefined) {
    const bytes = bytesNamed(values.replay);
    const [target] = chosen;
    if (target === undefined || chosen.length > 1) throw new Error("--replay needs one --target");
    return replay(target, bytes);
  }
  const files = corpusChunks().length;
  console.log(`seed ${seed}; ${files > 0 ? `${files} files of ${CORPUS}` : `no corpus at ${CORPUS}`}`);
  const results: Result[] = [];
  for (const target of chosen) results.push(await fuzz(target, seconds, seed));
  return summary(results, values.out ?? "fuzz-findings");
}

function summary(results: readonly Result[], folder: string): number {
  console.log("\ntarget               inputs       /s  code reached  findings");
  for (const { target, report, seconds, findings } of results) {
    const inputs = report?.inputs ?? 0;
    const share = `${((report?.coverage ?? 0) * 100).toFixed(1)} %`;
    const columns = [
      target.padEnd(18),
      inputs.toString().padStart(8),
      Math.round(inputs / seconds)
        .toString()
        .padStart(8),
    ];
    console.log([...columns, share.padStart(13), findings.length.toString().padStart(9)].join(" "));
  }
  const all = results.flatMap(({ target, findings }) => findings.map((finding) => ({ target, ...finding })));
  for (const [index, { target, text, hex }] of all.entries()) {
    mkdirSync(folder, { recursive: true });
    const file = `${folder}/${target}-${index + 1}.hex`;
    writeFileSync(file, `${hex}\n`);
    console.log(`\n${target}: ${text}\n  npm run fuzz -- --target ${target} --replay ${file}`);
  }
  return all.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${usage}\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
