import { message } from "@usctp/sim";
import { expect } from "vitest";
import { tsnAdd } from "../../src/base/serial.ts";
import { ladderTest, type Pair, pattern, type Side, scriptedTest } from "../support/ladder-test.ts";

const RELIABLE = { config: { partialReliability: false } } as const;

/** RFC 9260 §6 and §7: messages, acknowledgements, retransmission. */

/** One message each way, as the first DATA of an association is acknowledged at once. */
function exchangeFirst(a: Side, z: Side, network: Pair["network"]): void {
  a.send(1);
  z.send(1);
  network.run(500);
}

// RFC 9260 §5.1: "After the reception of the first DATA chunk ... MUST immediately respond with a SACK chunk".
ladderTest("the first DATA is acknowledged at once", {}, ({ a, connect, network, rungs }) => {
  connect();
  a.send(10);
  network.run(25);
  expect(rungs()).toEqual(["A → DATA", "Z → SACK"]);
});

ladderTest(
  "a message arrives, and is acknowledged after the delay",
  {},
  ({ a, z, connect, network, rungs }) => {
    connect();
    exchangeFirst(a, z, network);
    rungs();
    a.send(Uint8Array.of(1, 2, 3), { stream: 7, ppid: 0xdeadbeef, notify: true });
    network.run(205);
    expect(rungs()).toEqual(["A → DATA"]);
    network.run(10);
    expect(rungs()).toEqual(["Z → SACK"]);
    const data = Uint8Array.of(1, 2, 3);
    expect(z.deliveries[1]).toMatchObject({ data, stream: 7, ppid: 0xdeadbeef, unordered: false });
    network.run(10);
    expect(a.events("acknowledged").length).toBe(1);
    expect(a.association.bufferedBytes).toBe(0);
  },
);

ladderTest("both send at the same time: DATA carries the SACK", {}, ({ a, z, connect, network, rungs }) => {
  connect();
  exchangeFirst(a, z, network);
  rungs();
  a.send(10);
  network.run(15);
  z.send(10);
  network.run(15);
  // RFC 9260 §6.1: a SACK goes along with DATA when one is owed.
  expect(rungs()).toEqual(["A → DATA", "Z → SACK DATA"]);
});

ladderTest("a lost last packet is sent again after RTO", {}, ({ a, z, connect, lose, network, rungs }) => {
  connect();
  lose("A", "DATA");
  a.send(100);
  network.run(1_100);
  expect(rungs()).toEqual(["A ✗ DATA", "A → DATA", "Z → SACK"]);
  const [first, second] = a.sent("DATA");
  expect(second?.tsn).toBe(first?.tsn);
  expect((second?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThanOrEqual(1_000);
  expect((second?.time ?? 0) - (first?.time ?? 0)).toBeLessThan(1_050);
  expect(z.deliveries.length).toBe(1);
  expect(a.association.statistics).toMatchObject({ timeouts: 1, retransmissions: 1, fastRetransmissions: 0 });
});

ladderTest("a lost packet in a stream of them is sent again fast", {}, ({ a, z, connect, lose, until }) => {
  connect();
  // Some window, so that enough follows on the lost one.
  a.send(40_000);
  until("that is over", () => z.deliveries.length === 1);
  lose("A", "DATA", { nth: 2 });
  const begin = a.host.now;
  a.send(60_000);
  until("it is here", () => z.deliveries.length === 2);
  expect(a.host.now - begin).toBeLessThan(900);
  expect(z.deliveries[1]?.data).toEqual(pattern(60_000));
  expect(a.association.statistics).toMatchObject({ timeouts: 0, retransmissions: 1, fastRetransmissions: 1 });
});

scriptedTest("three reports of a gap, not two, send a chunk again", {}, ({ a, peer }) => {
  peer.associate({ receiverWindow: 100_000 });
  for (let i = 0; i < 5; i++) {
    a.send(1_000);
    peer.await("DATA");
  }
  peer.send(peer.sack(0, { gaps: [{ start: 2, end: 2 }] }));
  peer.send(peer.sack(0, { gaps: [{ start: 2, end: 3 }] }));
  peer.expectNothing(100);
  peer.send(peer.sack(0, { gaps: [{ start: 2, end: 4 }] }));
  expect(peer.expect("DATA", 25).tsn).toBe(peer.peerInitialTsn);
  // RFC 9260 §7.2.4: once only, whatever more reports come.
  peer.send(peer.sack(0, { gaps: [{ start: 2, end: 5 }] }));
  peer.expectNothing(100);
});

// RFC 6458 §8.1.16: "the maximum size to put in any outgoing SCTP DATA chunk"; a smaller path MTU rules.
ladderTest(
  "a message is cut to SCTP_MAXSEG, changed at once",
  { configA: { maxSegment: 500 } },
  ({ a, z, connect, network }) => {
    connect();
    const cutTo = (): number[] => {
      const before = a.sent("DATA").length;
      a.send(1_600);
      network.run(500);
      return a
        .sent("DATA")
        .slice(before)
        .map(({ data }) => data.length);
    };
    expect(cutTo()).toEqual([500, 500, 500, 100]);
    expect(a.association.fragmentationPoint).toBe(500);
    a.association.configure(network.now, { maxSegment: 1_000 });
    expect(cutTo()).toEqual([1_000, 600]);
    a.association.configure(network.now, { maxSegment: 9_000 });
    expect(cutTo()).toEqual([1_444, 156]);
    a.association.configure(network.now, { maxSegment: undefined });
    expect([cutTo(), a.association.fragmentationPoint]).toEqual([[1_444, 156], 1_444]);
    expect(z.deliveries.map(({ data }) => data)).toEqual(Array.from({ length: 4 }, () => pattern(1_600)));
  },
);

ladderTest("many messages on many streams arrive in order", {}, ({ a, z, connect, until }) => {
  connect();
  const sent = Array.from({ length: 500 }, (_, number) => ({ number, stream: number % 10 }));
  for (const { number, stream } of sent) a.send(Uint8Array.of(number >> 8, number), { stream });
  until("all are here", () => z.deliveries.length === sent.length);
  expect(
    z.deliveries.map(({ data, stream }) => ({ number: (data[0] ?? 0) * 256 + (data[1] ?? 0), stream })),
  ).toEqual(sent);
  // Bundled: far fewer packets than messages.
  expect(a.packets.length).toBeLessThan(100);
});

ladderTest("no packet is larger than the path takes", {}, ({ a, z, connect, until, network }) => {
  connect();
  a.send(100_000);
  for (let i = 0; i < 100; i++) a.send(700);
  until("all are here", () => z.deliveries.length === 101);
  expect(network.direction("10.0.0.1", "10.0.0.2").counters.tooBig).toBe(0);
  expect(Math.max(...a.packets.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(1_472);
});

ladderTest("an ordered message waits for the one before, an unordered one does not", {}, (pair) => {
  const { a, z, connect, lose, until } = pair;
  connect();
  lose("A", "DATA");
  a.send(1);
  pair.network.run(1);
  a.send(2);
  pair.network.run(1);
  a.send(3, { unordered: true });
  pair.network.run(1);
  a.send(4, { stream: 1 });
  until("all are here", () => z.deliveries.length === 4);
  expect(z.deliveries.map(({ data }) => data.length)).toEqual([3, 4, 1, 2]);
});

ladderTest("the first window is four packets", {}, ({ a, connect, network, rungs }) => {
  connect();
  a.send(100_000);
  network.run(5);
  // RFC 9260 §7.2.1: min(4 × PMDCS, max(2 × PMDCS, 4,404)) bytes is three packets of 1,460, and §6.1 B lets one more
  // breach it. Max.Burst is four as well.
  expect(rungs()).toEqual(["A → DATA", "A → DATA", "A → DATA", "A → DATA"]);
});

ladderTest(
  "after a pause no more than the window and Max.Burst leave at once",
  { config: { maxBurst: 3 } },
  ({ a, z, connect, until, network }) => {
    connect();
    a.send(200_000);
    until("that is over", () => z.deliveries.length === 1);
    network.run(300);
    const before = a.packets.length;
    a.send(200_000);
    network.run(1);
    expect(a.packets.length - before).toBe(3);
  },
);

// RFC 9260 §6.1 D, otherwise: what has left the network may be replaced, however few SACKs say so.
scriptedTest(
  "a SACK of many packets lets as many go, and Max.Burst besides",
  { config: { maxBurst: 2 } },
  ({ a, peer }) => {
    peer.associate();
    a.send(500_000);
    const bursts: number[] = [];
    for (let acknowledged = 0; bursts.length < 8; ) {
      const sent = peer.collect(100).filter(({ type }) => type === "DATA").length;
      bursts.push(sent);
      acknowledged += sent;
      peer.send(peer.sack(acknowledged));
    }
    const grows = bursts.slice(1).map((burst, index) => burst - (bursts[index] ?? 0));
    expect(Math.max(...grows)).toBeLessThanOrEqual(2);
    expect(bursts.at(-1)).toBeGreaterThan(4);
  },
);

ladderTest("nothing is acknowledged without cause", {}, ({ a, z, connect, network, rungs }) => {
  connect();
  a.send(10);
  a.send(10);
  network.run(500);
  expect(z.deliveries.length).toBe(2);
  rungs();
  // Less than HB.interval.
  network.run(20_000);
  expect(rungs()).toEqual([]);
});

scriptedTest("every second packet is acknowledged at once", {}, ({ peer }) => {
  peer.associate();
  peer.send(peer.data());
  peer.expect("SACK", 25);
  peer.send(peer.data());
  peer.expectNothing(100);
  peer.send(peer.data());
  expect(peer.expect("SACK", 25).cumulativeTsn).toBe(tsnAdd(peer.initialTsn, 2));
  peer.send(peer.data());
  peer.expectNothing(190);
  expect(peer.expect("SACK", 40).cumulativeTsn).toBe(tsnAdd(peer.initialTsn, 3));
});

scriptedTest("two chunks in one packet are one packet for the delay", {}, ({ peer }) => {
  peer.associate();
  peer.send(peer.data());
  peer.expect("SACK", 25);
  peer.send(peer.data(), peer.data());
  peer.expectNothing(100);
});

scriptedTest("the I bit, a gap and a duplicate are acknowledged at once", {}, ({ peer }) => {
  peer.associate();
  peer.send(peer.data());
  peer.expect("SACK", 25);
  peer.send(peer.data({ immediate: true }));
  peer.expect("SACK", 25);
  const missing = peer.data();
  peer.send(peer.data());
  expect(peer.expect("SACK", 25)).toMatchObject({
    cumulativeTsn: tsnAdd(peer.initialTsn, 1),
    gaps: [{ start: 2, end: 2 }],
  });
  peer.send(missing);
  expect(peer.expect("SACK", 25)).toMatchObject({ cumulativeTsn: tsnAdd(peer.initialTsn, 3), gaps: [] });
  peer.send(missing);
  expect(peer.expect("SACK", 25).duplicates).toEqual([missing.tsn]);
});

scriptedTest("a message is put together from pieces in any order", {}, ({ a, peer }) => {
  peer.associate();
  const whole = pattern(3_000);
  const pieces = [0, 1, 2].map((piece) =>
    peer.data({
      beginning: piece === 0,
      ending: piece === 2,
      data: whole.subarray(piece * 1_000, (piece + 1) * 1_000),
    }),
  );
  for (const piece of [2, 0, 1]) {
    const chunk = pieces[piece];
    if (chunk !== undefined) peer.send(chunk);
    peer.await("SACK");
  }
  expect(a.deliveries.map(({ data }) => data)).toEqual([whole]);
});

// RFC 9260 §6.5: "ERROR chunk with the cause set to Invalid Stream Identifier"; the chunk is acknowledged all the same.
scriptedTest("DATA on a stream that does not exist is an error, and acknowledged", {}, ({ a, peer }) => {
  peer.associate();
  peer.send(peer.data({ stream: 4_000 }));
  const chunks = peer.collect(500);
  const error = chunks.find(({ type }) => type === "ERROR");
  expect(error).toMatchObject({ causes: [{ type: "INVALID-STREAM", stream: 4_000 }] });
  expect(chunks.find(({ type }) => type === "SACK")).toMatchObject({ cumulativeTsn: peer.initialTsn });
  expect(a.deliveries).toEqual([]);
});

// RFC 9260 §6.2: "SHOULD send an ABORT chunk with a No User Data error cause".
scriptedTest("DATA without data is answered with ABORT", {}, ({ a, peer }) => {
  peer.associate();
  const chunk = peer.data({ data: new Uint8Array(0) });
  peer.send(chunk);
  expect(peer.expect("ABORT").causes).toMatchObject([{ type: "NO-USER-DATA", tsn: chunk.tsn }]);
  expect(a.end).toBe("protocol-violation");
});

scriptedTest("a retransmission timer doubles, and Karn's rule keeps it", {}, ({ a, peer, network }) => {
  peer.associate();
  a.send(10);
  const times = [0, 1, 2, 3].map(() => {
    peer.await("DATA");
    return network.now;
  });
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(gaps).toEqual([1_000, 2_000, 4_000]);
  peer.send(peer.sack(1));
  network.run(15);
  // No sample was taken: what was sent twice says nothing about the round trip (RFC 9260 §6.3.1 C5).
  expect(a.association.paths[0]?.rto).toBe(8_000);
});

scriptedTest("RTO follows the round trips, and is never under RTO.Min", {}, ({ a, peer, network }) => {
  peer.associate();
  for (let i = 1; i <= 20; i++) {
    a.send(10);
    peer.await("DATA");
    network.run(80);
    peer.send(peer.sack(i));
    network.run(10);
  }
  const [path] = a.association.paths;
  expect(path).toMatchObject({ srtt: expect.closeTo(100, 0), rto: 1_000 });
});

scriptedTest(
  "a closed window is probed, and counts no errors while the peer answers",
  {},
  ({ a, peer, network }) => {
    peer.associate({ receiverWindow: 1_500 });
    a.send(1_000);
    peer.await("DATA");
    peer.send(peer.sack(1, { receiverWindow: 0 }));
    network.run(15);
    a.send(500);
    // RFC 9260 §6.1 A: the first probe after 1 RTO, then ever more slowly.
    peer.expectNothing(900);
    for (let i = 0; i < 15; i++) {
      const probe = peer.await("DATA", 65_000);
      expect(probe.data.length).toBe(500);
      peer.send(peer.sack(1, { receiverWindow: 0 }));
    }
    network.run(15);
    expect(a.end).toBeUndefined();
    peer.send(peer.sack(2));
    peer.clear();
    peer.expectNothing(20_000);
  },
);

ladderTest(
  "who does not read closes the window, and nothing else",
  { reading: false, configZ: { receiveBuffer: 20_000 } },
  ({ a, z, connect, network, until }) => {
    connect();
    for (let i = 0; i < 100; i++) a.send(1_000);
    network.run(120_000);
    expect([a.end, z.end]).toEqual([undefined, undefined]);
    const first = z.association.receive();
    expect(first?.data.length).toBe(1_000);
    let read = 1;
    until("all are read", () => {
      for (;;) {
        const more = z.association.receive();
        if (more === undefined) break;
        read++;
      }
      z.host.driver.wake();
      return read === 100;
    });
  },
);

ladderTest(
  "send() asks to wait at the bound, and drain follows",
  { config: { sendBuffer: 10_000 } },
  ({ a, z, connect, until }) => {
    connect();
    expect(a.send(9_999)).toBe(true);
    expect(a.send(1)).toBe(false);
    expect(a.association.bufferedBytes).toBe(10_000);
    expect(a.events("drain")).toEqual([]);
    until("there is room", () => a.events("drain").length > 0);
    expect(a.association.bufferedBytes).toBeLessThan(5_000);
    until("all is here", () => z.deliveries.length === 2);
    expect(a.events("drain").length).toBe(1);
  },
);

ladderTest("dry is said when the last byte is acknowledged", {}, ({ a, connect, network, until }) => {
  connect();
  a.host.takeEvents();
  a.send(20_000);
  network.run(5);
  expect(a.events("dry")).toEqual([]);
  until("it is dry", () => a.events("dry").length > 0);
  expect(a.association.bufferedBytes).toBe(0);
});

ladderTest(
  "what cannot be sent is refused, and nothing is taken",
  { config: { maxMessageSize: 1_000, outboundStreams: 5 } },
  ({ a, connect }) => {
    connect();
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => a.send(0)).toThrow(refused("ERR_SCTP_EMPTY_MESSAGE"));
    expect(() => a.send(1_001)).toThrow(refused("ERR_SCTP_MESSAGE_TOO_LARGE"));
    expect(() => a.send(10, { stream: 5 })).toThrow(refused("ERR_SCTP_INVALID_STREAM"));
    expect(a.association.bufferedBytes).toBe(0);
    a.send(1_000, { stream: 4 });
  },
);

ladderTest(
  "a message whose lifetime ends before it is sent fails",
  {},
  ({ a, z, connect, network, silence }) => {
    connect();
    const heal = silence("A", "Z");
    a.send(50_000);
    a.send(100, { lifetime: 500, context: "late" });
    network.run(600);
    heal();
    network.run(20_000);
    expect(a.events("failed")).toMatchObject([
      { failure: "expired", sent: false, message: { context: "late" } },
    ]);
    expect(z.deliveries.map(({ data }) => data.length)).toEqual([50_000]);
  },
);

ladderTest(
  "a message that can be sent at once does not expire",
  RELIABLE,
  ({ a, z, connect, network, lose }) => {
    connect();
    lose("A", "DATA");
    a.send(100, { lifetime: 1 });
    network.run(5_000);
    expect(a.events("failed")).toEqual([]);
    expect(z.deliveries.length).toBe(1);
  },
);

ladderTest("packets are counted on both sides", {}, ({ a, z, connect, network }) => {
  connect();
  for (let i = 0; i < 10; i++) a.send(3_000);
  network.run(5_000);
  const [sent, received] = [a.association.statistics, z.association.statistics];
  expect(received.packetsReceived).toBeGreaterThan(20);
  expect(sent.messagesSent).toBe(10);
  expect(received.messagesReceived).toBe(10);
  expect(sent.retransmissions).toBe(0);
});

scriptedTest("after T3 one packet is in flight, however small it is beside cwnd", {}, ({ a, peer }) => {
  peer.associate();
  // One round trip, so that the window is open for what follows.
  a.send(100);
  peer.await("DATA");
  peer.send(peer.sack(1));
  for (let i = 0; i < 3; i++) a.send(900);
  expect(peer.collect(500).map(({ type }) => type)).toEqual(["DATA", "DATA", "DATA"]);
  // RFC 9260 §7.2.3: "no more than one SCTP packet will be in flight ... until the endpoint receives acknowledgement".
  expect(peer.collect(1_000).map(({ type }) => type)).toEqual(["DATA"]);
  peer.send(peer.sack(2));
  expect(peer.collect(500).map(({ type }) => type)).toEqual(["DATA", "DATA"]);
});

// RFC 9260 §6.1 A: "the unacknowledged window probes SHOULD NOT increment the error counter", also of a small window.
scriptedTest("the probe of a window that is too small is no error", {}, ({ a, peer, network }) => {
  peer.associate({ receiverWindow: 1_500 });
  a.send(1_000);
  peer.await("DATA");
  peer.send(peer.sack(1, { receiverWindow: 100 }));
  network.run(15);
  a.send(500);
  for (let i = 0; i < 12; i++) {
    peer.await("DATA", 65_000);
    peer.send(peer.sack(1, { receiverWindow: 100 }));
    network.run(15);
    expect(a.association.paths[0]?.errors).toBe(0);
  }
  expect(a.end).toBeUndefined();
});

// RFC 9260 §6.3.3 E1, §8.2: what was lost was lost, though a window closed meanwhile.
scriptedTest("a loss behind a closed window is a loss all the same", {}, ({ a, peer, network }) => {
  peer.associate();
  for (let i = 0; i < 3; i++) {
    a.send(1_000);
    peer.await("DATA");
  }
  peer.send(peer.sack(0, { gaps: [{ start: 2, end: 3 }], receiverWindow: 0 }));
  expect(peer.await("DATA").tsn).toBe(peer.peerInitialTsn);
  network.run(1);
  expect(a.association.paths[0]).toMatchObject({ errors: 1, cwnd: 1_460 });
});

// RFC 9260 §6.1: "MUST NOT have more than 2^16 - 1 ordered user messages in the current send window".
scriptedTest(
  "no more than 65,535 messages are in flight",
  { config: { pathMtu: 65_535, maxBurst: 1_000 } },
  ({ a, peer, network }) => {
    peer.associate({ receiverWindow: 0xffff_ffff });
    for (let i = 0; i < 170_000; i++) a.association.send(a.host.now, message(Uint8Array.of(i)));
    a.host.driver.wake();
    // Slow start: a SACK for each 65,484 bytes, 3,275 chunks of 20 bytes, opens the window by as much.
    let sent = 0;
    let acknowledged = 0;
    for (let round = 0; round < 4; round++) {
      sent += peer.collect(30).filter(({ type }) => type === "DATA").length;
      for (; acknowledged < sent; acknowledged += 3_275)
        peer.send(peer.sack(Math.min(acknowledged + 3_275, sent), { receiverWindow: 0xffff_ffff }));
    }
    network.run(30);
    expect(a.association.paths[0]?.cwnd).toBeGreaterThan(65_535 * 20);
    expect(a.association.outstandingChunks).toBe(65_535);
  },
);

// RFC 9260 §6.2: "MUST report as many Gap Ack Blocks as can fit in a single SACK chunk"; §6.7: the lowest ones.
scriptedTest("gaps fill the SACK before duplicates do", {}, ({ peer }) => {
  peer.associate();
  let last = peer.data();
  for (let i = 0; i < 400; i++) {
    peer.data();
    last = peer.data();
    peer.send(last);
  }
  peer.collect(100);
  peer.send(last);
  const sack = peer.expect("SACK", 25);
  // 1,472 bytes less the headers of SCTP and SACK, 12 and 16.
  expect(sack.gaps.length).toBe(361);
  expect(sack.gaps[0]).toEqual({ start: 3, end: 3 });
  expect(sack.duplicates).toEqual([]);
});

scriptedTest(
  "a window that never holds a whole chunk is filled with smaller ones",
  { config: { pathMtu: 9_000 } },
  ({ a, peer }) => {
    peer.associate({ receiverWindow: 4_000 });
    a.send(8_000);
    // RFC 1122 §4.2.3.4: at least half of the largest window seen, and nothing outstanding: more will not come by waiting.
    expect(peer.await("DATA").data.length).toBe(4_000);
    peer.send(peer.sack(1, { receiverWindow: 4_000 }));
    expect(peer.await("DATA").data.length).toBe(4_000);
  },
);

ladderTest(
  "without noDelay small messages wait for the SACK of what is out",
  { configA: { noDelay: false } },
  (pair) => {
    const { a, connect, network, rungs } = pair;
    connect();
    for (let i = 0; i < 5; i++) {
      a.send(100);
      network.run(1);
    }
    // RFC 9260 §6.1: the first one goes alone, the others in one packet when it is acknowledged.
    network.run(300);
    expect(rungs().filter((rung) => rung.includes("DATA"))).toEqual(["A → DATA", "A → DATA DATA DATA DATA"]);
  },
);
