import type { Item, Value } from "../language/ast.ts";

/** A value as a script would write it. Long runs of bytes are cut. */
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
      return `${value.name}[${printItems(value.items)}]`;
  }
}

const SHOWN_ITEMS = 16;

export function printItems(items: readonly Item[]): string {
  const texts = items.slice(0, SHOWN_ITEMS).map(({ name, size, value }) => {
    const shown = print(value);
    if (name === undefined) return shown;
    return size === undefined ? `${name}=${shown}` : `${name}(${print(size)})=${shown}`;
  });
  if (items.length > SHOWN_ITEMS) texts.push(`and ${items.length - SHOWN_ITEMS} more`);
  return texts.join(", ");
}
