import { once } from "node:events";
import {
  AF_INET,
  IPPROTO_SCTP,
  type SctpSocket,
  SOCK_STREAM,
  type SocketOptions,
  socket,
} from "usctp/socket";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect, createEndpoint, createServer, type LocalOptions } from "../../src/api/message/index.ts";
import { RawPeer, RawSocket } from "../addresses/raw-peer.ts";
import { INIT } from "../stack/support.ts";
import { closing, PORT } from "./loopback.ts";
import * as net from "./net/loopback.ts";
import { MutableTransport, udpSocket } from "./own-transport.ts";

/** What peers can ask of a UDP port at most is set where it is opened, and is the same for all that share it. */

const LOOPBACK = "127.0.0.1";
const RAW_PORT = 6_000;

/** What opens a UDP port with limits, face by face; gives its number. */
const openers: readonly [string, (limits: Limits) => Promise<number>][] = [
  ["listen()", async (limits) => (await listen(limits)).udpPort],
  [
    "createEndpoint()",
    async (limits) =>
      closing(await createEndpoint({ port: PORT, addresses: LOOPBACK, udpPort: 0, ...limits })).udpPort,
  ],
  [
    "listen() over a socket of the caller's",
    async (limits) => {
      const server = closing(createServer());
      await server.listen({ port: PORT, socket: await udpSocket(), ...limits });
      return server.udpPort;
    },
  ],
  [
    "listen() over a transport",
    async (limits) => {
      const server = closing(createServer());
      await server.listen({ port: PORT, transport: new MutableTransport(await udpSocket()), ...limits });
      return server.udpPort;
    },
  ],
  ["usctp/net", async (limits) => (await net.serve(limits)).udpPort as number],
  ["usctp/socket", async (limits) => (await bound({ udpPort: 0, ...limits })).udpPort as number],
];

type Limits = Pick<LocalOptions, "maxAssociations" | "outOfTheBlueReplies" | "refusals">;

async function listen(options: Limits, udpPort: number = 0, port: number = PORT) {
  return closing(createServer()).listen({ port, addresses: LOOPBACK, udpPort, ...options });
}

async function bound(options: SocketOptions, port: number = PORT): Promise<SctpSocket> {
  const made = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, options);
  onTestFinished(() => made[Symbol.asyncDispose]());
  await made.bind({ address: LOOPBACK, port });
  await made.listen(5);
  return made;
}

describe.each(openers)("%s", (_, open) => {
  test("takes maxAssociations", async () => {
    const udpPort = await open({ maxAssociations: 1 });
    const to = { port: PORT, addresses: LOOPBACK, udpPort };
    const first = aborting(await connect(to));
    await expect(connect(to)).rejects.toMatchObject({
      code: "ERR_SCTP_REFUSED",
      message: expect.stringContaining("OUT-OF-RESOURCE"),
    });
    expect(first.state).toBe("established");
  });

  test("takes outOfTheBlueReplies and refusals", async () => {
    const place = { address: LOOPBACK, udpPort: await open({ outOfTheBlueReplies: 0, refusals: 0 }) };
    const raw = await RawSocket.open(LOOPBACK);
    onTestFinished(() => raw.close());
    const peer = new RawPeer({ port: RAW_PORT, peerPort: PORT });
    raw.send(peer.packet({ tag: 77 }, peer.heartbeat()), place);
    raw.send(peer.packet({ tag: 0 }, { type: "INIT", ...INIT, outboundStreams: 0 }), place);
    raw.send(peer.packet({ tag: 0 }, { type: "INIT", ...INIT }), place);
    // By default each of the first two is answered with an ABORT before.
    expect((await raw.next()).packet.chunks.map(({ type }) => type)).toEqual(["INIT-ACK"]);
  });
});

function aborting<T extends { abort(): void }>(association: T): T {
  onTestFinished(() => association.abort());
  return association;
}

test("by default both are answered", async () => {
  const place = { address: LOOPBACK, udpPort: (await listen({})).udpPort };
  const raw = await RawSocket.open(LOOPBACK);
  onTestFinished(() => raw.close());
  const peer = new RawPeer({ port: RAW_PORT, peerPort: PORT });
  raw.send(peer.packet({ tag: 77 }, peer.heartbeat()), place);
  expect((await raw.next()).packet.chunks.map(({ type }) => type)).toEqual(["ABORT"]);
  raw.send(peer.packet({ tag: 0 }, { type: "INIT", ...INIT, outboundStreams: 0 }), place);
  expect((await raw.next()).packet.chunks.map(({ type }) => type)).toEqual(["ABORT"]);
});

test("connect() takes them for its own UDP port", async () => {
  const server = await listen({});
  const to = { port: PORT, addresses: LOOPBACK, udpPort: server.udpPort };
  const localUdpPort = await freePort();
  const first = aborting(await connect({ ...to, localUdpPort, maxAssociations: 1 }));
  await expect(connect({ ...to, localUdpPort })).rejects.toMatchObject({ code: "ERR_SCTP_LIMIT" });
  expect(first.state).toBe("established");
});

async function freePort(): Promise<number> {
  const free = await udpSocket();
  const { port } = free.address();
  free.close();
  await once(free, "close");
  return port;
}

describe("endpoints that share a UDP port", () => {
  const other = PORT + 1;

  test("have the limits of the one that opened it when they name none, or the same", async () => {
    const { udpPort } = await listen({ maxAssociations: 1 });
    await listen({}, udpPort, other);
    await listen({ maxAssociations: 1, refusals: 1_000 }, udpPort, other + 1);
    const to = { addresses: LOOPBACK, udpPort };
    aborting(await connect({ ...to, port: PORT }));
    await expect(connect({ ...to, port: other })).rejects.toMatchObject({ code: "ERR_SCTP_REFUSED" });
  });

  test("are refused when they name others, and nothing changes", async () => {
    const { udpPort } = await listen({ maxAssociations: 7 });
    for (const [limits, name, value] of [
      [{ maxAssociations: 8 }, "maxAssociations", 7],
      [{ refusals: 5 }, "refusals", 1_000],
      [{ outOfTheBlueReplies: 5 }, "outOfTheBlueReplies", 1_000],
    ] as const) {
      await expect(listen(limits, udpPort, other)).rejects.toMatchObject({
        code: "ERR_SCTP_INVALID_OPTION",
        message: expect.stringContaining(`"${name}" is ${value} on UDP port ${udpPort}`),
      });
    }
    await expect(bound({ udpPort, maxAssociations: 8 }, other)).rejects.toMatchObject({ code: "EINVAL" });
    const failing = net.newServer();
    failing.listen({ port: other, host: LOOPBACK, udpPort, maxAssociations: 8 });
    expect((await once(failing, "error"))[0]).toMatchObject({ code: "ERR_SCTP_INVALID_OPTION" });
    // The SCTP port was not taken by any of these.
    await listen({}, udpPort, other);
  });

  test("may name others when the one that opened it, and all others, are gone", async () => {
    const server = await listen({ maxAssociations: 7 });
    const { udpPort } = server;
    await server.close();
    await listen({ maxAssociations: 8 }, udpPort);
  });
});

test.each([
  [{ maxAssociations: 0 }, "maxAssociations"],
  [{ outOfTheBlueReplies: -1 }, "outOfTheBlueReplies"],
  [{ refusals: 1.5 }, "refusals"],
] as const)("refuses %o before any socket opens", async (limits, name) => {
  const message = expect.stringContaining(name);
  await expect(listen(limits)).rejects.toMatchObject({ code: "ERR_SCTP_INVALID_OPTION", message });
  expect(() => net.newServer().listen({ port: PORT, ...limits })).toThrow(
    expect.objectContaining({ code: "ERR_SCTP_INVALID_OPTION", message }),
  );
  expect(() => socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, limits)).toThrow(
    expect.objectContaining({ code: "EINVAL", message }),
  );
});
