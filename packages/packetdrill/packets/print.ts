import type { Element, Item, Value } from "../language/ast.ts";
import { layoutByName } from "./layouts.ts";

/** A value as a script would write it. */
export function print(value: Value): string {
  switch (value.kind) {
    case "any":
      return "...";
    case "number":
      return String(value.value);
    case "text":
      return JSON.stringify(value.text);
    case "name":
      return value.name;
    case "address":
      return value.text;
    case "call":
      return `${value.name}(${value.args.map(print).join(", ")})`;
    case "or":
      return value.parts.map(print).join("|");
    case "range":
      return `${value.start}:${value.end}`;
    case "list":
      return `[${printItems(value.items)}]`;
    case "struct":
      return `{${printItems(value.items)}}`;
    case "element":
      return printElement(value);
  }
}

export function printElement({ name, items }: Element): string {
  const flags = layoutByName("chunk", name)?.flags ?? {};
  return `${name}[${printItems(
    items.map((item) => (item.name === "flgs" ? { ...item, value: withLetters(item.value, flags) } : item)),
  )}]`;
}

/** Flags as letters where each has one, the highest first. */
function withLetters(value: Value, flags: Readonly<Record<string, number>>): Value {
  if (value.kind !== "number" || value.value === 0) return value;
  const set = Object.entries(flags).filter(([, bit]) => (value.value & bit) !== 0);
  if (set.reduce((sum, [, bit]) => sum + bit, 0) !== value.value) return value;
  const name = set.map(([letter]) => letter).reverse();
  return { kind: "name", name: name.join(""), at: value.at };
}

export function printItems(items: readonly Item[]): string {
  return items
    .map(({ name, size, value }) => {
      const shown = print(value);
      if (name === undefined) return shown;
      return size === undefined ? `${name}=${shown}` : `${name}(${print(size)})=${shown}`;
    })
    .join(", ");
}
