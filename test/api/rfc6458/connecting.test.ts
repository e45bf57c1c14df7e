import {
  AF_INET,
  AF_INET6,
  IPPROTO_SCTP,
  SCTP_INITMSG,
  SCTP_STATUS,
  SO_ERROR,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  SocketError,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { aim, realSocket } from "./loopback.ts";
import { at, errno, errnoOf, PORT, text, World } from "./support.ts";

describe("connect()", () => {
  test("resolves when the association is up, from a port and addresses that it chose (RFC 6458 §4.1.5)", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    const client = world.socket(world.a);
    await world.until(client.connect(at("10.0.0.2")));
    expect(client.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_state).toBe("SCTP_ESTABLISHED");
    expect(client.getladdrs().map(({ address }) => address)).toEqual(["10.0.0.1", "10.0.1.1"]);
    const accepted = await world.until(listening.accept());
    expect(accepted.getpeername()).toEqual({ ...client.getsockname(), address: "10.0.0.1" });
  });

  test("is refused by ECONNREFUSED where nobody listens, and may then be tried again", async () => {
    const world = new World();
    const silent = world.socket(world.z);
    await silent.bind(at("10.0.0.2"));
    const client = world.socket(world.a);
    expect(await errnoOf(world.until(client.connect(at("10.0.0.2"))))).toBe("ECONNREFUSED");
    await silent.listen(1);
    await world.until(client.connect(at("10.0.0.2")));
  });

  test("times out by ETIMEDOUT where nobody answers", async () => {
    const world = new World();
    const client = world.socket(world.a);
    client.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_max_attempts: 2 });
    expect(await errnoOf(world.until(client.connect(at("10.0.0.2", 9))))).toBe("ECONNREFUSED");
    world.network.cut("10.0.0.1", "10.0.0.2");
    expect(await errnoOf(world.until(client.connect(at("10.0.0.2"))))).toBe("ETIMEDOUT");
  });

  test("once only on a one-to-one socket: EALREADY, EISCONN (RFC 6458 §4)", async () => {
    const world = new World();
    await world.listener(world.z);
    const client = world.socket(world.a);
    await client.bind(at("10.0.0.1", 0));
    const connecting = client.connect(at("10.0.0.2"));
    connecting.catch(() => {});
    await world.run(0);
    expect(await errnoOf(client.connect(at("10.0.0.2")))).toBe("EALREADY");
    await world.until(connecting);
    expect(await errnoOf(client.connect(at("10.0.0.2")))).toBe("EISCONN");
    const { here, there } = await new World(2).pair();
    await there.close();
    expect(await errnoOf(here.connect(at("10.0.0.2")))).toBe("EISCONN");
  });

  test("as often as there are peers on a one-to-many socket, once each (RFC 6458 §3.1.6)", async () => {
    const world = new World();
    await world.listener(world.z, SOCK_SEQPACKET);
    const other = world.socket(world.z);
    await other.bind(at("10.0.0.2", 6_000));
    await other.listen(1);
    const client = world.socket(world.a, SOCK_SEQPACKET);
    await world.until(client.connect(at("10.0.0.2")));
    await world.until(client.connect(at("10.0.0.2", 6_000)));
    expect(await errnoOf(client.connect(at("10.0.1.2")))).toBe("EISCONN");
    expect(client.getsockopt(IPPROTO_SCTP, "SCTP_GET_ASSOC_NUMBER")).toBe(2);
  });

  test("is not for a socket that listens, nor for a closed one", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    expect(await errnoOf(listening.connect(at("10.0.0.1")))).toBe("EOPNOTSUPP");
    await listening.close();
    expect(await errnoOf(listening.connect(at("10.0.0.1")))).toBe("EBADF");
  });

  test.each([
    ["a wildcard", AF_INET, [at("0.0.0.0")]],
    ["port 0", AF_INET, [at("10.0.0.2", 0)]],
    ["another family", AF_INET, [at("::1")]],
    ["two ports", AF_INET, [at("10.0.0.2", 1), at("10.0.1.2", 2)]],
    ["no address", AF_INET6, []],
    ["a text", AF_INET6, "10.0.0.2" as never],
  ] as const)("refuses %s with EINVAL, and stays unbound", async (_, domain, addresses) => {
    const world = new World();
    const client = world.socket(world.a, SOCK_STREAM, domain);
    expect(await errnoOf(client.connectx(addresses))).toBe("EINVAL");
    expect(errno(() => client.immediate.connectx(addresses))).toBe("EINVAL");
    expect(client.getladdrs()).toEqual([]);
  });

  test("is given up when the socket is closed meanwhile", async () => {
    const world = new World();
    world.network.cut("10.0.0.1", "10.0.0.2");
    const client = world.socket(world.a);
    const connecting = errnoOf(client.connect(at("10.0.0.2")));
    await world.run(10);
    await client.close();
    expect(await world.until(connecting)).toBe("ECONNABORTED");
  });
});

describe("connectx()", () => {
  test("yields the association's id, and tries all addresses of the peer (RFC 6458 §9.9)", async () => {
    const world = new World();
    await world.listener(world.z, SOCK_SEQPACKET);
    world.network.cut("10.0.0.1", "10.0.0.2");
    const client = world.socket(world.a, SOCK_SEQPACKET);
    const id = await world.until(client.connectx([at("10.0.0.2"), at("10.0.1.2")]));
    expect(id).toBe(3);
    expect(client.getpaddrs(id)).toEqual([at("10.0.0.2"), at("10.0.1.2")]);
  });
});

describe("the immediate form", () => {
  test("of connect() throws EINPROGRESS with the id, and SO_ERROR tells how it went (RFC 6458 §3.2)", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    const client = world.socket(world.a);
    await client.bind(at("10.0.0.1", 0));
    expect(errno(() => client.immediate.connect(at("10.0.0.2")))).toBe("EINPROGRESS");
    expect(errno(() => client.immediate.connect(at("10.0.0.2")))).toBe("EALREADY");
    await world.run(100);
    expect(client.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
    expect(client.getpeername()).toEqual(at("10.0.0.2"));
    await listening.listen(0);

    const refused = world.socket(world.a);
    await refused.bind(at("10.0.0.1", 0));
    try {
      refused.immediate.connectx([at("10.0.0.2")]);
    } catch (error) {
      expect(error).toBeInstanceOf(SocketError);
      expect(error).toMatchObject({ code: "EINPROGRESS", assoc_id: 3, syscall: "connectx" });
    }
    await world.run(100);
    expect(refused.getsockopt(SOL_SOCKET, SO_ERROR)).toBe("ECONNREFUSED");
    expect(refused.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
  });

  test("goes on when writable() says so: bound, then up or failed", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    const client = world.socket(world.a);
    expect(errno(() => client.immediate.connect(at("10.0.0.2")))).toBe("EAGAIN");
    await client.writable();
    expect(errno(() => client.immediate.connect(at("10.0.0.2")))).toBe("EINPROGRESS");
    await world.until(client.writable());
    expect(client.getpeername()).toEqual(at("10.0.0.2"));
    await listening.listen(0);
    const refused = world.socket(world.a);
    await refused.bind(at("10.0.0.1", 0));
    expect(errno(() => refused.immediate.connect(at("10.0.0.2")))).toBe("EINPROGRESS");
    await world.until(refused.writable());
    expect(refused.getsockopt(SOL_SOCKET, SO_ERROR)).toBe("ECONNREFUSED");
  });

  test("of an unbound socket throws EAGAIN while it is being bound, and then goes on", async () => {
    const world = new World();
    await world.listener(world.z);
    const client = world.socket(world.a);
    expect(errno(() => client.immediate.connect(at("10.0.0.2")))).toBe("EAGAIN");
    await world.run(5);
    expect(errno(() => client.immediate.connect(at("10.0.0.2")))).toBe("EINPROGRESS");
    await world.run(100);
    expect(client.getpeername()).toEqual(at("10.0.0.2"));
  });
});

test("getpaddrs() tells count and list, none when unconnected; its id is ignored on one-to-one (RFC 6458 §9.3)", async () => {
  const world = new World();
  expect(world.socket(world.a).getpaddrs(77)).toEqual([]);
  const { here, there } = await world.pair();
  expect(here.getpaddrs(77)).toEqual([at("10.0.0.2"), at("10.0.1.2")]);
  expect(there.getpaddrs()).toHaveLength(2);
  const many = world.socket(world.a, SOCK_SEQPACKET);
  expect(errno(() => many.getpaddrs(77))).toBe("ENOENT");
  expect(many.getpaddrs(0)).toEqual([]);
});

test("getladdrs() of an association's id; a bad one fails (RFC 6458 §9.5)", async () => {
  const world = new World();
  const { here, id } = await world.many();
  expect(here.getladdrs(id)).toEqual(here.getladdrs(0));
  expect(errno(() => here.getladdrs(77))).toBe("ENOENT");
});

test("getpeername() is for what is connected (RFC 6458 §4.1.9)", async () => {
  const world = new World();
  expect(errno(() => world.socket(world.a).getpeername())).toBe("ENOTCONN");
  expect(errno(() => world.socket(world.a, SOCK_SEQPACKET).getpeername())).toBe("ENOTCONN");
  const { here } = await world.pair();
  expect(here.getpeername()).toEqual(at("10.0.0.2"));
});

test("over real sockets: connect, both ways, close", async () => {
  const server = realSocket();
  await server.bind(at("127.0.0.1", PORT));
  await server.listen(1);
  const client = realSocket();
  aim(client, server);
  await client.connect(at("127.0.0.1"));
  const accepted = await server.accept();
  await client.send("there");
  expect(text(await accepted.recvmsg())).toBe("there");
  await accepted.send("and back");
  expect(text(await client.recvmsg())).toBe("and back");
  await client.close();
  expect(await accepted.recvmsg()).toMatchObject({ data: Buffer.alloc(0), msg_flags: 0 });
});
