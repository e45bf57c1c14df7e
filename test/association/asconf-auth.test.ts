import { describe, expect } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { asSerial } from "../../src/base/serial.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { authentication } from "../support/authentication.ts";
import { ladderTest, type Pair, type Script, type Side, scriptedTest } from "../support/ladder-test.ts";

/** RFC 5061 §4.1.1, §4.1.2, §5.2 D5, §6: ASCONF and ASCONF-ACK go authenticated (RFC 4895), or not at all. */

const config = { addressReconfiguration: true, authentication: authentication() } as const;
const A1 = "10.0.0.1";
const A2 = "10.1.0.1";

const ip = (text: string): IpAddress => parseAddress(text) as IpAddress;

function meshed({ network }: Pair): void {
  for (const from of [A1, A2]) for (const to of ["10.0.0.2", "10.1.0.2"]) network.link(from, to);
}

/** The types of the chunks of each packet of a side that has one of these. */
function packetsWith(side: Side, type: string): string[] {
  return side.packets
    .map(({ bytes }) => decodePacket(bytes)?.chunks.map((chunk) => chunk.type) ?? [])
    .filter((types) => types.includes(type as never))
    .map((types) => types.join(" "));
}

describe("between two that authenticate", () => {
  ladderTest("§4.2.7: all three chunks are listed, and those of RFC 5061 in CHUNKS", { config }, (pair) => {
    pair.connect();
    const [init] = pair.a.sent("INIT");
    const [initAck] = pair.z.sent("INIT-ACK");
    for (const said of [init, initAck]) {
      const listed = said?.parameters.filter(({ type }) => type === "SUPPORTED-EXTENSIONS") ?? [];
      expect(listed.length).toBe(1);
      expect(listed[0]).toMatchObject({
        chunkTypes: expect.arrayContaining([ChunkType.AUTH, ChunkType.ASCONF, ChunkType.ASCONF_ACK]),
      });
      expect(said?.parameters.find(({ type }) => type === "CHUNKS")).toMatchObject({
        chunkTypes: expect.arrayContaining([ChunkType.ASCONF, ChunkType.ASCONF_ACK]),
      });
    }
  });

  ladderTest(
    "§4.1.1, §4.1.2: an AUTH chunk stands before each ASCONF and ASCONF-ACK",
    { config, paths: 2, boundA: 1 },
    (pair) => {
      meshed(pair);
      pair.connect();
      pair.lose("A", "ASCONF");
      pair.a.add(A2);
      pair.until("it is there", () => pair.z.association.paths.length === 2);
      pair.network.run(500);
      expect(packetsWith(pair.a, "ASCONF")).toEqual(["AUTH ASCONF", "AUTH ASCONF"]);
      expect(packetsWith(pair.z, "ASCONF-ACK")).toEqual(["AUTH ASCONF-ACK"]);
      expect(pair.a.events("address-change").map(({ refused }) => refused)).toEqual([undefined]);
    },
  );

  ladderTest(
    "§5.3.2: also from a new address, by the Address Parameter",
    { config, paths: 2, boundA: 1 },
    (pair) => {
      meshed(pair);
      pair.connect();
      pair.a.open().addAddresses(pair.a.host.now, [ip(A2)]);
      pair.a.remove(A1);
      pair.network.run(1_000);
      expect(pair.z.association.paths.map(({ destination }) => destination)).toEqual([A2]);
    },
  );
});

describe("where one of both does not authenticate", () => {
  for (const authenticates of ["configA", "configZ"] as const) {
    const options = { paths: 2, boundA: 1, [authenticates]: config } as const;
    ladderTest(`${authenticates} alone does: nothing is reconfigured`, options, (pair) => {
      meshed(pair);
      pair.connect();
      pair.a.add(A2);
      pair.network.run(500);
      expect(packetsWith(pair.a, "ASCONF")).toEqual([]);
    });
  }

  ladderTest(
    "without keys of its user there is that of no bytes",
    { config: { addressReconfiguration: true }, paths: 2, boundA: 1 },
    (pair) => {
      meshed(pair);
      pair.connect();
      pair.a.add(A2);
      pair.network.run(500);
      expect(packetsWith(pair.a, "ASCONF")).toEqual(["AUTH ASCONF"]);
      expect(pair.z.association.paths.length).toBe(2);
    },
  );
});

const asconfAlone: readonly Parameter[] = [
  { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.ASCONF, ChunkType.ASCONF_ACK] },
];
const both: readonly Parameter[] = [
  { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.AUTH, ChunkType.ASCONF, ChunkType.ASCONF_ACK] },
  { type: "RANDOM", random: new Uint8Array(32).fill(7) },
  { type: "CHUNKS", chunkTypes: [ChunkType.ASCONF, ChunkType.ASCONF_ACK] },
  { type: "HMAC-ALGO", identifiers: [1] },
];

describe("§6: a peer with ASCONF and without AUTH", () => {
  scriptedTest("gets an ABORT for its INIT", { config }, ({ peer }) => {
    peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters: asconfAlone }) });
    const { chunks, verificationTag } = peer.next(100);
    expect(chunks).toMatchObject([{ type: "ABORT", tBit: false, causes: [{ type: "PROTOCOL-VIOLATION" }] }]);
    const [abort] = chunks;
    const [cause] = abort?.type === "ABORT" ? abort.causes : [];
    const text = cause?.type === "PROTOCOL-VIOLATION" ? new TextDecoder().decode(cause.info) : "";
    expect(text).toContain(
      "ASCONF is offered without AUTH (RFC 5061 4.2.7): set addressReconfiguration alike",
    );
    expect(verificationTag).toBe(peer.localTag);
  });

  scriptedTest("gets no COOKIE ECHO for its INIT ACK", { config }, ({ a, peer }) => {
    a.connect([peer.socket.address]);
    peer.answerInit({ parameters: asconfAlone });
    peer.expectNothing(1_000);
    expect(a.end).toBe("protocol-violation");
  });

  scriptedTest(
    "is taken by who does without authentication",
    { config: { addressReconfiguration: "unauthenticated" } },
    ({ a, peer }) => {
      peer.associate({ parameters: asconfAlone });
      expect(a.association.state).toBe("established");
    },
  );
});

describe("without an AUTH chunk before it", () => {
  const asconf = ({ peer }: Script) =>
    ({
      type: "ASCONF",
      serial: asSerial(peer.initialTsn),
      address: { type: "IPV4-ADDRESS", address: ip("10.0.0.2") },
      parameters: [],
    }) as const;

  scriptedTest("D5: an ASCONF is discarded, and the rest of its packet", { config }, (script) => {
    const { a, peer } = script;
    peer.associate({ parameters: both });
    peer.send(asconf(script), peer.data({ immediate: true }));
    expect(peer.collect(500)).toEqual([]);
    expect(a.deliveries).toEqual([]);
    expect(a.association.state).toBe("established");
  });

  scriptedTest("an ASCONF from an unknown address adds nothing", { config }, (script) => {
    const { network, a, peer } = script;
    network.link(A1, "10.0.0.9", { delay: 10 });
    peer.associate({ parameters: both });
    const add = { type: "ADD-IP-ADDRESS", correlationId: 1, address: asconf(script).address } as const;
    const packet = peer.packet({}, { ...asconf(script), parameters: [add] });
    network.socket("10.0.0.9").send(packet, ip(A1), a.host.udpPort);
    expect(peer.collect(500)).toEqual([]);
    expect(a.association.paths.length).toBe(1);
  });

  scriptedTest(
    "an ASCONF-ACK is discarded, also one that would end the association",
    { config },
    (script) => {
      const { a, peer } = script;
      peer.associate({ parameters: both });
      peer.send({ type: "ASCONF-ACK", serial: asSerial(peer.peerInitialTsn), parameters: [] });
      expect(peer.collect(500)).toEqual([]);
      expect(a.association.state).toBe("established");
    },
  );
});
