import { Network } from "../network.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** What came of many seeds. */
export interface Survey {
  /** The seeds by which something did not hold, and the first thing that did not. */
  readonly failed: ReadonlyMap<number, string>;
  /** How many seeds met each thing. */
  readonly met: ReadonlyMap<string, number>;
  /** Simulated, ms. */
  readonly simulated: number;
  readonly packets: number;
}

/** Plays a scenario by each of the seeds; `progress` is told after each one. */
export function survey(
  scenario: Scenario,
  seeds: Iterable<number>,
  progress: (seed: number, fault: string | undefined) => void = () => {},
): Survey {
  const failed = new Map<number, string>();
  const met = new Map<string, number>();
  let simulated = 0;
  let packets = 0;
  for (const seed of seeds) {
    const network = new Network({ seed });
    network.tap(() => void packets++);
    const { faults, met: happened = [] } = scenario.play(network);
    const [fault] = faults;
    if (fault !== undefined) failed.set(seed, fault);
    for (const name of happened) met.set(name, (met.get(name) ?? 0) + 1);
    simulated += network.now;
    progress(seed, fault);
  }
  return { failed, met, simulated, packets };
}

const BAR = 30;

/** How many of `count` seeds met each thing, for a terminal: a group for each first word, the most frequent first. */
export function table(met: ReadonlyMap<string, number>, count: number): string {
  const groups = new Map<string, [string, number][]>();
  for (const [name, seeds] of met) {
    const [group = "", ...rest] = name.split(" ");
    groups.set(group, [...(groups.get(group) ?? []), [rest.join(" "), seeds]]);
  }
  const widest = Math.max(0, ...[...met.keys()].map((name) => name.length));
  const lines: string[] = [];
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
