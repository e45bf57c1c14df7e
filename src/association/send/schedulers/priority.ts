import { StreamsInTurn, type WaitingStream } from "./streams-in-turn.ts";

/**
 * RFC 8260 §3.4: "strict priorities"; §4.3.2: "The higher the assigned value, the lower the priority", and 0 is the
 * highest. Streams of one priority take turns.
 */
export class PriorityScheduler extends StreamsInTurn {
  protected override rankOf({ id }: WaitingStream): number {
    return this.values.get(id) ?? 0;
  }

  protected override rankAfter(stream: WaitingStream): number {
    return this.rankOf(stream);
  }
}
