import type { QueuedMessage } from "../message.ts";

/** Decides whose message begins next (RFC 8260 §3). The queue takes it out then: DATA cannot interleave. */
export interface Scheduler {
  readonly length: number;
  enqueue(message: QueuedMessage): void;
  /** The message to begin next. */
  peek(): QueuedMessage | undefined;
  /** The message of `peek` is begun, or given up. */
  shift(): QueuedMessage | undefined;
  /** All of them, in the order they would go. */
  [Symbol.iterator](): IterableIterator<QueuedMessage>;
}
