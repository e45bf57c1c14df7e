import type { ScriptEvent, Time } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";

/** When something may happen, ms. */
export interface Window {
  /** The script's moment; undefined where any will do. */
  readonly due: number | undefined;
  readonly earliest: number;
  readonly latest: number;
}

const SECOND = 1_000;
/** Of a relative time, what it may be off by. */
const RELATIVE_TOLERANCE = 0.05;
/** How long a packet is waited for whose time is `*`. Longer than the longest RTO. */
export const PATIENCE = 130_000;

/** A time of a script, after the event before was complete at `previous`. */
export function windowOf(time: Time, previous: number, tolerance: number): Window {
  switch (time.kind) {
    case "any":
      return { due: undefined, earliest: 0, latest: previous + PATIENCE };
    case "absolute": {
      const due = time.seconds * SECOND;
      return { due, earliest: due - tolerance, latest: due + tolerance };
    }
    case "relative": {
      const due = previous + time.seconds * SECOND;
      const off = Math.max(tolerance, time.seconds * SECOND * RELATIVE_TOLERANCE);
      return { due, earliest: due - off, latest: due + off };
    }
    case "between": {
      const from = windowOf(time.from, previous, tolerance);
      const to = windowOf(time.to, previous, tolerance);
      return { due: from.due, earliest: from.earliest, latest: to.latest };
    }
  }
}

/** Throws a `ScriptError` for an event that is told to be before the one that it follows. */
export function checkOrder(events: readonly Pick<ScriptEvent, "at" | "time" | "until">[]): void {
  let line = 0;
  let before = 0;
  for (const { at, time, until } of events) {
    const from = dueOf(time, before);
    if (from < before) throw new ScriptError(`this time is before that of line ${line}`, at);
    const spans = [time, until].filter((each) => each?.kind === "between");
    const ends = spans.some((span) => dueOf(span.to, before) < dueOf(span.from, before));
    if (ends || (until !== undefined && dueOf(until, from) < from))
      throw new ScriptError("it ends before it begins", at);
    before = from;
    line = at.line;
  }
}

/** The earliest moment that a script can mean, ms: `*` may be at once. */
function dueOf(time: Time, previous: number): number {
  return windowOf(time, previous, 0).due ?? previous;
}
