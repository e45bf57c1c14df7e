import { Ring } from "../../../base/ring.ts";
import type { QueuedMessage } from "../message.ts";
import type { Scheduler, StreamValues } from "./scheduler.ts";

/**
 * RFC 8260 §3.1: "passes through the messages in the order in which they have been delivered by the application".
 * Bound: the caller's sendBuffer, kept by the API.
 */
export class FcfsScheduler extends Ring<QueuedMessage> implements Scheduler {
  /** The values of streams are no matter to it. */
  constructor(_values: StreamValues) {
    super(4);
  }

  get hasNext(): boolean {
    return this.length > 0;
  }

  enqueue(message: QueuedMessage): void {
    this.push(message);
  }

  begin(): QueuedMessage | undefined {
    return this.shift();
  }

  drop(): QueuedMessage | undefined {
    return this.shift();
  }

  beginPacket(): void {}

  configure(): void {}
}
