import {
  SCTP_DATA_LAST_FRAG,
  SCTP_DATA_NOT_FRAG,
  SCTP_DATA_SENT,
  SCTP_DATA_UNSENT,
  SCTP_SEND_FAILED,
  SCTP_SEND_FAILED_EVENT,
  SCTP_SENDER_DRY_EVENT,
  SCTP_UNORDERED,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { bytes, listening, sendTo, unsubscribe } from "./listening.ts";
import { drain, notifications, only, story, subscribe } from "./support.ts";

/** The notifications of what is sent: that it failed, and that nothing is left (RFC 6458 §6.1.4, §6.1.9, §6.1.11). */

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
