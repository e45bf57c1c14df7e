import { SctpError } from "../../base/error.ts";
import { shown } from "../message/checks.ts";
import { nodeError } from "./errors.ts";

/** The arguments of `listen` or `connect`, whichever of the forms of `node:net` they had. */
export interface Arguments {
  /** Options that were not null, by their names. */
  readonly options: Record<string, unknown>;
  readonly listener: (() => void) | undefined;
}

/**
 * Reads `(options?, listener?)` and `(port, ...names, listener?)`; `names` are the options that positions after the
 * port stand for. Null stands for what is not given, as in both packages.
 */
export function readArguments(where: string, given: readonly unknown[], names: readonly string[]): Arguments {
  const last = given.at(-1);
  const listener = typeof last === "function" ? (last as () => void) : undefined;
  const values = listener === undefined ? [...given] : given.slice(0, -1);
  while (values.length > 0 && (values.at(-1) === undefined || values.at(-1) === null)) values.pop();
  const [first, ...rest] = values;
  if (typeof first === "object" && first !== null) {
    if (rest.length > 0) throw wrongArgument(where, "listener", rest[0], "a function");
    return { options: withoutNulls(first), listener };
  }
  return { options: withoutNulls(positional(where, values, names)), listener };
}

/** `listen(port, backlog)`, where the host is left out, is a form of `node:net`, too. */
function positional(
  where: string,
  values: readonly unknown[],
  names: readonly string[],
): Record<string, unknown> {
  const [port, ...rest] = values;
  if (values.length > 0) refusePath(where, port);
  const found: Record<string, unknown> = values.length === 0 ? {} : { port };
  const free = [...names];
  for (const value of rest) {
    const name = free.shift();
    if (name === undefined) throw wrongArgument(where, "listener", value, "a function");
    if (name === "host" && typeof value === "number" && free[0] === "backlog") {
      found.backlog = value;
      free.shift();
    } else found[name] = value;
  }
  return found;
}

function withoutNulls(options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
}

/** In `node:net` a string that is no number is the path of a local socket. */
function refusePath(where: string, value: unknown): void {
  if (typeof value !== "string" || Number.isFinite(Number(value))) return;
  throw new SctpError(
    "ERR_SCTP_INVALID_OPTION",
    `${where}: SCTP has no local sockets, and got the path ${shown(value)}`,
  );
}

function wrongArgument(where: string, name: string, got: unknown, takes: string): Error {
  return nodeError(
    TypeError,
    "ERR_INVALID_ARG_TYPE",
    `${where}: the argument "${name}" must be ${takes}, and got ${shown(got)}`,
  );
}

/**
 * A port as `node:net` takes it: a number, or digits in a string. Throws ERR_SOCKET_BAD_PORT. `least` is 1 where a
 * port of a peer's is meant.
 */
export function portNumber(where: string, name: string, value: unknown, least: 0 | 1): number {
  const text = typeof value === "string" && value.trim() !== "";
  const number = text ? Number(value) : value;
  if (Number.isInteger(number) && (number as number) >= least && (number as number) <= 65_535) {
    return number as number;
  }
  throw nodeError(
    RangeError,
    "ERR_SOCKET_BAD_PORT",
    `${where}: the option "${name}" must be >= ${least} and < 65536, and got ${shown(value)}`,
  );
}
