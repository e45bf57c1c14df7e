import { expect, test } from "vitest";
import { defaultConfig } from "../../src/association/config.ts";
import { noExtensions } from "../../src/association/extension/extensions.ts";
import { answerInit, type ExistingAssociation } from "../../src/association/handshake/init.ts";
import { Secrets } from "../../src/association/handshake/secrets.ts";
import { openCookie, sealCookie } from "../../src/association/handshake/state-cookie.ts";
import { asSsn, asTsn, tsnAdd } from "../../src/base/serial.ts";
import { nodeEnvironment } from "../../src/driver/node-environment.ts";
import { ladderTest, type Script, scriptedTest } from "../support/ladder-test.ts";
import { ip } from "./units/support.ts";

/** Duties of RFC 9260 that docs/rfc-coverage.md lists, and no other ladder is about. */

const PMDCS = 1_460;

ladderTest(
  "§3.3.2: an INIT has addresses, each once, and no parameter else",
  { paths: 3, config: { reconfiguration: false, partialReliability: false } },
  (pair) => {
    const { a, connect } = pair;
    connect();
    expect(a.sent("INIT").map(({ parameters }) => parameters)).toEqual([
      ["10.0.0.1", "10.1.0.1", "10.2.0.1"].map((address) => ({ type: "IPV4-ADDRESS", address })),
    ]);
  },
);

ladderTest(
  "§3.3.3: an INIT ACK has a cookie, addresses, each once, and no parameter else",
  { paths: 2, config: { reconfiguration: false, partialReliability: false } },
  (pair) => {
    const { z, connect } = pair;
    connect();
    expect(z.sent("INIT-ACK").map(({ parameters }) => parameters)).toEqual([
      [
        { type: "STATE-COOKIE", cookie: expect.any(Uint8Array) },
        { type: "IPV4-ADDRESS", address: "10.0.0.2" },
        { type: "IPV4-ADDRESS", address: "10.1.0.2" },
      ],
    ]);
  },
);

const IPV4 = 5;
const IPV6 = 6;
const HOST_NAME = 11;
const OURS = ["10.0.0.1", "10.1.0.1", "fd00::1"];

for (const { families, lists = [], told } of [
  { families: [IPV4, IPV6], told: OURS },
  { families: [IPV4], told: OURS.slice(0, 2) },
  // What it sends from is supported whatever it says, and a Host Name says nothing.
  { families: [HOST_NAME], told: OURS.slice(0, 2) },
  { families: [IPV6], told: OURS },
  { families: [IPV4], lists: ["fd00::2"], told: OURS },
]) {
  const peer = `lists the types ${families.join(", ")} and ${lists.join(", ") || "no address"}`;
  scriptedTest(
    `§5.1.2: a peer that ${peer} is told ${told.length} addresses`,
    { config: { advertise: OURS.map(ip) } },
    ({ peer }) => {
      const { initAck } = peer.init({
        parameters: [
          { type: "SUPPORTED-ADDRESS-TYPES", families },
          ...lists.map((address) => ({ type: "IPV6-ADDRESS", address: ip(address) }) as const),
        ],
      });
      const addresses = initAck.parameters.flatMap((parameter) =>
        parameter.type === "IPV4-ADDRESS" || parameter.type === "IPV6-ADDRESS" ? [parameter.address] : [],
      );
      expect(addresses).toEqual(told);
    },
  );
}

test("§3.3.11: the cookie of one IPv4 address a side has 77 bytes", () => {
  const environment = nodeEnvironment();
  const cookie = sealCookie(new Secrets(environment), 0, {
    createdAt: 0,
    lifetime: defaultConfig.validCookieLife,
    localTag: 1,
    peerTag: 2,
    localTieTag: 0,
    peerTieTag: 0,
    localPort: 1,
    peerPort: 2,
    localInitialTsn: asTsn(1),
    peerInitialTsn: asTsn(2),
    peerWindow: 1_500,
    outboundStreams: 1,
    inboundStreams: 1,
    extensions: noExtensions,
    adaptation: undefined,
    keyVectors: undefined,
    localAddress: ip("10.0.0.1"),
    peerAddresses: [ip("10.0.0.2")],
    preferredAddress: undefined,
  });
  expect(cookie.length).toBe(77);
});

test("§5.2.2: the Tie-Tags of a cookie are those of the association, and 0 where there is none", () => {
  const environment = nodeEnvironment();
  const secrets = new Secrets(environment);
  const [ours, theirs] = [ip("10.0.0.1"), ip("10.0.0.2")];
  const tieTags = (existing?: ExistingAssociation): readonly unknown[] => {
    const reply = answerInit({
      now: 0,
      init: {
        initiateTag: 9,
        receiverWindow: 1_500,
        outboundStreams: 1,
        inboundStreams: 1,
        initialTsn: asTsn(1),
        parameters: [],
      },
      source: theirs,
      way: { source: ours, destination: theirs, udpPort: 9_899 },
      localPort: 1,
      peerPort: 2,
      localAddresses: [ours],
      config: defaultConfig,
      existing,
      environment,
      secrets,
      freshTag: () => 10,
    });
    const [chunk] = reply?.chunks ?? [];
    if (chunk?.type !== "INIT-ACK") throw new Error("the INIT is not answered");
    const cookie = chunk.parameters.find((parameter) => parameter.type === "STATE-COOKIE");
    const contents = cookie?.type === "STATE-COOKIE" ? openCookie(secrets, 0, cookie.cookie) : undefined;
    return [contents?.localTieTag, contents?.peerTieTag];
  };
  expect(tieTags()).toEqual([0, 0]);
  const existing = {
    authentication: undefined,
    isForming: false,
    localTag: 5,
    localInitialTsn: asTsn(6),
    localTieTag: 7,
    peerTieTag: 8,
    outboundStreams: 1,
    inboundStreams: 1,
    peerAddresses: [theirs],
  };
  expect(tieTags(existing)).toEqual([7, 8]);
});

scriptedTest("§5.2.1: Tie-Tags are 0 in COOKIE-WAIT, and are none in COOKIE-ECHOED", {}, ({ a, peer }) => {
  a.connect([peer.socket.address]);
  expect(a.association.describeForInit()).toMatchObject({ localTieTag: 0, peerTieTag: 0 });
  peer.answerInit();
  peer.await("COOKIE-ECHO");
  const { localTieTag, peerTieTag } = a.association.describeForInit();
  expect([localTieTag, peerTieTag]).not.toContain(0);
});

/** A has opened its window to so many packets, and has filled it; everything before is acknowledged. */
function openWindow({ a, peer, network }: Script, packets: number): { readonly cwnd: () => number } {
  const cwnd = (): number => a.association.paths[0]?.cwnd ?? 0;
  peer.associate();
  for (let i = 0; i < 20 * packets; i += 1) a.send(1_400);
  while (cwnd() < packets * PMDCS) {
    const sent = peer.collect(15).filter(({ type }) => type === "DATA").length;
    peer.peerInitialTsn = tsnAdd(peer.peerInitialTsn, sent);
    peer.send(peer.sack(0));
  }
  network.run(25);
  peer.clear();
  return { cwnd };
}

scriptedTest("§7.2.4: in one Fast Recovery the window shrinks once", {}, (script) => {
  const { a, peer, network } = script;
  const { cwnd } = openWindow(script, 12);
  // The first and the eighth are lost; the eighth is missed when the first is already being sent again.
  for (let end = 2; end <= 4; end += 1) peer.send(peer.sack(0, { gaps: [{ start: 2, end }] }));
  network.run(15);
  const once = cwnd();
  expect(once).toBeGreaterThan(4 * PMDCS);
  expect(once).toBeLessThan(9 * PMDCS);
  for (let end = 9; end <= 11; end += 1) {
    const gaps = [
      { start: 2, end: 7 },
      { start: 9, end },
    ];
    peer.send(peer.sack(0, { gaps }));
  }
  network.run(15);
  expect(a.association.statistics.fastRetransmissions).toBe(2);
  expect(cwnd()).toBe(once);
});

scriptedTest("§7.2.4: one packet is sent again at once, whatever cwnd, and only one", {}, (script) => {
  const { a, peer } = script;
  const { cwnd } = openWindow(script, 12);
  const flightSize = (): number => a.association.paths[0]?.flightSize ?? 0;
  // The first and the second are lost.
  for (let end = 3; end <= 5; end += 1) peer.send(peer.sack(0, { gaps: [{ start: 3, end }] }));
  const resent = peer.collect(25).filter((chunk) => chunk.type === "DATA");
  expect(resent.map(({ tsn }) => tsn)).toEqual([peer.peerInitialTsn]);
  expect(flightSize()).toBeGreaterThan(cwnd() + PMDCS);
  // The other waits for room.
  peer.expectNothing(100);
  peer.send(peer.sack(0, { gaps: [{ start: 3, end: 9 }] }));
  expect(peer.expect("DATA", 25).tsn).toBe(tsnAdd(peer.peerInitialTsn, 1));
});

scriptedTest("§7.2.4: the increase of cwnd comes before the loss that the same SACK shows", {}, (script) => {
  const { a, peer, network } = script;
  const { cwnd } = openWindow(script, 12);
  for (let end = 3; end <= 4; end += 1) {
    peer.send(peer.sack(0, { gaps: [{ start: 3, end }] }));
    network.run(1);
  }
  network.run(12);
  const before = cwnd();
  peer.send(peer.sack(1, { gaps: [{ start: 2, end: 4 }] }));
  network.run(15);
  expect(a.association.statistics.fastRetransmissions).toBe(1);
  expect(a.association.paths[0]?.ssthresh).toBe((before + PMDCS) >>> 1);
});

scriptedTest(
  "§7.2.4: T3 begins anew when the earliest chunk is sent again fast, and only then",
  {},
  (script) => {
    const { a, peer, network } = script;
    openWindow(script, 12);
    const timeouts = (): number => a.association.statistics.timeouts;
    network.run(300);
    for (let end = 2; end <= 4; end += 1) peer.send(peer.sack(0, { gaps: [{ start: 2, end }] }));
    network.run(15);
    expect(a.association.statistics.fastRetransmissions).toBe(1);
    network.run(500);
    for (let end = 7; end <= 9; end += 1) {
      const gaps = [
        { start: 2, end: 5 },
        { start: 7, end },
      ];
      peer.send(peer.sack(0, { gaps }));
    }
    network.run(15);
    expect(a.association.statistics.fastRetransmissions).toBe(2);
    // T3 of before would have expired by now, and that of the second retransmission comes later.
    network.run(400);
    expect(timeouts()).toBe(0);
    network.run(100);
    expect(timeouts()).toBe(1);
  },
);

scriptedTest("§11.2.1: who waits for a message is told of it, once", { reading: false }, (script) => {
  const { a, peer, network } = script;
  peer.associate();
  const told = (): number => {
    network.run(15);
    return a.events("readable").length;
  };
  peer.send(peer.data({ ending: false }));
  expect(told()).toBe(0);
  peer.send(peer.data({ beginning: false, ssn: asSsn(0) }));
  expect(told()).toBe(1);
  peer.send(peer.data());
  expect(told()).toBe(1);
  while (a.association.receive() !== undefined);
  expect(told()).toBe(1);
  peer.send(peer.data());
  expect(told()).toBe(2);
  expect(a.events("readable")[1]?.association).toBe(a.association);
});

ladderTest("§14.2: an association that has ended is removed", {}, ({ a, z, connect, until }) => {
  connect();
  const endpoints = [a.open(), z.open()];
  expect(endpoints.map(({ associations }) => associations.size)).toEqual([1, 1]);
  a.shutdown();
  until("both have ended", () => a.end !== undefined && z.end !== undefined);
  expect(endpoints.map(({ associations }) => associations.size)).toEqual([0, 0]);
});

/** Two paths, where a path that goes silent is not asked about before its T3-rtx expires. */
const T3_ALONE = { paths: 2, config: { tailLossProbes: false } } as const;

ladderTest("§6.3.3: T3 of a retransmission is that of the address that it goes to", T3_ALONE, (pair) => {
  const { a, z, connect, lose, network, until } = pair;
  connect();
  network.run(1_000);
  lose("A", "DATA", { count: 2 });
  a.send(10);
  until("it is here", () => z.deliveries.length === 1);
  const times = a.sent("DATA").map(({ time }) => time);
  // The RTO of the first address has doubled by then; that of the second is its own.
  expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 1_000, 2_000]);
});
