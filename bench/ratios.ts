import { type Figure, figureOf } from "./figures.ts";
import type { Case, Findings, Metric, Point } from "./report.ts";

/** The subject of some findings beside somebody else, at one point. */
export interface Ratio {
  readonly at: Point;
  readonly subject: string;
  readonly beside: string;
  readonly metric: string;
  /** Subject by the other one, round by round. */
  readonly figure: Figure;
}

/**
 * Round by round: what slowed the machine down slowed both. A yardstick knows fewer axes, and is compared at every point
 * that agrees on those.
 */
export function ratioOf(ours: Case, other: Case, metric: string): Figure | undefined {
  const [mine, theirs] = [ours.values[metric] ?? [], other.values[metric] ?? []];
  const each = mine.flatMap((value, round) => {
    const beside = theirs[round];
    return value === null || beside === null || beside === undefined || beside === 0 ? [] : [value / beside];
  });
  return each.length === 0 ? undefined : figureOf(each);
}

/** Whether a point has all that another one says. */
export function holds(point: Point, wanted: Point): boolean {
  return Object.entries(wanted).every(([axis, value]) => point[axis] === value);
}

/** Whether two points agree on every axis that both have. */
export function agree(one: Point, other: Point): boolean {
  return Object.entries(one).every(([axis, value]) => !(axis in other) || other[axis] === value);
}

export function ratiosOf(findings: Findings, metric: Metric): Ratio[] {
  const { cases, subject } = findings;
  if (metric.better === undefined) return [];
  const ours = cases.filter(({ contestant }) => contestant.startsWith(subject));
  return ours.flatMap((mine) =>
    cases
      .filter((other) => !other.contestant.startsWith(subject) && agree(other.at, mine.at))
      .flatMap((other) => {
        const figure = ratioOf(mine, other, metric.name);
        if (figure === undefined) return [];
        const { contestant: subjectName, at } = mine;
        return [{ at, subject: subjectName, beside: other.contestant, metric: metric.name, figure }];
      }),
  );
}
