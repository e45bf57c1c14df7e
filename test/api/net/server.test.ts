import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { connect as connectMessages } from "../../../src/api/message/index.ts";
import { readArguments } from "../../../src/api/net/arguments.ts";
import {
  connect,
  createServer,
  type DroppedPeer,
  type Server,
  type Socket,
} from "../../../src/api/net/index.ts";
import { listens, othersListen } from "../../../src/api/net/listening.ts";
import {
  closed,
  connectTo,
  freshLoopback,
  newServer,
  next,
  PORT,
  pair,
  serve,
  to,
  until,
} from "./loopback.ts";

/** What it says of itself once it listens. */
async function listening(server: Server): Promise<Server> {
  await once(server, "listening");
  return server;
}

describe("listen", () => {
  test.each<[string, (server: Server, done: () => void) => Server]>([
    ["(options)", (server) => server.listen({ port: PORT, host: "127.0.0.1", udpPort: 0 })],
    ["(options, listener)", (server, done) => server.listen({ port: PORT, udpPort: 0 }, done)],
    ["(options with null)", (server) => server.listen({ port: PORT, host: null as never, udpPort: 0 })],
    ["(options, undefined)", (server) => server.listen({ port: `${PORT}`, udpPort: 0 }, undefined)],
  ])("takes %s", async (_, listen) => {
    const server = newServer();
    let heard = false;
    const returned = listen(server, () => {
      heard = true;
    });
    expect(returned).toBe(server);
    expect([server.listening, server.address()]).toEqual([false, null]);
    await listening(server);
    expect(server.listening).toBe(true);
    expect(server.address()).toEqual({ address: "127.0.0.1", family: "IPv4", port: PORT });
    expect(heard).toBe(_.includes(", listener"));
  });

  test("takes the positions of node:net", async () => {
    const host = freshLoopback();
    for (const given of [
      [0, host],
      ["0", host, 10],
      [0, host, null],
      [0, host, undefined, () => {}],
      [undefined, host, () => {}],
    ]) {
      const server = newServer();
      (server.listen as (...all: unknown[]) => Server)(...given);
      await listening(server);
      expect(server.address()).toMatchObject({ address: host, family: "IPv4" });
      expect(server.udpPort).toBe(9_899);
      expect(server.address()?.port).toBeGreaterThan(0);
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test.each([
    ["localAddress", "127.0.0.3", ["127.0.0.3"]],
    ["localAddresses", ["127.0.0.3", "::1"], ["127.0.0.3", "::1"]],
    ["host", ["127.0.0.1", "127.0.0.2"], ["127.0.0.1", "127.0.0.2"]],
  ])("binds every address of %s", async (name, value, addresses) => {
    const server = await serve({ host: undefined, [name]: value });
    expect(server.getLocalAddresses()).toEqual(
      addresses.map((address) => ({
        address,
        family: address.includes(":") ? "IPv6" : "IPv4",
        port: PORT,
      })),
    );
  });

  test("binds loopback alone where nothing is said, of both families", async () => {
    const server = await serve({ host: undefined });
    for (const { address } of server.getLocalAddresses()) expect(["127.0.0.1", "::1"]).toContain(address);
  });

  test("tells what comes later by `error`, and can be called again", async () => {
    const first = await serve();
    const server = newServer();
    let heard = 0;
    server.listen({ port: PORT, host: "127.0.0.1", udpPort: first.udpPort }, () => {
      heard++;
    });
    expect(await next(server, "error")).toMatchObject({
      code: "EADDRINUSE",
      syscall: "listen",
      address: "127.0.0.1",
      port: PORT,
      cause: { code: "ERR_SCTP_PORT_IN_USE" },
    });
    expect([server.listening, server.address()]).toEqual([false, null]);
    server.listen({ port: PORT, host: "192.0.2.7", udpPort: 0 });
    expect(await next(server, "error")).toMatchObject({ code: "EADDRNOTAVAIL" });
    server.listen({ port: PORT, host: "127.0.0.1", udpPort: 0 });
    await listening(server);
    expect(heard).toBe(1);
  });

  test("(port, backlog) leaves the host out", () => {
    const read = (...given: unknown[]) => readArguments("listen()", given, ["host", "backlog"]).options;
    expect(read(1, 10)).toEqual({ port: 1, backlog: 10 });
    expect(read(1, "::1", 10)).toEqual({ port: 1, host: "::1", backlog: 10 });
    expect(read(1, null, 10)).toEqual({ port: 1, backlog: 10 });
    expect(read()).toEqual({});
  });

  test("is found by what connects in the next line, also beside another server", async () => {
    const other = await serve({ port: 5_100 });
    const server = newServer();
    server.listen({ port: PORT, host: "127.0.0.1", udpPort: other.udpPort });
    const here = connectTo(server, { host: "127.0.0.1", udpPort: other.udpPort });
    await once(here, "connect");

    const later = newServer();
    later.listen({ port: 5_200, host: "127.0.0.1", udpPort: 0 });
    await othersListen();
    expect(later.listening).toBe(true);
  });

  test("is what connecting waits for", async () => {
    const server = await serve();
    let go = (): void => {};
    void listens(
      new Promise<void>((resolve) => {
        go = resolve;
      }),
    );
    const here = connectTo(server);
    // A whole association comes and goes in the meantime.
    const other = await connectMessages({ port: PORT, addresses: "127.0.0.1", udpPort: server.udpPort });
    await other.close();
    expect(here.connecting).toBe(true);
    go();
    await once(here, "connect");
  });

  test("twice throws, and the first goes on", async () => {
    const server = await serve();
    expect(() => server.listen({ port: PORT })).toThrow(
      expect.objectContaining({ code: "ERR_SERVER_ALREADY_LISTEN" }),
    );
    expect(server.listening).toBe(true);
  });

  test("ends with its signal, as close() ends it", async () => {
    const controller = new AbortController();
    const { server, here, there } = await pair({ signal: controller.signal });
    const end = once(server, "close");
    controller.abort();
    expect(server.listening).toBe(false);
    here.write("sockets go on");
    expect(String(await next(there))).toBe("sockets go on");
    here.end();
    await end;

    const late = newServer();
    late.listen({ port: PORT, host: "127.0.0.1", udpPort: 0, signal: controller.signal });
    await once(late, "close");
  });
});

describe("connections", () => {
  test("are counted, and come by the listener and the event", async () => {
    const heard: Socket[] = [];
    const server = await serve({}, (socket) => heard.push(socket));
    const here = connectTo(server);
    const [there] = (await once(server, "connection")) as [Socket];
    expect(heard).toEqual([there]);
    const count = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_error, connections) => resolve(connections)));
    expect(await count()).toBe(1);
    const end = closed(there);
    here.end();
    await end;
    expect(await count()).toBe(0);
  });

  test("above maxConnections are refused, and told by `drop`", async () => {
    const { server, here } = await pair();
    server.maxConnections = 1;
    const dropped = next<DroppedPeer>(server, "drop");
    const second = connectTo(server, { localPort: 7_100 });
    expect(await next(second, "error")).toMatchObject({ code: "ECONNREFUSED" });
    const peer: DroppedPeer = await dropped;
    expect(peer).toEqual({
      localPort: PORT,
      remoteAddress: "127.0.0.1",
      remotePort: 7_100,
      remoteFamily: "IPv4",
    });
    here.write("the first goes on");
  });

  test("above maxConnections are refused also when many come at once", async () => {
    const server = await serve();
    server.maxConnections = 2;
    let taken = 0;
    server.on("connection", () => taken++);
    let failed = 0;
    const sockets = Array.from({ length: 8 }, () => connectTo(server).on("error", () => failed++));
    await until(() => failed === 6);
    expect(taken).toBe(2);
    expect(sockets.filter((socket) => !socket.destroyed)).toHaveLength(2);
  });

  test("begin paused with pauseOnConnect", async () => {
    const { here, there } = await pair({ pauseOnConnect: true });
    expect(there.isPaused()).toBe(true);
    const seen: string[] = [];
    there.on("data", (data) => seen.push(String(data)));
    here.write("x");
    await until(() => there.status().incomingQueue + there.readableLength > 0);
    expect(seen).toEqual([]);
    there.resume();
    await until(() => seen.length === 1);
  });
});

describe("close", () => {
  test("takes no more, and is over when every socket is", async () => {
    const { server, here, there } = await pair();
    let over = false;
    const options = to(server);
    server.close((error) => {
      expect(error).toBeUndefined();
      over = true;
    });
    const late = connect(options);
    expect(await next(late, "error")).toMatchObject({ code: "ECONNREFUSED" });
    expect(over).toBe(false);
    const end = closed(there);
    here.end();
    await end;
    await until(() => over);
    expect(server.listening).toBe(false);
  });

  test("of one that does not listen tells so", async () => {
    const server = createServer();
    const error = await new Promise((resolve) => server.close(resolve));
    expect(error).toMatchObject({ code: "ERR_SERVER_NOT_RUNNING" });
  });

  test("before it listens gives the address back, and never says `listening`", async () => {
    const first = newServer();
    first.listen({ port: PORT, host: "127.0.0.1", udpPort: 0 });
    let heard = false;
    first.on("listening", () => {
      heard = true;
    });
    await new Promise((resolve) => first.close(resolve));
    expect(heard).toBe(false);
    expect(first.listening).toBe(false);
  });

  test("is what `await using` does, and it can listen again", async () => {
    const server = newServer();
    {
      await using used = server;
      used.listen({ port: PORT, host: "127.0.0.1", udpPort: 0 });
      await listening(used);
    }
    expect(server.listening).toBe(false);
    server.listen({ port: PORT, host: "127.0.0.1", udpPort: 0 });
    await listening(server);
  });
});
