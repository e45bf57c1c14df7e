import { parseAddress } from "usctp/core";
import type { Element, Item, Value, ValueForm } from "../language/ast.ts";
import { addressText, COMMON_HEADER, hasRightChecksum, numberBytes, padded, readNumber } from "./bytes.ts";
import type { Family, Field, Layout } from "./layout.ts";
import { generic, layoutByType } from "./layouts.ts";
import { type Direction, opposite, type Symbols } from "./symbols.ts";

/** A packet that the tested host sent, in the form of a script. */
export interface DecodedPacket {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tag: number;
  readonly chunks: readonly Element[];
  /** What no packet may be: a wrong checksum, padding that is not zero or not there. */
  readonly faults: readonly string[];
}

const NOWHERE = { line: 0, column: 0 } as const;

export function decodePacket(bytes: Uint8Array, symbols: Symbols): DecodedPacket {
  const faults: string[] = [];
  if (!hasRightChecksum(bytes)) faults.push("the CRC32c is wrong");
  const reader = new Reader(symbols, "out", faults);
  return {
    sourcePort: readNumber(bytes, 0, 2),
    destinationPort: readNumber(bytes, 2, 2),
    tag: readNumber(bytes, 4, 4),
    chunks: reader.elements("chunk", bytes.slice(COMMON_HEADER), true),
    faults,
  };
}

export function asValue(form: ValueForm): Value {
  return { ...form, at: NOWHERE };
}

function item(name: string | undefined, form: ValueForm): Item {
  return { at: NOWHERE, name, size: undefined, value: asValue(form) };
}

function numberItem(name: string | undefined, value: number): Item {
  return item(name, { kind: "number", value });
}

function bytesForm(bytes: Uint8Array): ValueForm {
  return { kind: "list", items: [...bytes].map((byte) => numberItem(undefined, byte)) };
}

/** What does not fit its layout is shown by its number. */
class Misfit extends Error {}

class Reader {
  readonly #symbols: Symbols;
  readonly #direction: Direction;
  readonly #faults: string[];

  constructor(symbols: Symbols, direction: Direction, faults: string[]) {
    this.#symbols = symbols;
    this.#direction = direction;
    this.#faults = faults;
  }

  /**
   * A list of chunks, parameters or causes, each read by `reader`. The length around parameters and causes leaves the last
   * padding out.
   */
  elements(family: Family, bytes: Uint8Array, lastIsPadded: boolean, reader: Reader = this): Element[] {
    const found: Element[] = [];
    let at = 0;
    while (at < bytes.length) {
      const length = at + 4 > bytes.length ? 0 : readNumber(bytes, at + 2, 2);
      if (length < 4 || at + length > bytes.length) {
        this.#faults.push(`${bytes.length - at} bytes are no whole ${family}`);
        break;
      }
      found.push(reader.element(family, bytes.subarray(at, at + length)));
      const padding = bytes.subarray(at + length, at + padded(length));
      if (padding.some((byte) => byte !== 0)) this.#faults.push("padding is not zero");
      at += padded(length);
    }
    if (lastIsPadded && at > bytes.length) this.#faults.push(`the last ${family} is not padded`);
    return found;
  }

  element(family: Family, bytes: Uint8Array): Element {
    const type = readNumber(bytes, 0, family === "chunk" ? 1 : 2);
    const layout = layoutByType(family, type);
    if (layout === undefined) return this.#generic(family, type, bytes);
    const faults = this.#faults.length;
    const asSent = bytes.slice();
    try {
      const items = [...this.#head(family, bytes), ...this.#fields(layout, bytes)];
      return { kind: "element", name: layout.name, items, generic: this.#generic(family, type, bytes) };
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      bytes.set(asSent);
      this.#faults.length = faults;
      this.#faults.push(`${layout.name} does not have the form of one`);
      return this.#generic(family, type, bytes);
    }
  }

  #generic(family: Family, type: number, bytes: Uint8Array): Element {
    const [typeField, valueField] = generic[family].fields;
    const nameOf = (field: Field | undefined): string =>
      field !== undefined && "name" in field && field.name !== undefined ? field.name : "";
    const items = [
      numberItem(nameOf(typeField), type),
      ...this.#head(family, bytes),
      item(nameOf(valueField), bytesForm(bytes.subarray(4))),
    ];
    return { kind: "element", name: generic[family].name, items };
  }

  #head(family: Family, bytes: Uint8Array): Item[] {
    const length = numberItem("len", bytes.length);
    return family === "chunk" ? [numberItem("flgs", bytes[1] as number), length] : [length];
  }

  #fields(layout: Layout, bytes: Uint8Array): Item[] {
    const items: Item[] = [];
    const counts = new Map<string, number>();
    let at = 4;
    const take = (size: number): Uint8Array => {
      if (at + size > bytes.length) throw new Misfit();
      at += size;
      return bytes.subarray(at - size, at);
    };
    for (const field of layout.fields) {
      const left = bytes.length - at;
      if (field.kind === "number" && field.optional === true && left === 0) break;
      switch (field.kind) {
        case "number":
          items.push(numberItem(field.name, this.#symbol(field, take(field.bytes))));
          break;
        case "reserved":
          if (readNumber(take(field.bytes), 0, field.bytes) !== 0)
            this.#faults.push("a reserved field is not zero");
          break;
        case "count":
          counts.set(field.of, readNumber(take(field.bytes), 0, field.bytes));
          break;
        case "payload":
          take(left);
          break;
        case "bytes":
          items.push(item(field.name, bytesForm(take(left))));
          break;
        case "address":
          items.push(item(field.name, { kind: "address", text: canonical(take(field.bytes)) }));
          break;
        case "list":
        case "rows": {
          const size =
            field.kind === "list" ? field.bytes : field.columns.reduce((sum, each) => sum + each.bytes, 0);
          const number = counts.get(field.name) ?? Math.floor(left / size);
          const rows = Array.from({ length: number }, () => this.#row(field, take(size)));
          items.push(item(field.name, { kind: "list", items: rows }));
          break;
        }
        case "parts":
          items.push(...this.#parts(field, take(left)));
          break;
        case "chunk":
          items.push(item(field.name, this.#quote().element("chunk", take(left))));
          break;
      }
    }
    if (at !== bytes.length) throw new Misfit();
    return items;
  }

  /** A number, which takes the place of the live one, so that bytes are compared in the script's numbers, too. */
  #symbol({ space }: Extract<Field, { kind: "number" | "list" }>, bytes: Uint8Array): number {
    const live = readNumber(bytes, 0, bytes.length);
    if (space === undefined) return live;
    const symbol = this.#symbols.symbol(space, this.#direction, live);
    bytes.set(numberBytes(symbol, bytes.length));
    return symbol;
  }

  /** Reads what went the other way. Its faults are not those of who quotes it. */
  #quote(): Reader {
    return new Reader(this.#symbols, opposite(this.#direction), []);
  }

  #row(field: Extract<Field, { kind: "list" | "rows" }>, bytes: Uint8Array): Item {
    if (field.kind === "list") return numberItem(undefined, this.#symbol(field, bytes));
    let at = 0;
    const numbers = field.columns.map((column) => {
      at += column.bytes;
      return readNumber(bytes, at - column.bytes, column.bytes);
    });
    if (field.as === "range")
      return item(undefined, { kind: "range", start: numbers[0] ?? 0, end: numbers[1] ?? 0 });
    return item(undefined, { kind: "struct", items: numbers.map((number) => numberItem(undefined, number)) });
  }

  #parts(field: Extract<Field, { kind: "parts" }>, bytes: Uint8Array): Item[] {
    const reader = field.isQuote === true ? this.#quote() : this;
    const elements = this.elements(field.family, bytes, false, reader);
    if (field.name === undefined) return elements.map((element) => item(undefined, element));
    const [first] = elements;
    if (field.single === true) return first === undefined ? [] : [item(field.name, first)];
    return [item(field.name, { kind: "list", items: elements.map((element) => item(undefined, element)) })];
  }
}

function canonical(bytes: Uint8Array): string {
  const text = addressText([...bytes]);
  return parseAddress(text) ?? text;
}
