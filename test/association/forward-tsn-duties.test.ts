import { expect } from "vitest";
import { asSsn, tsnAdd } from "../../src/base/serial.ts";
import { type Parameter, parametersToBytes } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { pattern, type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 3758 §3.2 to §4.1: who has it, when a FORWARD TSN goes, and what never gets a TSN. */

const ON = { config: { partialReliability: true } } as const;
const OFF = { config: { partialReliability: false } } as const;
const SUPPORTED = { parameters: [{ type: "FORWARD-TSN-SUPPORTED" }] } as const;
const ONCE = { reliability: { policy: "retransmissions", value: 0 } } as const;
const unrecognized = parametersToBytes(SUPPORTED.parameters);

/** What may be given up is sent until it arrives. */
function expectReliable({ a, peer }: Script): void {
  expect(a.association.state).toBe("established");
  expect(a.association.isPartiallyReliable).toBe(false);
  a.send(100, { ...ONCE, lifetime: 100 });
  const types = peer.collect(10_000).map(({ type }) => type);
  expect(types.length).toBeGreaterThan(2);
  expect(new Set(types)).toEqual(new Set(["DATA"]));
}

scriptedTest("§3.3.1: who has not offered it takes one for an unknown chunk", OFF, ({ a, peer }) => {
  peer.associate(SUPPORTED);
  peer.send({ type: "FORWARD-TSN", newCumulativeTsn: peer.initialTsn, streams: [] });
  expect(peer.expect("ERROR").causes).toMatchObject([{ type: "UNRECOGNIZED-CHUNK" }]);
  expect(a.association.cumulativeTsn).toBe(tsnAdd(peer.initialTsn, -1));
});

scriptedTest("§3.3.2: a peer that lists the chunk alone has it", ON, ({ a, peer }) => {
  const listed: Parameter = { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.FORWARD_TSN] };
  peer.associate({ parameters: [listed] });
  expect(a.association.isPartiallyReliable).toBe(true);
  a.send(100, ONCE);
  expect(peer.await("FORWARD-TSN").newCumulativeTsn).toBe(peer.peerInitialTsn);
});

scriptedTest("§3.3.3: a peer whose INIT ACK says that it does not know it has it not", ON, (script) => {
  const { a, peer } = script;
  a.connect([peer.socket.address]);
  peer.accept({ parameters: [{ type: "UNRECOGNIZED-PARAMETER", parameter: unrecognized }] });
  expectReliable(script);
});

scriptedTest("§3.3.3: an ERROR that says so ends nothing", ON, (script) => {
  const { peer } = script;
  const { cookie } = peer.init();
  const error = {
    type: "ERROR",
    causes: [{ type: "UNRECOGNIZED-PARAMETERS", bytes: unrecognized }],
  } as const;
  peer.send({ type: "COOKIE-ECHO", cookie }, error);
  peer.await("COOKIE-ACK");
  expectReliable(script);
});

// C1 to C3, F4.
scriptedTest("§3.5 A4: a SACK is processed first, then a FORWARD TSN goes", ON, ({ a, peer, network }) => {
  peer.associate(SUPPORTED);
  const before = a.association.paths[0]?.rto ?? 0;
  a.send(100);
  a.send(100, ONCE);
  peer.await("DATA");
  // The first one is sent again, and the second one given up behind it: no point has moved.
  const types = peer.collect(before + 100).map(({ type }) => type);
  expect(a.events("failed").length).toBe(1);
  expect(new Set(types)).toEqual(new Set(["DATA"]));
  a.send(300);
  peer.collect(0);
  peer.send(peer.sack(1));
  const { newCumulativeTsn } = peer.await("FORWARD-TSN", 50);
  expect(newCumulativeTsn).toBe(tsnAdd(peer.peerInitialTsn, 1));
  peer.collect(0);
  // Below what the FORWARD TSN says, and not old.
  expect(a.association.bytesInFlight).toBe(300);
  peer.send(peer.sack(1, { gaps: [{ start: 2, end: 2 }] }));
  network.run(20);
  expect(a.association.bytesInFlight).toBe(0);
  // An old one takes nothing back.
  peer.send(peer.sack(0));
  network.run(20);
  expect(a.association.bytesInFlight).toBe(0);
});

for (const [kind, unordered, streams] of [
  ["ordered", false, [{ stream: 1, ssn: asSsn(0) }]],
  ["unordered", true, []],
] as const) {
  scriptedTest(
    `§3.2: of a message that is broken off the SSN is told if it is ordered: ${kind}`,
    ON,
    ({ a, peer }) => {
      peer.associate(SUPPORTED);
      a.send(pattern(20_000), { stream: 1, unordered, lifetime: 100 });
      const sent = peer.collect(200).filter(({ type }) => type === "DATA").length;
      peer.send(peer.sack(sent));
      const told = peer.await("FORWARD-TSN", 50);
      expect(told).toMatchObject({ newCumulativeTsn: tsnAdd(peer.peerInitialTsn, sent), streams });
    },
  );
}

scriptedTest(
  "§4.1 TR3: what is past its lifetime before it has a TSN gets none, and its user is told",
  ON,
  ({ a, peer, network }) => {
    peer.associate(SUPPORTED);
    a.send(100);
    peer.await("DATA");
    peer.send(peer.sack(1, { receiverWindow: 0 }));
    network.run(20);
    a.send(100, { lifetime: 300, context: "late" });
    a.send(7);
    network.run(400);
    expect(a.events("failed")).toMatchObject([
      { failure: "expired", sent: false, message: { context: "late" } },
    ]);
    expect(a.association.abandoned("lifetime")).toEqual({ unsent: 1, sent: 0 });
    peer.send(peer.sack(1));
    const chunks = peer.collect(50);
    expect(chunks).toMatchObject([{ type: "DATA", tsn: tsnAdd(peer.peerInitialTsn, 1), ssn: 1 }]);
  },
);
