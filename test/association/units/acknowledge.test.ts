import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Path } from "../../../src/association/path/path.ts";
import {
  type Acknowledgement,
  acknowledge,
  stopMeasuring,
} from "../../../src/association/send/acknowledge.ts";
import { FastRecovery } from "../../../src/association/send/fast-recovery.ts";
import type { OutboundChunk } from "../../../src/association/send/outbound-chunk.ts";
import { Outstanding } from "../../../src/association/send/outstanding.ts";
import { asTsn, type Tsn, tsnAdd } from "../../../src/base/serial.ts";
import { firstTsn, makePath, SEEDED } from "./support.ts";

/** RFC 9260 §6.2.1 and §7.2.4: what a SACK says. Chunks are numbered from 1 here. */

const LENGTH = 100;
const SIZE = LENGTH + 16;

type Gaps = readonly (readonly [number, number])[];

class Sender {
  readonly first: Tsn;
  readonly outstanding: Outstanding;
  readonly path: Path = makePath();
  readonly other: Path = makePath({ destination: "10.1.0.2" });
  /** Numbers of the chunks that were acknowledged cumulatively, in order. */
  readonly done: number[] = [];
  /** Number of the chunk at the head. */
  #base = 1;

  constructor(count: number, first: Tsn = asTsn(0xffff_fffc)) {
    this.first = first;
    this.outstanding = new Outstanding(first);
    this.send(count);
  }

  send(count: number, path: Path = this.path): void {
    for (let i = 0; i < count; i++) {
      const chunk = this.outstanding.append();
      chunk.length = LENGTH;
      this.outstanding.transmit(chunk, path);
    }
  }

  tsn(number: number): Tsn {
    return tsnAdd(this.first, number - 1);
  }

  /** `number`: 1 is the first chunk ever sent. */
  chunk(number: number): OutboundChunk {
    return this.outstanding.at(number - this.#base);
  }

  /** A SACK; `gaps` as numbers of chunks, both ends included. */
  sack(
    cumulative: number,
    gaps: Gaps = [],
    inFastRecovery: boolean = false,
    source: Path = this.path,
  ): Acknowledgement {
    const result = acknowledge({
      outstanding: this.outstanding,
      source: source.destination,
      sack: {
        cumulativeTsn: this.tsn(cumulative),
        gaps: gaps.map(([start, end]) => ({ start: start - cumulative, end: end - cumulative })),
      },
      inFastRecovery,
      countsMisses: true,
      now: 0,
      onCumulative: () => {
        this.done.push(this.#base);
        this.#base += 1;
      },
    });
    return result;
  }

  retransmit(number: number, path: Path = this.path): void {
    const chunk = this.chunk(number);
    this.outstanding.mark(chunk, true);
    this.outstanding.transmit(chunk, path);
  }

  misses(...numbers: readonly number[]): number[] {
    return numbers.map((number) => this.chunk(number).misses);
  }
}

describe("what is acknowledged", () => {
  test("cumulatively, in order, each byte once, over the wrap of TSNs", () => {
    const sender = new Sender(10);
    const first = sender.sack(3);
    expect(sender.done).toEqual([1, 2, 3]);
    expect([first.cumulativeAdvanced, first.isNew]).toEqual([true, true]);
    expect(first.perPath).toMatchObject([{ bytes: 3 * SIZE, earliest: true, proven: true }]);
    const again = sender.sack(3);
    expect([again.cumulativeAdvanced, again.isNew, again.perPath]).toEqual([false, false, []]);
    sender.sack(10);
    expect(sender.done).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(sender.path.flightSize).toBe(0);
  });

  test("by gap blocks: counted once, and not again when the point passes them", () => {
    const sender = new Sender(6);
    expect(sender.sack(1, [[3, 4]]).perPath).toMatchObject([{ bytes: 3 * SIZE }]);
    expect(sender.path.flightSize).toBe(3 * SIZE);
    expect(sender.sack(1, [[3, 4]]).isNew).toBe(false);
    expect(sender.sack(4).perPath).toMatchObject([{ bytes: SIZE }]);
    expect(sender.done).toEqual([1, 2, 3, 4]);
    expect(sender.outstanding.gapAcknowledged).toBe(0);
  });

  test("a marked chunk that arrived after all is not sent again", () => {
    const sender = new Sender(3);
    sender.outstanding.mark(sender.chunk(2), true);
    sender.sack(1, [[2, 3]]);
    expect(sender.outstanding.marked).toBe(0);
    expect(sender.outstanding.nextMarked(0)).toBe(-1);
  });

  // RFC 9260 §6.3.2 R3.
  test("the earliest chunk of a destination, if it is the earliest of that destination", () => {
    const sender = new Sender(2);
    sender.send(2, sender.other);
    const result = sender.sack(0, [[3, 3]]);
    expect(result.perPath.find((entry) => entry.path === sender.other)?.earliest).toBe(true);
    const later = sender.sack(0, [[2, 3]]);
    expect(later.perPath.find((entry) => entry.path === sender.path)?.earliest).toBe(false);
  });

  // RFC 7829 §3.2, 9 and 10.
  test("a chunk that went to two destinations proves neither", () => {
    const sender = new Sender(2);
    sender.retransmit(1, sender.other);
    const first = sender.sack(1);
    expect(first.perPath).toMatchObject([{ path: sender.other, bytes: SIZE, proven: false }]);
    expect(sender.sack(2).perPath).toMatchObject([{ path: sender.path, proven: true }]);
  });

  test("a chunk that went twice to one destination proves it", () => {
    const sender = new Sender(1);
    sender.retransmit(1);
    expect(sender.sack(1).perPath).toMatchObject([{ proven: true }]);
  });

  test("a chunk that timed out proves its destination if the SACK comes from there", () => {
    for (const from of ["path", "other"] as const) {
      const sender = new Sender(1);
      sender.outstanding.mark(sender.chunk(1), true);
      expect(sender.sack(1, [], false, sender[from]).perPath[0]?.proven).toBe(from === "path");
    }
  });

  test("bytes count for the destination that they went to last", () => {
    const sender = new Sender(3);
    sender.send(1, sender.other);
    sender.retransmit(2, sender.other);
    const inFlight = (): number[] => [sender.path.flightSize, sender.other.flightSize];
    expect(inFlight()).toEqual([2 * SIZE, 2 * SIZE]);
    const bytes = new Map(sender.sack(4).perPath.map((entry) => [entry.path, entry.bytes]));
    expect([bytes.get(sender.path), bytes.get(sender.other)]).toEqual([2 * SIZE, 2 * SIZE]);
    expect(inFlight()).toEqual([0, 0]);
  });

  test("blocks beyond what was sent, empty, reversed or overlapping do no harm", () => {
    const block = fc.record({
      start: fc.integer({ min: 0, max: 65_535 }),
      end: fc.integer({ min: 0, max: 65_535 }),
    });
    const small = fc.record({ start: fc.integer({ min: 0, max: 12 }), end: fc.integer({ min: 0, max: 12 }) });
    fc.assert(
      fc.property(
        firstTsn,
        fc.array(
          fc.record({ cumulative: fc.integer({ min: 0, max: 10 }), gaps: fc.array(fc.oneof(block, small)) }),
        ),
        (first, sacks) => {
          const sender = new Sender(10, first);
          for (const { cumulative, gaps } of sacks) {
            if (cumulative < sender.done.length) continue;
            acknowledge({
              outstanding: sender.outstanding,
              source: sender.path.destination,
              sack: { cumulativeTsn: sender.tsn(cumulative), gaps },
              inFastRecovery: false,
              countsMisses: true,
              now: 0,
              onCumulative: () => sender.done.push(sender.done.length + 1),
            });
            const { outstanding, path } = sender;
            const states = Array.from(
              { length: outstanding.length },
              (_, offset) => outstanding.at(offset).state,
            );
            const inFlight = states.filter((state) => state === "in-flight").length;
            expect(outstanding.length).toBe(10 - cumulative);
            expect([path.flightSize, outstanding.payloadInFlight]).toEqual([
              inFlight * SIZE,
              inFlight * LENGTH,
            ]);
            expect(outstanding.gapAcknowledged).toBe(
              states.filter((state) => state === "gap-acknowledged").length,
            );
            expect(outstanding.marked).toBe(states.filter((state) => state === "marked").length);
          }
        },
      ),
      SEEDED,
    );
  });
});

describe("reneging (§6.2.1 D iii)", () => {
  test("what is no longer reported is in flight again, with one miss", () => {
    const sender = new Sender(5);
    sender.sack(1, [[3, 4]]);
    const result = sender.sack(1, [[4, 4]]);
    expect(sender.chunk(3).state).toBe("in-flight");
    expect(sender.misses(3)).toEqual([1]);
    expect(sender.path.flightSize).toBe(3 * SIZE);
    expect(result.perPath).toMatchObject([{ reneged: true, bytes: 0 }]);
    expect(result.isNew).toBe(false);
  });

  test("a SACK is one miss, though it reneges and reports more", () => {
    const sender = new Sender(6);
    sender.sack(1, [[3, 4]]);
    sender.sack(1, [[4, 5]]);
    expect(sender.misses(3)).toEqual([1]);
  });

  test("a SACK without blocks reneges on them all", () => {
    const sender = new Sender(5);
    sender.sack(1, [[3, 5]]);
    sender.sack(1);
    expect(sender.outstanding.gapAcknowledged).toBe(0);
    expect(sender.path.flightSize).toBe(4 * SIZE);
  });

  test("and is acknowledged again, and counts once a transmission", () => {
    const sender = new Sender(3);
    sender.sack(1, [[3, 3]]);
    sender.sack(1);
    expect(sender.sack(3).perPath).toMatchObject([{ bytes: SIZE }]);
  });

  test("and counts again when it was sent again", () => {
    const sender = new Sender(3);
    sender.sack(1, [[3, 3]]);
    sender.sack(1);
    sender.outstanding.mark(sender.chunk(3), true);
    sender.outstanding.transmit(sender.chunk(3), sender.path);
    expect(sender.sack(3).perPath).toMatchObject([{ bytes: 2 * SIZE }]);
  });
});

describe("miss indications (§7.2.4)", () => {
  test("HTNA: only what is before the highest newly acknowledged TSN is missed", () => {
    const sender = new Sender(9);
    sender.sack(1, [[4, 4]]);
    expect(sender.misses(2, 3, 5, 6)).toEqual([1, 1, 0, 0]);
    // Nothing new: the SACK counts for nobody.
    sender.sack(1, [[4, 4]]);
    expect(sender.misses(2, 3, 5, 6)).toEqual([1, 1, 0, 0]);
    // New is 6, which is the highest there is.
    sender.sack(1, [
      [4, 4],
      [6, 6],
    ]);
    expect(sender.misses(2, 3, 5, 7)).toEqual([2, 2, 1, 0]);
    // New is 3 alone, though 6 is reported: 5 is above it.
    sender.sack(1, [
      [3, 4],
      [6, 6],
    ]);
    expect(sender.misses(2, 5)).toEqual([3, 1]);
  });

  test("the third miss marks the chunk, and no other", () => {
    const sender = new Sender(8);
    for (const highest of [3, 4]) expect(sender.sack(1, [[3, highest]]).perPath[0]?.lost).toBe(false);
    expect(sender.chunk(2).state).toBe("in-flight");
    const third = sender.sack(1, [[3, 5]]);
    expect(third.perPath).toMatchObject([{ lost: true }]);
    expect([sender.chunk(2).state, sender.chunk(2).timedOut]).toEqual(["marked", false]);
    expect(sender.outstanding.marked).toBe(1);
    expect(sender.path.flightSize).toBe(3 * SIZE);
  });

  // "5) Mark the DATA chunk(s) as being fast retransmitted and thus ineligible for a subsequent Fast Retransmit."
  test("a chunk is sent again fast only once", () => {
    const sender = new Sender(12);
    for (const highest of [3, 4, 5]) sender.sack(1, [[3, highest]]);
    sender.outstanding.transmit(sender.chunk(2), sender.path);
    for (const highest of [6, 7, 8, 9]) sender.sack(1, [[3, highest]]);
    expect(sender.chunk(2).state).toBe("in-flight");
  });

  test("in Fast Recovery, a SACK that moves the point counts for all that it reports missing", () => {
    const outside = new Sender(9);
    outside.sack(1, [[4, 6]]);
    outside.sack(2, [[4, 6]], false);
    expect(outside.misses(3)).toEqual([1]);

    const inside = new Sender(9);
    inside.sack(1, [[4, 6]]);
    inside.sack(2, [[4, 6]], true);
    expect(inside.misses(3, 7)).toEqual([2, 0]);
    // The point stays: HTNA again.
    inside.sack(2, [[4, 6]], true);
    expect(inside.misses(3)).toEqual([2]);
  });

  test("a chunk of another destination is missed like one of this", () => {
    const sender = new Sender(1);
    sender.send(1, sender.other);
    sender.send(4);
    for (const highest of [3, 4, 5]) sender.sack(1, [[3, highest]]);
    expect(sender.outstanding.marked).toBe(1);
    expect(sender.other.flightSize).toBe(0);
  });
});

test("whatever the SACKs, the misses are those of a list that is walked by the letter", () => {
  const COUNT = 12;
  // The receiver has some of 1 to 12; each SACK tells of some more of them.
  const arrivals = fc.shuffledSubarray(Array.from({ length: COUNT }, (_, index) => index + 1));
  fc.assert(
    fc.property(firstTsn, arrivals, fc.boolean(), (first, order, recovery) => {
      const sender = new Sender(COUNT, first);
      const received = new Set<number>();
      const misses = new Map<number, number>();
      const marked = new Set<number>();
      let point = 0;
      for (const arrival of order) {
        received.add(arrival);
        const before = point;
        while (received.has(point + 1)) point += 1;
        const gaps: [number, number][] = [];
        for (let number = point + 1; number <= COUNT; number++) {
          if (!received.has(number)) continue;
          const last = gaps.at(-1);
          if (last !== undefined && last[1] === number - 1) last[1] = number;
          else gaps.push([number, number]);
        }
        const highest = gaps.at(-1)?.[1] ?? 0;
        const limit = recovery && point > before ? highest : arrival;
        sender.sack(point, gaps, recovery);
        for (let number = point + 1; number < limit; number++) {
          if (received.has(number) || marked.has(number)) continue;
          misses.set(number, (misses.get(number) ?? 0) + 1);
          if (misses.get(number) === 3) marked.add(number);
        }
        for (let number = point + 1; number <= COUNT; number++) {
          const state = received.has(number)
            ? "gap-acknowledged"
            : marked.has(number)
              ? "marked"
              : "in-flight";
          expect(sender.chunk(number).state).toBe(state);
          if (!received.has(number)) expect(sender.misses(number)).toEqual([misses.get(number) ?? 0]);
        }
        expect(sender.done.length).toBe(point);
      }
    }),
    SEEDED,
  );
});

describe("Karn's rule (§6.3.1 C5)", () => {
  const measure = (sender: Sender, number: number): void => {
    sender.path.measuring = sender.tsn(number);
    sender.path.measuringSince = 42;
  };

  test("the acknowledgement of the measured chunk gives the time that it was sent", () => {
    for (const how of ["cumulatively", "by a gap block"]) {
      const sender = new Sender(3);
      measure(sender, 2);
      expect(sender.sack(1).perPath[0]?.measuredSince).toBeUndefined();
      const result = how === "cumulatively" ? sender.sack(2) : sender.sack(1, [[2, 2]]);
      expect(result.perPath[0]?.measuredSince).toBe(42);
      expect(sender.path.measuring).toBeUndefined();
    }
  });

  test("a retransmission of it, or of one before it, measures nothing", () => {
    for (const [number, spoils] of [
      [1, true],
      [2, true],
      [3, false],
    ] as const) {
      const sender = new Sender(3);
      measure(sender, 2);
      stopMeasuring(sender.path, sender.tsn(number));
      expect(sender.sack(3).perPath[0]?.measuredSince).toBe(spoils ? undefined : 42);
    }
  });

  test("a third miss of it, or of one before it, measures nothing", () => {
    const sender = new Sender(8);
    measure(sender, 3);
    for (const highest of [4, 5, 6]) sender.sack(1, [[4, highest]]);
    expect(sender.path.measuring).toBeUndefined();
  });
});

test("Fast Recovery lasts until the highest TSN of its beginning is acknowledged", () => {
  const recovery = new FastRecovery();
  expect(recovery.active).toBe(false);
  recovery.enter(asTsn(1));
  recovery.onCumulative(asTsn(0xffff_ffff));
  expect(recovery.active).toBe(true);
  recovery.onCumulative(asTsn(1));
  expect(recovery.active).toBe(false);
  recovery.enter(asTsn(1));
  recovery.leave();
  expect(recovery.active).toBe(false);
});
