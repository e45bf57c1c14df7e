import fc from "fast-check";
import { expect, test } from "vitest";
import type { Path } from "../../../src/association/path/path.ts";
import type { ChunkState, OutboundChunk } from "../../../src/association/send/outbound-chunk.ts";
import { Outstanding } from "../../../src/association/send/outstanding.ts";
import { asTsn, type Tsn, tsnAdd } from "../../../src/base/serial.ts";
import { firstTsn, makePath, SEEDED } from "./support.ts";

/** A chunk as somebody would keep it who had all the time of the world. */
interface Model {
  readonly tsn: Tsn;
  readonly length: number;
  state: ChunkState;
  path: Path;
  sentTo: Set<Path>;
  transmissions: number;
}

const PATHS = [makePath({ destination: "10.0.0.2" }), makePath({ destination: "10.1.0.2" })] as const;

const KINDS = ["send", "send", "mark", "mark", "retransmit", "gap", "renege", "shift", "nextMarked"] as const;

/** One step; `at` picks a chunk from those that the step can be done to. */
const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fc.nat({ max: 1_000 }),
  length: fc.integer({ min: 1, max: 1_444 }),
  path: fc.constantFrom(...PATHS),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Pair {
  readonly real: Outstanding;
  readonly model: Model[] = [];
  #next: Tsn;

  constructor(initialTsn: Tsn) {
    for (const path of PATHS) path.flightSize = 0;
    this.real = new Outstanding(initialTsn);
    this.#next = initialTsn;
  }

  apply({ kind, at, length, path }: Step): void {
    const { real, model } = this;
    if (kind === "send") {
      expect(real.nextTsn).toBe(this.#next);
      const chunk = real.append();
      chunk.length = length;
      real.transmit(chunk, path);
      const sentTo = new Set([path]);
      model.push({ tsn: this.#next, length, state: "in-flight", path, sentTo, transmissions: 1 });
      this.#next = tsnAdd(this.#next, 1);
      return;
    }
    if (kind === "shift") {
      if (model.length > 0) expect(real.shift().tsn).toBe(model.shift()?.tsn);
      return;
    }
    if (kind === "nextMarked") {
      // From the head, as the sender asks first, or from anywhere.
      const from = at % 2 === 0 ? 0 : at % (model.length + 2);
      const expected = model.findIndex((it, index) => index >= from && it.state === "marked");
      expect(real.nextMarked(from)).toBe(expected);
      return;
    }
    const wanted: Record<typeof kind, ChunkState | undefined> = {
      mark: "in-flight",
      retransmit: "marked",
      gap: undefined,
      renege: "gap-acknowledged",
    };
    const able = model.filter((it) => wanted[kind] === undefined || it.state === wanted[kind]);
    const picked = able[at % Math.max(1, able.length)];
    if (picked === undefined) return;
    this.#change(kind, picked, real.at(model.indexOf(picked)), path);
  }

  #change(
    kind: "mark" | "retransmit" | "gap" | "renege",
    picked: Model,
    chunk: OutboundChunk,
    path: Path,
  ): void {
    const { real } = this;
    switch (kind) {
      case "mark":
        real.mark(chunk, true);
        picked.state = "marked";
        return;
      case "retransmit":
        real.transmit(chunk, path);
        picked.state = "in-flight";
        picked.path = path;
        picked.sentTo.add(path);
        picked.transmissions += 1;
        return;
      case "gap":
        real.acknowledgeByGap(chunk);
        picked.state = "gap-acknowledged";
        return;
      case "renege":
        real.renege(chunk);
        picked.state = "in-flight";
    }
  }

  check(): void {
    const { real, model } = this;
    const inFlight = model.filter((it) => it.state === "in-flight");
    const sum = (list: readonly Model[]): number => list.reduce((bytes, it) => bytes + it.length, 0);
    expect(real.length).toBe(model.length);
    expect(real.nextTsn).toBe(this.#next);
    expect(real.highest).toBe(tsnAdd(this.#next, -1));
    expect(real.cumulative).toBe(tsnAdd(model[0]?.tsn ?? this.#next, -1));
    expect(real.bytes).toBe(sum(model));
    expect(real.payloadInFlight).toBe(sum(inFlight));
    expect(real.marked).toBe(model.filter((it) => it.state === "marked").length);
    expect(real.gapAcknowledged).toBe(model.filter((it) => it.state === "gap-acknowledged").length);
    for (const path of PATHS) {
      // RFC 9260 §7.2: "the length of the DATA chunk, including the padding".
      const here = inFlight.filter((it) => it.path === path);
      const size = here.reduce((bytes, it) => bytes + 16 + Math.ceil(it.length / 4) * 4, 0);
      expect(path.flightSize).toBe(size);
    }
    for (const [offset, expected] of model.entries()) {
      const chunk = real.at(offset);
      expect([chunk.tsn, chunk.state, chunk.path, chunk.length, chunk.transmissions]).toEqual([
        expected.tsn,
        expected.state,
        expected.path,
        expected.length,
        expected.transmissions,
      ]);
      // RFC 7829 §3.2, 9: once it went to two destinations, it proves neither.
      expect(chunk.ambiguous).toBe(expected.sentTo.size > 1);
    }
  }
}

test("holds what a list would hold, with every count right, also where TSNs wrap", () => {
  fc.assert(
    fc.property(firstTsn, fc.array(step, { maxLength: 120, size: "max" }), (initialTsn, steps) => {
      const pair = new Pair(initialTsn);
      for (const it of steps) {
        pair.apply(it);
        pair.check();
      }
    }),
    { ...SEEDED, numRuns: 150 },
  );
});

test("a slot that is used again remembers nothing of the chunk before", () => {
  const [path, other] = PATHS;
  for (const it of PATHS) it.flightSize = 0;
  const outstanding = new Outstanding(asTsn(0xffff_fffe));
  for (let round = 0; round < 40; round++) {
    const chunk = outstanding.append();
    expect([chunk.transmissions, chunk.misses, chunk.ambiguous]).toEqual([0, 0, false]);
    expect([chunk.fastRetransmitted, chunk.timedOut, chunk.state]).toEqual([false, false, "in-flight"]);
    chunk.length = 10;
    outstanding.transmit(chunk, path);
    chunk.misses = 2;
    chunk.fastRetransmitted = true;
    outstanding.mark(chunk, true);
    outstanding.transmit(chunk, other);
    outstanding.shift().release();
  }
  expect([path.flightSize, other.flightSize, outstanding.bytes]).toEqual([0, 0, 0]);
});

test("a retransmission begins without misses", () => {
  const [path] = PATHS;
  const outstanding = new Outstanding(asTsn(1));
  const chunk = outstanding.append();
  chunk.length = 10;
  outstanding.transmit(chunk, path);
  chunk.misses = 3;
  outstanding.mark(chunk, false);
  outstanding.transmit(chunk, path);
  expect(chunk.misses).toBe(0);
});
