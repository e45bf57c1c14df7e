import type { QueuedMessage } from "../message.ts";

/** Decides whose message goes next (RFC 8260 §3). A message begun is finished before another: DATA cannot interleave. */
export interface Scheduler {
  readonly length: number;
  enqueue(message: QueuedMessage): void;
  /** The message to cut from next. */
  peek(): QueuedMessage | undefined;
  /** The message of `peek` is wholly cut, or given up. */
  shift(): QueuedMessage | undefined;
  /** All of them, in the order they would go. */
  [Symbol.iterator](): IterableIterator<QueuedMessage>;
}
