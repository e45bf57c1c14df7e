import { createSocket, type Socket as DgramSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type ConnectOptions, connect, type Socket } from "../../../src/api/net/index.ts";
import { othersListen } from "../../../src/api/net/listening.ts";
import { closed, connectTo, ending, newServer, next, PORT, serve } from "./loopback.ts";

/** A UDP socket that is about to be bound, as programs hand it in. */
function udpSocket(address: string = "127.0.0.1"): DgramSocket {
  const socket = createSocket("udp4");
  socket.bind(0, address);
  return socket;
}

async function bound(socket: DgramSocket): Promise<DgramSocket> {
  await once(socket, "listening");
  return socket;
}

function open(options: ConnectOptions): Socket {
  return ending(connect(options));
}

async function free(): Promise<number> {
  const socket = await bound(udpSocket());
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

describe("udpTransport", () => {
  test.each(["host", "address"])("with udpPeer { %s, port }, before it is bound", async (name) => {
    const server = await serve();
    const transport = udpSocket();
    const udpPeer = { [name]: "127.0.0.1", port: server.udpPort ?? 0 };
    const here = open({ port: PORT, localPort: 5_001, udpTransport: transport, udpPeer });
    await once(here, "connect");
    expect(here.remoteAddress).toBe("127.0.0.1");
    expect(here.localPort).toBe(5_001);
    const end = Promise.all([closed(here), once(transport, "close")]);
    here.end();
    await end;
  });

  test("that is connected needs no udpPeer", async () => {
    const server = await serve();
    const transport = await bound(udpSocket());
    transport.connect(server.udpPort ?? 0, "127.0.0.1");
    await once(transport, "connect");
    const here = open({ port: PORT, udpTransport: transport });
    await once(here, "connect");
  });

  test("on a wildcard stands for the address that the peer is reached from", async () => {
    const server = await serve();
    const udpPeer = { host: "127.0.0.1", port: server.udpPort ?? 0 };
    const here = open({ port: PORT, udpTransport: udpSocket("0.0.0.0"), udpPeer });
    await once(here, "connect");
    expect(here.localAddresses).toEqual(["127.0.0.1"]);
  });

  test("without a peer says what is missing, and is closed", async () => {
    const transport = udpSocket();
    const here = open({ port: PORT, udpTransport: transport });
    expect(await next(here, "error")).toMatchObject({
      code: "ERR_SCTP_INVALID_OPTION",
      message: expect.stringContaining("where is the peer?"),
    });
    expect(() => transport.address()).toThrow();
  });

  test("that is never bound is told", async () => {
    const here = open({ port: PORT, udpTransport: createSocket("udp4"), connectTimeout: 20 });
    expect(await next(here, "error")).toMatchObject({
      message: expect.stringContaining("not bound within 20 ms"),
    });
  });

  test("of a server", async () => {
    const server = newServer();
    const transport = udpSocket();
    server.listen({ port: PORT, udpTransport: transport });
    await once(server, "listening");
    expect(server.udpPort).toBe(transport.address().port);
    const here = connectTo(server);
    const [there] = (await once(server, "connection")) as [Socket];
    there.end("hello");
    expect(String(await next(here))).toBe("hello");
  });

  test("of a server that is closed before it is bound", async () => {
    const server = newServer();
    server.listen({ port: PORT, udpTransport: createSocket("udp4") });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("passive", () => {
  test("waits for the peer's port and address to open", async () => {
    const localUdpPort = await free();
    const here = open({ passive: true, port: 5_002, localPort: 5_001, host: "127.0.0.1", localUdpPort });
    const there = open({ port: 5_001, localPort: 5_002, host: "127.0.0.1", udpPort: localUdpPort });
    await Promise.all([once(here, "connect"), once(there, "connect")]);
    expect([here.localPort, here.remotePort]).toEqual([5_001, 5_002]);
    there.write("hello");
    expect(String(await next(here))).toBe("hello");
    const end = Promise.all([closed(here), closed(there)]);
    here.end();
    await end;
  });

  test("listens before what connects in the next line", async () => {
    const localUdpPort = await free();
    open({ passive: true, port: 5_002, localPort: 5_001, host: "127.0.0.1", localUdpPort });
    await othersListen();
    const taken = createSocket("udp4");
    taken.bind({ port: localUdpPort, address: "127.0.0.1", exclusive: true });
    expect(await next(taken, "error")).toMatchObject({ code: "EADDRINUSE" });
  });

  test("refuses another port, and a second peer", async () => {
    const localUdpPort = await free();
    const here = open({ passive: true, port: 5_002, localPort: 5_001, host: "127.0.0.1", localUdpPort });
    const to = { port: 5_001, host: "127.0.0.1", udpPort: localUdpPort };
    const stranger = open({ ...to, localPort: 5_003 });
    expect(await next(stranger, "error")).toMatchObject({ code: "ECONNREFUSED" });
    expect(here.connecting).toBe(true);
    const there = open({ ...to, localPort: 5_002 });
    await Promise.all([once(here, "connect"), once(there, "connect")]);
    const second = open({ ...to, localPort: 5_002, localAddress: "127.0.0.3" });
    expect(await next(second, "error")).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("over a udpTransport, as the peer of one that opens", async () => {
    const [one, other] = await Promise.all([bound(udpSocket()), bound(udpSocket())]);
    const peer = (socket: DgramSocket) => ({ address: "127.0.0.1", port: socket.address().port });
    const [toOne, toOther] = [peer(one), peer(other)];
    const here = open({
      passive: true,
      localPort: 5_002,
      port: 5_001,
      udpTransport: one,
      udpPeer: toOther,
      MIS: 100,
    });
    const there = open({ localPort: 5_001, port: 5_002, udpTransport: other, udpPeer: toOne, OS: 100 });
    await Promise.all([once(here, "connect"), once(there, "connect")]);
    expect(there.OS).toBe(100);
  });

  test("gives up after connectTimeout, and when it is destroyed", async () => {
    const localUdpPort = await free();
    const options = { passive: true, port: 5_002, localPort: 5_001, host: "127.0.0.1", localUdpPort };
    const here = open({ ...options, connectTimeout: 20 });
    const end = closed(here);
    expect(await next(here, "error")).toMatchObject({ code: "ETIMEDOUT" });
    await end;
    const destroyed = open(options);
    const gone = closed(destroyed);
    destroyed.destroy();
    expect(await gone).toBe(false);
  });
});
