import {
  IPPROTO_SCTP,
  MSG_EOR,
  MSG_PEEK,
  type ReceivedControl,
  type ReceivedMsg,
  SCTP_ADDR_OVER,
  SCTP_COMPLETE,
  SCTP_CONTEXT,
  SCTP_EVENTS,
  SCTP_EXTRCV,
  SCTP_NEXT_MSG_AVAIL,
  SCTP_NEXT_MSG_IS_NOTIFICATION,
  SCTP_NEXT_MSG_IS_UNORDERED,
  SCTP_NEXT_MSG_ISCOMPLETE,
  SCTP_NOTIFICATION,
  SCTP_NXTINFO,
  SCTP_PARTIAL_DELIVERY_POINT,
  SCTP_RCVINFO,
  SCTP_RECVNXTINFO,
  SCTP_RECVRCVINFO,
  SCTP_RECVV_NOINFO,
  SCTP_RECVV_NXTINFO,
  SCTP_RECVV_RCVINFO,
  SCTP_RECVV_RN,
  SCTP_REMOTE_ERROR,
  SCTP_SENDV_SNDINFO,
  SCTP_SNDRCV,
  SCTP_UNORDERED,
  SCTP_USE_EXT_RCVINFO,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { bytes, listening } from "./listening.ts";
import { at, drain, subscribe, text, World } from "./support.ts";

/** What comes with a message (RFC 6458 §5.3, §9.13). */

const level = IPPROTO_SCTP;

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
    const { world, here, peer } = await listening();
    peer.send(peer.data());
    world.network.run(10);
    expect(here.immediate.recvmsg().msg_control).toEqual([]);
  });

  test("has stream, SSN, flags, PPID, TSNs, context and association of the message", async () => {
    const { world, here, peer, id } = await listening();
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
    const { world, here, peer } = await listening();
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
    const { world, here, peer, id } = await listening();
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
    const { world, here, peer, id } = await listening();
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
    const { world, here, peer } = await listening();
    here.setsockopt(level, SCTP_RECVNXTINFO, 1);
    subscribe(here, SCTP_REMOTE_ERROR);
    peer.send({ type: "ERROR", causes: [] });
    world.network.run(10);
    peer.send(peer.data({ stream: 2 }));
    world.network.run(10);
    expect(controlOf(here.immediate.recvmsg(), SCTP_NXTINFO)).toMatchObject({ nxt_sid: 2, nxt_length: 4 });
  });

  test("has not SCTP_COMPLETE while the next message is being received", async () => {
    const { world, here, peer } = await listening();
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
    const { world, here, peer } = await listening();
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
    const { world, here, peer, id } = await listening();
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
    const { world, here, peer, id } = await listening();
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
    const { world, here, peer } = await listening();
    here.setsockopt(level, SCTP_USE_EXT_RCVINFO, 1);
    peer.send(peer.data());
    world.network.run(10);
    expect(here.immediate.recvmsg().msg_control).toEqual([]);
  });

  test("sctp_recvmsg() has sinfo with sctp_data_io_event, and not without", async () => {
    const { world, here, peer, id } = await listening();
    subscribe(here, SCTP_REMOTE_ERROR);
    peer.send(peer.data({ stream: 2, ppid: 4 }));
    peer.send(peer.data({ stream: 2, ppid: 4, data: bytes("told") }));
    peer.send({ type: "ERROR", causes: [] });
    world.network.run(10);
    expect(here.immediate.sctp_recvmsg().sinfo).toBeUndefined();
    here.setsockopt(level, SCTP_EVENTS, { sctp_data_io_event: 1, sctp_peer_error_event: 1 });
    expect(here.immediate.sctp_recvmsg()).toMatchObject({
      data: Buffer.from("told"),
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
    const { world, here, peer, id } = await listening();
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
