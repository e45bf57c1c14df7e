import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { asMid, asSsn, tsnAdd } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { DataChunk } from "../../src/packet/chunks/data.ts";
import { associate, feed, INIT, listen, makeStack, pollAll } from "../stack/support.ts";
import { IDATA } from "../support/idata.ts";
import { scriptedTest } from "../support/ladder-test.ts";

/** Data that is made to use up memory or time: what an association keeps is bounded by its window. */

const MIB = 1_048_576;
/** What a receive buffer of 1 MiB may hold is four times that, as it is counted; the heap takes about twice as much. */
const MOST = 16 * MIB;

function heap(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function chunk(offset: number, parts: Partial<DataChunk> = {}): DataChunk {
  return {
    type: "DATA",
    unordered: false,
    beginning: false,
    ending: false,
    immediate: false,
    tsn: tsnAdd(INIT.initialTsn, offset),
    stream: 0,
    ssn: asSsn(0),
    ppid: 0,
    data: Uint8Array.of(1),
    ...parts,
  };
}

test("a million fragments of one byte that never end: memory stays within the window, and a neighbour is served", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1");
  const tag = associate(stack, 0);
  const neighbour = associate(stack, 0, { from: "10.0.0.3" });
  const before = heap();
  const FRAGMENTS = 1_000_000;
  const A_PACKET = 2_000;
  for (let sent = 0; sent < FRAGMENTS; sent += A_PACKET) {
    const chunks: Chunk[] = Array.from({ length: A_PACKET }, (_, i) =>
      chunk(sent + i, { beginning: sent + i === 0 }),
    );
    feed(stack, sent / A_PACKET, { tag }, ...chunks);
    pollAll(stack, sent / A_PACKET);
  }
  expect(heap() - before).toBeLessThan(MOST);
  feed(stack, 600, { tag: neighbour, from: "10.0.0.3" }, chunk(0, { beginning: true, ending: true }));
  expect(pollAll(stack, 1_000).length).toBeGreaterThan(0);
  expect(stack.associations).toBe(2);
});

scriptedTest(
  "messages that are begun on 65,535 streams, and never ended: at most 1,024 gaps are kept",
  { config: { inboundStreams: 65_535 } },
  ({ a, peer, network }) => {
    peer.associate({ outboundStreams: 65_535 });
    // Each is the first fragment of a message whose second one is missing.
    for (let stream = 0; stream < 65_535; stream += 50) {
      const chunks = Array.from({ length: Math.min(50, 65_535 - stream) }, (_, i) => ({
        ...chunk(1 + 2 * (stream + i), { beginning: true, stream: stream + i }),
      }));
      peer.send(...chunks);
      network.run(1);
    }
    network.run(300);
    const sack = peer.collect(1).findLast(({ type }) => type === "SACK");
    if (sack?.type !== "SACK") throw new Error("no SACK");
    expect(sack.gaps.length).toBeLessThanOrEqual(1_024);
    for (const { bytes } of peer.socket.received) expect(bytes.length).toBeLessThanOrEqual(1_500);
    expect(a.association.state).toBe("established");
    // What fills the first gap is taken.
    peer.send(chunk(0, { beginning: true, ending: true, data: new Uint8Array(10) }));
    network.run(300);
    expect(a.deliveries).toHaveLength(1);
  },
);

test("the same with I-DATA, which needs no gaps: the window ends it", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1", { config: { inboundStreams: 65_535, interleaving: true } });
  const tag = associate(stack, 0, {}, { outboundStreams: 65_535, parameters: [IDATA] });
  const before = heap();
  let acknowledged = 0;
  for (let message = 0; message < 10 * 65_500; message += 500) {
    const chunks = Array.from(
      { length: 500 },
      (_, i): Chunk => ({
        type: "I-DATA",
        unordered: false,
        beginning: true,
        ending: false,
        immediate: false,
        tsn: tsnAdd(INIT.initialTsn, message + i),
        stream: (message + i) % 65_500,
        mid: asMid(Math.floor((message + i) / 65_500)),
        ppid: 0,
        fsn: 0,
        data: Uint8Array.of(1),
      }),
    );
    feed(stack, message / 500, { tag }, ...chunks);
    for (const { chunks: sent } of pollAll(stack, message / 500)) {
      if (sent[0]?.type === "SACK") acknowledged = sent[0].cumulativeTsn - INIT.initialTsn;
    }
  }
  expect(acknowledged).toBeGreaterThan(1_000);
  expect(acknowledged).toBeLessThan(65_500);
  expect(heap() - before).toBeLessThan(MOST);
});

scriptedTest(
  "gaps at every second TSN: the SACK fits its packet, and no list grows",
  {},
  ({ a, peer, network }) => {
    peer.associate();
    for (let offset = 1; offset < 60_000; offset += 100) {
      peer.send(
        ...Array.from({ length: 50 }, (_, i) =>
          chunk(offset + 2 * i, { beginning: true, ending: true, unordered: true }),
        ),
      );
      network.run(1);
    }
    network.run(300);
    for (const { bytes } of peer.socket.received) expect(bytes.length).toBeLessThanOrEqual(1_500);
    expect(a.deliveries.length).toBeLessThanOrEqual(1_025);
    expect(a.association.statistics.chunksDropped).toBeGreaterThan(20_000);
  },
);

scriptedTest(
  "one TSN 50,000 times: read once, and told 16 times a SACK at most",
  {},
  ({ a, peer, network }) => {
    peer.associate();
    const one = chunk(0, { beginning: true, ending: true });
    for (let i = 0; i < 1_000; i++) {
      peer.send(...Array.from({ length: 50 }, () => one));
      network.run(1);
    }
    network.run(300);
    const sacks = peer.collect(1).filter((each) => each.type === "SACK");
    expect(sacks.length).toBeLessThanOrEqual(1_001);
    for (const sack of sacks) expect(sack.duplicates.length).toBeLessThanOrEqual(16);
    expect(a.deliveries).toHaveLength(1);
    expect(a.association.statistics.duplicatesReceived).toBe(49_999);
  },
);

scriptedTest("TSNs half the number space away are dropped", {}, ({ a, peer }) => {
  peer.associate();
  for (const far of [65_536, 2 ** 30, 2 ** 31 - 2]) {
    peer.send(chunk(far, { beginning: true, ending: true }));
    const sack = peer.await("SACK");
    expect([sack.gaps, sack.cumulativeTsn]).toEqual([[], tsnAdd(peer.initialTsn, -1)]);
  }
  expect(a.deliveries).toEqual([]);
  expect(a.association.statistics.chunksDropped).toBe(3);
});

scriptedTest(
  "stream 65,535 and SSN 65,535 where neither is due: nothing is delivered, nothing breaks",
  {},
  ({ a, peer }) => {
    peer.associate();
    peer.send(chunk(0, { stream: 65_535, beginning: true, ending: true }));
    expect(peer.await("ERROR").causes).toMatchObject([{ type: "INVALID-STREAM", stream: 65_535 }]);
    peer.send(chunk(1, { ssn: asSsn(65_535), beginning: true, ending: true }));
    peer.send(chunk(2, { ssn: asSsn(32_768), beginning: true, ending: true }));
    peer.collect(300);
    expect([a.deliveries.length, a.association.state]).toEqual([0, "established"]);
    peer.send(chunk(3, { ssn: asSsn(0), beginning: true, ending: true }));
    peer.collect(300);
    expect(a.deliveries.length).toBeGreaterThan(0);
  },
);
