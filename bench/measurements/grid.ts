import type { Effort } from "../measurement.ts";
import type { Point } from "../report.ts";

/** One kind of path. Times in ms, shares from 0 to 1. */
export interface Cell {
  readonly rtt: number;
  readonly loss: number;
  readonly reorder: number;
}

export interface Grid {
  readonly cells: readonly Cell[];
  /** Bytes to bring over. */
  readonly bytes: number;
  /** ms after which it is over, done or not. */
  readonly limit: number;
  readonly rounds: number;
}

/** Bytes of both sockets, and of a message. */
export const BUFFER = 4_194_304;
export const SIZE = 8_192;

const cross = (rtts: readonly number[], losses: readonly number[], reorders: readonly number[]): Cell[] =>
  rtts.flatMap((rtt) => losses.flatMap((loss) => reorders.map((reorder) => ({ rtt, loss, reorder }))));

/** What a path may be like, the same for all who are sent over it. */
export const GRIDS: Readonly<Record<Effort, Grid>> = {
  full: {
    cells: cross([10, 50, 100, 300], [0, 0.001, 0.01, 0.03], [0, 0.01]),
    bytes: 16_777_216,
    limit: 15_000,
    rounds: 3,
  },
  quick: { cells: cross([50], [0, 0.01], [0]), bytes: 4_194_304, limit: 2_500, rounds: 1 },
  smoke: { cells: cross([10], [0.01], [0.01]), bytes: 131_072, limit: 1_000, rounds: 1 },
};

/** Late ones are late by a tenth of the round trip. */
export function reorderDelay({ rtt }: Cell): number {
  return rtt / 10;
}

export function pointOf({ rtt, loss, reorder }: Cell): Point {
  return { "ms RTT": rtt, "% loss": 100 * loss, "% reordered": 100 * reorder };
}

export const gridMetrics = [
  { name: "megabytes", label: "MB/s of user data", better: "more" },
  { name: "seconds", label: "s until all has come", better: "less" },
] as const;

/** MB/s, and s where all came in time: `ms` from the first byte to the last, or to the limit. */
export function outcome(grid: Grid, bytes: number, ms: number): Readonly<Record<string, number>> {
  return { megabytes: bytes / 1e3 / ms, seconds: bytes >= grid.bytes ? ms / 1e3 : Number.NaN };
}
