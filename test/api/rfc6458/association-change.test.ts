import {
  IPPROTO_SCTP,
  SCTP_ABORT,
  SCTP_ASSOC_CHANGE,
  SCTP_ASSOC_SUPPORTS_INTERLEAVING,
  SCTP_ASSOCINFO,
  SCTP_CANT_STR_ASSOC,
  SCTP_COMM_LOST,
  SCTP_COMM_UP,
  SCTP_DATA_UNSENT,
  SCTP_EOF,
  SCTP_FRAGMENT_INTERLEAVE,
  SCTP_INITMSG,
  SCTP_INTERLEAVING_SUPPORTED,
  SCTP_PARTIAL_DELIVERY_POINT,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_RECVRCVINFO,
  SCTP_REMOTE_ERROR,
  SCTP_RESTART,
  SCTP_SEND_FAILED_EVENT,
  SCTP_SENDER_DRY_EVENT,
  SCTP_SHUTDOWN_COMP,
  SCTP_SHUTDOWN_EVENT,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { bytes, listening, onlyId, sendTo, unsubscribe } from "./listening.ts";
import {
  at,
  drain,
  errnoOf,
  notifications,
  only,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  story,
  subscribe,
  World,
} from "./support.ts";

/** The notifications of the beginning and the end of an association (RFC 6458 §6.1.1, §6.1.5). */

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

  test("COMM_UP says that messages are interleaved, and so does the option of the association", async () => {
    const world = new World();
    const there = await world.listener(world.z, SOCK_SEQPACKET);
    const here = world.socket(world.a, SOCK_SEQPACKET);
    for (const socket of [here, there]) {
      subscribe(socket, SCTP_ASSOC_CHANGE);
      // RFC 8260 §4.3.1: level 2 first.
      const wish = () => socket.setsockopt(IPPROTO_SCTP, SCTP_INTERLEAVING_SUPPORTED, { assoc_value: 1 });
      expect(wish).toThrow("EINVAL");
      socket.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
      socket.setsockopt(IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, 2);
      wish();
      const lower = () => socket.setsockopt(IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, 1);
      expect(lower).toThrow("EINVAL");
    }
    const assoc_id = await world.until(here.connectx(at("10.0.0.2")));
    await world.run(100);
    for (const socket of [here, there]) {
      const info = notifications(socket).flatMap((one) =>
        one.sn_type === SCTP_ASSOC_CHANGE ? [...one.sac_info] : [],
      );
      expect(info).toContain(SCTP_ASSOC_SUPPORTS_INTERLEAVING);
      const id = socket === here ? assoc_id : onlyId(there);
      expect(socket.getsockopt(IPPROTO_SCTP, SCTP_INTERLEAVING_SUPPORTED, { assoc_id: id })).toEqual({
        assoc_id: id,
        assoc_value: 1,
      });
    }
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

  test("a socket that is closed does not stay with a peer that begins anew", async () => {
    const { world, here, peer } = await listening();
    const closing = here.close();
    await world.run(100);
    peer.await("SHUTDOWN");
    peer.restart();
    peer.associate();
    peer.await("SHUTDOWN");
    peer.send({ type: "SHUTDOWN-ACK" });
    peer.await("SHUTDOWN-COMPLETE");
    await closing;
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
