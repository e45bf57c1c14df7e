import { expect } from "vitest";
import { hasValidChecksum } from "../../src/base/crc32c.ts";
import { asTsn } from "../../src/base/serial.ts";
import { ladderTest, type Pair, pattern, scriptedTest } from "../support/ladder-test.ts";
import { unknownChunk } from "../support/scripted-peer.ts";

/** RFC 9260 §5.1: the four packets, their loss, and what the two sides agree upon. */

const bothEstablished = ({ a, z, until }: Pair): void =>
  until("both are established", () => a.established && z.established, 120_000);

ladderTest("four packets make an association", {}, (pair) => {
  const { a, z, rungs, network } = pair;
  a.connect();
  bothEstablished(pair);
  network.run(1_000);
  expect(rungs()).toEqual(["A → INIT", "Z → INIT-ACK", "A → COOKIE-ECHO", "Z → COOKIE-ACK"]);
  expect(a.association.state).toBe("established");
  expect(z.association.state).toBe("established");
  expect(z.association.peerPort).toBe(a.association.localPort);
});

ladderTest("every packet has a checksum", {}, (pair) => {
  pair.a.connect();
  bothEstablished(pair);
  pair.a.send(1_000);
  pair.network.run(1_000);
  expect([...pair.a.packets, ...pair.z.packets].every(({ bytes }) => hasValidChecksum(bytes))).toBe(true);
});

ladderTest("nothing is kept of an INIT until its cookie comes back", {}, ({ a, z, network, silence }) => {
  a.connect();
  network.run(15);
  silence("A");
  network.run(2_000);
  expect(z.sent("INIT-ACK").length).toBe(1);
  expect(z.host.associations).toEqual([]);
});

ladderTest("both connect at the same time: one association", {}, (pair) => {
  const { a, z, network } = pair;
  a.connect();
  z.connect();
  bothEstablished(pair);
  a.send(100);
  z.send(200);
  network.run(5_000);
  expect(a.host.associations.length).toBe(1);
  expect(z.host.associations.length).toBe(1);
  expect(a.deliveries.map(({ data }) => data.length)).toEqual([200]);
  expect(z.deliveries.map(({ data }) => data.length)).toEqual([100]);
  expect(a.end).toBeUndefined();
  expect(z.end).toBeUndefined();
});

// RFC 9260 §5.2.1, 1 and 2: each answers at the address that its user named, though the INIT came from another one.
ladderTest("both connect at the same time, each over another path: one association", { paths: 2 }, (pair) => {
  const { a, z, network } = pair;
  a.connect(z.host.addresses.slice(0, 1));
  z.connect(a.host.addresses.slice(1));
  bothEstablished(pair);
  a.send(100);
  z.send(200);
  network.run(5_000);
  for (const side of [a, z]) {
    expect(side.host.associations.length).toBe(1);
    expect(side.association.paths.map(({ state }) => state)).toEqual(["active", "active"]);
    expect(side.end).toBeUndefined();
  }
  expect(a.deliveries.map(({ data }) => data.length)).toEqual([200]);
  expect(z.deliveries.map(({ data }) => data.length)).toEqual([100]);
});

ladderTest("Z connects while A's INIT is on its way: one association", {}, (pair) => {
  const { a, z, network } = pair;
  a.connect();
  network.run(5);
  z.connect();
  bothEstablished(pair);
  z.send(100);
  network.run(5_000);
  expect([a.host.associations.length, z.host.associations.length]).toEqual([1, 1]);
  expect(a.deliveries.length).toBe(1);
});

ladderTest("Z connects, and has A's INIT lost first: one association", {}, (pair) => {
  const { a, z, lose, network } = pair;
  lose("A", "INIT");
  a.connect();
  z.connect();
  bothEstablished(pair);
  a.send(100);
  z.send(200);
  network.run(5_000);
  expect([a.host.associations.length, z.host.associations.length]).toEqual([1, 1]);
  expect(a.deliveries.length + z.deliveries.length).toBe(2);
});

ladderTest("both connect, messages of both wait, and one is lost", {}, (pair) => {
  const { a, z, lose, network } = pair;
  a.connect();
  z.connect();
  lose("A", "DATA");
  bothEstablished(pair);
  a.send(100);
  z.send(200);
  network.run(10_000);
  expect(a.deliveries.map(({ data }) => data.length)).toEqual([200]);
  expect(z.deliveries.map(({ data }) => data.length)).toEqual([100]);
});

ladderTest("a lost INIT is sent again after RTO.Initial, and is the same", {}, (pair) => {
  const { a, lose, rungs } = pair;
  lose("A", "INIT");
  a.connect();
  bothEstablished(pair);
  expect(rungs()).toEqual(["A ✗ INIT", "A → INIT", "Z → INIT-ACK", "A → COOKIE-ECHO", "Z → COOKIE-ACK"]);
  const [first, second] = a.sent("INIT");
  expect((second?.time ?? 0) - (first?.time ?? 0)).toBe(1_000);
  expect({ ...second, time: 0 }).toEqual({ ...first, time: 0 });
});

ladderTest(
  "without an answer the INIT is sent Max.Init.Retransmits times, each after twice the time",
  { config: { maxInitRetransmits: 5, rtoMax: 10_000 } },
  ({ a, silence, until }) => {
    silence("Z");
    a.connect();
    until("A gives up", () => a.end !== undefined, 120_000);
    expect(a.end).toBe("no-answer");
    const times = a.sent("INIT").map(({ time }) => time);
    expect(times).toEqual([0, 1_000, 3_000, 7_000, 15_000, 25_000]);
    // One more time-out, RTO.Max by now.
    expect(a.host.now).toBe(35_000);
  },
);

// RFC 6458 §5.3.1: sinit_max_init_timeo "may override 'RTO.Max'".
ladderTest(
  "the timeout of an INIT has a bound of its own, below RTO.Max",
  { config: { maxInitRetransmits: 4, initRtoMax: 1_500 } },
  ({ a, silence, until }) => {
    silence("Z");
    a.connect();
    until("A gives up", () => a.end !== undefined, 120_000);
    expect(a.sent("INIT").map(({ time }) => time)).toEqual([0, 1_000, 2_500, 4_000, 5_500]);
    expect(a.host.now).toBe(7_000);
  },
);

ladderTest(
  "the timeout of a COOKIE ECHO too, above RTO.Max; data afterwards keeps to RTO.Max",
  { config: { maxInitRetransmits: 6, rtoMax: 2_000, initRtoMax: 20_000 } },
  ({ a, network, silence, until }) => {
    a.connect();
    network.run(25);
    const heal = silence("Z");
    until("it is sent for the fifth time", () => a.sent("COOKIE-ECHO").length === 5, 60_000);
    const times = a.sent("COOKIE-ECHO").map(({ time }) => time);
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([
      1_000, 2_000, 4_000, 8_000,
    ]);
    heal();
    until("it is answered", () => a.established, 60_000);
    expect(a.association.paths[0]?.rto).toBe(2_000);
  },
);

ladderTest("a lost COOKIE ECHO is sent again", {}, (pair) => {
  const { a, lose, rungs } = pair;
  lose("A", "COOKIE-ECHO");
  a.connect();
  bothEstablished(pair);
  expect(rungs()).toEqual([
    "A → INIT",
    "Z → INIT-ACK",
    "A ✗ COOKIE-ECHO",
    "A → COOKIE-ECHO",
    "Z → COOKIE-ACK",
  ]);
});

ladderTest("a lost COOKIE ACK is sent again for the next COOKIE ECHO", {}, (pair) => {
  const { a, z, lose, rungs, network } = pair;
  lose("Z", "COOKIE-ACK");
  a.connect();
  bothEstablished(pair);
  network.run(5_000);
  expect(rungs()).toEqual([
    "A → INIT",
    "Z → INIT-ACK",
    "A → COOKIE-ECHO",
    "Z ✗ COOKIE-ACK",
    "A → COOKIE-ECHO",
    "Z → COOKIE-ACK",
  ]);
  // RFC 9260 §5.2.4 D: the same tags are no restart.
  expect(z.events("established").length).toBe(1);
  expect(z.events("restarted")).toEqual([]);
});

ladderTest(
  "without a COOKIE ACK the COOKIE ECHO is sent Max.Init.Retransmits times",
  { config: { maxInitRetransmits: 3 } },
  ({ a, network, silence, until }) => {
    a.connect();
    network.run(25);
    silence("Z");
    until("A gives up", () => a.end !== undefined, 120_000);
    expect(a.end).toBe("no-answer");
    expect(a.sent("INIT").length).toBe(1);
    expect(a.sent("COOKIE-ECHO").length).toBe(4);
  },
);

scriptedTest("until the COOKIE ACK comes, one packet is sent and no other", {}, ({ a, peer, network }) => {
  a.connect([peer.socket.address]);
  a.send(100);
  peer.answerInit();
  // RFC 9260 §5.1 C: DATA MAY be bundled, but the COOKIE ECHO is first.
  expect(peer.next().chunks[0]?.type).toBe("COOKIE-ECHO");
  a.send(100);
  a.send(100);
  peer.expectNothing(900);
  peer.send({ type: "COOKIE-ACK" });
  network.runUntil(() => a.established, 1_000);
  const arrived = peer.next(15);
  expect(arrived.chunks.map(({ type }) => type)).toContain("DATA");
});

scriptedTest("no ERROR is sent before the COOKIE ACK", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.answerInit();
  peer.await("COOKIE-ECHO");
  peer.send(unknownChunk(0xff));
  peer.expectNothing(500);
});

ladderTest("what was sent before is delivered as soon as the handshake allows", {}, (pair) => {
  const { a, z, network } = pair;
  a.connect();
  for (let i = 1; i <= 5; i++) a.send(i);
  bothEstablished(pair);
  // The COOKIE ACK is at A after 40 ms, what it lets go at Z after 50.
  network.run(51 - a.host.now);
  expect(z.deliveries.map(({ data }) => data.length)).toEqual([1, 2, 3, 4, 5]);
});

ladderTest(
  "an INIT that comes twice is answered with two tags and two cookies",
  {},
  ({ a, z, lose, until }) => {
    lose("Z", "INIT-ACK");
    a.connect();
    until("A is established", () => a.established);
    const [first, second] = z.sent("INIT-ACK");
    expect(second?.initiateTag).not.toBe(first?.initiateTag);
    const cookie = (it: typeof first) => it?.parameters.find(({ type }) => type === "STATE-COOKIE");
    expect(cookie(second)).not.toEqual(cookie(first));
  },
);

for (const which of [0, 1]) {
  scriptedTest(`of two INIT ACKs the ${which === 0 ? "first" : "second"} goes on`, {}, ({ a, peer }) => {
    const answers = [peer.init(), peer.init()];
    const { initAck, cookie } = answers[which] as (typeof answers)[number];
    peer.peerTag = initAck.initiateTag;
    peer.peerInitialTsn = initAck.initialTsn;
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK");
    a.send(50);
    expect(peer.expect("DATA").tsn).toBe(initAck.initialTsn);
  });
}

scriptedTest("an INIT ACK that comes again changes nothing", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.answerInit();
  peer.await("COOKIE-ECHO");
  const late = { ...peer.initBody({ initiateTag: 77 }), parameters: [] };
  peer.send({ type: "INIT-ACK", ...late });
  peer.expectNothing(500);
  peer.send({ type: "COOKIE-ACK" });
  peer.expectNothing(15);
  expect(a.association.state).toBe("established");
});

scriptedTest("a COOKIE ACK out of turn is ignored", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  const init = peer.await("INIT");
  peer.peerTag = init.initiateTag;
  peer.send({ type: "COOKIE-ACK" });
  peer.expectNothing(500);
  expect(a.established).toBe(false);
});

// RFC 9260 §3.3.10.2: "one or more mandatory TLV parameters are missing".
scriptedTest("an INIT ACK without a cookie is answered with ABORT, and ends it", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  const init = peer.await("INIT");
  peer.sendWith({ tag: init.initiateTag }, { type: "INIT-ACK", ...peer.initBody() });
  const abort = peer.expect("ABORT");
  expect(abort.causes[0]).toMatchObject({ type: "MISSING-PARAMETER", types: [7] });
  expect(abort.tBit).toBe(false);
  expect(a.end).toBeDefined();
});

for (const [what, parts] of [
  ["no outbound streams", { outboundStreams: 0 }],
  ["no inbound streams", { inboundStreams: 0 }],
] as const) {
  // RFC 9260 §3.3.2: "A receiver receiving the OS [MIS] value set to 0 ... SHOULD ... ABORT".
  scriptedTest(`an INIT with ${what} is answered with ABORT`, {}, ({ a, peer }) => {
    peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody(parts) });
    const packet = peer.next();
    expect(packet.verificationTag).toBe(peer.localTag);
    expect(packet.chunks).toEqual([{ type: "ABORT", tBit: false, causes: [{ type: "INVALID-PARAMETER" }] }]);
    expect(a.host.associations).toEqual([]);
  });

  // RFC 9260 §3.3.3: "it MUST destroy the TCB and SHOULD send an ABORT chunk".
  scriptedTest(`an INIT ACK with ${what} ends it`, {}, ({ a, peer }) => {
    a.connect([peer.socket.address]);
    peer.answerInit(parts);
    const packet = peer.next();
    expect(packet.verificationTag).toBe(peer.localTag);
    expect(packet.chunks).toEqual([{ type: "ABORT", tBit: false, causes: [{ type: "INVALID-PARAMETER" }] }]);
    expect(a.end).toBe("protocol-violation");
    peer.expectNothing(100_000);
  });
}

scriptedTest("an INIT ACK with the tag 0 ends it", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  const init = peer.await("INIT");
  const parameters = [{ type: "STATE-COOKIE", cookie: Uint8Array.of(1) }] as const;
  const answer = { type: "INIT-ACK", ...peer.initBody({ initiateTag: 0, parameters }) } as const;
  peer.sendWith({ tag: init.initiateTag }, answer);
  const packet = peer.next();
  expect(packet.verificationTag).toBe(init.initiateTag);
  expect(packet.chunks).toEqual([{ type: "ABORT", tBit: true, causes: [{ type: "INVALID-PARAMETER" }] }]);
  expect(a.end).toBe("protocol-violation");
});

// RFC 9260 §3.3.3: "MUST discard the packet, SHOULD send [an] ABORT ..., MUST NOT change the state".
for (const receiverWindow of [0, 1_499]) {
  scriptedTest(
    `an INIT ACK with a window of ${receiverWindow} is discarded, and changes nothing`,
    {},
    (it) => {
      const { a, peer } = it;
      a.connect([peer.socket.address]);
      peer.answerInit({ receiverWindow });
      const packet = peer.next();
      expect(packet.verificationTag).toBe(peer.localTag);
      expect(packet.chunks).toEqual([
        { type: "ABORT", tBit: false, causes: [{ type: "INVALID-PARAMETER" }] },
      ]);
      expect(a.association.state).toBe("cookie-wait");
      peer.answerInit();
      peer.expect("COOKIE-ECHO");
    },
  );
}

// RFC 9260 §3.3.2: "Possible values are in the range of 0 to 4294967295"; §3.3.4: before any DATA the Cumulative TSN Ack is
// the Initial TSN less one.
for (const side of ["INIT", "INIT ACK"] as const) {
  scriptedTest(`an Initial TSN of 0 in an ${side} is one like any other`, {}, ({ a, peer }) => {
    peer.initialTsn = asTsn(0);
    if (side === "INIT") peer.associate();
    else {
      a.connect([peer.socket.address]);
      peer.accept();
    }
    const first = peer.data();
    peer.send(peer.data());
    expect(peer.expect("SACK")).toMatchObject({ cumulativeTsn: 0xffff_ffff, gaps: [{ start: 2, end: 2 }] });
    peer.send(first);
    expect(peer.expect("SACK")).toMatchObject({ cumulativeTsn: 1, gaps: [] });
    expect(a.deliveries.length).toBe(2);
  });
}

// RFC 9260 §8.5.1 A: "verify that the packet contains only an INIT chunk. Otherwise ... silently discard".
scriptedTest("an INIT that is not alone is discarded", {}, ({ peer }) => {
  const init = { type: "INIT", ...peer.initBody() } as const;
  peer.sendWith({ tag: 0 }, init, { type: "COOKIE-ACK" });
  peer.expectNothing(1_000);
});

scriptedTest("a cookie of somebody else is discarded without a word", {}, ({ a, peer }) => {
  const { cookie } = peer.init();
  cookie[cookie.length - 1] = (cookie.at(-1) ?? 0) ^ 1;
  peer.send({ type: "COOKIE-ECHO", cookie });
  peer.expectNothing(1_000);
  expect(a.host.associations).toEqual([]);
});

scriptedTest("a cookie that is too old is answered with Stale Cookie", {}, ({ a, peer, network }) => {
  const { cookie } = peer.init();
  network.run(60_500);
  peer.send({ type: "COOKIE-ECHO", cookie });
  const error = peer.expect("ERROR");
  expect(error.causes[0]).toMatchObject({ type: "STALE-COOKIE" });
  const { staleness } = error.causes[0] as { readonly staleness: number };
  // RFC 9260 §3.3.10.3: microseconds since it went stale; some 500 ms and the way there.
  expect(staleness).toBeGreaterThan(500_000);
  expect(staleness).toBeLessThan(600_000);
  expect(a.host.associations).toEqual([]);
});

scriptedTest("after Stale Cookie a new INIT asks for a longer life", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.answerInit();
  peer.await("COOKIE-ECHO");
  peer.send({ type: "ERROR", causes: [{ type: "STALE-COOKIE", staleness: 100_000 }] });
  const packet = peer.next();
  // RFC 9260 §8.5.1 A: the tag is 0, as in any packet with an INIT.
  expect(packet.verificationTag).toBe(0);
  const [init] = packet.chunks;
  if (init?.type !== "INIT") throw new Error("no INIT");
  const preservative = init.parameters.find(({ type }) => type === "COOKIE-PRESERVATIVE");
  expect(preservative).toBeDefined();
  // RFC 9260 §5.2.6: "no more than 1 second beyond the measured RTT" (20 ms here).
  expect((preservative as { readonly increment: number }).increment).toBeLessThanOrEqual(1_020);
  expect(a.end).toBeUndefined();
});

ladderTest(
  "after Stale Cookie the association is made all the same",
  { configZ: { validCookieLife: 10 }, conditions: { delay: 200 } },
  (pair) => {
    const { a, z, network } = pair;
    a.connect();
    a.send(100);
    bothEstablished(pair);
    network.run(5_000);
    expect(z.sent("ERROR").length).toBe(1);
    expect(z.deliveries.map(({ data }) => data.length)).toEqual([100]);
    // The packet with the stale cookie was discarded whole: its data goes with the next COOKIE ECHO, and is no loss.
    expect(a.association.statistics.timeouts).toBe(0);
  },
);

// RFC 9260 §5.2.6: "if the association is not in the COOKIE-ECHOED state, the ERROR chunk SHOULD be ... discarded".
scriptedTest("Stale Cookie at another time changes nothing", {}, ({ a, peer }) => {
  peer.associate();
  peer.send({ type: "ERROR", causes: [{ type: "STALE-COOKIE", staleness: 100_000 }] });
  peer.expectNothing(500);
  expect(a.association.state).toBe("established");
});

ladderTest(
  "each direction has the smaller number of streams of the two wishes",
  {
    configA: { outboundStreams: 12, inboundStreams: 45 },
    configZ: { outboundStreams: 23, inboundStreams: 34 },
  },
  ({ a, z, connect }) => {
    connect();
    expect([a.association.outboundStreams, a.association.inboundStreams]).toEqual([12, 23]);
    expect([z.association.outboundStreams, z.association.inboundStreams]).toEqual([23, 12]);
  },
);

ladderTest("an INIT to a host with nobody at that port is refused", {}, ({ a, z, until }) => {
  z.open().close();
  a.connect();
  until("A ends", () => a.end !== undefined, 5_000);
  expect(a.end).toBe("peer-aborted");
  // RFC 9260 §8.4 rule 3: the tag of the INIT, not reflected.
  expect(z.sent("ABORT")[0]).toMatchObject({ tBit: false });
});

ladderTest("who shuts down while connecting ends, and leaves nobody behind", {}, (pair) => {
  const { a, z, network, until } = pair;
  a.connect();
  network.run(25);
  expect(a.association.state).toBe("cookie-echoed");
  a.shutdown();
  until("A ends", () => a.end !== undefined);
  network.run(60_000);
  expect(z.host.associations.every(({ state }) => state === "closed")).toBe(true);
});

// RFC 9260 §3.2.1, §3.2.2: what the upper bits of an unknown parameter ask for.
for (const [typeCode, reported, continued] of [
  [0x1fff, false, false],
  [0x5fff, true, false],
  [0x9fff, false, true],
  [0xdfff, true, true],
] as const) {
  const name = `0x${typeCode.toString(16)}`;
  scriptedTest(`an unknown parameter ${name} in an INIT is treated as its type says`, {}, ({ peer }) => {
    const bytes = (code: number): Uint8Array => Uint8Array.of(code >> 8, code & 0xff, 0, 8, 1, 2, 3, 4);
    const unknown = (code: number) => ({ type: "UNKNOWN", typeCode: code, bytes: bytes(code) }) as const;
    // The second one is reported only when the first did not stop the reading.
    const { initAck, cookie } = peer.init({ parameters: [unknown(typeCode), unknown(0xdffe)] });
    const reports = initAck.parameters.filter(({ type }) => type === "UNRECOGNIZED-PARAMETER");
    expect(reports).toEqual([
      ...(reported ? [{ type: "UNRECOGNIZED-PARAMETER", parameter: bytes(typeCode) }] : []),
      ...(continued ? [{ type: "UNRECOGNIZED-PARAMETER", parameter: bytes(0xdffe) }] : []),
    ]);
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK");
  });
}

scriptedTest("DATA behind a COOKIE ECHO is taken", {}, ({ a, peer }) => {
  const { cookie } = peer.init();
  peer.send({ type: "COOKIE-ECHO", cookie }, peer.data({ data: pattern(64) }));
  expect(peer.next().chunks[0]?.type).toBe("COOKIE-ACK");
  expect(a.deliveries.map(({ data }) => data)).toEqual([pattern(64)]);
});

// RFC 9260 §5.1 D: "the COOKIE ACK chunk MUST be the first chunk in the packet".
scriptedTest("a COOKIE ACK is the first chunk of its packet, whatever else is answered", {}, ({ peer }) => {
  const { cookie } = peer.init();
  peer.send({ type: "COOKIE-ECHO", cookie });
  peer.expect("COOKIE-ACK");
  peer.send({ type: "HEARTBEAT", info: new Uint8Array(8) });
  for (let i = 0; i < 2; i++) peer.send({ type: "COOKIE-ECHO", cookie });
  const packets = [peer.next(), peer.next(), peer.next()].map(({ chunks }) => chunks.map(({ type }) => type));
  expect(packets).toEqual([["HEARTBEAT-ACK"], ["COOKIE-ACK"], ["COOKIE-ACK"]]);
});

// RFC 9260 §5.1: who does not establish the association "SHOULD respond with an ABORT chunk".
scriptedTest("a cookie that comes when nobody listens any more is answered with ABORT", {}, ({ a, peer }) => {
  const { cookie } = peer.init();
  a.open().close();
  peer.send({ type: "COOKIE-ECHO", cookie }, peer.data());
  const packet = peer.next();
  expect(packet.verificationTag).toBe(peer.localTag);
  expect(packet.chunks).toEqual([{ type: "ABORT", tBit: false, causes: [] }]);
  expect(a.host.associations).toEqual([]);
});

// RFC 9260 §12.4: an answer "MAY ... omit some or all of the Unrecognized Parameter parameters".
scriptedTest(
  "an INIT full of unknown parameters is answered, and most of them are not repeated",
  {},
  ({ peer }) => {
    const bytes = new Uint8Array(200).fill(0xee);
    bytes.set([0xff, 0xf0, 0, bytes.length]);
    const parameters = Array.from(
      { length: 50 },
      () => ({ type: "UNKNOWN", typeCode: 0xfff0, bytes }) as const,
    );
    const { initAck, cookie } = peer.init({ parameters });
    const reported = initAck.parameters.filter(({ type }) => type === "UNRECOGNIZED-PARAMETER");
    expect(reported.length).toBe(5);
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK");
  },
);
