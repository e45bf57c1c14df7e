/** Whose numbers a field counts in, seen from who sends the chunk: TSNs and tags in scripts are symbols. */
export type Space = "own-tsn" | "other-tsn" | "own-tag";

/** A part of a chunk, parameter or cause, in the order of the wire. */
export type Field =
  | {
      readonly kind: "number";
      readonly name: string;
      readonly bytes: 1 | 2 | 4;
      readonly space?: Space;
      /** Other names that scripts may use for it. */
      readonly aliases?: readonly string[];
      /** What is sent where the script leaves it open. */
      readonly initial?: number;
      /** May be left out, and all that follows with it. */
      readonly optional?: boolean;
    }
  | { readonly kind: "reserved"; readonly bytes: 1 | 2 | 4 }
  /** How many items that list has. */
  | { readonly kind: "count"; readonly bytes: 2 | 4; readonly of: string }
  /** The rest. */
  | { readonly kind: "bytes"; readonly name: string; readonly aliases?: readonly string[] }
  /** User data, which scripts only give the length of. */
  | { readonly kind: "payload" }
  | { readonly kind: "address"; readonly name: string; readonly bytes: 4 | 16 }
  | {
      readonly kind: "list";
      readonly name: string;
      readonly bytes: 1 | 2 | 4;
      readonly space?: Space;
      readonly names?: Readonly<Record<string, number>>;
    }
  /** Items of several numbers: `2:3` of two, `{1,0}` of any. */
  | {
      readonly kind: "rows";
      readonly name: string;
      readonly columns: readonly Column[];
      readonly as: "range" | "struct";
    }
  /** Parameters or causes; without a name they stand by themselves. */
  | {
      readonly kind: "parts";
      readonly name?: string;
      readonly family: "parameter" | "cause";
      /** Exactly one, without brackets. */
      readonly single?: boolean;
      /** They are of a packet that went the other way. */
      readonly isQuote?: boolean;
    }
  /** A chunk of a packet that went the other way. */
  | { readonly kind: "chunk"; readonly name: string };

export interface Column {
  readonly name: string;
  readonly bytes: 1 | 2 | 4;
}

export type Family = "chunk" | "parameter" | "cause";

/** How a chunk, parameter or cause is laid out. */
export interface Layout {
  readonly family: Family;
  readonly name: string;
  readonly type: number;
  /** Letters of the flags of a chunk. */
  readonly flags: Readonly<Record<string, number>>;
  readonly fields: readonly Field[];
}

export const u8 = (name: string, more: Partial<Extract<Field, { kind: "number" }>> = {}): Field => ({
  kind: "number",
  name,
  bytes: 1,
  ...more,
});
export const u16 = (name: string, more: Partial<Extract<Field, { kind: "number" }>> = {}): Field => ({
  kind: "number",
  name,
  bytes: 2,
  ...more,
});
export const u32 = (name: string, more: Partial<Extract<Field, { kind: "number" }>> = {}): Field => ({
  kind: "number",
  name,
  bytes: 4,
  ...more,
});
export const reserved = (bytes: 1 | 2 | 4): Field => ({ kind: "reserved", bytes });
export const count = (of: string, bytes: 2 | 4 = 2): Field => ({ kind: "count", bytes, of });
export const rest = (name: string = "val", aliases: readonly string[] = []): Field => ({
  kind: "bytes",
  name,
  aliases,
});
const c16 = (name: string): Column => ({ name, bytes: 2 });
export const gaps = (name: string): Field => ({
  kind: "rows",
  name,
  columns: [c16("start"), c16("end")],
  as: "range",
});
export const parameters: Field = { kind: "parts", family: "parameter" };
export const causes: Field = { kind: "parts", family: "cause" };
