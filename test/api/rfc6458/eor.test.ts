import {
  IPPROTO_SCTP,
  MSG_EOR,
  SCTP_DATA_NOT_FRAG,
  SCTP_EOF,
  SCTP_EOR,
  SCTP_EXPLICIT_EOR,
  SCTP_NODELAY,
  SCTP_SEND_FAILED_EVENT,
  SCTP_SENDV_SNDINFO,
  SCTP_UNORDERED,
  type SctpSocket,
  SO_SNDBUF,
  SOL_SOCKET,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import type { ScriptedPeer } from "../../support/scripted-peer.ts";
import {
  drain,
  errno,
  errnoOf,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  story,
  subscribe,
  text,
  World,
} from "./support.ts";

/** Records that are sent in several calls, until one of them ends them (RFC 6458 §8.1.26). */

const level = IPPROTO_SCTP;

/** Connected one-to-one sockets; the first one sends in parts. */
async function connected(): Promise<{ world: World; here: SctpSocket; there: SctpSocket }> {
  const world = new World();
  const { here, there } = await world.pair();
  here.setsockopt(level, SCTP_EXPLICIT_EOR, 1);
  here.setsockopt(level, SCTP_NODELAY, 1);
  return { world, here, there };
}

/** A one-to-one socket of A that a scripted peer has connected to, and that sends in parts. */
async function scripted(): Promise<{ world: World; here: SctpSocket; peer: ScriptedPeer }> {
  const world = new World();
  const listener = await world.listener(world.a, SOCK_STREAM);
  const peer = world.scripted(world.a);
  peer.associate();
  const here = listener.immediate.accept();
  here.setsockopt(level, SCTP_EXPLICIT_EOR, 1);
  here.setsockopt(level, SCTP_NODELAY, 1);
  return { world, here, peer };
}

/** Sends a part, or with SCTP_EOR the end, of a record of a stream. */
function part(
  socket: SctpSocket,
  data: string | Uint8Array,
  snd_sid: number = 0,
  snd_flags: number = 0,
): number {
  return socket.immediate.sendv(data, { infotype: "SCTP_SENDV_SNDINFO", info: { snd_sid, snd_flags } });
}

/** What the peer gets within a while. */
async function arrived(world: World, there: SctpSocket): Promise<string[]> {
  await world.run(500);
  return story(drain(there));
}

test("is off by default: each call is a whole message, whatever its flags", async () => {
  const world = new World();
  const { here, there } = await world.pair();
  expect(here.getsockopt(level, SCTP_EXPLICIT_EOR)).toBe(0);
  part(here, "one");
  part(here, "two", 0, SCTP_EOR);
  here.immediate.send("three", MSG_EOR);
  here.immediate.send("four");
  expect(await arrived(world, there)).toEqual(["one", "two", "three", "four"]);
});

describe("with SCTP_EXPLICIT_EOR", () => {
  test.each([
    ["SCTP_EOR", (socket: SctpSocket): unknown => part(socket, "c", 0, SCTP_EOR)],
    ["MSG_EOR of send()", (socket: SctpSocket): unknown => socket.immediate.send("c", MSG_EOR)],
    [
      "MSG_EOR of sendmsg()",
      (socket: SctpSocket): unknown => socket.immediate.sendmsg({ msg_iov: "c" }, MSG_EOR),
    ],
    ["MSG_EOR of sendv()", (socket: SctpSocket): unknown => socket.immediate.sendv("c", { flags: MSG_EOR })],
    [
      "SCTP_EOR of the old structure",
      (socket: SctpSocket): unknown => socket.immediate.sctp_send("c", { sinfo_flags: SCTP_EOR }),
    ],
  ])("parts are one record for the peer, which %s ends", async (_what, end) => {
    const { world, here, there } = await connected();
    expect(here.immediate.send("a")).toBe(1);
    here.immediate.sendmsg({ msg_iov: "b" });
    expect(await arrived(world, there)).toEqual([]);
    end(here);
    expect(await arrived(world, there)).toEqual(["abc"]);
    // The next one begins a record.
    part(here, "next", 0, SCTP_EOR);
    expect(await arrived(world, there)).toEqual(["next"]);
  });

  test("a call with the mark is a record of its own", async () => {
    const { world, here, there } = await connected();
    part(here, "one", 0, SCTP_EOR);
    part(here, "two", 0, SCTP_EOR);
    expect(await arrived(world, there)).toEqual(["one", "two"]);
  });

  test("a record may be larger than SO_SNDBUF, and a part may not", async () => {
    const { world, here, there } = await connected();
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 10_000);
    const record = Uint8Array.from({ length: 50_000 }, (_, index) => (index * 7) & 0xff);
    expect(errno(() => here.immediate.send(record))).toBe("EMSGSIZE");
    const size = 8_000;
    for (let at = 0; at < record.length; at += size) {
      const isLast = at + size >= record.length;
      await world.until(here.send(record.subarray(at, at + size), isLast ? MSG_EOR : 0));
    }
    await world.run(1_000);
    const [message, ...others] = drain(there);
    expect(others).toEqual([]);
    expect(Buffer.from(message?.data ?? []).equals(record)).toBe(true);
  });

  test("the end of a record is never kept out by what waits for it", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_EXPLICIT_EOR, 1);
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 10_000);
    const on = (snd_sid: number, snd_flags = 0) =>
      ({ infotype: SCTP_SENDV_SNDINFO, info: { snd_sid, snd_flags } }) as const;
    await here.sendv(new Uint8Array(100).fill(1), on(0));
    const waiting = Array.from({ length: 4 }, () =>
      here.sendv(new Uint8Array(9_000).fill(2), on(1, SCTP_EOR)),
    );
    const parts = Array.from({ length: 30 }, () => here.sendv(new Uint8Array(3_000).fill(1), on(0)));
    await world.until(Promise.all(parts), 20_000);
    await world.until(here.sendv(new Uint8Array(100).fill(1), on(0, SCTP_EOR)), 20_000);
    await world.until(Promise.all(waiting), 20_000);
    await world.run(5_000);
    const read = drain(there);
    expect(read.map(({ data }) => [data.length, data[0]])).toEqual([
      [90_200, 1],
      ...waiting.map(() => [9_000, 2]),
    ]);
  });

  test("a part that finds no room is taken later, in its order", async () => {
    const { world, here, there } = await connected();
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, 1_000);
    const sent: Promise<number>[] = [];
    for (const letter of ["a", "b", "c", "d"]) sent.push(here.send(letter.repeat(900)));
    sent.push(here.send("e", MSG_EOR));
    expect(errno(() => here.immediate.send("x"))).toBe("EAGAIN");
    await world.until(Promise.all(sent));
    const letters = ["a", "b", "c", "d"].map((letter) => letter.repeat(900)).join("");
    expect(await arrived(world, there)).toEqual([`${letters}e`]);
  });

  test("other streams wait until a record that was begun ends", async () => {
    const { world, here, there } = await connected();
    part(here, "long, ", 1);
    await world.run(100);
    part(here, "of another stream", 2, SCTP_EOR);
    part(here, "unordered", 1, SCTP_EOR | SCTP_UNORDERED);
    expect(await arrived(world, there)).toEqual([]);
    part(here, "its end", 1, SCTP_EOR);
    expect(await arrived(world, there)).toEqual(["long, its end", "of another stream", "unordered"]);
  });

  test("records of several streams, and of both kinds of one, are kept apart", async () => {
    const { world, here, there } = await connected();
    for (const piece of ["1", "2"]) {
      part(here, `a${piece}`, 1);
      part(here, `b${piece}`, 2);
      part(here, `c${piece}`, 1, SCTP_UNORDERED);
    }
    part(here, ".", 1, SCTP_EOR);
    part(here, ".", 2, SCTP_EOR);
    part(here, ".", 1, SCTP_EOR | SCTP_UNORDERED);
    expect((await arrived(world, there)).sort()).toEqual(["a1a2.", "b1b2.", "c1c2."]);
  });

  test("it may be switched off in the middle: the next call ends the record", async () => {
    const { world, here, there } = await connected();
    part(here, "a");
    here.setsockopt(level, SCTP_EXPLICIT_EOR, 0);
    part(here, "b");
    part(here, "c");
    expect(await arrived(world, there)).toEqual(["ab", "c"]);
  });

  test("SCTP_EOF does not end a record: the association is aborted, and the parts fail", async () => {
    const { world, here, there } = await connected();
    subscribe(here, SCTP_SEND_FAILED_EVENT);
    part(here, "without end", 0, SCTP_EOF);
    await world.run(1_000);
    expect(errno(() => there.immediate.recvmsg())).toBe("ECONNRESET");
    expect(here.immediate.recvmsg().notification).toMatchObject({
      ssfe_info: { snd_flags: SCTP_EOF | SCTP_DATA_NOT_FRAG },
    });
    expect(errno(() => here.immediate.recvmsg())).toBe("ECONNABORTED");
  });

  test("parts that failed come back one by one", async () => {
    const { world, here, peer } = await scripted();
    subscribe(here, SCTP_SEND_FAILED_EVENT);
    part(here, "one");
    part(here, "two");
    world.network.run(20);
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(20);
    for (const ssfe_data of ["one", "two"].map((data) => new TextEncoder().encode(data))) {
      expect(here.immediate.recvmsg().notification).toMatchObject({
        sn_type: SCTP_SEND_FAILED_EVENT,
        ssfe_data,
      });
    }
  });
});

describe("when the peer begins anew in the middle of a record", () => {
  test("what goes on with it is refused with ECONNRESET until its end", async () => {
    const { world, here, peer } = await scripted();
    part(here, "begun", 1);
    part(here, "begun, too", 1, SCTP_UNORDERED);
    world.network.run(20);
    peer.restart();
    peer.associate();
    world.network.run(20);
    peer.clear();
    expect(errno(() => part(here, "more", 1))).toBe("ECONNRESET");
    expect(await errnoOf(here.sendv("more", { infotype: "SCTP_SENDV_SNDINFO", info: { snd_sid: 1 } }))).toBe(
      "ECONNRESET",
    );
    // Another stream has nothing to do with it.
    part(here, "whole", 2, SCTP_EOR);
    expect(errno(() => part(here, "end", 1, SCTP_EOR))).toBe("ECONNRESET");
    part(here, "new", 1, SCTP_EOR);
    // The other record of that stream is another one.
    expect(errno(() => part(here, "end", 1, SCTP_EOR | SCTP_UNORDERED))).toBe("ECONNRESET");
    const sent = peer.collect(50).filter((chunk) => chunk.type === "DATA");
    expect(sent.map((chunk) => [text(chunk), chunk.beginning, chunk.ending])).toEqual([
      ["whole", true, true],
      ["new", true, true],
    ]);
  });

  test("a record that was ended before is not missed by anybody", async () => {
    const { world, here, peer } = await scripted();
    part(here, "whole", 1, SCTP_EOR);
    world.network.run(20);
    peer.restart();
    peer.associate();
    world.network.run(20);
    part(here, "next", 1, SCTP_EOR);
    expect(text(peer.await("DATA"))).toBe("next");
  });
});

test("an accepted socket, and one-to-many sockets, send in parts, too", async () => {
  const world = new World();
  const { here, there, id } = await world.many();
  here.setsockopt(level, SCTP_EXPLICIT_EOR, 1);
  const send = (data: string, snd_flags: number): number =>
    here.immediate.sendv(data, { infotype: "SCTP_SENDV_SNDINFO", info: { snd_assoc_id: id, snd_flags } });
  send("a", 0);
  send("b", SCTP_EOR);
  expect(await arrived(world, there)).toEqual(["ab"]);

  const next = new World();
  const listener = await next.listener(next.z);
  listener.setsockopt(level, SCTP_EXPLICIT_EOR, 1);
  const client = next.socket(next.a);
  await next.until(client.connect({ address: "10.0.0.2", port: 5_000 }));
  const accepted = await next.until(listener.accept());
  part(accepted, "a");
  part(accepted, "b", 0, SCTP_EOR);
  expect(await arrived(next, client)).toEqual(["ab"]);
  expect(next.socket(next.a, SOCK_SEQPACKET).getsockopt(level, SCTP_EXPLICIT_EOR)).toBe(0);
});
