import type { ConnectOptions } from "../../src/api/message/index.ts";

/** The schedulers by which it is measured. */
export const SCHEDULERS = ["priority", "round-robin"] as const;

/** Stream of the messages of 16 MiB, and of those of one byte. */
export const LARGE = 1;
export const SMALL = 2;
export const LARGE_BYTES = 16_777_216;

export interface InterleavingOptions {
  readonly interleaving: boolean;
  readonly scheduler: (typeof SCHEDULERS)[number];
  /** Of the receiver; 0 for itself. */
  readonly udpPort: number;
}

/** An Ethernet's packets, and room for two large messages. */
export function protocolOf({ interleaving, scheduler }: InterleavingOptions): Partial<ConnectOptions> {
  return {
    interleaving,
    scheduler,
    streamValues: new Map([[LARGE, 1]]),
    pathMtuSearch: "never",
    sendBuffer: 3 * LARGE_BYTES,
  };
}
