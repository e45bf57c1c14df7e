/** A measurement: when, in minutes since the beginning, and how much. */
export interface Point {
  readonly minute: number;
  readonly value: number;
}

/** The slope of the line with the least squares through the points, by the minute; undefined of fewer than two times. */
export function slopeOf(points: readonly Point[]): number | undefined {
  const meanMinute = mean(points.map(({ minute }) => minute));
  const meanValue = mean(points.map(({ value }) => value));
  let covariance = 0;
  let variance = 0;
  for (const { minute, value } of points) {
    covariance += (minute - meanMinute) * (value - meanValue);
    variance += (minute - meanMinute) ** 2;
  }
  return variance === 0 ? undefined : covariance / variance;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}
