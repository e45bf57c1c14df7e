/** What several rounds gave: the middle one, and the extremes, since a benchmark's error is not small. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function figureOf(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const median = Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** "44.1 (40.2 to 45.0)", to three digits unless it says how many decimals; without extremes where there are none. */
export function figureText(figure: Figure, decimals?: number): string {
  const digits = decimals ?? Math.max(0, 2 - Math.floor(Math.log10(Math.abs(figure.median) || 1)));
  const [median, min, max] = [figure.median, figure.min, figure.max].map((value) =>
    value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  return figure.min === figure.max ? `${median}` : `${median} (${min} to ${max})`;
}

/** The value that a share of all, 0.99 for p99, does not exceed; NaN of none. */
export function quantile(values: readonly number[] | Float64Array, share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Jain's fairness index: 1 where all are equal, 1/n where one of n has everything. */
export function jain(values: readonly number[]): number {
  const sum = values.reduce((all, value) => all + value, 0);
  const squares = values.reduce((all, value) => all + value * value, 0);
  return (sum * sum) / (values.length * squares);
}
