import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type Association, connect, createEndpoint, createServer } from "../../src/api/message/index.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { closing, connectTo, echo, ended, nextText, PORT, pair, serve, until } from "./loopback.ts";
import { MutableTransport, udpSocket } from "./own-transport.ts";

/** Loses the SHUTDOWN COMPLETE. */
class CompletionLosing extends MutableTransport {
  losing = true;

  override send(...args: Parameters<MutableTransport["send"]>): void {
    const [bytes, , , , done] = args;
    if (this.losing && bytes[12] === ChunkType.SHUTDOWN_COMPLETE) done(null);
    else super.send(...args);
  }
}

describe("what is closed", () => {
  test("refuses every call on an association alike", async () => {
    const keys = new Map([[1, new Uint8Array(16)]]);
    const options = { authentication: { keys }, addressReconfiguration: true };
    const { here, there } = await pair(options, options);
    const ended = once(there, "close");
    await here.close();
    await ended;
    for (const association of [here, there]) {
      const calls: readonly (() => unknown)[] = [
        () => association.setPrimary("127.0.0.1"),
        () => association.setPeerPrimary("127.0.0.1"),
        () => association.heartbeat("127.0.0.1"),
        () => association.configure({ rtoMin: 500 }),
        () => association.authKeys.set(2, new Uint8Array(1)),
        () => association.authKeys.activate(1),
        () => association.authKeys.deactivate(9),
        () => association.authKeys.delete(9),
        () => association.trySend("x"),
        () => association.send("x"),
        () => association.resetStreams({ outgoing: [1] }),
        () => association.resetAssociation(),
        () => association.addStreams({ outgoing: 1 }),
      ];
      for (const call of calls) {
        await expect((async () => call())(), String(call)).rejects.toMatchObject({ code: "ERR_SCTP_CLOSED" });
      }
    }
  });

  test("refuses so from abort() on", async () => {
    const { here } = await pair();
    here.abort();
    expect(() => here.setPrimary("127.0.0.1")).toThrow("setPrimary(): the association is closed");
    expect(() => here.configure({ rtoMin: 500 })).toThrow("configure(): the association is closed");
    expect(() => here.setPrimary("x")).toThrow("takes one of the peer's IP addresses, and got 'x'");
  });

  test("refuses every call on an endpoint alike, and what never was open says so", async () => {
    const endpoint = closing(await createEndpoint({ port: 0, addresses: "127.0.0.1", udpPort: 0 }));
    const association = await endpoint.connect({
      port: endpoint.port,
      addresses: "127.0.0.1",
      udpPort: endpoint.udpPort,
    });
    const calls: readonly (() => Promise<unknown>)[] = [
      () => endpoint.connect({ port: PORT, addresses: "127.0.0.1" }),
      () => endpoint.addAddresses("127.0.0.2"),
      () => endpoint.removeAddresses("127.0.0.1"),
    ];
    const closed = endpoint.close();
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "ERR_SCTP_CLOSED" });
    association.abort();
    await closed;
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "ERR_SCTP_CLOSED" });
    await expect(createServer().addAddresses("127.0.0.2")).rejects.toMatchObject({
      code: "ERR_SCTP_INVALID_STATE",
    });
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

  test("of a server lets a shutdown that the peer has begun come to its end, though nobody took it", async () => {
    const server = closing(createServer({ rtoInitial: 50, rtoMin: 50 }));
    await server.listen({ port: PORT, addresses: "127.0.0.1", udpPort: 0 });
    const transport = new CompletionLosing(await udpSocket());
    const endpoint = closing(await createEndpoint({ port: 0, transport }));
    const here = await endpoint.connect({ port: PORT, addresses: "127.0.0.1", udpPort: server.udpPort });
    const [there] = server.associations;
    await here.close();
    await until(() => there?.state === "shutdown-ack-sent");
    const closed = server.close();
    transport.losing = false;
    await closed;
    expect(there?.closed).toMatchObject({ reason: "shutdown" });
  });

  test("of a server aborts what nobody took and nobody ends", async () => {
    const server = closing(createServer());
    await server.listen({ port: PORT, addresses: "127.0.0.1", udpPort: 0 });
    const here = await connect({ port: PORT, addresses: "127.0.0.1", udpPort: server.udpPort });
    const end = ended(here);
    await server.close();
    expect((await end).reason).toBe("peer-aborted");
    await here.close().catch(() => {});
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

  test("of a server ends its associations in good order where it is told to", {
    timeout: 5_000,
  }, async () => {
    const server = await serve({}, () => {});
    const here = await connectTo(server);
    await server.close({ associations: "shutdown" });
    expect(here.closed ?? (await ended(here))).toMatchObject({ reason: "shutdown" });
  });

  test("of a server aborts its associations where it is told to", async () => {
    const server = await serve({}, () => {});
    const here = await connectTo(server);
    await server.close({ associations: "abort" });
    expect(here.closed ?? (await ended(here))).toMatchObject({ reason: "peer-aborted" });
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

  test("right after abort resolves, and so does `await using`", async () => {
    const { server, here, there } = await pair();
    const end = ended(there);
    here.abort("enough");
    await here.close();
    expect(here.closed?.reason).toBe("aborted");
    expect((await end).reason).toBe("peer-aborted");
    const used = async (): Promise<Association> => {
      await using association = await connectTo(server);
      association.abort();
      return association;
    };
    expect((await used()).closed?.reason).toBe("aborted");
  });

  test("that an abort interrupts rejects", async () => {
    const { here } = await pair();
    const closed = here.close();
    here.abort();
    await expect(closed).rejects.toMatchObject({ code: "ERR_SCTP_ABORTED" });
  });

  test.each([
    [new Error("no database"), "no database"],
    [null, undefined],
    [undefined, undefined],
    [Buffer.from("bytes"), "bytes"],
  ])("by abort(%o) tells the peer %o", async (reason, told) => {
    const { here, there } = await pair();
    const end = ended(there);
    here.abort(reason);
    const { error } = await end;
    expect(error?.message).toContain(
      told === undefined ? "USER-ABORT)" : `USER-ABORT ${JSON.stringify(told)}`,
    );
  });

  test("by abort with a wrong reason closes all the same", async () => {
    const { here } = await pair();
    expect(() => here.abort(5 as never)).toThrow(
      '"reason" takes a string, a Uint8Array or an Error, and got 5',
    );
    await here.close();
    expect(here.closed?.reason).toBe("aborted");
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
