import type { ConnectOptions } from "../../src/api/message/index.ts";
import { numberArgument } from "./worker.ts";

/** The schedulers by which it is measured. */
export const LATENCY_SCHEDULERS = ["priority", "round-robin"] as const;

/** Stream of the messages of 16 MiB, and of those of one byte. */
export const LARGE = 1;
export const SMALL = 2;
export const LARGE_BYTES = 16_777_216;

/** Arguments 1 and 2: whether messages are interleaved, and by which scheduler. An Ethernet's packets, and room for two large messages. */
export function latencyOptions(): Partial<ConnectOptions> {
  const scheduler = LATENCY_SCHEDULERS[numberArgument(2)];
  if (scheduler === undefined) throw new Error(`there is no scheduler ${numberArgument(2)}`);
  return {
    interleaving: numberArgument(1) === 1,
    scheduler,
    streamValues: new Map([[LARGE, 1]]),
    pathMtuSearch: "never",
    sendBuffer: 3 * LARGE_BYTES,
  };
}
