import type { Random } from "@usctp/sim";
import { type Input, MAX_BODY, MAX_STEPS, type Step } from "./input.ts";
import type { Target } from "./target.ts";

/**
 * Makes an input of others. It knows what chunks, parameters and causes look like, a type with a length,
 * so that what it makes is mostly read to its end; and the numbers that mean something to the target.
 */

const CHUNK_TYPES = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 12, 13, 15, 63, 64, 65, 128, 129, 130, 132, 192, 193, 194, 255,
];
const PARAMETER_TYPES = [
  1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 13, 14, 15, 16, 17, 18, 0x8000, 0x8001, 0x8002, 0x8003, 0x8004, 0x8005,
  0x8008, 0xc000, 0xc001, 0xc002, 0xc003, 0xc004, 0xc005, 0xc006, 0xffff,
];
const NUMBERS = [
  0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 20, 127, 128, 255, 256, 1_000, 1_200, 32_767, 32_768, 65_535,
];
const LARGE = [0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff];
const CHUNK_HEADER = 4;

export type Source = Pick<Target, "kinds" | "dictionary">;

export function mutate(random: Random, source: Source, input: Input, other: Input): Input {
  let { head, steps } = input;
  // Mostly a few changes; now and then many.
  const count = 1 + (random.next() % (random.chance(0.1) ? 16 : 4));
  for (let i = 0; i < count; i++) {
    if (random.chance(0.06)) head = withByte(random, head);
    else if (steps.length === 0 || random.chance(0.25)) steps = mutateSteps(random, source, steps, other);
    else {
      const at = random.next() % steps.length;
      const step = steps[at] as Step;
      steps = steps.with(at, { ...step, body: mutateBody(random, source, step.body, bodyOf(random, other)) });
    }
  }
  return { head, steps: steps.slice(0, MAX_STEPS) };
}

function mutateSteps(random: Random, source: Source, steps: readonly Step[], other: Input): readonly Step[] {
  const at = steps.length === 0 ? 0 : random.next() % steps.length;
  const step = steps[at];
  const foreign = pick(random, other.steps);
  switch (random.next() % 7) {
    case 0:
      return steps.toSpliced(at, steps.length > 1 ? 1 : 0);
    case 1:
      return step === undefined ? steps : steps.toSpliced(at, 0, step);
    case 2:
      return step === undefined ? steps : steps.toSpliced(at, 1).concat(step);
    case 3:
      return step === undefined ? steps : steps.with(at, { ...step, kind: random.next() % source.kinds });
    case 4:
      return [...steps, { kind: random.next() % source.kinds, body: random.bytes(random.next() % 8) }];
    case 5:
      return [...steps.slice(0, at + 1), ...other.steps.slice(-1 - (random.next() % 4))];
    default:
      return foreign === undefined ? steps : steps.toSpliced(at + (random.next() & 1), 0, foreign);
  }
}

function bodyOf(random: Random, input: Input): Uint8Array {
  return pick(random, input.steps)?.body ?? new Uint8Array(0);
}

function mutateBody(random: Random, source: Source, body: Uint8Array, other: Uint8Array): Uint8Array {
  const changed = random.chance(0.45)
    ? mutateTlvs(random, source, body, other)
    : mutateBytes(random, source, body);
  return changed.subarray(0, MAX_BODY);
}

function mutateBytes(random: Random, { dictionary }: Source, body: Uint8Array): Uint8Array {
  if (body.length === 0) return random.bytes(1 + (random.next() % 16));
  const bytes = body.slice();
  const at = random.next() % bytes.length;
  const even = at & ~1;
  const aligned = at & ~3;
  switch (random.next() % 8) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (random.next() % 8));
      return bytes;
    case 1:
      bytes[at] = random.next() & 0xff;
      return bytes;
    case 2:
      put16(bytes, even, near(random, pick(random, NUMBERS) ?? 0));
      return bytes;
    case 3:
      put32(bytes, aligned, pick(random, LARGE) ?? 0);
      return bytes;
    case 4:
    case 5:
      put32(bytes, aligned, near(random, pick(random, dictionary) ?? 0));
      return bytes;
    case 6:
      return bytes.subarray(0, at);
    default: {
      const more = random.bytes(1 + (random.next() % 12));
      return joined([bytes.subarray(0, aligned), more, bytes.subarray(aligned)]);
    }
  }
}

/** The pieces of chunks, parameters or causes, each with its padding; what is left over is the last one. */
function pieces(bytes: Uint8Array): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + CHUNK_HEADER <= bytes.length ? get16(bytes, at + 2) : 0;
    const end = length < CHUNK_HEADER ? bytes.length : Math.min(bytes.length, at + ((length + 3) & ~3));
    list.push(bytes.slice(at, end));
    at = end;
  }
  return list;
}

/** Where the parameters of a chunk of that type begin. */
function inner(type: number): number {
  switch (type) {
    case 1:
    case 2:
      return 20;
    case 0xc1:
    case 0x80:
      return 8;
    case 0:
      return 16;
    case 0x40:
    case 3:
      return 20;
    default:
      return CHUNK_HEADER;
  }
}

function mutateTlvs(random: Random, source: Source, body: Uint8Array, other: Uint8Array): Uint8Array {
  const list = pieces(body);
  const at = list.length === 0 ? 0 : random.next() % list.length;
  const chunk = list[at];
  const foreign = pick(random, pieces(other));
  if (chunk === undefined || chunk.length < CHUNK_HEADER) return foreign ?? body;
  switch (random.next() % 9) {
    case 0:
      return joined(list.toSpliced(at, 1));
    case 1:
      return joined(list.toSpliced(at, 0, chunk));
    case 2:
      return foreign === undefined ? body : joined(list.toSpliced(at + (random.next() & 1), 0, foreign));
    case 3:
      chunk[0] = pick(random, CHUNK_TYPES) ?? 0;
      return joined(list);
    case 4:
      chunk[1] = random.chance(0.5) ? (chunk[1] ?? 0) ^ (1 << (random.next() % 4)) : random.next() & 15;
      return joined(list);
    case 5:
      put16(chunk, 2, random.chance(0.5) ? chunk.length : near(random, get16(chunk, 2)));
      return joined(list);
    case 6:
      return joined(list.with(at, resized(random, chunk)));
    default:
      return joined(list.with(at, withParameters(random, source, chunk, foreign)));
  }
}

/** Another length, and a field that says so. */
function resized(random: Random, chunk: Uint8Array): Uint8Array {
  const length = Math.max(CHUNK_HEADER, (chunk.length + (random.next() % 33) - 16) & ~3);
  const bytes = new Uint8Array(length);
  bytes.set(chunk.subarray(0, length));
  for (let at = chunk.length; at < length; at++) bytes[at] = random.next() & 0xff;
  put16(bytes, 2, length - (random.next() % 4));
  return bytes;
}

/** A parameter, or cause, more, or less, or changed; the chunk's length is right again. */
function withParameters(
  random: Random,
  source: Source,
  chunk: Uint8Array,
  foreign: Uint8Array | undefined,
): Uint8Array {
  const start = inner(chunk[0] ?? 0);
  if (chunk.length < start) return mutateBytes(random, source, chunk);
  const list = pieces(chunk.subarray(start));
  const at = list.length === 0 ? 0 : random.next() % list.length;
  const parameter = list[at];
  const others = foreign === undefined ? [] : pieces(foreign.subarray(inner(foreign[0] ?? 0)));
  const taken = pick(random, others) ?? fresh(random, source);
  let changed = list;
  switch (random.next() % 6) {
    case 0:
      changed = list.toSpliced(at, 1);
      break;
    case 1:
      changed = list.toSpliced(at, 0, taken);
      break;
    case 2:
      changed = parameter === undefined ? [fresh(random, source)] : list.toSpliced(at, 0, parameter);
      break;
    case 3:
      if (parameter !== undefined && parameter.length >= 2) {
        put16(parameter, 0, pick(random, PARAMETER_TYPES) ?? 0);
      }
      break;
    case 4:
      if (parameter !== undefined && parameter.length >= CHUNK_HEADER)
        changed = list.with(at, resized(random, parameter));
      break;
    default:
      changed = list.toSpliced(at, 0, fresh(random, source));
  }
  const bytes = joined([chunk.subarray(0, start), ...changed]);
  if (bytes.length <= 0xffff) put16(bytes, 2, bytes.length);
  return bytes;
}

function fresh(random: Random, { dictionary }: Source): Uint8Array {
  const bytes = new Uint8Array(CHUNK_HEADER * (1 + (random.next() % 6)));
  put16(bytes, 0, pick(random, PARAMETER_TYPES) ?? 0);
  put16(bytes, 2, bytes.length);
  for (let at = CHUNK_HEADER; at < bytes.length; at += 4)
    put32(bytes, at, near(random, pick(random, dictionary) ?? 0));
  return bytes;
}

function withByte(random: Random, bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const at = random.next() % bytes.length;
  changed[at] = (changed[at] ?? 0) ^ (1 << (random.next() % 8));
  return changed;
}

/** The number, or one beside it. */
function near(random: Random, value: number): number {
  return random.chance(0.5) ? value : value + (random.next() % 9) - 4;
}

function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list.length === 0 ? undefined : list[random.next() % list.length];
}

function get16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  if (at + 2 <= bytes.length) bytes.set([value >> 8, value], at);
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  if (at + 4 <= bytes.length) bytes.set([value >>> 24, value >>> 16, value >>> 8, value], at);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
