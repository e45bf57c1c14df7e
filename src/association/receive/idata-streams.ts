import { asMid, asSsn, fsnLt, type Mid, midDiff, midNext, type Tsn, tsnGt } from "../../base/serial.ts";
import type { SkippedMessages } from "../../packet/chunks/i-forward-tsn.ts";
import { lists, type StreamList } from "../reconfig/request.ts";
import type { AbortedMessage, IDataInboundChunk } from "./inbound-chunk.ts";

/** A message of which something is missing, or which waits for its turn. */
interface Message {
  readonly mid: Mid;
  readonly unordered: boolean;
  /** Fragments in sequence from the first one that was not given out. */
  chunks: IDataInboundChunk[];
  /** User data in them, bytes. */
  bytes: number;
  /** FSN of the fragment that goes on with them. */
  nextFsn: number;
  /** The first fragment has come. */
  begun: boolean;
  /** That of the first fragment: the others have none (RFC 8260 §2.1). */
  ppid: number;
  /** Fragments beyond a gap, by FSN; made when there is one. Bound: the receive window. */
  early: Map<number, IDataInboundChunk> | undefined;
  /** The highest FSN that has come, and whether it is that of the last fragment. */
  highestFsn: number;
  ended: boolean;
  /** Parts of it were given out. */
  isPartial: boolean;
}

/** Messages of one stream that are alike in their U bit. */
interface Sequence {
  readonly unordered: boolean;
  /** Of ordered messages: the one whose turn it is. */
  next: Mid;
  /** Bound: the receive window. */
  readonly waiting: Map<Mid, Message>;
  /** The one that is being given out in parts: others wait for its end, or its reader could not tell them apart. */
  partial: Message | undefined;
  /** The highest that will never be whole: fragments of it may still be on their way. */
  skipped: Mid | undefined;
}

/** `late`: it is of a message that was skipped, and is not kept. `inconsistent`: it contradicts what is there. */
type Taken = "kept" | "late" | "inconsistent";

/** Chunks of messages that never end, and those of these of which parts were given out. */
interface Dropped {
  readonly dropped: readonly IDataInboundChunk[];
  readonly inParts: readonly AbortedMessage[];
}

/** Takes consecutive chunks of one message to be read: all of it, or a part. */
export type Release = (
  chunks: readonly IDataInboundChunk[],
  part: { readonly more: boolean; readonly continuation: boolean },
) => void;

/**
 * Reassembly, and the order of messages within each stream, by stream, U bit, MID and FSN (RFC 8260 §2.2.3). No stream
 * waits for another one. Bound: two sequences for each negotiated stream that was used; what waits in them is charged to
 * the receive window.
 */
export class IDataStreams {
  readonly #sequences: Map<number, Sequence> = new Map();
  readonly #release: Release;
  #inParts = 0;

  constructor(release: Release) {
    this.#release = release;
  }

  /** Messages of which parts were given out, and whose end has not come. */
  get inParts(): number {
    return this.#inParts;
  }

  /**
   * Takes a chunk whose TSN is new. A message that may be given out and has more than `partialPoint` bytes without its end
   * is given out in parts (RFC 6458 §8.1.21).
   */
  add(chunk: IDataInboundChunk, partialPoint: number): Taken {
    const sequence = this.#of(chunk);
    const { mid } = chunk;
    if (isSkipped(sequence, mid)) return "late";
    // RFC 8260 §2.1: the MID grows with each message; what was delivered does not come again.
    if (!sequence.unordered && midDiff(mid, sequence.next) < 0) return "inconsistent";
    const known = sequence.waiting.get(mid);
    if (known === undefined && chunk.beginning && chunk.ending && mayGoOut(sequence, mid)) {
      this.#release([chunk], { more: false, continuation: false });
      if (!sequence.unordered) this.#advance(sequence, partialPoint);
      return "kept";
    }
    const message = known ?? createMessage(chunk);
    if (!insert(message, chunk)) return "inconsistent";
    if (known === undefined) sequence.waiting.set(mid, message);
    if (mayGoOut(sequence, mid) && this.#giveOut(sequence, message, partialPoint)) {
      // Of unordered messages only one that was in parts has held others back, which may be thousands.
      if (!sequence.unordered || message.isPartial) this.#advance(sequence, partialPoint);
    }
    return "kept";
  }

  /** Gives out what there is of the longest message whose turn it is: the window is used up (RFC 9260 §6.9). */
  giveOutLongest(): void {
    let longest: { readonly sequence: Sequence; readonly message: Message } | undefined;
    for (const sequence of this.#sequences.values()) {
      for (const message of sequence.waiting.values()) {
        if (!message.begun || !mayGoOut(sequence, message.mid)) continue;
        if (longest === undefined || message.bytes > longest.message.bytes) longest = { sequence, message };
      }
    }
    if (longest !== undefined && longest.message.bytes > 0) {
      this.#giveOutPart(longest.sequence, longest.message);
    }
  }

  /**
   * RFC 8260 §2.3.2: the MIDs of these streams, "one for the ordered messages, one for the unordered messages", begin anew.
   * What waited for its turn is given out; the chunks of messages without their end are given back, and those are named
   * of which parts were given out.
   */
  reset(streams: StreamList): Dropped {
    const dropped: IDataInboundChunk[] = [];
    const inParts: AbortedMessage[] = [];
    for (const [key, { next, waiting }] of this.#sequences) {
      if (!lists(streams, key >>> 1)) continue;
      const inOrder = [...waiting.values()].sort(
        (one, other) => midDiff(one.mid, next) - midDiff(other.mid, next),
      );
      for (const message of inOrder) {
        if (message.isPartial) this.#inParts -= 1;
        if (isWhole(message)) {
          this.#release(message.chunks, { more: false, continuation: message.isPartial });
          continue;
        }
        dropped.push(...message.chunks, ...(message.early?.values() ?? []));
        const { mid, unordered, isPartial } = message;
        if (isPartial) inParts.push({ stream: key >>> 1, ssn: asSsn(mid), unordered });
      }
      this.#sequences.delete(key);
    }
    return { dropped, inParts };
  }

  /**
   * RFC 8260 §2.3.1: no message up to these MIDs is awaited any more. What is whole is given out, and what waited behind; the
   * chunks of the others are given back, and those are named of which parts were given out.
   */
  skip(skipped: readonly SkippedMessages[], partialPoint: number): Dropped {
    const dropped: IDataInboundChunk[] = [];
    const inParts: AbortedMessage[] = [];
    for (const { stream, unordered, mid } of skipped) {
      const sequence = this.#of({ stream, unordered });
      if (!unordered && midDiff(mid, sequence.next) < 0) continue;
      sequence.skipped = mid;
      const { partial } = sequence;
      for (const message of upTo(mid, sequence)) {
        if (isWhole(message)) {
          if (!unordered) this.#giveOut(sequence, message, partialPoint);
          continue;
        }
        sequence.waiting.delete(message.mid);
        if (sequence.partial === message) sequence.partial = undefined;
        dropped.push(...message.chunks, ...(message.early?.values() ?? []));
        if (!message.isPartial) continue;
        this.#inParts -= 1;
        inParts.push({ stream, ssn: asSsn(message.mid), unordered });
      }
      sequence.next = mid;
      if (!unordered || sequence.partial !== partial) this.#advance(sequence, partialPoint);
    }
    return { dropped, inParts };
  }

  /** Takes out what is above this TSN and not given out yet. */
  takeAbove(tsn: Tsn): readonly IDataInboundChunk[] {
    const taken: IDataInboundChunk[] = [];
    for (const { waiting } of this.#sequences.values()) {
      for (const message of waiting.values()) {
        taken.push(...cutAbove(message, tsn));
        if (isEmpty(message)) waiting.delete(message.mid);
      }
    }
    return taken;
  }

  /** There is another partial delivery point. */
  reconsider(partialPoint: number): void {
    for (const sequence of this.#sequences.values()) {
      for (const message of sequence.waiting.values()) {
        if (mayGoOut(sequence, message.mid)) this.#giveOut(sequence, message, partialPoint);
      }
    }
  }

  /** Gives out a message whose turn it is, as far as it may be; true when that was the end of it. */
  #giveOut(sequence: Sequence, message: Message, partialPoint: number): boolean {
    if (isWhole(message)) {
      sequence.waiting.delete(message.mid);
      sequence.partial = undefined;
      if (message.isPartial) this.#inParts -= 1;
      this.#release(message.chunks, { more: false, continuation: message.isPartial });
      return true;
    }
    if (message.bytes > 0 && (message.isPartial || message.bytes > partialPoint)) {
      this.#giveOutPart(sequence, message);
    }
    return false;
  }

  #giveOutPart(sequence: Sequence, message: Message): void {
    this.#release(message.chunks, { more: true, continuation: message.isPartial });
    sequence.partial = message;
    if (!message.isPartial) this.#inParts += 1;
    message.isPartial = true;
    message.chunks = [];
    message.bytes = 0;
  }

  /** A message has been given out whole, or will never be: those behind it that can be given out are, too. */
  #advance(sequence: Sequence, partialPoint: number): void {
    if (sequence.unordered) {
      for (const message of [...sequence.waiting.values()]) {
        if (mayGoOut(sequence, message.mid)) this.#giveOut(sequence, message, partialPoint);
      }
      return;
    }
    for (;;) {
      sequence.next = midNext(sequence.next);
      const message = sequence.waiting.size > 0 ? sequence.waiting.get(sequence.next) : undefined;
      if (message === undefined || !this.#giveOut(sequence, message, partialPoint)) return;
    }
  }

  #of({ stream, unordered }: Pick<IDataInboundChunk, "stream" | "unordered">): Sequence {
    // RFC 8260 §2.2.3: "first use the SID to identify the stream, consider the U bit", then the MID and the FSN.
    const key = stream * 2 + (unordered ? 1 : 0);
    let sequence = this.#sequences.get(key);
    if (sequence === undefined) {
      sequence = { unordered, next: asMid(0), waiting: new Map(), partial: undefined, skipped: undefined };
      this.#sequences.set(key, sequence);
    }
    return sequence;
  }
}

/** Whether it is its turn: of ordered messages that of its MID, of others while no other one is given out in parts. */
function mayGoOut({ unordered, next, partial }: Sequence, mid: Mid): boolean {
  return unordered ? partial === undefined || partial.mid === mid : mid === next;
}

/** Whether it is not above what was skipped; that is forgotten before the MIDs come round to it. */
function isSkipped(sequence: Sequence, mid: Mid): boolean {
  const { skipped } = sequence;
  if (skipped === undefined) return false;
  const above = midDiff(mid, skipped);
  if (above > 2 ** 30) sequence.skipped = undefined;
  return above <= 0;
}

/** The messages that wait, in their order, up to this one. */
function upTo(mid: Mid, { waiting }: Sequence): readonly Message[] {
  const found: Message[] = [];
  for (const message of waiting.values()) if (midDiff(message.mid, mid) <= 0) found.push(message);
  return found.sort((one, other) => midDiff(one.mid, other.mid));
}

function createMessage({ mid, unordered, fsn }: IDataInboundChunk): Message {
  return {
    mid,
    unordered,
    chunks: [],
    bytes: 0,
    nextFsn: 0,
    begun: false,
    ppid: 0,
    early: undefined,
    highestFsn: fsn,
    ended: false,
    isPartial: false,
  };
}

/** Its end follows what is there in sequence. */
function isWhole(message: Message): boolean {
  return message.begun && message.chunks.at(-1)?.ending === true;
}

/** Puts a fragment to its place; false, and nothing is changed, when it contradicts the others. */
function insert(message: Message, chunk: IDataInboundChunk): boolean {
  const { fsn } = chunk;
  // RFC 8260 §2.1: with B "the FSN is implicitly considered to be 0", and once: 0 comes again only where the FSN has
  // wrapped.
  const isFirst = fsn === 0 && !message.begun;
  if (chunk.beginning ? message.begun : isFirst) return false;
  if (fsnLt(fsn, message.nextFsn) || message.early?.has(fsn) === true) return false;
  // RFC 8260 §2.2.2: the last fragment has the E bit, and no other one.
  const isHighest = !fsnLt(fsn, message.highestFsn);
  if (isHighest ? message.ended : chunk.ending) return false;
  if (isHighest) {
    message.highestFsn = fsn;
    message.ended = chunk.ending;
  }
  if (fsn !== message.nextFsn) {
    message.early ??= new Map();
    message.early.set(fsn, chunk);
    return true;
  }
  if (chunk.beginning) {
    message.begun = true;
    message.ppid = chunk.ppid;
  }
  append(message, chunk);
  for (let next = takeEarly(message); next !== undefined; next = takeEarly(message)) append(message, next);
  return true;
}

/** Takes fragments above this TSN out, of those in sequence only the last ones. */
function cutAbove(message: Message, tsn: Tsn): readonly IDataInboundChunk[] {
  const { chunks, early } = message;
  const cut = [...(early?.values() ?? [])].filter((chunk) => tsnGt(chunk.tsn, tsn));
  for (const { fsn } of cut) early?.delete(fsn);
  for (let last = chunks.at(-1); last !== undefined && tsnGt(last.tsn, tsn); last = chunks.at(-1)) {
    chunks.pop();
    cut.push(last);
    message.bytes -= last.data.length;
    message.nextFsn = last.fsn;
    if (last.beginning) message.begun = false;
  }
  // They come again: the highest FSN stays what it was.
  if (cut.some(({ ending }) => ending)) message.ended = false;
  return cut;
}

/** Nothing is left of it. */
function isEmpty({ isPartial, chunks, early }: Message): boolean {
  return !isPartial && chunks.length === 0 && (early === undefined || early.size === 0);
}

function append(message: Message, chunk: IDataInboundChunk): void {
  chunk.ppid = message.ppid;
  message.chunks.push(chunk);
  message.bytes += chunk.data.length;
  message.nextFsn = (chunk.fsn + 1) >>> 0;
}

function takeEarly({ early, nextFsn }: Message): IDataInboundChunk | undefined {
  const chunk = early?.get(nextFsn);
  if (chunk !== undefined) early?.delete(nextFsn);
  return chunk;
}
