import {
  type IoVec,
  IPPROTO_SCTP,
  MSG_EOR,
  MSG_PEEK,
  type ReceivedControl,
  type ReceivedMsg,
  SCTP_ADDR_OVER,
  SCTP_ASSOC_CHANGE,
  SCTP_AUTHINFO,
  SCTP_COMM_UP,
  SCTP_COMPLETE,
  SCTP_CONTEXT,
  SCTP_DEFAULT_SEND_PARAM,
  SCTP_DSTADDRV4,
  SCTP_DSTADDRV6,
  SCTP_EVENTS,
  SCTP_EXTRCV,
  SCTP_INIT,
  SCTP_NEXT_MSG_AVAIL,
  SCTP_NEXT_MSG_IS_NOTIFICATION,
  SCTP_NEXT_MSG_IS_UNORDERED,
  SCTP_NEXT_MSG_ISCOMPLETE,
  SCTP_NODELAY,
  SCTP_NOTIFICATION,
  SCTP_NXTINFO,
  SCTP_PARTIAL_DELIVERY_POINT,
  SCTP_PR_SCTP_NONE,
  SCTP_PR_SCTP_TTL,
  SCTP_PRINFO,
  SCTP_RCVINFO,
  SCTP_RECVNXTINFO,
  SCTP_RECVRCVINFO,
  SCTP_RECVV_NOINFO,
  SCTP_RECVV_NXTINFO,
  SCTP_RECVV_RCVINFO,
  SCTP_RECVV_RN,
  SCTP_REMOTE_ERROR,
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
  SCTP_USE_EXT_RCVINFO,
  type SctpSendvSpa,
  type SctpSocket,
  type SendControl,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import type { ScriptedPeer } from "../../support/scripted-peer.ts";
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

/** What comes and goes with a message (RFC 6458 §5.3). */

const level = IPPROTO_SCTP;

function bytes(value: string): Buffer {
  return Buffer.from(value);
}

/** A one-to-many socket of A that a scripted peer has an association with. */
async function scripted(): Promise<{ world: World; here: SctpSocket; peer: ScriptedPeer; id: number }> {
  const world = new World();
  const here = await world.listener(world.a, SOCK_SEQPACKET);
  here.setsockopt(level, SCTP_NODELAY, 1);
  const peer = world.scripted(world.a);
  peer.associate();
  const [id = 0] = here.getsockopt(level, "SCTP_GET_ASSOC_ID_LIST").gaids_assoc_id;
  return { world, here, peer, id };
}

type ControlData = {
  [T in ReceivedControl["cmsg_type"]]: Extract<ReceivedControl, { cmsg_type: T }>["cmsg_data"];
};

/** The ancillary data of one type. */
function controlOf<T extends ReceivedControl["cmsg_type"]>(
  message: ReceivedMsg | undefined,
  type: T,
): ControlData[T] | undefined {
  const found = message?.msg_control.find(
    (item): item is ReceivedControl & { cmsg_type: T; cmsg_data: ControlData[T] } => item.cmsg_type === type,
  );
  expect(found?.cmsg_level ?? level).toBe(level);
  return found?.cmsg_data;
}

describe("SCTP_RCVINFO", () => {
  test("is not there unless it was asked for", async () => {
    const { world, here, peer } = await scripted();
    peer.send(peer.data());
    world.network.run(10);
    expect(here.immediate.recvmsg().msg_control).toEqual([]);
  });

  test("has stream, SSN, flags, PPID, TSNs, context and association of the message", async () => {
    const { world, here, peer, id } = await scripted();
    here.setsockopt(level, SCTP_RECVRCVINFO, 1);
    here.setsockopt(level, SCTP_CONTEXT, { assoc_id: id, assoc_value: 99 });
    peer.send(
      peer.data({ stream: 3, ppid: 0x01020304, data: bytes("first") }),
      peer.data({ stream: 3, ppid: 5, data: bytes("second") }),
      peer.data({ stream: 2, unordered: true, data: bytes("third") }),
    );
    world.network.run(10);
    const first = Number(peer.initialTsn);
    const common = { rcv_context: 99, rcv_assoc_id: id, rcv_cumtsn: first + 2 };
    const infos = drain(here).map((message) => controlOf(message, SCTP_RCVINFO));
    expect(infos).toEqual([
      { ...common, rcv_sid: 3, rcv_ssn: 0, rcv_flags: 0, rcv_ppid: 0x01020304, rcv_tsn: first },
      { ...common, rcv_sid: 3, rcv_ssn: 1, rcv_flags: 0, rcv_ppid: 5, rcv_tsn: first + 1 },
      { ...common, rcv_sid: 2, rcv_ssn: 0, rcv_flags: SCTP_UNORDERED, rcv_ppid: 0, rcv_tsn: first + 2 },
    ]);
  });

  test("comes with every part of a message, of the same SSN", async () => {
    const { world, here, peer } = await scripted();
    here.setsockopt(level, SCTP_RECVRCVINFO, 1);
    here.setsockopt(level, SCTP_PARTIAL_DELIVERY_POINT, 10);
    peer.send(peer.data({ stream: 1 }), peer.data({ stream: 1, ending: false, data: new Uint8Array(50) }));
    world.network.run(10);
    peer.send(peer.data({ stream: 1, ssn: peer.data({ stream: 1 }).ssn, beginning: false }));
    const parts = [here.immediate.recvmsg(), here.immediate.recvmsg({ length: 20 })];
    parts.push(...drain(here));
    expect(parts.map((part) => controlOf(part, SCTP_RCVINFO)?.rcv_ssn)).toEqual([0, 1, 1]);
    expect(parts.map((part) => controlOf(part, SCTP_RCVINFO)?.rcv_sid)).toEqual([1, 1, 1]);
  });

  test("the address of the message is the one that it came from", async () => {
    const world = new World();
    const { here, there, id } = await world.many();
    await world.run(5_000);
    here.immediate.sendv("by the other way", {
      addrs: at("10.0.1.2"),
      infotype: SCTP_SENDV_SNDINFO,
      info: { snd_assoc_id: id, snd_flags: SCTP_ADDR_OVER },
    });
    await world.run(300);
    expect(there.immediate.recvmsg().msg_name).toEqual({
      family: "IPv4",
      address: "10.0.1.1",
      port: here.getladdrs()[0]?.port,
    });
  });
});

describe("SCTP_NXTINFO", () => {
  test("has stream, flags, PPID and length of the message that comes next", async () => {
    const { world, here, peer, id } = await scripted();
    here.setsockopt(level, SCTP_RECVNXTINFO, 1);
    peer.send(
      peer.data({ data: bytes("first") }),
      peer.data({ stream: 4, ppid: 77, unordered: true, data: bytes("second") }),
    );
    world.network.run(10);
    expect(controlOf(here.immediate.recvmsg(), SCTP_NXTINFO)).toEqual({
      nxt_sid: 4,
      nxt_flags: SCTP_UNORDERED | SCTP_COMPLETE,
      nxt_ppid: 77,
      nxt_length: 6,
      nxt_assoc_id: id,
    });
    // Told of, it is still there; and there is none behind it.
    const second = here.immediate.recvmsg();
    expect(text(second)).toBe("second");
    expect(second.msg_control).toEqual([]);
  });

  test("tells of a notification that comes next", async () => {
    const { world, here, peer, id } = await scripted();
    here.setsockopt(level, SCTP_RECVNXTINFO, 1);
    subscribe(here, SCTP_REMOTE_ERROR);
    peer.send(peer.data());
    peer.send({ type: "ERROR", causes: [] });
    world.network.run(10);
    const message = here.immediate.recvmsg();
    const notification = here.immediate.recvmsg();
    expect(controlOf(message, SCTP_NXTINFO)).toEqual({
      nxt_sid: 0,
      nxt_flags: SCTP_NOTIFICATION | SCTP_COMPLETE,
      nxt_ppid: 0,
      nxt_length: notification.data.length,
      nxt_assoc_id: id,
    });
  });

  test("comes with a notification, too", async () => {
    const { world, here, peer } = await scripted();
    here.setsockopt(level, SCTP_RECVNXTINFO, 1);
    subscribe(here, SCTP_REMOTE_ERROR);
    peer.send({ type: "ERROR", causes: [] });
    world.network.run(10);
    peer.send(peer.data({ stream: 2 }));
    world.network.run(10);
    expect(controlOf(here.immediate.recvmsg(), SCTP_NXTINFO)).toMatchObject({ nxt_sid: 2, nxt_length: 4 });
  });

  test("has not SCTP_COMPLETE while the next message is being received", async () => {
    const { world, here, peer } = await scripted();
    here.setsockopt(level, SCTP_RECVNXTINFO, 1);
    here.setsockopt(level, SCTP_PARTIAL_DELIVERY_POINT, 10);
    peer.send(peer.data(), peer.data({ stream: 1, ending: false, data: new Uint8Array(50) }));
    world.network.run(10);
    expect(controlOf(here.immediate.recvmsg(), SCTP_NXTINFO)).toMatchObject({
      nxt_sid: 1,
      nxt_flags: 0,
      nxt_length: 50,
    });
  });

  test("is absent until this message is read to its end, and when one only looks at it", async () => {
    const { world, here, peer } = await scripted();
    here.setsockopt(level, SCTP_RECVNXTINFO, 1);
    peer.send(peer.data({ data: bytes("first") }), peer.data({ data: bytes("second") }));
    world.network.run(10);
    expect(here.immediate.recvmsg({ flags: MSG_PEEK }).msg_control).toEqual([]);
    expect(here.immediate.recvmsg({ length: 2 }).msg_control).toEqual([]);
    expect(controlOf(here.immediate.recvmsg(), SCTP_NXTINFO)).toMatchObject({ nxt_length: 6 });
  });
});

describe("the deprecated forms", () => {
  test("SCTP_SNDRCV comes with sctp_data_io_event, and says what SCTP_RCVINFO says", async () => {
    const { world, here, peer, id } = await scripted();
    here.setsockopt(level, SCTP_EVENTS, { sctp_data_io_event: 1 });
    here.setsockopt(level, SCTP_CONTEXT, { assoc_id: id, assoc_value: 8 });
    peer.send(peer.data({ stream: 3, ppid: 9 }), peer.data({ stream: 3, unordered: true }));
    world.network.run(10);
    const first = Number(peer.initialTsn);
    const [one, two] = drain(here);
    expect(one?.msg_control.length).toBe(1);
    expect(controlOf(one, SCTP_SNDRCV)).toEqual({
      sinfo_stream: 3,
      sinfo_ssn: 0,
      sinfo_flags: 0,
      sinfo_ppid: 9,
      sinfo_context: 8,
      sinfo_timetolive: 0,
      sinfo_tsn: first,
      sinfo_cumtsn: first + 1,
      sinfo_assoc_id: id,
    });
    expect(controlOf(two, SCTP_SNDRCV)?.sinfo_flags).toBe(SCTP_UNORDERED);
  });

  test("SCTP_EXTRCV takes its place with SCTP_USE_EXT_RCVINFO, and tells of the next message", async () => {
    const { world, here, peer, id } = await scripted();
    here.setsockopt(level, SCTP_EVENTS, { sctp_data_io_event: 1, sctp_peer_error_event: 1 });
    here.setsockopt(level, SCTP_USE_EXT_RCVINFO, 1);
    peer.send(
      peer.data({ stream: 3, ppid: 9 }),
      peer.data({ stream: 5, ppid: 6, unordered: true, data: bytes("next") }),
    );
    peer.send({ type: "ERROR", causes: [] });
    world.network.run(10);
    const first = Number(peer.initialTsn);
    const one = here.immediate.recvmsg();
    expect(controlOf(one, SCTP_SNDRCV)).toBeUndefined();
    expect(controlOf(one, SCTP_EXTRCV)).toEqual({
      sinfo_stream: 3,
      sinfo_ssn: 0,
      sinfo_flags: 0,
      sinfo_ppid: 9,
      sinfo_context: 0,
      sinfo_pr_value: 0,
      sinfo_tsn: first,
      sinfo_cumtsn: first + 1,
      serinfo_next_flags: SCTP_NEXT_MSG_AVAIL | SCTP_NEXT_MSG_ISCOMPLETE | SCTP_NEXT_MSG_IS_UNORDERED,
      serinfo_next_stream: 5,
      serinfo_next_aid: id,
      serinfo_next_length: 4,
      serinfo_next_ppid: 6,
      sinfo_assoc_id: id,
    });
    // Not read to its end, it says nothing of the next one.
    expect(controlOf(here.immediate.recvmsg({ length: 1 }), SCTP_EXTRCV)).toMatchObject({
      sinfo_stream: 5,
      serinfo_next_flags: 0,
      serinfo_next_length: 0,
    });
    expect(controlOf(here.immediate.recvmsg(), SCTP_EXTRCV)?.serinfo_next_flags).toBe(
      SCTP_NEXT_MSG_AVAIL | SCTP_NEXT_MSG_ISCOMPLETE | SCTP_NEXT_MSG_IS_NOTIFICATION,
    );
    expect(here.immediate.recvmsg().msg_control).toEqual([]);
  });

  test("SCTP_USE_EXT_RCVINFO alone asks for nothing", async () => {
    const { world, here, peer } = await scripted();
    here.setsockopt(level, SCTP_USE_EXT_RCVINFO, 1);
    peer.send(peer.data());
    world.network.run(10);
    expect(here.immediate.recvmsg().msg_control).toEqual([]);
  });

  test("sctp_recvmsg() has sinfo with sctp_data_io_event, and not without", async () => {
    const { world, here, peer, id } = await scripted();
    subscribe(here, SCTP_REMOTE_ERROR);
    peer.send(peer.data({ stream: 2, ppid: 4 }));
    peer.send(peer.data({ stream: 2, ppid: 4, data: bytes("told") }));
    peer.send({ type: "ERROR", causes: [] });
    world.network.run(10);
    expect(here.immediate.sctp_recvmsg().sinfo).toBeUndefined();
    here.setsockopt(level, SCTP_EVENTS, { sctp_data_io_event: 1, sctp_peer_error_event: 1 });
    expect(here.immediate.sctp_recvmsg()).toMatchObject({
      data: bytes("told"),
      from: { address: "10.0.0.9" },
      msg_flags: MSG_EOR,
      sinfo: { sinfo_stream: 2, sinfo_ssn: 1, sinfo_ppid: 4, sinfo_assoc_id: id },
    });
    const { sinfo, notification } = await here.sctp_recvmsg();
    expect(sinfo).toBeUndefined();
    expect(notification?.sn_type).toBe(SCTP_REMOTE_ERROR);
  });
});

describe("recvv() says by infotype what it has", () => {
  async function readTwo(...options: readonly (typeof SCTP_RECVRCVINFO | typeof SCTP_RECVNXTINFO)[]) {
    const { world, here, peer, id } = await scripted();
    for (const option of options) here.setsockopt(level, option, 1);
    peer.send(peer.data({ stream: 1 }), peer.data({ stream: 2 }));
    world.network.run(10);
    return { one: here.immediate.recvv(), two: await here.recvv(), id };
  }

  test("SCTP_RECVV_NOINFO", async () => {
    const { one } = await readTwo();
    expect(one).toMatchObject({ infotype: SCTP_RECVV_NOINFO, info: undefined, flags: MSG_EOR });
  });

  test("SCTP_RECVV_RCVINFO", async () => {
    const { one, id } = await readTwo(SCTP_RECVRCVINFO);
    expect(one).toMatchObject({ infotype: SCTP_RECVV_RCVINFO, info: { rcv_sid: 1, rcv_assoc_id: id } });
  });

  test("SCTP_RECVV_NXTINFO, and SCTP_RECVV_NOINFO with the last message", async () => {
    const { one, two } = await readTwo(SCTP_RECVNXTINFO);
    expect(one).toMatchObject({ infotype: SCTP_RECVV_NXTINFO, info: { nxt_sid: 2 } });
    expect(two).toMatchObject({ infotype: SCTP_RECVV_NOINFO, info: undefined });
  });

  test("SCTP_RECVV_RN, and SCTP_RECVV_RCVINFO with the last message", async () => {
    const { one, two } = await readTwo(SCTP_RECVRCVINFO, SCTP_RECVNXTINFO);
    expect(one).toMatchObject({
      infotype: SCTP_RECVV_RN,
      info: { recvv_rcvinfo: { rcv_sid: 1 }, recvv_nxtinfo: { nxt_sid: 2 } },
    });
    expect(two).toMatchObject({ infotype: SCTP_RECVV_RCVINFO, info: { rcv_sid: 2 } });
  });
});

describe("sendmsg()", () => {
  async function sending(): Promise<Awaited<ReturnType<typeof scripted>> & { send: Send }> {
    const all = await scripted();
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
    const { here, peer, id } = await scripted();
    const cmsg_data = { snd_sid: 3, snd_flags: SCTP_UNORDERED, snd_ppid: 0x01020304, snd_assoc_id: id };
    here.immediate.sendmsg({ msg_iov: "x", msg_control: [{ cmsg_type: SCTP_SNDINFO, cmsg_data }] });
    expect(peer.await("DATA")).toMatchObject({ stream: 3, unordered: true, ppid: 0x01020304 });
  });

  test("SCTP_SNDRCV gives them, too, and a time to live", async () => {
    const { world, here, peer, id } = await scripted();
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
    const { here, peer, id } = await scripted();
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
    const { world, here, peer, id } = await scripted();
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
    const { here } = await scripted();
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
