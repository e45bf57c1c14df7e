import type { AssociationEvent } from "../../association/events.ts";
import type { ReconfigResult } from "../../association/reconfig/result.ts";
import { SctpError } from "../../base/error.ts";
import { type Check, type CheckTable, integer } from "./checks.ts";

/** Streams that began anew with sequence number 0 (RFC 6525 §6.1.1). */
export interface StreamsReset {
  /** `incoming`: those that the peer sends on. */
  readonly direction: "incoming" | "outgoing";
  readonly streams: readonly number[] | "all";
}

/** The TSNs that began anew (RFC 6525 §6.1.2): of our next DATA chunk, and of the peer's. */
export interface AssociationReset {
  readonly localTsn: number;
  readonly remoteTsn: number;
}

/** Streams that were added (RFC 6525 §6.1.3), behind those that there were. */
export interface StreamsAdded {
  /** `incoming`: the peer sends on them. */
  readonly direction: "incoming" | "outgoing";
  readonly count: number;
}

/** What the peer answered, for each direction that was asked for. */
export interface Reconfigured {
  /** `nothing-to-do`: it was so already. */
  readonly outgoing?: "performed" | "nothing-to-do";
  readonly incoming?: "performed" | "nothing-to-do";
}

const streamList: Check = {
  takes: 'a list of stream numbers, or "all"',
  accepts: (value) => value === "all" || Array.isArray(value),
};

/** Which streams there are the association knows. */
export const resetChecks: CheckTable = { outgoing: streamList, incoming: streamList };

export const addChecks: CheckTable = { outgoing: integer(0, 65_535), incoming: integer(0, 65_535) };

type CoreEvent = Extract<AssociationEvent, { type: "reconfigured" }>;

interface Asked {
  readonly what: string;
  readonly start: () => void;
  readonly resolve: (answer: Reconfigured) => void;
  readonly reject: (error: unknown) => void;
}

/** The requests of one association to its peer, one after another (RFC 6525 §5.1.1). Bound: the caller's calls. */
export class Reconfiguring {
  readonly #asked: Asked[] = [];

  /** Resolves with the peer's answer; rejects with what `start` throws, or when the peer refuses. */
  ask(what: string, start: () => void): Promise<Reconfigured> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ what, start, resolve, reject });
      if (this.#asked.length === 1) this.#startFirst();
    });
  }

  onAnswer({ outgoing, incoming }: CoreEvent): void {
    const asked = this.#asked.shift();
    if (asked === undefined) return;
    const error = refusal(asked.what, [outgoing, incoming]);
    if (error !== undefined) asked.reject(error);
    else {
      asked.resolve({
        ...(outgoing === undefined ? {} : { outgoing: outgoing as "performed" }),
        ...(incoming === undefined ? {} : { incoming: incoming as "performed" }),
      });
    }
    this.#startFirst();
  }

  #startFirst(): void {
    for (let first = this.#asked[0]; first !== undefined; first = this.#asked[0]) {
      try {
        first.start();
        return;
      } catch (error) {
        this.#asked.shift();
        first.reject(error);
      }
    }
  }
}

function refusal(what: string, results: readonly (ReconfigResult | undefined)[]): SctpError | undefined {
  if (results.includes("denied")) {
    return new SctpError(
      "ERR_SCTP_DENIED",
      `${what}: the peer denied it; it may not allow it, or not so much`,
    );
  }
  if (results.includes("failed")) {
    return new SctpError(
      "ERR_SCTP_RECONFIGURATION_FAILED",
      `${what}: the peer answered with an error, or the association ended or began anew before it did`,
    );
  }
  return undefined;
}
