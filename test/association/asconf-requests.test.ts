import fc from "fast-check";
import { describe, expect } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { asSerial, type Serial } from "../../src/base/serial.ts";
import type { AsconfChunk } from "../../src/packet/chunks/asconf.ts";
import type { AsconfAckChunk } from "../../src/packet/chunks/asconf-ack.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import type { AddressParameter } from "../../src/packet/parameters/address-parameter.ts";
import {
  type AsconfParameter,
  asconfParameterToBytes,
} from "../../src/packet/parameters/asconf/asconf-parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";
import type { ScriptedPeer } from "../support/scripted-peer.ts";

/** What a peer may ask, and what it is told, whatever it sends (RFC 5061 §5.2, §5.3). */

const config = { addressReconfiguration: "unauthenticated" } as const;
const P1 = "10.0.0.2";
const P2 = "10.0.0.3";

const ip = (text: string): IpAddress => parseAddress(text) as IpAddress;
const named = (text: string): AddressParameter => {
  const address = ip(text);
  return address.includes(":") ? { type: "IPV6-ADDRESS", address } : { type: "IPV4-ADDRESS", address };
};
const add = (address: string, correlationId = 1): AsconfParameter => ({
  type: "ADD-IP-ADDRESS",
  correlationId,
  address: named(address),
});
const del = (address: string, correlationId = 2): AsconfParameter => ({
  type: "DELETE-IP-ADDRESS",
  correlationId,
  address: named(address),
});
const prefer = (address: string, correlationId = 3): AsconfParameter => ({
  type: "SET-PRIMARY-ADDRESS",
  correlationId,
  address: named(address),
});
const offer = {
  parameters: [
    { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.ASCONF, ChunkType.ASCONF_ACK] } as const,
  ],
};

/** The n-th ASCONF of the peer, 0 the first one. */
function asconf(
  peer: ScriptedPeer,
  n: number,
  parameters: readonly AsconfParameter[],
  address = P1,
): AsconfChunk {
  return { type: "ASCONF", serial: serialOf(peer, n), address: named(address), parameters };
}

function serialOf(peer: ScriptedPeer, n: number): Serial {
  return asSerial(peer.initialTsn + n);
}

/** Sends the n-th ASCONF and gives the answer. */
function ask(peer: ScriptedPeer, n: number, ...parameters: readonly AsconfParameter[]): AsconfAckChunk {
  peer.clear();
  peer.send(asconf(peer, n, parameters));
  return peer.await("ASCONF-ACK", 100);
}

const failures = ({ parameters }: AsconfAckChunk): [number, string[]][] =>
  parameters.flatMap((one) =>
    one.type === "ERROR-CAUSE-INDICATION" ? [[one.correlationId, one.causes.map(({ type }) => type)]] : [],
  );
const addresses = (a: Script["a"]): string[] => a.association.paths.map(({ destination }) => destination);

/** A test with an association that reconfigures. */
function requestTest(name: string, body: (script: Script) => void): void {
  scriptedTest(name, { config }, (script) => {
    const { network, peer } = script;
    for (let host = 3; host < 60; host++) network.link("10.0.0.1", `10.0.0.${host}`, { delay: 10 });
    peer.associate(offer);
    body(script);
  });
}

describe("adding", () => {
  requestTest("is answered with the Sequence Number alone, which means success (§4.1.2)", ({ a, peer }) => {
    expect(ask(peer, 0, add(P2))).toEqual({ type: "ASCONF-ACK", serial: serialOf(peer, 0), parameters: [] });
    expect(addresses(a)).toEqual([P1, P2]);
    expect(a.association.paths[1]?.state).toBe("unconfirmed");
  });

  requestTest("F14: nothing but a HEARTBEAT goes to it before it is confirmed", ({ network, a, peer }) => {
    const other = network.socket(P2);
    ask(peer, 0, add(P2), prefer(P2));
    a.send(100);
    network.run(5_000);
    const types = other.received.flatMap(({ bytes }) => decodePacket(bytes)?.chunks.map(({ type }) => type));
    expect(new Set(types)).toEqual(new Set(["HEARTBEAT"]));
  });

  requestTest("twice is no error", ({ a, peer }) => {
    ask(peer, 0, add(P2));
    expect(failures(ask(peer, 1, add(P2), add(P1)))).toEqual([]);
    expect(addresses(a)).toEqual([P1, P2]);
  });

  requestTest("the wildcard is the source of the packet (§4.2.1)", ({ network, a, peer }) => {
    const other = network.socket(P2);
    other.send(peer.packet({}, asconf(peer, 0, [add("0.0.0.0")])), ip("10.0.0.1"), a.host.udpPort);
    network.run(50);
    expect(addresses(a)).toEqual([P1, P2]);
    // E6: "MUST be the source address of the SCTP packet that held the ASCONF Chunks".
    expect(other.received.some(({ bytes }) => bytes[12] === ChunkType.ASCONF_ACK)).toBe(true);
  });

  for (const [what, address, cause] of [
    ["a multicast address", "224.0.0.1", "UNRESOLVABLE-ADDRESS"],
    ["the broadcast address", "255.255.255.255", "UNRESOLVABLE-ADDRESS"],
    ["an IPv6 address, where we have none", "2001:db8::1", "UNRESOLVABLE-ADDRESS"],
    ["a loopback address of another machine", "127.0.0.1", "REQUEST-REFUSED-NO-AUTHORIZATION"],
    ["a link-local address of no link that we know", "169.254.1.1", "REQUEST-REFUSED-NO-AUTHORIZATION"],
  ] as const) {
    requestTest(`${what} is refused`, ({ a, peer }) => {
      const request = add(address, 0xdeadbeef);
      expect(failures(ask(peer, 0, request))).toEqual([[0xdeadbeef, [cause]]]);
      expect(addresses(a)).toEqual([P1]);
    });
  }

  requestTest("F9, F11: past 32 addresses they are refused, and so is what follows", ({ a, peer }) => {
    const many = Array.from({ length: 40 }, (_, index) => add(`10.0.0.${index + 3}`, index + 1));
    const answer = ask(peer, 0, ...many, del("10.0.0.3", 99), prefer(P1, 100));
    expect(addresses(a).length).toBe(32);
    expect(addresses(a)).toContain("10.0.0.3");
    const refused = failures(answer);
    expect(refused[0]).toEqual([32, ["OPERATION-REFUSED-RESOURCE-SHORTAGE"]]);
    expect(refused.map(([id]) => id)).toEqual([32, 33, 34, 35, 36, 37, 38, 39, 40, 99]);
    // §5.1 A7: what succeeds behind a failure says so.
    expect(answer.parameters.at(-1)).toEqual({ type: "SUCCESS-INDICATION", correlationId: 100 });
  });
});

describe("deleting", () => {
  requestTest("an address of the association", ({ network, a, peer }) => {
    ask(peer, 0, add(P2));
    expect(failures(ask(peer, 1, del(P2)))).toEqual([]);
    expect(addresses(a)).toEqual([P1]);
    expect(a.events("path").at(-1)).toMatchObject({ change: "removed", path: { destination: P2 } });
    // F13: what comes from there is nobody's.
    const before = a.association.statistics.packetsReceived;
    network.socket(P2).send(peer.packet({}, peer.data()), ip("10.0.0.1"), a.host.udpPort);
    network.run(100);
    expect(a.association.statistics.packetsReceived).toBe(before);
  });

  requestTest("F12: the primary gives way to an address that is confirmed", ({ network, a, peer }) => {
    const fourth = network.socket("10.0.0.4");
    ask(peer, 0, add(P2), add("10.0.0.4"));
    network.runUntil(() => fourth.received.length > 0, 5_000);
    for (const { bytes } of fourth.received) {
      for (const chunk of decodePacket(bytes)?.chunks ?? []) {
        if (chunk.type !== "HEARTBEAT") continue;
        const ack = peer.packet({}, { ...chunk, type: "HEARTBEAT-ACK" });
        fourth.send(ack, ip("10.0.0.1"), a.host.udpPort);
      }
    }
    network.run(50);
    fourth.send(peer.packet({}, asconf(peer, 1, [del(P1)])), ip("10.0.0.1"), a.host.udpPort);
    network.run(50);
    expect(a.association.paths.map(({ destination, primary }) => [destination, primary])).toEqual([
      [P2, false],
      ["10.0.0.4", true],
    ]);
    const changes = a.events("path").map(({ change, path }) => `${change} ${path.destination}`);
    expect(changes.slice(-2)).toEqual(["primary 10.0.0.4", `removed ${P1}`]);
  });

  requestTest("F7: the last one stays", ({ a, peer }) => {
    const [failure] = ask(peer, 0, del(P1, 7)).parameters;
    expect(failure).toEqual({
      type: "ERROR-CAUSE-INDICATION",
      correlationId: 7,
      causes: [{ type: "REQUEST-TO-DELETE-LAST-ADDRESS", parameter: asconfParameterToBytes(del(P1, 7)) }],
    });
    expect(addresses(a)).toEqual([P1]);
  });

  requestTest("F8: the source of the packet stays", ({ a, peer }) => {
    ask(peer, 0, add(P2));
    const [failure] = ask(peer, 1, del(P1, 8)).parameters;
    expect(failure).toEqual({
      type: "ERROR-CAUSE-INDICATION",
      correlationId: 8,
      causes: [{ type: "REQUEST-TO-DELETE-SOURCE-ADDRESS", parameter: asconfParameterToBytes(del(P1, 8)) }],
    });
    expect(addresses(a)).toEqual([P1, P2]);
  });

  requestTest("one that the association has not is refused", ({ peer }) => {
    expect(failures(ask(peer, 0, del(P2)))).toEqual([[2, ["UNRESOLVABLE-ADDRESS"]]]);
  });

  requestTest("the wildcard is all but the source (§4.2.2)", ({ a, peer }) => {
    ask(peer, 0, add(P2), add("10.0.0.4"));
    expect(failures(ask(peer, 1, del("0.0.0.0")))).toEqual([]);
    expect(addresses(a)).toEqual([P1]);
  });

  requestTest("the wildcard from elsewhere would be all: nothing is deleted", ({ network, a, peer }) => {
    ask(peer, 0, add(P2));
    const stranger = network.socket("10.0.0.9");
    stranger.send(peer.packet({}, asconf(peer, 1, [del("0.0.0.0")])), ip("10.0.0.1"), a.host.udpPort);
    network.run(50);
    expect(addresses(a)).toEqual([P1, P2]);
  });
});

describe("preferring", () => {
  requestTest("an unknown address is refused, and the primary stays (§5.4)", ({ a, peer }) => {
    expect(failures(ask(peer, 0, prefer(P2)))).toEqual([[3, ["UNRESOLVABLE-ADDRESS"]]]);
    expect(a.association.paths[0]?.primary).toBe(true);
  });

  requestTest("before the addition it is refused, after it is done (§5.4)", ({ peer }) => {
    expect(failures(ask(peer, 0, prefer(P2), add(P2)))).toEqual([[3, ["UNRESOLVABLE-ADDRESS"]]]);
    expect(failures(ask(peer, 1, del(P2), add(P2), prefer(P2)))).toEqual([]);
  });
});

describe("which ASCONF is answered (§5.2)", () => {
  requestTest(
    "E2: one that comes again gets the same answer, and nothing is done",
    ({ network, a, peer }) => {
      const first = ask(peer, 0, add(P2), del("10.0.0.9"));
      expect(ask(peer, 0, add(P2), del("10.0.0.9"))).toEqual(first);
      // Other bytes under the same number ask for nothing.
      expect(ask(peer, 0, add("10.0.0.4"))).toEqual(first);
      expect(addresses(a)).toEqual([P1, P2]);
      network.run(10);
    },
  );

  requestTest("E1: an answer is forgotten when the next one is first in its packet", ({ peer }) => {
    ask(peer, 0, add(P2));
    ask(peer, 1, add("10.0.0.4"));
    peer.clear();
    peer.send(asconf(peer, 0, [add(P2)]));
    expect(peer.collect(100).filter(({ type }) => type === "ASCONF-ACK")).toEqual([]);
  });

  requestTest("E1-ext, C3, E6: bundled ones are answered in order in one packet", ({ a, peer }) => {
    ask(peer, 0, add(P2));
    peer.clear();
    peer.send(asconf(peer, 0, [add(P2)]), asconf(peer, 1, [add("10.0.0.4")]), asconf(peer, 2, [del(P2)]));
    const { chunks } = peer.next(100);
    expect(chunks).toMatchObject([0, 1, 2].map((n) => ({ type: "ASCONF-ACK", serial: serialOf(peer, n) })));
    expect(addresses(a)).toEqual([P1, "10.0.0.4"]);
    // The answers to all of them are still there.
    peer.clear();
    peer.send(asconf(peer, 0, [add(P2)]), asconf(peer, 1, [add("10.0.0.4")]), asconf(peer, 2, [del(P2)]));
    expect(peer.next(100).chunks.length).toBe(3);
  });

  requestTest("E5: one that is ahead, or long past, is discarded", ({ a, peer }) => {
    peer.clear();
    peer.send(asconf(peer, 1, [add(P2)]), asconf(peer, 1_000, [add(P2)]));
    peer.send(asconf(peer, -1, [add(P2)]), asconf(peer, -1_000, [add(P2)]), asconf(peer, 2 ** 31, [add(P2)]));
    expect(peer.collect(100).filter(({ type }) => type === "ASCONF-ACK")).toEqual([]);
    expect(addresses(a)).toEqual([P1]);
    // Nothing has moved: the first one is still to come.
    expect(failures(ask(peer, 0, add(P2)))).toEqual([]);
  });

  requestTest("E7: what does not fit the response packet is asked for again", ({ a, peer }) => {
    const bad = Array.from({ length: 30 }, (_, index) => del("10.0.0.9", index));
    peer.clear();
    peer.send(asconf(peer, 0, bad), asconf(peer, 1, bad));
    const answers = peer.collect(100).filter((chunk): chunk is AsconfAckChunk => chunk.type === "ASCONF-ACK");
    expect(answers.map(({ serial }) => serial)).toEqual([serialOf(peer, 0)]);
    // The second one was processed, and its answer kept.
    expect(ask(peer, 1, ...bad).serial).toBe(serialOf(peer, 1));
    expect(a.association.state).toBe("established");
  });

  requestTest("C5: however much fails, the answer is one packet", ({ peer }) => {
    const bad = Array.from({ length: 80 }, (_, index) => del("10.0.0.9", index));
    peer.clear();
    peer.send(asconf(peer, 0, bad));
    const answer = peer.await("ASCONF-ACK", 100);
    expect(answer.parameters.length).toBeGreaterThan(20);
    expect(answer.parameters.length).toBeLessThan(80);
    expect(failures(answer)[0]).toEqual([0, ["UNRESOLVABLE-ADDRESS"]]);
  });

  requestTest("C4: in SHUTDOWN-ACK-SENT none is answered", ({ a, peer }) => {
    peer.send({ type: "SHUTDOWN", cumulativeTsn: asTsnBefore(peer) });
    peer.await("SHUTDOWN-ACK", 100);
    peer.send(asconf(peer, 0, [add(P2)]));
    expect(peer.collect(100).filter(({ type }) => type === "ASCONF-ACK")).toEqual([]);
    expect(addresses(a)).toEqual([P1]);
  });
});

function asTsnBefore(peer: ScriptedPeer): typeof peer.initialTsn {
  return ((peer.peerInitialTsn - 1) >>> 0) as typeof peer.initialTsn;
}

describe("who may ask (§5.2 D1 to D4, §5.3.2)", () => {
  requestTest("from an unknown address, by the Address Parameter", ({ network, a, peer }) => {
    const other = network.socket(P2);
    const renumber = asconf(peer, 0, [add(P2), del(P1)]);
    other.send(peer.packet({}, renumber), ip("10.0.0.1"), a.host.udpPort);
    network.run(50);
    expect(addresses(a)).toEqual([P2]);
    expect(decodePacket(other.received[0]?.bytes ?? new Uint8Array(0))?.chunks).toEqual([
      { type: "ASCONF-ACK", serial: serialOf(peer, 0), parameters: [] },
    ]);
  });

  requestTest("the new address finds the association, the old one does not", ({ network, a, peer }) => {
    const other = network.socket(P2);
    other.send(peer.packet({}, asconf(peer, 0, [add(P2), del(P1)])), ip("10.0.0.1"), a.host.udpPort);
    network.run(50);
    // With the T bit an ABORT is found by ports and address (RFC 9260 §8.5.1 B).
    const abort = peer.packet({ tag: peer.localTag }, { type: "ABORT", tBit: true, causes: [] });
    peer.sendBytes(abort);
    network.run(50);
    expect(a.association.state).toBe("established");
    other.send(abort, ip("10.0.0.1"), a.host.udpPort);
    network.run(50);
    expect(a.end).toBe("peer-aborted");
  });

  requestTest("neither source nor Address Parameter are the peer's: discarded", ({ network, a, peer }) => {
    const stranger = network.socket("10.0.0.9");
    stranger.send(peer.packet({}, asconf(peer, 0, [add(P2)], "10.0.0.9")), ip("10.0.0.1"), a.host.udpPort);
    network.run(50);
    expect(addresses(a)).toEqual([P1]);
    expect(stranger.received).toEqual([]);
  });

  requestTest("a wrong tag: discarded", ({ network, a, peer }) => {
    const stranger = network.socket("10.0.0.9");
    const packet = peer.packet({ tag: peer.peerTag + 1 }, asconf(peer, 0, [add("0.0.0.0")]));
    stranger.send(packet, ip("10.0.0.1"), a.host.udpPort);
    network.run(50);
    expect(addresses(a)).toEqual([P1]);
  });

  requestTest(
    "a stranger's packet teaches no UDP port, and is answered at its own",
    ({ network, a, peer }) => {
      const before = a.association.paths[0]?.udpPort;
      const stranger = network.socket("10.0.0.9", 7_777);
      stranger.send(peer.packet({}, asconf(peer, 0, [add(P2)])), ip("10.0.0.1"), a.host.udpPort);
      network.run(50);
      expect(stranger.received.length).toBe(1);
      expect(a.association.paths.map(({ udpPort }) => udpPort)).toEqual([before, before]);
    },
  );

  scriptedTest("not from an unknown address where it is off", {}, ({ network, a, peer }) => {
    network.link("10.0.0.1", P2, { delay: 10 });
    peer.associate(offer);
    network.socket(P2).send(peer.packet({}, asconf(peer, 0, [add(P2)])), ip("10.0.0.1"), a.host.udpPort);
    network.run(50);
    expect(addresses(a)).toEqual([P1]);
    // §4.1.1: skipped, and reported.
    peer.clear();
    peer.send(asconf(peer, 0, [add(P2)]));
    expect(peer.collect(50)).toMatchObject([{ type: "ERROR", causes: [{ type: "UNRECOGNIZED-CHUNK" }] }]);
  });
});

describe("parameters that are none", () => {
  const unknown = (typeCode: number, ...value: number[]): AsconfParameter => ({
    type: "UNKNOWN",
    typeCode,
    bytes: Uint8Array.of(typeCode >> 8, typeCode & 0xff, 0, 4 + value.length, ...value),
  });

  requestTest(
    "V2: an unknown one is reported, with its Correlation ID, and the rest is done",
    ({ a, peer }) => {
      const strange = unknown(0xc0aa, 0, 0, 0, 9);
      const answer = ask(peer, 0, strange, add(P2, 10));
      expect(answer.parameters).toEqual([
        {
          type: "ERROR-CAUSE-INDICATION",
          correlationId: 9,
          causes: [{ type: "UNRECOGNIZED-PARAMETERS", bytes: asconfParameterToBytes(strange) }],
        },
        { type: "SUCCESS-INDICATION", correlationId: 10 },
      ]);
      expect(addresses(a)).toEqual([P1, P2]);
    },
  );

  requestTest("the upper bits say whether to go on, and whether to report", ({ a, peer }) => {
    // 10: skip in silence. 00: stop in silence.
    expect(ask(peer, 0, unknown(0x80aa), add(P2)).parameters).toEqual([]);
    expect(addresses(a)).toEqual([P1, P2]);
    expect(ask(peer, 1, unknown(0x00aa), add("10.0.0.4")).parameters).toEqual([]);
    expect(addresses(a)).toEqual([P1, P2]);
    expect(failures(ask(peer, 2, unknown(0x40aa), add("10.0.0.4")))).toEqual([
      [0, ["UNRECOGNIZED-PARAMETERS"]],
    ]);
    expect(addresses(a)).toEqual([P1, P2]);
  });

  requestTest("§4.2.6, Table 4: what belongs elsewhere is ignored", ({ a, peer }) => {
    const answer = ask(
      peer,
      0,
      unknown(0xc006, 0, 0, 0, 1),
      { type: "SUCCESS-INDICATION", correlationId: 5 },
      { type: "ERROR-CAUSE-INDICATION", correlationId: 6, causes: [] },
      add(P2),
    );
    expect(answer.parameters).toEqual([]);
    expect(addresses(a)).toEqual([P1, P2]);
  });

  requestTest("a host name, or an addition of no shape, fails, and so do those behind it", ({ a, peer }) => {
    const host = unknown(0xc001, 0, 0, 0, 4, 0, 11, 0, 8, 97, 46, 98, 0);
    expect(failures(ask(peer, 0, host, add(P2, 5)))).toEqual([
      [4, ["UNRECOGNIZED-PARAMETERS"]],
      [5, ["OPERATION-REFUSED-RESOURCE-SHORTAGE"]],
    ]);
    expect(addresses(a)).toEqual([P1]);
  });

  requestTest("no parameter at all is answered", ({ peer }) => {
    expect(ask(peer, 0).parameters).toEqual([]);
  });
});

describe("whatever is asked", () => {
  const address = fc.constantFrom(
    P1,
    P2,
    "10.0.0.4",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "127.0.0.1",
    "2001:db8::1",
  );
  const id = fc.integer({ min: 0, max: 0xffff_ffff });
  const parameter: fc.Arbitrary<AsconfParameter> = fc.oneof(
    fc.tuple(address, id).map(([it, correlationId]) => add(it, correlationId)),
    fc.tuple(address, id).map(([it, correlationId]) => del(it, correlationId)),
    fc.tuple(address, id).map(([it, correlationId]) => prefer(it, correlationId)),
    fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.uint8Array({ maxLength: 20 })).map(
      ([typeCode, value]): AsconfParameter => ({
        type: "UNKNOWN",
        typeCode,
        bytes: Uint8Array.of(typeCode >> 8, typeCode & 0xff, 0, 4 + value.length, ...value),
      }),
    ),
  );
  const asked = fc.array(
    fc.record({
      serial: fc.integer({ min: -2, max: 2 }),
      from: fc.constantFrom(P1, P2, "10.0.0.9"),
      lookup: address,
      parameters: fc.array(parameter, { maxLength: 8 }),
    }),
    { maxLength: 12 },
  );

  requestTest("there is an address left, a primary among them, and an answer of one packet", (script) => {
    const { network, a, peer } = script;
    const sockets = new Map([P2, "10.0.0.9"].map((it) => [it, network.socket(it)]));
    let next = 0;
    fc.assert(
      fc.property(asked, (all) => {
        for (const { serial, from, lookup, parameters } of all) {
          const packet = peer.packet({}, asconf(peer, next + serial, parameters, lookup));
          const socket = sockets.get(from) ?? peer.socket;
          socket.received.length = 0;
          socket.send(packet, ip("10.0.0.1"), a.host.udpPort);
          network.run(25);
          const answered = socket.received.filter(({ bytes }) => bytes[12] === ChunkType.ASCONF_ACK);
          expect(answered.length).toBeLessThan(2);
          if (serial === 0 && answered.length > 0) next += 1;
          expect(answered.every(({ bytes }) => bytes.length <= 1_472)).toBe(true);
          const { paths, state } = a.association;
          expect(state).toBe("established");
          expect(paths.length).toBeGreaterThan(0);
          expect(paths.filter(({ primary }) => primary).length).toBe(1);
        }
      }),
      { seed: 5_061, numRuns: 60 },
    );
    expect(next).toBeGreaterThan(20);
  });
});
