import { readArguments, USAGE } from "./arguments.ts";
import type { Counters } from "./counters.ts";
import { line, report, verdict } from "./report.ts";
import { type Sample, soak } from "./soak.ts";

const request = readArguments(process.argv.slice(2));
if (request === "") {
  process.stdout.write(USAGE);
} else if (typeof request === "string") {
  process.stderr.write(`${USAGE}\n${request}\n`);
  process.exitCode = 2;
} else {
  const show =
    (label: string) =>
    (sample: Sample, counters: Counters): void =>
      void process.stdout.write(`${line(label, sample, counters)}\n`);
  try {
    const result = await soak({ ...request, onFlow: show("flow"), onSample: show("ebb ") });
    process.stdout.write(report(result));
    process.exitCode = verdict(result).length === 0 ? 0 : 1;
  } catch (error) {
    process.stdout.write(`FAILED: ${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  }
}
