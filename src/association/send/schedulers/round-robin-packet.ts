import type { QueuedMessage } from "../message.ts";
import { RoundRobinScheduler } from "./round-robin.ts";
import type { WaitingStream } from "./streams-in-turn.ts";

/**
 * RFC 8260 §3.3: "only switches streams when starting to fill a new packet. It bundles only DATA or I-DATA chunks
 * referring to the same stream in a packet."
 */
export class RoundRobinPacketScheduler extends RoundRobinScheduler {
  /** The stream of the packet that is being filled. */
  #stream: WaitingStream | undefined = undefined;

  override peek(): QueuedMessage | undefined {
    const next = super.peek();
    return this.#stream === undefined || next?.message.stream === this.#stream.id ? next : undefined;
  }

  override beginPacket(): void {
    if (this.#stream === undefined) return;
    this.passTurn(this.#stream, 0);
    this.#stream = undefined;
  }

  protected override onTurn(stream: WaitingStream): void {
    this.#stream = stream;
  }
}
