import { type Figure, figureOf, shown } from "./figures.ts";
import type { Reading } from "./workers/worker.ts";

/** A contestant at one size, over all rounds. */
export interface Entry {
  readonly name: string;
  /** Bytes of a message, or of a datagram. */
  readonly size: number;
  readonly readings: readonly Reading[];
  /** MB (10^6 bytes) of user data a second. */
  readonly megabytes: Figure;
  readonly messages: Figure;
}

export interface Report {
  readonly entries: readonly Entry[];
  readonly missing: readonly { readonly name: string; readonly missing: string }[];
  readonly rounds: number;
  readonly measureMs: number;
  readonly machine: {
    readonly node: string;
    readonly system: string;
    readonly processor: string;
    readonly cores: number;
    /** Processes that wanted to run, over the minute before. */
    readonly load: number;
  };
}

const LABELS: Readonly<Record<string, string>> = {
  usctp: "usctp",
  "usctp-64k": "usctp, packets of 64 KiB",
  usrsctp: "usrsctp (C)",
  shaped: "dgram, shaped like SCTP",
  blast: "dgram, nothing but sending",
};

/** A load under which nothing worth mentioning runs beside us. */
const IDLE = 0.5;

/** What to say of it; undefined when the machine was idle. */
export function busy(load: number): string | undefined {
  if (load <= IDLE) return undefined;
  return `The machine was busy when this began (load ${load.toFixed(1)}): look at the extremes, and run it again on an idle one.`;
}

/** What the terminal gets. */
export function table(report: Report): string {
  const { entries, missing, rounds, measureMs, machine } = report;
  const lines = [
    `Goodput on loopback: MB/s of user data, median of ${rounds} rounds of ${measureMs} ms (and the extremes)`,
    `${machine.node}, ${machine.cores} × ${machine.processor}, ${machine.system}`,
    "",
    ...aligned([
      ["", "size", "MB/s", "thousand a second", "usctp beside it"],
      ...entries.map((entry) => row(entry, entries)),
    ]),
    ...(busy(machine.load) === undefined ? [] : ["", busy(machine.load)]),
    ...missing.map((one) => `${LABELS[one.name] ?? one.name} is missing: ${one.missing}`),
    "",
    "Shaped like SCTP: a window, a copy and a CRC32c on each side, an acknowledgement every second datagram; no",
    "protocol. The two dgram loops stand beside our largest messages, whose packets are as large as their datagrams.",
  ];
  return `${lines.join("\n")}\n`;
}

function row(entry: Entry, entries: readonly Entry[]): string[] {
  const { name, size, megabytes, messages } = entry;
  const thousands = { median: messages.median / 1e3, min: messages.min / 1e3, max: messages.max / 1e3 };
  const digits = thousands.median < 10 ? 2 : 0;
  const ours = name === "usctp" ? undefined : counterpart(entry, entries);
  const ratio = ours === undefined ? "" : shown(ratios(ours, entry), 2);
  return [
    LABELS[name] ?? name,
    size.toLocaleString("en"),
    shown(megabytes, 0),
    shown(thousands, digits),
    ratio,
  ];
}

/** What of ours it is compared with: the same size, or the largest where it has no messages. */
function counterpart(entry: Entry, entries: readonly Entry[]): Entry | undefined {
  const ours = entries.filter(({ name }) => name === "usctp").sort((a, b) => b.size - a.size);
  return entry.name === "usrsctp" ? ours.find(({ size }) => size === entry.size) : ours[0];
}

/** Round by round: what slowed the machine down slowed both. */
function ratios(ours: Entry, other: Entry): Figure {
  const rate = (reading: Reading | undefined): number =>
    reading === undefined ? Number.NaN : reading.bytes / reading.ms;
  return figureOf(ours.readings.map((reading, round) => rate(reading) / rate(other.readings[round])));
}

/** Columns of one width, the first to the left. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? "").length)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("   ")
      .trimEnd(),
  );
}
