import { parseAddress } from "usctp/core";
import type { Element, Item, PacketAction, Value } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";
import type { Column, Family, Field, Layout } from "./layout.ts";
import { layoutByName } from "./layouts.ts";

const FLAG_BYTES = 1;
const LENGTH_BYTES = 2;

/** A chunk of a script that was found to make sense, or its raw bytes. */
export type NormalChunk = (Element & { readonly at: Value["at"] }) | Extract<Value, { kind: "list" }>;

/**
 * The chunks of a packet with their names looked up, constants and letters as numbers, texts as bytes. Throws a
 * `ScriptError` where a script names what there is not.
 */
export function normalizePacket(packet: PacketAction): NormalChunk[] {
  return packet.chunks.map((chunk) => {
    if (chunk.kind === "list") return bytesOf(chunk) as Extract<Value, { kind: "list" }>;
    if (chunk.kind === "element") return normalizeElement("chunk", chunk);
    throw new ScriptError("a chunk should stand here", chunk.at);
  });
}

function normalizeElement(family: Family, value: Value): Element & { readonly at: Value["at"] } {
  // A name without brackets is one with nothing in them.
  const { name, items } = value.kind === "name" ? { name: value.name, items: [] } : elementOf(family, value);
  const layout = layoutByName(family, name);
  if (layout === undefined) throw new ScriptError(`there is no ${family} ${name}`, value.at);
  const normal = items.map((item) => normalizeItem(layout, item));
  const open = normal.findIndex((item) => item.name === undefined && item.value.kind === "any");
  if (open >= 0 && normal.slice(open + 1).some((item) => item.name === undefined)) {
    throw new ScriptError('"..." stands at the end of a list', value.at);
  }
  return { kind: "element", name: layout.name, items: normal, at: value.at };
}

function elementOf(family: Family, value: Value): Element {
  if (value.kind === "element") return value;
  throw new ScriptError(`a ${family} should stand here, NAME[...]`, value.at);
}

function normalizeItem(layout: Layout, item: Item): Item {
  const { at, name, value } = item;
  if (name === undefined) {
    const parts = layout.fields.find((field) => field.kind === "parts" && field.name === undefined);
    if (parts?.kind !== "parts") {
      if (value.kind === "any") return item;
      throw new ScriptError(`${layout.name} takes nothing without a name`, value.at);
    }
    return value.kind === "any" ? item : { ...item, value: normalizeElement(parts.family, value) };
  }
  if (name === "flgs" && layout.family === "chunk") return { ...item, value: flagsOf(layout, value) };
  if (name === "len") return { ...item, value: numberOf(value, LENGTH_BYTES) };
  const field = layout.fields.find((each) => isNamed(each, name));
  if (field === undefined) throw new ScriptError(`${layout.name} has no ${name}`, at);
  return { ...item, name: nameOf(field), value: normalizeValue(field, value) };
}

function isNamed(field: Field, name: string): boolean {
  if (nameOf(field) === name) return true;
  return "aliases" in field && field.aliases?.includes(name) === true;
}

function nameOf(field: Field): string | undefined {
  return "name" in field ? field.name : undefined;
}

function normalizeValue(field: Field, value: Value): Value {
  if (value.kind === "any") return value;
  switch (field.kind) {
    case "number":
      return numberOf(value, field.bytes);
    case "bytes":
      return bytesOf(value);
    case "address":
      return addressOf(value);
    case "list":
      return mapList(value, (each) => numberOf(each, field.bytes, field.names));
    case "rows":
      return mapList(value, (each) => rowOf(field, each));
    case "parts":
      if (field.single === true) return normalizeElement(field.family, value);
      return mapList(value, (each) => normalizeElement(field.family, each));
    case "chunk":
      return normalizeElement("chunk", value);
    default:
      return value;
  }
}

function mapList(value: Value, each: (value: Value) => Value): Value {
  if (value.kind !== "list") throw new ScriptError("a list should stand here, [...]", value.at);
  const items = value.items.map((item) => ({
    ...item,
    value: item.value.kind === "any" ? item.value : each(item.value),
  }));
  return { ...value, items };
}

/** A whole number that fits so many bytes, or what stands for one. */
function numberOf(value: Value, bytes: number, names: Readonly<Record<string, number>> = {}): Value {
  if (value.kind === "any") return value;
  if (value.kind === "number" && fits(value.value, bytes)) return value;
  const known = value.kind === "name" ? names[value.name] : undefined;
  if (known !== undefined) return { kind: "number", value: known, at: value.at };
  throw new ScriptError(`a whole number should stand here, 0 to ${256 ** bytes - 1}`, value.at);
}

function fits(value: number, bytes: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 256 ** bytes;
}

function flagsOf(layout: Layout, value: Value): Value {
  if (value.kind === "or") {
    const parts = value.parts.map((part) => flagsOf(layout, part));
    const sum = parts.reduce((all, part) => all | (part.kind === "number" ? part.value : 0), 0);
    return { kind: "number", value: sum, at: value.at };
  }
  if (value.kind !== "name") return numberOf(value, FLAG_BYTES);
  let flags = 0;
  for (const letter of value.name) {
    const bit = layout.flags[letter];
    if (bit === undefined) throw new ScriptError(`${layout.name} has no flag ${letter}`, value.at);
    flags |= bit;
  }
  return { kind: "number", value: flags, at: value.at };
}

/** Bytes in brackets, or a text. */
function bytesOf(value: Value): Value {
  if (value.kind === "any") return value;
  if (value.kind === "text") {
    const items = [...new TextEncoder().encode(value.text)].map((byte) => number(byte, value));
    return { kind: "list", items, at: value.at };
  }
  return mapList(value, (each) => {
    if (each.kind === "number" && fits(each.value, 1)) return each;
    throw new ScriptError("a byte should stand here, 0 to 255", each.at);
  });
}

function number(value: number, { at }: Value): Item {
  return { at, name: undefined, size: undefined, value: { kind: "number", value, at } };
}

function addressOf(value: Value): Value {
  const text = value.kind === "address" || value.kind === "text" ? value.text : undefined;
  const address = text === undefined ? undefined : parseAddress(text);
  if (address !== undefined) return { kind: "address", text: address, at: value.at };
  throw new ScriptError("an IP address should stand here", value.at);
}

function rowOf({ as, columns }: Extract<Field, { kind: "rows" }>, value: Value): Value {
  if (as === "range") {
    const isRange = value.kind === "range";
    if (isRange && [value.start, value.end].every((each, index) => fits(each, columns[index]?.bytes ?? 0)))
      return value;
    throw new ScriptError("two numbers should stand here, 2:3, of two bytes each", value.at);
  }
  if (value.kind !== "struct" || value.items.length !== columns.length)
    throw new ScriptError(`${columns.length} numbers should stand here in braces`, value.at);
  const items = value.items.some(({ name }) => name !== undefined)
    ? inOrder(columns, value.items)
    : value.items;
  return {
    ...value,
    items: items.map((item, index) => ({
      ...item,
      name: undefined,
      value: numberOf(item.value, columns[index]?.bytes ?? 0),
    })),
  };
}

/** Numbers with names stand in any order. */
function inOrder(columns: readonly Column[], items: readonly Item[]): Item[] {
  const names = columns.map(({ name }) => name);
  const found = new Map<string, Item>();
  for (const item of items) {
    const { name, at } = item;
    if (name === undefined || !names.includes(name) || found.has(name))
      throw new ScriptError(`here stand ${names.join(", ")}, once each`, at);
    found.set(name, item);
  }
  return names.flatMap((name) => found.get(name) ?? []);
}
