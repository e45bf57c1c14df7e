import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { differenceGroups } from "./differences/expected-differences.ts";
import { differencesTable } from "./differences/table.ts";
import { captureNames } from "./run/capture.ts";
import { findScripts } from "./run/files.ts";
import { asObject, closingLine, type Judged, lineOf, totalsOf } from "./run/report.ts";
import { judgeFile } from "./run/suite.ts";

const USAGE = `npm run conformance -- [--json] [--lax] [--capture DIR] PATH...

Runs packetdrill scripts for SCTP, files or folders of them, against this stack in virtual time. Prints a line a script;
exits 1 when one failed, 2 when it was asked wrongly: for a PATH without scripts, too, when the others have run.

  --json         prints one object in place of lines
  --lax          does not look at verification tags, checksums, padding and silence at the end
  --capture DIR  writes all packets, a pcapng file for each script
  --table        prints the expected differences as a table of Markdown, and runs nothing
`;

interface Request {
  readonly scripts: readonly string[];
  /** What is wrong with paths. */
  readonly wrong: readonly string[];
  readonly isJson: boolean;
  readonly isStrict: boolean;
  readonly isTable: boolean;
  /** Folder for captures. */
  readonly capture: string | undefined;
}

/** What the command line asks for, or what is wrong with it. */
function readArguments(): Request | string {
  try {
    const flag = { type: "boolean" } as const;
    const { values, positionals } = parseArgs({
      options: { json: flag, lax: flag, table: flag, help: flag, capture: { type: "string" } },
      allowPositionals: true,
    });
    if (values.help === true) return "";
    const isTable = values.table === true;
    if (positionals.length === 0 && !isTable) return "name a script or a folder";
    const { scripts, wrong } = findScripts(positionals);
    if (scripts.length === 0 && !isTable) return wrong.join("\n");
    const { capture } = values;
    if (capture === "") return "--capture takes a folder";
    // Before the first script runs: a folder that cannot be made is no fault of theirs.
    if (capture !== undefined) mkdirSync(capture, { recursive: true });
    return { scripts, wrong, isJson: values.json === true, isStrict: values.lax !== true, isTable, capture };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Gives the exit code. */
async function run({ scripts, wrong, isJson, isStrict, isTable, capture }: Request): Promise<number> {
  if (isTable) {
    process.stdout.write(`${differencesTable(differenceGroups)}\n`);
    return 0;
  }
  for (const line of wrong) process.stderr.write(`${line}\n`);
  const judged: Judged[] = [];
  const names = captureNames(scripts);
  for (const path of scripts) {
    const file = capture === undefined ? undefined : join(capture, names.get(path) as string);
    const one = await judgeFile(path, { isStrict, capture: file });
    judged.push(one);
    if (!isJson) process.stdout.write(`${lineOf(one)}\n`);
  }
  const totals = totalsOf(judged);
  if (isJson) process.stdout.write(`${JSON.stringify(asObject(judged), undefined, 2)}\n`);
  else {
    if (totals.waiting > 0) {
      process.stdout.write(`${totals.waiting} of the expected differences wait for an extension\n`);
    }
    process.stdout.write(`${closingLine(totals)}\n`);
  }
  // Again, where the first lines have gone by.
  if (wrong.length > 0 && judged.length > 1) process.stderr.write(`${wrong.join("\n")}\n`);
  if (totals.failed > 0) return 1;
  return wrong.length > 0 ? 2 : 0;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Who reads a pipe may leave (`npm run conformance | head`): the rest is for nobody.
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const request = readArguments();
if (typeof request === "string") {
  process.stderr.write(request === "" ? USAGE : `${request}\n\n${USAGE}`);
  process.exitCode = request === "" ? 0 : 2;
} else {
  process.exitCode = await run(request);
}
