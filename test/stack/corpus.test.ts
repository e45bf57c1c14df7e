import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { message, Network, Random, readAll } from "@usctp/sim";
import { describe, expect, test } from "vitest";
import { writeChecksum } from "../../src/base/crc32c.ts";
import { recordMissing } from "../support/peers.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

/**
 * Malformed input: what fuzzing found against the client side of usrsctp. Byte 0 of a file says how far the handshake
 * is when the rest, a list of chunks, arrives.
 */
const FOLDER =
  process.env.USCTP_MALFORMED_CORPUS ??
  fileURLToPath(new URL("../../../shared/corpus/usrsctp-connect", import.meta.url));

const HAS_FILES = existsSync(FOLDER);
if (!HAS_FILES) {
  recordMissing({
    name: "malformed packets of usrsctp's fuzzer",
    howToInstall:
      "clone https://github.com/sctplab/usrsctp and set USCTP_MALFORMED_CORPUS to its fuzzer/CORPUS_CONNECT",
  });
}

const Flag = { INIT_ACK: 1, COOKIE_ACK: 2, DATA_SENT: 4, DATA_RECEIVED: 16 } as const;
/** All that may have happened before; the corpus has some of it, and each file is tried with each. */
const HISTORIES = [
  0,
  Flag.INIT_ACK,
  Flag.INIT_ACK | Flag.COOKIE_ACK,
  Flag.INIT_ACK | Flag.COOKIE_ACK | Flag.DATA_SENT,
  Flag.INIT_ACK | Flag.COOKIE_ACK | Flag.DATA_SENT | Flag.DATA_RECEIVED,
] as const;

const PORTS = { port: 5_002, peerPort: 5_001 };

/** One stack with two associations: that of a fuzzer, at some point of its life, and that of an honest neighbour. */
function stage(history: number) {
  const network = new Network({ seed: 1 });
  const a = network.host("A", { addresses: ["10.0.0.1"] });
  const neighbour = network.host("N", { addresses: ["10.0.0.3"] });
  network.link("10.0.0.1", "10.0.0.2", { delay: 1, oversize: "fragment" });
  network.link("10.0.0.1", "10.0.0.3", { delay: 1 });
  const endpoint = a.endpoint({ port: PORTS.peerPort });
  neighbour.endpoint({ port: PORTS.port });
  readAll(a);
  const atNeighbour = readAll(neighbour);
  const open = (address: (typeof a.addresses)[number] | undefined) => {
    if (address === undefined) throw new Error("no address");
    const options = { port: PORTS.port, addresses: [address], udpPort: a.udpPort };
    const association = endpoint.connect(a.now, options);
    a.driver.wake();
    return association;
  };
  const honest = open(neighbour.addresses[0]);
  network.run(100);

  const peer = new ScriptedPeer(network, { address: "10.0.0.2", ...PORTS, peer: a });
  const victim = open(peer.socket.address);
  const init = peer.await("INIT");
  peer.peerTag = init.initiateTag;
  peer.peerInitialTsn = init.initialTsn;
  if ((history & Flag.INIT_ACK) !== 0) {
    peer.send({
      type: "INIT-ACK",
      ...peer.initBody(),
      parameters: [{ type: "STATE-COOKIE", cookie: Uint8Array.of(1, 2, 3, 4) }],
    });
    peer.await("COOKIE-ECHO");
  }
  if ((history & Flag.COOKIE_ACK) !== 0) {
    peer.send({ type: "COOKIE-ACK" });
    network.run(5);
  }
  if ((history & Flag.DATA_SENT) !== 0) {
    for (let i = 0; i < 5; i++) victim.send(a.now, message(new Uint8Array(2_000)));
    a.driver.wake();
  }
  if ((history & Flag.DATA_RECEIVED) !== 0) peer.send(peer.data({ data: new Uint8Array(500) }));
  network.run(5);
  peer.clear();

  let sent = 0;
  return {
    network,
    host: a,
    peer,
    /** Puts a common header in front, as the peer would. */
    feed(chunks: Uint8Array): void {
      const packet = new Uint8Array(12 + chunks.length);
      packet.set(peer.packet({}).subarray(0, 12));
      packet.set(chunks, 12);
      writeChecksum(packet, packet.length);
      peer.sendBytes(packet);
    },
    /** The neighbour still gets what is sent to it. */
    expectHonest(): void {
      honest.send(a.now, message(new Uint8Array(100)));
      a.driver.wake();
      network.run(50);
      sent += 1;
      expect(honest.state).toBe("established");
      expect(atNeighbour.length).toBe(sent);
    },
  };
}

describe.skipIf(!HAS_FILES)("malformed packets of usrsctp's fuzzer", () => {
  const files = HAS_FILES
    ? readdirSync(FOLDER)
        .filter((name) => !name.startsWith("LICENSE"))
        .sort()
        .map((name) => ({ name, bytes: new Uint8Array(readFileSync(`${FOLDER}/${name}`)) }))
    : [];

  test("are there", () => {
    expect(files.length).toBeGreaterThanOrEqual(50);
  });

  test.each(files)("$name: nothing throws, nothing grows, the neighbour lives", ({ bytes }) => {
    for (const history of new Set([(bytes[0] ?? 0) & 0x17, ...HISTORIES])) {
      const { feed, expectHonest, network, host, peer } = stage(history);
      for (let i = 0; i < 3; i++) feed(bytes.subarray(1));
      network.run(10);
      // However much it asks for, an answer or two to each packet is what it gets.
      expect(peer.socket.received.length).toBeLessThan(30);
      expectHonest();
      // And whatever is still waiting for something goes its way: retransmissions, timeouts, the end.
      network.run(600_000);
      expectHonest();
      expect(host.stack.associations).toBeLessThanOrEqual(2);
    }
  });
});

const CHUNK_TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 64, 128, 130, 132, 192, 193, 194];

/** One to three chunks of known types with random contents; now and then a length lies. */
function randomChunks(random: Random): Uint8Array {
  const chunks = Array.from({ length: 1 + (random.next() % 3) }, () => {
    const length = 4 + (random.next() % 60);
    const chunk = random.bytes((length + 3) & ~3);
    chunk[0] = CHUNK_TYPES[random.next() % CHUNK_TYPES.length] ?? 0;
    chunk[2] = 0;
    chunk[3] = random.chance(0.05) ? random.next() & 0xff : length;
    return chunk;
  });
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

test.each(HISTORIES)("chunks with right headers and wrong contents do no harm after %d", (history) => {
  // Many short lives: most of what is wrong ends the association.
  for (let life = 0; life < 40; life++) {
    const random = Random.of(9_260 + life, `history ${history}`);
    const { feed, expectHonest, network } = stage(history);
    for (let i = 0; i < 10; i++) {
      feed(randomChunks(random));
      if (random.chance(0.3)) network.run(1);
    }
    network.run(1_000);
    expectHonest();
  }
});
