import { describe, expect } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { asSerial } from "../../src/base/serial.ts";
import type { Cause } from "../../src/packet/causes/cause.ts";
import type { AsconfChunk } from "../../src/packet/chunks/asconf.ts";
import { type Chunk, chunkLength, encodeChunk } from "../../src/packet/chunks/chunk.ts";
import type { AsconfParameter } from "../../src/packet/parameters/asconf/asconf-parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";

/** What we make of the peer's answers to our ASCONFs (RFC 5061 §5.1, §5.3), and what we never send. */

const config = { addressReconfiguration: "unauthenticated" } as const;
const A2 = "10.1.0.1";
const A3 = "10.2.0.1";

const ip = (text: string): IpAddress => parseAddress(text) as IpAddress;
const offer = {
  parameters: [
    { type: "SUPPORTED-EXTENSIONS", chunkTypes: [ChunkType.ASCONF, ChunkType.ASCONF_ACK] } as const,
  ],
};

const changes = ({ a }: Script): string[] =>
  a
    .events("address-change")
    .map(({ change, address, refused }) => `${change} ${address}${refused === undefined ? "" : " refused"}`);

/** A test with an association of one of three addresses. */
function answerTest(name: string, body: (script: Script) => void): void {
  scriptedTest(name, { config, paths: 3, boundA: 1 }, (script) => {
    const { network, peer } = script;
    for (const address of [A2, A3]) network.link(address, "10.0.0.2", { delay: 10 });
    peer.associate(offer);
    // Heartbeats of a peer that is alive.
    peer.clear();
    body(script);
  });
}

function acknowledge({ peer }: Script, { serial }: AsconfChunk, ...parameters: AsconfParameter[]): void {
  peer.send({ type: "ASCONF-ACK", serial, parameters });
}

function failure(request: AsconfParameter | undefined, ...causes: Cause[]): AsconfParameter {
  const correlationId = request === undefined || request.type === "UNKNOWN" ? 0 : request.correlationId;
  return { type: "ERROR-CAUSE-INDICATION", correlationId, causes };
}

const shortage: Cause = { type: "OPERATION-REFUSED-RESOURCE-SHORTAGE", parameter: new Uint8Array(4) };
const notUnderstood: Cause = { type: "UNRECOGNIZED-PARAMETERS", bytes: new Uint8Array(4) };

describe("an ASCONF-ACK", () => {
  answerTest(
    "A6, A7: what is before a failure succeeded, what is behind has not, unless it says so",
    (script) => {
      const { network, a, peer } = script;
      a.open().addAddresses(a.host.now, [A2, A3].map(ip));
      a.association.setPeerPrimary(ip("10.0.0.1"));
      a.host.driver.wake();
      const asconf = peer.await("ASCONF", 100);
      expect(asconf.parameters.map(({ type }) => type)).toEqual([
        "ADD-IP-ADDRESS",
        "ADD-IP-ADDRESS",
        "SET-PRIMARY-ADDRESS",
      ]);
      acknowledge(script, asconf, failure(asconf.parameters[1], shortage));
      network.run(50);
      expect(changes(script)).toEqual([`add ${A2}`, `add ${A3} refused`, "set-primary 10.0.0.1 refused"]);
    },
  );

  answerTest("A7: a success behind a failure", (script) => {
    const { network, a, peer } = script;
    a.add(A2, A3);
    const asconf = peer.await("ASCONF", 100);
    const [first, second] = asconf.parameters;
    const correlationId = second?.type === "ADD-IP-ADDRESS" ? second.correlationId : 0;
    acknowledge(script, asconf, failure(first, shortage), { type: "SUCCESS-INDICATION", correlationId });
    network.run(50);
    expect(changes(script)).toEqual([`add ${A2} refused`, `add ${A3}`]);
  });

  answerTest("F10: what was refused is not used, and not asked for again until its user does", (script) => {
    const { network, a, peer } = script;
    a.add(A2);
    const asconf = peer.await("ASCONF", 100);
    acknowledge(script, asconf, failure(asconf.parameters[0], shortage));
    network.run(5_000);
    expect(a.packets.every(({ source }) => source === "10.0.0.1")).toBe(true);
    expect(a.sent("ASCONF").length).toBe(1);
    a.remove(A2);
    a.add(A2);
    expect(peer.await("ASCONF", 100).parameters).toMatchObject([{ type: "ADD-IP-ADDRESS" }]);
  });

  answerTest("F3a: who does not understand additions is asked for no other, nor for deletions", (script) => {
    const { network, a, peer } = script;
    a.add(A2);
    const asconf = peer.await("ASCONF", 100);
    acknowledge(script, asconf, failure(asconf.parameters[0], notUnderstood));
    network.run(20);
    a.add(A3);
    a.remove("10.0.0.1");
    network.run(5_000);
    expect(a.sent("ASCONF").length).toBe(1);
    // F3b speaks of preferences alone.
    a.association.setPeerPrimary(ip(A3));
  });

  answerTest("F3b: who does not understand preferences is asked for none", (script) => {
    const { network, a, peer } = script;
    a.association.setPeerPrimary(ip("10.0.0.1"));
    a.host.driver.wake();
    const asconf = peer.await("ASCONF", 100);
    acknowledge(script, asconf, failure(asconf.parameters[0], notUnderstood));
    network.run(50);
    expect(() => a.association.setPeerPrimary(ip("10.0.0.1"))).toThrow("RFC 5061");
    a.add(A2);
    expect(peer.await("ASCONF", 100).parameters).toMatchObject([{ type: "ADD-IP-ADDRESS" }]);
  });

  answerTest("F0: one for what was never sent ends the association", (script) => {
    const { a, peer } = script;
    peer.send({ type: "ASCONF-ACK", serial: asSerial(peer.peerInitialTsn), parameters: [] });
    const abort = peer.await("ABORT", 100);
    expect(abort.causes).toEqual([{ type: "ILLEGAL-ASCONF-ACK" }]);
    expect(a.end).toBe("protocol-violation");
  });

  answerTest("F0: also while another one is outstanding", (script) => {
    const { a, peer } = script;
    a.add(A2);
    const { serial } = peer.await("ASCONF", 100);
    peer.send({ type: "ASCONF-ACK", serial: asSerial(serial + 1), parameters: [] });
    peer.await("ABORT", 100);
  });

  answerTest("an old one is ignored", (script) => {
    const { network, a, peer } = script;
    peer.send({ type: "ASCONF-ACK", serial: asSerial(peer.peerInitialTsn - 1), parameters: [] });
    a.add(A2);
    const asconf = peer.await("ASCONF", 100);
    peer.send({ type: "ASCONF-ACK", serial: asSerial(asconf.serial - 1), parameters: [] });
    network.run(50);
    expect(changes(script)).toEqual([]);
    acknowledge(script, asconf);
    acknowledge(script, asconf);
    network.run(50);
    expect(changes(script)).toEqual([`add ${A2}`]);
    expect(a.association.state).toBe("established");
  });

  answerTest("A5: clears the error counters", (script) => {
    const { network, a, peer } = script;
    a.add(A2);
    const asconf = peer.await("ASCONF", 100);
    peer.await("ASCONF", 2_000);
    expect(a.association.paths[0]?.errors).toBeGreaterThan(0);
    acknowledge(script, asconf);
    network.run(50);
    expect(a.association.paths[0]?.errors).toBe(0);
  });

  answerTest("one of no shape is dropped", (script) => {
    const { network, a, peer } = script;
    a.add(A2);
    const { serial } = peer.await("ASCONF", 100);
    const ack: Chunk = { type: "ASCONF-ACK", serial, parameters: [] };
    const bytes = new Uint8Array(chunkLength(ack) + 4);
    encodeChunk(ack, bytes, 0);
    bytes.set([0xc0, 3, 0, 40], 8);
    bytes[3] = 12;
    peer.send({ type: "UNKNOWN", typeCode: ChunkType.ASCONF_ACK, flags: 0, bytes });
    network.run(50);
    expect(changes(script)).toEqual([]);
    expect(a.association.statistics.malformedReceived).toBe(1);
  });
});

describe("a peer that does not know ASCONF (A9, §5.1.1)", () => {
  answerTest("gets no more, and is not waited for", (script) => {
    const { network, a, peer } = script;
    a.add(A2);
    const asconf = peer.await("ASCONF", 100);
    const chunk = new Uint8Array(chunkLength(asconf));
    encodeChunk(asconf, chunk, 0);
    peer.send({ type: "ERROR", causes: [{ type: "UNRECOGNIZED-CHUNK", chunk }] });
    network.run(60_000);
    expect(a.sent("ASCONF").length).toBe(1);
    expect(changes(script)).toEqual([`add ${A2} refused`]);
    expect(() => a.association.setPeerPrimary(ip("10.0.0.1"))).toThrow("RFC 5061");
    expect(a.association.paths[0]?.source).toBe("10.0.0.1");
  });

  answerTest("another unrecognized chunk says nothing of it", (script) => {
    const { a, peer } = script;
    a.add(A2);
    peer.await("ASCONF", 100);
    peer.send({
      type: "ERROR",
      causes: [{ type: "UNRECOGNIZED-CHUNK", chunk: Uint8Array.of(0x82, 0, 0, 4) }],
    });
    peer.await("ASCONF", 5_000);
  });
});

describe("an address that is being deleted", () => {
  answerTest("F4, §5.3.1: an ABORT to it is ignored, and data is not", (script) => {
    const { network, a, peer } = script;
    a.add(A2);
    acknowledge(script, peer.await("ASCONF", 100));
    network.run(50);
    a.remove(A2);
    const asconf = peer.await("ASCONF", 100);
    const toA2 = (...chunks: Chunk[]): void => {
      peer.socket.send(peer.packet({}, ...chunks), ip(A2), a.host.udpPort);
      network.run(50);
    };
    toA2({ type: "ABORT", tBit: false, causes: [] });
    expect(a.association.state).toBe("established");
    toA2(peer.data());
    expect(a.deliveries.length).toBe(1);
    acknowledge(script, asconf);
    network.run(50);
    expect(changes(script)).toEqual([`add ${A2}`, `delete ${A2}`]);
  });

  answerTest(
    "refused as the last one, it is no source all the same, and the association goes on",
    (script) => {
      const { network, a, peer } = script;
      a.add(A2);
      acknowledge(script, peer.await("ASCONF", 100));
      network.run(50);
      a.remove("10.0.0.1");
      const asconf = peer.await("ASCONF", 100);
      acknowledge(
        script,
        asconf,
        failure(asconf.parameters[0], {
          type: "REQUEST-TO-DELETE-LAST-ADDRESS",
          parameter: new Uint8Array(16),
        }),
      );
      network.run(10_000);
      expect(changes(script)).toEqual([`add ${A2}`, "delete 10.0.0.1 refused"]);
      expect(a.association.paths[0]?.source).toBe(A2);
      expect(a.sent("ASCONF").length).toBe(2);
    },
  );
});

describe("F5: the last address", () => {
  answerTest("is not deleted before another one is there", (script) => {
    const { network, a, peer } = script;
    a.open().addAddresses(a.host.now, [A2].map(ip));
    a.remove("10.0.0.1");
    const asconf = peer.await("ASCONF", 100);
    acknowledge(
      script,
      asconf,
      failure(asconf.parameters[0], shortage),
      failure(asconf.parameters[1], shortage),
    );
    network.run(30_000);
    // The peer knows none but the one that we lost: it is not asked to delete that.
    expect(a.sent("ASCONF").length).toBe(1);
  });
});

describe("restart (RFC 9260 §5.2.4)", () => {
  answerTest("begins the numbers anew, and tells nothing that the handshake told", (script) => {
    const { network, a, peer } = script;
    a.add(A2);
    acknowledge(script, peer.await("ASCONF", 100));
    network.run(50);
    peer.restart();
    peer.associate(offer);
    network.run(3_000);
    expect(a.events("restarted").length).toBe(1);
    expect(a.sent("ASCONF").length).toBe(1);
    a.add(A3);
    const initialTsn = a.sent("INIT-ACK").at(-1)?.initialTsn ?? 0;
    expect(peer.await("ASCONF", 3_000).serial).toBe(asSerial(initialTsn));
  });
});
