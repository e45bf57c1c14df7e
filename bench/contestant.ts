import type { Reading } from "./workers/worker.ts";

/** One who sends from a process of its own to another one. */
export interface Contestant {
  readonly name: string;
  /** Why it cannot take part, and what to do about it. */
  readonly missing?: string;
  /** Sizes that it is measured at: bytes of a message, or of a datagram where it has no messages. */
  readonly sizes: readonly number[];
  /** Sends messages of `size` bytes without pause, from now on. */
  start(size: number): Promise<Running>;
}

export interface Running {
  /** Counts from now on. */
  reset(): Promise<void>;
  read(): Promise<Reading>;
  stop(): Promise<void>;
}
