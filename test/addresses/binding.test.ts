import { createSocket } from "node:dgram";
import { afterEach, expect, test } from "vitest";
import {
  type Association,
  connect,
  createEndpoint,
  createServer,
  SctpError,
  type Server,
} from "../../src/api/message/index.ts";
import { closing, connectTo, echo, nextText, PORT, serve } from "../api/loopback.ts";

/** Where endpoints are: rules 1 to 7 of the design, over real sockets of this machine's loopback. */

const foreign: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(foreign.splice(0).map((close) => close()));
});

/** A socket of somebody else. Resolves with its port, or rejects with the system's error. */
function occupy(address: string, port: number): Promise<number> {
  const ipv6 = address.includes(":");
  const socket = createSocket({ type: ipv6 ? "udp6" : "udp4", ipv6Only: ipv6 });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address, port, exclusive: true }, () => {
      foreign.push(() => new Promise((closed) => socket.close(() => closed())));
      resolve(socket.address().port);
    });
  });
}

async function rejection(promise: Promise<unknown>): Promise<SctpError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SctpError) return error;
  throw error ?? new Error("it did not reject");
}

/** Says something at one address of an echo server, and closes. */
async function greet(server: Server, address: string): Promise<string | undefined> {
  const association = await connectTo(server, { addresses: address });
  await association.send(`hello ${address}`);
  const answer = await nextText(association);
  await association.close();
  return answer;
}

async function expectGreeting(server: Server, ...addresses: string[]): Promise<void> {
  for (const address of addresses) expect(await greet(server, address)).toBe(`hello ${address}`);
}

const echoing = (addresses: readonly string[]): Promise<Server> => serve({}, echo, addresses);

test("§3.1 every local address has a socket of its own, all on one UDP port", async () => {
  const server = await echoing(["127.0.0.1", "127.0.0.2", "::1"]);
  const { udpPort } = server;
  await expectGreeting(server, "127.0.0.1", "127.0.0.2", "::1");
  for (const address of ["127.0.0.1", "127.0.0.2", "::1"]) {
    await expect(occupy(address, udpPort)).rejects.toMatchObject({ code: "EADDRINUSE" });
  }
  // No wildcard socket stands behind them: the port is free at any other address.
  expect(await occupy("127.0.0.3", udpPort)).toBe(udpPort);
});

test.each([
  ["127.0.0.1", "::1"],
  ["::1", "127.0.0.1"],
  ["0.0.0.0", "::"],
  ["::", "0.0.0.0"],
])("§3.1 %s first, then %s: one UDP port for both families", async (first, second) => {
  const server = await echoing([first]);
  const { udpPort } = server;
  const other = closing(createServer(echo));
  await other.listen({ port: PORT, addresses: second, udpPort });
  const [v4, v6] = first.includes(":") ? [other, server] : [server, other];
  await expectGreeting(v4, "127.0.0.1");
  await expectGreeting(v6, "::1");
});

test("§3.1 the port of an IPv6 address is another program's in IPv4, and the other way round", async () => {
  const server = await echoing(["::1"]);
  await occupy("0.0.0.0", server.udpPort);
  await expectGreeting(server, "::1");
  const other = await echoing(["127.0.0.1"]);
  await occupy("::", other.udpPort);
  await expectGreeting(other, "127.0.0.1");
});

test("§3.2 one list mixes the families, and one association uses both", async () => {
  const server = await echoing(["127.0.0.1", "::1"]);
  const association = await connectTo(server, { localAddresses: ["::1", "127.0.0.1"] });
  expect(association.paths.map(({ source, destination }) => [source, destination])).toEqual([
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
  ]);
  await association.close();
});

test.each([
  ["10.0.0.300", "ERR_SCTP_INVALID_ADDRESS"],
  ["::12345", "ERR_SCTP_INVALID_ADDRESS"],
  ["224.0.0.1", "ERR_SCTP_INVALID_ADDRESS"],
  ["no-such-host.invalid", "ERR_SCTP_LOOKUP"],
  ["192.0.2.77", "ERR_SCTP_ADDRESS_UNAVAILABLE"],
])("§3.2 a list with %s is refused whole, by name, and nothing stays bound", async (bad, code) => {
  const udpPort = await occupy("127.0.0.9", 0);
  const server = closing(createServer());
  const addresses = ["127.0.0.1", "::1", bad, "127.0.0.2"];
  const error = await rejection(server.listen({ port: PORT, addresses, udpPort }));
  expect(error.code).toBe(code);
  expect(error.message).toContain(bad);
  for (const address of ["127.0.0.1", "::1", "127.0.0.2"]) await occupy(address, udpPort);
  expect(server.listening).toBe(false);
});

test("§3.3 a mapped address is the IPv4 address: bound, connected to and shown as that", async () => {
  const server = await echoing(["::ffff:127.0.0.2"]);
  expect(server.addresses).toEqual(["127.0.0.2"]);
  const arrivals = server[Symbol.asyncIterator]();
  server.removeAllListeners("association");
  const [here, { value: there }] = await Promise.all([
    connectTo(server, { addresses: "::ffff:127.0.0.2", localAddresses: "::ffff:127.0.0.1" }),
    arrivals.next(),
  ]);
  expect(here.paths).toMatchObject([{ source: "127.0.0.1", destination: "127.0.0.2" }]);
  expect(there?.paths).toMatchObject([{ source: "127.0.0.2", destination: "127.0.0.1" }]);
  await here.close();
  // Written in two ways it is one address.
  await server.addAddresses(["127.0.0.2", "::ffff:7f00:2"]);
  expect(server.addresses).toEqual(["127.0.0.2"]);
});

test("§3.3 an endpoint at a mapped address alone is not there in IPv6", async () => {
  const server = await echoing(["::ffff:127.0.0.1"]);
  // IPv6 has the port to itself, wildcard included: nothing of ours listens there.
  expect(await occupy("::", server.udpPort)).toBe(server.udpPort);
  await expectGreeting(server, "127.0.0.1");
});

test("§3.4 addresses come and go, one or many at a time, as often as wanted", async () => {
  const server = await echoing(["127.0.0.1"]);
  const { udpPort } = server;
  for (let round = 0; round < 3; round++) {
    await server.addAddresses(["127.0.0.2", "127.0.0.3", "::1"]);
    expect(server.addresses).toEqual(["127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"]);
    await expectGreeting(server, "127.0.0.3", "::1");
    await server.removeAddresses("127.0.0.2");
    await server.removeAddresses(["127.0.0.3", "::1"]);
    expect(server.addresses).toEqual(["127.0.0.1"]);
  }
  for (const address of ["127.0.0.2", "127.0.0.3", "::1"]) await occupy(address, udpPort);
  await expectGreeting(server, "127.0.0.1");
});

test("§3.4 the last address cannot go, nor one that is not there; then none goes", async () => {
  const server = await echoing(["127.0.0.1", "127.0.0.2"]);
  const both = await rejection(server.removeAddresses(["127.0.0.1", "127.0.0.2"]));
  expect(both.code).toBe("ERR_SCTP_LAST_ADDRESS");
  const strange = await rejection(server.removeAddresses(["127.0.0.1", "127.0.0.7"]));
  expect([strange.code, strange.message]).toEqual([
    "ERR_SCTP_UNKNOWN_ADDRESS",
    expect.stringContaining("127.0.0.7"),
  ]);
  await server.removeAddresses("127.0.0.1");
  expect((await rejection(server.removeAddresses("127.0.0.2"))).code).toBe("ERR_SCTP_LAST_ADDRESS");
  expect(server.addresses).toEqual(["127.0.0.2"]);
  await expectGreeting(server, "127.0.0.2");
});

test("§3.4 an association outlives the removal of the address that its primary path has", async () => {
  const server = await echoing(["127.0.0.1", "127.0.0.2"]);
  const association = await connectTo(server, {
    localAddresses: ["127.0.0.3", "127.0.0.4"],
    rtoMin: 50,
    rtoMax: 200,
  });
  expect(association.remoteAddress).toBe("127.0.0.1");
  await server.removeAddresses("127.0.0.1");
  await association.send("still there?");
  expect(await nextText(association)).toBe("still there?");
  await association.close();
});

test("§3.5 a listener that names no address is at loopback alone, IPv4 and IPv6", async () => {
  const server = closing(createServer(echo));
  await server.listen({ port: PORT, udpPort: 0 });
  expect(server.addresses).toEqual(["127.0.0.1", "::1"]);
  await expectGreeting(server, "127.0.0.1", "::1");
});

test("§3.5 the wildcard means every address, each with its socket", async () => {
  const server = await echoing(["0.0.0.0", "::"]);
  expect(server.addresses).toEqual(expect.arrayContaining(["127.0.0.1", "::1"]));
  for (const address of server.addresses) {
    await expect(occupy(address, server.udpPort)).rejects.toMatchObject({ code: "EADDRINUSE" });
  }
  // 127.0.0.2 reaches this machine too, but no interface says that it has it.
  await occupy("127.0.0.2", server.udpPort);
});

test("§3.5 a client that names no local address takes the one of the route", async () => {
  const server = await echoing(["127.0.0.1", "::1"]);
  for (const address of ["127.0.0.1", "::1"]) {
    const association = await connectTo(server, { addresses: address });
    expect(association.localAddress).toBe(address);
    await association.close();
  }
});

test("§3.5 the name of an interface stands for its addresses, and a host name for all of its own", async () => {
  // "lo" of Linux, "lo0" elsewhere.
  const server = await echoing([process.platform === "linux" ? "lo" : "lo0"]);
  expect(server.addresses).toEqual(expect.arrayContaining(["127.0.0.1", "::1"]));
  const named = await echoing(["localhost"]);
  expect(named.addresses).toContain("127.0.0.1");
  const association = await connect({
    port: PORT,
    addresses: "localhost",
    udpPort: named.udpPort,
    localAddresses: process.platform === "linux" ? "lo" : "lo0",
  });
  expect(association.paths.length).toBeGreaterThan(0);
  await association.close();
});

test("§3.6 a port in use: which address, which family, which port, and what to do", async () => {
  for (const [taken, family, free] of [
    ["127.0.0.2", "IPv4", "127.0.0.1"],
    ["::1", "IPv6", "127.0.0.1"],
  ] as const) {
    const udpPort = await occupy(taken, 0);
    const server = closing(createServer());
    const error = await rejection(server.listen({ port: PORT, addresses: [free, taken], udpPort }));
    expect(error.code).toBe("ERR_SCTP_PORT_IN_USE");
    for (const part of [taken, family, `${udpPort}`, "choose another UDP port"]) {
      expect(error.message).toContain(part);
    }
    expect(error.message).not.toContain(free);
    expect(await occupy(free, udpPort)).toBe(udpPort);
  }
});

test("§3.6 an SCTP port in use, and an address that is not of this machine", async () => {
  const server = await echoing(["127.0.0.1"]);
  const { udpPort } = server;
  const twice = closing(createServer());
  const taken = await rejection(twice.listen({ port: PORT, addresses: "127.0.0.1", udpPort }));
  expect([taken.code, taken.message]).toEqual([
    "ERR_SCTP_PORT_IN_USE",
    expect.stringMatching(new RegExp(`SCTP port ${PORT} at 127\\.0\\.0\\.1.*[Cc]hoose`)),
  ]);
  const absent = await rejection(twice.listen({ port: PORT, addresses: "192.0.2.1", udpPort: 0 }));
  expect(absent.code).toBe("ERR_SCTP_ADDRESS_UNAVAILABLE");
  expect(absent.message).toContain("192.0.2.1 (IPv4)");
  // What would have worked.
  expect(absent.message).toContain("127.0.0.1");
  await expectGreeting(server, "127.0.0.1");
});

test("§3.7 SCTP ports of one process share a UDP port, which the last one gives back", async () => {
  const first = await echoing(["127.0.0.1"]);
  const { udpPort } = first;
  const second = closing(createServer(echo));
  await second.listen({ port: PORT + 1, addresses: ["127.0.0.1", "127.0.0.2"], udpPort });
  const endpoint = closing(await createEndpoint({ port: PORT + 2, addresses: "127.0.0.1", udpPort }));
  const toSecond = (address: string): Promise<Association> =>
    connect({ port: PORT + 1, addresses: address, udpPort });
  await expectGreeting(first, "127.0.0.1");
  for (const address of ["127.0.0.1", "127.0.0.2"]) {
    const association = await toSecond(address);
    expect(association.remotePort).toBe(PORT + 1);
    await association.close();
  }
  // Both ends are on the same sockets here.
  const inside = await endpoint.connect({ port: PORT, addresses: "127.0.0.1", udpPort });
  await inside.send("from within");
  expect(await nextText(inside)).toBe("from within");
  await inside.close();
  await first.close();
  await endpoint.close();
  const left = await toSecond("127.0.0.1");
  await expect(occupy("127.0.0.1", udpPort)).rejects.toMatchObject({ code: "EADDRINUSE" });
  await left.close();
  await second.close();
  await occupy("127.0.0.1", udpPort);
  await occupy("127.0.0.2", udpPort);
});

test("§3.7 a client has a UDP port of its own, or the one that it asks for", async () => {
  const server = closing(createServer());
  await server.listen({ port: PORT, addresses: "127.0.0.1", udpPort: 0 });
  const arrivals = server[Symbol.asyncIterator]();
  const wanted = await occupy("127.0.0.8", 0);
  const clients = [await connectTo(server), await connectTo(server)];
  clients.push(await connectTo(server, { localUdpPort: wanted }));
  const ports: (number | undefined)[] = [];
  for (const _ of clients) ports.push((await arrivals.next()).value?.paths[0]?.udpPort);
  expect(new Set(ports).size).toBe(3);
  expect(ports[2]).toBe(wanted);
  for (const port of ports) expect([9_899, server.udpPort]).not.toContain(port);
  for (const client of clients) await client.close();
});

test("§3.7 a server that names no UDP port takes 9,899, and a client expects it there", async () => {
  // An address that nobody else binds: 9,899 is one for the whole machine.
  const server = closing(createServer(echo));
  await server.listen({ port: PORT, addresses: "127.0.37.1" });
  expect(server.udpPort).toBe(9_899);
  const association = await connect({ port: PORT, addresses: "127.0.37.1" });
  expect(association.paths[0]?.udpPort).toBe(9_899);
  await association.close();
});
