import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type Association, createServer, type IncomingInfo } from "../../src/api/message/index.ts";
import { closing, connectTo, echo, ended, nextText, PORT, serve, until } from "./loopback.ts";
import { udpSocket } from "./own-transport.ts";

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

  test("who is refused frees no place of the backlog, and who the filter refuses frees its own", async () => {
    let willing = true;
    const server = await serve({ backlog: 3, accept: () => willing });
    let established = 0;
    const attempt = (): Promise<unknown> =>
      connectTo(server).then(
        () => (established += 1),
        () => {},
      );
    for (let i = 0; i < 8; i++) await attempt();
    await Promise.all(Array.from({ length: 8 }, attempt));
    expect([established, server.associations.length]).toEqual([3, 3]);
    const arrivals = server[Symbol.asyncIterator]();
    for (let i = 0; i < 3; i++) expect((await arrivals.next()).value).toBeDefined();
    willing = false;
    for (let i = 0; i < 4; i++) await attempt();
    willing = true;
    for (let i = 0; i < 5; i++) await attempt();
    expect(established).toBe(6);
  });

  test("aborts what a listener throws at, and throws on", async () => {
    const server = await serve({}, () => {
      throw new Error("a slip");
    });
    const others = process.rawListeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    try {
      const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
      // It is aborted so early that no COOKIE ACK has left.
      await expect(connectTo(server)).rejects.toThrow("the application failed");
      expect(await thrown).toMatchObject({ message: "a slip" });
    } finally {
      for (const listener of others) process.on("uncaughtException", listener as () => void);
    }
    await until(() => server.associations.length === 0);
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
    (await udpSocket(free)).close();
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
    expect(() => server.port).toThrow("listen() was not called");
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
    for (const wrong of [undefined, null, 5, [5]] as never[]) {
      await expect(server.addAddresses(wrong)).rejects.toMatchObject({ code: "ERR_SCTP_INVALID_OPTION" });
      await expect(server.removeAddresses(wrong)).rejects.toMatchObject({ code: "ERR_SCTP_INVALID_OPTION" });
    }
    expect(changes).toEqual([["127.0.0.1", "127.0.0.2"], ["127.0.0.2"]]);
    await expect(server.removeAddresses("127.0.0.2")).rejects.toMatchObject({
      code: "ERR_SCTP_LAST_ADDRESS",
    });
    const association = await connectTo(server, { addresses: ["127.0.0.2"] });
    await association.close();
  });
});
