import { type Tsn, tsnAdd, tsnDiff, tsnNext } from "../../base/serial.ts";
import type { Path } from "../path/path.ts";
import { OutboundChunk } from "./outbound-chunk.ts";

/**
 * The chunks that were sent and are not acknowledged cumulatively: a ring of slots by TSN, used again and again.
 * Bound: what cwnd and the peer's window allow to be sent.
 */
export class Outstanding {
  #slots: OutboundChunk[] = [];
  #head = 0;
  #length = 0;
  #cumulative: Tsn;
  /** Chunks by state, and their bytes of user data. */
  #marked = 0;
  #gapAcknowledged = 0;
  #abandoned = 0;
  /** How many from the head on are known to be abandoned. */
  #abandonedFirst = 0;
  #bytes = 0;
  #payloadInFlight = 0;
  #windowInFlight = 0;
  /** No chunk before this offset from the head is marked. */
  #markedFrom = 0;

  /** `initialTsn`: the TSN of the first chunk (RFC 9260 §5.1: the Cumulative TSN Ack Point is one less). */
  constructor(initialTsn: Tsn) {
    this.#cumulative = tsnAdd(initialTsn, -1);
  }

  /** Cumulative TSN Ack Point. */
  get cumulative(): Tsn {
    return this.#cumulative;
  }

  get nextTsn(): Tsn {
    return tsnAdd(this.#cumulative, this.#length + 1);
  }

  /** The highest TSN ever sent. */
  get highest(): Tsn {
    return tsnAdd(this.#cumulative, this.#length);
  }

  /** Chunks held. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of user data held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of user data in flight. */
  get payloadInFlight(): number {
    return this.#payloadInFlight;
  }

  /** Bytes of the peer's window that what is in flight takes (RFC 9260 §6.2.1 B, C). */
  get windowInFlight(): number {
    return this.#windowInFlight;
  }

  get marked(): number {
    return this.#marked;
  }

  get gapAcknowledged(): number {
    return this.#gapAcknowledged;
  }

  /** The chunk at an offset from the cumulative point: 0 is the first one not acknowledged cumulatively. */
  at(offset: number): OutboundChunk {
    return this.#slots[(this.#head + offset) & (this.#slots.length - 1)] as OutboundChunk;
  }

  /** A slot for the chunk of `nextTsn` (RFC 9260 §3.3.1: TSNs "MUST be strictly sequential"). */
  append(): OutboundChunk {
    if (this.#length === this.#slots.length) this.#grow();
    const chunk = this.at(this.#length);
    chunk.renew(this.nextTsn);
    this.#length += 1;
    return chunk;
  }

  /** The chunk, just written to a packet, is on its way to `path`. */
  transmit(chunk: OutboundChunk, path: Path): void {
    if (chunk.transmissions === 0) this.#bytes += chunk.length;
    else if (chunk.path !== path) chunk.ambiguous = true;
    if (chunk.state === "marked") this.#marked -= 1;
    chunk.state = "in-flight";
    chunk.path = path;
    chunk.transmissions += 1;
    chunk.credited = false;
    chunk.misses = 0;
    // RFC 9260 §6.4: what is outstanding counts for the address that it went to last.
    path.flightSize += chunk.size;
    path.sentBytes += chunk.size;
    this.#payloadInFlight += chunk.length;
    this.#windowInFlight += chunk.windowCost;
  }

  /** Thought lost. What is gap-acknowledged or marked already stays so. */
  mark(chunk: OutboundChunk, timedOut: boolean): void {
    // The loss of what was given up since has now been seen (RFC 3758 §3.5 F5).
    if (chunk.state === "abandoned") chunk.path = undefined;
    if (chunk.state !== "in-flight") return;
    this.#leaveFlight(chunk);
    this.#enterMarked(chunk, timedOut);
  }

  acknowledgeByGap(chunk: OutboundChunk): void {
    if (chunk.state === "gap-acknowledged" || chunk.state === "abandoned") return;
    if (chunk.state === "in-flight") this.#leaveFlight(chunk);
    else this.#marked -= 1;
    chunk.state = "gap-acknowledged";
    this.#gapAcknowledged += 1;
  }

  /** The receiver has dropped what it had acknowledged by a gap block (RFC 9260 §6.2.1 D iii). */
  renege(chunk: OutboundChunk): void {
    chunk.misses = 0;
    this.#gapAcknowledged -= 1;
    // The destination that it went to has been deleted since, and no T3-rtx runs for it (RFC 5061 §5.3 F13).
    if (chunk.path === undefined) {
      this.#enterMarked(chunk, true);
      return;
    }
    chunk.state = "in-flight";
    chunk.path.flightSize += chunk.size;
    this.#payloadInFlight += chunk.length;
    this.#windowInFlight += chunk.windowCost;
  }

  /**
   * RFC 3758 §3.5 A2: from now on "finally acked and no longer outstanding", whatever became of it. One that was in
   * flight keeps its path, until it is known whether it was lost there (F5).
   */
  abandon(chunk: OutboundChunk): void {
    const path = chunk.state === "in-flight" ? chunk.path : undefined;
    this.#leaveState(chunk);
    this.#bytes -= chunk.length;
    chunk.state = "abandoned";
    this.#abandoned += 1;
    chunk.release();
    chunk.path = path;
  }

  /**
   * A slot for the TSN of a chunk that is never sent: the end of a message that was given up. Skipped with it, it tells
   * the receiver that the fragments before it are of no message.
   */
  appendAbandoned(): OutboundChunk {
    const chunk = this.append();
    chunk.length = 0;
    chunk.state = "abandoned";
    this.#abandoned += 1;
    return chunk;
  }

  /** Nothing is held but what was abandoned: "finally acked and no longer outstanding" (RFC 3758 §3.5 A2). */
  get isSettled(): boolean {
    return this.#length === this.#abandoned;
  }

  /** How many chunks from the first one on are abandoned, up to the first one that is not (RFC 3758 §3.5 C2). */
  get abandonedFirst(): number {
    if (this.#abandoned === 0) return 0;
    let count = this.#abandonedFirst;
    while (count < this.#length && this.at(count).state === "abandoned") count += 1;
    this.#abandonedFirst = count;
    return count;
  }

  #leaveState(chunk: OutboundChunk): void {
    if (chunk.state === "in-flight") this.#leaveFlight(chunk);
    else if (chunk.state === "marked") this.#marked -= 1;
    else if (chunk.state === "gap-acknowledged") this.#gapAcknowledged -= 1;
    else this.#abandoned -= 1;
  }

  /** Takes the first chunk out: it is acknowledged cumulatively. The slot is the caller's until the next append. */
  shift(): OutboundChunk {
    const chunk = this.at(0);
    this.#leaveState(chunk);
    if (chunk.state !== "abandoned") this.#bytes -= chunk.length;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length -= 1;
    this.#cumulative = tsnNext(this.#cumulative);
    if (this.#markedFrom > 0) this.#markedFrom -= 1;
    if (this.#abandonedFirst > 0) this.#abandonedFirst -= 1;
    return chunk;
  }

  /** The offset of the first marked chunk at or after `from`; -1 when there is none. */
  nextMarked(from: number): number {
    if (this.#marked === 0) return -1;
    let offset = Math.max(from, this.#markedFrom);
    while (offset < this.#length && this.at(offset).state !== "marked") offset += 1;
    if (from <= this.#markedFrom) this.#markedFrom = offset;
    return offset < this.#length ? offset : -1;
  }

  #enterMarked(chunk: OutboundChunk, timedOut: boolean): void {
    chunk.state = "marked";
    chunk.timedOut = timedOut;
    this.#marked += 1;
    const offset = tsnDiff(chunk.tsn, this.#cumulative) - 1;
    if (offset < this.#markedFrom) this.#markedFrom = offset;
  }

  #leaveFlight(chunk: OutboundChunk): void {
    if (chunk.path !== undefined) chunk.path.flightSize -= chunk.size;
    this.#payloadInFlight -= chunk.length;
    this.#windowInFlight -= chunk.windowCost;
  }

  #grow(): void {
    const slots: OutboundChunk[] = [];
    for (let offset = 0; offset < this.#length; offset += 1) slots.push(this.at(offset));
    const size = Math.max(8, this.#slots.length * 2);
    while (slots.length < size) slots.push(new OutboundChunk());
    this.#slots = slots;
    this.#head = 0;
  }
}
