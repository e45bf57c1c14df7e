import {
  AF_INET,
  SCTP_EOF,
  SCTP_SENDV_SNDINFO,
  SCTP_SHUTDOWN_EVENT,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_LINGER,
  SO_SNDBUF,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { aim, realSocket } from "./loopback.ts";
import { at, drain, errno, errnoOf, notifications, PORT, subscribe, text, World } from "./support.ts";

describe("shutdown() (RFC 6458 §4.1.7)", () => {
  test("SHUT_WR delivers what was sent, and then the end; nothing more can be sent", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    await here.send("last");
    here.shutdown(SHUT_WR);
    expect(errno(() => here.immediate.send("x"))).toBe("EPIPE");
    expect(text(await world.until(there.recvmsg()))).toBe("last");
    expect((await world.until(there.recvmsg())).msg_flags).toBe(0);
    expect((await world.until(here.recvmsg())).msg_flags).toBe(0);
  });

  test("SHUT_RD reads no more, does nothing to the association, and keeps the peer's window open", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    there.shutdown(SHUT_RD);
    expect((await there.recvmsg()).data).toHaveLength(0);
    for (let i = 0; i < 30; i++) await world.until(here.send(new Uint8Array(100_000)));
    await there.send("still sends");
    expect(text(await world.until(here.recvmsg()))).toBe("still sends");
  });

  test("SHUT_RDWR does both", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.shutdown(SHUT_RDWR);
    expect((await here.recvmsg()).data).toHaveLength(0);
    expect(errno(() => here.immediate.send("x"))).toBe("EPIPE");
    expect((await world.until(there.recvmsg())).msg_flags).toBe(0);
  });

  test("is refused on what is not connected, on one-to-many sockets, and with another how", async () => {
    const world = new World();
    expect(errno(() => world.socket(world.a).shutdown(SHUT_WR))).toBe("ENOTCONN");
    expect(errno(() => world.socket(world.a, SOCK_SEQPACKET).shutdown(SHUT_WR))).toBe("EOPNOTSUPP");
    const { here, there } = await world.pair();
    expect(errno(() => here.shutdown("SHUT_ALL"))).toBe("EINVAL");
    await here.send("unharmed");
    expect(text(await world.until(there.recvmsg()))).toBe("unharmed");
  });
});

describe("close()", () => {
  test("shuts down gracefully, in the background: what was sent arrives (RFC 6458 §4.1.6)", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    subscribe(there, SCTP_SHUTDOWN_EVENT);
    for (let i = 0; i < 50; i++) here.immediate.send(new Uint8Array(2_000).fill(i));
    await here.close();
    await world.run(5_000);
    const read = drain(there);
    expect(read.filter(({ notification }) => notification === undefined)).toHaveLength(50);
    expect(read.at(-1)?.notification?.sn_type).toBe(SCTP_SHUTDOWN_EVENT);
  });

  test("while the association is being set up: what was sent arrives, and then the end", async () => {
    const world = new World();
    const there = await world.listener(world.z, SOCK_SEQPACKET);
    subscribe(there, "SCTP_ASSOC_CHANGE");
    const here = world.socket(world.a, SOCK_SEQPACKET);
    await here.sendto("transaction", 0, at("10.0.0.2"));
    await here.close();
    const other = world.socket(world.a, SOCK_SEQPACKET);
    await other.sendto("hello", 0, at("10.0.0.2"));
    const eof = {
      addrs: at("10.0.0.2"),
      infotype: SCTP_SENDV_SNDINFO,
      info: { snd_flags: SCTP_EOF },
    } as const;
    await other.sendv("last", eof);
    expect(errno(() => other.immediate.sendto("more", 0, at("10.0.0.2")))).toBe("EPIPE");
    await world.run(2_000);
    const read = drain(there);
    const words = read.filter(({ notification }) => notification === undefined).map(text);
    expect(words.sort()).toEqual(["hello", "last", "transaction"]);
    const ends = read.flatMap(({ notification }) =>
      notification?.sn_type === "SCTP_ASSOC_CHANGE" ? [notification.sac_state] : [],
    );
    expect(ends.filter((state) => state === "SCTP_SHUTDOWN_COMP")).toHaveLength(2);
  });

  test("of a one-to-many socket shuts all of its associations down (RFC 6458 §3.1.5)", async () => {
    const world = new World();
    const { here, there } = await world.many();
    await here.close();
    await world.run(1_000);
    expect(notifications(there)).toEqual([expect.objectContaining({ sac_state: "SCTP_SHUTDOWN_COMP" })]);
  });

  test("does not hang on a peer that still sends, nor on data that nobody reads", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    const sending = Array.from({ length: 40 }, () => there.send(new Uint8Array(100_000)));
    for (const each of sending) each.catch(() => {});
    await world.run(500);
    await here.close();
    await world.run(10_000);
    const again = world.socket(world.a);
    await world.until(again.connect(at("10.0.0.2")));
    expect(world.a.stack.associations).toBe(1);
  });

  test("with SO_LINGER of 0 seconds aborts (RFC 6458 §8.1.4)", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    here.immediate.send(new Uint8Array(500_000));
    await world.until(here.close());
    await world.run(100);
    expect(await errnoOf(there.recvmsg())).toBe("ECONNRESET");
  });

  test("with SO_LINGER of some seconds waits for the end of the shutdown, or so long (RFC 6458 §8.1.4)", async () => {
    const server = realSocket();
    await server.bind(at("127.0.0.1", PORT));
    await server.listen(1);
    const client = realSocket();
    aim(client, server);
    await client.connect(at("127.0.0.1"));
    const accepted = await server.accept();
    await client.send("on its way");
    client.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 20 });
    await client.close();
    // The shutdown is over: what was sent is there, and this side keeps nothing.
    expect(text(accepted.immediate.recvmsg())).toBe("on its way");
    expect((await accepted.recvmsg()).msg_flags).toBe(0);
  });

  test("and of a socket that shares its port for its own association alone", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    there.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 1_000 });
    await here.send("read");
    await world.until(there.recvmsg());
    await world.until(there.close(), 10_000);
  });

  test("gives address and port back: another socket can have them at once", async () => {
    const first = realSocket();
    await first.bind(at("127.0.0.1", PORT));
    const { udpPort } = first;
    await first.close();
    const second = realSocket(SOCK_STREAM, AF_INET, udpPort);
    await second.bind(at("127.0.0.1", PORT));
    expect(second.udpPort).toBe(udpPort);
  });

  test("ends what waits, and every call after it fails with EBADF", async () => {
    const world = new World();
    const { here } = await world.pair();
    const reading = errnoOf(here.recvmsg());
    const listening = await world.listener(world.a);
    const accepting = errnoOf(listening.accept());
    const unbound = world.socket(world.a, SOCK_SEQPACKET);
    const never = errnoOf(unbound.recvmsg());
    await unbound.close();
    expect(await never).toBe("EBADF");
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 1_000);
    const sending = Array.from({ length: 4 }, () => errnoOf(here.send(new Uint8Array(1_000))));
    await here.close();
    expect((await Promise.all(sending)).at(-1)).toBe("EBADF");
    await listening.close();
    expect(await reading).toBe("EBADF");
    expect(await accepting).toBe("EBADF");
    const calls: (() => unknown)[] = [
      () => here.bind(at("10.0.0.1")),
      () => here.bindx(at("10.0.0.1")),
      () => here.listen(1),
      () => here.accept(),
      () => here.connect(at("10.0.0.2")),
      () => here.connectx(at("10.0.0.2")),
      () => here.send("x"),
      () => here.recvmsg(),
      () => here.close(),
    ];
    for (const call of calls) expect(await errnoOf(Promise.resolve().then(call))).toBe("EBADF");
    for (const call of [
      () => here.getpaddrs(),
      () => here.getladdrs(),
      () => here.getsockname(),
      () => here.getpeername(),
      () => here.peeloff(3),
      () => here.shutdown(SHUT_WR),
      () => here.getsockopt(SOL_SOCKET, SO_LINGER),
      () => here.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 0, l_linger: 0 }),
      () => here.opt_info(0, "SCTP_NODELAY"),
      () => here.immediate.send("x"),
      () => here.immediate.recvmsg(),
      () => here.immediate.connect(at("10.0.0.2")),
    ]) {
      expect(errno(call)).toBe("EBADF");
    }
    await here[Symbol.asyncDispose]();
  });
});
