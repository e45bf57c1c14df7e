import type { Ssn } from "../../base/serial.ts";
import type { OutgoingMessage } from "../events.ts";

/** A message between `send` and its acknowledgement. */
export class QueuedMessage {
  readonly message: OutgoingMessage;
  /** When it is given up if nothing of it was sent; ms, Infinity for never. */
  readonly deadline: number;
  /** Bytes that have been cut into chunks. */
  cut = 0;
  /** Bytes that have been acknowledged cumulatively. */
  acknowledged = 0;
  /** Given when its first fragment is cut, so that an expired message leaves no hole. */
  ssn: Ssn | undefined = undefined;

  constructor(message: OutgoingMessage, deadline: number) {
    this.message = message;
    this.deadline = deadline;
  }

  get size(): number {
    return this.message.data.length;
  }
}
