import { expect } from "vitest";
import { asSsn, asTsn } from "../../src/base/serial.ts";
import { fragment, IDATA } from "../support/idata.ts";
import { ladderTest, pattern, scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §5.2.2 and §5.2.4: a peer that begins anew. */

scriptedTest(
  "a peer that begins anew is a restart, and what was sent before has failed",
  {},
  ({ a, peer }) => {
    peer.associate();
    a.send(100, { context: "before" });
    peer.await("DATA");
    a.host.takeEvents();

    peer.localTag = 0x55555555;
    peer.associate();
    const types = a.host.events.map(({ type }) => type);
    expect(a.events("restarted").length).toBe(1);
    expect(a.events("failed")).toMatchObject([
      { failure: "restarted", sent: true, message: { context: "before" } },
    ]);
    expect(types.indexOf("failed")).toBeLessThan(types.indexOf("restarted"));
    expect(a.end).toBeUndefined();

    // The association goes on with new tags and new TSNs, both ways.
    a.send(7);
    const data = peer.expect("DATA");
    expect([data.data.length, data.ssn, data.tsn]).toEqual([7, 0, peer.peerInitialTsn]);
    expect(a.host.associations.length).toBe(1);
  },
);

// RFC 9260 §5.2.4 A: "All the congestion control parameters ... MUST be reset to their initial values".
scriptedTest("a restart begins with the first window again", {}, ({ a, peer, network }) => {
  peer.associate();
  const initial = a.association.paths[0]?.cwnd;
  a.send(100_000);
  for (let acknowledged = 0; acknowledged < 40; ) {
    acknowledged += peer.collect(30).filter(({ type }) => type === "DATA").length;
    peer.send(peer.sack(acknowledged));
  }
  network.run(15);
  expect(a.association.paths[0]?.cwnd).toBeGreaterThan(initial ?? Infinity);
  peer.clear();
  peer.localTag = 0x55555555;
  peer.associate();
  expect(a.association.paths[0]?.cwnd).toBe(initial);
});

scriptedTest("the old tag is dead after a restart", {}, ({ a, peer }) => {
  peer.associate();
  const old = peer.peerTag;
  peer.localTag = 0x55555555;
  peer.associate();
  peer.sendWith({ tag: old }, { type: "HEARTBEAT", info: new Uint8Array(8) });
  // RFC 9260 §8.5: "MUST silently discard the packet": it is of the peer of an association, not out of the blue.
  peer.expectNothing(100);
  expect(a.end).toBeUndefined();
});

scriptedTest("an INIT alone leaves the association as it is", {}, ({ a, peer }) => {
  peer.associate();
  const { peerTag, peerInitialTsn } = peer;
  peer.localTag = 0x55555555;
  const { initAck } = peer.init();
  // RFC 9260 §5.2.2: "a new Initiate Tag (randomly generated)".
  expect(initAck.initiateTag).not.toBe(peerTag);
  peer.peerTag = peerTag;
  peer.peerInitialTsn = peerInitialTsn;
  a.send(10);
  expect(peer.next().verificationTag).toBe(0x0a0b0c0d);
  expect(a.events("restarted")).toEqual([]);
});

// RFC 9260 §5.2.2: "If new addresses are added to the association, the endpoint MUST respond with an ABORT chunk".
scriptedTest("a restart must not bring new addresses", {}, ({ a, peer }) => {
  peer.associate();
  const address = "192.0.2.77" as (typeof peer.socket)["address"];
  const parameters = [{ type: "IPV4-ADDRESS", address }] as const;
  peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ initiateTag: 0x77, parameters }) });
  const packet = peer.next();
  expect(packet.verificationTag).toBe(0x77);
  // §3.3.10.11: it lists the one that is new, as a parameter: type 5, length 8.
  const listed = Uint8Array.of(0, 5, 0, 8, 192, 0, 2, 77);
  expect(packet.chunks).toEqual([
    { type: "ABORT", tBit: false, causes: [{ type: "RESTART-WITH-NEW-ADDRESSES", parameters: listed }] },
  ]);
  expect(a.association.state).toBe("established");
});

scriptedTest("a cookie that comes twice is answered twice, and is no restart", {}, ({ a, peer }) => {
  const { cookie } = peer.init();
  for (let i = 0; i < 2; i++) {
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK", 25);
  }
  expect(a.events("restarted")).toEqual([]);
  expect(a.events("established").length).toBe(1);
});

scriptedTest("a cookie of before the last restart is discarded", {}, ({ a, peer }) => {
  peer.associate();
  peer.localTag = 0x55555555;
  const before = peer.init();
  peer.send({ type: "COOKIE-ECHO", cookie: before.cookie });
  peer.expect("COOKIE-ACK");
  peer.localTag = 0x66666666;
  peer.associate();
  peer.sendWith({ tag: before.initAck.initiateTag }, { type: "COOKIE-ECHO", cookie: before.cookie });
  peer.expectNothing(1_000);
  expect(a.events("restarted").length).toBe(2);
});

scriptedTest("a HEARTBEAT of before a restart is no error after it", {}, ({ a, peer }) => {
  peer.associate();
  a.association.requestHeartbeat(peer.socket.address);
  a.host.driver.wake();
  peer.expect("HEARTBEAT");
  peer.localTag = 0x55555555;
  peer.associate();
  peer.expect("HEARTBEAT", 40_000);
  expect(a.association.paths[0]?.errors).toBe(0);
});

// RFC 9260 §5.2.4 A: in SHUTDOWN-ACK-SENT "resend the SHUTDOWN ACK chunk and send an ERROR chunk".
scriptedTest("a restart while we shut down waits", {}, ({ a, peer }) => {
  peer.associate();
  const { peerTag } = peer;
  peer.localTag = 0x55555555;
  const { cookie, initAck } = peer.init();
  peer.localTag = 0x0a0b0c0d;
  peer.peerTag = peerTag;
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.expect("SHUTDOWN-ACK");
  peer.sendWith({ tag: initAck.initiateTag }, { type: "COOKIE-ECHO", cookie });
  const { chunks } = peer.next(25);
  const names = chunks.map(({ type }) => type);
  expect(names).toContain("SHUTDOWN-ACK");
  expect(chunks.find(({ type }) => type === "ERROR")).toMatchObject({
    causes: [{ type: "COOKIE-WHILE-SHUTTING-DOWN" }],
  });
  expect(a.events("restarted")).toEqual([]);
});

ladderTest(
  "the receiver of a restart gets whole messages before and after",
  {},
  ({ a, z, connect, network }) => {
    connect();
    a.send(10);
    network.run(500);
    // A forgets everything: its endpoint goes without a word, and comes again on the same port.
    const gone = a.association;
    const heal = network.filter(({ source }) => !a.host.addresses.includes(source));
    gone.abort(new Uint8Array(0));
    a.host.driver.wake();
    network.run(100);
    heal();
    a.connect();
    network.run(1_000);
    expect(z.events("restarted").length).toBe(1);
    a.send(20);
    z.send(30);
    network.run(1_000);
    expect(z.deliveries.map(({ data }) => data.length)).toEqual([10, 20]);
    expect(a.deliveries.map(({ data }) => data.length)).toEqual([30]);
    expect(a.association).not.toBe(gone);
  },
);

scriptedTest(
  "who waits for room hears of it when all that was buffered has failed",
  { config: { sendBuffer: 10_000 } },
  ({ a, peer }) => {
    peer.associate();
    expect(a.send(20_000)).toBe(false);
    peer.await("DATA");
    a.host.takeEvents();
    peer.localTag = 0x55555555;
    peer.associate();
    expect(a.association.bufferedBytes).toBe(0);
    expect(a.host.events.map(({ type }) => type).filter((type) => type !== "path")).toEqual([
      "failed",
      "restarted",
      "drain",
      "dry",
    ]);
  },
);

// RFC 9260 §5.1: "After the reception of the first DATA chunk in an association, the endpoint MUST immediately respond
// with a SACK chunk": what follows a restart is a new association.
scriptedTest("the first DATA after a restart is acknowledged at once", {}, ({ peer }) => {
  peer.associate();
  peer.send(peer.data());
  peer.await("SACK", 25);
  peer.localTag = 0x55555555;
  peer.initialTsn = asTsn(70_000);
  peer.associate();
  const first = peer.data({ tsn: peer.initialTsn, ssn: asSsn(0) });
  peer.send(first);
  expect(peer.expect("SACK", 25)).toMatchObject({ cumulativeTsn: first.tsn, gaps: [] });
});

scriptedTest(
  "parts of a message that will never end are not read as if the next message went on with them",
  { config: { receiveBuffer: 4_000 }, reading: false },
  ({ a, peer, network }) => {
    peer.associate();
    peer.send(peer.data({ ending: false, data: pattern(1_400) }));
    peer.send(peer.data({ beginning: false, ending: false, data: pattern(1_400) }));
    network.run(50);
    peer.localTag = 0x55555555;
    peer.initialTsn = asTsn(70_000);
    peer.associate();
    peer.send(peer.data({ tsn: peer.initialTsn, ssn: asSsn(0) }));
    network.run(50);
    const all = [a.association.receive(), a.association.receive(), a.association.receive()];
    const [last] = all.filter((it) => it !== undefined).slice(-1);
    expect(last).toMatchObject({ tsn: 70_000, more: false, continuation: false });
  },
);

for (const interleaving of [false, true]) {
  scriptedTest(
    `a message that is there in parts from its beginning to its end is read after a restart, interleaving ${interleaving}`,
    { config: { partialDeliveryPoint: 1_000, interleaving }, reading: false },
    ({ a, peer, network }) => {
      peer.associate({ parameters: interleaving ? [IDATA] : [] });
      const data = pattern(1_400);
      let count = 0;
      const send = (stream: number, beginning: boolean, ending: boolean): void => {
        const parts = { stream, beginning, ending, data };
        const fsn = beginning ? 0 : 1;
        peer.send(
          interleaving ? fragment(peer, count, { ...parts, fsn }) : peer.data({ ...parts, ssn: asSsn(0) }),
        );
        count += 1;
        network.run(20);
      };
      // Read in part; whole; without its end.
      send(1, true, false);
      expect(a.association.receive()).toMatchObject({ stream: 1, more: true });
      send(1, false, true);
      send(2, true, false);
      send(2, false, true);
      send(3, true, false);
      expect(a.association.unreadMessages).toBe(4);
      peer.localTag = 0x55555555;
      peer.associate({ parameters: interleaving ? [IDATA] : [] });
      expect([a.association.receive(), a.association.receive()]).toMatchObject([
        { stream: 2, more: true, continuation: false },
        { stream: 2, more: false, continuation: true },
      ]);
      expect([a.association.receive(), a.association.unreadBytes]).toEqual([undefined, 0]);
    },
  );
}
