import type { Counters } from "./counters.ts";
import { LEAST_MINUTES, type Sample, type SoakResult, total, WARM_UP } from "./soak.ts";

/** MiB an hour. */
const STEEPEST = 1;
const MIB = 2 ** 20;
/** Characters of the longest bar, and most bars. */
const WIDTH = 50;
const BARS = 20;

export function line(label: string, sample: Sample, counters: Counters): string {
  const { minute, heap, buffers, rss, associations } = sample;
  const { opened, closed, aborted, timedOut, refused, unanswered, failovers } = counters;
  return [
    `${minute.toFixed(2).padStart(6)} min ${label}`,
    `${opened} opened`,
    `${closed} closed`,
    `${aborted} aborted`,
    `${timedOut} timed out`,
    `${refused + unanswered} not connected`,
    `${failovers} fail-overs`,
    `${(counters.bytes / 1e6).toFixed(1)} MB`,
    `${associations} up`,
    `heap ${mib(heap)}`,
    `buffers ${mib(buffers)}`,
    `RSS ${mib(rss)}`,
    `handles ${total(sample.handles)}`,
  ].join(" | ");
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(2)} MiB`;
}

/** The heap at some of the ebbs, as bars from the least to the most. */
function bars(samples: readonly Sample[]): string {
  const step = Math.max(1, Math.ceil(samples.length / BARS));
  const shown = samples.filter((_, index) => index % step === 0);
  const heaps = shown.map(({ heap }) => heap);
  const [least, most] = [Math.min(...heaps), Math.max(...heaps)];
  const lines = shown.map(({ minute, heap }) => {
    const length = most === least ? 1 : 1 + Math.round(((heap - least) / (most - least)) * (WIDTH - 1));
    return `${minute.toFixed(1).padStart(6)} min ${mib(heap).padStart(10)} ${"█".repeat(length)}`;
  });
  return lines.join("\n");
}

/** What should have held and did not. */
export function verdict(result: SoakResult): readonly string[] {
  const { slopes, handlesBefore, handlesAfter, handlesAtFirst, handlesAtLast } = result;
  const wrong: string[] = [];
  if (slopes !== undefined && slopes.heap >= STEEPEST)
    wrong.push(`the heap grows by ${slopes.heap.toFixed(2)} MiB an hour`);
  if (handlesAfter > handlesBefore) wrong.push(`${handlesAfter - handlesBefore} handles were left`);
  if (handlesAtLast > handlesAtFirst)
    wrong.push(`from ebb to ebb ${handlesAtLast - handlesAtFirst} handles were left`);
  return wrong;
}

export function report(result: SoakResult): string {
  const { counters, samples, slopes } = result;
  const { handlesBefore, handlesAfter, handlesAtFirst, handlesAtLast } = result;
  const course = (what: "heap" | "buffers"): string => {
    const bytes = samples.map((sample) => sample[what]);
    const slope =
      slopes === undefined ? "" : `; ${slopes[what].toFixed(3)} MiB an hour from minute ${WARM_UP} on`;
    return `${mib(bytes[0] ?? 0)} at the first ebb, ${mib(bytes.at(-1) ?? 0)} at the last, most ${mib(Math.max(0, ...bytes))}${slope}`;
  };
  const wrong = verdict(result);
  return `
${bars(samples)}

${JSON.stringify(counters)}
${samples.length} ebbs.
Heap: ${course("heap")}
Buffers: ${course("buffers")}
  (packets and messages beside the heap: they come and go by whole pools, and are not judged)
Handles: ${handlesBefore} before, ${handlesAfter} after; ${handlesAtFirst} at the first ebb that counts, ${handlesAtLast} at the last.
${slopes === undefined ? `Too short to judge the heap (minute ${WARM_UP} and later count): --minutes ${LEAST_MINUTES} or more does.\n` : ""}${outcome(wrong, slopes !== undefined)}
`;
}

function outcome(wrong: readonly string[], isHeapJudged: boolean): string {
  if (wrong.length > 0) return `FAILED: ${wrong.join("; ")}`;
  return isHeapJudged ? "passed" : "passed, but for the heap, which was not judged";
}
