import type { AssociationConfig } from "usctp/core";
import type { LinkConditions } from "../link.ts";

/** Those that a run may draw, or change to. */
export const SCHEDULERS = [
  "fcfs",
  "round-robin",
  "round-robin-packet",
  "priority",
  "fair",
  "weighted-fair",
] as const;

/** The two hosts of a run. */
export type Side = "A" | "Z";

/** Everything that a run will do, drawn from its seed beforehand: plain data, so that parts can be left out of it. Times in ms. */
export interface Plan {
  readonly seed: number;
  readonly hosts: Readonly<Record<Side, HostPlan>>;
  /** Conditions of the link between the first addresses of both, the second ones, and so on. */
  readonly links: readonly Partial<LinkConditions>[];
  /** A is behind a NAT whose mappings live so long when nothing goes out; undefined: it is not. */
  readonly natLifetime: number | undefined;
  /** Who connects, and when; both sides at nearly the same time collide. */
  readonly connects: readonly { readonly side: Side; readonly at: number }[];
  readonly writers: readonly WriterPlan[];
  readonly faults: readonly FaultPlan[];
  readonly requests: readonly RequestPlan[];
  /** When all faults are over; from then on everything must come to a good end. */
  readonly calmAt: number;
  readonly ending: EndingPlan;
}

export interface EndingPlan {
  readonly side: Side;
  readonly how: "shutdown" | "abort";
  /** Both sides end it at once. */
  readonly both: boolean;
  /** Before it, `side` begins a record that it never ends. */
  readonly halfWritten: boolean;
  /** From then on nothing arrives any more. */
  readonly vanish: boolean;
}

export interface HostPlan {
  readonly addresses: readonly string[];
  readonly config: Partial<AssociationConfig>;
}

/** Who sends messages. */
export interface WriterPlan {
  readonly side: Side;
  readonly at: number;
  readonly count: number;
  /** Bytes, from and to. */
  readonly length: readonly [number, number];
  /** Streams 0 to this number - 1. */
  readonly streams: number;
  /** Share of unordered messages, 0 to 1. */
  readonly unordered: number;
  /** Between two messages; 0: as fast as the association takes them. */
  readonly every: number;
  /** Lifetime; Infinity: none. */
  readonly lifetime: number;
  /** A message is handed over in at most so many parts (RFC 6458 §8.1.26). */
  readonly parts: number;
  /** Between two of them, ms. */
  readonly pause: number;
  /** Messages name the shared keys that they are authenticated with (RFC 6458 §5.3.8). */
  readonly namesKeys: boolean;
  /** At most so many retransmissions; undefined: no limit. */
  readonly retransmissions: number | undefined;
}

export type FaultPlan =
  /** The link of that index carries nothing, in one direction or both. */
  | {
      readonly kind: "cut";
      readonly link: number;
      readonly from: number;
      readonly until: number;
      readonly direction: "both" | "A" | "Z";
    }
  /** The host loses all that it knows, and begins anew after a while. */
  | { readonly kind: "restart"; readonly side: Side; readonly at: number; readonly down: number }
  /** The application does not read. */
  | { readonly kind: "deaf"; readonly side: Side; readonly from: number; readonly until: number }
  /** The link of that index becomes another one. */
  | {
      readonly kind: "change";
      readonly link: number;
      readonly at: number;
      readonly conditions: Partial<LinkConditions>;
    }
  /** No link carries anything. */
  | { readonly kind: "partition"; readonly from: number; readonly until: number }
  /** The link of that index has another MTU; what is larger is lost, or fragmented by IP. */
  | {
      readonly kind: "mtu";
      readonly link: number;
      readonly from: number;
      readonly until: number;
      readonly mtu: number;
      readonly oversize: "drop" | "fragment";
    }
  /** The process stands still; to it the clock leaps. */
  | { readonly kind: "stop"; readonly side: Side; readonly from: number; readonly until: number }
  /** The host loses an address, and gets it back. */
  | {
      readonly kind: "address";
      readonly side: Side;
      readonly index: number;
      readonly from: number;
      readonly until: number;
    }
  /** The NAT forgets its mappings. */
  | { readonly kind: "rebind"; readonly at: number };

/** What a user asks of its association. */
export interface RequestPlan {
  readonly side: Side;
  readonly at: number;
  readonly what:
    | "reset-outgoing"
    | "reset-incoming"
    | "reset-all"
    | "reset-association"
    | "add-streams"
    | "set-primary"
    | "scheduler"
    | "heartbeat"
    /** Both sides get another shared key, and use it. */
    | "change-key"
    /** Makes the receive buffer small once there is more in it. */
    | "shrink-buffer";
  /** Chooses among what there is: a stream, a path, a scheduler. */
  readonly choice: number;
}
