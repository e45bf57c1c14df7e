import { createSocket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  type Association,
  connect,
  createEndpoint,
  createServer,
  type DatagramReceiver,
  type DatagramTransport,
  type IncomingInfo,
  type IpAddress,
  type PathEvent,
  parseAddress,
} from "../../src/api/message/index.ts";
import {
  closing,
  connectTo,
  echo,
  ended,
  nextText,
  openSockets,
  PORT,
  pair,
  serve,
  until,
} from "./loopback.ts";

/** A UDP socket on 127.0.0.1, bound. */
async function udpSocket(): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

describe("connect", () => {
  test("to a dead port gives up at its deadline, says what to check, and leaves nothing behind", async () => {
    const before = openSockets();
    const dead = await udpSocket();
    const { port: udpPort } = dead.address();
    const connecting = connect({ port: 4_000, addresses: ["127.0.0.1"], udpPort, timeout: 50 });
    await expect(connecting).rejects.toMatchObject({ name: "SctpError", code: "ERR_SCTP_CONNECT_TIMEOUT" });
    await expect(connecting).rejects.toThrow(
      new RegExp(`no answer from 127.0.0.1, SCTP port 4000 within 50 ms.*UDP port ${udpPort}.*firewall`),
    );
    dead.close();
    await until(() => openSockets() === before);
  });

  test("is given up by its signal, with its reason", async () => {
    const dead = await udpSocket();
    const { port: udpPort } = dead.address();
    const controller = new AbortController();
    const to = { port: 4_000, addresses: ["127.0.0.1"], udpPort, signal: controller.signal };
    const connecting = connect(to);
    dead.once("message", () => controller.abort());
    await expect(connecting).rejects.toMatchObject({ name: "AbortError" });
    await expect(connect(to)).rejects.toMatchObject({ name: "AbortError" });
    dead.close();
  });

  test("is refused where nobody listens", async () => {
    const server = await serve();
    const connecting = connectTo(server, { port: 4_001 });
    await expect(connecting).rejects.toMatchObject({ code: "ERR_SCTP_REFUSED" });
  });

  test("takes host names and interface names", async () => {
    const server = await serve({}, echo, ["localhost"]);
    expect(server.addresses).toContain("127.0.0.1");
    const loopback = Object.keys(networkInterfaces()).find(
      (name) => networkInterfaces()[name]?.[0]?.internal,
    );
    const association = await connectTo(server, {
      addresses: "localhost",
      ...(loopback === undefined ? {} : { localAddresses: loopback }),
    });
    await association.send("by name");
    expect(await nextText(association)).toBe("by name");
    const unknown = connectTo(server, { addresses: ["no-such-host.invalid"] });
    await expect(unknown).rejects.toMatchObject({ code: "ERR_SCTP_LOOKUP" });
    await association.close();
  });

  test("from ports and addresses that were asked for", async () => {
    const free = await udpSocket();
    const { port } = free.address();
    free.close();
    await once(free, "close");
    const server = await serve();
    const association = await connectTo(server, {
      localPort: 7_777,
      localUdpPort: port,
      localAddresses: "127.0.0.1",
    });
    expect([association.localPort, association.remotePort]).toEqual([7_777, PORT]);
    expect([association.localAddress, association.remoteAddress]).toEqual(["127.0.0.1", "127.0.0.1"]);
    expect(server.associations[0]?.paths[0]?.udpPort).toBe(port);
    await association.close();
    // Everything was given back when close() resolved: the same ports are free at once.
    const again = await connectTo(server, {
      localPort: 7_777,
      localUdpPort: port,
      localAddresses: "127.0.0.1",
    });
    await again.close();
  });
});

describe("createServer", () => {
  test("gives associations to a loop", async () => {
    const server = await serve();
    const names: string[] = [];
    const serving = (async () => {
      for await (const association of server) {
        names.push(`${await nextText(association)}`);
        await association.close();
      }
    })();
    for (const name of ["a", "b"]) {
      const association = await connectTo(server);
      await association.send(name);
      await once(association, "close");
    }
    await server.close();
    await serving;
    expect(names).toEqual(["a", "b"]);
  });

  test("keeps associations for who listens late", async () => {
    const server = await serve();
    const here = await connectTo(server);
    await here.send("early");
    await until(() => server.associations.length === 1);
    const [there] = (await once(server, "association")) as [Association];
    expect(await nextText(there)).toBe("early");
  });

  test("does not hand out what ended while it waited", async () => {
    const server = await serve();
    const gone = await connectTo(server);
    await until(() => server.associations.length === 1);
    gone.abort();
    await until(() => server.associations.length === 0);
    const stays = await connectTo(server);
    const { value: taken } = await server[Symbol.asyncIterator]().next();
    expect(taken?.remotePort).toBe(stays.localPort);
  });

  test("asks the filter before the association is up, and refuses", async () => {
    const asked: IncomingInfo[] = [];
    const arrived: Association[] = [];
    let answer: boolean | Promise<boolean> = false;
    const accept = (peer: IncomingInfo): boolean | Promise<boolean> => {
      asked.push(peer);
      return answer;
    };
    const server = await serve({ accept }, (association) => arrived.push(association));
    await expect(connectTo(server, { localPort: 6_000 })).rejects.toMatchObject({ code: "ERR_SCTP_REFUSED" });
    expect(asked).toMatchObject([
      { localPort: PORT, remotePort: 6_000, remoteAddress: "127.0.0.1", remoteAddresses: ["127.0.0.1"] },
    ]);
    expect(arrived).toEqual([]);
    let decide: (accepted: boolean) => void = () => {};
    answer = new Promise((resolve) => {
      decide = resolve;
    });
    const connecting = connectTo(server);
    await until(() => asked.length === 2);
    expect(arrived).toEqual([]);
    decide(true);
    await connecting;
    await until(() => arrived.length === 1);
  });

  test("refuses when the filter throws, and says so", async () => {
    const server = await serve({
      accept: () => {
        throw new Error("no database");
      },
    });
    const failed = once(server, "error");
    // once() would reject on "error" events; this one is the event that is asked for.
    const outcome = connectTo(server).catch((error: { code: string }) => error.code);
    expect(((await failed) as [Error])[0].message).toBe("no database");
    expect(await outcome).toBe("ERR_SCTP_REFUSED");
  });

  test("refuses more than its backlog", async () => {
    const server = await serve({ backlog: 2 });
    await Promise.all([connectTo(server), connectTo(server)]);
    await until(() => server.associations.length === 2);
    await expect(connectTo(server)).rejects.toMatchObject({ code: "ERR_SCTP_REFUSED" });
    expect((await server[Symbol.asyncIterator]().next()).value).toBeDefined();
    await connectTo(server);
  });

  test("says which port is in use", async () => {
    const server = await serve();
    const samePort = createServer().listen({ port: PORT, addresses: ["127.0.0.1"], udpPort: server.udpPort });
    await expect(samePort).rejects.toMatchObject({ code: "ERR_SCTP_PORT_IN_USE" });
    await expect(samePort).rejects.toThrow(`SCTP port ${PORT} at 127.0.0.1`);
    const other = await udpSocket();
    const { port: udpPort } = other.address();
    const sameUdp = createServer().listen({ port: PORT, addresses: ["127.0.0.1"], udpPort });
    await expect(sameUdp).rejects.toMatchObject({ code: "ERR_SCTP_PORT_IN_USE" });
    await expect(sameUdp).rejects.toThrow(`127.0.0.1 (IPv4), UDP port ${udpPort}`);
    other.close();
    // The attempt on its SCTP port kept no share in its UDP port.
    const { udpPort: free } = server;
    await server.close();
    (await udpSocketAt(free)).close();
  });

  test("shares a UDP port between SCTP ports", async () => {
    const first = await serve({}, echo);
    const second = closing(createServer(echo));
    await second.listen({ port: PORT + 1, addresses: ["127.0.0.1"], udpPort: first.udpPort });
    for (const port of [PORT, PORT + 1]) {
      const association = await connectTo(first, { port });
      await association.send(`to ${port}`);
      expect(await nextText(association)).toBe(`to ${port}`);
      await association.close();
    }
  });

  test("that closes beside another on its UDP port still sends its last words", async () => {
    const stays = await serve();
    const goes = closing(createServer());
    await goes.listen({ port: PORT + 1, addresses: ["127.0.0.2"], udpPort: stays.udpPort });
    const association = await connectTo(goes, { port: PORT + 1 });
    const end = ended(association);
    await goes.close({ associations: "abort" });
    expect((await end).reason).toBe("peer-aborted");
  });

  test("closed while it is opening is closed", async () => {
    const server = createServer();
    const listening = server.listen({ port: PORT, addresses: ["127.0.0.1"], udpPort: 0 });
    await server.close();
    await listening;
    expect(server.listening).toBe(false);
    await server.close();
  });

  test("binds loopback when no address is named, and knows where it is", async () => {
    const server = closing(createServer());
    expect(() => server.port).toThrow("it is closed");
    await server.listen({ port: 0, udpPort: 0 });
    expect(server.addresses).toContain("127.0.0.1");
    expect(server.addresses.every((address) => ["127.0.0.1", "::1"].includes(address))).toBe(true);
    expect(server.port).toBeGreaterThan(0);
    await expect(server.listen({ port: 0, udpPort: 0 })).rejects.toMatchObject({
      code: "ERR_SCTP_INVALID_STATE",
    });
  });

  test("adds and removes addresses", async () => {
    const server = await serve();
    const changes: (readonly string[])[] = [];
    server.on("addresses", (addresses) => changes.push(addresses));
    await server.addAddresses("127.0.0.2");
    await server.removeAddresses(["127.0.0.1"]);
    expect(changes).toEqual([["127.0.0.1", "127.0.0.2"], ["127.0.0.2"]]);
    await expect(server.removeAddresses("127.0.0.2")).rejects.toMatchObject({
      code: "ERR_SCTP_LAST_ADDRESS",
    });
    const association = await connectTo(server, { addresses: ["127.0.0.2"] });
    await association.close();
  });
});

describe("close", () => {
  test("of a server waits for its associations, as in node:net", async () => {
    const { server, here } = await pair();
    let closed = false;
    const closingServer = server.close().then(() => {
      closed = true;
    });
    await expect(connectTo(server)).rejects.toMatchObject({ code: "ERR_SCTP_REFUSED" });
    expect(closed).toBe(false);
    await here.close();
    await closingServer;
  });

  test.each(["shutdown", "abort"] as const)("of a server with associations: %s", async (associations) => {
    const { server, here } = await pair();
    const end = ended(here);
    await server.close({ associations });
    expect((await end).reason).toBe(associations === "shutdown" ? "shutdown" : "peer-aborted");
    expect(server.listening).toBe(false);
    await server.listen({ port: PORT, addresses: ["127.0.0.1"], udpPort: 0 });
  });

  test("delivers what was sent, and drops what nobody reads any more", async () => {
    const { here, there } = await pair({ receiveBuffer: 4_000 });
    await here.send("unread by the one who closes");
    for (let i = 0; i < 20; i++) there.trySend(Buffer.alloc(1_000, i));
    const received = (async () => {
      let count = 0;
      for await (const _ of here) count++;
      return count;
    })();
    await there.close();
    expect(await received).toBe(20);
    await expect(here.send("late")).rejects.toMatchObject({ code: "ERR_SCTP_CLOSED" });
  });

  test("does not wait for a peer that waits for somebody to read", async () => {
    const { here, there } = await pair({ receiveBuffer: 4_000 });
    for (let i = 0; i < 20; i++) here.trySend(Buffer.alloc(1_000, i));
    // More than the window is on its way, and nobody reads on this side.
    await until(() => there.statistics.packetsReceived > 2);
    await there.close();
    expect(here.closed ?? (await ended(here))).toMatchObject({ reason: "shutdown" });
  });

  test("of an association with a port of its own resolves when everything is given back", async () => {
    const server = await serve({}, echo);
    const transport = new MutableTransport(await udpSocket());
    const association = await connect({
      port: PORT,
      addresses: server.addresses,
      udpPort: server.udpPort,
      transport,
    });
    await association.close();
    expect(transport.released).toBe(true);
  });

  test("aborts when it takes too long", async () => {
    const { here, there } = await pair({ receiveBuffer: 2_000 });
    for (let i = 0; i < 20; i++) here.trySend(Buffer.alloc(1_000));
    // Nobody reads on the other side, so it cannot finish.
    await expect(here.close({ timeout: 50 })).rejects.toMatchObject({ code: "ERR_SCTP_ABORTED" });
    await until(() => there.closed !== undefined);
  });

  test("is what `await using` does", async () => {
    const server = await serve({}, echo);
    let seen: Association;
    {
      await using association = await connectTo(server);
      seen = association;
      await association.send("x");
    }
    expect(seen.closed?.reason).toBe("shutdown");
    {
      await using other = createServer();
      await other.listen({ port: PORT + 2, addresses: ["127.0.0.1"], udpPort: 0 });
    }
  });

  test("by the signal of listen", async () => {
    const controller = new AbortController();
    const server = closing(createServer());
    const { signal } = controller;
    await server.listen({ port: PORT, addresses: ["127.0.0.1"], udpPort: 0, signal });
    const closed = once(server, "close");
    controller.abort();
    await closed;
    await expect(server.listen({ port: PORT, udpPort: 0, signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  test("and forgets the signal of listen", async () => {
    const controller = new AbortController();
    const server = closing(createServer());
    const options = { port: PORT, addresses: ["127.0.0.1"], udpPort: 0 };
    await server.listen({ ...options, signal: controller.signal });
    await server.close();
    await server.listen(options);
    controller.abort();
    expect(server.listening).toBe(true);
  });

  test("tells the other side, which can send no more", async () => {
    const { here, there } = await pair();
    const told = once(there, "shutdown");
    const closed = here.close();
    await told;
    await expect(there.send("x")).rejects.toThrow(/clos|shutting/i);
    await closed;
    expect(await nextText(there)).toBeUndefined();
  });
});

describe("createEndpoint", () => {
  test("listens and connects on one port", async () => {
    const options = { port: 2_905, addresses: ["127.0.0.1"], udpPort: 0 };
    const [one, two] = [closing(await createEndpoint(options)), closing(await createEndpoint(options))];
    two.on("association", echo);
    const association = await one.connect({ port: 2_905, addresses: two.addresses, udpPort: two.udpPort });
    expect([association.localPort, association.remotePort]).toEqual([2_905, 2_905]);
    await association.send("peer to peer");
    expect(await nextText(association)).toBe("peer to peer");
    const again = one.connect({ port: 2_905, addresses: two.addresses, udpPort: two.udpPort });
    await expect(again).rejects.toMatchObject({ code: "ERR_SCTP_ALREADY_CONNECTED" });
    await association.close();
    await until(() => two.associations.length === 0);
    expect(one.listening).toBe(true);
    const back = await two.connect({ port: 2_905, addresses: one.addresses, udpPort: one.udpPort });
    await back.close();
  });

  test("gives its parameters to its associations, which may differ", async () => {
    const server = await serve();
    const endpoint = closing(
      await createEndpoint({
        port: 0,
        addresses: "127.0.0.1",
        udpPort: 0,
        outboundStreams: 7,
        rtoInitial: 1_500,
      }),
    );
    const to = { port: PORT, addresses: server.addresses, udpPort: server.udpPort };
    const association = await endpoint.connect({ ...to, rtoMin: 2_500 });
    expect(association.outboundStreams).toBe(7);
    expect(association.paths[0]?.rto).toBe(2_500);
  });
});

describe("an association", () => {
  test("shows its paths, and says what happens to them", async () => {
    const server = await serve({}, echo, ["127.0.0.1", "127.0.0.2"]);
    const association = await connectTo(server);
    const events: PathEvent[] = [];
    association.on("path", (event) => events.push(event));
    expect(association.paths.map(({ destination, primary }) => [destination, primary])).toEqual([
      ["127.0.0.1", true],
      ["127.0.0.2", false],
    ]);
    association.setPrimary("127.0.0.2");
    await until(() => events.some(({ change }) => change === "primary"));
    expect(association.paths.find(({ primary }) => primary)?.destination).toBe("127.0.0.2");
    association.heartbeat("127.0.0.1");
    await until(() => association.statistics.heartbeatsSent > 0);
    expect(() => association.setPrimary("192.0.2.1")).toThrow("192.0.2.1 is not an address of the peer");
    expect(() => association.setPrimary("here")).toThrow(
      "setPrimary() takes one of the peer's IP addresses, and got 'here'",
    );
    await association.close();
  });

  test("can be given other parameters while it is open", async () => {
    const { here } = await pair();
    here.configure({ maxMessageSize: 10, heartbeatInterval: 0 });
    expect(here.maxMessageSize).toBe(10);
    expect(() => here.configure({ outboundStreams: 3 })).toThrow(
      'configure(): there is no option "outboundStreams"',
    );
    expect(() => here.configure({ rtoMin: 90_000 })).toThrow("rtoMin");
  });

  test("reads well", async () => {
    const { server, here } = await pair();
    const text = inspect(here);
    expect(text).toMatch(
      new RegExp(
        `^Association <127.0.0.1:${here.localPort} -> 127.0.0.1:${PORT}> \\{\\s+state: 'established',`,
      ),
    );
    expect(text).toMatch(/'127.0.0.1 -> 127.0.0.1 active, primary, srtt .* cwnd \d+, mtu \d+'/);
    expect(inspect(server)).toBe(
      `Server <port ${PORT} at 127.0.0.1, UDP port ${server.udpPort}> { listening: true, associations: 1 }`,
    );
    here.abort();
    await ended(here);
    expect(inspect(here)).toContain("closed: 'aborted'");
    expect(inspect(createServer())).toBe("Server <closed>");
  });

  test("whose peer lost its state goes on, and says so", async () => {
    const there: Association[] = [];
    const server = await serve({}, (association) => {
      there.push(association);
      return echo(association);
    });
    const free = await udpSocket();
    const localUdpPort = free.address().port;
    free.close();
    await once(free, "close");
    const local = { localPort: 7_000, localUdpPort };
    const mute = new MutableTransport(await udpSocketAt(localUdpPort));
    await connect({
      port: PORT,
      addresses: server.addresses,
      udpPort: server.udpPort,
      localPort: 7_000,
      transport: mute,
    }).then((association) => {
      mute.muted = true;
      association.abort();
      return ended(association);
    });
    await until(() => mute.closed);
    const restarted = once(there[0] as Association, "restart");
    const again = await connectTo(server, { ...local, localAddresses: "127.0.0.1" });
    await restarted;
    await again.send("still here?");
    expect(await nextText(again)).toBe("still here?");
    expect(there.length).toBe(1);
    await again.close();
  });
});

describe("a caller's own", () => {
  test("dgram socket takes the place of ours, on both sides", async () => {
    const socket = await udpSocket();
    const { port: udpPort } = socket.address();
    const server = closing(createServer(echo));
    await server.listen({ port: PORT, socket });
    expect([server.addresses, server.udpPort]).toEqual([["127.0.0.1"], udpPort]);
    const association = await connect({
      port: PORT,
      addresses: ["127.0.0.1"],
      udpPort,
      socket: await udpSocket(),
    });
    await association.send("own");
    expect(await nextText(association)).toBe("own");
    await association.close();
  });

  test("transport carries everything", async () => {
    const server = await serve({}, echo);
    const transport = new MutableTransport(await udpSocket());
    const to = { port: PORT, addresses: server.addresses, udpPort: server.udpPort };
    const association = await connect({ ...to, transport });
    await association.send("carried");
    expect(await nextText(association)).toBe("carried");
    await association.close();
    expect(transport.closed).toBe(true);
  });

  test("socket that is not bound is refused", async () => {
    const socket = createSocket("udp4");
    const listening = createServer().listen({ port: PORT, socket });
    await expect(listening).rejects.toMatchObject({ code: "ERR_SCTP_INVALID_STATE" });
    socket.close();
  });
});

async function udpSocketAt(port: number): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket("udp4");
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/** A transport written by a user, over one UDP socket; `muted` it loses all that it sends. */
class MutableTransport implements DatagramTransport {
  readonly addresses: readonly [IpAddress] = [parseAddress("127.0.0.1") as IpAddress];
  readonly port: number;
  readonly receiveCapacity: number = 100_000;
  muted = false;
  closed = false;
  released = false;
  readonly #socket: ReturnType<typeof createSocket>;

  constructor(socket: ReturnType<typeof createSocket>) {
    this.#socket = socket;
    this.port = socket.address().port;
  }

  start(receiver: DatagramReceiver): void {
    this.#socket.on("message", (bytes, { address, port }) => {
      const source = parseAddress(address);
      if (source !== undefined) receiver.onDatagram(bytes, source, port, this.addresses[0]);
    });
  }

  send(...[bytes, , destination, destinationPort, done]: Parameters<DatagramTransport["send"]>): void {
    if (this.muted) done(null);
    else this.#socket.send(bytes, destinationPort, destination, (error) => done(error));
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): Promise<void> {
    this.closed = true;
    return new Promise((resolve) => {
      this.#socket.close(() => {
        this.released = true;
        resolve();
      });
    });
  }
}
