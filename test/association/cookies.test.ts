import { expect } from "vitest";
import { ladderTest, pattern, type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §5.1 and §5.1.5: what travels with a cookie, and cookies that come again when their time is over. */

ladderTest("a lost INIT ACK: the INIT is sent again after RTO.Initial, and is the same", {}, (pair) => {
  const { a, z, lose, rungs, until } = pair;
  lose("Z", "INIT-ACK");
  a.connect();
  until("both are established", () => a.established && z.established);
  expect(rungs()).toEqual([
    "A → INIT",
    "Z ✗ INIT-ACK",
    "A → INIT",
    "Z → INIT-ACK",
    "A → COOKIE-ECHO",
    "Z → COOKIE-ACK",
  ]);
  const [first, second] = a.sent("INIT");
  expect((second?.time ?? 0) - (first?.time ?? 0)).toBe(1_000);
  expect({ ...second, time: 0 }).toEqual({ ...first, time: 0 });
  expect(z.host.associations.length).toBe(1);
});

// RFC 9260 §5.1 C: DATA may go with the COOKIE ECHO; its SACK goes with the COOKIE ACK.
ladderTest("DATA goes with the COOKIE ECHO, and its SACK with the COOKIE ACK", {}, (pair) => {
  const { a, z, network, rungs } = pair;
  a.connect();
  for (const length of [10, 20]) a.send(length);
  network.run(1_000);
  expect(rungs()).toEqual(["A → INIT", "Z → INIT-ACK", "A → COOKIE-ECHO DATA DATA", "Z → COOKIE-ACK SACK"]);
  expect(z.deliveries.map(({ data }) => data.length)).toEqual([10, 20]);
  expect(a.association.statistics).toMatchObject({ retransmissions: 0, timeouts: 0 });
});

// RFC 9260 §5.1 D: "A COOKIE ACK chunk MAY be bundled with any pending DATA chunks (and/or SACK chunks)".
ladderTest("DATA that waits for the handshake goes with the COOKIE ACK", {}, (pair) => {
  const { a, z, network, lose, rungs } = pair;
  lose("Z", "INIT");
  a.connect();
  a.send(10);
  z.connect();
  for (const length of [20, 30]) z.send(length);
  network.run(900);
  expect(rungs()).toEqual([
    "A → INIT",
    "Z ✗ INIT",
    "Z → INIT-ACK",
    "A → COOKIE-ECHO DATA",
    "Z → COOKIE-ACK SACK DATA DATA",
    "A → SACK",
  ]);
  expect(a.deliveries.map(({ data }) => data.length)).toEqual([20, 30]);
  expect(z.deliveries.map(({ data }) => data.length)).toEqual([10]);
});

for (const lost of ["COOKIE-ECHO", "COOKIE-ACK"] as const) {
  ladderTest(`a lost ${lost} with DATA: both are sent again, and each message comes once`, {}, (pair) => {
    const { a, z, network, lose, rungs } = pair;
    lose(lost === "COOKIE-ECHO" ? "A" : "Z", lost);
    a.connect();
    for (const length of [10, 20]) a.send(length);
    network.run(5_000);
    expect(rungs().filter((rung) => rung.includes("COOKIE-ECHO"))).toEqual([
      `A ${lost === "COOKIE-ECHO" ? "✗" : "→"} COOKIE-ECHO DATA DATA`,
      "A → COOKIE-ECHO DATA DATA",
    ]);
    expect(z.deliveries.map(({ data }) => data.length)).toEqual([10, 20]);
    expect(a.association.bufferedBytes).toBe(0);
    expect([z.events("established").length, z.events("restarted")]).toEqual([1, []]);
  });
}

scriptedTest("DATA behind a COOKIE ACK is taken", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.answerInit();
  peer.await("COOKIE-ECHO");
  const data = peer.data({ data: pattern(64) });
  peer.send({ type: "COOKIE-ACK" }, data);
  // §5.1: the first DATA of an association is acknowledged at once.
  expect(peer.expect("SACK", 25).cumulativeTsn).toBe(data.tsn);
  expect(a.deliveries.map(({ data: bytes }) => bytes)).toEqual([pattern(64)]);
});

// §6: "A DATA chunk received in any other state SHOULD be discarded."
scriptedTest("DATA before the COOKIE ACK is discarded", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.answerInit();
  peer.await("COOKIE-ECHO");
  peer.send(peer.data());
  peer.expectNothing(100);
  peer.send({ type: "COOKIE-ACK" });
  peer.expectNothing(500);
  expect([a.association.state, a.deliveries]).toEqual(["established", []]);
});

/** The peer's COOKIE ECHO with DATA, which has made the association; whatever comes after is a replay of it. */
function establishWith(script: Script): { replay(): void } {
  const { peer } = script;
  const { cookie, initAck } = peer.init();
  const data = peer.data();
  const replay = (): void =>
    peer.sendWith({ tag: initAck.initiateTag }, { type: "COOKIE-ECHO", cookie }, data);
  replay();
  peer.await("COOKIE-ACK");
  return { replay };
}

// §5.2.4 D, §6.2: the cookie is acknowledged again, and the DATA is a duplicate.
scriptedTest("a replay while the association is up is acknowledged, and delivers nothing", {}, (script) => {
  const { a, peer } = script;
  const { replay } = establishWith(script);
  replay();
  const { chunks } = peer.next(25);
  expect(chunks.map(({ type }) => type)).toEqual(["COOKIE-ACK", "SACK"]);
  expect(chunks[1]).toMatchObject({ cumulativeTsn: peer.initialTsn, duplicates: [peer.initialTsn] });
  expect(a.deliveries.length).toBe(1);
  expect([a.events("established").length, a.events("restarted")]).toEqual([1, []]);
});

for (const end of ["shutdown", "abort"] as const) {
  scriptedTest(`a replay after the association has ended by ${end} makes no new one`, {}, (script) => {
    const { a, peer, network } = script;
    const { replay } = establishWith(script);
    if (end === "abort") a.abort();
    else {
      peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
      peer.await("SHUTDOWN-ACK");
      peer.send({ type: "SHUTDOWN-COMPLETE", tBit: false });
    }
    network.run(15);
    peer.clear();
    replay();
    peer.expectNothing(1_000);
    expect(a.host.associations.length).toBe(1);
    expect(a.open().associations.size).toBe(0);
    expect(a.deliveries.length).toBe(1);
  });
}

// §5.1.5, 4: "If the elapsed time is longer than the lifespan ..., the packet ... SHOULD be discarded, and the endpoint
// MUST transmit an ERROR chunk with a 'Stale Cookie' error cause".
scriptedTest("a replay past the life of the cookie is stale when the association has ended", {}, (script) => {
  const { a, peer, network } = script;
  const { replay } = establishWith(script);
  a.abort();
  network.run(61_000);
  peer.clear();
  replay();
  const packet = peer.next(25);
  expect(packet.verificationTag).toBe(peer.localTag);
  expect(packet.chunks).toMatchObject([{ type: "ERROR", causes: [{ type: "STALE-COOKIE" }] }]);
  expect([a.host.associations.length, a.deliveries.length]).toEqual([1, 1]);
});

// §3.3.10.3: the Measure of Staleness has 32 bits of microseconds, some 71 minutes.
scriptedTest(
  "a cookie that is staler than can be told is told as stale as can be",
  {},
  ({ a, peer, network }) => {
    const { cookie } = peer.init();
    network.run(60_000 + 5_000_000);
    peer.send({ type: "COOKIE-ECHO", cookie });
    expect(peer.expect("ERROR").causes).toEqual([{ type: "STALE-COOKIE", staleness: 0xffff_ffff }]);
    expect(a.host.associations).toEqual([]);
  },
);
