/**
 * Fuzzes one target for a while, in a process of its own, which may be ended when an input never does:
 * what is being played is in a file. Arguments: target, seconds, seed, that file.
 */
import { openSync, writeSync } from "node:fs";
import { Random } from "@usctp/sim";
import { Coverage } from "./coverage.ts";
import type { Figures } from "./engine.ts";

const BATCH = 32;
/** ms between reports. */
const INTERVAL = 1_000;

export interface Report {
  readonly figures: Omit<Figures, "findings"> & {
    readonly findings: readonly { readonly key: string; readonly text: string; readonly hex: string }[];
  };
  readonly isLast: boolean;
}

const [name = "", seconds = "0", seed = "1", file = ""] = process.argv.slice(2);
// Before the code that it watches.
const coverage = new Coverage();
const { Engine } = await import("./engine.ts");
const { targets } = await import("./targets/index.ts");

const target = targets.find((it) => it.name === name);
if (target === undefined) throw new Error(`no target ${name}`);
const current = openSync(file, "w");
const header = new Uint8Array(4);
const engine = new Engine({
  target,
  random: Random.of(Number(seed), name),
  coverage,
  told: (bytes) => {
    new DataView(header.buffer).setUint32(0, bytes.length);
    writeSync(current, header, 0, 4, 0);
    writeSync(current, bytes, 0, bytes.length, 4);
  },
});

function report(isLast: boolean): Promise<void> {
  const { findings, ...rest } = engine.figures;
  const told = findings.map(({ key, text, bytes }) => ({
    key,
    text,
    hex: Buffer.from(bytes).toString("hex"),
  }));
  const message: Report = { figures: { ...rest, findings: told }, isLast };
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

let next = performance.now();

async function reportInTime(): Promise<void> {
  if (performance.now() < next) return;
  await report(false);
  next = performance.now() + INTERVAL;
}

await engine.playSeeds(reportInTime);
// The seeds do not count: there are many, and they are slow while the code is not yet compiled.
const end = performance.now() + Number(seconds) * 1_000;
while (performance.now() < end) {
  await engine.playBatch(BATCH);
  await reportInTime();
}
await report(true);
process.disconnect();
