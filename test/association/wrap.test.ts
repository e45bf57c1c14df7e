import { expect } from "vitest";
import { asTsn, tsnAdd } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import { ladderTest, type Pair, pattern, scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §1.6: "all arithmetic dealing with Transmission Sequence Numbers MUST be performed modulo 2^32", of SSNs 2^16. */

const MESSAGES = 600;

/** Loses the first packet with a DATA chunk that is so, from either side; later ones pass. */
function loseOnce(
  { network }: Pair,
  isSo: (chunk: Extract<Chunk, { type: "DATA" }>) => boolean,
): () => number {
  const seen = new Set<string>();
  let lost = 0;
  network.filter(({ bytes, source }) => {
    const data = decodePacket(bytes)?.chunks.find((chunk) => chunk.type === "DATA" && isSo(chunk));
    if (data?.type !== "DATA" || seen.has(`${source} ${data.tsn}`)) return true;
    seen.add(`${source} ${data.tsn}`);
    lost += 1;
    return false;
  });
  return () => lost;
}

function bytesEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Message number i is i bytes long, and each side sends all of them. */
function sendAll({ a, z }: Pair): void {
  for (let i = 1; i <= MESSAGES; i++) {
    a.send(pattern(i), { stream: i % 3 });
    z.send(pattern(i), { stream: i % 3 });
  }
}

function expectAll({ a, z, until }: Pair): void {
  until("all are there", () => a.deliveries.length === MESSAGES && z.deliveries.length === MESSAGES, 600_000);
  for (const { deliveries } of [a, z]) {
    for (const stream of [0, 1, 2]) {
      const lengths = deliveries.filter((it) => it.stream === stream).map(({ data }) => data.length);
      expect(lengths).toEqual([...lengths].sort((one, other) => one - other));
    }
    expect(deliveries.filter(({ data }) => !bytesEqual(data, pattern(data.length)))).toEqual([]);
  }
  until("all is acknowledged", () => a.association.bufferedBytes + z.association.bufferedBytes === 0);
  for (const side of [a, z]) {
    const tsns = side.sent("DATA").map(({ tsn }) => tsn);
    expect([tsns.some((tsn) => tsn > 0xffff_ff00), tsns.some((tsn) => tsn < 0x100)]).toEqual([true, true]);
  }
}

ladderTest("TSNs of both sides wrap, and nothing is lost", { nearWrap: true }, (pair) => {
  pair.connect();
  sendAll(pair);
  expectAll(pair);
  expect(pair.a.association.statistics).toMatchObject({ retransmissions: 0, timeouts: 0 });
  expect(pair.z.association.statistics).toMatchObject({ retransmissions: 0, timeouts: 0 });
});

for (const [what, isSo] of [
  ["the last TSN", (tsn: number) => tsn === 0xffff_ffff],
  ["TSN 0", (tsn: number) => tsn === 0],
  ["every TSN around the wrap, once", (tsn: number) => tsn > 0xffff_fff0 || tsn < 0x10],
] as const) {
  ladderTest(`TSNs of both sides wrap, and ${what} is lost`, { nearWrap: true }, (pair) => {
    const lost = loseOnce(pair, ({ tsn }) => isSo(tsn));
    pair.connect();
    sendAll(pair);
    expectAll(pair);
    expect(lost()).toBeGreaterThanOrEqual(2);
  });
}

ladderTest(
  "TSNs of both sides wrap on a bad link",
  { nearWrap: true, conditions: { loss: 0.05, reorder: 0.1, duplicate: 0.05 }, seed: 11 },
  (pair) => {
    pair.a.connect();
    pair.until("both are established", () => pair.a.established && pair.z.established);
    sendAll(pair);
    expectAll(pair);
  },
);

ladderTest("a shutdown's Cumulative TSN Ack wraps like a SACK's", { nearWrap: true }, (pair) => {
  const { a, z, connect, until } = pair;
  connect();
  sendAll(pair);
  a.shutdown();
  until("both have ended", () => a.end !== undefined && z.end !== undefined, 600_000);
  expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
  expect([a.deliveries.length, z.deliveries.length]).toEqual([MESSAGES, MESSAGES]);
  expect(a.sent("SHUTDOWN").at(-1)?.cumulativeTsn).toBeLessThan(0x1000);
});

scriptedTest(
  "Gap Ack Blocks and duplicates are counted over the wrap of the peer's TSNs",
  {},
  ({ peer, a }) => {
    peer.initialTsn = asTsn(0xffff_fffd);
    peer.associate();
    const [first, second, third, fourth, fifth, sixth] = [1, 2, 3, 4, 5, 6].map((length) =>
      peer.data({ data: pattern(length) }),
    );
    if (!first || !second || !third || !fourth || !fifth || !sixth) throw new Error("six chunks");
    expect([third.tsn, fourth.tsn]).toEqual([0xffff_ffff, 0]);
    peer.send(first);
    expect(peer.expect("SACK", 25)).toMatchObject({ cumulativeTsn: first.tsn, gaps: [] });
    for (const chunk of [fourth, sixth, third]) peer.send(chunk);
    expect(peer.collect(25).at(-1)).toMatchObject({
      cumulativeTsn: first.tsn,
      gaps: [
        { start: 2, end: 3 },
        { start: 5, end: 5 },
      ],
    });
    for (const chunk of [third, fourth]) peer.send(chunk);
    const reported = peer.collect(25).flatMap((chunk) => (chunk.type === "SACK" ? chunk.duplicates : []));
    expect(reported).toEqual([third.tsn, fourth.tsn]);
    peer.send(second);
    expect(peer.expect("SACK", 25)).toMatchObject({
      cumulativeTsn: fourth.tsn,
      gaps: [{ start: 2, end: 2 }],
    });
    peer.send(fifth);
    expect(peer.expect("SACK", 25)).toMatchObject({ cumulativeTsn: sixth.tsn, gaps: [] });
    expect(a.deliveries.map(({ data }) => data.length)).toEqual([1, 2, 3, 4, 5, 6]);
  },
);

scriptedTest("a message in pieces is put together over the wrap", {}, ({ peer, a }) => {
  peer.initialTsn = asTsn(0xffff_fffe);
  peer.associate();
  const whole = pattern(4_000);
  const pieces = [0, 1, 2, 3].map((piece) =>
    peer.data({
      beginning: piece === 0,
      ending: piece === 3,
      data: whole.subarray(piece * 1_000, (piece + 1) * 1_000),
    }),
  );
  for (const piece of [3, 1, 0, 2]) peer.send(pieces[piece] as (typeof pieces)[number]);
  expect(peer.collect(500).at(-1)).toMatchObject({ cumulativeTsn: tsnAdd(peer.initialTsn, 3) });
  expect(a.deliveries.map(({ data }) => data)).toEqual([whole]);
});

/** More than there are SSNs. */
const ORDERED = 0x1_0000 + 500;

for (const [what, lost] of [
  ["nothing", undefined],
  ["the last SSN", 0xffff],
  ["the next SSN 0", 0],
] as const) {
  // §6.5: "when the Stream Sequence Number reaches the value 65535, the next Stream Sequence Number MUST be set to 0".
  ladderTest(`SSNs wrap, and ${what} is lost`, {}, (pair) => {
    const { a, z, connect, until } = pair;
    connect();
    // The SSN 0 of the first message is not that of the wrap.
    const count = loseOnce(pair, ({ ssn }) => ssn === lost && z.deliveries.length > 1_000);
    for (let i = 0; i < ORDERED; i++) {
      a.send(Uint8Array.of(i >> 16, i >> 8, i), { stream: 5 });
    }
    until("all are there", () => z.deliveries.length === ORDERED, 600_000);
    const numbers = z.deliveries.map(
      ({ data: [high = 0, middle = 0, low = 0] }) => (high << 16) | (middle << 8) | low,
    );
    expect(numbers.every((number, at) => number === at)).toBe(true);
    const zeros = a.sent("DATA").filter(({ ssn }) => ssn === 0);
    expect(new Set(zeros.map(({ tsn }) => tsn)).size).toBe(2);
    expect(count()).toBe(lost === undefined ? 0 : 1);
    expect(a.end).toBeUndefined();
  });
}
