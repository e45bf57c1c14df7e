import type { QueuedMessage } from "../message.ts";

/** Decides whose message begins next (RFC 8260 §3). Within a stream messages go in the order that they came in. */
export interface Scheduler {
  readonly length: number;
  /** Something can be sent, if not in this packet, then in the next one. */
  readonly hasNext: boolean;
  enqueue(message: QueuedMessage): void;
  /** The message to begin next; undefined where none may, in this packet. */
  peek(): QueuedMessage | undefined;
  /** The message of `peek` is begun: its stream has had its turn. */
  begin(): QueuedMessage | undefined;
  /** The message of `peek` is given up; its stream still has its turn. */
  drop(): QueuedMessage | undefined;
  /** What is begun from now on goes into another packet than what went before. */
  beginPacket(): void;
  /** Takes changed values of streams: priorities, or weights (RFC 8260 §4.3.3). */
  configure(values: StreamValues): void;
  /** All of them, in the order in which they came in. */
  [Symbol.iterator](): IterableIterator<QueuedMessage>;
}

/** Priorities or weights by stream, 0 to 65,535 (RFC 8260 §4.3.3). Of a stream that is not named it is 0. */
export type StreamValues = ReadonlyMap<number, number>;
