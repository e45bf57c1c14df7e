import {
  IPPROTO_SCTP,
  MSG_EOR,
  MSG_NOTIFICATION,
  SCTP_ADAPTATION_INDICATION,
  SCTP_ADAPTATION_LAYER,
  SCTP_ASSOC_CHANGE,
  SCTP_COMM_LOST,
  SCTP_COMM_UP,
  SCTP_EVENT,
  SCTP_EVENTS,
  SCTP_NOTIFICATIONS_STOPPED_EVENT,
  SCTP_PARTIAL_DELIVERY_EVENT,
  SCTP_PARTIAL_DELIVERY_POINT,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_REMOTE_ERROR,
  SCTP_RESTART,
  SCTP_SEND_FAILED,
  SCTP_SEND_FAILED_EVENT,
  SCTP_SENDER_DRY_EVENT,
  SCTP_SHUTDOWN_EVENT,
  type SctpNotification,
  type SctpSocket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { bytes, listening, onlyId, sendTo } from "./listening.ts";
import {
  at,
  drain,
  errno,
  notifications,
  only,
  PORT,
  SCRIPTED_PORT,
  SOCK_SEQPACKET,
  story,
  subscribe,
  World,
} from "./support.ts";

/** What users are told, and when (RFC 6458 §6.1). */

describe("subscriptions", () => {
  /** A life in which each of these happens. */
  async function life(prepare: (socket: SctpSocket) => void): Promise<SctpNotification[]> {
    const world = new World();
    const here = await world.listener(world.a, SOCK_SEQPACKET);
    prepare(here);
    here.setsockopt(IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, 100);
    const peer = world.scripted(world.a);
    peer.associate();
    const told: SctpNotification[] = [];
    const id = onlyId(here);
    sendTo(here, id, "arrives");
    peer.await("DATA");
    peer.send(peer.sack(1), {
      type: "ERROR",
      causes: [{ type: "UNKNOWN", code: 0x77, info: Uint8Array.of(1) }],
    });
    world.network.run(10);
    sendTo(here, id, "is lost");
    world.network.run(1_500);
    peer.send(peer.data({ ending: false, data: new Uint8Array(500) }));
    world.network.run(10);
    told.push(...notifications(here));
    peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(1).cumulativeTsn });
    world.network.run(10);
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(10);
    told.push(...notifications(here));
    return told;
  }

  const types = [
    SCTP_ASSOC_CHANGE,
    SCTP_PEER_ADDR_CHANGE,
    SCTP_REMOTE_ERROR,
    SCTP_SEND_FAILED,
    SCTP_SEND_FAILED_EVENT,
    SCTP_SHUTDOWN_EVENT,
    SCTP_PARTIAL_DELIVERY_EVENT,
    SCTP_SENDER_DRY_EVENT,
  ] as const;

  test("nothing is told to who did not subscribe", async () => {
    expect(await life(() => {})).toEqual([]);
  });

  test.each(types)("%s alone is told to who subscribed to it with SCTP_EVENT", async (type) => {
    const told = await life((socket) => subscribe(socket, type));
    expect(new Set(told.map(({ sn_type }) => sn_type))).toEqual(new Set([type]));
  });

  test("SCTP_EVENTS subscribes to all that the old structure has", async () => {
    const told = await life((socket) =>
      socket.setsockopt(IPPROTO_SCTP, SCTP_EVENTS, {
        sctp_association_event: 1,
        sctp_address_event: 1,
        sctp_send_failure_event: 1,
        sctp_peer_error_event: 1,
        sctp_shutdown_event: 1,
        sctp_partial_delivery_event: 1,
        sctp_sender_dry_event: 1,
      }),
    );
    expect(new Set(told.map(({ sn_type }) => sn_type))).toEqual(
      new Set(types.filter((type) => type !== SCTP_SEND_FAILED_EVENT)),
    );
  });

  test("each member of SCTP_EVENTS subscribes to its notification alone", async () => {
    const members = [
      ["sctp_association_event", SCTP_ASSOC_CHANGE],
      ["sctp_address_event", SCTP_PEER_ADDR_CHANGE],
      ["sctp_send_failure_event", SCTP_SEND_FAILED],
      ["sctp_peer_error_event", SCTP_REMOTE_ERROR],
      ["sctp_shutdown_event", SCTP_SHUTDOWN_EVENT],
      ["sctp_partial_delivery_event", SCTP_PARTIAL_DELIVERY_EVENT],
      ["sctp_sender_dry_event", SCTP_SENDER_DRY_EVENT],
    ] as const;
    for (const [member, type] of members) {
      const told = await life((socket) => socket.setsockopt(IPPROTO_SCTP, SCTP_EVENTS, { [member]: 1 }));
      expect([...new Set(told.map(({ sn_type }) => sn_type))], member).toEqual([type]);
    }
  });

  test("an association that is unsubscribed says no more, the others go on", async () => {
    const { world, here, peer, id } = await listening(SCTP_ASSOC_CHANGE);
    here.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_ASSOC_CHANGE, se_on: 0, se_assoc_id: id });
    drain(here);
    const other = world.scripted(world.a, "10.0.0.8");
    other.associate();
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    other.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(10);
    expect(story(drain(here))).toEqual([SCTP_COMM_UP, SCTP_COMM_LOST]);
  });
});

test("SCTP_REMOTE_ERROR has the ERROR chunk as it came, and its first cause", async () => {
  const { world, here, peer, id } = await listening(SCTP_REMOTE_ERROR);
  peer.send({
    type: "ERROR",
    causes: [
      { type: "INVALID-STREAM", stream: 9 },
      { type: "UNKNOWN", code: 0x1234, info: Uint8Array.of(5, 6) },
    ],
  });
  world.network.run(10);
  expect(notifications(here)).toEqual([
    {
      sn_type: SCTP_REMOTE_ERROR,
      sre_flags: 0,
      sre_error: 1,
      sre_assoc_id: id,
      sre_data: Uint8Array.of(9, 0, 0, 18, 0, 1, 0, 8, 0, 9, 0, 0, 0x12, 0x34, 0, 6, 5, 6),
    },
  ]);
});

describe("SCTP_PARTIAL_DELIVERY_EVENT", () => {
  async function inTheMiddle(): Promise<Awaited<ReturnType<typeof listening>>> {
    const all = await listening(SCTP_PARTIAL_DELIVERY_EVENT, SCTP_ASSOC_CHANGE);
    const { world, here, peer } = all;
    here.setsockopt(IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, 100);
    peer.send(peer.data({ stream: 4 }), peer.data({ stream: 4, ending: false, data: new Uint8Array(500) }));
    world.network.run(10);
    const read = drain(here);
    expect(read.map(({ msg_flags }) => msg_flags & MSG_EOR)).toEqual([MSG_EOR, MSG_EOR, 0]);
    return all;
  }

  test("tells that the rest of a message will not come, before COMM_LOST", async () => {
    const { world, here, peer, id } = await inTheMiddle();
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(10);
    const read = drain(here);
    expect(story(read)).toEqual([SCTP_PARTIAL_DELIVERY_EVENT, SCTP_COMM_LOST]);
    expect(read[0]?.notification).toEqual({
      sn_type: SCTP_PARTIAL_DELIVERY_EVENT,
      pdapi_flags: 0,
      pdapi_indication: "SCTP_PARTIAL_DELIVERY_ABORTED",
      pdapi_stream: 4,
      pdapi_seq: 1,
      pdapi_assoc_id: id,
    });
  });

  test("and before RESTART, when the peer began anew", async () => {
    const { world, here, peer } = await inTheMiddle();
    peer.restart();
    peer.associate();
    peer.send(peer.data({ data: bytes("after") }));
    world.network.run(300);
    expect(story(drain(here))).toEqual([SCTP_PARTIAL_DELIVERY_EVENT, SCTP_RESTART, "after"]);
  });

  test("and before what happened in between, when nobody reads until the peer began anew", async () => {
    const { world, here, peer } = await inTheMiddle();
    subscribe(here, SCTP_REMOTE_ERROR);
    peer.send(peer.data({ stream: 4, beginning: false, ending: false }));
    world.network.run(10);
    peer.send({ type: "ERROR", causes: [] });
    world.network.run(10);
    peer.restart();
    peer.associate();
    peer.send(peer.data({ data: bytes("after") }));
    world.network.run(300);
    expect(story(drain(here))).toEqual([
      SCTP_PARTIAL_DELIVERY_EVENT,
      SCTP_REMOTE_ERROR,
      SCTP_RESTART,
      "after",
    ]);
  });

  test("is not told when the message came to its end", async () => {
    const { world, here, peer } = await inTheMiddle();
    peer.send(peer.data({ stream: 4, beginning: false, data: bytes("end") }));
    world.network.run(10);
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(10);
    expect(story(drain(here))).toEqual(["end", SCTP_COMM_LOST]);
  });

  test("parts that are there are read before it", async () => {
    const { world, here, peer } = await inTheMiddle();
    peer.send(peer.data({ stream: 4, beginning: false, ending: false, data: bytes("more") }));
    world.network.run(10);
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(10);
    expect(story(drain(here))).toEqual(["more", SCTP_PARTIAL_DELIVERY_EVENT, SCTP_COMM_LOST]);
  });
});

describe("SCTP_NOTIFICATIONS_STOPPED_EVENT", () => {
  test("is the last of more notifications than are kept; subscribing anew works again", async () => {
    const { world, here, peer, id } = await listening(SCTP_REMOTE_ERROR);
    const errors = (count: number): void => {
      for (let left = count; left > 0; left -= 1) peer.send({ type: "ERROR", causes: [] });
      world.network.run(10);
    };
    errors(5_000);
    const told = notifications(here);
    expect(told.length).toBe(4_097);
    expect(told.at(-1)).toEqual({ sn_type: SCTP_NOTIFICATIONS_STOPPED_EVENT, sn_flags: 0 });
    expect(only(told, SCTP_NOTIFICATIONS_STOPPED_EVENT).length).toBe(1);
    errors(1);
    expect(notifications(here)).toEqual([]);
    here.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_REMOTE_ERROR, se_on: 1, se_assoc_id: id });
    errors(1);
    expect(story(drain(here))).toEqual([SCTP_REMOTE_ERROR]);
  });

  test("a message that failed is told of all the same", async () => {
    const { world, here, peer, id } = await listening(SCTP_REMOTE_ERROR, SCTP_SEND_FAILED_EVENT);
    sendTo(here, id, "lost");
    for (let left = 4_096; left > 0; left -= 1) peer.send({ type: "ERROR", causes: [] });
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(10);
    expect(story(drain(here)).slice(-2)).toEqual([SCTP_REMOTE_ERROR, SCTP_SEND_FAILED_EVENT]);
  });
});

describe("the order", () => {
  test("a notification comes after the messages of before it, and before those of after it", async () => {
    const { world, here, peer } = await listening(SCTP_REMOTE_ERROR, SCTP_ASSOC_CHANGE);
    const say = (data: string): void => {
      peer.send(peer.data({ data: bytes(data) }));
      world.network.run(10);
    };
    const err = (): void => {
      peer.send({ type: "ERROR", causes: [] });
      world.network.run(10);
    };
    say("1");
    say("2");
    err();
    say("3");
    err();
    err();
    say("4");
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(10);
    expect(story(drain(here))).toEqual([
      SCTP_COMM_UP,
      "1",
      "2",
      SCTP_REMOTE_ERROR,
      "3",
      SCTP_REMOTE_ERROR,
      SCTP_REMOTE_ERROR,
      "4",
      SCTP_COMM_LOST,
    ]);
  });

  test("the associations of a one-to-many socket take turns", async () => {
    const { world, here, peer } = await listening();
    const other = world.scripted(world.a, "10.0.0.8");
    other.associate();
    for (const from of [peer, other]) {
      for (const name of ["1", "2", "3"]) {
        from.send(from.data({ data: bytes(`${from === peer ? "a" : "b"}${name}`) }));
      }
    }
    world.network.run(10);
    expect(story(drain(here))).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
  });

  test("the flood of one association does not hold up the notifications of another", async () => {
    const { world, here, peer } = await listening(SCTP_ASSOC_CHANGE);
    drain(here);
    for (let left = 100; left > 0; left -= 1) peer.send(peer.data());
    world.network.run(10);
    world.scripted(world.a, "10.0.0.8").associate();
    expect(story(drain(here)).indexOf(SCTP_COMM_UP)).toBeLessThan(3);
  });
});

describe("a notification among messages", () => {
  test("is marked with MSG_NOTIFICATION, has the peer's primary address and no ancillary data", async () => {
    const { here } = await listening(SCTP_ASSOC_CHANGE);
    here.setsockopt(IPPROTO_SCTP, "SCTP_RECVRCVINFO", 1);
    expect(here.immediate.recvmsg()).toMatchObject({
      msg_flags: MSG_NOTIFICATION | MSG_EOR,
      msg_name: at("10.0.0.9", SCRIPTED_PORT),
      msg_control: [],
      notification: { sn_type: SCTP_ASSOC_CHANGE },
    });
    expect(errno(() => here.immediate.recvmsg())).toBe("EAGAIN");
  });

  test("wakes a call that waits", async () => {
    const { world, here, peer } = await listening(SCTP_ASSOC_CHANGE);
    drain(here);
    const waiting = here.recvmsg();
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    expect((await world.until(waiting)).notification).toMatchObject({ sac_state: SCTP_COMM_LOST });
  });

  test("is told to an accepted socket that inherited the subscription", async () => {
    const world = new World();
    const server = await world.listener(world.z);
    subscribe(server, SCTP_ASSOC_CHANGE);
    const here = world.socket(world.a);
    await world.until(here.connect(at("10.0.0.2")));
    const there = await world.until(server.accept());
    await world.until(here.send("hello"));
    await world.run(500);
    expect(story(drain(there))).toEqual([SCTP_COMM_UP, "hello"]);
  });
});

describe("SCTP_ADAPTATION_INDICATION (RFC 6458 §6.1.6)", () => {
  test("follows the beginning, also a new one, where the peer has sent its indication", async () => {
    const world = new World();
    const listening = await world.listener(world.z, SOCK_SEQPACKET);
    subscribe(listening, SCTP_ASSOC_CHANGE, SCTP_ADAPTATION_INDICATION);
    const peer = world.scripted(world.z);
    const indicate = (indication: number): void =>
      peer.associate({ parameters: [{ type: "ADAPTATION-LAYER-INDICATION", indication }] });
    indicate(3);
    peer.restart();
    indicate(0xffff_ffff);
    peer.restart();
    peer.associate();
    await world.run(10);
    const told = (await drain(listening)).flatMap(({ notification }): (string | number)[] =>
      notification?.sn_type === SCTP_ADAPTATION_INDICATION
        ? [notification.sai_adaptation_ind]
        : notification?.sn_type === SCTP_ASSOC_CHANGE
          ? [notification.sac_state]
          : [],
    );
    expect(told).toEqual([SCTP_COMM_UP, 3, SCTP_RESTART, 0xffff_ffff, SCTP_RESTART]);
  });

  test("tells the peer's SCTP_ADAPTATION_LAYER, if it was set before (§8.1.10)", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    listening.setsockopt(IPPROTO_SCTP, SCTP_ADAPTATION_LAYER, { ssb_adaptation_ind: 0xcafe });
    const here = world.socket(world.a);
    subscribe(here, SCTP_ADAPTATION_INDICATION);
    await world.until(here.connect({ address: "10.0.0.2", port: PORT }));
    const { notification } = await world.until(here.recvmsg());
    expect(notification).toEqual({
      sn_type: SCTP_ADAPTATION_INDICATION,
      sai_flags: 0,
      sai_adaptation_ind: 0xcafe,
      sai_assoc_id: expect.any(Number),
    });
    const there = await world.until(listening.accept());
    subscribe(there, SCTP_ADAPTATION_INDICATION);
    expect(errno(() => there.immediate.recvmsg())).toBe("EAGAIN");
  });
});
