import { StreamsInTurn, type WaitingStream } from "./streams-in-turn.ts";

/**
 * RFC 8260 §3.1 with interleaving: the oldest message goes first, to its end. Only a record that waits for its next part
 * lets others pass, and is the oldest again when that has come.
 */
export class FcfsStreamsScheduler extends StreamsInTurn {
  protected override rankOf({ begun, messages }: WaitingStream): number {
    return (begun ?? messages.peek())?.order ?? 0;
  }

  protected override rankAfter(stream: WaitingStream): number {
    return this.rankOf(stream);
  }

  protected override onDrop(stream: WaitingStream): void {
    this.passTurn(stream, this.rankOf(stream));
  }
}
