import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPPROTO_SCTP,
  IPV6_V6ONLY,
  MSG_DONTWAIT,
  SCTP_I_WANT_MAPPED_V4_ADDR,
  SCTP_REUSE_PORT,
  SCTP_SENDV_SNDINFO,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SO_RCVBUF,
  SO_SNDBUF,
  SO_TYPE,
  SOL_SOCKET,
  socket,
} from "usctp/socket";
import { afterEach, describe, expect, test, vi } from "vitest";
import { at, drain, errno, errnoOf, PORT, SOCK_SEQPACKET, SOCK_STREAM, World } from "../support.ts";
import { init, sent } from "./wire.ts";

/** Options of the socket as a whole: SOL_SOCKET, IPPROTO_IPV6, and those that say how it is bound. */

const PEER = at("10.0.0.2");

describe("SO_RCVBUF", () => {
  test("is the window that INIT and INIT ACK offer", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    listening.setsockopt(SOL_SOCKET, SO_RCVBUF, 40_000);
    const here = world.socket(world.a);
    here.setsockopt(SOL_SOCKET, SO_RCVBUF, 30_000);
    await world.until(here.connect(PEER));
    expect(init(world, world.a)).toMatchObject({ receiverWindow: 30_000 });
    expect(sent(world, world.z, "INIT-ACK")[0]?.chunk).toMatchObject({ receiverWindow: 40_000 });
  });

  test("what is not read closes the window", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    there.setsockopt(SOL_SOCKET, SO_RCVBUF, 5_000);
    for (let count = 0; count < 10; count += 1) await here.send(new Uint8Array(1_000));
    await world.run(5_000);
    const windows = sent(world, world.z, "SACK").map(
      ({ chunk }) => "receiverWindow" in chunk && chunk.receiverWindow,
    );
    expect(Math.min(...windows.map(Number))).toBeLessThan(1_500);
    expect(drain(there).length).toBeLessThan(10);
  });
});

describe("SO_SNDBUF", () => {
  test("bounds what one call can send", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 5_000);
    expect(await errnoOf(here.send(new Uint8Array(5_001)))).toBe("EMSGSIZE");
    expect(await here.send(new Uint8Array(5_000))).toBe(5_000);
    await world.run(100);
    expect(drain(there).map(({ data }) => data.length)).toEqual([5_000]);
  });

  test("when it is full a call waits, or fails with EAGAIN", async () => {
    const world = new World();
    const { here } = await world.pair();
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 5_000);
    here.immediate.send(new Uint8Array(3_000));
    here.immediate.send(new Uint8Array(2_000));
    expect(errno(() => here.immediate.send("no room"))).toBe("EAGAIN");
    expect(await errnoOf(here.send("no room", MSG_DONTWAIT))).toBe("EAGAIN");
    const waiting = here.send("waits");
    let isSent = false;
    waiting.then(() => {
      isSent = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isSent).toBe(false);
    expect(await world.until(waiting)).toBe(5);
  });

  test("each association of a one-to-many socket has its own", async () => {
    const world = new World();
    const { there, idThere } = await world.many();
    there.setsockopt(SOL_SOCKET, SO_SNDBUF, 2_000);
    const other = world.socket(world.a, SOCK_SEQPACKET);
    await world.until(other.connectx(PEER));
    const send = (snd_assoc_id: number): number =>
      there.immediate.sendv(new Uint8Array(2_000), { infotype: SCTP_SENDV_SNDINFO, info: { snd_assoc_id } });
    expect(send(idThere)).toBe(2_000);
    expect(errno(() => send(idThere))).toBe("EAGAIN");
    expect(send(idThere + 1)).toBe(2_000);
    expect(errno(() => send(idThere + 1))).toBe("EAGAIN");
  });
});

describe("SO_LINGER", () => {
  afterEach(() => vi.useRealTimers());

  test("off, close() goes on by itself: what was sent arrives, and SHUTDOWN follows", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    await here.send("last words");
    await here.close();
    await world.run(1_000);
    expect(sent(world, world.a, "SHUTDOWN")).toHaveLength(1);
    expect(sent(world, world.a, "ABORT")).toEqual([]);
    expect(new TextDecoder().decode(await there.recv())).toBe("last words");
  });

  test("0 seconds are an ABORT", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    await world.run(1_000);
    here.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    await world.until(here.close());
    expect(sent(world, world.a, "ABORT")).toHaveLength(1);
    expect(sent(world, world.a, "SHUTDOWN")).toEqual([]);
    expect(await errnoOf(there.recv())).toBe("ECONNRESET");
  });

  test("0 seconds are an ABORT of every association of a one-to-many socket", async () => {
    const world = new World();
    const { there } = await world.many();
    await world.until(world.socket(world.a).connect(PEER));
    await world.run(1_000);
    there.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    await world.until(there.close());
    expect(sent(world, world.z, "ABORT")).toHaveLength(2);
  });

  test("with l_onoff 0 the time does not count", async () => {
    const world = new World();
    const { here } = await world.pair();
    here.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 0, l_linger: 0 });
    await here.close();
    await world.run(10);
    expect(sent(world, world.a, "ABORT")).toEqual([]);
  });

  test("with a time, close() waits for the end of the shutdown", async () => {
    const world = new World();
    const { here } = await world.pair();
    here.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 3_600 });
    await world.until(here.close());
    expect(sent(world, world.z, "SHUTDOWN-ACK")).toHaveLength(1);
  });

  test.each([
    [2, 2_000],
    [4_000_000_000, 0x7fff_ffff],
  ])(
    "%i seconds: when the peer is silent, close() waits %i ms, and the shutdown goes on",
    async (l_linger, ms) => {
      const world = new World();
      const { here } = await world.pair();
      here.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger });
      world.network.filter(() => false);
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      let isClosed = false;
      const closing = here.close().then(() => {
        isClosed = true;
      });
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(isClosed).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await closing;
      world.network.run(5_000);
      expect(sent(world, world.a, "SHUTDOWN").length).toBeGreaterThan(1);
    },
  );
});

describe("SO_ERROR and SO_TYPE", () => {
  test("SO_ERROR tells once how an attempt to connect failed", async () => {
    const world = new World();
    const here = world.socket(world.a);
    await here.bind({ address: "0.0.0.0" });
    expect(errno(() => here.immediate.connect(PEER))).toBe("EINPROGRESS");
    expect(here.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
    // Nobody has that port open, so Z has nobody who could refuse: one who has another port can.
    await world.socket(world.z).bind({ address: "0.0.0.0", port: PORT + 1 });
    await world.run(5_000);
    expect(here.getsockopt(SOL_SOCKET, SO_ERROR)).toBe("ECONNREFUSED");
    expect(here.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
  });

  test("SO_ERROR tells how an association was lost", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    there.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    await world.until(there.close());
    await world.run(10);
    expect(here.getsockopt(SOL_SOCKET, SO_ERROR)).toBe("ECONNRESET");
    expect(here.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
  });

  test("a shutdown is no error", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    there.shutdown(SHUT_WR);
    await world.run(10);
    expect(here.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
  });

  test("SO_TYPE tells the style", () => {
    expect(socket(AF_INET, SOCK_STREAM).getsockopt(SOL_SOCKET, SO_TYPE)).toBe(SOCK_STREAM);
    expect(socket(AF_INET, SOCK_SEQPACKET).getsockopt(SOL_SOCKET, SO_TYPE)).toBe(SOCK_SEQPACKET);
  });
});

describe("SCTP_REUSE_PORT", () => {
  const LOCAL = { address: "10.0.0.1", port: PORT };

  test("sockets share a port when all say so, and one of them listens", async () => {
    const world = new World();
    const [one, two, three] = [world.socket(world.a), world.socket(world.a), world.socket(world.a)];
    one.setsockopt(IPPROTO_SCTP, SCTP_REUSE_PORT, 1);
    two.setsockopt(IPPROTO_SCTP, SCTP_REUSE_PORT, 1);
    await one.bind(LOCAL);
    await two.bind(LOCAL);
    expect(await errnoOf(three.bind(LOCAL))).toBe("EADDRINUSE");
    await one.listen(1);
    expect(await errnoOf(two.listen(1))).toBe("EADDRINUSE");
  });

  test("it is set before bind(), on one-to-one sockets", async () => {
    const world = new World();
    const here = world.socket(world.a);
    await here.bind(LOCAL);
    expect(errno(() => here.setsockopt(IPPROTO_SCTP, SCTP_REUSE_PORT, 1))).toBe("EINVAL");
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_REUSE_PORT)).toBe(0);
    const many = world.socket(world.a, SOCK_SEQPACKET);
    expect(errno(() => many.setsockopt(IPPROTO_SCTP, SCTP_REUSE_PORT, 1))).toBe("EOPNOTSUPP");
    expect(errno(() => many.getsockopt(IPPROTO_SCTP, SCTP_REUSE_PORT))).toBe("EOPNOTSUPP");
  });
});

describe("IPv6 sockets", () => {
  const both = { a: ["10.0.0.1", "fd00::1"], z: ["10.0.0.2", "fd00::2"] };

  test("IPV6_V6ONLY leaves IPv4 out", async () => {
    const world = new World(1, both);
    const here = world.socket(world.a, SOCK_STREAM, AF_INET6);
    here.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    expect(await errnoOf(here.bind({ address: "::ffff:10.0.0.1" }))).toBe("EINVAL");
    await here.bind({ address: "::" });
    expect(here.getladdrs().map(({ address }) => address)).toEqual(["fd00::1"]);
    expect(await errnoOf(here.connect(PEER))).toBe("EINVAL");
    expect(errno(() => here.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0))).toBe("EINVAL");

    const dual = world.socket(world.z, SOCK_STREAM, AF_INET6);
    await dual.bind({ address: "::" });
    expect(
      dual
        .getladdrs()
        .map(({ address }) => address)
        .sort(),
    ).toEqual(["10.0.0.2", "fd00::2"]);
  });

  test("IPV6_V6ONLY is for AF_INET6", () => {
    expect(errno(() => socket(AF_INET, SOCK_STREAM).setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1))).toBe("EINVAL");
  });

  test("SCTP_I_WANT_MAPPED_V4_ADDR shows IPv4 addresses as IPv6", async () => {
    const world = new World(1, both);
    await world.listener(world.z, SOCK_STREAM, AF_INET6);
    const here = world.socket(world.a, SOCK_STREAM, AF_INET6);
    await world.until(here.connect(PEER));
    const shown = (): unknown[] =>
      [here.getpeername(), ...here.getpaddrs()].map(({ address }) => address).sort();
    expect(shown()).toEqual(["10.0.0.2", "10.0.0.2", "fd00::2"]);
    expect(here.getpeername().family).toBe(AF_INET);
    here.setsockopt(IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, 1);
    expect(shown()).toEqual(["::ffff:10.0.0.2", "::ffff:10.0.0.2", "fd00::2"]);
    expect(here.getpeername().family).toBe(AF_INET6);
    here.setsockopt(IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, 0);
    expect(shown()).toEqual(["10.0.0.2", "10.0.0.2", "fd00::2"]);
  });

  test("SCTP_I_WANT_MAPPED_V4_ADDR is an error on an AF_INET socket", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, 1))).toBe("EINVAL");
    expect(errno(() => it.getsockopt(IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR))).toBe("EINVAL");
  });
});
