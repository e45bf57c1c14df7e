import { holds } from "./ratios.ts";
import type { Point } from "./report.ts";

/** Points, each once, without those of which another one says all and more. */
export function finest(points: readonly Point[]): Point[] {
  const distinct = [...new Map(points.map((at) => [JSON.stringify(at), at])).values()];
  return distinct.filter((at) => !distinct.some((other) => other !== at && holds(other, at)));
}

/** "loopback, 64 bytes, 1 stream": axes are named for their units. */
export function pointText(at: Point): string {
  return Object.entries(at)
    .map(([axis, value]) => {
      if (typeof value === "string") return value;
      const name = value === 1 && /^[a-z]+s$/.test(axis) ? axis.slice(0, -1) : axis;
      return `${value.toLocaleString("en")} ${name}`;
    })
    .join(", ");
}
