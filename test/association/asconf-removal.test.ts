import type { Socket } from "@usctp/sim";
import { describe, expect } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { asSerial } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import type { AddressParameter } from "../../src/packet/parameters/address-parameter.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 5061 §5.3 F13: what went to an address of the peer, or was to go there, when that is deleted. */

const P1 = parseAddress("10.0.0.2") as IpAddress;
const P2 = parseAddress("10.0.0.3") as IpAddress;
const A1 = parseAddress("10.0.0.1") as IpAddress;
const named = (address: IpAddress): AddressParameter => ({ type: "IPV4-ADDRESS", address });
const OFFER: readonly Parameter[] = [
  { type: "IPV4-ADDRESS", address: P2 },
  { type: "FORWARD-TSN-SUPPORTED" },
  {
    type: "SUPPORTED-EXTENSIONS",
    chunkTypes: [ChunkType.ASCONF, ChunkType.ASCONF_ACK],
  },
];

/** The peer has a second address, which is confirmed and the primary. */
function removalTest(name: string, body: (script: Script & { readonly second: Socket }) => void): void {
  const config = { addressReconfiguration: "unauthenticated", partialReliability: true } as const;
  scriptedTest(name, { config }, (script) => {
    const { network, a, peer } = script;
    network.link("10.0.0.1", P2, { delay: 10 });
    const second = network.socket(P2);
    peer.associate({ parameters: OFFER });
    network.run(20);
    for (const { bytes } of second.received.splice(0)) {
      for (const chunk of decodePacket(bytes)?.chunks ?? []) {
        if (chunk.type === "HEARTBEAT") peer.send({ type: "HEARTBEAT-ACK", info: chunk.info.slice() });
      }
    }
    network.run(20);
    a.association.setPrimary(P2);
    peer.clear();
    body({ ...script, second });
  });
}

function remove({ peer, network }: Script): void {
  peer.send({
    type: "ASCONF",
    serial: asSerial(peer.initialTsn),
    address: named(P1),
    parameters: [{ type: "DELETE-IP-ADDRESS", correlationId: 1, address: named(P2) }],
  });
  network.run(20);
}

const typesAt = ({ received }: Socket): string[] =>
  received.splice(0).flatMap(({ bytes }) => decodePacket(bytes)?.chunks.map(({ type }) => type) ?? []);

describe("when all are deleted but one that is not confirmed", () => {
  /** The peer moves to its second address, where HEARTBEATs are not answered by themselves. */
  function moveTest(name: string, body: (script: Script & { readonly second: Socket }) => void): void {
    const config = { addressReconfiguration: "unauthenticated" } as const;
    scriptedTest(name, { config }, (script) => {
      const { network, a, peer } = script;
      network.link("10.0.0.1", P2, { delay: 10 });
      const second = network.socket(P2);
      const chunkTypes = [ChunkType.ASCONF, ChunkType.ASCONF_ACK, ChunkType.RE_CONFIG];
      peer.associate({ parameters: [{ type: "SUPPORTED-EXTENSIONS", chunkTypes }] });
      const move: Chunk = {
        type: "ASCONF",
        serial: asSerial(peer.initialTsn),
        address: named(P1),
        parameters: [
          { type: "ADD-IP-ADDRESS", correlationId: 1, address: named(P2) },
          { type: "DELETE-IP-ADDRESS", correlationId: 2, address: named(P1) },
        ],
      };
      second.send(peer.packet({}, move), A1, a.host.udpPort);
      network.run(20);
      body({ ...script, second });
    });
  }

  const acts: Record<string, (script: Script & { readonly second: Socket }) => void> = {
    "RE-CONFIG": ({ a }) => a.association.resetStreams(a.host.now, { outgoing: [0] }),
    ASCONF: ({ a }) => a.association.setPeerPrimary(A1),
    SHUTDOWN: ({ a }) => a.shutdown(),
    ERROR: ({ a, peer, second }) =>
      second.send(peer.packet({}, peer.data({ stream: 9_999 })), A1, a.host.udpPort),
  };
  for (const [type, act] of Object.entries(acts)) {
    // RFC 9260 §5.4: "MUST NOT send any chunks to an UNCONFIRMED address", with a few exceptions.
    moveTest(`no ${type} goes there before it is`, (script) => {
      const { network, a, peer, second } = script;
      act(script);
      a.host.driver.wake();
      network.run(500);
      const [, heartbeat] = second.received.flatMap(({ bytes }) => decodePacket(bytes)?.chunks ?? []);
      expect(typesAt(second)).toEqual(["ASCONF-ACK", "HEARTBEAT"]);
      if (heartbeat?.type !== "HEARTBEAT") throw new Error("no HEARTBEAT");
      const ack = peer.packet({}, { type: "HEARTBEAT-ACK", info: heartbeat.info.slice() });
      second.send(ack, A1, a.host.udpPort);
      network.run(2_000);
      if (type !== "ERROR") expect(typesAt(second)).toContain(type);
    });
  }

  moveTest("and never answers, the association ends", ({ network, a }) => {
    a.send(100);
    network.run(3_600_000);
    expect([a.end, a.events("failed").length]).toEqual(["timed-out", 1]);
  });
});

describe("an address that is deleted", () => {
  removalTest("takes no FORWARD TSN with it: that goes another way", (script) => {
    const { a, peer, network, second } = script;
    a.send(100, { reliability: { policy: "retransmissions", value: 0 } });
    for (let count = 1; count <= 3; count += 1) {
      a.send(100);
      network.run(15);
      peer.send(peer.sack(0, { gaps: [{ start: 2, end: 1 + count }] }));
      network.run(15);
    }
    network.run(15);
    expect(typesAt(second)).toEqual(["DATA", "DATA", "DATA", "DATA", "FORWARD-TSN"]);
    remove(script);
    expect(peer.await("FORWARD-TSN", 2_000).streams).toHaveLength(1);
  });

  removalTest("takes nothing with it that the peer reneges on", (script) => {
    const { a, peer, network, second } = script;
    a.send(100);
    a.send(100);
    network.run(15);
    peer.send(peer.sack(0, { gaps: [{ start: 2, end: 2 }] }));
    network.run(15);
    expect(typesAt(second)).toEqual(["DATA", "DATA"]);
    remove(script);
    peer.send(peer.sack(1));
    expect(peer.await("DATA", 100).tsn).toBe(peer.peerInitialTsn);
    network.run(100);
    peer.clear();
    // RFC 9260 §6.2.1 D iii.
    expect(peer.await("DATA", 10_000).tsn).toBe(peer.peerInitialTsn + 1);
  });
});
