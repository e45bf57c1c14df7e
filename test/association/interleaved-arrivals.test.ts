import { describe, expect } from "vitest";
import type { IncomingMessage } from "../../src/association/events.ts";
import type { IDataChunk } from "../../src/packet/chunks/i-data.ts";
import { fragment, IDATA } from "../support/idata.ts";
import { type Script, type Side, scriptedTest } from "../support/ladder-test.ts";

/** RFC 8260 §2.2.3: reassembly by stream, U bit, MID and FSN, and what a peer may get wrong. */

type Parts = Parameters<typeof fragment>[2];

/** Bytes that name their fragment. */
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

const config = { interleaving: true };

/** Sends the fragments in this order, with TSNs as they come, and lets them arrive. */
function arrive({ peer, network }: Script, list: readonly Parts[], from: number = 0): IDataChunk[] {
  const chunks = list.map((parts, index) => fragment(peer, from + index, parts));
  for (const chunk of chunks) peer.send(chunk);
  network.run(50);
  return chunks;
}

/** Stream and bytes of what was delivered. */
const got = ({ a }: Script) => a.deliveries.map(({ stream, data }) => [stream, ...data]);

function arrivalTest(name: string, list: readonly Parts[], expected: readonly (readonly number[])[]): void {
  scriptedTest(name, { config }, (script) => {
    script.peer.associate({ parameters: [IDATA] });
    arrive(script, list);
    expect(got(script)).toEqual(expected);
    expect(script.a.association.state).toBe("established");
  });
}

describe("it looks at stream, U bit, MID and FSN, and at no TSN", () => {
  arrivalTest(
    "messages of two streams in turn",
    [
      { stream: 1, ending: false, data: bytes(1) },
      { stream: 2, ending: false, data: bytes(2) },
      { stream: 1, fsn: 1, ending: false, data: bytes(3) },
      { stream: 2, fsn: 1, data: bytes(4) },
      { stream: 1, fsn: 2, data: bytes(5) },
    ],
    [
      [2, 2, 4],
      [1, 1, 3, 5],
    ],
  );
  arrivalTest(
    "fragments with TSNs in another order than their FSNs",
    [
      { fsn: 2, data: bytes(3) },
      { ending: false, data: bytes(1) },
      { fsn: 1, ending: false, data: bytes(2) },
    ],
    [[0, 1, 2, 3]],
  );
  arrivalTest(
    "an ordered and an unordered message of one MID",
    [
      { ending: false, data: bytes(1) },
      { unordered: true, ending: false, data: bytes(2) },
      { unordered: true, fsn: 1, data: bytes(3) },
      { fsn: 1, data: bytes(4) },
    ],
    [
      [0, 2, 3],
      [0, 1, 4],
    ],
  );
  arrivalTest(
    "ordered messages in the order of their MIDs, which no other stream waits for",
    [
      { mid: 2, data: bytes(3) },
      { mid: 1, ending: false, data: bytes(2) },
      { stream: 1, data: bytes(9) },
      { data: bytes(1) },
      { mid: 1, fsn: 1, data: bytes(2) },
    ],
    [
      [1, 9],
      [0, 1],
      [0, 2, 2],
      [0, 3],
    ],
  );
  arrivalTest(
    "unordered messages as they become whole",
    [
      { mid: 5, unordered: true, data: bytes(5) },
      { mid: 0xffff_ffff, unordered: true, data: bytes(6) },
      { mid: 3, unordered: true, ending: false, data: bytes(3) },
      { mid: 4, unordered: true, data: bytes(4) },
      { mid: 3, unordered: true, fsn: 1, data: bytes(3) },
    ],
    [
      [0, 5],
      [0, 6],
      [0, 4],
      [0, 3, 3],
    ],
  );

  arrivalTest(
    "unordered messages in fragments, on both sides of the wrap of MIDs",
    [
      { mid: 0xffff_ffff, unordered: true, ending: false, data: bytes(1) },
      { mid: 0, unordered: true, ending: false, data: bytes(2) },
      { mid: 0, unordered: true, fsn: 1, data: bytes(2) },
      { mid: 0xffff_ffff, unordered: true, fsn: 1, data: bytes(1) },
    ],
    [
      [0, 2, 2],
      [0, 1, 1],
    ],
  );

  scriptedTest("the PPID is that of the first fragment; the SSN 16 bits of the MID", { config }, (script) => {
    const { a, peer } = script;
    peer.associate({ parameters: [IDATA] });
    arrive(script, [{ fsn: 1 }, { ppid: 77, ending: false }]);
    expect(a.deliveries).toMatchObject([{ ppid: 77 }]);
  });
});

describe("a contradiction ends the association with a Protocol Violation", () => {
  const wrong: readonly (readonly [string, readonly Parts[]])[] = [
    ["a first fragment twice", [{ ending: false }, { ending: false }]],
    ["a whole message beside a fragment of it", [{ fsn: 1 }, {}]],
    [
      "a fragment twice",
      [
        { fsn: 3, ending: false },
        { fsn: 3, ending: false },
      ],
    ],
    ["a fragment of before", [{ ending: false }, { fsn: 1, ending: false }, { fsn: 1 }]],
    ["FSN 0 without the B bit", [{ beginning: false }]],
    ["an FSN from behind the next one", [{ ending: false }, { fsn: 0x8000_0001 }]],
    ["two ends", [{ fsn: 2 }, { fsn: 4 }]],
    ["a fragment behind the end", [{ fsn: 2 }, { fsn: 3, ending: false }]],
    ["an end before what has come", [{ fsn: 4, ending: false }, { fsn: 2 }]],
    ["an ordered message again that was delivered", [{}, { data: bytes(9) }]],
    ["an MID from behind the next one", [{ mid: 0x8000_0000 }]],
  ];
  for (const [name, list] of wrong) {
    scriptedTest(name, { config }, (script) => {
      const { a, peer } = script;
      peer.associate({ parameters: [IDATA] });
      arrive(script, list);
      expect(peer.await("ABORT").causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
      expect(a.end).toBe("protocol-violation");
    });
  }
});

describe("as with DATA", () => {
  scriptedTest("a chunk without user data is answered with No User Data", { config }, (script) => {
    const { peer } = script;
    peer.associate({ parameters: [IDATA] });
    const [chunk] = arrive(script, [{ data: bytes() }]);
    expect(peer.await("ABORT").causes).toEqual([{ type: "NO-USER-DATA", tsn: chunk?.tsn }]);
  });

  scriptedTest("a stream that was not granted: acknowledged and reported", { config }, (script) => {
    const { a, peer, network } = script;
    peer.associate({ parameters: [IDATA], outboundStreams: 2 });
    peer.send(fragment(peer, 0, { stream: 2, immediate: true }));
    const answers = peer.collect(50);
    network.run(50);
    const causes = answers.flatMap((chunk) => (chunk.type === "ERROR" ? chunk.causes : []));
    expect(causes).toEqual([{ type: "INVALID-STREAM", stream: 2 }]);
    expect(answers.find(({ type }) => type === "SACK")).toMatchObject({ cumulativeTsn: peer.initialTsn });
    expect([a.deliveries, a.association.state]).toEqual([[], "established"]);
  });

  scriptedTest("a TSN twice is reported as a duplicate, and read once", { config }, (script) => {
    const { a, peer } = script;
    peer.associate({ parameters: [IDATA] });
    const [chunk] = arrive(script, [{}]);
    peer.clear();
    if (chunk !== undefined) peer.send(chunk);
    expect(peer.await("SACK").duplicates).toEqual([chunk?.tsn]);
    expect(a.deliveries.length).toBe(1);
  });

  scriptedTest("the I bit has a SACK sent at once", { config }, (script) => {
    const { peer } = script;
    peer.associate({ parameters: [IDATA] });
    arrive(script, [{}]);
    peer.clear();
    peer.send(fragment(peer, 1, { mid: 1, immediate: true }));
    peer.await("SACK", 25);
  });
});

describe("what is kept is bounded, and no stream is stuck", () => {
  const small = { interleaving: true, receiveBuffer: 20_000 };

  scriptedTest("fragments fill the window, and what is over it is dropped", { config: small }, (script) => {
    const { a, peer, network } = script;
    peer.associate({ parameters: [IDATA] });
    // None of them can be read: their beginning is missing, or the message before them.
    for (let i = 0; i < 60; i++) {
      peer.send(fragment(peer, i, { stream: i % 5, mid: 1 + i, data: new Uint8Array(1_000) }));
      network.run(20);
    }
    expect(a.association.unreadBytes).toBeLessThanOrEqual(21_000);
    expect(a.association.statistics.chunksDropped).toBeGreaterThan(30);
    expect(a.association.state).toBe("established");
  });

  scriptedTest(
    "tiny fragments of as many messages are charged what they cost",
    { config: small },
    (script) => {
      const { a, peer, network } = script;
      peer.associate({ parameters: [IDATA] });
      for (let i = 0; i < 500; i++) {
        peer.send(fragment(peer, i, { unordered: true, mid: i, fsn: 1, data: bytes(1) }));
        network.run(1);
      }
      // Four times receiveBuffer of memory, at 400 bytes and more each: the bytes alone would let all 500 in.
      expect(a.association.unreadBytes).toBeLessThanOrEqual(200);
      expect(a.association.state).toBe("established");
    },
  );

  /** What there is to read, in parts as they are. */
  function* parts({ association }: Side): Generator<IncomingMessage> {
    for (let part = association.receive(); part !== undefined; part = association.receive()) yield part;
  }

  scriptedTest(
    "messages that do not fit come in parts, each stream for itself",
    { config: small, reading: false },
    ({ a, peer, network }) => {
      peer.associate({ parameters: [IDATA] });
      const read: IncomingMessage[] = [];
      for (let tsn = 0; tsn < 120; tsn++) {
        const [stream, fsn] = [tsn % 3, Math.floor(tsn / 3)];
        const data = new Uint8Array(1_000).fill(stream);
        peer.send(fragment(peer, tsn, { stream, fsn, ending: fsn === 39, ppid: fsn === 0 ? 5 : 0, data }));
        network.run(20);
        read.push(...parts(a));
      }
      for (const stream of [0, 1, 2]) {
        const own = read.filter((part) => part.stream === stream);
        expect(own.length).toBeGreaterThan(2);
        expect(own.reduce((sum, { data }) => sum + data.length, 0)).toBe(40_000);
        expect(own.map(({ more }) => more)).toEqual(own.map((_, index) => index < own.length - 1));
        expect(own.map(({ continuation }) => continuation)).toEqual(own.map((_, index) => index > 0));
        // The PPID is that of the message in each part, though on the wire in the first fragment alone.
        expect(own.map(({ ppid }) => ppid)).toEqual(own.map(() => 5));
        expect(own.every(({ data }) => data.every((value) => value === stream))).toBe(true);
      }
      expect(a.association.unreadBytes).toBe(0);
    },
  );

  scriptedTest(
    "past the partial delivery point a message comes in parts, and other streams between them",
    { config: { interleaving: true, partialDeliveryPoint: 1_500 }, reading: false },
    (script) => {
      const { a, peer, network } = script;
      peer.associate({ parameters: [IDATA] });
      const data = new Uint8Array(1_000);
      arrive(script, [
        { ending: false, data },
        { fsn: 1, ending: false, data },
        // It waits for its turn, in parts or not.
        { mid: 1, ending: false, data },
        { mid: 1, fsn: 1, ending: false, data },
        { stream: 1, data: bytes(1) },
        { fsn: 2, data },
        { mid: 1, fsn: 2, data },
        { stream: 2, mid: 0, unordered: true, ending: false, data },
      ]);
      const seen = () =>
        [...parts(a)].map(({ stream, data: { length }, more, ssn }) => [stream, length, more, ssn]);
      expect(seen()).toEqual([
        [0, 2_000, true, 0],
        [1, 1, false, 0],
        [0, 1_000, false, 0],
        [0, 2_000, true, 1],
        [0, 1_000, false, 1],
      ]);
      // The point can be moved while messages are on their way.
      a.association.configure(network.now, { partialDeliveryPoint: 100 });
      expect(seen()).toEqual([[2, 1_000, true, 0]]);
    },
  );
});
