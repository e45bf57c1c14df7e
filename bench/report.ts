import type { ProtocolOptions } from "../src/api/message/index.ts";
import type { Variant } from "./contestants/index.ts";
import type { Figure } from "./figures.ts";

/** Where a figure was taken: the size of a message, the link, … One value for each axis that its contestant knows. */
export type Point = Readonly<Record<string, string | number>>;

/** One kind of figure that a measurement takes. */
export interface Metric {
  readonly name: string;
  /** For people, with its unit. */
  readonly label: string;
  /** What is better, where a ratio says who is ahead; without it no ratios are made. */
  readonly better?: "more" | "less";
  /** Decimals that are worth showing. Default: three digits in all. */
  readonly digits?: number;
  /** In the JSON and on the page alone. */
  readonly detail?: boolean;
}

/** A contestant at one point, over all rounds. */
export interface Case {
  readonly contestant: string;
  readonly at: Point;
  /** By metric, a value a round; null where a round gave none. */
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
  readonly figures: Readonly<Record<string, Figure | null>>;
  /** Why it gave up. */
  readonly error?: string;
}

/** What a measurement found. */
export interface Findings {
  readonly name: string;
  readonly title: string;
  /** Of whom ratios are taken. */
  readonly subject: string;
  readonly metrics: readonly Metric[];
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly seconds: number;
  /** How it was measured, and what it does not say. */
  readonly notes: readonly string[];
}

export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  /** GiB. */
  readonly memory: number;
  /** Processes that wanted to run, over the minute before. */
  readonly load: number;
}

export interface Missing {
  readonly name: string;
  readonly label: string;
  /** Why, and what to install. */
  readonly why: string;
}

/** Everything of one run: what `--json` writes. */
export interface Report {
  /** ISO 8601. */
  readonly date: string;
  readonly effort: string;
  /** The source: `git describe`, where there is git. */
  readonly version: string;
  readonly machine: Machine;
  /** Options of ours beside the defaults. */
  readonly protocol: ProtocolOptions;
  readonly variants: readonly Variant[];
  readonly missing: readonly Missing[];
  /** Why nothing of it is to be believed. */
  readonly void?: string;
  readonly findings: readonly Findings[];
}
