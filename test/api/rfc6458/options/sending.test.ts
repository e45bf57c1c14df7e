import {
  AF_INET,
  IPPROTO_SCTP,
  MSG_EOR,
  SCTP_DATA_SENT,
  SCTP_DATA_UNSENT,
  SCTP_DEFAULT_PRINFO,
  SCTP_DEFAULT_SEND_PARAM,
  SCTP_DEFAULT_SNDINFO,
  SCTP_DISABLE_FRAGMENTS,
  SCTP_EOF,
  SCTP_EXPLICIT_EOR,
  SCTP_GET_ASSOC_NUMBER,
  SCTP_PR_ASSOC_STATUS,
  SCTP_PR_SCTP_NONE,
  SCTP_PR_SCTP_PRIO,
  SCTP_PR_SCTP_RTX,
  SCTP_PR_SCTP_TTL,
  SCTP_PRINFO,
  SCTP_RECVRCVINFO,
  SCTP_SEND_FAILED_EVENT,
  SCTP_SENDALL,
  SCTP_STATUS,
  SCTP_UNORDERED,
  type SctpSocket,
  SO_SNDBUF,
  SOL_SOCKET,
  socket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import {
  at,
  drain,
  errno,
  errnoOf,
  notifications,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  subscribe,
  World,
} from "../support.ts";
import { data, sent } from "./wire.ts";

/** What messages are sent with that say nothing else (RFC 6458 §8.1.11, §8.1.13, §8.1.26, §8.1.31, §8.1.32). */

const PEER = at("10.0.0.2");

/** Tells which messages were given up: one is on its way for good, so that the next ones wait. */
async function stuck(prepare: (socket: SctpSocket) => void): Promise<{ world: World; here: SctpSocket }> {
  const world = new World();
  const { here } = await world.pair();
  subscribe(here, SCTP_SEND_FAILED_EVENT);
  world.network.filter(() => false);
  here.immediate.send("on its way");
  await world.run(10);
  prepare(here);
  return { world, here };
}

describe("SCTP_DEFAULT_SNDINFO", () => {
  test("messages go with its stream, PPID and order", async () => {
    const world = new World();
    const { here } = await world.many();
    const to = at("10.0.0.2");
    const info = { snd_sid: 3, snd_ppid: 46, snd_flags: SCTP_UNORDERED, snd_context: 9, snd_assoc_id: 2 };
    here.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, info);
    await here.sendto("news", 0, to);
    await world.run(10);
    expect(data(world, world.a).map(({ chunk }) => chunk)).toMatchObject([
      { stream: 3, ppid: 46, unordered: true },
    ]);
    // What comes with a message stands for all of it.
    await here.sctp_send("other", { sinfo_assoc_id: 3, sinfo_stream: 1 });
    await world.run(10);
    expect(data(world, world.a).at(-1)?.chunk).toMatchObject({ stream: 1, ppid: 0, unordered: false });
  });

  test("the context comes back with a message that failed", async () => {
    const { world, here } = await stuck((it) =>
      it.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, { snd_context: 9 }),
    );
    here.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_PRINFO, { pr_policy: SCTP_PR_SCTP_TTL, pr_value: 100 });
    here.immediate.send("given up");
    await world.run(5_000);
    expect(notifications(here)).toMatchObject([{ ssfe_info: { snd_context: 9 } }]);
  });

  test("SCTP_EOF shuts the association down after the message", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, { snd_flags: SCTP_EOF });
    await here.send("the only one");
    await world.run(100);
    expect(sent(world, world.a, "SHUTDOWN")).toHaveLength(1);
    expect(drain(there)).toHaveLength(1);
  });

  test("SCTP_SENDALL sends to all associations", async () => {
    const world = new World();
    const { there } = await world.many();
    await world.until(world.socket(world.a, SOCK_SEQPACKET).connectx(PEER));
    there.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, { snd_flags: SCTP_SENDALL, snd_assoc_id: 2 });
    await there.sendmsg({ msg_iov: "to all" });
    await world.run(10);
    expect(data(world, world.z)).toHaveLength(2);
  });

  test("a stream that an association does not have is refused, for all or none", async () => {
    const world = new World();
    const { here, id } = await world.many();
    const set = (snd_assoc_id: number): void =>
      here.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, { snd_sid: 1_024, snd_assoc_id });
    expect([0, 1, 2, id].map((each) => errno(() => set(each)))).toEqual(Array(4).fill("EINVAL"));
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO).snd_sid).toBe(0);
  });
});

describe("SCTP_DEFAULT_SEND_PARAM", () => {
  test("a message that is not sent within its lifetime is given up", async () => {
    const { world, here } = await stuck((it) => {
      const param = { sinfo_timetolive: 700, sinfo_ppid: 5 };
      it.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SEND_PARAM, param);
    });
    here.immediate.send("given up");
    await world.run(5_000);
    expect(notifications(here)).toMatchObject([
      { sn_type: SCTP_SEND_FAILED_EVENT, ssfe_flags: SCTP_DATA_UNSENT, ssfe_info: { snd_ppid: 5 } },
    ]);
  });

  test("a lifetime of 0 is for ever", async () => {
    const { world, here } = await stuck((it) => it.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SEND_PARAM, {}));
    here.immediate.send("waits");
    await world.run(10_000);
    expect(notifications(here)).toEqual([]);
  });

  test("it and SCTP_DEFAULT_SNDINFO are one, but for the lifetime", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    const param = { sinfo_stream: 4, sinfo_ppid: 5, sinfo_context: 6, sinfo_timetolive: 7 };
    it.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SEND_PARAM, param);
    const info = it.getsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO);
    expect(info).toMatchObject({ snd_sid: 4, snd_ppid: 5, snd_context: 6 });
    it.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, { snd_sid: 8 });
    expect(it.getsockopt(IPPROTO_SCTP, SCTP_DEFAULT_SEND_PARAM)).toMatchObject({
      sinfo_stream: 8,
      sinfo_ppid: 0,
      sinfo_timetolive: 7,
    });
  });
});

describe("SCTP_DEFAULT_PRINFO", () => {
  test("SCTP_PR_SCTP_TTL is a lifetime", async () => {
    const { world, here } = await stuck((it) =>
      it.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_PRINFO, { pr_policy: SCTP_PR_SCTP_TTL, pr_value: 500 }),
    );
    here.immediate.send("given up");
    // What comes with a message goes before it.
    here.immediate.sendmsg({
      msg_iov: "waits",
      msg_control: [{ cmsg_type: SCTP_PRINFO, cmsg_data: { pr_policy: SCTP_PR_SCTP_NONE, pr_value: 0 } }],
    });
    await world.run(5_000);
    expect(notifications(here)).toMatchObject([{ ssfe_data: new TextEncoder().encode("given up") }]);
  });

  test("SCTP_PR_SCTP_RTX gives up what was sent again as often as it may be", async () => {
    const { world, here } = await stuck((it) =>
      it.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_PRINFO, { pr_policy: SCTP_PR_SCTP_RTX, pr_value: 0 }),
    );
    here.immediate.send("given up");
    await world.run(10_000);
    expect(notifications(here)).toMatchObject([
      { ssfe_flags: SCTP_DATA_SENT, ssfe_data: new TextEncoder().encode("given up") },
    ]);
  });

  test("SCTP_PR_SCTP_PRIO makes way for what finds the buffer full and has a higher priority", async () => {
    const { world, here } = await stuck((it) => it.setsockopt(SOL_SOCKET, SO_SNDBUF, 10_000));
    const prio = (pr_value: number, size: number): void => {
      const cmsg_data = { pr_policy: SCTP_PR_SCTP_PRIO, pr_value };
      here.immediate.sendmsg({
        msg_iov: new Uint8Array(size),
        msg_control: [{ cmsg_type: SCTP_PRINFO, cmsg_data }],
      });
    };
    prio(2, 9_000);
    prio(1, 1_000);
    expect(errno(() => prio(2, 100))).toBe("EAGAIN");
    here.immediate.send(new Uint8Array(5_000));
    await world.run(10);
    const told = notifications(here);
    expect(told.map((each) => (each as { ssfe_data: Uint8Array }).ssfe_data.length)).toEqual([9_000]);
    const status = { sprstat_policy: SCTP_PR_SCTP_PRIO } as const;
    const { sprstat_abandoned_unsent, sprstat_abandoned_sent } = here.getsockopt(
      IPPROTO_SCTP,
      SCTP_PR_ASSOC_STATUS,
      status,
    );
    expect(sprstat_abandoned_unsent + sprstat_abandoned_sent).toBe(1);
  });

  test("the value of SCTP_PR_SCTP_NONE is ignored", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    it.setsockopt(IPPROTO_SCTP, SCTP_DEFAULT_PRINFO, { pr_policy: SCTP_PR_SCTP_NONE, pr_value: 5 });
    expect(it.getsockopt(IPPROTO_SCTP, SCTP_DEFAULT_PRINFO).pr_value).toBe(0);
  });
});

describe("SCTP_DISABLE_FRAGMENTS", () => {
  test("a message that would be fragmented is not sent", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_DISABLE_FRAGMENTS, 1);
    const most = here.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_fragmentation_point;
    expect(await errnoOf(here.send(new Uint8Array(most + 1)))).toBe("EMSGSIZE");
    await here.send(new Uint8Array(most));
    await world.run(100);
    expect(drain(there).map((each) => each.data.length)).toEqual([most]);
    here.setsockopt(IPPROTO_SCTP, SCTP_DISABLE_FRAGMENTS, 0);
    await here.send(new Uint8Array(most + 1));
    await world.run(1_000);
    expect(drain(there).map((each) => each.data.length)).toEqual([most + 1]);
  });

  test("one that would set an association up leaves none behind", async () => {
    const world = new World();
    await world.listener(world.z, SOCK_SEQPACKET);
    const here = world.socket(world.a, SOCK_SEQPACKET);
    here.setsockopt(IPPROTO_SCTP, SCTP_DISABLE_FRAGMENTS, 1);
    expect(await world.until(errnoOf(here.sendto(new Uint8Array(5_000), 0, PEER)))).toBe("EMSGSIZE");
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_GET_ASSOC_NUMBER)).toBe(0);
    await world.run(1_000);
    expect(sent(world, world.a, "INIT")).toEqual([]);
    expect(await world.until(here.sendto("short", 0, PEER))).toBe(5);
    await world.run(100);
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_GET_ASSOC_NUMBER)).toBe(1);
  });
});

describe("SCTP_EXPLICIT_EOR", () => {
  test("on, a message goes on until MSG_EOR; off, each call is a message", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    there.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
    here.setsockopt(IPPROTO_SCTP, SCTP_EXPLICIT_EOR, 1);
    await here.send("one ");
    await here.send("message", MSG_EOR);
    await world.run(500);
    here.setsockopt(IPPROTO_SCTP, SCTP_EXPLICIT_EOR, 0);
    await here.send("another");
    await world.run(500);
    expect(drain(there).map((each) => new TextDecoder().decode(each.data))).toEqual([
      "one message",
      "another",
    ]);
  });
});
