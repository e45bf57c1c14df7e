import type { IpAddress } from "../base/address.ts";
import { RateLimit } from "../base/rate-limit.ts";
import { Ring } from "../base/ring.ts";
import { type Chunk, chunkLength } from "../packet/chunks/chunk.ts";

/** A chunk that answers a packet: it goes back to where that came from, from where it came to (RFC 9260 §6.4). */
export interface ControlReply {
  readonly chunk: Chunk;
  readonly destination: IpAddress;
  readonly source: IpAddress;
  /** Of a destination that is no path of the association; else the path has it. */
  readonly udpPort?: number;
}

/** Answers waiting for a packet; a peer that asks faster than we send gets fewer of them. */
const MAX_REPLIES = 64;

/** COOKIE ACK, HEARTBEAT ACK and ERROR chunks on their way out, in order. Bound: MAX_REPLIES. */
export class ControlQueue {
  readonly #replies: Ring<ControlReply> = new Ring(1);
  /** Made with the first ERROR. */
  #errors: RateLimit | undefined = undefined;

  /** Of those since it was empty last. */
  #largest = 0;

  /** Bytes of the largest chunk in it, at least; 0 when it is empty. */
  get largest(): number {
    return this.isEmpty ? 0 : this.#largest;
  }

  get isEmpty(): boolean {
    return this.#replies.length === 0;
  }

  /** Whether one more ERROR may answer the peer, of `perSecond` a second. */
  mayReport(now: number, perSecond: number): boolean {
    this.#errors ??= new RateLimit();
    return this.#errors.take(now, perSecond);
  }

  push(reply: ControlReply): void {
    if (this.#replies.length >= MAX_REPLIES) return;
    this.#largest = Math.max(this.largest, chunkLength(reply.chunk));
    this.#replies.push(reply);
  }

  /** Puts those before the first one whose source is free behind it, in their order; false when there is none. */
  passOver(isBlocked: (source: IpAddress) => boolean): boolean {
    for (let count = this.#replies.length; count > 0; count -= 1) {
      const first = this.#replies.peek();
      if (first === undefined) return false;
      if (!isBlocked(first.source)) return true;
      this.#replies.shift();
      this.#replies.push(first);
    }
    return false;
  }

  peek(): ControlReply | undefined {
    return this.#replies.peek();
  }

  shift(): ControlReply | undefined {
    return this.#replies.shift();
  }

  /** Drops what goes to an address that is no longer the peer's. */
  removeTowards(destination: IpAddress): void {
    for (let count = this.#replies.length; count > 0; count -= 1) {
      const reply = this.#replies.shift();
      if (reply !== undefined && reply.destination !== destination) this.#replies.push(reply);
    }
  }

  clear(): void {
    this.#replies.clear();
  }
}
