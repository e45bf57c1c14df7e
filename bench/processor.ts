import { readFileSync } from "node:fs";

/** Seconds of processor that a process has used, all its threads together. */
export interface ProcessorTime {
  readonly user: number;
  readonly system: number;
}

/** Hundredths of a second: what Linux counts in for everybody (USER_HZ), whatever its own clock. */
const TICKS = 100;

/** NaN where there is no /proc. */
export function processorTime(pid: number): ProcessorTime {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program stands in parentheses and may contain anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { user: Number(fields[11]) / TICKS, system: Number(fields[12]) / TICKS };
  } catch {
    return { user: Number.NaN, system: Number.NaN };
  }
}

/** What was used between two readings of the same process. */
export function used(from: ProcessorTime, to: ProcessorTime): ProcessorTime {
  return { user: to.user - from.user, system: to.system - from.system };
}
