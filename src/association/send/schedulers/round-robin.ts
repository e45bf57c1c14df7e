import { StreamsInTurn } from "./streams-in-turn.ts";

/** RFC 8260 §3.2: "fair scheduling based on the number of user messages by cycling around non-empty stream queues". */
export class RoundRobinScheduler extends StreamsInTurn {
  protected override rankOf(): number {
    return 0;
  }

  protected override rankAfter(): number {
    return 0;
  }
}
