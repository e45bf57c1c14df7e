import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPPROTO_SCTP,
  IPV6_V6ONLY,
  SCTP_BINDX_ADD_ADDR,
  SCTP_BINDX_REM_ADDR,
  SCTP_I_WANT_MAPPED_V4_ADDR,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { aim, realSocket } from "./loopback.ts";
import { at, errno, errnoOf, PORT, text, World } from "./support.ts";

describe("socket()", () => {
  test("makes sockets of both domains and styles, and refuses others (RFC 6458 §3.1.1, §4.1.1)", () => {
    for (const domain of [AF_INET, AF_INET6] as const) {
      for (const type of [SOCK_STREAM, SOCK_SEQPACKET] as const) socket(domain, type, IPPROTO_SCTP);
    }
    const make = socket as (...args: unknown[]) => unknown;
    expect(errno(() => make("AF_UNIX", SOCK_STREAM, IPPROTO_SCTP))).toBe("EAFNOSUPPORT");
    expect(errno(() => make(AF_INET, "SOCK_DGRAM", IPPROTO_SCTP))).toBe("ESOCKTNOSUPPORT");
    expect(errno(() => make(AF_INET, SOCK_STREAM, "IPPROTO_TCP"))).toBe("EPROTONOSUPPORT");
    expect(errno(() => socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { udpPort: 65_536 }))).toBe("EINVAL");
  });
});

describe("bind()", () => {
  test("binds to one address and port, which getsockname() and getladdrs() tell (RFC 6458 §7.4, §9.5)", async () => {
    const world = new World();
    const bound = world.socket(world.a);
    expect(bound.getladdrs()).toEqual([]);
    expect(bound.getsockname()).toEqual(at("0.0.0.0", 0));
    expect(bound.udpPort).toBeUndefined();
    await bound.bind(at("10.0.1.1"));
    expect(bound.getladdrs()).toEqual([at("10.0.1.1")]);
    expect(bound.getsockname()).toEqual(at("10.0.1.1"));
    expect(bound.udpPort).toBe(9_899);
  });

  test("chooses a port for port 0, and every address for the wildcard (RFC 6458 §4.1.2)", async () => {
    const world = new World();
    const bound = world.socket(world.a);
    await bound.bind({ address: "0.0.0.0" });
    const { address, port } = bound.getsockname();
    expect(address).toBe("0.0.0.0");
    expect(port).toBeGreaterThanOrEqual(49_152);
    expect(bound.getladdrs()).toEqual([at("10.0.0.1", port), at("10.0.1.1", port)]);
  });

  test("is called once: bindx() adds addresses (RFC 6458 §4.1.2)", async () => {
    const world = new World();
    const bound = world.socket(world.a);
    await bound.bind(at("10.0.0.1"));
    expect(await errnoOf(bound.bind(at("10.0.1.1")))).toBe("EINVAL");
    const racing = world.socket(world.a);
    const first = racing.bind(at("10.0.0.1", 6_000));
    expect(await errnoOf(racing.bind(at("10.0.1.1", 6_000)))).toBe("EINVAL");
    await first;
    expect(racing.getladdrs()).toEqual([at("10.0.0.1", 6_000)]);
  });

  test.each([
    ["an IPv6 address for an IPv4 socket", AF_INET, { address: "::1", port: 1 }],
    ["a mapped address for an IPv4 socket", AF_INET, { address: "::ffff:127.0.0.1", port: 1 }],
    ["a text that is no address", AF_INET, { address: "localhost", port: 1 }],
    ["an address of another family than it says", AF_INET6, { family: AF_INET, address: "::1", port: 1 }],
    ["a family that is none", AF_INET, { family: "AF_UNIX", address: "127.0.0.1", port: 1 }],
    ["a port out of range", AF_INET, { address: "127.0.0.1", port: 65_536 }],
    ["a port that is no whole number", AF_INET, { address: "127.0.0.1", port: 1.5 }],
    ["a multicast address", AF_INET, { address: "224.0.0.1", port: 1 }],
    ["no object", AF_INET, "127.0.0.1" as never],
  ] as const)("refuses %s with EINVAL, and leaves the socket unbound", async (_, domain, address) => {
    const refused = realSocket(SOCK_STREAM, domain);
    expect(await errnoOf(refused.bind(address))).toBe("EINVAL");
    expect(refused.getladdrs()).toEqual([]);
    await refused.bind({ address: "127.0.0.1".replace(/^/, domain === AF_INET6 ? "::ffff:" : "") });
  });

  test("refuses a port that another socket has, and an address that this machine has not", async () => {
    const first = realSocket();
    await first.bind({ address: "127.0.0.1", port: PORT });
    const second = realSocket(SOCK_STREAM, AF_INET, first.udpPort);
    expect(await errnoOf(second.bind({ address: "127.0.0.1", port: PORT }))).toBe("EADDRINUSE");
    expect(await errnoOf(second.bind({ address: "192.0.2.77", port: PORT }))).toBe("EADDRNOTAVAIL");
    expect(second.getladdrs()).toEqual([]);
    await second.bind({ address: "127.0.0.1", port: PORT + 1 });
  });

  test("binds mapped addresses as IPv4, and both families for the wildcard of an IPv6 socket", async () => {
    const mapped = realSocket(SOCK_STREAM, AF_INET6);
    await mapped.bind({ address: "::ffff:127.0.0.1", port: PORT });
    expect(mapped.getladdrs()).toEqual([at("127.0.0.1")]);
    mapped.setsockopt(IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, 1);
    expect(mapped.getladdrs()).toEqual([{ family: AF_INET6, address: "::ffff:127.0.0.1", port: PORT }]);

    const dual = realSocket(SOCK_STREAM, AF_INET6);
    await dual.bind({ address: "::", port: PORT });
    const families = new Set(dual.getladdrs().map(({ family }) => family));
    expect(families).toEqual(new Set([AF_INET, AF_INET6]));
    expect(dual.getsockname()).toEqual(at("::"));
  });

  test("IPV6_V6ONLY keeps IPv4 out: wildcard, addresses and peers", async () => {
    const only = realSocket(SOCK_STREAM, AF_INET6);
    only.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    expect(await errnoOf(only.bind({ address: "::ffff:127.0.0.1", port: PORT }))).toBe("EINVAL");
    await only.bind({ address: "::", port: PORT });
    expect(only.getladdrs().every(({ family }) => family === AF_INET6)).toBe(true);
    expect(await errnoOf(only.connect(at("127.0.0.1")))).toBe("EINVAL");
    expect(errno(() => only.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0))).toBe("EINVAL");
  });

  test("a server on both wildcards and one on each loopback address share a UDP port in either order", async () => {
    const v6 = realSocket(SOCK_STREAM, AF_INET6);
    v6.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    await v6.bind({ address: "::1", port: PORT });
    const v4 = realSocket(SOCK_STREAM, AF_INET, v6.udpPort);
    await v4.bind({ address: "127.0.0.1", port: PORT });
    expect(v4.udpPort).toBe(v6.udpPort);
  });
});

test("calls that bind at the same time bind once", async () => {
  const world = new World();
  const server = await world.listener(world.z, SOCK_SEQPACKET);
  const client = world.socket(world.a, SOCK_SEQPACKET);
  await world.until(
    Promise.all([client.sendto("a", 0, at("10.0.0.2")), client.sendto("b", 0, at("10.0.0.2"))]),
  );
  await world.run(500);
  expect(client.getsockopt(IPPROTO_SCTP, "SCTP_GET_ASSOC_NUMBER")).toBe(1);
  expect(server.getsockopt(IPPROTO_SCTP, "SCTP_GET_ASSOC_NUMBER")).toBe(1);
  const both = world.socket(world.a);
  await Promise.all([both.bindx(at("10.0.0.1", 0)), both.bindx(at("10.0.1.1", 0))]);
  expect(both.getladdrs().map(({ address }) => address)).toEqual(["10.0.0.1", "10.0.1.1"]);
});

describe("bindx()", () => {
  test("leaves the socket as it was when another one has the port at the address", async () => {
    const world = new World();
    const other = world.socket(world.a);
    await other.bind(at("10.0.0.1"));
    const bound = world.socket(world.a);
    await bound.bind(at("10.0.1.1"));
    for (let i = 0; i < 2; i++) expect(await errnoOf(bound.bindx(at("10.0.0.1")))).toBe("EADDRINUSE");
    expect(bound.getladdrs()).toEqual([at("10.0.1.1")]);
    await other.close();
    await bound.bindx(at("10.0.0.1"));
    expect(bound.getladdrs()).toEqual([at("10.0.1.1"), at("10.0.0.1")]);
  });

  test("of a socket that was accepted needs a peer that reconfigures addresses (RFC 6458 §9.1)", async () => {
    const world = new World();
    const { there, listening } = await world.pair();
    expect(await errnoOf(there.bindx(at("10.0.1.2"), SCTP_BINDX_REM_ADDR))).toBe("EOPNOTSUPP");
    expect(listening.getladdrs()).toHaveLength(2);
  });

  test("adds and removes, one or many, before and after bind(), never the last (RFC 6458 §9.1)", async () => {
    const bound = realSocket(SOCK_STREAM, AF_INET6);
    await bound.bindx([at("127.0.0.1"), at("::1")]);
    await bound.bindx({ address: "127.0.0.2" });
    await bound.bindx([{ address: "127.0.0.3" }, { address: "127.0.0.4", port: PORT }]);
    const all = ["127.0.0.1", "::1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];
    expect(bound.getladdrs()).toEqual(all.map((address) => at(address)));
    await bound.bindx([at("127.0.0.1"), at("127.0.0.3")], SCTP_BINDX_REM_ADDR);
    await bound.bindx(at("::1"), SCTP_BINDX_REM_ADDR);
    expect(bound.getladdrs()).toEqual([at("127.0.0.2"), at("127.0.0.4")]);
    const both = [at("127.0.0.2"), at("127.0.0.4")];
    expect(await errnoOf(bound.bindx(both, SCTP_BINDX_REM_ADDR))).toBe("EINVAL");
    await bound.bindx(at("127.0.0.2"), SCTP_BINDX_REM_ADDR);
    expect(await errnoOf(bound.bindx(at("127.0.0.4"), SCTP_BINDX_REM_ADDR))).toBe("EINVAL");
    expect(bound.getladdrs()).toEqual([at("127.0.0.4")]);
  });

  test("is all or nothing (RFC 6458 §9.1)", async () => {
    const bound = realSocket();
    await bound.bind({ address: "127.0.0.1", port: PORT });
    expect(await errnoOf(bound.bindx([at("127.0.0.2"), at("192.0.2.77")]))).toBe("EADDRNOTAVAIL");
    expect(await errnoOf(bound.bindx([at("127.0.0.1"), at("127.0.0.9")], SCTP_BINDX_REM_ADDR))).toBe(
      "EADDRNOTAVAIL",
    );
    expect(bound.getladdrs()).toEqual([at("127.0.0.1")]);
    const fresh = realSocket();
    expect(await errnoOf(fresh.bindx([at("127.0.0.1"), at("192.0.2.77")]))).toBe("EADDRNOTAVAIL");
    expect(fresh.getladdrs()).toEqual([]);
  });

  test.each([
    ["ports that differ", [at("10.0.0.1", 1), at("10.0.1.1", 2)], SCTP_BINDX_ADD_ADDR],
    ["a port after a first one of 0", [at("10.0.0.1", 0), at("10.0.1.1", 2)], SCTP_BINDX_ADD_ADDR],
    ["a wildcard among addresses", [at("0.0.0.0", 1), at("10.0.1.1", 1)], SCTP_BINDX_ADD_ADDR],
    ["no address", [], SCTP_BINDX_ADD_ADDR],
    ["both flags", [at("10.0.0.1", 1)], SCTP_BINDX_ADD_ADDR | SCTP_BINDX_REM_ADDR],
    ["no flag", [at("10.0.0.1", 1)], 0],
    ["removal of what is not bound", [at("10.0.0.1", 1)], SCTP_BINDX_REM_ADDR],
    ["a list too long", Array.from({ length: 1_025 }, () => at("10.0.0.1", 1)), SCTP_BINDX_ADD_ADDR],
  ])("refuses %s with EINVAL", async (_, addresses, flags) => {
    const world = new World();
    const refused = world.socket(world.a);
    expect(await errnoOf(refused.bindx(addresses, flags))).toBe("EINVAL");
    expect(refused.getladdrs()).toEqual([]);
  });

  test("refuses another port than the socket is bound to, and to remove a wildcard", async () => {
    const world = new World();
    const bound = world.socket(world.a);
    await bound.bind(at("10.0.0.1"));
    expect(await errnoOf(bound.bindx(at("10.0.1.1", PORT + 1)))).toBe("EINVAL");
    expect(await errnoOf(bound.bindx(at("0.0.0.0"), SCTP_BINDX_REM_ADDR))).toBe("EINVAL");
    expect(bound.getladdrs()).toEqual([at("10.0.0.1")]);
  });

  test("what a listener adds and removes, associations to come are told of (RFC 6458 §9.1)", async () => {
    const world = new World();
    const listening = world.socket(world.z);
    await listening.bind(at("10.0.0.2"));
    await listening.listen(5);
    const connect = async (): Promise<readonly string[]> => {
      const client = world.socket(world.a);
      await world.until(client.connect(at("10.0.0.2")));
      return client.getpaddrs().map(({ address }) => address);
    };
    expect(await connect()).toEqual(["10.0.0.2"]);
    await listening.bindx(at("10.0.1.2"));
    expect(await connect()).toEqual(["10.0.0.2", "10.0.1.2"]);
    await listening.bindx(at("10.0.1.2"), SCTP_BINDX_REM_ADDR);
    expect(await connect()).toEqual(["10.0.0.2"]);
  });
});

test("a client of two IPv4 and one IPv6 address reaches a server on a mapped address (RFC 6458 §9.1)", async () => {
  const server = realSocket(SOCK_STREAM, AF_INET6);
  await server.bindx([at("::ffff:127.0.0.1"), at("::1")]);
  await server.listen(1);
  const client = realSocket(SOCK_STREAM, AF_INET6);
  await client.bindx([at("127.0.0.2", 0), at("127.0.0.3", 0), at("::1", 0)]);
  aim(client, server);
  await client.connectx([at("127.0.0.1"), at("::1")]);
  const accepted = await server.accept();
  const { port } = client.getsockname();
  expect(new Set(accepted.getpaddrs())).toEqual(
    new Set([at("127.0.0.2", port), at("127.0.0.3", port), at("::1", port)]),
  );
  await client.send("to the mapped address");
  expect(text(await accepted.recvmsg())).toBe("to the mapped address");
  await client.close();
});

test("bindx() says what an address is to whoever hands in its text", async () => {
  const bound = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
  const wrong = bound.bindx("127.0.0.3" as never, SCTP_BINDX_ADD_ADDR);
  await expect(wrong).rejects.toThrow('an address is an object { address, port }, not "127.0.0.3"');
  await expect(bound.bindx({ adress: "127.0.0.3" } as never)).rejects.toThrow("has no adress");
});
