import type { PolicyName } from "./policy.ts";

/** Messages that were given up, before and after a part of them was sent (RFC 7496 §4.3). */
export interface Abandoned {
  readonly unsent: number;
  readonly sent: number;
}

/** Counts them by stream and policy. Bound: the streams on which any was, once a policy. */
export class AbandonedCounters {
  readonly #entries: Map<string, { stream: number; policy: PolicyName; unsent: number; sent: number }> =
    new Map();

  count(stream: number, policy: PolicyName, when: keyof Abandoned): void {
    const key = `${policy} ${stream}`;
    const entry = this.#entries.get(key) ?? { stream, policy, unsent: 0, sent: 0 };
    entry[when] += 1;
    this.#entries.set(key, entry);
  }

  /** Of one policy or all, on one stream or all. */
  sum(policy: PolicyName | undefined, stream: number | undefined): Abandoned {
    let unsent = 0;
    let sent = 0;
    for (const entry of this.#entries.values()) {
      if (policy !== undefined && entry.policy !== policy) continue;
      if (stream !== undefined && entry.stream !== stream) continue;
      unsent += entry.unsent;
      sent += entry.sent;
    }
    return { unsent, sent };
  }
}
