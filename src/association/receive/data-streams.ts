import { asSsn, type Ssn, ssnDiff, ssnNext, type Tsn, tsnGt } from "../../base/serial.ts";
import { lists, type StreamList } from "../reconfig/request.ts";
import type { InboundChunk } from "./inbound-chunk.ts";
import type { Run } from "./reassembly.ts";

/** One stream from the peer. */
interface InboundStream {
  next: Ssn;
  /** Complete messages that came before their turn. */
  readonly early: Map<Ssn, Run>;
}

/**
 * The order of messages within each stream (RFC 9260 §6.5, §6.6). Bound: the negotiated streams, of which only those
 * that were used are here; what waits is charged to the receive window.
 */
export class DataStreams {
  readonly #streams: Map<number, InboundStream> = new Map();

  /** Whether an ordered message is the next one of its stream. */
  isNext(chunk: InboundChunk): boolean {
    return chunk.unordered || chunk.ssn === this.#of(chunk.stream).next;
  }

  /**
   * Takes a complete ordered message; calls `deliver` for it and all that it unblocks, in order. False when another
   * one waits with the same SSN (RFC 9260 §6.5: it grows with each message).
   */
  order(run: Run, deliver: (run: Run) => void): boolean {
    const first = run.chunks[0];
    if (first === undefined) return true;
    const stream = this.#of(first.stream);
    // RFC 9260 §6.6: delivered in the order of the SSNs; what comes early "MUST" be held until its turn.
    if (first.ssn !== stream.next) {
      if (stream.early.has(first.ssn)) return false;
      stream.early.set(first.ssn, run);
      return true;
    }
    deliver(run);
    this.advance(first.stream, deliver);
    return true;
  }

  /** The next message of the stream has been delivered whole. */
  advance(streamId: number, deliver: (run: Run) => void): void {
    const stream = this.#of(streamId);
    stream.next = ssnNext(stream.next);
    if (stream.early.size === 0) return;
    for (;;) {
      const run = stream.early.get(stream.next);
      if (run === undefined) return;
      stream.early.delete(stream.next);
      deliver(run);
      stream.next = ssnNext(stream.next);
    }
  }

  /**
   * RFC 3758 §3.6: no message of the stream up to this SSN is awaited any more. Delivers those that wait among them,
   * and what follows in order.
   */
  skip(streamId: number, ssn: Ssn, deliver: (run: Run) => void): void {
    const stream = this.#of(streamId);
    const count = ssnDiff(ssn, stream.next);
    if (count < 0) return;
    const waiting = [...stream.early]
      .map(([early, run]) => ({ early, run, ahead: ssnDiff(early, stream.next) }))
      .filter(({ ahead }) => ahead >= 0 && ahead <= count)
      .sort((one, other) => one.ahead - other.ahead);
    for (const { early, run } of waiting) {
      stream.early.delete(early);
      deliver(run);
    }
    stream.next = ssn;
    this.advance(streamId, deliver);
  }

  /** Takes out the messages of which a chunk is above this TSN. */
  takeAbove(tsn: Tsn): readonly Run[] {
    const taken: Run[] = [];
    for (const { early } of this.#streams.values()) {
      for (const [ssn, run] of early) {
        if (!tsnGt(run.last, tsn)) continue;
        early.delete(ssn);
        taken.push(run);
      }
    }
    return taken;
  }

  /** A message that was delivered is awaited again, and those behind it. */
  rewind(streamId: number, ssn: Ssn): void {
    this.#of(streamId).next = ssn;
  }

  /**
   * RFC 6525 §5.2.2 E3: the next SSN of these streams is 0. What waited for its turn is delivered: what would come
   * before it never will.
   */
  reset(streams: StreamList, deliver: (run: Run) => void): void {
    for (const [streamId, stream] of this.#streams) {
      if (!lists(streams, streamId)) continue;
      const early = [...stream.early].sort(
        ([one], [other]) => ssnDiff(one, stream.next) - ssnDiff(other, stream.next),
      );
      for (const [, run] of early) deliver(run);
      this.#streams.delete(streamId);
    }
  }

  #of(streamId: number): InboundStream {
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      stream = { next: asSsn(0), early: new Map() };
      this.#streams.set(streamId, stream);
    }
    return stream;
  }
}
