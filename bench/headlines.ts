import { labelOf } from "./contestants/labels.ts";
import { type Figure, figureText } from "./figures.ts";
import { agree, holds, ratioOf } from "./ratios.ts";
import type { Case, Findings, Point, Report } from "./report.ts";

/** Something that is aimed at, and where in a report it is found. */
interface Aim {
  readonly what: string;
  readonly findings: string;
  readonly metric: string;
  /** Where ours is. */
  readonly at: Point;
  /** Which of ours. Default `usctp`, and each variant of it. */
  readonly ours?: string;
  /** Who stands beside it, at the same point; without it the figure itself is aimed at. */
  readonly beside?: string;
  /** Ours again, at another point. */
  readonly besideAt?: Point;
  readonly least?: number;
  readonly most?: number;
}

const bulk = (link: string, bytes: number): Point => ({ link, bytes, streams: 1, way: "trySend" });
const goodput = { findings: "goodput", metric: "megabytes" } as const;
const path = (loss: number, reorder: number): Point => ({
  "ms RTT": 100,
  "% loss": loss,
  "% reordered": reorder,
});

const AIMS: readonly Aim[] = [
  ...(["loopback", "veth"] as const).flatMap((link) =>
    ([65_536, 1_200] as const).flatMap((bytes): Aim[] => {
      const what = `goodput, MTU 1500, ${link}, messages of ${bytes.toLocaleString("en")} bytes`;
      const one = { ...goodput, what, at: bulk(link, bytes) };
      return [
        { ...one, beside: "usrsctp", least: bytes === 1_200 ? 1.6 : 1.3 },
        { ...one, beside: "pion", least: 1.3 },
        { ...one, beside: "shaped", least: 0.9 },
      ];
    }),
  ),
  ...([65_536, 1_200] as const).map((bytes): Aim => {
    const what = `goodput, path MTU found, loopback, messages of ${bytes.toLocaleString("en")} bytes`;
    const least = bytes === 1_200 ? 8 : 5.5;
    return { ...goodput, what, ours: "usctp-64k", at: bulk("loopback", bytes), beside: "usrsctp", least };
  }),
  ...(["trySend", "await send"] as const).map((way): Aim => {
    const at = { ...bulk("loopback", 64), way };
    const least = way === "trySend" ? 3 : 2;
    return { ...goodput, what: `64-byte messages a second, ${way}`, at, beside: "usrsctp", least };
  }),
  { ...goodput, what: "goodput, 1,024 bytes", at: bulk("loopback", 1_024), beside: "werift", least: 6 },
  { ...goodput, what: "goodput, 1,024 bytes", at: bulk("loopback", 1_024), beside: "npm-sctp", least: 150 },
  ...(["p50", "p99"] as const).map((metric): Aim => {
    const most = metric === "p50" ? 1.5 : 2;
    const what = `ping-pong, 64 bytes, ${metric}`;
    return { what, findings: "latency", metric, at: { beside: "idle" }, beside: "blast", most };
  }),
  ...(["usrsctp", "pion"] as const).map((beside): Aim => {
    const what = "goodput at RTT 100 ms, 1 % loss";
    const least = beside === "pion" ? 1.2 : 3;
    return { what, findings: "delay-loss", metric: "megabytes", at: path(1, 0), beside, least };
  }),
  {
    what: "goodput at RTT 100 ms, 1 % reordered, no loss",
    findings: "delay-loss",
    metric: "megabytes",
    at: path(0, 1),
    besideAt: path(0, 0),
    least: 0.9,
  },
  {
    what: "Jain's index beside a flow of usrsctp",
    findings: "fairness",
    metric: "jain",
    ours: "usctp + usrsctp",
    at: {},
    least: 0.9,
  },
  {
    what: "longest gap when the primary is cut",
    findings: "failover",
    metric: "gap",
    at: { paths: 2 },
    beside: "usrsctp",
    most: 0.15,
  },
  {
    what: "KiB an idle association, of 100,000",
    findings: "associations",
    metric: "memory",
    at: { associations: 100_000 },
    most: 6,
  },
  {
    what: "% of a core, 100,000 idle associations",
    findings: "associations",
    metric: "clientIdle",
    at: { associations: 100_000 },
    most: 25,
  },
  {
    what: "cost of a message, 10,000 outstanding beside 100",
    findings: "micro",
    metric: "ns",
    at: { task: "a message of 16 bytes sent and acknowledged, 10,000 outstanding" },
    besideAt: { task: "a message of 16 bytes sent and acknowledged, 100 outstanding" },
    most: 1.3,
  },
];

/** What came of an aim. */
export interface Headline {
  readonly what: string;
  /** Ours, by its name among the contestants. */
  readonly ours: string;
  readonly beside: string | undefined;
  /** The ratio, or the figure itself where nobody stands beside it. */
  readonly figure: Figure;
  /** "at least 1.3", "at most 6". */
  readonly aim: string;
  readonly reached: boolean;
}

/** The aims of which the report has figures. */
export function headlinesOf(report: Report): Headline[] {
  return AIMS.flatMap((aim) => {
    const findings = report.findings.find(({ name }) => name === aim.findings);
    if (findings === undefined) return [];
    return oursOf(aim, report).flatMap((ours) => headline(aim, ours, findings));
  });
}

/** Variants are what options are for: they stand beside the same. */
function oursOf({ ours }: Aim, { variants }: Report): string[] {
  const [name = "usctp", ...rest] = (ours ?? "usctp").split(" ");
  if (name !== "usctp") return [name];
  return [name, ...variants.map((variant) => variant.name)].map((each) => [each, ...rest].join(" "));
}

function headline(aim: Aim, ours: string, { cases }: Findings): Headline[] {
  const { what, metric, at, beside, besideAt, least, most } = aim;
  const find = (name: string, point: Point): Case | undefined =>
    cases.find((one) => one.contestant === name && holds(one.at, point));
  const mine = find(ours, at);
  const other =
    beside === undefined
      ? besideAt && find(ours, besideAt)
      : mine && cases.find((one) => one.contestant === beside && agree(one.at, mine.at));
  const isRatio = beside !== undefined || besideAt !== undefined;
  const figure = isRatio ? mine && other && ratioOf(mine, other, metric) : mine?.figures[metric];
  if (figure == null) return [];
  const { median } = figure;
  const reached = (least === undefined || median >= least) && (most === undefined || median <= most);
  const text = least === undefined ? `at most ${most}` : `at least ${least}`;
  return [{ what, ours, beside: beside ?? (isRatio ? ours : undefined), figure, aim: text, reached }];
}

/** A row of a table, for people. */
export const HEADLINE_COLUMNS = ["", "", "", "aim", "reached"] as const;

export function headlineCells({ what, ours, beside, figure, aim, reached }: Headline): string[] {
  const who = beside === undefined ? labelOf(ours) : `${labelOf(ours)} / ${labelOf(beside)}`;
  return [what, who, figureText(figure, 2), aim, reached ? "yes" : "no"];
}
