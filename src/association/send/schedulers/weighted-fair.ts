import { StreamsInTurn, type WaitingStream } from "./streams-in-turn.ts";

/**
 * RFC 8260 §3.6: "If the weight of stream S1 is n times the weight of stream S2, the scheduler should assign to stream
 * S1 n times the capacity". Next is the stream that has sent the least for its weight. One that was silent is not paid
 * for that: it joins where the others are. A weight of 0, as nobody has given one, is 1.
 */
export class WeightedFairScheduler extends StreamsInTurn {
  /** Bytes by weight that each stream has had. Bound: the outbound streams. */
  readonly #had: Map<number, number> = new Map();
  /** What the stream had whose turn came last. */
  #level = 0;

  protected override rankOf({ id }: WaitingStream): number {
    return Math.max(this.#had.get(id) ?? 0, this.#level);
  }

  protected override rankAfter(stream: WaitingStream, bytes: number): number {
    // RFC 8260 §3, §3.6: "n times the capacity" where the weight is n times as large.
    this.#level = stream.rank;
    const had = stream.rank + bytes / this.weightOf(stream);
    this.#had.set(stream.id, had);
    return had;
  }

  protected weightOf({ id }: WaitingStream): number {
    return this.values.get(id) || 1;
  }
}
