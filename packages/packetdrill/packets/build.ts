import type { Element, Item, Value } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";
import { addressBytes, COMMON_HEADER, checksumBytes, numberBytes, padded } from "./bytes.ts";
import type { Column, Family, Field, Layout } from "./layout.ts";
import { isGeneric, layoutByName } from "./layouts.ts";
import type { NormalChunk } from "./normalize.ts";
import { type Direction, opposite, type Symbols } from "./symbols.ts";

/** What a packet to the tested host takes from what that host sent before. */
export interface Replay {
  /** The cookie of its last INIT ACK. */
  readonly cookie: Uint8Array | undefined;
  /** The Heartbeat Info of its last HEARTBEAT. */
  readonly heartbeat: Uint8Array | undefined;
}

export interface BuildContext {
  readonly symbols: Symbols;
  readonly replay: Replay;
}

/** What is built goes to the tested host, but for what is quoted in it. */
interface Building extends BuildContext {
  readonly direction: Direction;
}

export interface PacketHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tag: number;
  readonly badChecksum: boolean;
}

/** Bytes for what a script leaves open. */
const FILLER = 0x55;

/** A packet from the peer. */
export function buildPacket(
  header: PacketHeader,
  chunks: readonly NormalChunk[],
  context: BuildContext,
): Uint8Array {
  const building: Building = { ...context, direction: "in" };
  const body = chunks.flatMap((chunk) =>
    chunk.kind === "list"
      ? itemBytes(chunk.items)
      : withPadding(buildElement("chunk", chunk, building, undefined)),
  );
  const bytes = Uint8Array.from([
    ...numberBytes(header.sourcePort, 2),
    ...numberBytes(header.destinationPort, 2),
    ...numberBytes(header.tag, 4),
    ...[0, 0, 0, 0],
    ...body,
  ]);
  const checksum = checksumBytes(bytes);
  if (header.badChecksum) checksum[0] = (checksum[0] as number) ^ 0xff;
  bytes.set(checksum, COMMON_HEADER - 4);
  return bytes;
}

function withPadding(bytes: number[]): number[] {
  while (bytes.length < padded(bytes.length)) bytes.push(0);
  return bytes;
}

/** One chunk, parameter or cause, without padding. */
function buildElement(
  family: Family,
  element: Element,
  context: Building,
  parent: string | undefined,
): number[] {
  const layout = layoutByName(family, element.name) as Layout;
  const given = new Map(
    element.items.flatMap(({ name, value }) => (name === undefined ? [] : [[name, value]])),
  );
  const length = numberIn(given.get("len"));
  const body: number[] = [];
  for (const field of layout.fields) {
    // The number of a generic one is its type.
    if (isGeneric(layout) && field === layout.fields[0]) continue;
    if (field.kind === "number" && field.optional === true && !given.has(field.name)) break;
    const room = length === undefined ? undefined : Math.max(0, length - 4 - body.length);
    body.push(...fieldBytes({ field, given, items: element.items, room, context, layout, parent }));
  }
  const typeField = layout.fields[0];
  const type =
    isGeneric(layout) && typeField?.kind === "number" ? numberIn(given.get(typeField.name)) : layout.type;
  const head = family === "chunk" ? [type ?? 0, numberIn(given.get("flgs")) ?? 0] : numberBytes(type ?? 0, 2);
  return [...head, ...numberBytes(length ?? 4 + body.length, 2), ...body];
}

interface FieldContext {
  readonly field: Field;
  readonly given: ReadonlyMap<string | undefined, Value>;
  readonly items: readonly Item[];
  /** Bytes that the length of the element leaves for this field and those behind it. */
  readonly room: number | undefined;
  readonly context: Building;
  readonly layout: Layout;
  /** The chunk that a parameter stands in. */
  readonly parent: string | undefined;
}

function fieldBytes(at: FieldContext): number[] {
  const { field, given, room, context, layout } = at;
  switch (field.kind) {
    case "number": {
      const symbol = numberIn(given.get(field.name)) ?? field.initial ?? 0;
      return numberBytes(liveNumber(field, symbol, context), field.bytes);
    }
    case "reserved":
      return numberBytes(0, field.bytes);
    case "count":
      return numberBytes(listIn(given.get(field.of)).length, field.bytes);
    case "bytes":
      return openBytes(at, given.get(field.name));
    case "payload":
      return filler(room ?? 0);
    case "address":
      return addressIn(given.get(field.name), field.bytes);
    case "list":
      return listIn(given.get(field.name)).flatMap(({ value }) => {
        return numberBytes(liveNumber(field, numberIn(value) ?? 0, context), field.bytes);
      });
    case "rows":
      return listIn(given.get(field.name)).flatMap(({ value }) => rowBytes(value, field.columns));
    case "parts":
      return partsBytes(at, field, layout.family === "chunk" ? layout.name : at.parent);
    case "chunk": {
      const chunk = given.get(field.name);
      return chunk?.kind === "element"
        ? buildElement("chunk", chunk, quotedIn(context), undefined)
        : filler(room ?? 0);
    }
  }
}

function liveNumber(
  { space }: Extract<Field, { kind: "number" | "list" }>,
  symbol: number,
  { symbols, direction }: Building,
): number {
  return space === undefined ? symbol : symbols.live(space, direction, symbol);
}

function quotedIn(context: Building): Building {
  return { ...context, direction: opposite(context.direction) };
}

/** Bytes of the script, those to be replayed, or any. */
function openBytes({ layout, context, room, parent }: FieldContext, value: Value | undefined): number[] {
  if (value !== undefined && value.kind !== "any") return itemBytes(listIn(value));
  const { cookie, heartbeat } = context.replay;
  const isEchoed = layout.family === "chunk" && layout.name === "COOKIE_ECHO";
  if (isEchoed && cookie !== undefined) return [...cookie];
  const isAnswer = layout.name === "HEARTBEAT_INFORMATION" && parent === "HEARTBEAT_ACK";
  if (isAnswer && heartbeat !== undefined) return [...heartbeat];
  return filler(room ?? 0);
}

function partsBytes(
  { given, items, context }: FieldContext,
  field: Extract<Field, { kind: "parts" }>,
  parent: string | undefined,
): number[] {
  const named = given.get(field.name);
  const parts =
    field.name === undefined
      ? items.filter(({ name }) => name === undefined)
      : field.single === true && named !== undefined
        ? [{ value: named }]
        : listIn(named);
  const bytes: number[] = [];
  const within = field.isQuote === true ? quotedIn(context) : context;
  for (const { value } of parts) {
    if (value.kind !== "element") continue;
    // RFC 9260 §3.2: the padding of all but the last is counted.
    withPadding(bytes);
    bytes.push(...buildElement(field.family, value, within, parent));
  }
  return bytes;
}

function rowBytes(value: Value, columns: readonly Column[]): number[] {
  const numbers =
    value.kind === "range"
      ? [value.start, value.end]
      : value.kind === "struct"
        ? value.items.map((item) => numberIn(item.value) ?? 0)
        : [];
  return columns.flatMap(({ bytes }, index) => numberBytes(numbers[index] ?? 0, bytes));
}

function addressIn(value: Value | undefined, size: 4 | 16): number[] {
  if (value?.kind !== "address") return new Array<number>(size).fill(0);
  const bytes = addressBytes(value.text);
  if (bytes.length === size) return bytes;
  throw new ScriptError(`an address of ${size} bytes should stand here`, value.at);
}

function filler(length: number): number[] {
  return new Array<number>(length).fill(FILLER);
}

function numberIn(value: Value | undefined): number | undefined {
  return value?.kind === "number" ? value.value : undefined;
}

function listIn(value: Value | undefined): readonly Item[] {
  return value?.kind === "list" ? value.items.filter((item) => item.value.kind !== "any") : [];
}

function itemBytes(items: readonly Item[]): number[] {
  return items.map(({ value }) => numberIn(value) ?? 0);
}
