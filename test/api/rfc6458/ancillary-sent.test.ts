import {
  type IoVec,
  IPPROTO_SCTP,
  SCTP_ADDR_OVER,
  SCTP_ASSOC_CHANGE,
  SCTP_AUTHINFO,
  SCTP_COMM_UP,
  SCTP_DEFAULT_SEND_PARAM,
  SCTP_DSTADDRV4,
  SCTP_DSTADDRV6,
  SCTP_INIT,
  SCTP_PR_SCTP_NONE,
  SCTP_PR_SCTP_TTL,
  SCTP_PRINFO,
  SCTP_RCVINFO,
  SCTP_SEND_AUTHINFO_VALID,
  SCTP_SEND_FAILED_EVENT,
  SCTP_SEND_PRINFO_VALID,
  SCTP_SEND_SNDINFO_VALID,
  SCTP_SENDV_AUTHINFO,
  SCTP_SENDV_NOINFO,
  SCTP_SENDV_PRINFO,
  SCTP_SENDV_SNDINFO,
  SCTP_SENDV_SPA,
  SCTP_SNDINFO,
  SCTP_SNDRCV,
  SCTP_UNORDERED,
  type SctpSendvSpa,
  type SendControl,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { bytes, listening } from "./listening.ts";
import {
  at,
  drain,
  errno,
  errnoOf,
  notifications,
  only,
  PORT,
  SOCK_SEQPACKET,
  story,
  subscribe,
  text,
  World,
} from "./support.ts";

/** What goes with a message (RFC 6458 §5.3, §9.12). */

const level = IPPROTO_SCTP;

describe("sendmsg()", () => {
  async function sending(): Promise<Awaited<ReturnType<typeof listening>> & { send: Send }> {
    const all = await listening();
    const { here, id } = all;
    const send: Send = (data, ...items) =>
      here.immediate.sendmsg({
        msg_name: at("10.0.0.9", 6_000),
        msg_iov: data,
        msg_control: items.map((item) => ({ cmsg_level: level, ...item })),
      });
    expect(id).not.toBe(0);
    return { ...all, send };
  }
  type Send = (data: IoVec, ...items: readonly SendControl[]) => number;

  test("SCTP_SNDINFO gives stream, flags, PPID and association", async () => {
    const { here, peer, id } = await listening();
    const cmsg_data = { snd_sid: 3, snd_flags: SCTP_UNORDERED, snd_ppid: 0x01020304, snd_assoc_id: id };
    here.immediate.sendmsg({ msg_iov: "x", msg_control: [{ cmsg_type: SCTP_SNDINFO, cmsg_data }] });
    expect(peer.await("DATA")).toMatchObject({ stream: 3, unordered: true, ppid: 0x01020304 });
  });

  test("SCTP_SNDRCV gives them, too, and a time to live", async () => {
    const { world, here, peer, id } = await listening();
    subscribe(here, SCTP_SEND_FAILED_EVENT);
    const sinfo = { sinfo_stream: 2, sinfo_ppid: 6, sinfo_assoc_id: id };
    here.immediate.sendmsg({
      msg_iov: "x",
      msg_control: [{ cmsg_type: SCTP_SNDRCV, cmsg_data: sinfo }],
    });
    expect(peer.await("DATA")).toMatchObject({ stream: 2, unordered: false, ppid: 6 });
    peer.send(peer.sack(1, { receiverWindow: 0 }));
    world.network.run(10);
    here.immediate.sendmsg({
      msg_iov: "late",
      msg_control: [{ cmsg_type: SCTP_SNDRCV, cmsg_data: { ...sinfo, sinfo_timetolive: 100 } }],
    });
    world.network.run(200);
    peer.send(peer.sack(1));
    world.network.run(10);
    expect(notifications(here)).toMatchObject([{ ssfe_data: new TextEncoder().encode("late") }]);
  });

  test("several pieces are one message", async () => {
    const { peer, send } = await sending();
    expect(send([bytes("a"), bytes(""), bytes("bc")])).toBe(3);
    expect(text(peer.await("DATA"))).toBe("abc");
  });

  test("SCTP_PRINFO with SCTP_PR_SCTP_TTL: what cannot be sent in time is given up", async () => {
    const { world, here, peer, send } = await sending();
    subscribe(here, SCTP_SEND_FAILED_EVENT);
    peer.send(peer.sack(0, { receiverWindow: 0 }));
    world.network.run(10);
    send("late", { cmsg_type: SCTP_PRINFO, cmsg_data: { pr_policy: SCTP_PR_SCTP_TTL, pr_value: 100 } });
    send("in time", { cmsg_type: SCTP_PRINFO, cmsg_data: { pr_policy: SCTP_PR_SCTP_TTL, pr_value: 60_000 } });
    world.network.run(200);
    peer.clear();
    peer.send(peer.sack(0));
    expect(peer.collect(20).map((chunk) => (chunk.type === "DATA" ? text(chunk) : chunk.type))).toContain(
      "in time",
    );
  });

  test("SCTP_PRINFO stands against the default time to live, and against that of SCTP_SNDRCV", async () => {
    const { world, here, peer, send, id } = await sending();
    here.setsockopt(level, SCTP_DEFAULT_SEND_PARAM, { sinfo_assoc_id: id, sinfo_timetolive: 100 });
    subscribe(here, SCTP_SEND_FAILED_EVENT);
    peer.send(peer.sack(0, { receiverWindow: 0 }));
    world.network.run(10);
    const reliable: SendControl = {
      cmsg_type: SCTP_PRINFO,
      cmsg_data: { pr_policy: SCTP_PR_SCTP_NONE, pr_value: 0 },
    };
    const timed: SendControl = {
      cmsg_type: SCTP_PRINFO,
      cmsg_data: { pr_policy: SCTP_PR_SCTP_TTL, pr_value: 100 },
    };
    send("reliable", reliable);
    send("late", timed, { cmsg_type: SCTP_SNDRCV, cmsg_data: { sinfo_timetolive: 0 } });
    send("by default");
    world.network.run(200);
    peer.clear();
    peer.send(peer.sack(0));
    const sent = peer.collect(20).map((chunk) => (chunk.type === "DATA" ? text(chunk) : chunk.type));
    expect(sent).toEqual(["reliable"]);
    expect(
      only(notifications(here), SCTP_SEND_FAILED_EVENT).map(({ ssfe_data }) => text({ data: ssfe_data })),
    ).toEqual(["late", "by default"]);
  });

  test("SCTP_AUTHINFO is checked, and the message goes", async () => {
    const { peer, send } = await sending();
    send("x", { cmsg_type: SCTP_AUTHINFO, cmsg_data: { auth_keynumber: 3 } });
    expect(text(peer.await("DATA"))).toBe("x");
    expect(errno(() => send("x", { cmsg_type: SCTP_AUTHINFO, cmsg_data: { auth_keynumber: 65_536 } }))).toBe(
      "EINVAL",
    );
  });

  test("more than one SCTP_SNDINFO or SCTP_SNDRCV is refused", async () => {
    const { send } = await sending();
    const snd: SendControl = { cmsg_type: SCTP_SNDINFO, cmsg_data: {} };
    const sndrcv: SendControl = { cmsg_type: SCTP_SNDRCV, cmsg_data: {} };
    expect(send("x", snd)).toBe(1);
    for (const items of [
      [snd, snd],
      [snd, sndrcv],
      [sndrcv, sndrcv],
    ]) {
      expect(errno(() => send("x", ...items))).toBe("EINVAL");
    }
  });

  test("ancillary data that is unknown, of another level, only received, or none at all is refused", async () => {
    const { here } = await sending();
    const wrong: readonly unknown[] = [
      { cmsg_type: "SCTP_NOTHING", cmsg_data: {} },
      { cmsg_type: SCTP_RCVINFO, cmsg_data: {} },
      { cmsg_type: SCTP_SNDINFO, cmsg_level: "IPPROTO_IPV6", cmsg_data: {} },
      { cmsg_type: SCTP_SNDINFO, cmsg_data: { snd_stream: 1 } },
      { cmsg_type: SCTP_SNDINFO, cmsg_data: undefined },
      { cmsg_type: SCTP_PRINFO, cmsg_data: { pr_policy: "SCTP_PR_SCTP_OFTEN", pr_value: 0 } },
      { cmsg_type: SCTP_INIT, cmsg_data: { sinit_num_ostreams: -1 } },
      null,
      "SCTP_SNDINFO",
    ];
    for (const item of wrong) {
      const message = { msg_name: at("10.0.0.9", 6_000), msg_iov: "x", msg_control: [item as SendControl] };
      expect(
        errno(() => here.immediate.sendmsg(message)),
        JSON.stringify(item),
      ).toBe("EINVAL");
      expect(await errnoOf(here.sendmsg(message))).toBe("EINVAL");
    }
  });
});

describe("an association that sendmsg() sets up", () => {
  test("SCTP_INIT gives its streams", async () => {
    const world = new World();
    const there = await world.listener(world.z, SOCK_SEQPACKET);
    subscribe(there, SCTP_ASSOC_CHANGE);
    const here = world.socket(world.a, SOCK_SEQPACKET);
    subscribe(here, SCTP_ASSOC_CHANGE);
    const init = { sinit_num_ostreams: 6, sinit_max_instreams: 4 };
    await here.sendmsg({
      msg_name: at("10.0.0.2"),
      msg_iov: "x",
      msg_control: [
        { cmsg_type: SCTP_INIT, cmsg_data: init },
        { cmsg_type: SCTP_SNDINFO, cmsg_data: { snd_sid: 5 } },
      ],
    });
    await world.run(300);
    expect(notifications(here)).toMatchObject([{ sac_outbound_streams: 6, sac_inbound_streams: 4 }]);
    expect(story(drain(there))).toEqual([SCTP_COMM_UP, "x"]);
    // The socket keeps its own values.
    expect(here.getsockopt(level, "SCTP_INITMSG").sinit_num_ostreams).toBe(1_024);
  });

  test("a stream beyond those of SCTP_INIT is refused, and nothing is set up", async () => {
    const world = new World();
    const here = world.socket(world.a, SOCK_SEQPACKET);
    const sent = here.sendmsg({
      msg_name: at("10.0.0.2"),
      msg_iov: "x",
      msg_control: [
        { cmsg_type: SCTP_INIT, cmsg_data: { sinit_num_ostreams: 6 } },
        { cmsg_type: SCTP_SNDINFO, cmsg_data: { snd_sid: 6 } },
      ],
    });
    expect(await errnoOf(sent)).toBe("EINVAL");
    expect(here.getsockopt(level, "SCTP_GET_ASSOC_NUMBER")).toBe(0);
  });

  test("SCTP_INIT gives its attempts, and the largest time between them", async () => {
    const world = new World();
    const here = world.socket(world.a, SOCK_SEQPACKET);
    subscribe(here, SCTP_ASSOC_CHANGE);
    const inits: number[] = [];
    world.network.filter(() => {
      inits.push(world.network.now);
      return false;
    });
    const cmsg_data = { sinit_max_attempts: 3, sinit_max_init_timeo: 1_500 };
    await here.sendmsg({
      msg_name: at("10.0.0.2"),
      msg_iov: "x",
      msg_control: [{ cmsg_type: SCTP_INIT, cmsg_data }],
    });
    await world.run(60_000);
    expect(inits.map((time, index) => time - (inits[index - 1] ?? time))).toEqual([0, 1_000, 1_500, 1_500]);
    expect(notifications(here)).toMatchObject([{ sac_state: "SCTP_CANT_STR_ASSOC" }]);
  });

  test("SCTP_DSTADDRV4 and SCTP_DSTADDRV6 give further addresses of the peer", async () => {
    const world = new World(1, {
      a: ["10.0.0.1", "10.0.1.1", "fd00::1"],
      z: ["10.0.0.2", "10.0.1.2", "fd00::2"],
    });
    const there = await world.listener(world.z, SOCK_SEQPACKET, "IPv6");
    const here = world.socket(world.a, SOCK_SEQPACKET, "IPv6");
    // The first address does not answer.
    world.network.cut("10.0.0.1", "10.0.0.2");
    await here.sendmsg({
      msg_name: at("10.0.0.2"),
      msg_iov: "x",
      msg_control: [
        { cmsg_type: SCTP_DSTADDRV4, cmsg_data: "10.0.1.2" },
        { cmsg_type: SCTP_DSTADDRV6, cmsg_data: "fd00::2" },
      ],
    });
    const [id = 0] = here.getsockopt(level, "SCTP_GET_ASSOC_ID_LIST").gaids_assoc_id;
    expect(here.getpaddrs(id)).toEqual([at("10.0.0.2"), at("10.0.1.2"), at("fd00::2")]);
    expect(text(await world.until(there.recvmsg()))).toBe("x");
  });

  test("an address of the wrong family is refused", async () => {
    const world = new World(1, { a: ["fd00::1", "10.0.0.1"], z: ["fd00::2", "10.0.0.2"] });
    const here = world.socket(world.a, SOCK_SEQPACKET, "IPv6");
    for (const [cmsg_type, cmsg_data] of [
      [SCTP_DSTADDRV4, "fd00::2"],
      [SCTP_DSTADDRV6, "10.0.0.2"],
      [SCTP_DSTADDRV4, "nowhere"],
    ] as const) {
      const message = { msg_name: at("fd00::2"), msg_iov: "x", msg_control: [{ cmsg_type, cmsg_data }] };
      expect(await errnoOf(here.sendmsg(message)), cmsg_data).toBe("EINVAL");
    }
  });

  test("one of the addresses finds the association that is there", async () => {
    const world = new World();
    const { here, there } = await world.many();
    await here.sendmsg({
      msg_name: at("10.0.7.7"),
      msg_iov: "found",
      msg_control: [{ cmsg_type: SCTP_DSTADDRV4, cmsg_data: "10.0.1.2" }],
    });
    expect(text(await world.until(there.recvmsg()))).toBe("found");
    expect(here.getsockopt(level, "SCTP_GET_ASSOC_NUMBER")).toBe(1);
  });
});

test("SCTP_ADDR_OVER sends to the address of the call, without it to the primary one", async () => {
  const world = new World();
  const { here, there } = await world.many();
  await world.run(5_000);
  const send = (data: string, snd_flags: number): number =>
    here.immediate.sendmsg({
      msg_name: at("10.0.1.2"),
      msg_iov: data,
      msg_control: [{ cmsg_type: SCTP_SNDINFO, cmsg_data: { snd_flags } }],
    });
  send("over", SCTP_ADDR_OVER);
  await world.run(300);
  send("primary", 0);
  await world.run(300);
  expect(drain(there).map((message) => [text(message), message.msg_name?.address])).toEqual([
    ["over", "10.0.1.1"],
    ["primary", "10.0.0.1"],
  ]);
});

describe("sendv()", () => {
  test("SCTP_SENDV_NOINFO, SNDINFO, PRINFO and AUTHINFO take the info of their name", async () => {
    const { here, peer, id } = await listening();
    const addrs = at("10.0.0.9", 6_000);
    here.immediate.sendv("no", { addrs, infotype: SCTP_SENDV_NOINFO });
    expect(peer.await("DATA")).toMatchObject({ stream: 0, ppid: 0 });
    const info = { snd_sid: 4, snd_ppid: 5, snd_assoc_id: id };
    here.immediate.sendv("snd", { infotype: SCTP_SENDV_SNDINFO, info });
    expect(peer.await("DATA")).toMatchObject({ stream: 4, ppid: 5 });
    const prinfo = { pr_policy: SCTP_PR_SCTP_TTL, pr_value: 60_000 } as const;
    here.immediate.sendv("pr", { addrs, infotype: SCTP_SENDV_PRINFO, info: prinfo });
    expect(text(peer.await("DATA"))).toBe("pr");
    here.immediate.sendv("auth", { addrs, infotype: SCTP_SENDV_AUTHINFO, info: { auth_keynumber: 1 } });
    expect(text(peer.await("DATA"))).toBe("auth");
  });

  test("SCTP_SENDV_SPA takes the parts whose flags are set, and those alone", async () => {
    const { world, here, peer, id } = await listening();
    subscribe(here, SCTP_SEND_FAILED_EVENT);
    const spa = {
      sendv_sndinfo: { snd_sid: 4, snd_ppid: 5, snd_assoc_id: id },
      sendv_prinfo: { pr_policy: SCTP_PR_SCTP_TTL, pr_value: 100 },
      sendv_authinfo: { auth_keynumber: 1 },
    } as const;
    const send = (data: string, sendv_flags: number): number =>
      here.immediate.sendv(data, {
        addrs: at("10.0.0.9", 6_000),
        infotype: SCTP_SENDV_SPA,
        info: { ...spa, sendv_flags },
      });
    send("snd", SCTP_SEND_SNDINFO_VALID);
    expect(peer.await("DATA")).toMatchObject({ stream: 4, ppid: 5 });
    send("auth", SCTP_SEND_AUTHINFO_VALID);
    expect(peer.await("DATA")).toMatchObject({ stream: 0, ppid: 0 });
    peer.send(peer.sack(2, { receiverWindow: 0 }));
    world.network.run(10);
    send("stays", SCTP_SEND_SNDINFO_VALID);
    send("late", SCTP_SEND_SNDINFO_VALID | SCTP_SEND_PRINFO_VALID);
    world.network.run(200);
    peer.clear();
    peer.send(peer.sack(2));
    expect(peer.collect(20).map((chunk) => (chunk.type === "DATA" ? text(chunk) : chunk.type))).toEqual([
      "stays",
    ]);
    expect(notifications(here)).toMatchObject([
      { ssfe_info: { snd_sid: 4 }, ssfe_data: new TextEncoder().encode("late") },
    ]);
  });

  test("a part whose flag is set and that is not there is refused, and so is info without its type", async () => {
    const { here } = await listening();
    const addrs = at("10.0.0.9", 6_000);
    for (const sendv_flags of [
      SCTP_SEND_SNDINFO_VALID,
      SCTP_SEND_PRINFO_VALID,
      SCTP_SEND_AUTHINFO_VALID,
      8,
    ]) {
      const info: SctpSendvSpa = { sendv_flags };
      const send = (): number => here.immediate.sendv("x", { addrs, infotype: SCTP_SENDV_SPA, info });
      expect(errno(send), String(sendv_flags)).toBe("EINVAL");
    }
    const options: unknown = { addrs, info: { snd_sid: 1 } };
    expect(errno(() => here.immediate.sendv("x", options as { addrs: typeof addrs }))).toBe("EINVAL");
  });

  test("fills in the id of the association that it set up", async () => {
    const world = new World();
    await world.listener(world.z, SOCK_SEQPACKET);
    const here = world.socket(world.a, SOCK_SEQPACKET);
    const info = { snd_sid: 1, snd_assoc_id: 0 };
    const addrs = [at("10.0.0.2", PORT), at("10.0.1.2", PORT)];
    await here.sendv("x", { addrs, infotype: SCTP_SENDV_SNDINFO, info });
    expect([info.snd_assoc_id]).toEqual(here.getsockopt(level, "SCTP_GET_ASSOC_ID_LIST").gaids_assoc_id);
    expect(here.getpaddrs(info.snd_assoc_id)).toEqual(addrs);
  });
});
