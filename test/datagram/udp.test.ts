import { createSocket, type Socket } from "node:dgram";
import { afterEach, describe, expect, test } from "vitest";
import type { IpAddress } from "../../src/base/address.ts";
import { UdpTransport } from "../../src/datagram/udp.ts";
import { Inbox, ip, rejection, sendText } from "./support.ts";

const A = ip("127.0.0.1");
const B = ip("127.0.0.2");
const C = ip("127.0.0.3");
const V6 = ip("::1");
/** TEST-NET-1 (RFC 5737): no machine has it. */
const ABSENT = ip("192.0.2.77");

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(port: number, ...addresses: IpAddress[]): Promise<UdpTransport> {
  const transport = await UdpTransport.open({ port, addresses });
  opened.push(transport);
  return transport;
}

/** A socket of somebody else's. */
async function occupy(address: string, port = 0, options: { ipv6Only?: boolean } = {}): Promise<Socket> {
  const socket = createSocket({ type: address.includes(":") ? "udp6" : "udp4", ...options });
  opened.push({ close: () => new Promise<void>((resolve) => socket.close(resolve)) });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address, port, exclusive: true }, resolve);
  });
  return socket;
}

/** Whether `address` and `port` can be bound at this moment. */
async function isFree(address: string, port: number): Promise<boolean> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  const free = await new Promise<boolean>((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind({ address, port, exclusive: true }, () => resolve(true));
  });
  await new Promise<void>((resolve) => socket.close(resolve));
  return free;
}

describe("§3.1 one socket per local address on one port", () => {
  test("addresses of both families share the port that the system chose for the first", async () => {
    const transport = await open(0, A, B, V6);
    expect(transport.addresses).toEqual([A, B, V6]);
    expect(transport.port).toBeGreaterThan(0);
    for (const address of transport.addresses) expect(await isFree(address, transport.port)).toBe(false);
  });

  test("an IPv6 socket leaves IPv4 its port, wildcards included, in either order", async () => {
    const ours = await open(0, V6);
    await occupy("0.0.0.0", ours.port);
    const theirs = await occupy("0.0.0.0");
    await open(theirs.address().port, V6);
  });

  test("a datagram says which local address it came to, and leaves from the one asked for", async () => {
    const server = await open(0, A, B, V6);
    const client = await open(0, A, C, V6);
    const inbox = new Inbox();
    server.start(inbox);
    const ways: [IpAddress, IpAddress][] = [
      [C, A],
      [C, B],
      [A, B],
      [V6, V6],
    ];
    for (const [source, destination] of ways) {
      expect(await sendText(client, { text: "hi", source, destination, port: server.port })).toBeUndefined();
      expect(await inbox.next()).toEqual({ text: "hi", source, sourcePort: client.port, destination });
    }
  });
});

describe("§3.2 a list is bound whole or not at all", () => {
  test("one absent address refuses the list, by name, and nothing stays bound", async () => {
    const { port } = (await occupy("127.0.0.9")).address();
    const error = await rejection(open(port, A, V6, ABSENT));
    expect(error.code).toBe("ERR_SCTP_ADDRESS_UNAVAILABLE");
    expect(error.message).toContain("192.0.2.77");
    expect(await isFree(A, port)).toBe(true);
    expect(await isFree(V6, port)).toBe(true);
  });

  test.each(["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"])(
    "%s is not one host: refused before any socket opens",
    async (text) => {
      const error = await rejection(open(0, A, ip(text)));
      expect(error.code).toBe("ERR_SCTP_INVALID_ADDRESS");
      expect(error.message).toContain(text);
    },
  );

  test("no address at all is refused", async () => {
    expect((await rejection(open(0))).code).toBe("ERR_SCTP_ADDRESS_UNAVAILABLE");
  });

  test.each([-1, 65_536, 1.5, Number.NaN])("the UDP port %d is refused", async (port) => {
    expect((await rejection(open(port, A))).code).toBe("ERR_SCTP_INVALID_OPTION");
  });
});

test("§3.3 an IPv4-mapped address is the IPv4 address and carries IPv4", async () => {
  const server = await open(0, ip("::ffff:127.0.0.2"));
  const client = await open(0, A);
  const inbox = new Inbox();
  server.start(inbox);
  expect(server.addresses).toEqual([B]);
  await sendText(client, { text: "v4", source: A, destination: B, port: server.port });
  expect((await inbox.next()).source).toBe(A);
  // Nothing of ours listens on IPv6.
  expect(await isFree("::1", server.port)).toBe(true);
});

describe("§3.4 addresses come and go", () => {
  test("one added later receives at once, one removed is free again", async () => {
    const server = await open(0, A);
    const client = await open(0, A);
    const inbox = new Inbox();
    server.start(inbox);
    await server.bind([B, V6]);
    expect(server.addresses).toEqual([A, B, V6]);
    await sendText(client, { text: "late", source: A, destination: B, port: server.port });
    expect((await inbox.next()).destination).toBe(B);
    await server.unbind([B, A]);
    expect(server.addresses).toEqual([V6]);
    expect(await isFree(B, server.port)).toBe(true);
  });

  test("an address stays until every holder gave it back", async () => {
    const server = await open(0, A, B);
    await server.bind([B, C]);
    await server.unbind([B, C]);
    expect(server.addresses).toEqual([A, B]);
    await server.unbind([B]);
    expect(server.addresses).toEqual([A]);
  });

  test("the last one cannot be removed", async () => {
    const server = await open(0, A, B);
    const error = await rejection(server.unbind([A, B]));
    expect(error.code).toBe("ERR_SCTP_LAST_ADDRESS");
    expect(error.message).toContain("127.0.0.2");
    expect(server.addresses).toEqual([A, B]);
  });

  test("an address that is not bound is not removed, nor is anything else of the call", async () => {
    const server = await open(0, A, B);
    expect((await rejection(server.unbind([B, C]))).code).toBe("ERR_SCTP_UNKNOWN_ADDRESS");
    expect(server.addresses).toEqual([A, B]);
  });

  test("addresses are added all or none", async () => {
    const server = await open(0, A);
    await rejection(server.bind([B, ABSENT]));
    expect(server.addresses).toEqual([A]);
    expect(await isFree(B, server.port)).toBe(true);
  });

  test("calls that overlap do not open an address twice", async () => {
    const server = await open(0, A);
    await Promise.all([server.bind([B]), server.bind([B]), server.bind([B])]);
    await server.unbind([B]);
    await server.unbind([B]);
    expect(server.addresses).toEqual([A, B]);
    await server.unbind([B]);
    expect(server.addresses).toEqual([A]);
  });
});

describe("§3.6 an error says what, where and what to do", () => {
  test("a port in use", async () => {
    const other = await occupy("127.0.0.2");
    const { port } = other.address();
    const error = await rejection(open(port, A, B));
    expect(error.code).toBe("ERR_SCTP_PORT_IN_USE");
    expect(error.message).toMatch(new RegExp(`127\\.0\\.0\\.2 \\(IPv4\\).*${port}.*choose another UDP port`));
    expect(error.cause).toMatchObject({ code: "EADDRINUSE" });
    expect(await isFree(A, port)).toBe(true);
  });

  test("an address of another machine, with those of this one", async () => {
    const error = await rejection(open(0, ABSENT));
    expect(error.message).toMatch(/192\.0\.2\.77 \(IPv4\).*not an address of this machine.*127\.0\.0\.1/);
  });

  test("§3.8 a link-local address without its interface", async () => {
    const error = await rejection(open(0, ip("fe80::1234")));
    expect(error.code).toBe("ERR_SCTP_INVALID_ADDRESS");
    expect(error.message).toMatch(/fe80::1234 \(IPv6\).*fe80::1234%eth0/);
  });
});

describe("sending", () => {
  test("asks for large buffers and tells what is usable of what was granted", async () => {
    const transport = await open(0, A, V6);
    const socket = await occupy("127.0.0.4");
    socket.setRecvBufferSize(4_194_304);
    const doubled = process.platform === "linux" ? 2 : 1;
    expect(transport.receiveCapacity).toBe(socket.getRecvBufferSize() / doubled);
  });

  test("from an address that is not bound fails by callback", async () => {
    const transport = await open(0, A);
    const code = await sendText(transport, { text: "x", source: B, destination: A, port: 9 });
    expect(code).toBe("EADDRNOTAVAIL");
  });

  test("where the socket cannot go fails by callback and hurts nobody", async () => {
    const transport = await open(0, A);
    const inbox = new Inbox();
    transport.start(inbox);
    // Linux: EINVAL for a socket on loopback that sends elsewhere.
    expect(await sendText(transport, { text: "x", source: A, destination: ABSENT, port: 9 })).toBeDefined();
    expect(await sendText(transport, { text: "x", source: A, destination: B, port: 65_536 })).toBeDefined();
    await sendText(transport, { text: "still here", source: A, destination: A, port: transport.port });
    expect((await inbox.next()).text).toBe("still here");
  });

  test("a closed transport calls back and takes no more addresses", async () => {
    const transport = await open(0, A);
    await transport.close();
    await transport.close();
    expect(await sendText(transport, { text: "x", source: A, destination: A, port: 9 })).toBeDefined();
    expect((await rejection(transport.bind([B]))).code).toBe("ERR_SCTP_CLOSED");
  });
});
