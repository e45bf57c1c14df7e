import type { Element, Item, Value } from "../language/ast.ts";
import { numberBytes, padded, readNumber } from "./bytes.ts";
import { layoutByName } from "./layouts.ts";
import type { NormalChunk } from "./normalize.ts";
import { print, printElement, printItems } from "./print.ts";

/** What is first found to be other than the script wants it. */
export interface Difference {
  /** Where in the packet or call: `INIT_ACK.os`, `result`. */
  readonly field: string;
  /** Both as a script would write them. */
  readonly expected: string;
  readonly actual: string;
}

/** Compares what was sent with what the script wants: all chunks, in order. */
export function compareChunks(
  expected: readonly NormalChunk[],
  actual: readonly Element[],
): Difference | undefined {
  if (expected.length !== actual.length) return whole(expected, actual);
  for (const [index, chunk] of expected.entries()) {
    const sent = actual[index] as Element;
    if (chunk.kind === "element" && !fits(chunk, sent)) return whole(expected, actual);
    const difference =
      chunk.kind === "list"
        ? compareBytes(chunk.items, bytesOf(sent), `chunks[${index}]`)
        : compareElement(chunk, sent, chunk.name);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

export function printChunks(chunks: readonly (Element | NormalChunk)[]): string {
  return chunks.map((chunk) => (chunk.kind === "list" ? print(chunk) : printElement(chunk))).join("; ");
}

function whole(expected: readonly NormalChunk[], actual: readonly Element[]): Difference {
  return { field: "chunks", expected: printChunks(expected), actual: printChunks(actual) };
}

/** The bytes of a chunk with its padding; TSNs and tags in the script's numbers, where it has the form of its type. */
function bytesOf(sent: Element): number[] {
  const { items } = sent.generic ?? sent;
  const number = (name: string): number => numberOf(items.find((each) => each.name === name)?.value);
  const value = items.find((each) => each.name === "val")?.value;
  const rest = value?.kind === "list" ? value.items.map((each) => numberOf(each.value)) : [];
  const bytes = [number("type"), number("flgs"), ...numberBytes(number("len"), 2), ...rest];
  return [...bytes, ...new Array<number>(padded(bytes.length) - bytes.length).fill(0)];
}

/** Raw bytes of a script, one list a chunk. The padding may be left out; `...` at the end allows more. */
function compareBytes(
  expected: readonly Item[],
  actual: readonly number[],
  path: string,
): Difference | undefined {
  const isOpen = expected.at(-1)?.value.kind === "any";
  const wanted = isOpen ? expected.slice(0, -1) : expected;
  const length = readNumber(Uint8Array.from(actual), 2, 2);
  const compared = isOpen ? wanted.length : Math.max(wanted.length, length);
  for (let at = 0; at < compared; at += 1) {
    const value = wanted[at]?.value;
    const byte = actual[at];
    if ((value?.kind === "any" && byte !== undefined) || (value !== undefined && numberOf(value) === byte))
      continue;
    return {
      field: `${path}[${at}]`,
      expected: value === undefined ? "nothing" : print(value),
      actual: byte === undefined ? "nothing" : String(byte),
    };
  }
  return undefined;
}

function numberOf(value: Value | undefined): number {
  return value?.kind === "number" ? value.value : -1;
}

/** Whether it is that chunk, parameter or cause at all. */
function fits(expected: Element, actual: Element): boolean {
  return expected.name === actual.name || expected.name === actual.generic?.name;
}

function compareElement(expected: Element, actual: Element, path: string): Difference | undefined {
  // One that is written by its number is compared by its bytes.
  const sent = expected.name === actual.name ? actual : (actual.generic ?? actual);
  for (const { name, value } of expected.items) {
    if (name === undefined) continue;
    const other = sent.items.find((each) => each.name === name)?.value;
    const difference =
      other === undefined && value.kind !== "any"
        ? { field: `${path}.${name}`, expected: print(value), actual: "nothing" }
        : compareValue(value, other, `${path}.${name}`);
    if (difference !== undefined) return difference;
  }
  const hasParts = (
    layoutByName("chunk", sent.name) ??
    layoutByName("parameter", sent.name) ??
    layoutByName("cause", sent.name)
  )?.fields.some((field) => field.kind === "parts" && field.name === undefined);
  if (hasParts !== true) return undefined;
  return compareLists(unnamed(expected.items), unnamed(sent.items), path);
}

function unnamed(items: readonly Item[]): Item[] {
  return items.filter(({ name }) => name === undefined);
}

/** Count and order; `...` at the end allows more. */
function compareLists(
  expected: readonly Item[],
  actual: readonly Item[],
  path: string,
): Difference | undefined {
  const isOpen = expected.at(-1)?.value.kind === "any";
  const wanted = isOpen ? expected.slice(0, -1) : expected;
  const all = { field: path, expected: outline(expected), actual: outline(actual) };
  if (actual.length < wanted.length || (!isOpen && actual.length > wanted.length)) return all;
  for (const [index, { value }] of wanted.entries()) {
    const other = actual[index]?.value;
    if (value.kind === "element" && (other?.kind !== "element" || !fits(value, other))) return all;
    const name = value.kind === "element" ? `${path}.${value.name}` : `${path}[${index}]`;
    const difference = compareValue(value, other, name);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** What is in a list: of chunks, parameters and causes the names. */
function outline(items: readonly Item[]): string {
  return `[${printItems(
    items.map((item) =>
      item.value.kind === "element" && item.value.items.length > 0
        ? { ...item, value: { kind: "element", name: item.value.name, items: [OPEN], at: item.value.at } }
        : item,
    ),
  )}]`;
}

const NOWHERE = { line: 0, column: 0 } as const;
const OPEN: Item = { at: NOWHERE, name: undefined, size: undefined, value: { kind: "any", at: NOWHERE } };

function compareValue(expected: Value, actual: Value | undefined, path: string): Difference | undefined {
  if (expected.kind === "any") return undefined;
  if (expected.kind === "list" && actual?.kind === "list")
    return compareLists(expected.items, actual.items, path);
  if (expected.kind === "struct" && actual?.kind === "struct")
    return compareLists(expected.items, actual.items, path);
  if (expected.kind === "element" && actual?.kind === "element") {
    if (fits(expected, actual)) return compareElement(expected, actual, path);
  } else if (actual !== undefined && print(expected) === print(actual)) return undefined;
  return { field: path, expected: print(expected), actual: actual === undefined ? "nothing" : print(actual) };
}
