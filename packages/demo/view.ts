import type { PathStatus } from "usctp";
import type { Sight } from "./conversation.ts";

/** What the live picture shows. */
export interface Picture {
  /** Bytes in all. */
  readonly total: number;
  readonly sight: Sight;
  readonly paths: readonly PathStatus[];
  /** MB/s at which each destination is receiving now. */
  readonly rates: ReadonlyMap<string, number>;
  /** The destination whose datagrams vanish now. */
  readonly cut: string | undefined;
}

/** Marks up text for a terminal, or leaves it alone. */
export type Paint = (style: "bold" | "dim" | "green" | "yellow" | "red", text: string) => string;

const BAR = 40;
const MIB = 1_048_576;

/** The progress bar and the path table, line by line. */
export function draw(picture: Picture, paint: Paint): string[] {
  const header = ["path", "state", "carried", "now", "srtt", "cwnd"];
  const rows = picture.paths.map((path) => cells(path, picture));
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  return [
    bar(picture, paint),
    "",
    `  ${paint("dim", line(header))}`,
    ...picture.paths.map((path, index) => tinted(path, picture, `  ${line(rows[index] ?? [])}`, paint)),
  ];
}

function bar({ total, sight, rates }: Picture, paint: Paint): string {
  const share = sight.delivered / total;
  const filled = Math.floor(share * BAR);
  const rate = [...rates.values()].reduce((sum, one) => sum + one, 0);
  const blocks = `${paint("green", "█".repeat(filled))}${paint("dim", "░".repeat(BAR - filled))}`;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const amount = `${(sight.delivered / MIB).toFixed(1)} of ${total / MIB} MiB`;
  return `  ${blocks} ${paint("bold", percent)}  ${amount}  ${rate.toFixed(1)} MB/s`;
}

function cells(path: PathStatus, { sight, rates, cut }: Picture): string[] {
  const { source, destination, state, primary, srtt, cwnd } = path;
  const carried = sight.carried[destination] ?? 0;
  const rate = rates.get(destination) ?? 0;
  return [
    `${primary ? "*" : " "} ${source} to ${destination}`,
    `${state}${cut === destination ? ", cut" : ""}`,
    `${(carried / MIB).toFixed(1)} MiB`,
    rate === 0 ? "–" : `${rate.toFixed(1)} MB/s`,
    srtt === undefined ? "–" : `${srtt.toFixed(1)} ms`,
    `${Math.round(cwnd / 1_024)} KiB`,
  ];
}

function tinted(path: PathStatus, { rates, cut }: Picture, text: string, paint: Paint): string {
  if (path.state !== "active") return paint("yellow", text);
  if (cut === path.destination) return paint("red", text);
  return (rates.get(path.destination) ?? 0) > 0 ? paint("green", text) : text;
}
