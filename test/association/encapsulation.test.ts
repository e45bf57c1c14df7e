import type { Socket } from "@usctp/sim";
import { expect } from "vitest";
import { asSerial } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";
import { unknownChunk } from "../support/scripted-peer.ts";

/**
 * What draft-tuexen-tsvwg-rfc6951-bis is about beyond RFC 6951 §5.4: packets whose verification tag cannot be checked, or
 * is not ours. They move no UDP port of an association, and what answers them goes back to where they came from.
 */

const OTHER_PORT = 12_345;
const HEARTBEAT: Chunk = { type: "HEARTBEAT", info: Uint8Array.of(1, 2, 3, 4) };

/** The same address as the peer's, another UDP port: a forger, a NAT that has moved, or a neighbour behind it. */
function other({ network, peer }: Script): Socket {
  return network.socket(peer.socket.address, OTHER_PORT);
}

/** What came to a socket, chunk by chunk. */
function taken(socket: Socket): Chunk[] {
  return socket.received.splice(0).flatMap(({ bytes }) => decodePacket(bytes)?.chunks ?? []) as Chunk[];
}

/** Sends it from the other port, and gives what comes back there within `ms`. */
function from(socket: Socket, { a, network }: Script, bytes: Uint8Array, ms = 50): Chunk[] {
  const [address] = a.host.addresses;
  if (address === undefined) throw new Error("no address");
  socket.send(bytes, address, a.host.udpPort);
  network.run(ms);
  return taken(socket);
}

/** The association is where it was: what it sends goes to the old port, and nothing to the other. */
function expectUnmoved({ a, peer, network }: Script, forger: Socket): void {
  expect(a.association.state).toBe("established");
  expect(a.association.paths.map(({ udpPort }) => udpPort)).toEqual([peer.socket.udpPort]);
  peer.clear();
  a.send(10);
  network.run(50);
  expect(taken(peer.socket).map(({ type }) => type)).toContain("DATA");
  expect(taken(forger)).toEqual([]);
}

scriptedTest("a packet with our tag moves the port (RFC 6951 §5.4)", {}, (script) => {
  const { a, peer, network } = script;
  peer.associate();
  const moved = other(script);
  expect(from(moved, script, peer.packet({}, HEARTBEAT)).map(({ type }) => type)).toEqual(["HEARTBEAT-ACK"]);
  expect(a.association.paths.map(({ udpPort }) => udpPort)).toEqual([OTHER_PORT]);
  a.send(10);
  network.run(50);
  expect(taken(moved).map(({ type }) => type)).toEqual(["DATA"]);
  expect(taken(peer.socket)).toEqual([]);
});

scriptedTest("INIT: answered where it came from, as one of a neighbour; the port stays", {}, (script) => {
  const { a, peer, network } = script;
  peer.associate();
  const before = [a.association.localTag, a.association.peerTag];
  // So long after the last packet that the old peer may be gone.
  network.run(5_000);
  peer.clear();
  const forger = other(script);
  const init = { type: "INIT", ...peer.initBody({ initiateTag: 0x77 }) } as const;
  const answers = from(forger, script, peer.packet({ tag: 0 }, init));
  expect(answers.map(({ type }) => type)).toEqual(["INIT-ACK"]);
  // §3.14 of docs/addresses.md: the old one is asked whether it is still there.
  expect(taken(peer.socket).map(({ type }) => type)).toEqual(["HEARTBEAT"]);
  // And once, however often somebody says so.
  for (let time = 0; time < 20; time += 1) from(forger, script, peer.packet({ tag: 0 }, init), 1);
  network.run(100);
  expect(taken(peer.socket)).toEqual([]);
  taken(forger);
  expect([a.association.localTag, a.association.peerTag]).toEqual(before);
  expect(a.host.associations.length).toBe(1);
  expectUnmoved(script, forger);
});

scriptedTest("INIT: the cookie of a neighbour makes an association of its own", {}, (script) => {
  const { a, peer } = script;
  peer.associate();
  const neighbour = other(script);
  const init = { type: "INIT", ...peer.initBody({ initiateTag: 0x77 }) } as const;
  const [initAck] = from(neighbour, script, peer.packet({ tag: 0 }, init));
  if (initAck?.type !== "INIT-ACK") throw new Error("no INIT ACK");
  const cookie = initAck.parameters.find(({ type }) => type === "STATE-COOKIE");
  if (cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
  const echo = { type: "COOKIE-ECHO", cookie: cookie.cookie } as const;
  const answers = from(neighbour, script, peer.packet({ tag: initAck.initiateTag }, echo));
  expect(answers.map(({ type }) => type)).toContain("COOKIE-ACK");
  expect(a.events("restarted")).toEqual([]);
  expect(a.host.associations.map(({ paths }) => paths[0]?.udpPort)).toEqual([9_899, OTHER_PORT]);
});

scriptedTest("INIT with a tag that is not 0 is discarded, and moves nothing", {}, (script) => {
  const { peer } = script;
  peer.associate();
  const forger = other(script);
  const init = { type: "INIT", ...peer.initBody() } as const;
  expect(from(forger, script, peer.packet({}, init))).toEqual([]);
  expectUnmoved(script, forger);
});

const reflected: readonly Chunk[] = [
  { type: "ABORT", tBit: true, causes: [] },
  { type: "SHUTDOWN-COMPLETE", tBit: true },
];

for (const chunk of reflected) {
  scriptedTest(`${chunk.type} with T and another tag than the peer's: nothing`, {}, (script) => {
    const { peer } = script;
    peer.associate();
    const forger = other(script);
    for (const tag of [peer.localTag ^ 1, peer.peerTag]) {
      expect(from(forger, script, peer.packet({ tag }, chunk))).toEqual([]);
    }
    expectUnmoved(script, forger);
  });
}

scriptedTest("SHUTDOWN COMPLETE with T and the peer's tag, out of its time: nothing", {}, (script) => {
  const { peer } = script;
  peer.associate();
  const forger = other(script);
  const chunk: Chunk = { type: "SHUTDOWN-COMPLETE", tBit: true };
  expect(from(forger, script, peer.packet({ tag: peer.localTag }, chunk))).toEqual([]);
  expectUnmoved(script, forger);
});

// RFC 9260 §8.5.1 B, C: with the peer's tag they are its word, wherever its NAT has put it since.
scriptedTest("ABORT with T and the peer's tag ends the association, and moves no port", {}, (script) => {
  const { a, peer } = script;
  peer.associate();
  const { association } = a;
  from(other(script), script, peer.packet({ tag: peer.localTag }, { type: "ABORT", tBit: true, causes: [] }));
  expect(a.end).toBe("peer-aborted");
  expect(association.paths.map(({ udpPort }) => udpPort)).toEqual([peer.socket.udpPort]);
});

scriptedTest("SHUTDOWN COMPLETE with T and the peer's tag completes a shutdown", {}, (script) => {
  const { a, peer } = script;
  peer.associate();
  peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn });
  peer.await("SHUTDOWN-ACK");
  const { association } = a;
  const chunk: Chunk = { type: "SHUTDOWN-COMPLETE", tBit: true };
  from(other(script), script, peer.packet({ tag: peer.localTag }, chunk));
  expect(a.end).toBe("shutdown");
  expect(association.paths.map(({ udpPort }) => udpPort)).toEqual([peer.socket.udpPort]);
});

/** RFC 9260 §8.4: what belongs to no association, by its tag, is answered to where it came from. */
const outOfTheBlue: readonly (readonly [string, Chunk, readonly string[]])[] = [
  ["HEARTBEAT", HEARTBEAT, ["ABORT"]],
  ["SHUTDOWN ACK", { type: "SHUTDOWN-ACK" }, ["SHUTDOWN-COMPLETE"]],
  ["an unknown chunk", unknownChunk(0x3f), ["ABORT"]],
  [
    "RE-CONFIG",
    { type: "RE-CONFIG", parameters: [{ type: "SSN-TSN-RESET-REQUEST", requestSequence: asSerial(1) }] },
    ["ABORT"],
  ],
  ["COOKIE ACK", { type: "COOKIE-ACK" }, []],
  ["ABORT without T", { type: "ABORT", tBit: false, causes: [] }, []],
  ["COOKIE ECHO that we did not sign", { type: "COOKIE-ECHO", cookie: new Uint8Array(77) }, []],
];

for (const [what, chunk, expected] of outOfTheBlue) {
  scriptedTest(
    `out of the blue, ${what}: the answer goes to the other port, which stays unknown`,
    {},
    (script) => {
      const { peer } = script;
      peer.associate();
      const forger = other(script);
      const tag = peer.peerTag ^ 1;
      const answers = from(forger, script, peer.packet({ tag }, chunk));
      expect(answers.map(({ type }) => type)).toEqual(expected);
      for (const answer of answers) expect(answer).toMatchObject({ tBit: true });
      expectUnmoved(script, forger);
    },
  );
}
