import { message } from "@usctp/sim";
import { describe, expect } from "vitest";
import type { IncomingMessage } from "../../src/association/events.ts";
import { ladderTest, pattern, type Side, scriptedTest } from "../support/ladder-test.ts";

/** Windows that open and close (RFC 9260 §6.1 A, §6.2), messages that outgrow them, and windows that age (§7.2.1). */

/** Everything that there is to read. */
function read({ association, host }: Side): IncomingMessage[] {
  const all: IncomingMessage[] = [];
  for (let it = association.receive(); it !== undefined; it = association.receive()) all.push(it);
  host.driver.wake();
  return all;
}

describe("the receiver", () => {
  // RFC 9260 §6.2: "The receiver MUST also have an algorithm for advertising its receive window to avoid receiver
  // silly window syndrome (SWS), as described in [RFC1122]".
  ladderTest(
    "offers no crumbs of a window, however slowly its user reads",
    { reading: false, configZ: { receiveBuffer: 20_000 } },
    ({ a, z, connect, network }) => {
      connect();
      for (let i = 0; i < 400; i++) a.send(250);
      for (let i = 0; i < 400; i++) {
        network.run(500);
        z.association.receive();
        z.host.driver.wake();
      }
      const windows = z.sent("SACK").map(({ receiverWindow }) => receiverWindow);
      expect(windows.length).toBeGreaterThan(10);
      expect(windows.filter((window) => window > 0 && window < 1_500)).toEqual([]);
      expect(windows).toContain(0);
      // Nor does the sender cut crumbs to fill them.
      expect(a.sent("DATA").filter(({ data }) => data.length !== 250)).toEqual([]);
    },
  );

  // RFC 9260 §9.2: the SHUTDOWN acknowledges, and has no window of its own.
  ladderTest(
    "tells an opened window also in SHUTDOWN-SENT, where the peer's data would wait for it for ever",
    { reading: false, configA: { receiveBuffer: 20_000 } },
    ({ a, z, connect, network, until }) => {
      connect();
      for (let i = 0; i < 30; i++) z.send(1_000);
      network.run(5_000);
      // Read in the moment of the shutdown: the SHUTDOWN is the next packet.
      a.shutdown();
      read(a);
      until("both have ended", () => a.end !== undefined && z.end !== undefined, 3_000);
      expect(z.events("failed")).toEqual([]);
    },
  );

  // "send a window update only if the window can be increased by at least a quarter of the receive buffer size".
  scriptedTest(
    "tells of an opened window by the quarter, not by the message",
    { config: { receiveBuffer: 20_000 }, reading: false },
    ({ a, peer, network }) => {
      peer.associate();
      for (let i = 0; i < 20; i++) peer.send(peer.data({ data: pattern(1_000) }));
      network.run(500);
      peer.clear();
      const windows: number[] = [];
      for (let i = 0; i < 20; i++) {
        a.association.receive();
        a.host.driver.wake();
        for (const chunk of peer.collect(500)) {
          if (chunk.type === "SACK") windows.push(chunk.receiverWindow);
        }
      }
      expect(windows).toEqual([5_000, 10_000, 15_000, 20_000]);
    },
  );

  scriptedTest(
    "drops what exceeds a closed window, says so at once, and takes what fills a gap",
    { config: { receiveBuffer: 4_000 }, reading: false },
    ({ a, peer, network }) => {
      peer.associate();
      const [first, second, third, fourth, fifth] = Array.from({ length: 5 }, () =>
        peer.data({ data: pattern(1_000) }),
      );
      if (!first || !second || !third || !fourth || !fifth) throw new Error("five chunks");
      // The second is late.
      for (const chunk of [first, third, fourth]) peer.send(chunk);
      peer.send({ ...fifth, data: pattern(1_000) });
      network.run(500);
      peer.clear();
      const beyond = peer.data({ data: pattern(1_000) });
      peer.send(beyond);
      // "MUST immediately send back a SACK chunk with the current receive window showing only DATA chunks received".
      expect(peer.await("SACK", 25)).toMatchObject({
        cumulativeTsn: first.tsn,
        gaps: [{ start: 2, end: 4 }],
        receiverWindow: 0,
      });
      peer.send(second);
      expect(peer.await("SACK", 25)).toMatchObject({ cumulativeTsn: fifth.tsn, gaps: [] });
      expect(read(a).map(({ tsn }) => tsn)).toEqual(
        [first, second, third, fourth, fifth].map(({ tsn }) => tsn),
      );
    },
  );
});

describe("a message larger than the receiver's buffer", () => {
  ladderTest(
    "comes whole to who puts its parts together",
    { configZ: { receiveBuffer: 20_000 } },
    ({ a, z, connect, until }) => {
      connect();
      const large = pattern(300_000);
      a.send(large, { stream: 3, ppid: 9 });
      a.send(10, { stream: 4 });
      until("both are there", () => z.deliveries.length === 2);
      expect(z.deliveries).toMatchObject([
        { data: large, stream: 3, ppid: 9 },
        { data: pattern(10), stream: 4 },
      ]);
      // Without a timeout: the window never closed on it.
      expect(a.association.statistics.timeouts).toBe(0);
    },
  );

  ladderTest(
    "says of each part whether it continues one, and whether more follows",
    { reading: false, configZ: { receiveBuffer: 20_000 } },
    ({ a, z, connect, network }) => {
      connect();
      a.send(60_000, { unordered: true });
      const parts: IncomingMessage[] = [];
      for (let i = 0; i < 60 && parts.at(-1)?.more !== false; i++) {
        network.run(1_000);
        // One part at a time: the next one waits for its window.
        const part = z.association.receive();
        if (part !== undefined) parts.push(part);
        z.host.driver.wake();
      }
      expect(parts.length).toBeGreaterThan(2);
      expect(parts.map(({ more }) => more)).toEqual(parts.map((_, index) => index < parts.length - 1));
      expect(parts.map(({ continuation }) => continuation)).toEqual(parts.map((_, index) => index > 0));
      expect(Uint8Array.from(parts.flatMap(({ data }) => [...data]))).toEqual(pattern(60_000));
    },
  );

  ladderTest(
    "and many of them over a bad link stand in nobody's way",
    {
      configZ: { receiveBuffer: 20_000 },
      conditions: { loss: 0.05, reorder: 0.1, duplicate: 0.05 },
      seed: 7,
    },
    ({ a, z, connect, until }) => {
      connect();
      for (let i = 0; i < 12; i++) a.send(15_000 + 3_000 * i, { stream: i % 4, unordered: i % 3 === 0 });
      until("all are there", () => z.deliveries.length === 12, 600_000);
      const lengths = z.deliveries.map(({ data }) => data.length).sort((one, other) => one - other);
      expect(lengths).toEqual(Array.from({ length: 12 }, (_, i) => 15_000 + 3_000 * i));
      expect(z.association.unreadBytes).toBe(0);
    },
  );
});

// The window is closed by messages that wait for the end of one in parts: to drop that would be to wait for ever.
scriptedTest(
  "a window that only the rest of a message can open lets that in",
  { config: { receiveBuffer: 4_000 }, reading: false },
  ({ a, peer, network }) => {
    peer.associate();
    const data = pattern(1_000);
    const late = peer.data({ data });
    for (let i = 0; i < 3; i++) peer.send(peer.data({ data }));
    peer.send(peer.data({ data, stream: 1, ending: false }));
    network.run(50);
    expect(read(a)).toMatchObject([{ stream: 1, more: true }]);
    peer.send(late);
    network.run(50);
    expect([read(a), a.association.unreadBytes]).toEqual([[], 4_000]);
    peer.clear();
    peer.send(peer.data({ data, stream: 1, beginning: false }));
    network.run(50);
    expect(read(a).map(({ stream, more }) => [stream, more])).toEqual([
      [1, false],
      [0, false],
      [0, false],
      [0, false],
      [0, false],
    ]);
    expect(a.association.unreadBytes).toBe(0);
  },
);

describe("a closed window", () => {
  // RFC 9260 §6.1 A: "SHOULD send the first zero window probe after 1 RTO ... and SHOULD increase the probe interval
  // exponentially afterwards".
  scriptedTest("is probed after an RTO, and then ever more slowly", {}, ({ a, peer, network }) => {
    peer.associate({ receiverWindow: 1_500 });
    a.send(1_000);
    peer.await("DATA");
    peer.send(peer.sack(1, { receiverWindow: 0 }));
    network.run(10);
    const closed = network.now;
    a.send(500);
    const times: number[] = [];
    for (let i = 0; i < 6; i++) {
      peer.await("DATA");
      times.push(network.now - 10);
      peer.send(peer.sack(1, { receiverWindow: 0 }));
    }
    expect((times[0] ?? 0) - closed).toBe(1_000);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
    // "Zero window probing does not affect the calculation of cwnd", nor any counter of errors.
    expect(a.association.paths[0]).toMatchObject({ cwnd: 4_404, errors: 0, state: "active" });
  });

  ladderTest(
    "is found open again although the update was lost",
    { reading: false, configZ: { receiveBuffer: 8_000 } },
    ({ a, z, connect, network, silence, until }) => {
      connect();
      for (let i = 0; i < 20; i++) a.send(1_000);
      network.run(500);
      const heal = silence("Z");
      const before = read(z).length;
      network.run(50);
      heal();
      let count = before;
      until(
        "the rest has come",
        () => {
          count += read(z).length;
          return count === 20;
        },
        10_000,
      );
    },
  );

  // RFC 9260 §8.1: who does not answer at all is gone, probe or not.
  scriptedTest("ends the association when nobody answers the probe", {}, ({ a, peer, network }) => {
    peer.associate({ receiverWindow: 1_500 });
    a.send(1_000);
    peer.await("DATA");
    peer.send(peer.sack(1, { receiverWindow: 0 }));
    a.send(500);
    network.run(1_000_000);
    expect(a.end).toBe("timed-out");
  });
});

describe("the sender", () => {
  // RFC 9260 §7.2.1: "max(cwnd / 2, 4 * PMDCS) once per RTO", from the last data on.
  ladderTest("halves its window for each RTO in which it sends nothing", {}, (pair) => {
    const { a, z, connect, until, network } = pair;
    connect();
    const transfer = (): void => {
      const before = z.deliveries.length;
      a.send(1_000_000);
      until("it has come", () => z.deliveries.length > before);
      network.run(500);
    };
    const windowAfter = (idle: number): number => {
      transfer();
      network.run(idle);
      a.send(1);
      network.run(1);
      return a.association.paths[0]?.cwnd ?? 0;
    };
    transfer();
    const busy = a.association.paths[0]?.cwnd ?? 0;
    expect(busy).toBeGreaterThan(50_000);
    a.send(1);
    network.run(1);
    expect(a.association.paths[0]?.cwnd).toBe(busy);
    network.run(2_600);
    a.send(1);
    network.run(1);
    expect(a.association.paths[0]).toMatchObject({ cwnd: busy / 4, ssthresh: busy });
    expect(windowAfter(60_000)).toBe(4 * 1_460);
  });

  // RFC 9260 §7.2.1: "only one packet is allowed to be in flight until successful acknowledgement".
  scriptedTest(
    "has one packet in flight after a timeout, however small its chunks",
    {},
    ({ a, peer, network }) => {
      peer.associate();
      for (let i = 0; i < 8; i++) a.send(600);
      peer.collect(900);
      network.run(100);
      const again = peer.collect(500).filter(({ type }) => type === "DATA");
      expect(again.length).toBe(2);
      peer.send(peer.sack(2));
      expect(peer.collect(25).filter(({ type }) => type === "DATA").length).toBeGreaterThan(2);
    },
  );

  // RFC 9260 §6.1: "MUST NOT have more than 2^16 - 1 ordered user messages in the current send window".
  scriptedTest(
    "has no more chunks under way than Gap Ack Blocks can name",
    { config: { pathMtu: 65_535, sendBuffer: 10_000_000 } },
    ({ a, peer, network }) => {
      peer.associate({ receiverWindow: 100_000_000 });
      const one = Uint8Array.of(1);
      for (let i = 0; i < 140_000; i++) a.association.send(network.now, message(one));
      a.host.driver.wake();
      // Everything but the first chunk arrives.
      for (let i = 0; i < 200; i++) {
        network.run(20);
        const last = a.association.outstandingChunks;
        peer.clear();
        peer.send(peer.sack(0, { gaps: [{ start: 2, end: last }], receiverWindow: 100_000_000 }));
      }
      expect(a.association.outstandingChunks).toBe(65_535);
    },
  );
});

describe("messages in parts", () => {
  ladderTest(
    "begin at the partial delivery point, and others come between where that is allowed",
    { configZ: { partialDeliveryPoint: 3_000, fragmentInterleave: true }, reading: false },
    ({ a, z, connect, lose, network }) => {
      connect();
      lose("A", "DATA", { nth: 4 });
      a.send(8_000);
      a.send(100, { stream: 1 });
      network.run(5_000);
      const parts = read(z).map(({ stream, data, more }) => [stream, data.length, more]);
      expect(parts.at(0)).toEqual([0, 3 * 1_444, true]);
      expect(parts.at(1)).toEqual([1, 100, false]);
      expect(parts.at(-1)).toEqual([0, 8_000 - 3 * 1_444, false]);
    },
  );

  scriptedTest("that others wait for are readable when that ends", { reading: false }, (script) => {
    const { a, peer, network } = script;
    peer.associate();
    a.association.configure(network.now, { partialDeliveryPoint: 1 });
    peer.send(peer.data({ ending: false }));
    peer.data();
    peer.send(peer.data({ stream: 1 }));
    network.run(50);
    expect(read(a).map(({ more }) => more)).toEqual([true]);
    a.host.takeEvents();
    // Because it may come between.
    a.association.configure(network.now, { fragmentInterleave: true });
    network.run(1);
    expect(a.events("readable").length).toBe(1);
    expect(read(a).map(({ stream }) => stream)).toEqual([1]);
    a.association.configure(network.now, { fragmentInterleave: false });
    peer.send(peer.data({ stream: 2 }));
    network.run(50);
    expect(a.association.unreadMessages).toBe(0);
    // Because the message in parts will never end (RFC 9260 §5.2.4 A).
    a.host.takeEvents();
    peer.localTag = 0x55555555;
    peer.associate();
    expect(a.events("restarted")).toMatchObject([{ unread: 1 }]);
    expect(a.events("readable").length).toBe(1);
    expect(read(a).map(({ stream }) => stream)).toEqual([2]);
  });
});

describe("messages that are given up", () => {
  ladderTest(
    "because the peer grants fewer streams: the others go",
    { configA: { outboundStreams: 10 }, configZ: { inboundStreams: 3 } },
    ({ a, z, until, network }) => {
      a.connect();
      for (const stream of [0, 5, 2, 3]) a.send(100, { stream, context: stream });
      until("both are established", () => a.established && z.established);
      network.run(1_000);
      expect(a.association.outboundStreams).toBe(3);
      expect(a.events("failed")).toMatchObject([
        { failure: "stream-refused", sent: false, message: { context: 5 } },
        { failure: "stream-refused", sent: false, message: { context: 3 } },
      ]);
      expect(z.deliveries.map(({ stream }) => stream)).toEqual([0, 2]);
      expect(a.association.bufferedBytes).toBe(0);
    },
  );

  scriptedTest(
    "because their time is over: who waits for room hears of it",
    { config: { sendBuffer: 10_000 } },
    ({ a, peer, network }) => {
      peer.associate();
      a.send(100);
      peer.await("DATA");
      peer.send(peer.sack(1, { receiverWindow: 0 }));
      network.run(10);
      a.host.takeEvents();
      expect(a.send(20_000, { lifetime: 500, context: "late" })).toBe(false);
      network.run(499);
      expect(a.host.takeEvents()).toEqual([]);
      network.run(1);
      expect(a.events("failed")).toMatchObject([
        { failure: "expired", sent: false, message: { context: "late" } },
      ]);
      expect(a.association.bufferedBytes).toBe(0);
      expect(a.host.events.map(({ type }) => type)).toEqual(["failed", "drain", "dry"]);
      // Nothing is left to probe with.
      expect(peer.collect(5_000)).toEqual([]);
    },
  );
});
