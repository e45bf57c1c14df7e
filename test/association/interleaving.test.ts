import { describe, expect } from "vitest";
import { schedulerNames } from "../../src/association/send/schedulers/create.ts";
import { asMid, asSsn } from "../../src/base/serial.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import { fragment, IDATA } from "../support/idata.ts";
import { ladderTest, pattern, type Side, scriptedTest } from "../support/ladder-test.ts";

/** RFC 8260 §2: user message interleaving. */

const on = { interleaving: true };

/** What a side got, by stream. */
function byStream(side: Side): Map<number, Uint8Array[]> {
  const all = new Map<number, Uint8Array[]>();
  for (const { stream, data } of side.deliveries) all.set(stream, [...(all.get(stream) ?? []), data]);
  return all;
}

describe("§2.2.1: negotiation", () => {
  for (const [configA, configZ] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const) {
    const options = { configA: { interleaving: configA }, configZ: { interleaving: configZ } };
    ladderTest(`A ${configA}, Z ${configZ}`, options, ({ a, z, connect, network }) => {
      connect();
      a.send(5_000, { stream: 1, ppid: 7 });
      z.send(5_000, { stream: 2, unordered: true, ppid: 8 });
      network.run(2_000);
      const both = configA && configZ;
      for (const side of [a, z]) {
        expect(side.association.interleaves).toBe(both);
        // "I-DATA chunks MUST be used for all user messages and DATA chunks MUST NOT be used", and the reverse.
        expect(side.sent("I-DATA").length > 0).toBe(both);
        expect(side.sent("DATA").length > 0).toBe(!both);
      }
      expect(z.deliveries).toMatchObject([{ data: pattern(5_000), stream: 1, ppid: 7, unordered: false }]);
      expect(a.deliveries).toMatchObject([{ data: pattern(5_000), stream: 2, ppid: 8, unordered: true }]);
    });
  }

  scriptedTest(
    "it is said in Supported Extensions, and the cookie keeps it",
    { config: { ...on, reconfiguration: false, partialReliability: false } },
    ({ a, peer }) => {
      const { initAck } = peer.init({ parameters: [IDATA] });
      expect(initAck.parameters.find(({ type }) => type === "SUPPORTED-EXTENSIONS")).toEqual(IDATA);
      peer.associate({ parameters: [IDATA] });
      expect(a.association.interleaves).toBe(true);
    },
  );

  scriptedTest(
    "a restart agrees on it anew, and begins with MID 0",
    { config: on },
    ({ a, peer, network }) => {
      peer.associate({ parameters: [IDATA] });
      a.send(10, { stream: 1 });
      peer.send(fragment(peer, 0), fragment(peer, 1, { mid: 1, ending: false }));
      network.run(50);
      peer.restart();
      peer.associate({ parameters: [IDATA] });
      a.send(10, { stream: 1 });
      expect(peer.await("I-DATA")).toMatchObject({ mid: 0 });
      peer.send(fragment(peer, 0));
      network.run(50);
      expect(a.deliveries.length).toBe(2);
      peer.restart();
      peer.associate();
      a.send(10, { stream: 1 });
      expect(peer.await("DATA")).toMatchObject({ ssn: 0 });
      peer.send(peer.data());
      network.run(50);
      expect(a.deliveries.length).toBe(3);
    },
  );
});

describe("§2.1, §2.2.2: the sender", () => {
  ladderTest(
    "MIDs by stream and U bit, FSNs from 0, the PPID in the first fragment",
    { config: on },
    (pair) => {
      const { a, connect, network } = pair;
      connect();
      for (const unordered of [false, true, false, true]) a.send(3_000, { stream: 1, unordered, ppid: 9 });
      a.send(1, { stream: 2 });
      network.run(2_000);
      const chunks = a.sent("I-DATA");
      const numbers = chunks.map(({ stream, unordered, mid, fsn }) => [stream, unordered, mid, fsn]);
      const threeOf = (unordered: boolean, mid: number) => [0, 1, 2].map((fsn) => [1, unordered, mid, fsn]);
      expect(numbers).toEqual([
        ...threeOf(false, 0),
        ...threeOf(true, 0),
        ...threeOf(false, 1),
        ...threeOf(true, 1),
        [2, false, 0, 0],
      ]);
      // "The first fragment MUST have the B bit set. The last fragment MUST have the E bit set. All other[s] MUST NOT".
      for (const { beginning, ending, fsn, ppid, stream } of chunks) {
        expect([beginning, ending]).toEqual([fsn === 0, stream === 2 || fsn === 2]);
        expect(ppid).toBe(fsn === 0 && stream === 1 ? 9 : 0);
      }
    },
  );

  ladderTest("a chunk has 4 bytes less than with DATA, and fills its packet", { config: on }, (pair) => {
    const { a, connect, network } = pair;
    connect();
    expect(a.association.fragmentationPoint).toBe(1_440);
    a.send(14_400);
    network.run(2_000);
    expect(a.sent("I-DATA").map(({ data }) => data.length)).toEqual(Array(10).fill(1_440));
    expect(Math.max(...a.packets.map(({ bytes }) => bytes.length))).toBe(1_472);
  });

  for (const scheduler of schedulerNames) {
    const options = { config: { ...on, scheduler, receiveBuffer: 4_000_000 } };
    ladderTest(`${scheduler}: all comes whole, over losses`, { ...options, seed: 3 }, (pair) => {
      const { a, z, connect, until, network } = pair;
      connect();
      let passed = 0;
      network.filter(() => {
        passed += 1;
        return passed % 17 !== 0;
      });
      const sent = new Map<number, Uint8Array[]>();
      for (let i = 0; i < 60; i++) {
        const stream = i % 5;
        const data = pattern(1 + ((i * 997) % 9_000));
        a.send(data, { stream });
        sent.set(stream, [...(sent.get(stream) ?? []), data]);
      }
      until("all is there", () => z.deliveries.length === 60, 600_000);
      expect([...byStream(z)].sort()).toEqual([...sent].sort());
      // "MUST NOT process ... more than one user message in any given stream at any time".
      const open = new Map<number, number>();
      const seen = new Set<number>();
      for (const { stream, mid, tsn, ending } of a.sent("I-DATA")) {
        if (seen.has(tsn)) continue;
        seen.add(tsn);
        expect(open.get(stream) ?? mid).toBe(mid);
        if (ending) open.delete(stream);
        else open.set(stream, mid);
      }
      expect(a.end).toBeUndefined();
    });
  }

  ladderTest(
    "by priority: a small message overtakes a large one that is begun",
    { config: { ...on, scheduler: "priority", streamValues: new Map([[1, 1]]) } },
    ({ a, z, connect, until, network }) => {
      connect();
      a.send(400_000, { stream: 1 });
      network.run(200);
      const sentAt = network.now;
      a.send(1, { stream: 2 });
      until("it is there", () => z.deliveries.some(({ stream }) => stream === 2));
      expect(network.now - sentAt).toBeLessThan(100);
      expect(z.deliveries.map(({ stream }) => stream)).toEqual([2]);
      until("both are there", () => z.deliveries.length === 2);
      expect(z.deliveries[1]?.data).toEqual(pattern(400_000));
    },
  );

  for (const interleaving of [true, false]) {
    const waits = interleaving
      ? "waits for no packet"
      : "waits for all of it where messages are not interleaved";
    ladderTest(
      `by priority: an urgent message behind a large one that is begun ${waits}`,
      { config: { interleaving, scheduler: "priority", streamValues: new Map([[1, 1]]) } },
      ({ a, connect, until, network }) => {
        connect();
        a.send(200_000, { stream: 1 });
        network.run(100);
        const chunks = () => [...a.sent("I-DATA"), ...a.sent("DATA")];
        const before = chunks().length;
        expect(before).toBeGreaterThan(4);
        expect(before).toBeLessThan(100);
        a.send(1, { stream: 2 });
        until("it is sent", () => chunks().some(({ stream }) => stream === 2));
        const ahead = chunks().findIndex(({ stream }) => stream === 2) - before;
        expect(ahead).toBe(interleaving ? 0 : Math.ceil(200_000 / 1_444) - before);
      },
    );
  }

  for (const interleaving of [true, false]) {
    ladderTest(
      `1 byte beside 16 MiB ${interleaving ? "comes within two round trips" : "comes after all of them without it"}`,
      { config: { interleaving, scheduler: "priority", streamValues: new Map([[1, 1]]) } },
      ({ a, z, connect, until, network }) => {
        connect();
        a.send(new Uint8Array(16_777_216), { stream: 1 });
        network.run(500);
        const sentAt = network.now;
        a.send(1, { stream: 2 });
        until("it is there", () => z.deliveries.some(({ stream }) => stream === 2), 600_000);
        const waited = network.now - sentAt;
        if (interleaving) expect(waited).toBeLessThanOrEqual(40);
        else expect(waited).toBeGreaterThan(1_000);
        until("both are there", () => z.deliveries.length === 2, 600_000);
        expect(z.deliveries.map(({ stream }) => stream)).toEqual(interleaving ? [2, 1] : [1, 2]);
      },
    );
  }

  ladderTest(
    "round robin: streams take turns with every chunk",
    { config: { ...on, scheduler: "round-robin" } },
    ({ a, connect, network }) => {
      connect();
      for (const stream of [0, 1, 2]) a.send(4_000, { stream });
      network.run(2_000);
      // RFC 8260, Figure 2.
      expect(a.sent("I-DATA").map(({ stream, fsn }) => [stream, fsn])).toEqual(
        [0, 1, 2].flatMap((fsn) => [0, 1, 2].map((stream) => [stream, fsn])),
      );
    },
  );

  ladderTest(
    "round robin per packet: no packet has chunks of two streams",
    { config: { ...on, scheduler: "round-robin-packet" } },
    ({ a, z, connect, until }) => {
      connect();
      for (let i = 0; i < 10; i++) for (const stream of [1, 2, 3]) a.send(200 + 300 * i, { stream });
      until("all are there", () => z.deliveries.length === 30);
      const packets = a.packets.map(({ bytes }) =>
        (decodePacket(bytes)?.chunks ?? []).flatMap((chunk) =>
          chunk.type === "I-DATA" ? [chunk.stream] : [],
        ),
      );
      expect(packets.filter((streams) => new Set(streams).size > 1)).toEqual([]);
      const order = packets.flatMap(([stream]) => stream ?? []);
      expect(order.slice(0, 6)).toEqual([1, 2, 3, 1, 2, 3]);
    },
  );

  ladderTest("a record that is open holds its own stream alone (§4.4)", { config: on }, (pair) => {
    const { a, z, connect, network } = pair;
    connect();
    a.send(100, { stream: 1, more: true, ppid: 5 });
    a.send(50, { stream: 1, unordered: true });
    a.send(1, { stream: 2 });
    a.send(2, { stream: 3, unordered: true, more: true });
    network.run(500);
    expect(z.deliveries.map(({ stream }) => stream)).toEqual([2]);
    a.send(2_000, { stream: 1 });
    a.send(3, { stream: 3, unordered: true });
    network.run(500);
    expect(z.deliveries.map(({ stream, data }) => [stream, data.length])).toEqual([
      [2, 1],
      [1, 2_100],
      [1, 50],
      [3, 5],
    ]);
    expect(z.deliveries[1]?.ppid).toBe(5);
  });

  ladderTest("another scheduler takes over what is begun", { config: on }, (pair) => {
    const { a, z, connect, until, network } = pair;
    connect();
    const sent = new Map<number, Uint8Array[]>();
    a.send(10, { stream: 9, more: true });
    for (let i = 0; i < 60; i++) {
      const data = pattern(100 + i * 150);
      a.send(data, { stream: i % 7 });
      sent.set(i % 7, [...(sent.get(i % 7) ?? []), data]);
      const scheduler = schedulerNames[i % schedulerNames.length];
      if (scheduler !== undefined) a.association.configure(network.now, { scheduler });
      network.run(7);
    }
    a.send(10, { stream: 9 });
    until("all are there", () => z.deliveries.length === 61);
    const got = byStream(z);
    expect(got.get(9)?.map(({ length }) => length)).toEqual([20]);
    got.delete(9);
    expect([...got].sort()).toEqual([...sent].sort());
  });

  ladderTest(
    "each message that is lost comes back once",
    { config: { ...on, scheduler: "round-robin" } },
    (pair) => {
      const { a, connect, network, silence } = pair;
      connect();
      silence("Z");
      for (let i = 0; i < 12; i++) a.send(3_000, { stream: i % 4, context: i });
      network.run(100);
      a.abort();
      network.run(1);
      const contexts = a.events("failed").map(({ message }) => message.context as number);
      expect([...contexts].sort((one, other) => one - other)).toEqual(
        Array.from({ length: 12 }, (_, i) => i),
      );
    },
  );

  ladderTest(
    "a shutdown with an open record ends with an ABORT, and all else delivered",
    { config: on },
    (pair) => {
      const { a, z, connect, network, until } = pair;
      connect();
      a.send(100, { stream: 1, more: true, context: "open" });
      network.run(500);
      a.send(20_000, { stream: 2 });
      a.shutdown();
      until("both have ended", () => a.end !== undefined && z.end !== undefined);
      expect([a.end, z.end]).toEqual(["aborted", "peer-aborted"]);
      expect(z.deliveries.map(({ data }) => data.length)).toEqual([20_000]);
    },
  );

  ladderTest(
    "a shutdown delivers all that is interleaved",
    { config: { ...on, scheduler: "fair" } },
    (pair) => {
      const { a, z, connect, until } = pair;
      connect();
      for (let stream = 0; stream < 5; stream++) a.send(30_000, { stream });
      a.shutdown();
      until("both have ended", () => a.end !== undefined && z.end !== undefined);
      expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
      expect(z.deliveries.length).toBe(5);
    },
  );
});

describe("§2.2.3: chunks of the other kind", () => {
  scriptedTest("DATA where I-DATA was agreed on", { config: on }, ({ a, peer }) => {
    peer.associate({ parameters: [IDATA] });
    peer.send(peer.data());
    expect(peer.await("ABORT").causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
    expect([a.end, a.deliveries]).toEqual(["protocol-violation", []]);
  });

  scriptedTest("I-DATA where it was not", { config: on }, ({ a, peer }) => {
    peer.associate();
    peer.send(fragment(peer, 0));
    expect(peer.await("ABORT").causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
    expect([a.end, a.deliveries]).toEqual(["protocol-violation", []]);
  });

  scriptedTest("I-FORWARD-TSN where it was not", { config: on }, ({ a, peer }) => {
    peer.associate({ parameters: [{ type: "FORWARD-TSN-SUPPORTED" }] });
    const streams = [{ stream: 0, unordered: false, mid: asMid(0) }];
    peer.send({ type: "I-FORWARD-TSN", newCumulativeTsn: peer.initialTsn, streams });
    expect(peer.await("ABORT").causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
    expect(a.end).toBe("protocol-violation");
  });

  for (const partialReliability of [true, false]) {
    const config = { ...on, partialReliability };
    scriptedTest(
      `FORWARD-TSN where I-DATA was agreed on, partial reliability ${partialReliability}`,
      { config },
      ({ a, peer }) => {
        peer.associate({ parameters: [IDATA, { type: "FORWARD-TSN-SUPPORTED" }] });
        const streams = [{ stream: 0, ssn: asSsn(0) }];
        peer.send({ type: "FORWARD-TSN", newCumulativeTsn: peer.initialTsn, streams });
        expect(peer.await("ABORT").causes).toMatchObject([{ type: "PROTOCOL-VIOLATION" }]);
        expect(a.end).toBe("protocol-violation");
      },
    );
  }

  scriptedTest("I-FORWARD-TSN to who has interleaving off is unknown", {}, ({ a, peer }) => {
    peer.associate();
    peer.send({ type: "I-FORWARD-TSN", newCumulativeTsn: peer.initialTsn, streams: [] });
    expect(peer.await("ERROR").causes).toMatchObject([{ type: "UNRECOGNIZED-CHUNK" }]);
    expect(a.association.state).toBe("established");
  });
});
