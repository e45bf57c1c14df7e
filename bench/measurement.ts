import type { Contestant } from "./contestants/contestant.ts";
import { figureOf } from "./figures.ts";
import type { Case, Findings, Metric, Missing, Point } from "./report.ts";

/** Figures, impressions in under two minutes for all of it, or whether everything works. */
export type Effort = "full" | "quick" | "smoke";

/** What a measurement is given. */
export interface Context {
  readonly effort: Effort;
  /** In place of those that a measurement takes. */
  readonly rounds: number | undefined;
  readonly profiles: string | undefined;
  /** Those that were asked for and are here, of these names, in this order; variants of ours follow `usctp`. */
  present(...names: readonly string[]): readonly Contestant[];
  /** Says that something could not be measured, once. */
  lacks(missing: Missing): void;
  progress(text: string): void;
}

/** One thing that is measured. */
export interface Measurement {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
  /** Whose cases are compared with everybody else's, by the beginning of their names. Default `usctp`. */
  readonly subject?: string;
  readonly notes: readonly string[];
  /** Only where it is named. */
  readonly onDemand?: boolean;
  measure(context: Context): Promise<Played>;
}

export interface Played {
  readonly cases: readonly Case[];
  readonly rounds: number;
  /** What is to be said of this run alone. */
  readonly notes?: readonly string[];
}

/** What one turn of one contestant gives, by metric. */
export type Values = Readonly<Record<string, number>>;

/** Somebody at one point. */
export interface Bout {
  readonly contestant: string;
  readonly at: Point;
  /** Round from 0. */
  play(round: number): Promise<Values>;
}

/** Everybody once, then the next round: what drifts meets all of them. Who fails takes no further part. */
export async function inTurn(context: Context, bouts: readonly Bout[], usual: number): Promise<Played> {
  const rounds = context.rounds ?? usual;
  const played = bouts.map((bout) => ({
    bout,
    rounds: [] as Values[],
    error: undefined as string | undefined,
  }));
  for (let round = 0; round < rounds; round++) {
    for (const one of played) {
      if (one.error !== undefined) continue;
      const { contestant, at } = one.bout;
      context.progress(`round ${round + 1} of ${rounds}: ${[contestant, ...Object.values(at)].join(", ")}`);
      try {
        one.rounds.push(await one.bout.play(round));
      } catch (error) {
        one.error = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return { cases: played.map(({ bout, rounds: values, error }) => caseOf(bout, values, error)), rounds };
}

/** A case from what its rounds gave. */
export function caseOf(
  { contestant, at }: Pick<Bout, "contestant" | "at">,
  rounds: readonly Values[],
  error?: string,
): Case {
  const names = [...new Set(rounds.flatMap((values) => Object.keys(values)))];
  const values = Object.fromEntries(
    names.map((name) => [name, rounds.map((each) => finite(each[name]))] as const),
  );
  const figures = Object.fromEntries(
    Object.entries(values).map(([name, list]) => {
      const there = list.filter((value) => value !== null);
      return [name, there.length === 0 ? null : figureOf(there)] as const;
    }),
  );
  return { contestant, at, values, figures, ...(error === undefined ? {} : { error }) };
}

/** JSON has no other numbers. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Plays a measurement. */
export async function findingsOf(measurement: Measurement, context: Context): Promise<Findings> {
  const { name, title, metrics, subject = "usctp", notes } = measurement;
  const begin = performance.now();
  const played = await measurement.measure(context);
  return {
    name,
    title,
    subject,
    metrics,
    cases: played.cases,
    rounds: played.rounds,
    seconds: (performance.now() - begin) / 1_000,
    notes: [...notes, ...(played.notes ?? [])],
  };
}
