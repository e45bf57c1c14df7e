import { Ring } from "../../../base/ring.ts";
import type { QueuedMessage } from "../message.ts";
import type { Scheduler } from "./scheduler.ts";

/** First come, first served (RFC 8260 §3.1). Bound: the caller's sendBuffer, kept by the API. */
export class FcfsScheduler extends Ring<QueuedMessage> implements Scheduler {
  constructor() {
    super(4);
  }

  enqueue(message: QueuedMessage): void {
    this.push(message);
  }
}
