import { Network } from "@usctp/sim";
import { afterEach, describe, expect, test } from "vitest";
import type { Association, ServerOptions } from "../../src/api/message/index.ts";
import { connect } from "../../src/api/message/index.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import { echo, ended, PORT, serve, until } from "../api/loopback.ts";
import { openRelay } from "../interop/relay.ts";
import { addressParameters, type Place, RawPeer, RawSocket } from "./raw-peer.ts";

/** The peer's UDP port, and whom a packet is for: rules 12 to 14 of the design, with hand-made packets over UDP. */

const PEER_PORT = 6_000;
const [ONE, TWO, THREE] = ["127.0.0.21", "127.0.0.22", "127.0.0.23"] as const;

const sockets: RawSocket[] = [];

afterEach(async () => {
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
});

async function open(address: string, udpPort?: number): Promise<RawSocket> {
  const socket = await RawSocket.open(address, udpPort);
  sockets.push(socket);
  return socket;
}

interface Stage {
  /** Where the server is. */
  readonly to: Place;
  /** Everything that came to it, in order. */
  readonly associations: Association[];
  readonly peer: RawPeer;
}

/** A server on 127.0.0.1, and a peer to play. */
async function stage(options: ServerOptions = {}): Promise<Stage> {
  const associations: Association[] = [];
  const server = await serve(options, (association) => {
    // Aborted by hand-made packets: no surprise here.
    association.on("error", () => {});
    associations.push(association);
  });
  const to = { address: "127.0.0.1", udpPort: server.udpPort };
  return { to, associations, peer: new RawPeer({ port: PEER_PORT, peerPort: PORT }) };
}

/** The one association of a stage, in which a peer at ONE and TWO has shaken hands from ONE. */
async function established(options: ServerOptions = {}): Promise<Stage & { socket: RawSocket }> {
  const set = await stage(options);
  const socket = await open(ONE);
  await set.peer.associate(socket, set.to, addressParameters(ONE, TWO));
  return { ...set, socket };
}

/** The peer's UDP ports as the association knows them, by address. */
function portsOf(association: Association | undefined): Record<string, number> {
  return Object.fromEntries(
    (association?.paths ?? []).map(({ destination, udpPort }) => [destination, udpPort]),
  );
}

/** A round trip with our tag: everything that was sent before has been dealt with. */
async function settle({ peer, to }: Stage, socket: RawSocket): Promise<void> {
  socket.send(peer.packet({}, peer.heartbeat()), to);
  await socket.await("HEARTBEAT-ACK");
}

describe("§3.12 the peer's UDP port", () => {
  test("§3.12 begins for every listed address with that of the COOKIE ECHO", async () => {
    const { peer, to, associations } = await stage();
    const [first, second] = [await open(ONE), await open(ONE)];
    const { cookie } = await peer.init(first, to, addressParameters(ONE, TWO));
    // A NAT has given the flow another port meanwhile.
    second.send(peer.cookieEcho(cookie), to);
    await second.await("COOKIE-ACK");
    await until(() => associations.length === 1);
    expect(portsOf(associations[0])).toEqual({ [ONE]: second.udpPort, [TWO]: second.udpPort });
    // Nothing but the INIT ACK went to the first one, now or later.
    associations[0]?.trySend("where are you?");
    await second.await("DATA");
    expect(first.pending()).toEqual([]);
  });

  test("§3.12 begins for every listed address with that of the INIT ACK", async () => {
    const peer = new RawPeer({ port: PEER_PORT, peerPort: 7_000 });
    const [asked, answering] = [await open(ONE), await open(ONE)];
    const connecting = connect({
      port: PEER_PORT,
      addresses: [ONE, TWO],
      udpPort: asked.udpPort,
      localPort: 7_000,
    });
    const from = await peer.hearInit(asked);
    answering.send(peer.initAckPacket(addressParameters(ONE, TWO)), from);
    await answering.await("COOKIE-ECHO");
    answering.send(peer.packet({}, { type: "COOKIE-ACK" }), from);
    const association = await connecting;
    expect(portsOf(association)).toEqual({ [ONE]: answering.udpPort, [TWO]: answering.udpPort });
    association.abort();
  });

  test("§3.12 changes with a packet that carries our own tag, for its destination alone", async () => {
    const set = await established();
    const { peer, to, associations, socket } = set;
    const rebound = await open(ONE);
    rebound.send(peer.packet({}, peer.heartbeat()), to);
    // The answer already goes there.
    await rebound.await("HEARTBEAT-ACK");
    expect(portsOf(associations[0])).toEqual({ [ONE]: rebound.udpPort, [TWO]: socket.udpPort });
    const other = await open(TWO);
    await settle(set, other);
    expect(portsOf(associations[0])).toEqual({ [ONE]: rebound.udpPort, [TWO]: other.udpPort });
    socket.pending();
    associations[0]?.trySend("to the new port");
    await rebound.await("DATA");
    expect(socket.pending()).toEqual([]);
  });

  test("§3.12 moves back and forth, as often as the NAT", async () => {
    const set = await established();
    const other = await open(ONE);
    for (const socket of [other, set.socket, other, set.socket]) {
      await settle(set, socket);
      expect(portsOf(set.associations[0])[ONE]).toBe(socket.udpPort);
    }
  });

  test("§3.12 follows a NAT that rebinds in mid-transfer, and every message arrives once", async () => {
    const server = await serve({}, echo);
    const near = { address: "127.0.0.1" };
    await using relay = await openRelay({ paths: [{ near, far: { ...near, port: server.udpPort } }] });
    const association = await connect({ port: PORT, addresses: "127.0.0.1", udpPort: relay.nearPort });
    const portBefore = relay.farPort;
    const answers: string[] = [];
    for (let i = 0; i < 500; i++) await association.send(`${i}`);
    for await (const { data } of association) {
      answers.push(data.toString());
      if (answers.length === 100) await relay.rebind("far");
      if (answers.length === 500) break;
      if (answers.length % 100 === 0) await association.send("more", { stream: 1 });
    }
    expect(relay.farPort).not.toBe(portBefore);
    const numbers = answers.filter((text) => text !== "more").map(Number);
    expect(numbers).toEqual([...numbers.keys()]);
    await association.close();
  });

  test("§3.12 is not moved by a wrong tag, wrong SCTP ports, a T bit or an INIT", async () => {
    const set = await established();
    const { peer, to, associations, socket } = set;
    const forger = await open(ONE);
    const forgeries = [
      peer.packet({ tag: peer.peerTag ^ 1 }, peer.heartbeat()),
      peer.packet({ tag: peer.localTag }, peer.heartbeat()),
      peer.packet({ port: PEER_PORT + 1 }, peer.heartbeat()),
      peer.packet({ peerPort: PORT + 1 }, peer.heartbeat()),
      // Right for the T bit, but the peer's own tag is known to whoever saw one packet of ours.
      peer.packet({ tag: peer.localTag }, { type: "SHUTDOWN-COMPLETE", tBit: true }),
      peer.packet({ tag: peer.peerTag ^ 1 }, { type: "ABORT", tBit: true, causes: [] }),
      peer.initPacket(),
    ];
    for (const bytes of forgeries) forger.send(bytes, to);
    await forger.await("INIT-ACK");
    expect(portsOf(associations[0])).toEqual({ [ONE]: socket.udpPort, [TWO]: socket.udpPort });
    associations[0]?.trySend("to the old port");
    await socket.await("DATA");
    // A broken checksum is no packet at all.
    const broken = peer.packet({}, peer.heartbeat());
    broken[8] = (broken[8] ?? 0) ^ 1;
    forger.send(broken, to);
    await settle(set, socket);
    expect(portsOf(associations[0])[ONE]).toBe(socket.udpPort);
    expect(associations.length).toBe(1);
  });
});

describe("§3.13 whom a packet is for", () => {
  test("§3.13 our tag alone is not enough: the source must be an address of the peer", async () => {
    const set = await established();
    const { peer, to, associations, socket } = set;
    const stranger = await open(THREE);
    stranger.send(peer.packet({}, peer.data()), to);
    stranger.send(peer.packet({}, { type: "ABORT", tBit: false, causes: [] }), to);
    await settle(set, socket);
    expect(associations[0]?.state).toBe("established");
    expect(associations[0]?.paths.map(({ destination }) => destination)).toEqual([ONE, TWO]);
    expect(associations[0]?.statistics.messagesReceived).toBe(0);
    expect(stranger.pending()).toEqual([]);
  });

  test("§3.13 the ports must agree: else the packet is out of the blue, and its tag is reflected", async () => {
    const { peer, to, associations, socket } = await established();
    socket.send(peer.packet({ port: PEER_PORT + 1 }, peer.data()), to);
    const { packet, chunk } = await socket.await("ABORT");
    expect([packet.verificationTag, chunk.tBit]).toEqual([peer.peerTag, true]);
    expect(associations[0]?.state).toBe("established");
  });

  test("§3.13 an INIT is found by an address that it lists: a restart may not bring new addresses", async () => {
    const { peer, to, associations, socket } = await established();
    // Same UDP port, an address that the association does not have.
    const elsewhere = await open(THREE, socket.udpPort);
    const again = new RawPeer({ port: PEER_PORT, peerPort: PORT, localTag: 0x77 });
    elsewhere.send(again.initPacket(addressParameters(ONE, THREE)), to);
    const { packet, chunk } = await elsewhere.await("ABORT");
    expect(packet.verificationTag).toBe(0x77);
    expect(chunk.causes).toMatchObject([{ type: "RESTART-WITH-NEW-ADDRESSES" }]);
    expect(associations.map(({ state }) => state)).toEqual(["established"]);
    // Without ONE it is another peer.
    elsewhere.send(again.initPacket(), to);
    await elsewhere.await("INIT-ACK");
    expect(peer.peerTag).not.toBe(again.peerTag);
  });

  test("§3.13 an INIT ACK may come from an address that was not asked", async () => {
    const peer = new RawPeer({ port: PEER_PORT, peerPort: 7_001 });
    const asked = await open(ONE);
    const answering = await open(TWO, asked.udpPort);
    const connecting = connect({ port: PEER_PORT, addresses: ONE, udpPort: asked.udpPort, localPort: 7_001 });
    const from = await peer.hearInit(asked);
    // Only in COOKIE-WAIT, and only an INIT ACK.
    answering.send(peer.packet({}, { type: "ABORT", tBit: false, causes: [] }), from);
    answering.send(peer.initAckPacket(addressParameters(ONE, TWO)), from);
    expect((await asked.await("COOKIE-ECHO")).packet.verificationTag).toBe(peer.localTag);
    answering.send(peer.packet({}, { type: "COOKIE-ACK" }), from);
    const association = await connecting;
    expect(association.paths.map(({ destination }) => destination).sort()).toEqual([ONE, TWO]);
    association.abort();
  });

  test("§3.13 a cookie is good for the addresses in it, and for nobody else", async () => {
    const { peer, to, associations } = await stage();
    const [socket, thief] = [await open(ONE), await open(THREE)];
    const { cookie } = await peer.init(socket, to);
    const echo = peer.cookieEcho(cookie);
    thief.send(echo, to);
    // Wrong tag, wrong port, one bit changed.
    socket.send(peer.packet({ tag: peer.peerTag ^ 1 }, { type: "COOKIE-ECHO", cookie }), to);
    socket.send(peer.packet({ port: PEER_PORT + 1 }, { type: "COOKIE-ECHO", cookie }), to);
    const forged = cookie.slice();
    forged[20] = (forged[20] ?? 0) ^ 1;
    socket.send(peer.cookieEcho(forged), to);
    // Only an INIT is answered here, after all of these.
    await new RawPeer({ port: PEER_PORT + 2, peerPort: PORT }).init(socket, to);
    expect(associations).toEqual([]);
    expect(thief.pending()).toEqual([]);
    socket.send(echo, to);
    await socket.await("COOKIE-ACK");
    await until(() => associations.length === 1);
  });

  test("§3.13 ABORT with the T bit: the peer's tag, from an address of the peer", async () => {
    const set = await established();
    const { peer, to, associations, socket } = set;
    const reflected = (tag: number): Uint8Array =>
      peer.packet({ tag }, { type: "ABORT", tBit: true, causes: [] });
    const stranger = await open(THREE);
    stranger.send(reflected(peer.localTag), to);
    // Our own tag does not go with the T bit.
    socket.send(reflected(peer.peerTag), to);
    await settle(set, socket);
    expect(associations[0]?.state).toBe("established");
    const [association] = associations;
    if (association === undefined) throw new Error("there is an association");
    const end = ended(association);
    socket.send(reflected(peer.localTag), to);
    expect((await end).reason).toBe("peer-aborted");
  });

  test("§3.13 the tag of an association that ended stays reserved: its cookie makes no other", async () => {
    const { peer, to, associations } = await stage();
    const socket = await open(ONE);
    const { cookie } = await peer.associate(socket, to);
    await until(() => associations.length === 1);
    socket.send(peer.packet({}, { type: "ABORT", tBit: false, causes: [] }), to);
    await ended(associations[0] as Association);
    socket.send(peer.cookieEcho(cookie), to);
    await new RawPeer({ port: PEER_PORT + 2, peerPort: PORT }).init(socket, to);
    expect(associations.length).toBe(1);
    // A packet with that tag is out of the blue.
    socket.send(peer.packet({}, peer.data()), to);
    expect((await socket.await("ABORT")).chunk.tBit).toBe(true);
  });
});

describe("§3.14 the same addresses and SCTP ports in an INIT", () => {
  test("§3.14 from another UDP port: a neighbour behind the same NAT, and the old one is heartbeated", async () => {
    const { peer, to, associations, socket } = await established();
    const neighbour = new RawPeer({ port: PEER_PORT, peerPort: PORT, localTag: 0x22222222 });
    const beside = await open(ONE);
    await neighbour.associate(beside, to);
    await until(() => associations.length === 2);
    // At once: the usual interval is 30 s.
    const { packet, chunk } = await socket.await("HEARTBEAT");
    expect(packet.verificationTag).toBe(peer.localTag);
    socket.send(peer.packet({}, { ...chunk, type: "HEARTBEAT-ACK" }), to);
    expect(associations.map((each) => portsOf(each)[ONE])).toEqual([socket.udpPort, beside.udpPort]);
    expect(associations.map(({ state }) => state)).toEqual(["established", "established"]);

    // Each has its own traffic, both ways.
    for (const [who, where] of [
      [peer, socket],
      [neighbour, beside],
    ] as const) {
      where.pending();
      where.send(who.packet({}, who.data()), to);
      expect((await where.await("SACK")).packet.verificationTag).toBe(who.localTag);
    }
    associations[0]?.trySend("for the first");
    await socket.await("DATA");
    associations[1]?.trySend("for the second");
    await beside.await("DATA");
    // An ABORT with the T bit is told apart by its tag.
    const end = ended(associations[1] as Association);
    beside.send(neighbour.packet({ tag: 0x22222222 }, { type: "ABORT", tBit: true, causes: [] }), to);
    await end;
    expect(associations[0]?.state).toBe("established");
  });

  test("§3.14 the cookie of a neighbour has no Tie-Tags: it can never restart the old one", async () => {
    const { peer, to, associations, socket } = await established();
    const neighbour = new RawPeer({ port: PEER_PORT, peerPort: PORT, localTag: 0x22222222 });
    const beside = await open(ONE);
    const { cookie } = await neighbour.init(beside, to);
    // Sent from the UDP port of the old association, as if it were that peer that began anew.
    socket.send(neighbour.cookieEcho(cookie), to);
    await settle({ peer, to, associations }, socket);
    expect(associations.map(({ state }) => state)).toEqual(["established"]);
    associations[0]?.trySend("as before");
    expect((await socket.await("DATA")).packet.verificationTag).toBe(peer.localTag);
  });

  test("§3.14 the old association dies if its peer is gone", async () => {
    const impatient = {
      rtoInitial: 20,
      rtoMin: 20,
      rtoMax: 20,
      pathMaxRetrans: 3,
      associationMaxRetrans: 2,
    } as const;
    const { to, associations } = await established(impatient);
    const neighbour = new RawPeer({ port: PEER_PORT, peerPort: PORT, localTag: 0x22222222 });
    const end = ended(associations[0] as Association);
    const beside = await open(ONE);
    await neighbour.associate(beside, to);
    expect((await end).reason).toBe("timed-out");
    expect(associations[1]?.state).toBe("established");
  });

  test("§3.14 from the same UDP port: a restart", async () => {
    const { to, associations, socket } = await established();
    const restarts: string[] = [];
    associations[0]?.on("restart", () => restarts.push("restart"));
    const again = new RawPeer({ port: PEER_PORT, peerPort: PORT, localTag: 0x33333333 });
    await again.associate(socket, to, addressParameters(ONE, TWO));
    await until(() => restarts.length === 1);
    expect(associations.length).toBe(1);
    associations[0]?.trySend("to the new incarnation");
    expect((await socket.await("DATA")).packet.verificationTag).toBe(0x33333333);
  });

  test("§3.14 from the UDP port that the NAT gave it since: a restart", async () => {
    const set = await established();
    const rebound = await open(ONE);
    await settle(set, rebound);
    const restart = new Promise<void>((resolve) => set.associations[0]?.once("restart", resolve));
    const again = new RawPeer({ port: PEER_PORT, peerPort: PORT, localTag: 0x33333333 });
    await again.associate(rebound, set.to);
    await restart;
    expect(set.associations.length).toBe(1);
  });

  test("§3.14 neighbours at one address and SCTP port are bounded", () => {
    const bound = 1_024;
    const none = new Uint8Array(0);
    const network = new Network({ seed: 1 });
    const host = network.host("A", { addresses: ["10.0.0.1"] });
    host.endpoint({ port: PORT });
    network.link("10.0.0.1", "10.0.0.2");
    const neighbours = Array.from({ length: bound + 1 }, (_, i) => ({
      peer: new RawPeer({ port: PEER_PORT, peerPort: PORT, localTag: i + 1 }),
      socket: network.socket("10.0.0.2", 10_000 + i),
    }));
    const [to] = host.addresses;
    if (to === undefined) throw new Error("the host has an address");
    for (const { peer, socket } of neighbours) {
      socket.send(peer.initPacket(), to, host.udpPort);
      // One by one: the answers that may wait are bounded, too.
      network.run(5);
    }
    for (const { peer, socket } of neighbours) {
      const [arrived] = socket.received.splice(0);
      const initAck = arrived === undefined ? undefined : decodePacket(arrived.bytes)?.chunks[0];
      if (initAck?.type !== "INIT-ACK") throw new Error("an INIT is not answered");
      peer.peerTag = initAck.initiateTag;
      const cookie = initAck.parameters.find((each) => each.type === "STATE-COOKIE");
      if (cookie !== undefined) socket.send(peer.cookieEcho(cookie.cookie), to, host.udpPort);
    }
    network.run(5);
    const answers = neighbours.map(
      ({ socket }) => decodePacket(socket.received[0]?.bytes ?? none)?.chunks[0],
    );
    expect(answers.slice(0, bound).every((answer) => answer?.type === "COOKIE-ACK")).toBe(true);
    expect(answers[bound]).toMatchObject({ type: "ABORT", causes: [{ type: "OUT-OF-RESOURCE" }] });
    expect(host.stack.associations).toBe(bound);
    expect(host.stack.statistics.dropped.limit).toBe(1);
  });
});
