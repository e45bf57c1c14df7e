import { SocketError } from "./errors.ts";

/** Reads one member of a structure that the user handed to `syscall`; `name` is what an error calls it. */
export type FieldReader<T> = (value: unknown, name: string, syscall: string) => T;

/**
 * A reader of a structure: each member by its reader, and no member that it does not have, for that is a misspelt one.
 * Throws EINVAL, and names the member, what it got and what it takes.
 */
export function struct<T extends object>(
  fields: { readonly [K in keyof T]-?: FieldReader<T[K]> },
): FieldReader<T> {
  const known = Object.keys(fields);
  return (value, name, syscall) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      throw invalid(syscall, `${name} takes a structure { ${known.join(", ")} }, not ${shown(value)}`);
    }
    const given = value as Record<string, unknown>;
    for (const key of Object.keys(given)) {
      if (!known.includes(key))
        throw invalid(syscall, `${name} has no member ${key}: its members are ${known.join(", ")}`);
    }
    const read: Record<string, unknown> = {};
    for (const key of known)
      read[key] = (fields as Record<string, FieldReader<unknown>>)[key]?.(given[key], key, syscall);
    return read as T;
  };
}

/** The options of a call: a structure, or none. */
export function optionsOf<T extends object>(
  syscall: string,
  value: T | undefined,
  known: readonly string[],
): T {
  if (value === undefined) return {} as T;
  if (typeof value !== "object" || value === null) {
    throw invalid(syscall, `its options are { ${known.join(", ")} }, not ${shown(value)}`);
  }
  const odd = Object.keys(value).find((key) => !known.includes(key));
  if (odd !== undefined)
    throw invalid(syscall, `there is no option ${odd}: its options are ${known.join(", ")}`);
  return value;
}

/** A whole number of a range. Left out, it is 0, as in a structure that was cleared. */
export function integer(minimum: number, maximum: number): FieldReader<number> {
  return (value = 0, name, syscall) => {
    if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum)
      return value as number;
    throw invalid(syscall, `${name} is a whole number from ${minimum} to ${maximum}, not ${shown(value)}`);
  };
}

export const u8: FieldReader<number> = integer(0, 0xff);
export const u16: FieldReader<number> = integer(0, 0xffff);
export const u32: FieldReader<number> = integer(0, 0xffff_ffff);
/** `sctp_assoc_t`. */
export const assocId: FieldReader<number> = integer(0, 0x7fff_ffff);

/** An on/off option: a number, or a boolean. */
export const flag: FieldReader<boolean> = (value, name, syscall) => {
  if (typeof value === "boolean" || Number.isInteger(value)) return Boolean(value);
  throw invalid(syscall, `${name} is on (1, true) or off (0, false), not ${shown(value)}`);
};

/** Any number of flags out of those. */
export function flags(allowed: number): FieldReader<number> {
  return (value = 0, name, syscall) => {
    if (Number.isInteger(value) && ((value as number) & ~allowed) === 0) return value as number;
    throw invalid(syscall, `${name} has flags that it does not take: ${shown(value)}`);
  };
}

/** One of some names. */
export function oneOf<T extends string | number>(...values: readonly T[]): FieldReader<T> {
  return (value, name, syscall) => {
    if ((values as readonly unknown[]).includes(value)) return value as T;
    throw invalid(syscall, `${name} is one of ${values.join(", ")}, not ${shown(value)}`);
  };
}

export function listOf<T>(each: FieldReader<T>): FieldReader<readonly T[]> {
  return (value = [], name, syscall) => {
    if (!Array.isArray(value)) throw invalid(syscall, `${name} is a list, not ${shown(value)}`);
    return value.map((one, index) => each(one, `${name}[${index}]`, syscall));
  };
}

/** Bytes, copied: the caller may use its buffer again. */
export const bytes: FieldReader<Uint8Array> = (value, name, syscall) => {
  if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value);
  throw invalid(syscall, `${name} is a Uint8Array, not ${shown(value)}`);
};

/** What the member is when it is left out. */
export function optional<T>(reader: FieldReader<T>): FieldReader<T | undefined> {
  return (value, name, syscall) => (value === undefined ? undefined : reader(value, name, syscall));
}

/** Left as it is, for somebody who reads it with more knowledge. */
export const unread: FieldReader<unknown> = (value) => value;

function invalid(syscall: string, message: string): SocketError {
  return new SocketError("EINVAL", syscall, message);
}

function shown(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
