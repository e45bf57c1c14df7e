import type { Input } from "./input.ts";

/** What is fuzzed: one way into the code. */
export interface Target {
  readonly name: string;
  readonly summary: string;
  /** How many kinds of steps there are. */
  readonly kinds: number;
  /** Numbers of 16 and 32 bits that mean something to it. */
  readonly dictionary: readonly number[];
  /** What mutation begins with. */
  seeds(): readonly Input[];
  /** Throws when something does not hold. Everything that an input needs is made anew for it. */
  run(input: Input): void | Promise<void>;
}

/** What a target throws of its own, in place of what the code under test threw. */
export class Broken extends Error {
  override readonly name: string = "Broken";
}

export function hold(condition: boolean, what: string | (() => string)): asserts condition {
  if (!condition) throw new Broken(typeof what === "string" ? what : what());
}
