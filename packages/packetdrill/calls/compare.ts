import { parseAddress } from "usctp/core";
import type { Item, Value } from "../language/ast.ts";
import type { Difference } from "../packets/compare.ts";
import type { Symbols } from "../packets/symbols.ts";
import { addressOf, memberName, plainValue } from "./values.ts";

/** Members that hold a TSN of the tested host. Those of the peer are live as they are written. */
const localTsns: ReadonlySet<string> = new Set(["assocreset_local_tsn"]);

/** Compares what a call returned with what the script wants; `path` is where it stands. */
export function compareResult(
  expected: Value,
  actual: unknown,
  path: string,
  symbols: Symbols,
): Difference | undefined {
  if (expected.kind === "any") return undefined;
  if (expected.kind === "struct") return compareStruct(expected, actual, path, symbols);
  const member = path.slice(path.lastIndexOf(".") + 1);
  const wanted = plainValue(expected, member);
  const found =
    localTsns.has(member) && typeof actual === "number" ? symbols.symbol("own-tsn", "out", actual) : actual;
  if (expected.kind === "list" && Array.isArray(found))
    return compareList(expected.items, found, path, symbols);
  return show(wanted) === show(found)
    ? undefined
    : { field: path, expected: show(wanted), actual: show(found) };
}

function compareStruct(
  expected: Extract<Value, { kind: "struct" }>,
  actual: unknown,
  path: string,
  symbols: Symbols,
): Difference | undefined {
  if (isAddress(actual)) {
    const wanted = addressOf(expected);
    if (wanted === undefined) return undefined;
    const [one, other] = [showAddress(wanted), showAddress(actual)];
    return one === other ? undefined : { field: path, expected: one, actual: other };
  }
  if (typeof actual !== "object" || actual === null) {
    return { field: path, expected: "a structure", actual: show(actual) };
  }
  for (const { name, value } of expected.items) {
    const member = name === undefined ? undefined : memberName(name);
    if (member === undefined) continue;
    const difference = compareResult(
      value,
      (actual as Record<string, unknown>)[member],
      `${path}.${member}`,
      symbols,
    );
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function compareList(
  expected: readonly Item[],
  actual: readonly unknown[],
  path: string,
  symbols: Symbols,
): Difference | undefined {
  if (expected.length !== actual.length) {
    return { field: `${path}.length`, expected: String(expected.length), actual: String(actual.length) };
  }
  for (const [index, { value }] of expected.entries()) {
    const difference = compareResult(value, actual[index], `${path}[${index}]`, symbols);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isAddress(value: unknown): value is { address: string; port: number } {
  return typeof value === "object" && value !== null && "address" in value && "port" in value;
}

function showAddress({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${parseAddress(address) ?? address} port ${port}`;
}

/** As text, for people, and equal where the values are. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value instanceof Uint8Array) {
    const hex = [...value].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return value.length === 0 ? "0 bytes" : `${value.length} bytes: ${hex}`;
  }
  if (isAddress(value)) return showAddress(value);
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, each]) => `${name}=${show(each)}`);
    return `{${members.join(", ")}}`;
  }
  return String(value);
}
