import { describe, expect } from "vitest";
import { asTsn, tsnDiff } from "../../src/base/serial.ts";
import { IDATA } from "../support/idata.ts";
import { ladderTest, type Script, scriptedTest } from "../support/ladder-test.ts";
import { reachState } from "../support/reach-state.ts";
import type { ScriptedPeer } from "../support/scripted-peer.ts";

/**
 * RFC 9260 §5.2.4, Table 12, end to end: a COOKIE ECHO that meets its association. The titles give the columns: Local
 * Tag, Peer's Tag, and the two Tie-Tags; M matches, X does not, 0 is unknown or absent.
 */

const FIRST = 0x11111111;
const SECOND = 0x22222222;
const FIRST_TSN = asTsn(5_000);
const SECOND_TSN = asTsn(900_000);

/** A cookie of the stack, and the tag that goes with it. */
interface Cookie {
  readonly cookie: Uint8Array;
  readonly tag: number;
}

/** The peer sends an INIT with this tag and Initial TSN, and goes on as the one that it was. */
function cookieFor(peer: ScriptedPeer, tag: number, initialTsn: typeof FIRST_TSN): Cookie {
  const { peerTag, peerInitialTsn } = peer;
  const { cookie, initAck } = peer.init({ initiateTag: tag, initialTsn });
  Object.assign(peer, { peerTag, peerInitialTsn });
  return { cookie, tag: initAck.initiateTag };
}

/** The peer is from now on the one of this tag and Initial TSN. */
function become(peer: ScriptedPeer, tag: number, initialTsn: typeof FIRST_TSN): void {
  peer.localTag = tag;
  peer.initialTsn = initialTsn;
}

function echo(peer: ScriptedPeer, { cookie, tag }: Cookie): void {
  peer.sendWith({ tag }, { type: "COOKIE-ECHO", cookie });
}

/** A in COOKIE-WAIT; its INIT is read. */
function connecting({ a, peer }: Script): void {
  a.connect([peer.socket.address]);
  const init = peer.await("INIT");
  peer.peerTag = init.initiateTag;
  peer.peerInitialTsn = init.initialTsn;
}

/** Answers the INIT that was read. */
function initAck(peer: ScriptedPeer): void {
  const parameters = [{ type: "STATE-COOKIE", cookie: Uint8Array.of(1, 2, 3, 4) }] as const;
  peer.send({ type: "INIT-ACK", ...peer.initBody({ parameters }) });
  peer.await("COOKIE-ECHO");
}

/** Both directions work, with the tags and TSNs that the peer has now. */
function expectData({ a, peer }: Script): void {
  a.send(7);
  const packet = peer.next();
  expect(packet.verificationTag).toBe(peer.localTag);
  expect(packet.chunks).toMatchObject([{ type: "DATA", tsn: peer.peerInitialTsn }]);
  peer.send(peer.sack(1));
  const before = a.deliveries.length;
  const data = peer.data();
  peer.send(data);
  expect(peer.await("SACK", 500).cumulativeTsn).toBe(data.tsn);
  expect(a.deliveries.length).toBe(before + 1);
  expect(a.association.bufferedBytes).toBe(0);
}

scriptedTest(
  "A: X X M M: the association begins anew under the tags and TSNs of the cookie",
  {},
  (script) => {
    const { a, peer } = script;
    become(peer, FIRST, FIRST_TSN);
    peer.associate();
    const { localTag } = a.association;
    become(peer, SECOND, SECOND_TSN);
    const { cookie, initAck } = peer.init();
    peer.send({ type: "COOKIE-ECHO", cookie });
    const packet = peer.next();
    expect(packet.verificationTag).toBe(SECOND);
    expect(packet.chunks).toEqual([{ type: "COOKIE-ACK" }]);
    expect(initAck.initiateTag).not.toBe(localTag);
    expect(a.association).toMatchObject({
      state: "established",
      localTag: initAck.initiateTag,
      peerTag: SECOND,
    });
    expect([a.events("established").length, a.events("restarted").length]).toEqual([1, 1]);
    expectData(script);
  },
);

ladderTest(
  "A: X X M M between two stacks: one of them has crashed",
  {},
  ({ a, z, connect, network, until }) => {
    connect();
    const [before] = z.host.associations;
    const tags = [before?.localTag, before?.peerTag];
    const heal = network.filter(({ source }) => !a.host.addresses.includes(source));
    a.abort();
    network.run(100);
    heal();
    a.connect();
    until("A is up again", () => a.association.state === "established");
    expect(z.host.associations).toEqual([before]);
    expect(z.events("restarted").length).toBe(1);
    // Figure 5: Tag_A' and Tag_Z'.
    expect(before?.peerTag).toBe(a.association.localTag);
    expect(before?.localTag).toBe(a.association.peerTag);
    expect(tags).not.toContain(before?.localTag);
    expect(tags).not.toContain(before?.peerTag);
  },
);

// "After this, the endpoint enters the ESTABLISHED state": the shutdown of the former one is over with it.
for (const state of ["shutdown-pending", "shutdown-sent", "shutdown-received"] as const) {
  scriptedTest(`A: X X M M in ${state}: it is up again, and shuts down no more`, {}, (script) => {
    const { a, peer } = script;
    reachState(script, state);
    const hasMessage = a.association.bufferedBytes > 0;
    become(peer, SECOND, SECOND_TSN);
    peer.associate();
    expect(a.association).toMatchObject({ state: "established", peerTag: SECOND });
    expect(a.events("restarted").length).toBe(1);
    expect(a.events("failed").map(({ failure }) => failure)).toEqual(hasMessage ? ["restarted"] : []);
    peer.clear();
    peer.expectNothing(10_000);
    expectData(script);
  });
}

// "stop any T1-init or T1-cookie timers that might be running, and send a COOKIE ACK chunk".
scriptedTest("B: M 0 in COOKIE-WAIT, the cookie without Tie-Tags: T1-init stops", {}, (script) => {
  const { a, peer, network } = script;
  connecting(script);
  become(peer, FIRST, FIRST_TSN);
  const cookie = cookieFor(peer, FIRST, FIRST_TSN);
  // §5.2.1: the tag of our own INIT.
  expect(cookie.tag).toBe(peer.peerTag);
  echo(peer, cookie);
  expect(peer.next().chunks).toEqual([{ type: "COOKIE-ACK" }]);
  expect(a.association).toMatchObject({ state: "established", peerTag: FIRST });
  peer.expectNothing(10_000);
  expectData(script);
  expect(network.now).toBeLessThan(20_000);
  expect(a.host.associations.length).toBe(1);
});

scriptedTest(
  "B: M X in COOKIE-ECHOED, the cookie without Tie-Tags: the peer's tag is the cookie's",
  {},
  (script) => {
    const { a, peer } = script;
    connecting(script);
    const cookie = cookieFor(peer, SECOND, SECOND_TSN);
    become(peer, FIRST, FIRST_TSN);
    initAck(peer);
    expect(a.association).toMatchObject({ state: "cookie-echoed", peerTag: FIRST });
    become(peer, SECOND, SECOND_TSN);
    echo(peer, cookie);
    const packet = peer.next(25);
    expect(packet.verificationTag).toBe(SECOND);
    expect(packet.chunks).toEqual([{ type: "COOKIE-ACK" }]);
    expect(a.association).toMatchObject({ state: "established", peerTag: SECOND });
    // T1-cookie has stopped.
    peer.expectNothing(10_000);
    expectData(script);
  },
);

scriptedTest("B: M X in COOKIE-ECHOED, the cookie with Tie-Tags: no restart either", {}, (script) => {
  const { a, peer } = script;
  connecting(script);
  become(peer, FIRST, FIRST_TSN);
  initAck(peer);
  const cookie = cookieFor(peer, SECOND, SECOND_TSN);
  become(peer, SECOND, SECOND_TSN);
  echo(peer, cookie);
  expect(peer.next(25).chunks).toEqual([{ type: "COOKIE-ACK" }]);
  expect(a.association).toMatchObject({ state: "established", peerTag: SECOND });
  expect([a.events("established").length, a.events("restarted")]).toEqual([1, []]);
  peer.expectNothing(10_000);
  expectData(script);
});

scriptedTest("B: M X in COOKIE-ECHOED: what went with the COOKIE ECHO goes again, at once", {}, (script) => {
  const { a, peer, network } = script;
  connecting(script);
  a.send(10, { notify: true });
  const cookie = cookieFor(peer, SECOND, SECOND_TSN);
  become(peer, FIRST, FIRST_TSN);
  initAck(peer);
  become(peer, SECOND, SECOND_TSN);
  echo(peer, cookie);
  const { chunks } = peer.next(25);
  expect(chunks.map(({ type }) => type)).toEqual(["COOKIE-ACK", "DATA"]);
  expect(chunks[1]).toMatchObject({ tsn: peer.peerInitialTsn, ssn: 0 });
  peer.send(peer.sack(1));
  network.run(15);
  expect(a.events("acknowledged").length).toBe(1);
});

const SIZE = 3_000;
const RECORD = 1_700;

/** A small message, which goes with the COOKIE ECHO, a large one, and two parts of a record. */
function sendMuch({ a }: Script): void {
  a.send(10, { stream: 2, unordered: true });
  a.send(SIZE, { notify: true });
  a.send(RECORD, { stream: 1, more: true });
  a.send(RECORD, { stream: 1 });
}

describe.each([
  ["no interleaving, where it had it", [IDATA], [], "DATA"],
  ["interleaving, where it had none", [], [IDATA], "I-DATA"],
] as const)("B: M X in COOKIE-ECHOED, of a peer that now has %s", (_, first, second, type) => {
  scriptedTest(
    "all is cut anew as was agreed on last, from the Initial TSN (RFC 8260 §2.2.1)",
    { config: { interleaving: true } },
    (script) => {
      const { a, peer } = script;
      connecting(script);
      sendMuch(script);
      const { peerTag, peerInitialTsn } = peer;
      const { cookie, initAck: answer } = peer.init({
        initiateTag: SECOND,
        initialTsn: SECOND_TSN,
        parameters: second,
      });
      Object.assign(peer, { peerTag, peerInitialTsn });
      become(peer, FIRST, FIRST_TSN);
      const parameters = [{ type: "STATE-COOKIE", cookie: Uint8Array.of(1, 2, 3, 4) }, ...first] as const;
      peer.send({ type: "INIT-ACK", ...peer.initBody({ parameters }) });
      const echoed = peer.next(25).chunks.map((chunk) => chunk.type);
      expect(echoed).toEqual(["COOKIE-ECHO", type === "DATA" ? "I-DATA" : "DATA"]);
      become(peer, SECOND, SECOND_TSN);
      echo(peer, { cookie, tag: answer.initiateTag });
      expect(a.association.bufferedBytes).toBe(SIZE + 2 * RECORD + 10);
      const received = new Map<number, number>();
      const tsns: number[] = [];
      for (let round = 0; round < 6; round += 1) {
        for (const chunk of peer.collect(15)) {
          if (chunk.type !== "DATA" && chunk.type !== "I-DATA") continue;
          expect(chunk.type).toBe(type);
          received.set(chunk.stream, (received.get(chunk.stream) ?? 0) + chunk.data.length);
          tsns.push(tsnDiff(chunk.tsn, peer.peerInitialTsn));
        }
        peer.send(peer.sack(tsns.length));
      }
      expect(tsns).toEqual(tsns.map((_unused, index) => index));
      expect(received).toEqual(
        new Map([
          [2, 10],
          [0, SIZE],
          [1, 2 * RECORD],
        ]),
      );
      expect([a.association.state, a.association.bufferedBytes]).toEqual(["established", 0]);
      expect(a.events("acknowledged").length).toBe(1);
    },
  );
});

// "The endpoint SHOULD stay in or enter the ESTABLISHED state, but it MUST update its peer's Verification Tag".
scriptedTest("B: M X in ESTABLISHED: it stays there, and has the new tag", {}, (script) => {
  const { a, peer } = script;
  connecting(script);
  const cookie = cookieFor(peer, SECOND, FIRST_TSN);
  become(peer, FIRST, FIRST_TSN);
  initAck(peer);
  peer.send({ type: "COOKIE-ACK" });
  peer.expectNothing(15);
  peer.localTag = SECOND;
  echo(peer, cookie);
  const packet = peer.next(25);
  expect(packet.verificationTag).toBe(SECOND);
  expect(packet.chunks).toEqual([{ type: "COOKIE-ACK" }]);
  expect(a.association).toMatchObject({ state: "established", peerTag: SECOND });
  expect([a.events("established").length, a.events("restarted")]).toEqual([1, []]);
  expectData(script);
});

// "The endpoint SHOULD NOT change states and SHOULD leave any timers running."
scriptedTest("C: X M 0 0 in COOKIE-ECHOED is late: discarded, and T1-cookie goes on", {}, (script) => {
  const { a, peer, network } = script;
  become(peer, FIRST, FIRST_TSN);
  const late = cookieFor(peer, FIRST, FIRST_TSN);
  connecting(script);
  initAck(peer);
  const { localTag } = a.association;
  expect(localTag).not.toBe(late.tag);
  const sentAt = a.sent("COOKIE-ECHO")[0]?.time ?? 0;
  echo(peer, late);
  peer.expectNothing(500);
  expect(a.association).toMatchObject({ state: "cookie-echoed", localTag, peerTag: FIRST });
  peer.expect("COOKIE-ECHO");
  expect((a.sent("COOKIE-ECHO")[1]?.time ?? 0) - sentAt).toBe(1_000);
  peer.send({ type: "COOKIE-ACK" });
  network.run(15);
  expect(a.association.state).toBe("established");
  expect(a.host.associations.length).toBe(1);
});

scriptedTest(
  "C: X M 0 0 in ESTABLISHED is late: discarded, DATA behind it as well",
  {},
  ({ a, peer, network }) => {
    become(peer, FIRST, FIRST_TSN);
    const late = cookieFor(peer, FIRST, FIRST_TSN);
    a.connect([peer.socket.address]);
    peer.accept();
    network.run(15);
    peer.sendWith({ tag: late.tag }, { type: "COOKIE-ECHO", cookie: late.cookie }, peer.data());
    peer.expectNothing(1_000);
    expect(a.deliveries).toEqual([]);
    expect([a.events("restarted"), a.association.state]).toEqual([[], "established"]);
  },
);

// "SHOULD enter the ESTABLISHED state if it is in the COOKIE-ECHOED state ... stop any T1-cookie timer".
scriptedTest("D: M M in COOKIE-ECHOED: it is up, and T1-cookie stops", {}, (script) => {
  const { a, peer } = script;
  connecting(script);
  become(peer, FIRST, FIRST_TSN);
  const cookie = cookieFor(peer, FIRST, FIRST_TSN);
  initAck(peer);
  echo(peer, cookie);
  expect(peer.next(25).chunks).toEqual([{ type: "COOKIE-ACK" }]);
  expect(a.association).toMatchObject({ state: "established", peerTag: FIRST });
  // The COOKIE ACK for our own COOKIE ECHO comes too late to mean anything (§5.2.5).
  peer.send({ type: "COOKIE-ACK" });
  peer.expectNothing(10_000);
  expect(a.events("established").length).toBe(1);
  expectData(script);
});

for (const state of ["established", "shutdown-pending", "shutdown-received"] as const) {
  scriptedTest(`D: M M in ${state}: a COOKIE ACK, and nothing else changes`, {}, ({ a, peer, network }) => {
    const { cookie, initAck } = peer.init();
    const it = { cookie, tag: initAck.initiateTag };
    echo(peer, it);
    peer.expect("COOKIE-ACK");
    a.send(10);
    peer.expect("DATA");
    if (state === "shutdown-pending") a.shutdown();
    if (state === "shutdown-received") {
      peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
    }
    network.run(15);
    echo(peer, it);
    expect(peer.next(25).chunks).toEqual([{ type: "COOKIE-ACK" }]);
    expect(a.association).toMatchObject({ state, outstandingChunks: 1, peerTag: peer.localTag });
    expect([a.events("established").length, a.events("restarted")]).toEqual([1, []]);
  });
}

// "For any case not shown in Table 12, the cookie SHOULD be silently discarded."
scriptedTest("X 0 0 0 in COOKIE-WAIT is not in the table: our INIT goes on", {}, (script) => {
  const { a, peer } = script;
  const early = cookieFor(peer, FIRST, FIRST_TSN);
  connecting(script);
  const { localTag } = a.association;
  echo(peer, early);
  peer.expectNothing(500);
  expect(a.association).toMatchObject({ state: "cookie-wait", localTag, peerTag: 0 });
  expect(peer.expect("INIT").initiateTag).toBe(localTag);
});

/** Cookies that meet the association of FIRST, and are in no row. */
for (const [columns, make] of [
  ["X X 0 0", (peer: ScriptedPeer) => [cookieFor(peer, SECOND, SECOND_TSN), associate(peer)][0]],
  [
    "X M M M",
    (peer: ScriptedPeer) => {
      associate(peer);
      return cookieFor(peer, FIRST, FIRST_TSN);
    },
  ],
  [
    "X X X X",
    (peer: ScriptedPeer) => {
      peer.associate({ initiateTag: 0x33333333 });
      const before = cookieFor(peer, SECOND, SECOND_TSN);
      associate(peer);
      return before;
    },
  ],
] as const) {
  scriptedTest(`${columns} in ESTABLISHED is not in the table, and discarded`, {}, (script) => {
    const { a, peer } = script;
    become(peer, FIRST, FIRST_TSN);
    const strange = make(peer);
    const { localTag } = a.association;
    const restarts = a.events("restarted").length;
    if (strange === undefined) throw new Error("no cookie");
    echo(peer, strange);
    peer.expectNothing(1_000);
    expect(a.association).toMatchObject({ state: "established", localTag, peerTag: FIRST });
    expect(a.events("restarted").length).toBe(restarts);
    expectData(script);
  });
}

function associate(peer: ScriptedPeer): undefined {
  peer.associate({ initiateTag: FIRST, initialTsn: FIRST_TSN });
}
