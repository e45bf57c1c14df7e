import { inspect } from "node:util";
import { SctpError } from "../../base/error.ts";

/** Says whether a value is right (undefined) or what the option takes instead. */
export interface Check {
  readonly takes: string;
  readonly accepts: (value: unknown) => boolean;
}

/** The options of one function: a name for each, and what it takes. */
export type CheckTable = Readonly<Record<string, Check>>;

/** The largest delay that a Node timer can hold, ms; about 24.8 days. */
export const MAX_DELAY = 2_147_483_647;

export const aBoolean: Check = { takes: "true or false", accepts: (value) => typeof value === "boolean" };

export const anything: Check = { takes: "anything", accepts: () => true };

export function integer(minimum: number, maximum: number, unit: string = ""): Check {
  return {
    takes: `an integer from ${minimum} to ${maximum}${unit && ` (${unit})`}`,
    accepts: (value) =>
      Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
  };
}

/** A time in ms, not necessarily whole. */
export function delay(minimum: number, maximum: number = MAX_DELAY): Check {
  return {
    takes: `a number of ms from ${minimum} to ${maximum}`,
    accepts: (value) => typeof value === "number" && value >= minimum && value <= maximum,
  };
}

export function orInfinity(check: Check): Check {
  return {
    takes: `${check.takes}, or Infinity`,
    accepts: (value) => value === Number.POSITIVE_INFINITY || check.accepts(value),
  };
}

/** A weight: above 0, at most 1. */
export const fraction: Check = {
  takes: "a number above 0, at most 1",
  accepts: (value) => typeof value === "number" && value > 0 && value <= 1,
};

export function oneOf(...values: readonly string[]): Check {
  return {
    takes: values.map((value) => JSON.stringify(value)).join(" or "),
    accepts: (value) => typeof value === "string" && values.includes(value),
  };
}

export const aFunction: Check = { takes: "a function", accepts: (value) => typeof value === "function" };

export const anAbortSignal: Check = {
  takes: "an AbortSignal",
  accepts: (value) => value instanceof AbortSignal,
};

/** An object with these methods: an interface cannot be asked for otherwise at run time. */
export function objectWith(takes: string, ...methods: readonly string[]): Check {
  return {
    takes,
    accepts: (value) =>
      typeof value === "object" &&
      value !== null &&
      methods.every((method) => typeof (value as Record<string, unknown>)[method] === "function"),
  };
}

/** A value as an error message shows it: short, on one line. */
export function shown(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export function wrongOption(where: string, name: string, got: unknown, takes: string): SctpError {
  return new SctpError(
    "ERR_SCTP_INVALID_OPTION",
    `${where}: the option "${name}" takes ${takes}, and got ${shown(got)}`,
  );
}

export function noOptions(where: string, got: unknown): SctpError {
  return new SctpError(
    "ERR_SCTP_INVALID_OPTION",
    `${where} takes an object of options, and got ${shown(got)}`,
  );
}

export function unknownOption(where: string, name: string, got: unknown, table: CheckTable): SctpError {
  const known = Object.keys(table);
  const close = closest(name, known);
  const hint = close === undefined ? "; it" : `: did you mean "${close}"? It`;
  return new SctpError(
    "ERR_SCTP_INVALID_OPTION",
    `${where}: there is no option "${name}" (got ${shown(got)})${hint} takes ${known.join(", ")}`,
  );
}

/** What the caller may have meant: the same but for case, or one or two letters away. The first of the nearest. */
function closest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  // In a short name two letters are half of it.
  let least = name.length > 4 ? 3 : 2;
  let found: string | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    found = candidate;
  }
  return found;
}

/** Letters to put in, take out or replace until `a` is `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/**
 * Throws ERR_SCTP_INVALID_OPTION for the first option of `given` that is unknown, missing or wrong. An option that
 * is undefined counts as not given.
 */
export function checkOptions(
  where: string,
  given: unknown,
  table: CheckTable,
  required: readonly string[] = [],
): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw noOptions(where, given);
  }
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(table, name) ? table[name] : undefined;
    if (check === undefined) {
      throw unknownOption(where, name, value, table);
    }
    if (value !== undefined && !check.accepts(value)) throw wrongOption(where, name, value, check.takes);
  }
  for (const name of required) {
    if ((given as Record<string, unknown>)[name] === undefined) {
      const takes = table[name]?.takes ?? "a value";
      throw new SctpError(
        "ERR_SCTP_INVALID_OPTION",
        `${where}: the option "${name}" is missing; it takes ${takes}`,
      );
    }
  }
}
