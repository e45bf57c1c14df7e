import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { ProtocolOptions } from "../src/api/message/index.ts";
import type { Variant } from "./contestants/index.ts";
import { CONTESTANTS } from "./contestants/labels.ts";
import type { Effort } from "./measurement.ts";
import { MEASUREMENTS } from "./measurements/index.ts";

export const USAGE: string = `npm run bench -- [--only NAME,...] [--quick] [--rounds N] [--json FILE] [--html FILE] [--profile DIR]
             [--set NAME=VALUE] [--variant NAME:OPTION=VALUE,...]

Measures this library and other stacks in one run: everybody in turn, so that whatever else the machine does meets all
of them; medians with the extremes, and ratios round by round.

  --only NAMES    measurements, contestants, or both:
${MEASUREMENTS.map(({ name, title, onDemand }) => `                    ${name.padEnd(14)} ${title}${onDemand ? " (only when named)" : ""}`).join("\n")}
${Object.entries(CONTESTANTS)
  .map(([name, label]) => `                    ${name.padEnd(14)} ${label}`)
  .join("\n")}
  --quick         all in under two minutes: an impression, not a figure
  --smoke         whether everything works, and nothing about how fast
  --rounds N      other than what each measurement takes
  --json FILE     leaves everything there
  --html FILE     leaves a page with plots there, which needs nothing else
  --profile DIR   leaves CPU profiles of our processes there (--cpu-prof)
  --set NAME=VALUE  a protocol option of ours (docs/api.md), as JSON or text; more than once
  --variant NAME:OPTION=VALUE,...
                  another one of ours, with these options, that takes part wherever usctp does
`;

export interface Arguments {
  readonly effort: Effort;
  readonly measurements: readonly string[];
  readonly contestants: readonly string[];
  readonly rounds: number | undefined;
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly profiles: string | undefined;
  readonly protocol: ProtocolOptions;
  readonly variants: readonly Variant[];
}

/** Undefined when only help is wanted. Throws on what it does not know. */
export function readArguments(args: readonly string[]): Arguments | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: flag,
      quick: flag,
      smoke: flag,
      only: { type: "string", multiple: true },
      rounds: text,
      json: text,
      html: text,
      profile: text,
      set: { type: "string", multiple: true },
      variant: { type: "string", multiple: true },
    },
  });
  if (values.help === true) return undefined;
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new Error(`--rounds takes a number from 1, and got ${values.rounds}`);
  }
  const profiles = values.profile === undefined ? undefined : resolve(values.profile);
  if (profiles !== undefined) mkdirSync(profiles, { recursive: true });
  return {
    effort: values.smoke === true ? "smoke" : values.quick === true ? "quick" : "full",
    ...chosen((values.only ?? []).flatMap((list) => list.split(","))),
    rounds,
    json: values.json,
    html: values.html,
    profiles,
    protocol: settings(values.set ?? []),
    variants: (values.variant ?? []).map(variant),
  };
}

/** Without a name of a kind, all of that kind. */
function chosen(names: readonly string[]): Pick<Arguments, "measurements" | "contestants"> {
  const all = { measurements: MEASUREMENTS.map(({ name }) => name), contestants: Object.keys(CONTESTANTS) };
  const unknown = names.find((name) => !all.measurements.includes(name) && !all.contestants.includes(name));
  if (unknown !== undefined) {
    const known = [...all.measurements, ...all.contestants].join(", ");
    throw new Error(`--only takes ${known}; and got ${unknown}`);
  }
  const measurements = all.measurements.filter((name) => names.includes(name));
  const contestants = all.contestants.filter((name) => names.includes(name));
  const usual = MEASUREMENTS.filter(({ onDemand }) => onDemand !== true).map(({ name }) => name);
  return {
    measurements: measurements.length > 0 ? measurements : usual,
    contestants: contestants.length > 0 ? contestants : all.contestants,
  };
}

function variant(text: string): Variant {
  const at = text.indexOf(":");
  if (at < 1) throw new Error(`--variant takes NAME:OPTION=VALUE,..., and got ${text}`);
  return { name: `usctp-${text.slice(0, at)}`, protocol: settings(text.slice(at + 1).split(",")) };
}

function settings(texts: readonly string[]): ProtocolOptions {
  return Object.fromEntries(texts.map(setting)) as ProtocolOptions;
}

function setting(text: string): [string, unknown] {
  const at = text.indexOf("=");
  if (at < 1) throw new Error(`an option is NAME=VALUE, and not ${text}`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}
