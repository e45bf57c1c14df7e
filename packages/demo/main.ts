import { parseArgs } from "node:util";
import { availableAddresses, chooseSides, type Sides } from "./addresses.ts";
import { Rates } from "./rates.ts";
import { ReceivingProcess } from "./receiving-process.ts";
import { describe, type Report, reportOf } from "./report.ts";
import { endWithReader, openScreen, paintFor, type Screen } from "./screen.ts";
import { TOTAL, Transfer } from "./transfer.ts";

const USAGE = `npm start -- [--json]

Two processes, two addresses each, one association over UDP on this machine. 64 MiB go across; halfway the primary path
is cut, later healed. Exits 0 if the data moved to the other path, came back, and arrived unchanged.

  --json  prints one object and nothing else
`;

/** ms; then something hangs, and the demonstration says so. */
const TIME_LIMIT = 17_000;
/** ms between two pictures. */
const FRAME = 50;

/** ms between two looks at whether our parent is still there. */
const PARENT_INTERVAL = 500;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** The exit status of a program that a signal stopped. */
const INTERRUPTED = 130;

const SILENT: Screen = { tell: () => {}, show: () => {}, end: () => {} };

async function demonstrate(screen: Screen): Promise<Report> {
  const sides = chooseSides(await availableAddresses());
  const receiver = new ReceivingProcess(sides.receiver);
  try {
    screen.tell(introduction(sides));
    const tell = (at: number, text: string): void => screen.tell(`  ${clockOf(at)}  ${text}`);
    const transfer = await Transfer.begin(sides, receiver, { tell });
    tell(0, `connected; ${transfer.primary} is the primary`);
    const picture = pictures(transfer, receiver);
    const frames = setInterval(() => screen.show(picture()), FRAME);
    try {
      const outcome = await transfer.run();
      screen.show(picture());
      return reportOf(transfer, outcome, sides);
    } finally {
      clearInterval(frames);
    }
  } finally {
    await receiver.end();
  }
}

/** Looks at both processes. */
function pictures(transfer: Transfer, receiver: ReceivingProcess): () => Parameters<Screen["show"]>[0] {
  const rates = new Rates();
  return () => {
    const { sight } = receiver;
    const { cut, healed } = transfer.marks;
    return {
      total: TOTAL,
      sight,
      paths: transfer.association.paths,
      rates: rates.update(transfer.now, sight),
      cut: cut !== undefined && healed === undefined ? transfer.primary : undefined,
    };
  };
}

function introduction({ sender, receiver }: Sides): string {
  const size = TOTAL / 1_048_576;
  return `usctp: ${size} MiB from ${sender.join(" and ")} to ${receiver.join(" and ")}, two processes, SCTP over UDP\n`;
}

function clockOf(ms: number): string {
  return `${(ms / 1_000).toFixed(3).padStart(6)} s`;
}

/** Rejects when time is up. The rest of the process must not wait for it. */
async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const reason = `it was not over within ${TIME_LIMIT / 1_000} s: the transfer hangs, or this machine is very busy`;
    timer = setTimeout(() => reject(new Error(reason)), TIME_LIMIT);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function conclude(report: Report): void {
  const paint = paintFor(process.stdout);
  const lines = describe(report).map((line) => `  ${line}`);
  const verdict = report.ok
    ? paint("green", "  The hashes agree: the primary path died in the middle, and not a byte was lost.")
    : report.faults.map((fault) => paint("red", `  FAILED: ${fault}`)).join("\n");
  process.stdout.write(`\n${lines.join("\n")}\n\n${verdict}\n`);
}

/** Whoever started us (npm, tsx) may be killed without a word; then nobody watches any more. */
function endWithParent(): void {
  const parent = process.ppid;
  const look = (): void => {
    if (process.ppid !== parent) process.exit(INTERRUPTED);
  };
  setInterval(look, PARENT_INTERVAL).unref();
}

/** What the command line asks for; undefined when it asks for help or for what there is not. */
function readArguments(): { readonly json: boolean } | undefined {
  const flag = { type: "boolean" } as const;
  try {
    const { values } = parseArgs({ options: { json: flag, help: flag } });
    if (values.help !== true) return { json: values.json === true };
    process.stdout.write(USAGE);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 1;
  }
  return undefined;
}

async function main(): Promise<void> {
  const wanted = readArguments();
  if (wanted === undefined) return;
  const { json } = wanted;
  endWithReader(process.stdout);
  const screen = json ? SILENT : openScreen(process.stdout);
  process.once("exit", () => screen.end());
  // Without a handler a signal would end this process without `exit`, and leave the cursor hidden.
  for (const signal of SIGNALS) process.once(signal, () => process.exit(INTERRUPTED));
  endWithParent();
  try {
    const report = await withinTime(demonstrate(screen));
    screen.end();
    if (json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    else conclude(report);
    process.exitCode = report.ok ? 0 : 1;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    screen.end();
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, faults: [reason] })}\n`);
    process.stderr.write(`The demonstration failed: ${reason}\n`);
    // What hangs would hold the process.
    process.exit(1);
  }
}

await main();
