import { expect } from "vitest";
import { asSsn, tsnAdd } from "../../src/base/serial.ts";
import { chunkNames, ladderTest, pattern, scriptedTest } from "../support/ladder-test.ts";
import { unknownChunk } from "../support/scripted-peer.ts";

/** Single clauses of RFC 9260 and RFC 7829 that no other ladder is about; docs/rfc-coverage.md lists them all. */

const HOST_NAME = { type: "HOST-NAME", name: new TextEncoder().encode("example.org\0") } as const;
/** §3.3.10.5: "the complete Type, Length, and Value of the address parameter (or Host Name parameter)". */
const UNRESOLVABLE = {
  type: "UNRESOLVABLE-ADDRESS",
  parameter: Uint8Array.of(0, 11, 0, 16, ...HOST_NAME.name),
} as const;

scriptedTest("§3.1: a packet from or to port 0 is discarded", {}, ({ peer }) => {
  const init = { type: "INIT", ...peer.initBody() } as const;
  peer.sendWith({ tag: 0, port: 0 }, init);
  peer.sendWith({ tag: 0, peerPort: 0 }, init);
  peer.expectNothing(500);
});

scriptedTest("§3.2.2: unknown parameters of an INIT ACK are reported with the COOKIE ECHO", {}, (script) => {
  const { a, peer } = script;
  const bytes = Uint8Array.of(0xc1, 0, 0, 7, 1, 2, 3);
  const last = Uint8Array.of(0xc1, 1, 0, 5, 4);
  a.connect([peer.socket.address]);
  peer.answerInit({
    parameters: [
      { type: "UNKNOWN", typeCode: 0xc100, bytes },
      { type: "UNKNOWN", typeCode: 0x8100, bytes: Uint8Array.of(0x81, 0, 0, 4) },
      { type: "UNKNOWN", typeCode: 0xc101, bytes: last },
    ],
  });
  const { chunks } = peer.next();
  expect(chunks.map(({ type }) => type)).toEqual(["COOKIE-ECHO", "ERROR"]);
  // §3.2: padding between parameters counts, that of the last one does not.
  const reported = Uint8Array.of(...bytes, 0, ...last);
  expect(chunks[1]).toMatchObject({ causes: [{ type: "UNRECOGNIZED-PARAMETERS", bytes: reported }] });
});

scriptedTest("§3.3.2: an INIT with the tag 0 is discarded", {}, ({ peer }) => {
  peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ initiateTag: 0 }) });
  peer.expectNothing(500);
});

for (const receiverWindow of [0, 1_499]) {
  scriptedTest(
    `§3.3.2: an INIT with a window of ${receiverWindow} is answered with ABORT`,
    {},
    ({ a, peer }) => {
      peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ receiverWindow }) });
      const packet = peer.next();
      expect(packet.verificationTag).toBe(peer.localTag);
      expect(packet.chunks).toEqual([
        { type: "ABORT", tBit: false, causes: [{ type: "INVALID-PARAMETER" }] },
      ]);
      expect(a.host.associations).toEqual([]);
    },
  );
}

scriptedTest("§3.3.2, §5.3.1: tags and TSNs begin at random", {}, ({ peer }) => {
  const answers = Array.from({ length: 20 }, () => peer.init().initAck);
  expect(new Set(answers.map(({ initiateTag }) => initiateTag)).size).toBe(20);
  expect(new Set(answers.map(({ initialTsn }) => initialTsn)).size).toBe(20);
});

scriptedTest("§3.3.2.1.4: an INIT with a Host Name is answered with ABORT", {}, ({ a, peer }) => {
  peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters: [HOST_NAME] }) });
  const packet = peer.next();
  expect(packet.verificationTag).toBe(peer.localTag);
  expect(packet.chunks).toEqual([{ type: "ABORT", tBit: false, causes: [UNRESOLVABLE] }]);
  expect(a.host.associations).toEqual([]);
});

scriptedTest("§3.3.2.1.4: an INIT ACK with a Host Name is answered with ABORT", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.answerInit({ parameters: [HOST_NAME] });
  const packet = peer.next();
  expect(packet.verificationTag).toBe(peer.localTag);
  expect(packet.chunks).toEqual([{ type: "ABORT", tBit: false, causes: [UNRESOLVABLE] }]);
  expect(a.end).toBe("protocol-violation");
});

scriptedTest("§3.3.3, §3.3.11: a large cookie goes back byte for byte", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  const cookie = pattern(5_000);
  peer.answerInit({}, cookie);
  expect(peer.expect("COOKIE-ECHO").cookie).toEqual(cookie);
});

scriptedTest("§5.2.1: an INIT in COOKIE-WAIT is answered with what our INIT said", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  const init = peer.await("INIT");
  const { initAck } = peer.init();
  expect([initAck.initiateTag, initAck.initialTsn]).toEqual([init.initiateTag, init.initialTsn]);
  expect(a.association.state).toBe("cookie-wait");
});

scriptedTest("§5.2.1: an INIT in COOKIE-ECHOED may not bring new addresses", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  peer.answerInit();
  peer.await("COOKIE-ECHO");
  const address = "192.0.2.77" as (typeof peer.socket)["address"];
  const parameters = [{ type: "IPV4-ADDRESS", address }] as const;
  peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ initiateTag: 0x77, parameters }) });
  const packet = peer.next(50);
  expect(packet.verificationTag).toBe(0x77);
  expect(packet.chunks).toMatchObject([{ type: "ABORT", causes: [{ type: "RESTART-WITH-NEW-ADDRESSES" }] }]);
  expect(a.association.state).toBe("cookie-echoed");
});

scriptedTest(
  "§5.2.4, 3: an expired cookie is good for the association it made",
  {},
  ({ a, peer, network }) => {
    const { cookie } = peer.init();
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK");
    network.run(20_000);
    peer.clear();
    network.run(41_000);
    peer.clear();
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK", 25);
    expect(a.end).toBeUndefined();
  },
);

scriptedTest("§5.2.4, 3: an expired cookie with other tags is stale", {}, ({ a, peer, network }) => {
  peer.associate();
  const { peerTag } = peer;
  peer.localTag = 0x55555555;
  const { cookie, initAck } = peer.init();
  peer.peerTag = peerTag;
  network.run(60_100);
  peer.clear();
  peer.sendWith({ tag: initAck.initiateTag }, { type: "COOKIE-ECHO", cookie });
  const packet = peer.next(25);
  expect(packet.verificationTag).toBe(0x55555555);
  expect(packet.chunks).toMatchObject([{ type: "ERROR", causes: [{ type: "STALE-COOKIE" }] }]);
  expect(a.events("restarted")).toEqual([]);
});

scriptedTest(
  "§5.4: addresses that are not confirmed are probed HB.Max.Burst at a time",
  { config: { heartbeatMaxBurst: 2 } },
  ({ a, peer, network }) => {
    const addresses = ["10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14"].map(
      (text) => text as (typeof peer.socket)["address"],
    );
    peer.associate({ parameters: addresses.map((address) => ({ type: "IPV4-ADDRESS", address }) as const) });
    const probes = (): number => a.packets.filter(({ bytes }) => chunkNames(bytes) === "HEARTBEAT").length;
    network.run(900);
    expect(probes()).toBe(2);
    network.run(1_000);
    expect(probes()).toBe(4);
  },
);

scriptedTest("§6: in SHUTDOWN-RECEIVED the peer's DATA is discarded", {}, ({ a, peer }) => {
  peer.associate();
  a.send(10);
  peer.expect("DATA");
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.send(peer.data());
  peer.expectNothing(500);
  expect(a.association.state).toBe("shutdown-received");
  expect(a.deliveries).toEqual([]);
});

scriptedTest("§6.3.2 R2: T3 stops when all is acknowledged", {}, ({ a, peer }) => {
  peer.associate();
  a.send(10);
  peer.expect("DATA");
  peer.send(peer.sack(1));
  peer.expectNothing(5_000);
  expect(a.association.statistics.timeouts).toBe(0);
  expect(a.association.paths).toMatchObject([{ errors: 0, state: "active" }]);
});

scriptedTest(
  "§6.3.2 R3: T3 begins anew when the earliest chunk is acknowledged",
  {},
  ({ a, peer, network }) => {
    peer.associate();
    for (let i = 0; i < 2; i++) {
      a.send(1_000);
      peer.expect("DATA");
    }
    const sentAt = network.now;
    network.run(490);
    peer.send(peer.sack(1));
    expect(peer.expect("DATA").tsn).toBe(tsnAdd(peer.peerInitialTsn, 1));
    expect(network.now - sentAt).toBeGreaterThanOrEqual(1_500);
  },
);

scriptedTest("§6.3.2: T3 goes on when a later chunk is acknowledged", {}, ({ a, peer, network }) => {
  peer.associate();
  for (let i = 0; i < 2; i++) {
    a.send(1_000);
    peer.expect("DATA");
  }
  const sentAt = network.now;
  network.run(490);
  peer.send(peer.sack(0, { gaps: [{ start: 2, end: 2 }] }));
  expect(peer.expect("DATA").tsn).toBe(peer.peerInitialTsn);
  expect(network.now - sentAt).toBeLessThan(1_050);
});

ladderTest("§6.4.1: what is meant for a failed destination goes another way", { paths: 2 }, (pair) => {
  const { a, z, connect, network } = pair;
  connect();
  const [, second] = z.host.addresses;
  network.cut("10.1.0.1", "10.1.0.2");
  a.send(10, { destination: second });
  network.run(2_000);
  const before = a.packets.length;
  a.send(20, { destination: second });
  network.run(100);
  const data = a.packets.slice(before).filter(({ bytes }) => chunkNames(bytes).includes("DATA"));
  expect(data.map(({ destination }) => destination)).toEqual(["10.0.0.2"]);
  expect(z.deliveries.map(({ data: bytes }) => bytes.length)).toEqual([10, 20]);
});

scriptedTest("§6.6: the SSN of an unordered message is ignored", { reading: false }, ({ a, peer }) => {
  peer.associate();
  peer.send(peer.data({ unordered: true, ssn: asSsn(999), data: pattern(3) }));
  peer.expect("SACK");
  expect(a.association.receive()).toMatchObject({ unordered: true, ssn: 0, data: pattern(3) });
});

scriptedTest("§8.3: a HEARTBEAT is answered from COOKIE-ECHOED on", {}, ({ a, peer }) => {
  const heartbeat = { type: "HEARTBEAT", info: Uint8Array.of(1, 2, 3, 4) } as const;
  a.connect([peer.socket.address]);
  const init = peer.await("INIT");
  peer.sendWith({ tag: init.initiateTag }, heartbeat);
  peer.expectNothing(500);
  peer.peerTag = init.initiateTag;
  const parameters = [{ type: "STATE-COOKIE", cookie: Uint8Array.of(1) }] as const;
  peer.send({ type: "INIT-ACK", ...peer.initBody({ parameters }) });
  peer.await("COOKIE-ECHO");
  peer.expectNothing(100);
  peer.send(heartbeat);
  expect(peer.expect("HEARTBEAT-ACK", 50).info).toEqual(heartbeat.info);
});

for (const chunk of ["SHUTDOWN", "SHUTDOWN-ACK"] as const) {
  scriptedTest(`§8.3: once ${chunk} is sent no HEARTBEAT is answered or sent`, {}, ({ a, peer, network }) => {
    peer.associate();
    if (chunk === "SHUTDOWN") a.shutdown();
    else peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
    peer.expect(chunk);
    peer.send({ type: "HEARTBEAT", info: new Uint8Array(8) });
    // Whatever the user asks for.
    a.association.requestHeartbeat(peer.socket.address);
    a.association.enableHeartbeat(network.now, peer.socket.address, true);
    const chunks = peer.collect(100_000);
    expect(new Set(chunks.map(({ type }) => type))).toEqual(new Set([chunk]));
  });
}

ladderTest("§8.3 A, C: heartbeats of one destination are turned off, and on", { paths: 2 }, (pair) => {
  const { a, z, connect, network } = pair;
  connect();
  network.run(1_000);
  const [, second] = z.host.addresses;
  if (second === undefined) throw new Error("Z has one address only");
  const asked = (from: number): string[] =>
    a.packets
      .filter(({ time, bytes }) => time >= from && chunkNames(bytes) === "HEARTBEAT")
      .map(({ destination }) => destination);
  a.association.enableHeartbeat(network.now, second, false);
  let from = network.now;
  network.run(120_000);
  expect(new Set(asked(from))).toEqual(new Set(["10.0.0.2"]));
  a.association.enableHeartbeat(network.now, second, true);
  from = network.now;
  network.run(120_000);
  expect(new Set(asked(from))).toEqual(new Set(["10.0.0.2", "10.1.0.2"]));
});

ladderTest(
  "7829 §3.2, 5: a potentially failed path is not asked where heartbeats are off",
  { paths: 2, configA: { heartbeats: false } },
  ({ a, z, connect, network }) => {
    connect();
    network.run(1_000);
    network.cut("10.0.0.1", "10.0.0.2");
    a.send(10);
    // More than HB.interval.
    network.run(100_000);
    expect(z.deliveries.length).toBe(1);
    expect(a.association.paths[0]?.state).toBe("potentially-failed");
    expect(a.sent("HEARTBEAT")).toEqual([]);
  },
);

scriptedTest("§8.4: a lone unknown chunk out of the blue is answered with ABORT", {}, ({ peer }) => {
  peer.sendWith({ tag: 0x1234 }, unknownChunk(0x3f));
  expect(peer.expect("ABORT").tBit).toBe(true);
});

scriptedTest(
  "§9.2: a SHUTDOWN ACK without an answer is sent Association.Max.Retrans times again",
  { config: { associationMaxRetrans: 3 } },
  ({ a, peer }) => {
    peer.associate();
    peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
    for (let i = 0; i < 4; i++) peer.expect("SHUTDOWN-ACK");
    expect(a.end).toBeUndefined();
    peer.expectNothing(20_000);
    expect(a.end).toBe("timed-out");
  },
);

scriptedTest("§9.2: in SHUTDOWN-ACK-SENT a SHUTDOWN ACK ends it", {}, ({ a, peer }) => {
  peer.associate();
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.expect("SHUTDOWN-ACK");
  peer.send({ type: "SHUTDOWN-ACK" });
  expect(peer.expect("SHUTDOWN-COMPLETE").tBit).toBe(false);
  expect(a.end).toBe("shutdown");
});

scriptedTest("§3.3.1: the I bit is on the last fragment of a message that asks for it", {}, ({ a, peer }) => {
  peer.associate();
  a.send(3_000, { immediate: true });
  const bits = peer.collect(50).map((chunk) => chunk.type === "DATA" && chunk.immediate);
  expect(bits).toEqual([false, false, true]);
});

scriptedTest(
  "§5.1.2: listed addresses of a family that we do not have are passed over",
  { config: { reconfiguration: false, partialReliability: false } },
  ({ a, peer }) => {
    const address = "2001:db8::7" as (typeof peer.socket)["address"];
    const parameters = [{ type: "IPV6-ADDRESS", address } as const];
    const { cookie, initAck } = peer.init({ parameters });
    // "SHOULD NOT respond with any kind of error indication": nothing is reported, in the INIT ACK or beside it.
    expect(initAck.parameters.map(({ type }) => type)).toEqual(["STATE-COOKIE"]);
    peer.expectNothing(50);
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK");
    expect(a.association.paths.map(({ destination }) => destination)).toEqual([peer.socket.address]);
    // Nor are they new addresses of a peer that begins anew, for which there is an ABORT.
    peer.restart();
    peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters }) });
    peer.expect("INIT-ACK");
  },
);

scriptedTest(
  "§5.4: a COOKIE ACK to an unconfirmed address has a HEARTBEAT with it",
  {},
  ({ a, peer, network }) => {
    const second = network.socket("10.0.0.3");
    network.link("10.0.0.1", "10.0.0.3", { delay: 10 });
    const { cookie } = peer.init({ parameters: [{ type: "IPV4-ADDRESS", address: second.address }] });
    const [destination] = a.host.addresses;
    if (destination === undefined) throw new Error("A has no address");
    second.send(peer.packet({}, { type: "COOKIE-ECHO", cookie }), destination, a.host.udpPort);
    network.run(50);
    expect(second.received.map(({ bytes }) => chunkNames(bytes))).toEqual(["COOKIE-ACK HEARTBEAT"]);
  },
);

scriptedTest("§6.1 A: no chunk is cut to fit a window", {}, ({ a, peer }) => {
  peer.associate({ receiverWindow: 1_500 });
  a.send(1_000);
  a.send(1_000);
  expect(peer.expect("DATA").data.length).toBe(1_000);
  peer.send(peer.sack(1, { receiverWindow: 700 }));
  peer.expectNothing(900);
  // It probes the window, whole.
  expect(peer.expect("DATA").data.length).toBe(1_000);
});

scriptedTest("§6.2.1 D i: a SACK that was overtaken says nothing", {}, ({ a, peer, network }) => {
  peer.associate();
  for (let i = 0; i < 3; i++) {
    a.send(10);
    peer.expect("DATA");
  }
  peer.send(peer.sack(2, { receiverWindow: 50_000 }));
  peer.send(peer.sack(1, { receiverWindow: 0, gaps: [{ start: 2, end: 2 }] }));
  network.run(15);
  expect(a.association.peerWindow).toBe(50_000);
  expect(a.association.outstandingChunks).toBe(1);
});

scriptedTest("§6.3.2 R4: T3 starts for what is reneged on", {}, ({ a, peer, network }) => {
  peer.associate();
  a.send(10);
  peer.expect("DATA");
  peer.send(peer.sack(0, { gaps: [{ start: 1, end: 1 }] }));
  peer.expectNothing(5_000);
  peer.send(peer.sack(0));
  const reneged = network.now + 10;
  expect(peer.expect("DATA").tsn).toBe(peer.peerInitialTsn);
  expect(network.now - reneged).toBeGreaterThanOrEqual(1_000);
});

ladderTest("§6.4: a fast retransmission goes where the chunk went before", { paths: 2 }, (pair) => {
  const { a, z, connect, lose, network, until } = pair;
  connect();
  network.run(1_000);
  a.send(40_000);
  until("that is over", () => z.deliveries.length === 1);
  const before = a.packets.length;
  lose("A", "DATA", { nth: 2 });
  a.send(60_000);
  until("it is here", () => z.deliveries.length === 2);
  expect(a.association.statistics).toMatchObject({ fastRetransmissions: 1, timeouts: 0 });
  expect(new Set(a.packets.slice(before).map(({ destination }) => destination))).toEqual(
    new Set(["10.0.0.2"]),
  );
});
