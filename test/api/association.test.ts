import { createSocket } from "node:dgram";
import { once } from "node:events";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type Association, connect, createServer, type PathEvent } from "../../src/api/message/index.ts";
import { closing, connectTo, echo, ended, nextText, PORT, pair, serve, until } from "./loopback.ts";
import { MutableTransport, udpSocket } from "./own-transport.ts";

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

  test("tells all addresses of both sides, also when it is over", async () => {
    const server = await serve({}, echo, ["127.0.0.1", "127.0.0.2"]);
    const association = await connectTo(server, { localAddresses: ["127.0.0.1", "127.0.0.3"] });
    const [there] = server.associations;
    for (let i = 0; i < 2; i++) {
      expect(association.localAddresses).toEqual(["127.0.0.1", "127.0.0.3"]);
      expect(association.remoteAddresses).toEqual(["127.0.0.1", "127.0.0.2"]);
      expect(there?.localAddresses).toEqual(["127.0.0.1", "127.0.0.2"]);
      expect(there?.remoteAddresses.toSorted()).toEqual(["127.0.0.1", "127.0.0.3"]);
      await association.close();
    }
  });

  test("can be given other parameters while it is open", async () => {
    const { here } = await pair();
    here.configure({ maxMessageSize: 10, heartbeatInterval: 0 });
    expect(here.maxMessageSize).toBe(10);
    // @ts-expect-error It is settled by the handshake.
    expect(() => here.configure({ outboundStreams: 3 })).toThrow(
      'configure(): there is no option "outboundStreams"',
    );
    expect(() => here.configure({ rtoMin: 90_000 })).toThrow("rtoMin");
  });

  test("goes back to the path MTU of the search when `pathMtu` is undefined, and keeps it otherwise", async () => {
    const { here } = await pair();
    const mtu = (): number => here.paths[0]?.mtu ?? 0;
    await until(() => mtu() > 60_000);
    here.configure({ rtoMin: 500 });
    expect(mtu()).toBeGreaterThan(60_000);
    here.configure({ pathMtu: 1_000 });
    expect(mtu()).toBe(1_000);
    here.configure({ rtoMin: 600, rtoMax: undefined });
    expect(mtu()).toBe(1_000);
    here.configure({ pathMtu: undefined });
    expect(mtu()).toBeGreaterThan(1_000);
    await until(() => mtu() > 60_000);
    const { here: fixed } = await pair({}, { pathMtuSearch: "never" });
    fixed.configure({ pathMtu: 1_000 });
    fixed.configure({ pathMtu: undefined });
    expect(fixed.paths[0]?.mtu).toBe(1_500);
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
    const mute = new MutableTransport(await udpSocket(localUdpPort));
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

describe("the Adaptation Layer Indication (RFC 5061 §4.2.6)", () => {
  test("of each side is told to the other, and to the accept filter", async () => {
    const asked: (number | undefined)[] = [];
    const accept = ({ remoteAdaptation }: { remoteAdaptation: number | undefined }): boolean => {
      asked.push(remoteAdaptation);
      return true;
    };
    const { here, there } = await pair({ adaptation: 5, accept }, { adaptation: 0xffff_ffff });
    expect([here.remoteAdaptation, there.remoteAdaptation, ...asked]).toEqual([5, 0xffff_ffff, 0xffff_ffff]);
    // @ts-expect-error It is told in the handshake.
    expect(() => here.configure({ adaptation: 1 })).toThrow('there is no option "adaptation"');
    await expect(connect({ port: PORT, addresses: "127.0.0.1", adaptation: -1 })).rejects.toThrow(
      'the option "adaptation" takes an integer from 0 to 4294967295, and got -1',
    );
  });
});
