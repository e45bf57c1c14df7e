import { expect } from "vitest";
import { ladderTest, pattern, scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §9: the end of an association, in peace or not. */

ladderTest("three packets end an association", {}, ({ a, z, connect, until, rungs, network }) => {
  connect();
  a.shutdown();
  until("both have ended", () => a.end !== undefined && z.end !== undefined);
  network.run(10_000);
  expect(rungs()).toEqual(["A → SHUTDOWN", "Z → SHUTDOWN-ACK", "A → SHUTDOWN-COMPLETE"]);
  expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
  expect(z.events("peer-shutdown").length).toBe(1);
});

ladderTest("all that was sent is acknowledged first", {}, ({ a, z, connect, until }) => {
  connect();
  for (let i = 0; i < 50; i++) a.send(5_000);
  a.shutdown();
  expect(() => a.send(1)).toThrow(expect.objectContaining({ code: "ERR_SCTP_SHUTTING_DOWN" }));
  until("both have ended", () => a.end !== undefined && z.end !== undefined);
  expect(z.deliveries.length).toBe(50);
  expect(a.events("failed")).toEqual([]);
});

ladderTest("the other side's data still comes before the end", {}, ({ a, z, connect, until, lose }) => {
  connect();
  lose("Z", "DATA", { count: 2 });
  for (let i = 0; i < 20; i++) z.send(3_000);
  a.shutdown();
  until("both have ended", () => a.end !== undefined && z.end !== undefined);
  expect(a.deliveries.length).toBe(20);
  expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
  // RFC 9260 §9.2: nothing new is taken once the peer's SHUTDOWN is here.
  expect(() => z.send(1)).toThrow();
});

ladderTest("both shut down at the same time", {}, ({ a, z, connect, until }) => {
  connect();
  a.shutdown();
  z.shutdown();
  until("both have ended", () => a.end !== undefined && z.end !== undefined);
  expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
});

ladderTest(
  "a SHUTDOWN without an answer is sent Association.Max.Retrans times, each after twice the time",
  { config: { associationMaxRetrans: 4, rtoMax: 60_000 } },
  ({ a, connect, silence, until }) => {
    connect();
    silence("Z");
    a.shutdown();
    until("A has ended", () => a.end !== undefined, 400_000);
    expect(a.end).toBe("timed-out");
    const times = a.sent("SHUTDOWN").map(({ time }) => time);
    expect(times.length).toBe(5);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000]);
  },
);

ladderTest(
  "T5-shutdown-guard ends what the error counter does not",
  { config: { associationMaxRetrans: 1_000, pathMaxRetrans: 1_000, rtoMax: 2_000 } },
  ({ a, connect, silence, until }) => {
    connect();
    silence("Z");
    const begin = a.host.now;
    a.shutdown();
    until("A has ended", () => a.end !== undefined, 400_000);
    expect(a.end).toBe("timed-out");
    expect(a.host.now - begin).toBe(10_000);
    expect(a.sent("ABORT").length).toBe(1);
  },
);

// RFC 9260 §9.2: the guard is the SHUTDOWN's sender's; the SHUTDOWN ACK is limited by Association.Max.Retrans alone.
scriptedTest(
  "T5-shutdown-guard does not cut the SHUTDOWN ACK short",
  { config: { rtoInitial: 100, rtoMin: 100, rtoMax: 800 } },
  ({ a, peer, network }) => {
    peer.associate();
    peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
    for (let sent = 0; sent <= 10; sent += 1) peer.expect("SHUTDOWN-ACK", 2_000);
    expect(a.end).toBeUndefined();
    network.run(2_000);
    expect(a.end).toBe("timed-out");
    peer.expectNothing(5_000);
  },
);

// RFC 9260 §9.2: it is to "bound the overall time for the shutdown sequence".
scriptedTest(
  "T5-shutdown-guard goes on where the SHUTDOWNs cross",
  { config: { associationMaxRetrans: 1_000, pathMaxRetrans: 1_000, rtoMax: 2_000 } },
  ({ a, peer, network }) => {
    peer.associate();
    const begin = network.now;
    a.shutdown();
    peer.expect("SHUTDOWN");
    network.run(5_000);
    peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
    network.run(begin + 9_900 - network.now);
    expect(a.end).toBeUndefined();
    network.run(200);
    expect(a.end).toBe("timed-out");
  },
);

ladderTest("a lost SHUTDOWN ACK is sent again", {}, ({ a, z, connect, lose, until, rungs }) => {
  connect();
  lose("Z", "SHUTDOWN-ACK");
  a.shutdown();
  until("both have ended", () => a.end !== undefined && z.end !== undefined);
  const seen = rungs();
  expect(seen.slice(0, 2)).toEqual(["A → SHUTDOWN", "Z ✗ SHUTDOWN-ACK"]);
  expect(seen.filter((rung) => rung === "Z → SHUTDOWN-ACK").length).toBeGreaterThan(0);
  expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
});

ladderTest("a lost SHUTDOWN COMPLETE is made good out of the blue", {}, ({ a, z, connect, lose, until }) => {
  connect();
  lose("A", "SHUTDOWN-COMPLETE");
  a.shutdown();
  until("both have ended", () => a.end !== undefined && z.end !== undefined);
  expect([a.end, z.end]).toEqual(["shutdown", "shutdown"]);
  // RFC 9260 §8.4 rule 5: A has no TCB any more and reflects the tag.
  expect(a.sent("SHUTDOWN-COMPLETE").map(({ tBit }) => tBit)).toEqual([false, true]);
});

scriptedTest("in SHUTDOWN-ACK-SENT a SHUTDOWN is answered with SHUTDOWN ACK again", {}, ({ a, peer }) => {
  peer.associate();
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.expect("SHUTDOWN-ACK");
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.expect("SHUTDOWN-ACK", 25);
  peer.send({ type: "SHUTDOWN-COMPLETE", tBit: false });
  peer.expectNothing(5_000);
  expect(a.end).toBe("shutdown");
});

// RFC 9260 §9.2: "If an endpoint is in the SHUTDOWN-SENT state and receives a SHUTDOWN ..., respond ... SHUTDOWN ACK".
scriptedTest("in SHUTDOWN-SENT a SHUTDOWN is answered with SHUTDOWN ACK", {}, ({ a, peer }) => {
  peer.associate();
  a.shutdown();
  peer.expect("SHUTDOWN");
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.expect("SHUTDOWN-ACK", 25);
  peer.send({ type: "SHUTDOWN-ACK" });
  peer.expect("SHUTDOWN-COMPLETE", 25);
  peer.expectNothing(5_000);
  expect(a.end).toBe("shutdown");
});

scriptedTest("a SHUTDOWN acknowledges DATA as a SACK does", {}, ({ a, peer }) => {
  peer.associate();
  a.send(10, { notify: true });
  peer.expect("DATA");
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(1).cumulativeTsn });
  peer.expect("SHUTDOWN-ACK", 25);
  expect(a.events("acknowledged").length).toBe(1);
});

scriptedTest("in SHUTDOWN-RECEIVED our user's shutdown is ignored", {}, ({ a, peer }) => {
  peer.associate();
  a.send(10);
  peer.expect("DATA");
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.expectNothing(50);
  expect(a.association.state).toBe("shutdown-received");
  a.shutdown();
  peer.expectNothing(50);
  expect(a.association.state).toBe("shutdown-received");
  peer.send(peer.sack(1));
  peer.expect("SHUTDOWN-ACK", 25);
});

scriptedTest("in SHUTDOWN-PENDING our user's shutdown is ignored", {}, ({ a, peer }) => {
  peer.associate();
  a.send(10);
  peer.expect("DATA");
  a.shutdown();
  a.shutdown();
  peer.expectNothing(50);
  expect(a.association.state).toBe("shutdown-pending");
  peer.send(peer.sack(1));
  peer.expect("SHUTDOWN", 25);
  peer.expectNothing(500);
});

// RFC 9260 §9.2: "immediately respond to each received packet containing one or more DATA chunks with a SHUTDOWN".
scriptedTest("in SHUTDOWN-SENT every packet of DATA is answered at once", {}, ({ a, peer }) => {
  peer.associate();
  a.shutdown();
  const first = peer.expect("SHUTDOWN");
  for (let i = 1; i <= 3; i++) {
    peer.send(peer.data());
    const { chunks } = peer.next(25);
    const shutdown = chunks.find(({ type }) => type === "SHUTDOWN");
    expect(shutdown).toMatchObject({ cumulativeTsn: first.cumulativeTsn + i });
  }
  expect(a.deliveries.length).toBe(3);
  // T2-shutdown: "MUST resend the SHUTDOWN chunk with the updated last sequential TSN received".
  expect(peer.expect("SHUTDOWN", 2_000).cumulativeTsn).toBe(first.cumulativeTsn + 3);
});

scriptedTest("a gap in SHUTDOWN-SENT is told with a SACK as well", {}, ({ a, peer }) => {
  peer.associate();
  a.shutdown();
  peer.expect("SHUTDOWN");
  peer.data();
  peer.send(peer.data());
  const { chunks } = peer.next(25);
  expect(chunks.map(({ type }) => type).sort()).toEqual(["SACK", "SHUTDOWN"]);
});

// RFC 9260 §9.2: "The reception of any packet from its peer ... SHOULD clear the endpoint's retransmission count".
scriptedTest(
  "in SHUTDOWN-SENT a peer that is alive may be slow",
  { config: { associationMaxRetrans: 2, rtoMax: 4_000 } },
  ({ a, peer }) => {
    peer.associate();
    a.shutdown();
    for (let i = 0; i < 4; i++) {
      peer.expect("SHUTDOWN");
      peer.send({ type: "HEARTBEAT", info: new Uint8Array(8) });
    }
    expect(a.end).toBeUndefined();
    for (let i = 0; i < 2; i++) peer.expect("SHUTDOWN");
    // T5-shutdown-guard would send an ABORT.
    peer.expectNothing(4_500);
    expect(a.end).toBe("timed-out");
  },
);

// RFC 9260 §9.2: "discard the INIT chunk and retransmit the SHUTDOWN ACK chunk".
scriptedTest("in SHUTDOWN-ACK-SENT an INIT is answered with SHUTDOWN ACK", {}, ({ peer }) => {
  peer.associate();
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.expect("SHUTDOWN-ACK");
  peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ initiateTag: 99 }) });
  peer.expect("SHUTDOWN-ACK", 25);
});

// RFC 9260 §9.2: "If a SHUTDOWN chunk is received in the COOKIE-WAIT or COOKIE ECHOED state, ... silently discarded".
scriptedTest("a SHUTDOWN before the association is up is ignored", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  a.send(10);
  const init = peer.await("INIT");
  peer.peerTag = init.initiateTag;
  peer.peerInitialTsn = init.initialTsn;
  // It acknowledges what was not sent yet.
  const shutdown = { type: "SHUTDOWN", cumulativeTsn: peer.sack(1).cumulativeTsn } as const;
  peer.send(shutdown);
  peer.expectNothing(100);
  expect(a.association.state).toBe("cookie-wait");
  peer.answerInit();
  peer.await("COOKIE-ECHO");
  peer.send(shutdown);
  peer.expectNothing(100);
  expect(a.association.state).toBe("cookie-echoed");
  expect(a.association.outstandingChunks).toBe(1);
});

ladderTest("an ABORT ends both at once, with its reason", {}, ({ a, z, connect, network, rungs }) => {
  connect();
  const reason = pattern(20);
  a.send(50_000);
  a.abort(reason);
  network.run(15);
  expect(a.end).toBe("aborted");
  expect(z.end).toBe("peer-aborted");
  expect(z.events("closed")[0]?.causes).toEqual([{ type: "USER-ABORT", reason }]);
  // RFC 9260 §9.1: "MUST NOT be bundled with DATA".
  expect(rungs().filter((rung) => rung.includes("ABORT"))).toEqual(["A → ABORT"]);
  // What was not delivered comes back.
  expect(a.events("failed").length).toBe(1);
  network.run(60_000);
  expect(rungs()).toEqual([]);
});

scriptedTest("an ABORT is not answered", {}, ({ a, peer }) => {
  peer.associate();
  peer.send({ type: "ABORT", tBit: false, causes: [] });
  peer.expectNothing(5_000);
  expect(a.end).toBe("peer-aborted");
});

// RFC 9260 §9.2: "The SHUTDOWN receiver ... MUST ... verify, by checking the Cumulative TSN Ack field of the chunk, that
// all its outstanding DATA chunks have been received by the SHUTDOWN chunk sender."
scriptedTest("a SHUTDOWN acknowledges what closes a gap, too", {}, ({ a, peer }) => {
  peer.associate();
  for (let i = 0; i < 3; i++) a.send(1_400);
  peer.collect(100);
  // The second is lost; SHUTDOWN is sent before it, and again when it has come.
  peer.send(peer.sack(1, { gaps: [{ start: 2, end: 2 }] }));
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(1).cumulativeTsn });
  const again = peer.await("DATA");
  expect(again.tsn).toBe(peer.sack(2).cumulativeTsn);
  expect(a.association.state).toBe("shutdown-received");
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(3).cumulativeTsn });
  peer.expect("SHUTDOWN-ACK", 25);
  expect(a.association.bufferedBytes).toBe(0);
});

// It has no Gap Ack Blocks, so it takes none back: a chunk that was reported by one is not sent again for it.
scriptedTest("a SHUTDOWN reneges on nothing", {}, ({ a, peer }) => {
  peer.associate();
  for (let i = 0; i < 3; i++) a.send(100);
  peer.collect(100);
  peer.send(peer.sack(1, { gaps: [{ start: 2, end: 2 }] }));
  for (let i = 0; i < 4; i++) peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(1).cumulativeTsn });
  const chunks = peer.collect(3_500).filter(({ type }) => type === "DATA");
  expect(chunks.map((chunk) => chunk.type === "DATA" && chunk.tsn)).toEqual([
    peer.sack(2).cumulativeTsn,
    peer.sack(2).cumulativeTsn,
  ]);
});

scriptedTest("a shutdown waits no longer than its messages have time", {}, ({ a, peer, network }) => {
  peer.associate();
  a.send(100);
  peer.await("DATA");
  peer.send(peer.sack(1, { receiverWindow: 0 }));
  network.run(10);
  a.send(500, { lifetime: 300 });
  a.shutdown();
  peer.expectNothing(299);
  peer.expect("SHUTDOWN", 12);
  expect(a.events("failed")).toMatchObject([{ failure: "expired" }]);
});

// RFC 6458 §6.1.11: why a send failed is an error code of RFC 9260 §3.3.10, which the ABORT says, or does not say.
scriptedTest("what an ABORT of the peer fails has its causes", {}, ({ a, peer }) => {
  for (const causes of [[], [{ type: "PROTOCOL-VIOLATION", info: new Uint8Array(0) } as const]]) {
    peer.associate();
    a.send(100);
    peer.await("DATA");
    peer.send({ type: "ABORT", tBit: false, causes });
    peer.expectNothing(10);
    expect(a.events("failed").at(-1)).toMatchObject({ failure: "peer-aborted", causes });
  }
});

ladderTest("an ABORT gets out whatever the length of its reason", {}, ({ a, z, connect, network }) => {
  connect();
  const reason = new Uint8Array(70_000).fill(0x61);
  a.abort(reason);
  network.run(15);
  expect([a.end, z.end]).toEqual(["aborted", "peer-aborted"]);
  // What fits a packet of 1,472 bytes behind the headers of packet, chunk and cause.
  expect(z.events("closed")[0]?.causes).toEqual([{ type: "USER-ABORT", reason: reason.subarray(0, 1_452) }]);
});
