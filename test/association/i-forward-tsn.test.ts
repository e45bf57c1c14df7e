import { describe, expect } from "vitest";
import { asMid, tsnAdd } from "../../src/base/serial.ts";
import type { IForwardTsnChunk } from "../../src/packet/chunks/i-forward-tsn.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { fragment } from "../support/idata.ts";
import { ladderTest, pattern, type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 8260 §2.3.1: partial reliability with interleaving, to both directions. */

const ON = { config: { interleaving: true, partialDeliveryPoint: 100 } } as const;
const { I_DATA, I_FORWARD_TSN } = ChunkType;
const BOTH: { readonly parameters: readonly Parameter[] } = {
  parameters: [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [I_DATA, I_FORWARD_TSN] }],
};

type Skipped = readonly [stream: number, mid: number, unordered?: boolean];

/** One that skips so many TSNs from the first one, and these messages. */
function forward({ peer }: Script, count: number, ...skipped: readonly Skipped[]): IForwardTsnChunk {
  return {
    type: "I-FORWARD-TSN",
    newCumulativeTsn: tsnAdd(peer.initialTsn, count - 1),
    streams: skipped.map(([stream, mid, unordered = false]) => ({ stream, unordered, mid: asMid(mid) })),
  };
}

/** The first byte of each message, or part of one, that was read. */
const read = ({ a }: Script) => a.deliveries.map(({ data }) => data[0]);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("negotiation", () => {
  for (const [name, chunkTypes, isReliable] of [
    ["both listed", [I_DATA, I_FORWARD_TSN], false],
    ["I-DATA alone", [I_DATA], true],
  ] as const) {
    scriptedTest(name, ON, ({ a, peer }) => {
      const list = { type: "SUPPORTED-EXTENSIONS", chunkTypes } as const;
      peer.associate({ parameters: [{ type: "FORWARD-TSN-SUPPORTED" }, list] });
      expect([a.association.interleaves, a.association.isPartiallyReliable]).toEqual([true, !isReliable]);
      a.send(100, { reliability: { policy: "retransmissions", value: 0 } });
      const types = new Set(peer.collect(5_000).map(({ type }) => type));
      expect(types).toEqual(new Set(isReliable ? ["I-DATA"] : ["I-DATA", "I-FORWARD-TSN"]));
    });
  }

  scriptedTest(
    "who has partial reliability off lists I-DATA alone",
    {
      config: { interleaving: true, partialReliability: false },
    },
    ({ a, peer }) => {
      a.connect([peer.socket.address]);
      const list = peer.await("INIT").parameters.find(({ type }) => type === "SUPPORTED-EXTENSIONS");
      const { chunkTypes } = list as Extract<Parameter, { type: "SUPPORTED-EXTENSIONS" }>;
      expect([chunkTypes.includes(I_DATA), chunkTypes.includes(I_FORWARD_TSN)]).toEqual([true, false]);
    },
  );
});

describe("what one of the peer does", () => {
  for (const unordered of [false, true]) {
    const kind = unordered ? "unordered" : "ordered";
    scriptedTest(`a message that was broken off gives its window back, ${kind}`, ON, (script) => {
      const { a, peer } = script;
      peer.associate(BOTH);
      peer.send(fragment(peer, 0, { unordered, ending: false, data: bytes(1) }));
      const before = peer.await("SACK").receiverWindow;
      peer.send(forward(script, 3, [0, 0, unordered]));
      expect(peer.await("SACK", 300)).toMatchObject({
        cumulativeTsn: tsnAdd(peer.initialTsn, 2),
        receiverWindow: before + 1,
      });
      expect([a.association.unreadBytes, a.events("partial-aborted")]).toEqual([0, []]);
      peer.send(fragment(peer, 3, { unordered, mid: 1, data: bytes(2) }));
      peer.await("SACK");
      expect(read(script)).toEqual([2]);
    });

    scriptedTest(`of a message whose parts were read its user is told, ${kind}`, ON, (script) => {
      const { a, peer } = script;
      peer.associate(BOTH);
      peer.send(fragment(peer, 0, { stream: 3, mid: 0, unordered, ending: false, data: pattern(200) }));
      peer.send(fragment(peer, 1, { stream: 3, mid: 1, unordered, data: bytes(5) }));
      peer.collect(300);
      // The reader could not tell the parts of two messages of a stream apart.
      expect(a.deliveries.length).toBe(0);
      peer.send(forward(script, 3, [3, 0, unordered]));
      peer.collect(300);
      expect(a.events("partial-aborted")).toMatchObject([{ stream: 3, unordered }]);
      expect(read(script)).toEqual([5]);
    });

    // Trap: fragments of a message that was skipped may have TSNs above the new cumulative one, and be on their way.
    scriptedTest(`a stream that is listed twice counts with its highest MID, ${kind}`, ON, (script) => {
      const { a, peer } = script;
      peer.associate(BOTH);
      peer.send(forward(script, 1, [0, 5, unordered], [0, 3, unordered]));
      peer.send(fragment(peer, 1, { unordered, mid: 5, ending: false }));
      peer.collect(300);
      expect(a.association.unreadBytes).toBe(0);
      peer.send(fragment(peer, 2, { unordered, mid: 6, data: bytes(6) }));
      peer.collect(300);
      expect(read(script)).toEqual([6]);
    });

    scriptedTest(`late fragments of what was skipped are acknowledged and dropped, ${kind}`, ON, (script) => {
      const { a, peer } = script;
      peer.associate(BOTH);
      const part = { unordered, ending: false, data: bytes(1) } as const;
      peer.send(fragment(peer, 0, part));
      // TSN 1 is lost, and its fragment the next one.
      peer.send(forward(script, 2, [0, 0, unordered]));
      peer.send(fragment(peer, 3, { ...part, fsn: 3, ending: true }), fragment(peer, 2, { ...part, fsn: 2 }));
      peer.collect(300);
      expect([a.association.cumulativeTsn, a.association.unreadBytes]).toEqual([
        tsnAdd(peer.initialTsn, 3),
        0,
      ]);
      peer.send(fragment(peer, 4, { unordered, mid: 1, data: bytes(2) }));
      peer.collect(300);
      expect([a.association.state, read(script)]).toEqual(["established", [2]]);
    });

    scriptedTest(`MIDs go on through 2^32, ${kind}`, ON, (script) => {
      const { a, peer } = script;
      peer.associate(BOTH);
      const last = 2 ** 32 - 1;
      // By steps: no further than half of the number space at once.
      peer.send(forward(script, 1, [0, 2 ** 30, unordered]));
      peer.send(forward(script, 2, [0, 2 ** 31, unordered]));
      peer.send(forward(script, 3, [0, 3 * 2 ** 30, unordered]));
      peer.send(forward(script, 4, [0, last - 1, unordered]));
      peer.send(fragment(peer, 4, { mid: last, unordered, data: bytes(1) }));
      peer.send(fragment(peer, 6, { mid: 1, unordered, data: bytes(3) }));
      peer.send(fragment(peer, 5, { mid: 0, unordered, data: bytes(2) }));
      peer.collect(300);
      expect(read(script).sort()).toEqual([1, 2, 3]);
      peer.send(fragment(peer, 7, { mid: 2, unordered, ending: false, data: bytes(9) }));
      peer.send(forward(script, 9, [0, 2, unordered]));
      peer.send(fragment(peer, 9, { mid: 3, unordered, data: bytes(4) }));
      peer.collect(300);
      expect([read(script).sort(), a.association.unreadBytes]).toEqual([[1, 2, 3, 4], 0]);
    });
  }

  scriptedTest("unordered messages that come round to a MID that was once skipped are read", ON, (script) => {
    const { peer } = script;
    peer.associate(BOTH);
    peer.send(forward(script, 1, [0, 5, true]));
    const mids = [2 ** 30, 2 ** 31, 3 * 2 ** 30, 2 ** 32 - 1, 3];
    for (const [index, mid] of mids.entries()) {
      peer.send(fragment(peer, index + 1, { mid, unordered: true, data: bytes(index) }));
      peer.collect(300);
    }
    expect(read(script)).toEqual([0, 1, 2, 3, 4]);
  });

  scriptedTest("it skips of what it names, and of nothing else", ON, (script) => {
    const { peer } = script;
    peer.associate(BOTH);
    const begin = { ending: false, data: bytes(0) } as const;
    // Ordered and unordered of one stream, and another stream, all begun; TSN 4 is missing.
    peer.send(fragment(peer, 0, begin), fragment(peer, 1, { ...begin, unordered: true }));
    peer.send(fragment(peer, 2, { ...begin, stream: 1 }));
    peer.send(fragment(peer, 4, { mid: 1, data: bytes(6) }));
    peer.send(forward(script, 4, [0, 0], [65_535, 7], [9_999, 3, true]));
    peer.collect(300);
    expect(read(script)).toEqual([6]);
    peer.send(fragment(peer, 5, { fsn: 1, unordered: true, data: bytes(7) }));
    peer.send(fragment(peer, 6, { fsn: 1, stream: 1, data: bytes(8) }));
    peer.collect(300);
    expect(script.a.deliveries.map(({ stream, unordered, data }) => [stream, unordered, ...data])).toEqual([
      [0, false, 6],
      [0, true, 0, 7],
      [1, false, 0, 8],
    ]);
  });

  scriptedTest("whole messages before the one that was skipped are read, in order", ON, (script) => {
    const { peer } = script;
    peer.associate(BOTH);
    for (const mid of [3, 1]) peer.send(fragment(peer, mid, { mid, data: bytes(mid) }));
    peer.send(fragment(peer, 5, { mid: 5, data: bytes(5) }));
    // 0, 2 and 4 never come.
    peer.send(forward(script, 5, [0, 4]));
    peer.collect(300);
    expect(read(script)).toEqual([1, 3, 5]);
  });

  scriptedTest("one that is out of date moves nothing, and makes a SACK", ON, (script) => {
    const { peer } = script;
    peer.associate(BOTH);
    peer.send(fragment(peer, 0, { data: bytes(1) }));
    peer.await("SACK");
    for (const count of [1, 0, 2 ** 31 + 1, 2 ** 30 + 2]) {
      peer.send(forward(script, count, [0, 9]));
      expect(peer.expect("SACK", 50).cumulativeTsn).toBe(peer.initialTsn);
    }
    peer.send(fragment(peer, 1, { mid: 1, data: bytes(2) }));
    peer.await("SACK");
    expect(read(script)).toEqual([1, 2]);
  });

  scriptedTest("an ordered message that was read is not skipped again", ON, (script) => {
    const { peer } = script;
    peer.associate(BOTH);
    for (const mid of [0, 1, 2]) peer.send(fragment(peer, mid, { mid, data: bytes(mid) }));
    peer.send(forward(script, 5, [0, 1]));
    peer.send(fragment(peer, 5, { mid: 3, data: bytes(3) }));
    peer.collect(300);
    expect(read(script)).toEqual([0, 1, 2, 3]);
  });

  scriptedTest("where partial reliability was not agreed on it ends the association", ON, (script) => {
    const { a, peer } = script;
    peer.associate({ parameters: [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [I_DATA] }] });
    peer.send(forward(script, 1));
    expect(peer.await("ABORT").causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
    expect(a.end).toBe("protocol-violation");
  });
});

describe("what goes to the peer", () => {
  for (const unordered of [false, true]) {
    scriptedTest(
      `the MID of what was broken off, ${unordered ? "unordered" : "ordered"}`,
      ON,
      ({ a, peer }) => {
        peer.associate(BOTH);
        a.send(10, { stream: 1, unordered });
        a.send(pattern(20_000), { stream: 1, unordered, lifetime: 100 });
        const sent = peer.collect(200).filter(({ type }) => type === "I-DATA").length;
        peer.send(peer.sack(sent));
        // The TSN of an end that was never sent tells that there is one.
        expect(peer.await("I-FORWARD-TSN", 50)).toEqual({
          type: "I-FORWARD-TSN",
          newCumulativeTsn: tsnAdd(peer.peerInitialTsn, sent),
          streams: [{ stream: 1, unordered, mid: asMid(1) }],
        });
      },
    );
  }

  scriptedTest("each stream once, ordered and unordered apart, with its last message", ON, ({ a, peer }) => {
    peer.associate(BOTH);
    const once = { reliability: { policy: "retransmissions", value: 0 } } as const;
    a.send(10, { ...once, stream: 2 });
    a.send(10, { ...once, stream: 2, unordered: true });
    a.send(10, { ...once, stream: 4 });
    a.send(10, { ...once, stream: 2 });
    const { streams, newCumulativeTsn } = peer.await("I-FORWARD-TSN", 5_000);
    expect(newCumulativeTsn).toBe(tsnAdd(peer.peerInitialTsn, 3));
    expect(streams).toEqual([
      { stream: 2, unordered: false, mid: asMid(1) },
      { stream: 2, unordered: true, mid: asMid(0) },
      { stream: 4, unordered: false, mid: asMid(0) },
    ]);
    expect(peer.collect(50).filter(({ type }) => type === "FORWARD-TSN")).toEqual([]);
  });
});

for (const nearWrap of [false, true]) {
  for (const unordered of [false, true]) {
    const name = `${unordered ? "unordered" : "ordered"}, TSNs ${nearWrap ? "near their end" : "anywhere"}`;
    const options = {
      configA: { interleaving: true, scheduler: "round-robin" } as const,
      configZ: ON.config,
      nearWrap,
    };
    ladderTest(`of two interleaved messages one is given up: ${name}`, options, (pair) => {
      const { a, z, connect, lose, network } = pair;
      connect();
      const kind = { unordered, ppid: 3 } as const;
      const reliable = pattern(60_000);
      a.send(reliable, { ...kind, stream: 1 });
      a.send(pattern(60_000), { ...kind, stream: 2, reliability: { policy: "retransmissions", value: 0 } });
      a.send(pattern(70), { ...kind, stream: 2 });
      lose("A", "I-DATA", { nth: 6, count: 8 });
      network.run(20_000);
      expect(a.events("failed").map(({ failure }) => failure)).toContain("abandoned");
      expect(a.sent("I-FORWARD-TSN").length).toBeGreaterThan(0);
      const of = (stream: number) => z.deliveries.filter((delivery) => delivery.stream === stream);
      expect(Buffer.concat(of(1).map(({ data }) => data)).equals(reliable)).toBe(true);
      expect(of(2).map(({ data }) => data)).toEqual([pattern(70)]);
      expect(z.events("partial-aborted")).toMatchObject([{ stream: 2, unordered }]);
      expect([a.association.bytesInFlight, a.association.bufferedBytes, z.association.unreadBytes]).toEqual([
        0, 0, 0,
      ]);
      expect([a.association.state, z.association.state]).toEqual(["established", "established"]);
    });
  }
}
