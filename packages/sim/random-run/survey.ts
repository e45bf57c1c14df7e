import { Network } from "../network.ts";
import { playOn, type Scenario } from "../scenarios/scenario.ts";
import { nameOf } from "./names.ts";

/** What came of one seed. */
export interface Run {
  readonly seed: number;
  /** The first thing that did not hold. */
  readonly fault: string | undefined;
  readonly met: readonly string[];
  /** Simulated, ms. */
  readonly simulated: number;
  readonly packets: number;
}

/** What came of many seeds. */
export class Survey {
  /** The seeds by which something did not hold, and the first thing that did not. */
  readonly failed: Map<number, string> = new Map();
  /** How many seeds met each thing. */
  readonly met: Map<string, number> = new Map();
  /** Simulated, ms. */
  simulated = 0;
  packets = 0;
  seeds = 0;

  add({ seed, fault, met, simulated, packets }: Run): void {
    this.seeds += 1;
    if (fault !== undefined) this.failed.set(seed, fault);
    for (const name of met) this.met.set(name, (this.met.get(name) ?? 0) + 1);
    this.simulated += simulated;
    this.packets += packets;
  }
}

export function runSeed(scenario: Scenario, seed: number): Run {
  const network = new Network({ seed });
  let packets = 0;
  network.tap(() => void packets++);
  const { faults, met = [] } = playOn(scenario, network);
  return { seed, fault: faults[0], met, simulated: network.now, packets };
}

/** Plays a scenario by each of the seeds. */
export function survey(scenario: Scenario, seeds: Iterable<number>): Survey {
  const all = new Survey();
  for (const seed of seeds) all.add(runSeed(scenario, seed));
  return all;
}

/** Simulated ms in an hour. */
const HOUR = 3_600_000;
/** Failed seeds that the last line names. */
const NAMED = 20;

/** The line that matters: whether the seeds are well, and which are not. */
export function conclusion(
  { seeds, failed, simulated, packets }: Survey,
  {
    count,
    seconds,
    hindered,
  }: { readonly count: number; readonly seconds: number; readonly hindered?: string | undefined },
): string {
  const played =
    `${(simulated / HOUR).toFixed(1)} simulated hours, ${packets} packets in ${seconds.toFixed(1)} s` +
    (hindered === undefined ? "" : `; not all were played: ${hindered}`);
  if (failed.size === 0) {
    return `${hindered === undefined ? "passed" : "FAILED"}: ${seeds} of ${count} seeds are well; ${played}`;
  }
  const numbers = [...failed.keys()].sort((one, other) => one - other);
  const more = numbers.length > NAMED ? " …" : "";
  return `FAILED: ${failed.size} of ${count} seeds are not well: ${numbers.slice(0, NAMED).join(", ")}${more}; ${played}`;
}

const BAR = 30;

/** How many of `count` seeds met each thing, for a terminal: by groups, the most frequent first. */
export function table(met: ReadonlyMap<string, number>, count: number): string {
  const groups = new Map<string, [string, number][]>();
  let widest = 0;
  for (const [it, seeds] of met) {
    const { group, name } = nameOf(it);
    widest = Math.max(widest, name.length);
    groups.set(group, [...(groups.get(group) ?? []), [name, seeds]]);
  }
  if (groups.size === 0) return "";
  const lines: string[] = [`  ${"met by".padEnd(widest)} ${"seeds".padStart(8)} ${"share".padStart(8)}`];
  for (const [group, rows] of [...groups].sort(([one], [other]) => (one < other ? -1 : 1))) {
    lines.push(group);
    for (const [name, seeds] of rows.sort(
      ([one, first], [other, second]) => second - first || (one < other ? -1 : 1),
    )) {
      const share = seeds / count;
      const percent = `${(100 * share).toFixed(1)} %`.padStart(8);
      const bar = "█".repeat(Math.ceil(share * BAR));
      lines.push(`  ${name.padEnd(widest)} ${String(seeds).padStart(8)} ${percent}  ${bar}`.trimEnd());
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}
