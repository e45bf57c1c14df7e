import type { Association, PathStatus } from "usctp/core";
import type { Passage } from "../network.ts";
import {
  ABORT,
  type Acknowledgement,
  acknowledgementOf,
  type ChunkSeen,
  carriesData,
  HEARTBEAT,
  HEARTBEAT_ACK,
  PAD,
  SACK,
  SHUTDOWN,
  tagOf,
} from "./chunks.ts";

/** RFC 9260 §9.2: T5-shutdown-guard is 5 times RTO.Max. */
const GUARD_FACTOR = 5;
/** ms by which the sum of two times may miss. */
const EXACT = 1e-3;
/** A SACK shorter than this has left out nothing for want of room in its packet, bytes. */
const SHORT_SACK = 300;

/** A packet of a host, and who sent it. */
export interface Sighting {
  readonly passage: Passage;
  readonly chunks: readonly ChunkSeen[];
  /** Name of the host. */
  readonly sender: string;
  /** Name of the host that has the destination; undefined: none has. */
  readonly receiver: string | undefined;
  /** Those of the sender, closed ones as well. */
  readonly associations: readonly Association[];
  /** The one that has this destination, with it; undefined: none is open that has. */
  readonly association: Association | undefined;
  readonly path: PathStatus | undefined;
}

interface Question {
  readonly info: string;
  readonly sentAt: number;
  readonly rto: number;
  answeredAt: number;
}

/** Tells by packets that a timer has expired, and that a receiver has reneged. */
export class TimerWatch {
  readonly #meet: (name: string) => void;
  /** When packets with DATA arrive, or did, that no SACK has gone for; by receiver. */
  readonly #arrivals: Map<string, number[]> = new Map();
  /** The latest HEARTBEAT, by sender and destination. */
  readonly #questions: Map<string, Question> = new Map();
  /** When DATA or a HEARTBEAT went last, or the first packet, by sender and destination. */
  readonly #used: Map<string, number> = new Map();
  /** When the first SHUTDOWN went, by sender and tag. */
  readonly #shutdowns: Map<string, number> = new Map();
  /** The latest SACK, by sender and tag. */
  readonly #acknowledged: Map<string, Acknowledgement> = new Map();

  constructor(meet: (name: string) => void) {
    this.#meet = meet;
  }

  look(sighting: Sighting): void {
    const { chunks, sender, passage } = sighting;
    const key = `${sender} ${passage.destination}`;
    if (!this.#used.has(key)) this.#used.set(key, passage.time);
    const isProbe = chunks.some(({ type }) => type === PAD);
    for (const chunk of chunks) {
      if (chunk.type === HEARTBEAT && !isProbe) this.#onHeartbeat(sighting, chunk);
      else if (chunk.type === HEARTBEAT_ACK) this.#onAnswer(sighting, chunk);
      else if (chunk.type === SACK) this.#onSack(sighting, chunk);
      else if (chunk.type === SHUTDOWN) {
        const tag = `${sender} ${tagOf(passage.bytes)}`;
        if (!this.#shutdowns.has(tag)) this.#shutdowns.set(tag, passage.time);
      } else if (chunk.type === ABORT) this.#onAbort(sighting);
    }
    if (carriesData(chunks)) this.#onData(sighting);
  }

  /** A zero-window probe (RFC 9260 §6.1 A); and what a SACK will be owed for. */
  #onData({ passage, sender, receiver, association }: Sighting): void {
    const { time, destination, arrivals, corrupted } = passage;
    this.#used.set(`${sender} ${destination}`, time);
    if (association?.peerWindow === 0 && association.outstandingChunks === 1) {
      this.#meet("timer zero-window probe");
    }
    if (receiver === undefined || corrupted || arrivals.length === 0) return;
    const waiting = this.#arrivals.get(receiver) ?? [];
    waiting.push(...arrivals);
    this.#arrivals.set(receiver, waiting);
  }

  #onSack({ passage, sender, association }: Sighting, chunk: ChunkSeen): void {
    const { time, bytes } = passage;
    const waiting = this.#arrivals.get(sender) ?? [];
    const arrived = waiting.filter((at) => at <= time);
    this.#arrivals.set(
      sender,
      waiting.filter((at) => at > time),
    );
    if (association !== undefined && arrived.length > 0) {
      const { sackDelay, sackFrequency } = association.config;
      const waited = time - Math.min(...arrived);
      // RFC 9260 §6.2: no second packet came within the delay.
      const isLate = sackDelay > 0 && Math.abs(waited - sackDelay) < EXACT;
      if (isLate && arrived.length < sackFrequency) this.#meet("timer delayed SACK");
    }
    const says = acknowledgementOf(chunk);
    if (says === undefined) return;
    const key = `${sender} ${tagOf(bytes)}`;
    const said = this.#acknowledged.get(key);
    this.#acknowledged.set(key, says);
    if (said !== undefined && chunk.body.length < SHORT_SACK && hasReneged(said, says)) {
      this.#meet("event renege");
    }
  }

  #onHeartbeat({ passage, sender, association, path }: Sighting, { body }: ChunkSeen): void {
    const { time, destination } = passage;
    const key = `${sender} ${destination}`;
    const before = this.#questions.get(key);
    // RFC 9260 §8.3: the RTO has passed without the answer.
    if (before !== undefined && time - before.sentAt > before.rto - EXACT) {
      if (before.answeredAt - before.sentAt > before.rto) this.#meet("timer heartbeat (not answered)");
    }
    const used = this.#used.get(key) ?? time;
    this.#used.set(key, time);
    if (association === undefined || path === undefined) return;
    // A destination that works and was idle for HB.interval.
    const isIdle = time - used >= association.config.heartbeatInterval;
    if (path.state === "active" && isIdle) this.#meet("timer heartbeat");
    const info = textOf(body);
    this.#questions.set(key, { info, sentAt: time, rto: path.rto, answeredAt: Number.POSITIVE_INFINITY });
  }

  /** It answers a HEARTBEAT of the receiver's, whichever way it comes. */
  #onAnswer({ passage, receiver }: Sighting, { body }: ChunkSeen): void {
    const { arrivals, corrupted } = passage;
    if (corrupted || arrivals.length === 0) return;
    const info = textOf(body);
    for (const [key, question] of this.#questions) {
      if (key.split(" ")[0] !== receiver || question.info !== info) continue;
      question.answeredAt = Math.min(question.answeredAt, ...arrivals);
    }
  }

  #onAbort({ passage, sender, associations }: Sighting): void {
    const tag = tagOf(passage.bytes);
    const begun = this.#shutdowns.get(`${sender} ${tag}`);
    const association = associations.find(({ peerTag }) => peerTag === tag);
    if (begun === undefined || association === undefined) return;
    const guard = GUARD_FACTOR * association.config.rtoMax;
    if (Math.abs(passage.time - begun - guard) < EXACT) this.#meet("timer T5-shutdown-guard");
  }
}

/** RFC 9260 §6.2: whether something that a SACK reported by a gap block is reported by a later one no more. */
function hasReneged(said: Acknowledgement, says: Acknowledgement): boolean {
  // Where the TSNs have begun anew it is more than any gap block reaches.
  const moved = (says.cumulative - said.cumulative) >>> 0;
  return said.gaps.some(([first, last]) => {
    let missing = Math.max(first - moved, 1);
    for (const [from, to] of says.gaps) if (from <= missing && missing <= to) missing = to + 1;
    return missing <= last - moved;
  });
}

/** What stands behind the header of a chunk. */
function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset + 4, Math.max(0, body.length - 4)).toString("latin1");
}
