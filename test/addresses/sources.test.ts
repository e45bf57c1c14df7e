import { afterEach, describe, expect, test } from "vitest";
import { type Association, connect, createEndpoint, type PathEvent } from "../../src/api/message/index.ts";
import { closing, connectTo, echo, nextText, PORT, serve, until } from "../api/loopback.ts";
import { addressParameters, listedIn, type Place, RawPeer, RawSocket } from "./raw-peer.ts";
import { type Outgoing, TapTransport } from "./tap-transport.ts";

/** Which address of ours a packet leaves from, and which we tell: rules 9 to 11 of the design, on loopback. */

const PEER_PORT = 6_000;
const [A1, A2, Z1, Z2, ELSEWHERE] = [
  "127.0.0.41",
  "127.0.0.42",
  "127.0.0.43",
  "127.0.0.44",
  "127.0.0.99",
] as const;
/** Short enough for a test, long enough for a busy machine. */
const quick = { rtoInitial: 100, rtoMin: 100, rtoMax: 400, pathMtuSearch: "never" } as const;

const sockets: RawSocket[] = [];
const associations: Association[] = [];

afterEach(async () => {
  for (const association of associations.splice(0)) association.abort();
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
});

async function open(address: string): Promise<RawSocket> {
  const socket = await RawSocket.open(address);
  sockets.push(socket);
  return socket;
}

function aborting(association: Association): Association {
  associations.push(association);
  return association;
}

/** What was sent of our own accord: the peer heartbeats our addresses, too, and is answered. */
function unasked(transport: TapTransport): Outgoing[] {
  return transport.sent.filter(({ chunks }) => chunks !== "HEARTBEAT-ACK");
}

/** The chunks of each of them that left from an address. */
function sentFrom(transport: TapTransport, source: string): string[] {
  return unasked(transport)
    .filter((datagram) => datagram.source === source)
    .map(({ chunks }) => chunks);
}

describe("§3.9 a reply leaves from the address that was asked", () => {
  test.each([
    ["specific", [Z1, Z2, "::1"]],
    ["wildcard", ["0.0.0.0", "::"]],
  ])(
    "§3.9 %s bind: INIT ACK, COOKIE ACK, SACK, HEARTBEAT ACK and a reflected ABORT",
    async (_, addresses) => {
      const server = await serve({}, () => {}, addresses);
      // Link-local ones are for the namespaces: here nobody is on their link but ourselves.
      const asked = server.addresses.filter((address) => !address.includes("%"));
      expect(asked.length).toBeGreaterThan(1);
      for (const [index, address] of asked.entries()) {
        const peer = new RawPeer({ port: PEER_PORT + index, peerPort: PORT });
        // What the system itself would answer from is another address.
        const socket = await open(address.includes(":") ? address : ELSEWHERE);
        const to: Place = { address, udpPort: server.udpPort };
        const { source, cookie } = await peer.init(socket, to);
        socket.send(peer.cookieEcho(cookie), to);
        const cookieAck = await socket.await("COOKIE-ACK");
        socket.send(peer.packet({}, peer.data()), to);
        const sack = await socket.await("SACK");
        socket.send(peer.packet({}, peer.heartbeat()), to);
        const heartbeatAck = await socket.await("HEARTBEAT-ACK");
        // From another SCTP port: out of the blue.
        socket.send(peer.packet({ port: PEER_PORT - 1 }, peer.data()), to);
        const abort = await socket.await("ABORT");
        const sources = [source, cookieAck.source, sack.source, heartbeatAck.source, abort.source];
        expect(sources).toEqual(Array(5).fill(address));
      }
    },
  );

  test("§3.9 within one association: each answer from the address that its question came to", async () => {
    const server = await serve({}, () => {}, [Z1, Z2]);
    const peer = new RawPeer({ port: PEER_PORT, peerPort: PORT });
    const socket = await open(ELSEWHERE);
    const [first, second] = [Z1, Z2].map((address) => ({ address, udpPort: server.udpPort }));
    if (first === undefined || second === undefined) throw new Error("two addresses");
    await peer.associate(socket, first);
    for (const to of [second, first, second]) {
      socket.send(peer.packet({}, peer.heartbeat()), to);
      expect((await socket.await("HEARTBEAT-ACK")).source).toBe(to.address);
      socket.send(peer.packet({}, peer.data()), to);
      expect((await socket.await("SACK")).source).toBe(to.address);
    }
  });
});

describe("§3.10 the source of a destination", () => {
  test("§3.10 comes from the route, from the first packet on", async () => {
    const server = await serve({}, () => {}, [ELSEWHERE]);
    // By its bits the first looks nearer to the destination; the system takes 127.0.0.1 to all of 127.0.0.0/8.
    const transport = await TapTransport.open("127.0.0.98", "127.0.0.1");
    const association = aborting(await connectTo(server, { transport }));
    expect(transport.sent[0]).toMatchObject({ source: "127.0.0.1", chunks: "INIT" });
    expect(association.localAddress).toBe("127.0.0.1");
    expect(new Set(transport.sent.map(({ source }) => source))).toEqual(new Set(["127.0.0.1"]));
  });

  test("§3.10 the paths of an association have different sources while there are", async () => {
    const server = await serve({}, () => {}, [Z1, Z2, "127.0.0.45"]);
    const sourcesWith = async (...localAddresses: string[]): Promise<string[]> => {
      const association = aborting(await connectTo(server, { localAddresses }));
      await until(() => association.paths.every(({ state }) => state === "active"));
      return association.paths.map(({ source }) => source);
    };
    expect((await sourcesWith(A1, A2, "127.0.0.1")).sort()).toEqual(["127.0.0.1", A1, A2].sort());
    expect(new Set(await sourcesWith(A1, A2))).toEqual(new Set([A1, A2]));
    expect(new Set(await sourcesWith(A1))).toEqual(new Set([A1]));
  });

  test("§3.10 the addresses that a peer lists are spread likewise by the one that is asked", async () => {
    const server = await serve({}, () => {}, [Z1, Z2]);
    const arrivals = server[Symbol.asyncIterator]();
    server.removeAllListeners("association");
    aborting(await connectTo(server, { addresses: Z2, localAddresses: [A1, A2] }));
    const there = (await arrivals.next()).value;
    await until(() => there?.paths.every(({ state }) => state === "active") ?? false);
    // It was asked at Z2 (rule 9), so the other path has Z1.
    expect(there?.paths.map(({ source }) => source)).toEqual([Z2, Z1]);
  });

  test("§3.10 a new source is tried by HEARTBEAT, and data follows when that is answered", async () => {
    const server = await serve({}, echo, [Z1]);
    const transport = await TapTransport.open(A1, A2);
    const changes: PathEvent[] = [];
    const association = aborting(await connectTo(server, { transport, ...quick }));
    association.on("path", (event) => changes.push(event));
    const first = association.localAddress;
    const second = first === A1 ? A2 : A1;
    const mtu = association.paths[0]?.mtu;
    transport.sent.splice(0);
    // The interface of the first one has gone down: the system says so.
    transport.fate = ({ source }) => (source === first ? { code: "ENETUNREACH" } : "pass");
    await association.send("by another way");
    expect(await nextText(association)).toBe("by another way");
    expect(sentFrom(transport, second).slice(0, 2)).toEqual(["HEARTBEAT", "DATA"]);
    expect(association.localAddress).toBe(second);
    expect(changes.filter(({ change }) => change === "source")).toMatchObject([
      { path: { source: second, mtu } },
    ]);
  });

  test("§3.10 a source whose HEARTBEAT is not answered gets no data", async () => {
    const server = await serve({}, echo, [Z1]);
    const transport = await TapTransport.open(A1, A2);
    const association = aborting(await connectTo(server, { transport, ...quick }));
    const first = association.localAddress;
    const second = first === A1 ? A2 : A1;
    await until(() => association.state === "established");
    transport.sent.splice(0);
    let refusals = 0;
    // One send fails; the other source leads nowhere.
    transport.fate = ({ source, chunks }) => {
      if (source === second) return "lost";
      return chunks.includes("DATA") && refusals++ === 0 ? { code: "ENETUNREACH" } : "pass";
    };
    await association.send("once more");
    expect(await nextText(association)).toBe("once more");
    await until(() => sentFrom(transport, second).length > 0);
    expect(new Set(sentFrom(transport, second))).toEqual(new Set(["HEARTBEAT"]));
    expect(association.localAddress).toBe(first);
  });

  test("§3.10 an address that the peer lists is tried from each source until one is answered", async () => {
    const server = await serve({}, () => {}, [Z1, Z2]);
    const transport = await TapTransport.open(A1, A2);
    // Z2 is told by the INIT ACK; only the source of the primary path gets there.
    transport.fate = ({ source, destination }) =>
      destination === Z2 && source !== transport.sent[0]?.source ? "lost" : "pass";
    const association = aborting(await connectTo(server, { addresses: Z1, transport, ...quick }));
    await until(() => association.paths.find(({ destination }) => destination === Z2)?.state === "active");
    const toSecond = unasked(transport).filter(({ destination }) => destination === Z2);
    expect(new Set(toSecond.map(({ chunks }) => chunks))).toEqual(new Set(["HEARTBEAT"]));
    expect(new Set(toSecond.map(({ source }) => source)).size).toBe(2);
    const path = association.paths.find(({ destination }) => destination === Z2);
    expect(path?.source).toBe(transport.sent[0]?.source);
  });

  test("§3.10 state is kept per destination: each has its own source, RTT and window", async () => {
    const server = await serve({}, () => {}, [Z1, Z2]);
    const association = aborting(await connectTo(server, { localAddresses: [A1, A2] }));
    await until(() => association.paths.every(({ state }) => state === "active"));
    await association.send("to the primary alone", { until: "acknowledged" });
    association.heartbeat(Z2);
    await until(() => association.paths.every(({ srtt }) => srtt !== undefined));
    const [primary, other] = association.paths;
    expect([primary?.destination, other?.destination]).toEqual([Z1, Z2]);
    expect(primary?.srtt).not.toBe(other?.srtt);
  });
});

describe("§3.11 the addresses that are told", () => {
  /** What an INIT ACK lists to a peer at `from`. */
  const toldByServer = async (
    options: Parameters<typeof serve>[0],
    addresses: readonly string[],
    from: string = ELSEWHERE,
  ): Promise<string[]> => {
    const server = await serve(options, () => {}, addresses);
    const peer = new RawPeer({ port: PEER_PORT, peerPort: PORT });
    const address = addresses.find((each) => each.includes(":") === from.includes(":")) ?? "";
    const { chunk } = await peer.init(await open(from), { address, udpPort: server.udpPort });
    return listedIn(chunk.parameters);
  };

  /** What the INIT of a client lists to a peer at ELSEWHERE. */
  const toldByClient = async (options: Partial<Parameters<typeof connect>[0]>): Promise<string[]> => {
    const socket = await open(ELSEWHERE);
    const peer = new RawPeer({ port: PEER_PORT, peerPort: 7_002 });
    const giveUp = new AbortController();
    const connecting = connect({
      port: PEER_PORT,
      addresses: ELSEWHERE,
      udpPort: socket.udpPort,
      localPort: 7_002,
      signal: giveUp.signal,
      ...options,
    });
    const { init } = await peer.hearInit(socket);
    giveUp.abort();
    await expect(connecting).rejects.toThrow();
    return listedIn(init.parameters);
  };

  test("§3.11 all of them on loopback, of both families", async () => {
    expect(await toldByServer({}, [Z1, Z2, "::1"])).toEqual([Z1, Z2, "::1"]);
    expect(await toldByServer({}, [Z1, "::1"], "::1")).toEqual([Z1, "::1"]);
    expect(await toldByClient({ localAddresses: [A1, A2, "::1"] })).toEqual([A1, A2, "::1"]);
  });

  test("§3.11 none by a single-homed endpoint", async () => {
    expect(await toldByServer({}, [Z1])).toEqual([]);
    expect(await toldByClient({ localAddresses: [A1] })).toEqual([]);
  });

  test("§3.11 none with nat, and then one source serves the whole association", async () => {
    expect(await toldByServer({ nat: true }, [Z1, Z2, "::1"])).toEqual([]);
    expect(await toldByServer({ nat: true, advertise: ["192.0.2.10"] }, [Z1, Z2])).toEqual([]);
    expect(await toldByClient({ nat: true, localAddresses: [A1, A2] })).toEqual([]);
    const server = await serve({}, () => {}, [Z1, Z2]);
    const transport = await TapTransport.open(A1, A2);
    const association = aborting(await connectTo(server, { transport, nat: true }));
    // The peer knows no other address of ours, and would drop what came from one.
    expect(association.paths.map(({ source }) => source)).toEqual(Array(2).fill(association.localAddress));
    association.heartbeat(Z2);
    await until(() => association.paths.find(({ destination }) => destination === Z2)?.srtt !== undefined);
    expect(new Set(transport.sent.map(({ source }) => source)).size).toBe(1);
  });

  test("§3.11 advertise replaces them, and a peer uses what is advertised", async () => {
    const advertise = ["192.0.2.10", "2001:db8::10"];
    expect(await toldByServer({ advertise }, [Z1, Z2])).toEqual(advertise);
    expect(await toldByServer({ advertise: ["192.0.2.10"] }, [Z1])).toEqual(["192.0.2.10"]);
    expect(await toldByClient({ advertise, localAddresses: [A1, A2] })).toEqual(advertise);
    const server = await serve({ advertise: [Z2] }, () => {}, [Z1, Z2, "::1"]);
    const association = aborting(await connectTo(server, { addresses: Z1, localAddresses: [A1, A2] }));
    // What it heard the answer from, and what it was told.
    expect(association.paths.map(({ destination }) => destination)).toEqual([Z1, Z2]);
  });

  test("§3.11 for one association of an endpoint: its own nat or advertise", async () => {
    const endpoint = closing(await createEndpoint({ port: 7_003, addresses: [A1, A2], udpPort: 0 }));
    const told = async (options: { nat?: true; advertise?: string[] }): Promise<string[]> => {
      const socket = await open(ELSEWHERE);
      const peer = new RawPeer({ port: PEER_PORT, peerPort: 7_003 });
      const connecting = endpoint.connect({
        port: PEER_PORT,
        addresses: ELSEWHERE,
        udpPort: socket.udpPort,
        ...options,
      });
      const { init, ...from } = await peer.hearInit(socket);
      socket.send(peer.initAckPacket(addressParameters(ELSEWHERE)), from);
      await socket.await("COOKIE-ECHO");
      socket.send(peer.packet({}, { type: "COOKIE-ACK" }), from);
      aborting(await connecting);
      return listedIn(init.parameters);
    };
    expect(await told({})).toEqual([A1, A2]);
    expect(await told({ nat: true })).toEqual([]);
    expect(await told({ advertise: ["192.0.2.7"] })).toEqual(["192.0.2.7"]);
  });
});
