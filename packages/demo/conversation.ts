import type { IpAddress } from "usctp";

/*
 * What the two processes say to each other beside the association: orders to the receiver about its end of the cut,
 * and what it sees. Over the channel that Node opens to a child process.
 */

export type ToReceiver = { readonly type: "cut"; readonly address: IpAddress } | { readonly type: "heal" };

/** What the receiver has seen so far. */
export interface Sight {
  /** Delivered to the application, bytes. */
  readonly delivered: number;
  /** The longest time between two deliveries, ms. */
  readonly longestGap: number;
  /** Bytes of datagrams that came to each of its addresses. */
  readonly carried: Readonly<Record<string, number>>;
}

export type FromReceiver =
  | { readonly type: "listening"; readonly udpPort: number }
  | { readonly type: "sight"; readonly sight: Sight }
  /** The association has ended in good order. */
  | { readonly type: "finished"; readonly sight: Sight; readonly sha256: string }
  | { readonly type: "failed"; readonly reason: string };

/** SCTP port of the receiver. */
export const PORT = 5_000;
