import type { IpAddress } from "../../base/address.ts";
import { type Tsn, tsnDiff, tsnLe } from "../../base/serial.ts";
import type { SackChunk } from "../../packet/chunks/sack.ts";
import type { Path } from "../path/path.ts";
import type { OutboundChunk } from "./outbound-chunk.ts";
import type { Outstanding } from "./outstanding.ts";

/** RFC 9260 §7.2.4: the third miss indication is a loss. */
const MISSES_TO_RETRANSMIT = 3;

/** What one SACK said of one destination. */
export class PathAcknowledgement {
  readonly path: Path;
  /** Bytes newly acknowledged, headers and padding counted. */
  bytes = 0;
  /** It acknowledged the earliest outstanding chunk of the destination (RFC 9260 §6.3.2 R3). */
  earliest = false;
  /** It acknowledged a chunk in a way that proves the destination reachable (RFC 7829 §3.2, 10). */
  proven = false;
  /** It acknowledged the chunk that measures the RTT, sent at that time; undefined otherwise. */
  measuredSince: number | undefined = undefined;
  /** It reports chunks of this destination missing for the third time. */
  lost = false;
  /** It no longer reports chunks that it had acknowledged by gap blocks (RFC 9260 §6.3.2 R4). */
  reneged = false;
  /** A chunk of this destination stays outstanding before the one being looked at. */
  waits = false;

  constructor(path: Path) {
    this.path = path;
  }
}

/** What one SACK said. */
export interface Acknowledgement {
  readonly cumulativeAdvanced: boolean;
  /** Something was acknowledged that was not before. */
  readonly isNew: boolean;
  readonly perPath: readonly PathAcknowledgement[];
}

export interface AcknowledgeOptions {
  readonly outstanding: Outstanding;
  /** Where the SACK came from. */
  readonly source: IpAddress;
  readonly sack: {
    readonly cumulativeTsn: Tsn;
    /** Undefined: nothing is said of what lies beyond the Cumulative TSN Ack. */
    readonly gaps: SackChunk["gaps"] | undefined;
  };
  readonly inFastRecovery: boolean;
  /** Loss is noticed by the third miss indication (RFC 9260 §7.2.4); if not, by somebody else. */
  readonly countsMisses: boolean;
  /** ms */
  readonly now: number;
  /** Called with each chunk that is acknowledged cumulatively, in order. */
  readonly onCumulative: (chunk: OutboundChunk) => void;
}

/** Applies a SACK to what is outstanding (RFC 9260 §6.2.1). Its Cumulative TSN Ack must be within what was sent. */
export function acknowledge(options: AcknowledgeOptions): Acknowledgement {
  const { outstanding, sack } = options;
  const tally = new Tally(options.source, options.now);
  const cumulativeAdvanced = acknowledgeCumulatively(options, tally);
  if (sack.gaps !== undefined && (sack.gaps.length > 0 || outstanding.gapAcknowledged > 0)) {
    const gaps = inOrder(sack.gaps);
    const highestNew = acknowledgeGaps(outstanding, gaps, tally);
    // RFC 9260 §7.2.4: only TSNs before the highest newly acknowledged one are missed (HTNA), but in Fast Recovery,
    // when the Cumulative TSN Ack Point advances, all that the SACK reports missing.
    const lastGap = gaps.at(-1)?.end ?? 0;
    const limit = options.inFastRecovery && cumulativeAdvanced ? lastGap - 1 : highestNew;
    if (options.countsMisses) countMisses(outstanding, Math.min(limit, outstanding.length), tally);
    // RFC 9260 §6.2.1 D iii: "Count one miss indication" for what the receiver reneged on; not two in one SACK.
    for (const chunk of tally.reneged ?? []) chunk.misses = Math.max(chunk.misses, 1);
  }
  return { cumulativeAdvanced, isNew: tally.isNew, perPath: tally.perPath };
}

/**
 * RFC 9260 §3.3.4: what each block names is "assumed to have been received correctly", and no order is asked of them: as
 * they come if they ascend, else sorted, without those that end before they begin.
 */
function inOrder(gaps: SackChunk["gaps"]): SackChunk["gaps"] {
  let before = 0;
  for (const { start, end } of gaps) {
    if (start < before || end < start) {
      return gaps.filter((gap) => gap.start <= gap.end).sort((one, other) => one.start - other.start);
    }
    before = start;
  }
  return gaps;
}

/** Collects per destination; an association has few, so a list is searched. */
class Tally {
  readonly perPath: PathAcknowledgement[] = [];
  isNew = false;
  /** Chunks that the SACK reneges on; made when there is one. */
  reneged: OutboundChunk[] | undefined = undefined;
  readonly #source: IpAddress;
  readonly #now: number;

  constructor(source: IpAddress, now: number) {
    this.#source = source;
    this.#now = now;
  }

  of(path: Path): PathAcknowledgement {
    for (const entry of this.perPath) if (entry.path === path) return entry;
    const entry = new PathAcknowledgement(path);
    this.perPath.push(entry);
    return entry;
  }

  acknowledged(chunk: OutboundChunk, isEarliest: boolean): void {
    this.isNew = true;
    const { path } = chunk;
    if (path === undefined) return;
    const entry = this.of(path);
    path.byTime?.rack.onDelivered(chunk, this.#now);
    // RFC 9260 §7.2.1: the cwnd that grows is that of the address to which the data went.
    // Once a transmission: or who acknowledges and reneges by turns opens cwnd at will.
    if (!chunk.credited) entry.bytes += chunk.size;
    chunk.credited = true;
    if (this.#proves(chunk, path)) entry.proven = true;
    if (isEarliest) entry.earliest = true;
    if (path.measuring === chunk.tsn) {
      // RFC 9260 §6.3.1 C5 (Karn): whoever retransmits clears `measuring`, so this one went once.
      entry.measuredSince = path.measuringSince;
      path.measuring = undefined;
    }
  }

  /** What was given up is not awaited any more, be it that it was received, be it that it was skipped. */
  arrived(chunk: OutboundChunk): void {
    this.isNew = true;
    // T3 may run for nothing else there.
    if (chunk.path !== undefined) this.of(chunk.path);
    chunk.path = undefined;
  }

  /**
   * RFC 7829 §3.2, 9 and 10: data that went to one destination only proves it. Deviation: data that timed out there
   * may have arrived before the path broke, and only its SACK have been lost; when the SACK that tells comes over
   * another path, the first one is not proven. A late SACK over the same path proves that the timeout was spurious.
   */
  #proves(chunk: OutboundChunk, path: Path): boolean {
    if (chunk.ambiguous) return false;
    return chunk.state === "in-flight" || this.#source === path.destination;
  }
}

/** RFC 9260 §6.7: "MUST remove all DATA chunks that have been acknowledged by the SACK chunk's Cumulative TSN Ack". */
function acknowledgeCumulatively(options: AcknowledgeOptions, tally: Tally): boolean {
  const { outstanding, sack } = options;
  const count = tsnDiff(sack.cumulativeTsn, outstanding.cumulative);
  for (let i = 0; i < count; i += 1) {
    const { state } = outstanding.at(0);
    const chunk = outstanding.shift();
    // RFC 3758 §3.5 A2: "MUST NOT advance the cwnd based on this 'abandoned' data chunk"; but the peer answers.
    if (state === "abandoned") tally.arrived(chunk);
    else if (state !== "gap-acknowledged") tally.acknowledged(chunk, true);
    options.onCumulative(chunk);
    chunk.release();
  }
  return count > 0;
}

/** Returns the offset of the highest chunk that is newly acknowledged; -1 when none is. */
function acknowledgeGaps(outstanding: Outstanding, gaps: SackChunk["gaps"], tally: Tally): number {
  let highestNew = -1;
  let block = 0;
  for (let offset = 0; offset < outstanding.length; offset += 1) {
    // Gap Ack Blocks count from the Cumulative TSN Ack (RFC 9260 §3.3.4): the chunk at offset 0 is number 1.
    while (block < gaps.length && (gaps[block]?.end ?? 0) < offset + 1) block += 1;
    const gap = gaps[block];
    const covered = gap !== undefined && gap.start <= offset + 1;
    const chunk = outstanding.at(offset);
    if (covered && chunk.state !== "gap-acknowledged" && chunk.state !== "abandoned") {
      const waits = chunk.path === undefined || tally.of(chunk.path).waits;
      tally.acknowledged(chunk, !waits);
      outstanding.acknowledgeByGap(chunk);
      highestNew = offset;
    } else if (covered && chunk.state === "abandoned") {
      tally.arrived(chunk);
    } else if (!covered && chunk.state === "gap-acknowledged") {
      outstanding.renege(chunk);
      tally.reneged ??= [];
      tally.reneged.push(chunk);
      if (chunk.path !== undefined) tally.of(chunk.path).reneged = true;
    } else if (!covered && chunk.state === "in-flight" && chunk.path !== undefined) {
      tally.of(chunk.path).waits = true;
    }
    if (gap === undefined && outstanding.gapAcknowledged === 0) break;
  }
  return highestNew;
}

/** RFC 9260 §6.7: counts a miss for each chunk before `limit` that is not acknowledged, and marks what was missed three times. */
function countMisses(outstanding: Outstanding, limit: number, tally: Tally): void {
  for (let offset = 0; offset < limit; offset += 1) {
    const chunk = outstanding.at(offset);
    // RFC 3758 §3.5 F5: "the appropriate congestion adjustment MUST be made ... if the chunk would have been marked for
    // retransmission later".
    const isOpen = chunk.state === "in-flight" || (chunk.state === "abandoned" && chunk.path !== undefined);
    if (!isOpen || chunk.fastRetransmitted) continue;
    chunk.misses += 1;
    if (chunk.misses < MISSES_TO_RETRANSMIT) continue;
    // RFC 9260 §7.2.4, 1 and 5.
    chunk.fastRetransmitted = true;
    if (chunk.path !== undefined) {
      tally.of(chunk.path).lost = true;
      stopMeasuring(chunk.path, chunk.tsn);
    }
    outstanding.mark(chunk, false);
  }
}

/** RFC 9260 §6.3.1 C5: a retransmission of a TSN at or below the measured one spoils the measurement. */
export function stopMeasuring(path: Path, retransmitted: Tsn): void {
  if (path.measuring !== undefined && tsnLe(retransmitted, path.measuring)) path.measuring = undefined;
}
