import { describe, expect } from "vitest";
import { asSsn, type Tsn, tsnAdd, tsnDiff } from "../../src/base/serial.ts";
import type { DataChunk } from "../../src/packet/chunks/data.ts";
import type { IDataChunk } from "../../src/packet/chunks/i-data.ts";
import type { SackChunk } from "../../src/packet/chunks/sack.ts";
import { fragment, IDATA } from "../support/idata.ts";
import { ladderTest, pattern, type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §6.2: what waits behind a gap is dropped where the chunk that fills the gap would have no room. */

type Sent = DataChunk | IDataChunk;

const BUFFER = 4_000;
/** Far beyond what the buffer holds of them, in memory. */
const COUNT = 3_000;

/** Sends these and collects the SACKs. */
function pass({ peer }: Script, list: readonly Sent[]): readonly SackChunk[] {
  for (const chunk of list) peer.send(chunk);
  return peer.collect(20).flatMap((it) => (it.type === "SACK" ? [it] : []));
}

/** The first `lost` ones are lost, and every second one of the others; then the upper gaps are filled, from above. */
function leaveGap(script: Script, chunks: readonly Sent[], lost: number = 1): readonly SackChunk[] {
  return [
    ...pass(
      script,
      chunks.filter((_, index) => index >= lost && index % 2 === 1),
    ),
    ...pass(script, chunks.filter((_, index) => index >= lost && index % 2 === 0).reverse()),
  ];
}

/** Sends what is not acknowledged again from below, so many chunks at once; to no window it keeps. */
function sendUntilAcknowledged(
  script: Script,
  chunks: readonly Sent[],
  { lost = 1, atOnce = 50 }: { readonly lost?: number; readonly atOnce?: number } = {},
): readonly SackChunk[] {
  const sacks = [...leaveGap(script, chunks, lost)];
  const last = chunks.at(-1)?.tsn;
  for (let round = 0; round < 3 * chunks.length; round += 1) {
    const sack = sacks.at(-1);
    if (sack?.cumulativeTsn === last) return sacks;
    const missing = chunks.filter((chunk) => !isAcknowledged(chunk.tsn, sack));
    sacks.push(...pass(script, missing.slice(0, atOnce)));
  }
  throw new Error("it stands still");
}

function isAcknowledged(tsn: Tsn, sack: SackChunk | undefined): boolean {
  if (sack === undefined) return false;
  const offset = tsnDiff(tsn, sack.cumulativeTsn);
  return offset <= 0 || sack.gaps.some(({ start, end }) => start <= offset && offset <= end);
}

/** Whether something was acknowledged by a Gap Ack Block, and then not any more. */
function hasReneged(sacks: readonly SackChunk[]): boolean {
  return sacks.some((sack, index) => {
    const before = sacks[index - 1];
    if (before === undefined || before.gaps.length === 0) return false;
    const highest = tsnAdd(before.cumulativeTsn, before.gaps.at(-1)?.end ?? 0);
    return !isAcknowledged(highest, sack);
  });
}

type Maker = (script: Script, index: number, data: Uint8Array) => Sent;

const tiny = (index: number) => Uint8Array.of(index & 0xff, index >>> 8);

const kinds: readonly (readonly [string, boolean, Maker])[] = [
  [
    "DATA, whole ordered messages",
    false,
    ({ peer }, index, data) => peer.data({ tsn: tsnAdd(peer.initialTsn, index), ssn: asSsn(index), data }),
  ],
  [
    "DATA, messages of three fragments",
    false,
    ({ peer }, index, data) =>
      peer.data({
        tsn: tsnAdd(peer.initialTsn, index),
        ssn: asSsn(Math.floor(index / 3)),
        beginning: index % 3 === 0,
        ending: index % 3 === 2,
        data,
      }),
  ],
  [
    "DATA, one unordered message",
    false,
    ({ peer }, index, data) =>
      peer.data({
        tsn: tsnAdd(peer.initialTsn, index),
        unordered: true,
        beginning: index === 0,
        ending: index === COUNT - 1,
        data,
      }),
  ],
  [
    "I-DATA, whole ordered messages",
    true,
    ({ peer }, index, data) => fragment(peer, index, { mid: index, data }),
  ],
  [
    "I-DATA, two messages of many fragments in turn",
    true,
    ({ peer }, index, data) => {
      const fsn = index >>> 1;
      return fragment(peer, index, { stream: index & 1, fsn, ending: fsn === COUNT / 2 - 1, data });
    },
  ],
  [
    "I-DATA, one unordered message",
    true,
    ({ peer }, index, data) =>
      fragment(peer, index, { unordered: true, fsn: index, ending: index === COUNT - 1, data }),
  ],
];

describe("a gap behind which the memory is used up is filled", () => {
  for (const [name, interleaving, make] of kinds) {
    scriptedTest(name, { config: { interleaving, receiveBuffer: BUFFER } }, (script) => {
      const { a, peer } = script;
      peer.associate({ parameters: interleaving ? [IDATA] : [] });
      const chunks = Array.from({ length: COUNT }, (_, index) => make(script, index, tiny(index)));
      const sacks = sendUntilAcknowledged(script, chunks);
      expect(hasReneged(sacks)).toBe(true);
      expect(a.association.statistics.chunksDropped).toBeGreaterThan(0);
      const byStream = [0, 1].map((stream) =>
        Buffer.concat(a.deliveries.filter((it) => it.stream === stream).map(({ data }) => data)),
      );
      const sentOn = (stream: number) =>
        Buffer.concat(chunks.filter((it) => it.stream === stream).map(({ data }) => data));
      expect(byStream[0]?.equals(sentOn(0))).toBe(true);
      expect(byStream[1]?.equals(sentOn(1))).toBe(true);
      expect([a.association.state, a.association.unreadBytes]).toEqual(["established", 0]);
    });
  }

  scriptedTest(
    "though a message of another stream holds the others back",
    {
      config: { receiveBuffer: BUFFER, partialDeliveryPoint: 1 },
    },
    (script) => {
      const { a, peer } = script;
      peer.associate();
      // 0 is lost; 1 begins an unordered message that goes on at the end, and is given out in parts until then.
      const at = (index: number) => ({ tsn: tsnAdd(peer.initialTsn, index), data: tiny(index) });
      const chunks = [
        peer.data({ ...at(0), stream: 2 }),
        peer.data({ ...at(1), unordered: true, ending: false }),
        ...Array.from({ length: COUNT }, (_, index) =>
          peer.data({ ...at(index + 3), unordered: true, stream: 3 }),
        ),
      ];
      chunks.splice(2, 0, peer.data({ ...at(2), unordered: true, beginning: false }));
      peer.send(chunks[1] as Sent);
      leaveGap(script, chunks, 3);
      expect(a.deliveries).toEqual([]);
      const sacks = sendUntilAcknowledged(script, chunks, { lost: 3, atOnce: 1 });
      expect(sacks.length).toBeGreaterThan(0);
      const of = (stream: number) =>
        a.deliveries.filter((it) => it.stream === stream).map(({ data }) => [...data]);
      const expected = (stream: number) =>
        chunks.filter((it) => it.stream === stream).map(({ data }) => [...data]);
      expect(of(2)).toEqual(expected(2));
      expect(of(3).sort()).toEqual(expected(3).sort());
      expect(a.association.unreadBytes).toBe(0);
    },
  );
});

scriptedTest(
  "for a chunk that fills another gap nothing is dropped",
  { config: { receiveBuffer: BUFFER } },
  (script) => {
    const { a, peer } = script;
    peer.associate();
    const make = kinds[0]?.[2] as Maker;
    const chunks = Array.from({ length: COUNT }, (_, index) => make(script, index, tiny(index)));
    leaveGap(script, chunks);
    const { unreadBytes } = a.association;
    const dropped = a.association.statistics.chunksDropped;
    const sack = pass(script, [chunks[2] as Sent]).at(-1);
    expect(isAcknowledged(tsnAdd(peer.initialTsn, 2), sack)).toBe(false);
    expect([a.association.unreadBytes, a.association.statistics.chunksDropped]).toEqual([
      unreadBytes,
      dropped + 1,
    ]);
  },
);

scriptedTest(
  "what was dropped is told at once, though no gap is left by it",
  { config: { receiveBuffer: BUFFER } },
  (script) => {
    const { peer } = script;
    peer.associate();
    const make = kinds.find(([name]) => name === "DATA, one unordered message")?.[2] as Maker;
    const chunks = Array.from({ length: COUNT }, (_, index) => make(script, index, tiny(index)));
    const sacks = pass(script, [chunks[COUNT - 1] as Sent, ...chunks.slice(1, 200)]);
    expect(sacks.at(-1)?.gaps.length).toBe(2);
    expect(pass(script, chunks.slice(0, 1))).toMatchObject([{ cumulativeTsn: peer.initialTsn, gaps: [] }]);
  },
);

scriptedTest(
  "what can be read is not dropped, nor what is below the gap",
  { config: { receiveBuffer: BUFFER }, reading: false },
  (script) => {
    const { a, peer } = script;
    peer.associate();
    const at = (index: number) => ({ tsn: tsnAdd(peer.initialTsn, index), data: tiny(index) });
    peer.send(peer.data({ ...at(0), ending: false }));
    const readable = Array.from({ length: COUNT }, (_, index) =>
      peer.data({ ...at(index), stream: 1, unordered: true }),
    );
    leaveGap(script, readable, 2);
    const { unreadMessages } = a.association;
    peer.send(peer.data({ ...at(1), ssn: asSsn(0), beginning: false }));
    peer.collect(20);
    // Its user reads first.
    expect(a.association.unreadMessages).toBe(unreadMessages);
    while (a.association.receive() !== undefined);
    peer.send(peer.data({ ...at(1), ssn: asSsn(0), beginning: false }));
    peer.collect(20);
    expect(a.association.receive()).toMatchObject({ stream: 0, data: Uint8Array.of(0, 0, 1, 0) });
  },
);

for (const interleaving of [false, true]) {
  ladderTest(
    `two sides come through a burst of losses with tiny messages and a small buffer, interleaving ${interleaving}`,
    { config: { interleaving, receiveBuffer: 8_000 } },
    ({ a, z, connect, lose, network }) => {
      connect();
      lose("A", interleaving ? "I-DATA" : "DATA", { nth: 2, count: 3 });
      const count = 6_000;
      for (let index = 0; index < count; index += 1) a.send(pattern(1), { stream: index % 3 });
      network.run(120_000);
      expect(z.deliveries.length).toBe(count);
      expect(a.association.bytesInFlight).toBe(0);
    },
  );
}

describe("a message in parts that holds others back gets its end, though these fill the window", () => {
  const config = { interleaving: true, receiveBuffer: BUFFER };

  scriptedTest("RFC 8260: an unordered one of the same stream", { config }, (script) => {
    const { a, peer, network } = script;
    peer.associate({ parameters: [IDATA] });
    const part = (offset: number, mid: number, fsn: number, ending: boolean) =>
      fragment(peer, offset, { unordered: true, mid, fsn, ending, data: pattern(1_400) });
    // The window is full, so what there is of the second one is given out; the end of the first one is late.
    for (const chunk of [part(0, 0, 0, false), part(3, 1, 0, false), part(4, 1, 1, false)]) peer.send(chunk);
    network.run(50);
    for (const chunk of [part(1, 0, 1, false), part(2, 0, 2, true)]) peer.send(chunk);
    network.run(50);
    expect(a.association.unreadMessages).toBe(0);
    peer.send(part(5, 1, 2, true));
    network.run(50);
    expect(a.deliveries.map(({ data }) => data.length)).toEqual([4_200, 4_200]);
    expect(a.association.unreadBytes).toBe(0);
  });

  scriptedTest("one that came before a buffer was made small", {}, (script) => {
    const { a, peer, network } = script;
    peer.associate();
    const at = (index: number, parts: Partial<DataChunk>) =>
      peer.data({ tsn: tsnAdd(peer.initialTsn, index), unordered: true, data: pattern(1_300), ...parts });
    const first = Array.from({ length: 8 }, (_, index) =>
      at(index, { beginning: index === 0, ending: index === 7 }),
    );
    const second = Array.from({ length: 10 }, (_, index) =>
      at(8 + index, { beginning: index === 0, ending: index === 9 }),
    );
    for (const chunk of [...first.slice(0, 6), ...second.slice(0, 9)]) peer.send(chunk);
    network.run(50);
    a.association.configure(network.now, { receiveBuffer: 1_500 });
    a.host.driver.wake();
    network.run(50);
    for (const chunk of [...first.slice(6), ...second.slice(9)]) peer.send(chunk);
    network.run(50);
    expect(a.deliveries.map(({ data }) => data.length)).toEqual([10 * 1_300, 8 * 1_300]);
    expect(a.association.unreadBytes).toBe(0);
  });
});
