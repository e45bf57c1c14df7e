import { parseArgs } from "node:util";
import type { Counters } from "./counters.ts";
import { type Sample, type SoakResult, soak, total } from "./soak.ts";

const USAGE = `npm run soak -- [--minutes N] [--callers N]

Associations come and go over real sockets, with loss, fail-overs and all extensions, in one process. Exits 1 when the
heap grows by 1 MiB an hour or more after minute five, when handles are left, or when a byte was wrong.

  --minutes N   default 20
  --callers N   associations at a time; default 6
`;

/** MiB an hour. */
const STEEPEST = 1;
const MIB = 2 ** 20;
/** Characters of the longest bar, and most bars. */
const WIDTH = 50;
const BARS = 20;

function line(label: string, sample: Sample, counters: Counters): string {
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

function verdict(result: SoakResult): readonly string[] {
  const { heapSlope, handlesBefore, handlesAfter, handlesAtFirst, handlesAtLast } = result;
  const wrong: string[] = [];
  if (heapSlope === undefined) wrong.push("too short for a slope");
  else if (heapSlope >= STEEPEST) wrong.push(`the heap grows by ${heapSlope.toFixed(2)} MiB an hour`);
  if (handlesAfter > handlesBefore) wrong.push(`${handlesAfter - handlesBefore} handles were left`);
  if (handlesAtLast > handlesAtFirst)
    wrong.push(`from ebb to ebb ${handlesAtLast - handlesAtFirst} handles were left`);
  return wrong;
}

function report(result: SoakResult): string {
  const { counters, samples, heapSlope, bufferSlope } = result;
  const { handlesBefore, handlesAfter, handlesAtFirst, handlesAtLast } = result;
  const slope = (value: number | undefined): string => (value === undefined ? "?" : value.toFixed(3));
  const wrong = verdict(result);
  return `
${bars(samples)}

${JSON.stringify(counters)}
${samples.length} ebbs. Slopes in MiB an hour: heap ${slope(heapSlope)}, buffers ${slope(bufferSlope)}.
Handles: ${handlesBefore} before, ${handlesAfter} after; ${handlesAtFirst} at the first ebb that counts, ${handlesAtLast} at the last.
${wrong.length === 0 ? "passed" : `FAILED: ${wrong.join("; ")}`}
`;
}

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    callers: { type: "string", default: "6" },
    help: { type: "boolean", default: false },
  },
});
const [minutes, callers] = [Number(values.minutes), Number(values.callers)];
if (values.help || !(minutes > 0) || !Number.isInteger(callers) || callers < 1) {
  process.stdout.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  const show =
    (label: string) =>
    (sample: Sample, counters: Counters): void =>
      void process.stdout.write(`${line(label, sample, counters)}\n`);
  const result = await soak({ minutes, callers, onFlow: show("flow"), onSample: show("ebb ") });
  process.stdout.write(report(result));
  process.exitCode = verdict(result).length === 0 ? 0 : 1;
}
