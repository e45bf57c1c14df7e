import {
  IPPROTO_SCTP,
  MSG_EOR,
  MSG_NOTIFICATION,
  type NotificationType,
  SCTP_ABORT,
  SCTP_ADAPTATION_INDICATION,
  SCTP_ADAPTATION_LAYER,
  SCTP_ADDR_AVAILABLE,
  SCTP_ADDR_CONFIRMED,
  SCTP_ADDR_MADE_PRIM,
  SCTP_ADDR_POTENTIALLY_FAILED,
  SCTP_ADDR_UNREACHABLE,
  SCTP_ASSOC_CHANGE,
  SCTP_ASSOCINFO,
  SCTP_CANT_STR_ASSOC,
  SCTP_COMM_LOST,
  SCTP_COMM_UP,
  SCTP_DATA_LAST_FRAG,
  SCTP_DATA_NOT_FRAG,
  SCTP_DATA_SENT,
  SCTP_DATA_UNSENT,
  SCTP_EOF,
  SCTP_EVENT,
  SCTP_EVENTS,
  SCTP_EXPOSE_POTENTIALLY_FAILED_STATE,
  SCTP_INITMSG,
  SCTP_NODELAY,
  SCTP_NOTIFICATIONS_STOPPED_EVENT,
  SCTP_PARTIAL_DELIVERY_EVENT,
  SCTP_PARTIAL_DELIVERY_POINT,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_PEER_ADDR_PARAMS,
  SCTP_PRIMARY_ADDR,
  SCTP_REMOTE_ERROR,
  SCTP_RESTART,
  SCTP_RTOINFO,
  SCTP_SEND_FAILED,
  SCTP_SEND_FAILED_EVENT,
  SCTP_SENDER_DRY_EVENT,
  SCTP_SHUTDOWN_COMP,
  SCTP_SHUTDOWN_EVENT,
  SCTP_UNORDERED,
  type SctpNotification,
  type SctpSocket,
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
  SCRIPTED_PORT,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  story,
  subscribe,
  World,
} from "./support.ts";

/** What users are told, and when (RFC 6458 §6.1). */

/** Sends on stream 0 of an association. */
function sendTo(socket: SctpSocket, id: number, data: string, flags: number = 0): void {
  socket.immediate.sendv(data, {
    infotype: "SCTP_SENDV_SNDINFO",
    info: { snd_assoc_id: id, snd_flags: flags },
  });
}

function unsubscribe(from: SctpSocket, ...types: readonly NotificationType[]): void {
  for (const se_type of types)
    from.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type, se_on: 0, se_assoc_id: 2 });
}

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** A one-to-many socket of A that a scripted peer has an association with. */
async function listening(
  ...types: readonly NotificationType[]
): Promise<{ world: World; here: SctpSocket; peer: ScriptedPeer; id: number }> {
  const world = new World();
  const here = await world.listener(world.a, SOCK_SEQPACKET);
  subscribe(here, ...types);
  here.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1);
  const peer = world.scripted(world.a);
  peer.associate();
  return { world, here, peer, id: onlyId(here) };
}

function onlyId(of: SctpSocket): number {
  const [id] = of.getsockopt(IPPROTO_SCTP, "SCTP_GET_ASSOC_ID_LIST").gaids_assoc_id;
  return id ?? 0;
}

/** The peer has two addresses, and it is quick to find out that one is gone. */
async function multihomed(...types: readonly NotificationType[]): Promise<{
  world: World;
  here: SctpSocket;
  id: number;
}> {
  const world = new World();
  await world.listener(world.z, SOCK_SEQPACKET);
  const here = world.socket(world.a, SOCK_SEQPACKET);
  subscribe(here, ...types);
  here.setsockopt(IPPROTO_SCTP, SCTP_RTOINFO, { srto_initial: 100, srto_min: 100, srto_max: 200 });
  here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_pathmaxrxt: 2 });
  const id = await world.until(here.connectx(at("10.0.0.2")));
  return { world, here, id };
}

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

describe("SCTP_ASSOC_CHANGE", () => {
  test("COMM_UP tells the id and the streams that were agreed upon, to both sides", async () => {
    const world = new World();
    const there = await world.listener(world.z, SOCK_SEQPACKET);
    subscribe(there, SCTP_ASSOC_CHANGE);
    there.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 7, sinit_max_instreams: 9 });
    const here = world.socket(world.a, SOCK_SEQPACKET);
    subscribe(here, SCTP_ASSOC_CHANGE);
    here.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 20, sinit_max_instreams: 5 });
    const id = await world.until(here.connectx(at("10.0.0.2")));
    await world.run(100);
    const common = { sn_type: SCTP_ASSOC_CHANGE, sac_state: SCTP_COMM_UP, sac_error: 0, sac_flags: 0 };
    expect(notifications(here)).toMatchObject([
      { ...common, sac_assoc_id: id, sac_outbound_streams: 9, sac_inbound_streams: 5 },
    ]);
    expect(notifications(there)).toMatchObject([
      { ...common, sac_assoc_id: onlyId(there), sac_outbound_streams: 5, sac_inbound_streams: 9 },
    ]);
  });

  test("COMM_UP is the first one, also before data that came with the COOKIE ECHO", async () => {
    const world = new World();
    const here = await world.listener(world.a, SOCK_SEQPACKET);
    subscribe(here, SCTP_ASSOC_CHANGE, SCTP_PEER_ADDR_CHANGE, SCTP_SENDER_DRY_EVENT);
    const peer = world.scripted(world.a);
    const { cookie } = peer.init();
    peer.send({ type: "COOKIE-ECHO", cookie }, peer.data({ data: bytes("bundled") }));
    world.network.run(10);
    expect(story(drain(here)).slice(0, 2)).toEqual([SCTP_COMM_UP, "bundled"]);
  });

  test("COMM_LOST has the ABORT chunk of the peer, and its cause", async () => {
    const { world, here, peer, id } = await listening(SCTP_ASSOC_CHANGE);
    drain(here);
    const causes = [{ type: "USER-ABORT", reason: bytes("bye") }] as const;
    peer.send({ type: "ABORT", tBit: false, causes });
    world.network.run(10);
    expect(notifications(here)).toMatchObject([
      {
        sac_state: SCTP_COMM_LOST,
        sac_error: 12,
        sac_assoc_id: id,
        // ABORT, no flags, 11 bytes; User-Initiated Abort, 7 bytes.
        sac_info: Uint8Array.of(6, 0, 0, 11, 0, 12, 0, 7, ...bytes("bye"), 0).subarray(0, 11),
      },
    ]);
  });

  test("COMM_LOST comes by SCTP_ABORT of our own, too, without an ABORT chunk", async () => {
    const world = new World();
    const { here, there, id, idThere } = await world.many();
    subscribe(here, SCTP_ASSOC_CHANGE);
    sendTo(here, id, "reason", SCTP_ABORT);
    await world.run(100);
    expect(notifications(here)).toMatchObject([
      { sac_state: SCTP_COMM_LOST, sac_assoc_id: id, sac_info: new Uint8Array(0) },
    ]);
    const [lost] = only(notifications(there), SCTP_ASSOC_CHANGE);
    expect(lost).toMatchObject({ sac_state: SCTP_COMM_LOST, sac_assoc_id: idThere, sac_error: 12 });
    expect(new TextDecoder().decode(lost?.sac_info.subarray(8))).toBe("reason");
  });

  test("COMM_LOST comes when the peer does not answer any more, after SEND_FAILED of what is lost", async () => {
    const world = new World();
    const { here, id } = await world.many();
    subscribe(here, SCTP_ASSOC_CHANGE, SCTP_SEND_FAILED_EVENT);
    here.setsockopt(IPPROTO_SCTP, SCTP_ASSOCINFO, { sasoc_assoc_id: id, sasoc_asocmaxrxt: 2 });
    world.network.filter(() => false);
    sendTo(here, id, "lost");
    await world.run(60_000);
    const told = notifications(here);
    expect(told.map(({ sn_type }) => sn_type)).toEqual([SCTP_SEND_FAILED_EVENT, SCTP_ASSOC_CHANGE]);
    expect(told[1]).toMatchObject({ sac_state: SCTP_COMM_LOST, sac_error: 0, sac_info: new Uint8Array(0) });
  });

  test("SHUTDOWN_COMP ends it in good order, on both sides", async () => {
    const world = new World();
    const { here, there, id } = await world.many();
    subscribe(here, SCTP_ASSOC_CHANGE);
    here.immediate.sendv(undefined, {
      infotype: "SCTP_SENDV_SNDINFO",
      info: { snd_assoc_id: id, snd_flags: SCTP_EOF },
    });
    await world.run(1_000);
    expect(story(drain(here))).toEqual([SCTP_SHUTDOWN_COMP]);
    expect(story(drain(there))).toEqual([SCTP_SHUTDOWN_COMP]);
  });

  test("RESTART keeps the id, and comes between the messages of before and of after", async () => {
    const { world, here, peer, id } = await listening(SCTP_ASSOC_CHANGE);
    peer.send(peer.data({ data: bytes("before") }));
    world.network.run(300);
    peer.restart();
    peer.associate({ outboundStreams: 4 });
    peer.send(peer.data({ data: bytes("after") }));
    world.network.run(300);
    const read = drain(here);
    expect(story(read)).toEqual([SCTP_COMM_UP, "before", SCTP_RESTART, "after"]);
    expect(read[2]?.notification).toMatchObject({ sac_assoc_id: id, sac_inbound_streams: 4 });
  });

  test("RESTART is not held up by parts of a message that went with it", async () => {
    const { world, here, peer } = await listening(SCTP_ASSOC_CHANGE, SCTP_REMOTE_ERROR);
    here.setsockopt(IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, 100);
    peer.send(peer.data({ ending: false, data: new Uint8Array(500) }));
    world.network.run(300);
    peer.send({ type: "ERROR", causes: [] });
    world.network.run(10);
    peer.restart();
    peer.associate();
    peer.send(peer.data({ data: bytes("after") }));
    world.network.run(300);
    expect(story(drain(here))).toEqual([SCTP_COMM_UP, SCTP_REMOTE_ERROR, SCTP_RESTART, "after"]);
  });

  test("CANT_STR_ASSOC tells that the peer refused, after SEND_FAILED of what was to be sent", async () => {
    const world = new World();
    const there = world.socket(world.z, SOCK_STREAM);
    await there.bind(at("10.0.0.2"));
    const here = world.socket(world.a, SOCK_SEQPACKET);
    subscribe(here, SCTP_ASSOC_CHANGE, SCTP_SEND_FAILED_EVENT);
    await world.until(here.sendmsg({ msg_name: at("10.0.0.2"), msg_iov: "first" }));
    await world.run(1_000);
    const told = notifications(here);
    expect(told.map(({ sn_type }) => sn_type)).toEqual([SCTP_SEND_FAILED_EVENT, SCTP_ASSOC_CHANGE]);
    expect(told[0]).toMatchObject({ ssfe_flags: SCTP_DATA_UNSENT, ssfe_data: bytes("first") });
    expect(told[1]).toMatchObject({ sac_state: SCTP_CANT_STR_ASSOC });
  });

  test("CANT_STR_ASSOC tells that nobody answered", async () => {
    const world = new World();
    const here = world.socket(world.a, SOCK_SEQPACKET);
    subscribe(here, SCTP_ASSOC_CHANGE);
    here.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_max_attempts: 2 });
    world.network.filter(() => false);
    expect(await errnoOf(world.until(here.connectx(at("10.0.0.2"))))).toBe("ETIMEDOUT");
    expect(notifications(here)).toMatchObject([{ sac_state: SCTP_CANT_STR_ASSOC, sac_error: 0 }]);
  });
});

describe("SCTP_PEER_ADDR_CHANGE", () => {
  test("tells that a further address of the peer was confirmed", async () => {
    const { world, here, id } = await multihomed(SCTP_PEER_ADDR_CHANGE);
    await world.run(2_000);
    expect(notifications(here)).toMatchObject([
      {
        spc_state: SCTP_ADDR_CONFIRMED,
        spc_aaddr: { family: "IPv4", address: "10.0.1.2", port: PORT },
        spc_error: 0,
        spc_assoc_id: id,
      },
    ]);
  });

  test("tells of the address that fails, step by step, and that is back", async () => {
    const { world, here, id } = await multihomed();
    await world.run(2_000);
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    world.network.cut("10.0.0.1", "10.0.0.2");
    sendTo(here, id, "by the other way");
    await world.run(3_000);
    expect(
      only(notifications(here), SCTP_PEER_ADDR_CHANGE).map((one) => [one.spc_state, one.spc_aaddr.address]),
    ).toEqual([
      [SCTP_ADDR_POTENTIALLY_FAILED, "10.0.0.2"],
      [SCTP_ADDR_UNREACHABLE, "10.0.0.2"],
    ]);
    world.network.heal("10.0.0.1", "10.0.0.2");
    await world.run(60_000);
    expect(story(drain(here))).toEqual([SCTP_ADDR_AVAILABLE]);
  });

  test("hides potentially failed addresses with SCTP_EXPOSE_POTENTIALLY_FAILED_STATE off", async () => {
    const { world, here, id } = await multihomed();
    await world.run(2_000);
    here.setsockopt(IPPROTO_SCTP, SCTP_EXPOSE_POTENTIALLY_FAILED_STATE, { assoc_id: id, assoc_value: 0 });
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    world.network.cut("10.0.0.1", "10.0.0.2");
    sendTo(here, id, "by the other way");
    await world.run(3_000);
    expect(story(drain(here))).toEqual([SCTP_ADDR_UNREACHABLE]);
  });

  test("tells that an address was made primary", async () => {
    const { world, here, id } = await multihomed();
    await world.run(2_000);
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    here.setsockopt(IPPROTO_SCTP, SCTP_PRIMARY_ADDR, { ssp_assoc_id: id, ssp_addr: at("10.0.1.2") });
    await world.run(10);
    expect(notifications(here)).toMatchObject([
      { spc_state: SCTP_ADDR_MADE_PRIM, spc_aaddr: { address: "10.0.1.2" } },
    ]);
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

describe("SCTP_SEND_FAILED_EVENT and SCTP_SEND_FAILED", () => {
  const both = [SCTP_SEND_FAILED_EVENT, SCTP_SEND_FAILED] as const;

  test("bring a message back that was not sent, with what it was sent with", async () => {
    const { world, here, peer, id } = await listening(...both);
    peer.send(peer.sack(0, { receiverWindow: 0 }));
    world.network.run(10);
    here.immediate.sctp_send("unsent", {
      sinfo_assoc_id: id,
      sinfo_stream: 3,
      sinfo_flags: SCTP_UNORDERED,
      sinfo_ppid: 0xabcd,
      sinfo_context: 77,
      sinfo_timetolive: 60_000,
    });
    peer.send({ type: "ABORT", tBit: false, causes: [{ type: "USER-ABORT", reason: bytes("") }] });
    world.network.run(10);
    const told = notifications(here);
    expect(only(told, SCTP_SEND_FAILED_EVENT)[0]).toEqual({
      sn_type: SCTP_SEND_FAILED_EVENT,
      ssfe_flags: SCTP_DATA_UNSENT,
      ssfe_error: 12,
      ssfe_info: {
        snd_sid: 3,
        snd_flags: SCTP_UNORDERED | SCTP_DATA_NOT_FRAG,
        snd_ppid: 0xabcd,
        snd_context: 77,
        snd_assoc_id: id,
      },
      ssfe_assoc_id: id,
      ssfe_data: bytes("unsent"),
    });
    expect(only(told, SCTP_SEND_FAILED)[0]).toMatchObject({
      ssf_flags: SCTP_DATA_UNSENT,
      ssf_error: 12,
      ssf_info: {
        sinfo_stream: 3,
        sinfo_flags: SCTP_UNORDERED | SCTP_DATA_NOT_FRAG,
        sinfo_ppid: 0xabcd,
        sinfo_context: 77,
        sinfo_timetolive: 60_000,
        sinfo_assoc_id: id,
      },
      ssf_assoc_id: id,
      ssf_data: bytes("unsent"),
    });
  });

  test("tell of a message that was sent and not acknowledged that it was on the wire", async () => {
    const { world, here, peer, id } = await listening(...both);
    sendTo(here, id, "sent");
    peer.await("DATA");
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(10);
    expect(notifications(here)).toMatchObject([
      {
        ssfe_flags: SCTP_DATA_SENT,
        ssfe_info: { snd_flags: SCTP_DATA_NOT_FRAG },
        ssfe_data: bytes("sent"),
      },
      { ssf_flags: SCTP_DATA_SENT, ssf_info: { sinfo_flags: SCTP_DATA_NOT_FRAG }, ssf_data: bytes("sent") },
    ]);
  });

  test("bring the rest alone of a message that was acknowledged in part", async () => {
    const { world, here, peer, id } = await listening(...both);
    const data = Uint8Array.from({ length: 4_000 }, (_, index) => index & 0xff);
    here.immediate.sendv(data, { infotype: "SCTP_SENDV_SNDINFO", info: { snd_assoc_id: id } });
    const first = peer.await("DATA");
    peer.send(peer.sack(1));
    world.network.run(10);
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(10);
    const rest = data.subarray(first.data.length);
    expect(rest.length).toBeLessThan(data.length);
    expect(notifications(here)).toMatchObject([
      { ssfe_flags: SCTP_DATA_SENT, ssfe_info: { snd_flags: SCTP_DATA_LAST_FRAG }, ssfe_data: rest },
      { ssf_flags: SCTP_DATA_SENT, ssf_info: { sinfo_flags: SCTP_DATA_LAST_FRAG }, ssf_data: rest },
    ]);
  });

  test("tell of a message whose time to live was over before it was sent", async () => {
    const { world, here, peer, id } = await listening(SCTP_SEND_FAILED_EVENT);
    peer.send(peer.sack(0, { receiverWindow: 0 }));
    world.network.run(10);
    here.immediate.sctp_send("late", { sinfo_assoc_id: id, sinfo_timetolive: 200, sinfo_context: 5 });
    world.network.run(150);
    expect(notifications(here)).toEqual([]);
    // When it would be its turn, at the latest.
    world.network.run(1_000);
    expect(notifications(here)).toMatchObject([
      {
        ssfe_flags: SCTP_DATA_UNSENT,
        ssfe_error: 0,
        ssfe_info: { snd_context: 5 },
        ssfe_data: bytes("late"),
      },
    ]);
  });
});

test("SCTP_SHUTDOWN_EVENT tells that the peer shuts down, after its last message", async () => {
  const world = new World();
  const { here, there, id, idThere } = await world.many();
  subscribe(there, SCTP_SHUTDOWN_EVENT);
  unsubscribe(there, SCTP_ASSOC_CHANGE);
  sendTo(here, id, "last", SCTP_EOF);
  await world.run(1_000);
  const read = drain(there);
  expect(story(read)).toEqual(["last", SCTP_SHUTDOWN_EVENT]);
  expect(read[1]?.notification).toMatchObject({ sse_flags: 0, sse_assoc_id: idThere });
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

describe("SCTP_SENDER_DRY_EVENT", () => {
  test("comes when everything is acknowledged, and not before", async () => {
    const { world, here, peer, id } = await listening(SCTP_SENDER_DRY_EVENT);
    drain(here);
    sendTo(here, id, "one");
    sendTo(here, id, "two");
    world.network.run(20);
    peer.send(peer.sack(1));
    world.network.run(20);
    expect(notifications(here)).toEqual([]);
    peer.send(peer.sack(2));
    world.network.run(20);
    expect(notifications(here)).toEqual([
      { sn_type: SCTP_SENDER_DRY_EVENT, sender_dry_flags: 0, sender_dry_assoc_id: id },
    ]);
  });

  test("comes at once to who subscribes when there is nothing to send", async () => {
    const { world, here, peer, id } = await listening();
    subscribe(here, SCTP_SENDER_DRY_EVENT);
    expect(story(drain(here))).toEqual([SCTP_SENDER_DRY_EVENT]);
    unsubscribe(here, SCTP_SENDER_DRY_EVENT);
    // What is sent and not acknowledged may have to be sent again.
    sendTo(here, id, "data");
    world.network.run(20);
    subscribe(here, SCTP_SENDER_DRY_EVENT);
    expect(story(drain(here))).toEqual([]);
    peer.send(peer.sack(1));
    world.network.run(20);
    expect(story(drain(here))).toEqual([SCTP_SENDER_DRY_EVENT]);
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
