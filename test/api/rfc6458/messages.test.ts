import {
  IPPROTO_SCTP,
  MSG_DONTWAIT,
  MSG_EOR,
  MSG_PEEK,
  SCTP_ABORT,
  SCTP_ADDR_OVER,
  SCTP_EOF,
  SCTP_EXPLICIT_EOR,
  SCTP_NODELAY,
  SCTP_RCVINFO,
  SCTP_RECVRCVINFO,
  SCTP_SACK_IMMEDIATELY,
  SCTP_SENDALL,
  SCTP_SENDV_NOINFO,
  SCTP_SENDV_SNDINFO,
  SCTP_SNDINFO,
  SCTP_STATUS,
  SCTP_UNORDERED,
  type SctpSndInfo,
  SO_SNDBUF,
  SOCK_SEQPACKET,
  SOL_SOCKET,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { at, drain, errno, errnoOf, notifications, PORT, subscribe, text, World } from "./support.ts";

describe("sending calls", () => {
  test("each of them takes a message and tells its bytes (RFC 6458 §3.1.4, §7.1, §9.7 to §9.12)", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    there.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
    const to = at("10.0.0.2");
    const sent = [
      await here.send("send"),
      await here.sendto("sendto", 0, to),
      await here.sendmsg({
        msg_name: to,
        msg_iov: [Uint8Array.of(1, 2), Uint8Array.of(3)],
        msg_control: [
          { cmsg_level: IPPROTO_SCTP, cmsg_type: SCTP_SNDINFO, cmsg_data: { snd_sid: 4, snd_ppid: 5 } },
        ],
      }),
      await here.sendv("sendv", { infotype: SCTP_SENDV_SNDINFO, info: { snd_sid: 6, snd_ppid: 7 } }),
      await here.sctp_sendmsg("sctp_sendmsg", { to, ppid: 8, stream_no: 9, flags: SCTP_UNORDERED }),
      await here.sctp_send("sctp_send", { sinfo_stream: 10, sinfo_ppid: 11 }),
      await here.sctp_sendx("sctp_sendx", { addrs: [to], sinfo: { sinfo_stream: 12, sinfo_ppid: 13 } }),
    ];
    expect(sent).toEqual([4, 6, 3, 5, 12, 9, 10]);
    await world.run(1_000);
    const infos = drain(there).map((message) => {
      const info = message.msg_control.find(({ cmsg_type }) => cmsg_type === SCTP_RCVINFO)?.cmsg_data;
      return info !== undefined && "rcv_sid" in info
        ? [info.rcv_sid, info.rcv_ppid, message.data.length, info.rcv_flags]
        : [];
    });
    expect(infos).toEqual([
      [0, 0, 4, 0],
      [0, 0, 6, 0],
      [4, 5, 3, 0],
      [6, 7, 5, 0],
      [9, 8, 12, SCTP_UNORDERED],
      [10, 11, 9, 0],
      [12, 13, 10, 0],
    ]);
  });

  test("the immediate forms do the same at once", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    const { immediate } = here;
    const to = at("10.0.0.2");
    immediate.send("a");
    immediate.sendto("b", 0, to);
    immediate.sendmsg({ msg_iov: "c" });
    immediate.sendv("d", { infotype: SCTP_SENDV_NOINFO });
    immediate.sctp_sendmsg("e");
    immediate.sctp_send("f");
    immediate.sctp_sendx("g", { addrs: to });
    await world.run(1_000);
    expect(drain(there).map(text).join("")).toBe("abcdefg");
  });

  test("the caller may use its buffer again at once", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    const buffer = new TextEncoder().encode("first");
    here.immediate.send(buffer);
    buffer.fill(0);
    await world.run(500);
    expect(drain(there).map(text)).toEqual(["first"]);
  });

  test.each([
    ["a stream that does not exist", { snd_sid: 60_000 }, "EINVAL"],
    ["flags that there are not", { snd_flags: 0x8000 }, "EINVAL"],
    ["a PPID out of range", { snd_ppid: 2 ** 32 }, "EINVAL"],
    ["a member that there is not", { snd_stream: 1 } as Partial<SctpSndInfo>, "EINVAL"],
  ])("refuse %s, and lose nothing", async (_, info, code) => {
    const world = new World();
    const { here, there } = await world.pair();
    const options = { infotype: SCTP_SENDV_SNDINFO, info } as const;
    expect(errno(() => here.immediate.sendv("x", options))).toBe(code);
    expect(await errnoOf(here.sendv("x", options))).toBe(code);
    await here.send("goes on");
    await world.run(500);
    expect(drain(there).map(text)).toEqual(["goes on"]);
  });

  test("refuse messages of no bytes, of the wrong kind, and larger than SO_SNDBUF", async () => {
    const world = new World();
    const { here } = await world.pair();
    expect(errno(() => here.immediate.send(""))).toBe("EINVAL");
    expect(errno(() => here.immediate.send(7 as never))).toBe("EINVAL");
    expect(errno(() => here.immediate.send("x", 0x4000))).toBe("EINVAL");
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 1_000);
    expect(errno(() => here.immediate.send(new Uint8Array(1_001)))).toBe("EMSGSIZE");
    here.immediate.send(new Uint8Array(1_000));
  });

  test("on what is not connected: ENOTCONN, EINVAL, EOPNOTSUPP (RFC 6458 §7.1)", async () => {
    const world = new World();
    const single = world.socket(world.a);
    const many = world.socket(world.a, SOCK_SEQPACKET);
    expect(errno(() => single.immediate.send("x"))).toBe("ENOTCONN");
    expect(await errnoOf(single.send("x"))).toBe("ENOTCONN");
    expect(errno(() => many.immediate.sendmsg({ msg_iov: "x" }))).toBe("EINVAL");
    expect(errno(() => many.immediate.send("x"))).toBe("EOPNOTSUPP");
    const info = { snd_assoc_id: 44 };
    expect(errno(() => many.immediate.sendv("x", { infotype: SCTP_SENDV_SNDINFO, info }))).toBe("ENOENT");
  });

  test("after the peer's SHUTDOWN: ESHUTDOWN, and what came before can be read (RFC 6458 §3.1.4)", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1);
    for (let i = 0; i < 200; i++) here.immediate.send(new Uint8Array(1_000));
    world.network.link("10.0.0.1", "10.0.0.2", { delay: 200 });
    await there.send("last words");
    await there.close();
    // The SHUTDOWN is here, and most of the messages are not yet there.
    await world.run(900);
    expect(errno(() => here.immediate.send("x"))).toBe("ESHUTDOWN");
    expect(text(await world.until(here.recvmsg()))).toBe("last words");
    await world.run(20_000);
    expect(errno(() => here.immediate.send("x"))).toBe("EPIPE");
  });
});

test("an address that is not the peer's gets nothing, and nobody else does", async () => {
  const world = new World();
  const { here, there } = await world.pair();
  expect(errno(() => here.immediate.sendto("x", 0, at("10.9.9.9", 77)))).toBe("EADDRNOTAVAIL");
  expect(errno(() => here.immediate.sendto("x", 0, at("10.0.0.2", 77)))).toBe("EADDRNOTAVAIL");
  const over = { infotype: SCTP_SENDV_SNDINFO, info: { snd_flags: SCTP_ADDR_OVER } } as const;
  expect(errno(() => here.immediate.sendv("x", { addrs: at("10.9.9.9"), ...over }))).toBe("EADDRNOTAVAIL");
  await here.sendto("to the peer", 0, at("10.0.1.2"));
  await world.run(500);
  expect(drain(there).map(text)).toEqual(["to the peer"]);
  await there.close();
  await world.run(500);
  expect(errno(() => here.immediate.sendto("x", 0, at("10.0.0.2")))).toBe("EPIPE");
});

test("options that are none are refused with EINVAL, and so are misspelt ones", async () => {
  const world = new World();
  const { here } = await world.pair();
  const { immediate } = here as { immediate: unknown } as {
    immediate: Record<string, (...a: unknown[]) => unknown>;
  };
  for (const options of [null, 7, { lenght: 3 }]) {
    for (const call of ["sendv", "sctp_sendmsg", "sctp_sendx"]) {
      expect(errno(() => immediate[call]?.("x", options))).toBe("EINVAL");
    }
    for (const call of ["recvmsg", "recvv", "sctp_recvmsg", "recv", "recvfrom"]) {
      expect(errno(() => immediate[call]?.(options))).toBe("EINVAL");
      const waiting = here as unknown as Record<string, (...a: unknown[]) => Promise<unknown>>;
      expect(await errnoOf(waiting[call]?.(options) ?? Promise.resolve())).toBe("EINVAL");
    }
  }
  expect(errno(() => here.immediate.sendmsg({ data: "x" } as never))).toBe("EINVAL");
  expect(errno(() => here.immediate.sendto("x", 0, { address: "10.0.0.2", prot: PORT } as never))).toBe(
    "EINVAL",
  );
  expect(errno(() => here.immediate.recvmsg({ flags: 1 }))).toBe("EINVAL");
  expect(errno(() => here.opt_info(0, "SCTP_RTOINFO", 5 as never))).toBe("EINVAL");
});

test("peers that come and go cannot make a socket grow without limit that is not read", async () => {
  const world = new World();
  const server = await world.listener(world.z, SOCK_SEQPACKET);
  server.setsockopt(SOL_SOCKET, "SO_RCVBUF", 50_000);
  let refused = 0;
  for (let i = 0; i < 12; i++) {
    const client = world.socket(world.a);
    if ((await world.until(errnoOf(client.connect(at("10.0.0.2"))))) === "ECONNREFUSED") refused += 1;
    else {
      await client.send(new Uint8Array(15_000));
      await world.run(500);
      client.immediate.sendv("gone", { infotype: SCTP_SENDV_SNDINFO, info: { snd_flags: SCTP_ABORT } });
      await world.run(50);
    }
  }
  expect(refused).toBeGreaterThan(5);
  expect(drain(server).length).toBe(12 - refused);
  await world.until(world.socket(world.a).connect(at("10.0.0.2")));
});

describe("room", () => {
  test("a message to all waits for room with each (SCTP_SENDALL)", async () => {
    const world = new World();
    const { here } = await world.many();
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 10_000);
    const all = { infotype: SCTP_SENDV_SNDINFO, info: { snd_flags: SCTP_SENDALL } } as const;
    for (let i = 0; i < 5; i++) here.immediate.sendv(new Uint8Array(2_000), all);
    expect(errno(() => here.immediate.sendv(new Uint8Array(2_000), all))).toBe("EAGAIN");
    expect(await world.until(here.sendv(new Uint8Array(2_000), all))).toBe(2_000);
  });

  test("EAGAIN when the send buffer is full, and writable() tells when to go on (RFC 6458 §3.3)", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 10_000);
    const send = (): void => {
      here.immediate.send(new Uint8Array(2_000));
    };
    for (let i = 0; i < 5; i++) send();
    expect(errno(send)).toBe("EAGAIN");
    expect(await errnoOf(here.send(new Uint8Array(2_000), MSG_DONTWAIT))).toBe("EAGAIN");
    await world.until(here.writable());
    send();
    await world.run(2_000);
    expect(drain(there)).toHaveLength(6);
  });

  test("the promises wait for room, in the order of the calls", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 5_000);
    const calls = Array.from({ length: 40 }, (_, i) => here.send(String(i).padStart(1_000, " ")));
    await world.until(Promise.all(calls));
    await world.run(2_000);
    expect(drain(there).map((message) => Number(text(message)))).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
  });

  test("an association that is full holds up no other one of its socket (RFC 6458 §3.3)", async () => {
    const world = new World();
    const { here } = await world.many();
    const other = await world.listener(
      world.network.host("Y", { addresses: ["10.0.0.9", "10.0.1.9"] }),
      SOCK_SEQPACKET,
    );
    world.network.link("10.0.0.1", "10.0.0.9");
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 5_000);
    await world.until(here.connect(at("10.0.0.9")));
    world.network.cut("10.0.0.1", "10.0.0.2");
    world.network.cut("10.0.1.1", "10.0.1.2");
    const stuck = Array.from({ length: 10 }, () => here.sendto(new Uint8Array(1_000), 0, at("10.0.0.2")));
    for (const each of stuck) each.catch(() => {});
    await world.until(here.sendto("passes", 0, at("10.0.0.9")));
    expect(text(await world.until(other.recvmsg()))).toBe("passes");
  });

  test("who waits for room when the association ends is told", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 5_000);
    const calls = Array.from({ length: 20 }, () => errnoOf(here.send(new Uint8Array(1_000))));
    there.immediate.sendv("gone", { infotype: SCTP_SENDV_SNDINFO, info: { snd_flags: SCTP_ABORT } });
    const outcomes = await world.until(Promise.all(calls));
    expect(outcomes.filter((code) => code === "ECONNRESET")).toHaveLength(1);
    expect(outcomes.filter((code) => code === "EPIPE").length).toBeGreaterThan(5);
  });
});

describe("implicit association setup (RFC 6458 §7.5)", () => {
  test("the first message to an address sets an association up, and goes with its COOKIE ECHO", async () => {
    const world = new World();
    const server = await world.listener(world.z, SOCK_SEQPACKET);
    const client = world.socket(world.a, SOCK_SEQPACKET);
    await world.until(client.sendto("hello", 0, at("10.0.0.2")));
    await world.until(client.sendto("again", 0, at("10.0.0.2")));
    await world.run(500);
    expect(drain(server).map(text)).toEqual(["hello", "again"]);
    expect(world.ladder.toString()).toMatch(/COOKIE-ECHO.*DATA/);
  });

  test("also from a one-to-one socket, and with no data at all where there is no association", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    const single = world.socket(world.a);
    await world.until(single.sendto("hello", 0, at("10.0.0.2")));
    expect(text(await world.until((await world.until(listening.accept())).recvmsg()))).toBe("hello");

    const many = world.socket(world.a, SOCK_SEQPACKET);
    expect(await world.until(many.sendmsg({ msg_name: at("10.0.0.2") }))).toBe(0);
    await world.run(100);
    expect(many.getpaddrs(3)).toHaveLength(2);
  });

  test("sendv() and sctp_sendx() fill the association's id in (RFC 6458 §9.11, §9.12)", async () => {
    const world = new World();
    const server = await world.listener(world.z, SOCK_SEQPACKET);
    const client = world.socket(world.a, SOCK_SEQPACKET);
    const info: Partial<SctpSndInfo> = { snd_sid: 1 };
    await world.until(
      client.sendv("one", { addrs: [at("10.0.0.2"), at("10.0.1.2")], infotype: SCTP_SENDV_SNDINFO, info }),
    );
    expect(info.snd_assoc_id).toBe(3);
    const other = await world.listener(world.network.host("Y", { addresses: ["10.0.0.9"] }), SOCK_SEQPACKET);
    world.network.link("10.0.0.1", "10.0.0.9");
    const sinfo = { sinfo_stream: 2, sinfo_assoc_id: 0 };
    await world.until(client.sctp_sendx("two", { addrs: at("10.0.0.9"), sinfo }));
    expect(sinfo.sinfo_assoc_id).toBe(4);
    expect(text(await world.until(server.recvmsg()))).toBe("one");
    expect(text(await world.until(other.recvmsg()))).toBe("two");
  });

  test("is refused with SCTP_EOF or SCTP_ABORT, and where the stream will not be there", async () => {
    const world = new World();
    const client = world.socket(world.a, SOCK_SEQPACKET);
    await client.bind(at("10.0.0.1", 0));
    for (const info of [{ snd_flags: SCTP_EOF }, { snd_flags: SCTP_ABORT }, { snd_sid: 2_000 }]) {
      const call = (): unknown =>
        client.immediate.sendv("x", { addrs: at("10.0.0.2"), infotype: SCTP_SENDV_SNDINFO, info });
      expect(errno(call)).toBe("EINVAL");
    }
    expect(client.getsockopt(IPPROTO_SCTP, "SCTP_GET_ASSOC_NUMBER")).toBe(0);
  });

  test("what it did not get through comes back when the peer refuses", async () => {
    const world = new World();
    const client = world.socket(world.a, SOCK_SEQPACKET);
    subscribe(client, "SCTP_ASSOC_CHANGE", "SCTP_SEND_FAILED_EVENT");
    await world.until(client.sendto("nobody is there", 0, at("10.0.0.2")));
    await world.run(1_000);
    expect(notifications(client)).toEqual([
      expect.objectContaining({ sn_type: "SCTP_SEND_FAILED_EVENT" }),
      expect.objectContaining({ sac_state: "SCTP_CANT_STR_ASSOC" }),
    ]);
  });
});

describe("flags of a message (RFC 6458 §5.3.4)", () => {
  const info = (snd_flags: number): { infotype: typeof SCTP_SENDV_SNDINFO; info: Partial<SctpSndInfo> } => ({
    infotype: SCTP_SENDV_SNDINFO,
    info: { snd_flags },
  });

  test("SCTP_ADDR_OVER sends to that address, and not to the primary", async () => {
    const world = new World();
    const { here } = await world.pair();
    await world.run(100);
    const over: string[] = [];
    world.network.tap((passage) => over.push(passage.destination));
    await here.sendv("x", { addrs: at("10.0.1.2"), ...info(SCTP_ADDR_OVER) });
    await world.run(5);
    expect(over[0]).toBe("10.0.1.2");
    over.length = 0;
    await world.run(1_000);
    await here.sendv("x", { addrs: at("10.0.1.2"), ...info(0) });
    over.length = 0;
    await world.run(5);
    expect(over[0]).toBe("10.0.0.2");
  });

  test("SCTP_EOF shuts down once all is delivered, with a last message or with none", async () => {
    const world = new World();
    const { here, there } = await world.many();
    await here.sendv("last", { addrs: at("10.0.0.2"), ...info(SCTP_EOF) });
    await world.run(1_000);
    const [message, end] = drain(there);
    expect(text(message ?? { data: Buffer.alloc(0) })).toBe("last");
    expect(end?.notification).toMatchObject({ sac_state: "SCTP_SHUTDOWN_COMP" });

    const { here: other, there: peer } = await new World(2).pair().then((pair) => pair);
    expect(await other.sendv(undefined, info(SCTP_EOF))).toBe(0);
    expect(peer.getpaddrs()).toHaveLength(2);
  });

  test("SCTP_ABORT ends it with the data as the reason (RFC 9260 §3.3.10.12)", async () => {
    const world = new World();
    const { here, there } = await world.many();
    await here.sendv("because", { addrs: at("10.0.0.2"), ...info(SCTP_ABORT) });
    await world.run(100);
    const [lost] = notifications(there);
    expect(lost).toMatchObject({ sac_state: "SCTP_COMM_LOST", sac_error: 12 });
    expect(lost?.sn_type === "SCTP_ASSOC_CHANGE" && Buffer.from(lost.sac_info).toString("latin1")).toContain(
      "because",
    );
  });

  test("SCTP_SENDALL goes to every association of a one-to-many socket, and means nothing on others", async () => {
    const world = new World();
    const { here } = await world.many();
    const other = await world.listener(world.network.host("Y", { addresses: ["10.0.0.9"] }), SOCK_SEQPACKET);
    world.network.link("10.0.0.1", "10.0.0.9");
    await world.until(here.connect(at("10.0.0.9")));
    expect(errno(() => here.immediate.sendv("", info(SCTP_SENDALL)))).toBe("EINVAL");
    expect(await here.sendv("all", info(SCTP_SENDALL))).toBe(3);
    expect(text(await world.until(other.recvmsg()))).toBe("all");
    const { here: single, there: peer } = await (async () => new World(2).pair())();
    expect(await single.sendv("one", info(SCTP_SENDALL))).toBe(3);
    expect(peer.getpaddrs()).toHaveLength(2);
  });

  test("SCTP_SACK_IMMEDIATELY is acknowledged without delay (RFC 7053)", async () => {
    const world = new World();
    const { here } = await world.pair();
    await here.sendv("x", info(SCTP_SACK_IMMEDIATELY));
    await world.run(50);
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_unackdata).toBe(0);
    await here.sendv("x", info(0));
    await world.run(50);
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_unackdata).toBe(1);
  });
});

describe("receiving calls", () => {
  test("each of them reads a message (RFC 6458 §3.1.4, §7.1, §9.8, §9.13)", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    const from = at("10.0.0.1", here.getsockname().port);
    for (const word of ["a", "b", "c", "d", "e"]) await here.send(word);
    await world.run(1_000);
    expect(await there.recvmsg()).toMatchObject({ msg_name: from, msg_flags: MSG_EOR, msg_control: [] });
    expect(await there.recvv()).toMatchObject({ from, flags: MSG_EOR, infotype: "SCTP_RECVV_NOINFO" });
    expect(await there.sctp_recvmsg()).toMatchObject({ from, msg_flags: MSG_EOR, sinfo: undefined });
    expect(text({ data: await there.recv() })).toBe("d");
    expect(await there.recvfrom()).toMatchObject({ from });
    expect(errno(() => there.immediate.recv())).toBe("EAGAIN");
    expect(await errnoOf(there.recvmsg({ flags: MSG_DONTWAIT }))).toBe("EAGAIN");
  });

  test("give a Buffer, however the message came", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    await here.send("A".repeat(1_444));
    await here.send("B".repeat(5_000));
    await world.run(1_000);
    const read = [await there.recv(), await there.recv({ length: 10 }), await there.recv()];
    expect(read.map((data) => Buffer.isBuffer(data) && String(data).slice(0, 2))).toEqual(["AA", "BB", "BB"]);
  });

  test("the immediate forms read at once, or throw EAGAIN", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    const { immediate } = there;
    const readable = there.readable();
    for (const word of ["a", "b", "c", "d", "e"]) await here.send(word);
    await world.until(readable);
    await world.run(1_000);
    const words = [
      immediate.recvmsg().data,
      immediate.recvv().data,
      immediate.sctp_recvmsg().data,
      immediate.recv(),
      immediate.recvfrom().data,
    ];
    expect(words.map((data) => text({ data })).join("")).toBe("abcde");
    const calls = [
      () => immediate.recvmsg(),
      () => immediate.recvv(),
      () => immediate.sctp_recvmsg(),
      () => immediate.recv(),
      () => immediate.recvfrom(),
    ];
    expect(calls.map(errno)).toEqual(calls.map(() => "EAGAIN"));
  });

  test("a buffer smaller than the message gets it in parts, MSG_EOR with the last; MSG_PEEK takes nothing", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    await here.send("0123456789");
    await world.run(500);
    expect(text(there.immediate.recvmsg({ length: 4, flags: MSG_PEEK }))).toBe("0123");
    const parts = [4, 4, 4].map((length) => there.immediate.recvmsg({ length }));
    expect(parts.map(text)).toEqual(["0123", "4567", "89"]);
    expect(parts.map(({ msg_flags }) => msg_flags)).toEqual([0, 0, MSG_EOR]);
    for (const length of [0, -1, 1.5])
      expect(errno(() => there.immediate.recvmsg({ length }))).toBe("EINVAL");
  });

  test("calls that wait are served in their order", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    const waiting = [there.recvmsg(), there.recvmsg(), there.recvmsg()];
    for (const word of ["first", "second", "third"]) await here.send(word);
    const read = await world.until(Promise.all(waiting));
    expect(read.map(text)).toEqual(["first", "second", "third"]);
  });

  test("tell the address that the message came from, also when the path has changed", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    await world.run(100);
    world.network.cut("10.0.0.1", "10.0.0.2");
    await here.send("by the other path");
    const { msg_name } = await world.until(there.recvmsg());
    expect(msg_name?.address).toBe("10.0.1.1");
  });

  test("on what is not connected: ENOTCONN; when it is over: its error once, then the end", async () => {
    const world = new World();
    expect(await errnoOf(world.socket(world.a).recvmsg())).toBe("ENOTCONN");
    const { here, there } = await world.pair();
    await here.send("last");
    await world.run(500);
    here.immediate.sendv("x", { infotype: SCTP_SENDV_SNDINFO, info: { snd_flags: SCTP_ABORT } });
    await world.run(100);
    expect(text(await there.recvmsg())).toBe("last");
    expect(await errnoOf(there.recvmsg())).toBe("ECONNRESET");
    expect(await there.recvmsg()).toMatchObject({ data: Buffer.alloc(0), msg_flags: 0 });
    expect(await errnoOf(here.recvmsg())).toBe("ECONNABORTED");
  });
});

test("MSG_EOR on a send means nothing without SCTP_EXPLICIT_EOR", async () => {
  const world = new World();
  const { here, there } = await world.pair();
  expect(here.getsockopt(IPPROTO_SCTP, SCTP_EXPLICIT_EOR)).toBe(0);
  await here.send("whole", MSG_EOR);
  await world.run(500);
  expect(drain(there).map(text)).toEqual(["whole"]);
});
