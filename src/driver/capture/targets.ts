import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Writable } from "node:stream";

/** Where captures of this process write: files by their path and by what they are, and streams. Bound: the captures. */
const taken = new Set<string | Writable>();

/** A place that one capture has for itself. */
export interface Reservation {
  /** The file is there now: by whatever path it is called, it is taken. */
  made(): void;
  /** It is given back when the stream that writes there is closed. */
  until(stream: Writable): void;
}

/** Takes a file or a stream; undefined where another capture has it. */
export function reserve(target: string | Writable): Reservation | undefined {
  const keys = new Set<string | Writable>(typeof target === "string" ? keysOf(target) : [target]);
  for (const key of keys) if (taken.has(key)) return undefined;
  const take = (): void => {
    for (const key of keys) taken.add(key);
  };
  take();
  return {
    made() {
      for (const key of keysOf(target as string)) keys.add(key);
      take();
    },
    until(stream) {
      stream.once("close", () => {
        for (const key of keys) taken.delete(key);
      });
    },
  };
}

/** None for what is there and no file: a terminal or /dev/null takes whatever comes. */
function keysOf(path: string): string[] {
  let there: ReturnType<typeof statSync>;
  try {
    there = statSync(path, { throwIfNoEntry: false });
  } catch {
    // Opening it will tell.
    return [];
  }
  if (there === undefined) return [resolve(path)];
  return there.isFile() ? [resolve(path), `${there.dev}:${there.ino}`] : [];
}
