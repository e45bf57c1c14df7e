import {
  IPPROTO_SCTP,
  MSG_EOR,
  MSG_NOTIFICATION,
  MSG_PEEK,
  type NotificationType,
  SCTP_ASSOC_CHANGE,
  SCTP_COMM_UP,
  SCTP_FRAGMENT_INTERLEAVE,
  SCTP_PARTIAL_DELIVERY_POINT,
  SCTP_RECVRCVINFO,
  SCTP_REMOTE_ERROR,
  type SctpSocket,
  SO_RCVBUF,
  SOL_SOCKET,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import type { ScriptedPeer } from "../../support/scripted-peer.ts";
import { drain, errno, SOCK_SEQPACKET, SOCK_STREAM, story, subscribe, text, World } from "./support.ts";

/** Messages that are read before they are whole, and what may come between their parts (RFC 6458 §8.1.20, §8.1.21). */

const level = IPPROTO_SCTP;
const POINT = 10;

function bytes(value: string): Buffer {
  return Buffer.from(value);
}

/** A listener of A with partial delivery from a few bytes on. */
async function listening(
  type: typeof SOCK_STREAM | typeof SOCK_SEQPACKET,
  { interleave, events = [] }: { interleave?: 0 | 1 | 2; events?: readonly NotificationType[] } = {},
): Promise<{ world: World; listener: SctpSocket }> {
  const world = new World();
  const listener = await world.listener(world.a, type);
  subscribe(listener, ...events);
  listener.setsockopt(level, SCTP_RECVRCVINFO, 1);
  listener.setsockopt(level, SCTP_PARTIAL_DELIVERY_POINT, POINT);
  if (interleave !== undefined) listener.setsockopt(level, SCTP_FRAGMENT_INTERLEAVE, interleave);
  return { world, listener };
}

/** A one-to-many socket of A with two scripted peers. */
async function oneToMany(
  interleave?: 0 | 1 | 2,
  ...events: readonly NotificationType[]
): Promise<{ world: World; here: SctpSocket; peer: ScriptedPeer; other: ScriptedPeer }> {
  const { world, listener } = await listening(SOCK_SEQPACKET, {
    ...(interleave === undefined ? {} : { interleave }),
    events,
  });
  const peer = world.scripted(world.a);
  const other = world.scripted(world.a, "10.0.0.8");
  peer.associate();
  other.associate();
  return { world, here: listener, peer, other };
}

/** A one-to-one socket of A that a scripted peer has connected to. */
async function oneToOne(
  interleave?: 0 | 1 | 2,
  ...events: readonly NotificationType[]
): Promise<{ world: World; here: SctpSocket; peer: ScriptedPeer }> {
  const { world, listener } = await listening(SOCK_STREAM, {
    ...(interleave === undefined ? {} : { interleave }),
    events,
  });
  const peer = world.scripted(world.a);
  peer.associate();
  return { world, here: listener.immediate.accept(), peer };
}

/**
 * A message of a stream in three parts, which a test sends one by one. Their TSNs follow upon each other whenever they
 * are sent: what comes in between has overtaken them.
 */
function parts(peer: ScriptedPeer, stream: number, name: string): (() => void)[] {
  const chunks = [
    peer.data({ stream, ending: false, data: bytes(`${name}, its beginning`) }),
    peer.data({ stream, beginning: false, ending: false, data: bytes(`${name}, its middle`) }),
    peer.data({ stream, beginning: false, data: bytes(`${name}, its end`) }),
  ];
  return chunks.map((chunk) => () => peer.send(chunk));
}

function whole(peer: ScriptedPeer, stream: number, data: string): void {
  peer.send(peer.data({ stream, data: bytes(data) }));
}

/** Lets it all arrive, and reads. */
function read(world: World, from: SctpSocket): string[] {
  world.network.run(20);
  return story(drain(from));
}

describe("level 0: nothing comes between the parts of a message", () => {
  test("of a one-to-many socket, be it of another association or a notification", async () => {
    const { world, here, peer, other } = await oneToMany(0, SCTP_REMOTE_ERROR);
    const [begin, goOn, end] = parts(peer, 1, "long");
    begin?.();
    expect(read(world, here)).toEqual(["long, its beginning"]);
    whole(other, 0, "of another association");
    whole(peer, 2, "of another stream");
    other.send({ type: "ERROR", causes: [] });
    peer.send({ type: "ERROR", causes: [] });
    expect(read(world, here)).toEqual([]);
    goOn?.();
    expect(read(world, here)).toEqual(["long, its middle"]);
    end?.();
    expect(read(world, here)[0]).toBe("long, its end");
  });

  test("and what was held up comes then", async () => {
    const { world, here, peer, other } = await oneToMany(0, SCTP_REMOTE_ERROR);
    const [begin, goOn, end] = parts(peer, 1, "long");
    begin?.();
    read(world, here);
    whole(other, 0, "of another association");
    whole(peer, 2, "of another stream");
    peer.send({ type: "ERROR", causes: [] });
    goOn?.();
    end?.();
    const all = read(world, here);
    expect(all.slice(0, 2)).toEqual(["long, its middle", "long, its end"]);
    expect(all.slice(2).sort()).toEqual([SCTP_REMOTE_ERROR, "of another association", "of another stream"]);
  });

  test("which is the default of one-to-one sockets", async () => {
    const { world, here, peer } = await oneToOne(undefined, SCTP_REMOTE_ERROR);
    expect(here.getsockopt(level, SCTP_FRAGMENT_INTERLEAVE)).toBe(0);
    const [begin, goOn, end] = parts(peer, 1, "long");
    begin?.();
    expect(read(world, here)).toEqual(["long, its beginning"]);
    whole(peer, 2, "of another stream");
    peer.send({ type: "ERROR", causes: [] });
    expect(read(world, here)).toEqual([]);
    goOn?.();
    end?.();
    const all = read(world, here);
    expect(all.slice(0, 2)).toEqual(["long, its middle", "long, its end"]);
    expect(all.slice(2).sort()).toEqual([SCTP_REMOTE_ERROR, "of another stream"]);
  });

  test.each([
    ["aborts", (peer: ScriptedPeer): void => peer.send({ type: "ABORT", tBit: false, causes: [] })],
    [
      "begins anew",
      (peer: ScriptedPeer): void => {
        peer.restart();
        peer.associate();
      },
    ],
  ])("until its association ends or the peer begins anew: it %s", async (_what, happen) => {
    const { world, here, peer, other } = await oneToMany(0);
    parts(peer, 1, "long")[0]?.();
    read(world, here);
    whole(other, 0, "of another association");
    world.network.run(20);
    // Who waits is woken, and gets what was held up.
    const waiting = here.recvmsg();
    happen(peer);
    expect(text(await world.until(waiting, 1_000))).toBe("of another association");
  });
});

describe("level 1: other associations come between the parts of a message", () => {
  test("which is the default of one-to-many sockets", async () => {
    const { world, here, peer, other } = await oneToMany(undefined, SCTP_REMOTE_ERROR);
    expect(here.getsockopt(level, SCTP_FRAGMENT_INTERLEAVE)).toBe(1);
    const [begin, goOn, end] = parts(peer, 1, "long");
    const [otherBegin, otherGoOn, otherEnd] = parts(other, 1, "the other");
    begin?.();
    expect(read(world, here)).toEqual(["long, its beginning"]);
    otherBegin?.();
    expect(read(world, here)).toEqual(["the other, its beginning"]);
    // Of the same association notifications alone.
    whole(peer, 2, "of another stream");
    peer.send({ type: "ERROR", causes: [] });
    expect(read(world, here)).toEqual([SCTP_REMOTE_ERROR]);
    goOn?.();
    expect(read(world, here)).toEqual(["long, its middle"]);
    otherGoOn?.();
    otherEnd?.();
    expect(read(world, here)).toEqual(["the other, its middle", "the other, its end"]);
    end?.();
    expect(read(world, here)).toEqual(["long, its end", "of another stream"]);
  });

  test("is for one-to-one sockets as level 0, but for notifications", async () => {
    const { world, here, peer } = await oneToOne(1, SCTP_REMOTE_ERROR);
    const [begin, goOn, end] = parts(peer, 1, "long");
    begin?.();
    read(world, here);
    whole(peer, 2, "of another stream");
    peer.send({ type: "ERROR", causes: [] });
    expect(read(world, here)).toEqual([SCTP_REMOTE_ERROR]);
    goOn?.();
    end?.();
    expect(read(world, here)).toEqual(["long, its middle", "long, its end", "of another stream"]);
  });
});

describe("level 2: other streams come between the parts of a message", () => {
  test.each([
    ["one-to-many", async () => oneToMany(2)],
    ["one-to-one", async () => oneToOne(2)],
  ])("of a %s socket, and those of its own stream do not", async (_style, make) => {
    const { world, here, peer } = await make();
    const [begin, goOn, end] = parts(peer, 1, "long");
    const [otherBegin, otherGoOn, otherEnd] = parts(peer, 3, "another");
    begin?.();
    expect(read(world, here)).toEqual(["long, its beginning"]);
    whole(peer, 2, "of another stream");
    expect(read(world, here)).toEqual(["of another stream"]);
    otherBegin?.();
    expect(read(world, here)).toEqual(["another, its beginning"]);
    otherGoOn?.();
    otherEnd?.();
    expect(read(world, here)).toEqual(["another, its middle", "another, its end"]);
    goOn?.();
    world.network.run(20);
    const [middle] = drain(here);
    // Whose part it is, the ancillary data tells.
    expect(middle?.msg_control).toMatchObject([{ cmsg_data: { rcv_sid: 1, rcv_ssn: 0 } }]);
    end?.();
    whole(peer, 1, "the next of the stream");
    expect(read(world, here)).toEqual(["long, its end", "the next of the stream"]);
  });

  test("is refused while the stream of a message would not be told", async () => {
    const world = new World();
    const here = world.socket(world.a, SOCK_SEQPACKET);
    expect(errno(() => here.setsockopt(level, SCTP_FRAGMENT_INTERLEAVE, 2))).toBe("EINVAL");
    expect(here.getsockopt(level, SCTP_FRAGMENT_INTERLEAVE)).toBe(1);
    here.setsockopt(level, "SCTP_EVENTS", { sctp_data_io_event: 1 });
    here.setsockopt(level, SCTP_FRAGMENT_INTERLEAVE, 2);
    expect(here.getsockopt(level, SCTP_FRAGMENT_INTERLEAVE)).toBe(2);
  });
});

describe("the partial delivery point", () => {
  test("is the size up to which a message is read whole", async () => {
    const { world, here, peer } = await oneToMany();
    peer.send(peer.data({ ending: false, data: bytes("12345") }));
    peer.send(peer.data({ beginning: false, ending: false, data: bytes("67890") }));
    expect(read(world, here)).toEqual([]);
    peer.send(peer.data({ beginning: false, ending: false, data: bytes("x") }));
    world.network.run(20);
    const [part] = drain(here);
    expect(part).toMatchObject({ data: bytes("1234567890x"), msg_flags: 0 });
    peer.send(peer.data({ beginning: false, data: bytes("end") }));
    world.network.run(20);
    expect(drain(here)).toMatchObject([{ data: bytes("end"), msg_flags: MSG_EOR }]);
  });

  test("is that of a message that is there whole, however long it is: one call reads it", async () => {
    const { world, here, peer } = await oneToMany();
    peer.send(peer.data({ data: new Uint8Array(1_000) }));
    world.network.run(20);
    expect(drain(here)).toMatchObject([{ data: Buffer.alloc(1_000), msg_flags: MSG_EOR }]);
  });

  test("cannot be larger than the receive buffer", async () => {
    const { here } = await oneToMany();
    const size = here.getsockopt(SOL_SOCKET, SO_RCVBUF);
    here.setsockopt(level, SCTP_PARTIAL_DELIVERY_POINT, size);
    expect(errno(() => here.setsockopt(level, SCTP_PARTIAL_DELIVERY_POINT, size + 1))).toBe("EINVAL");
    expect(here.getsockopt(level, SCTP_PARTIAL_DELIVERY_POINT)).toBe(size);
  });
});

test("a message larger than the receive buffer is read in parts, MSG_EOR with the last", async () => {
  const world = new World();
  const there = world.socket(world.z);
  there.setsockopt(SOL_SOCKET, SO_RCVBUF, 20_000);
  await there.bind({ address: "10.0.0.2", port: 5_000 });
  await there.listen(1);
  const here = world.socket(world.a);
  await world.until(here.connect({ address: "10.0.0.2", port: 5_000 }));
  const accepted = await world.until(there.accept());
  const message = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) & 0xff);
  await world.until(here.send(message));
  await world.until(here.send("next"));
  const flags: number[] = [];
  const got: Uint8Array[] = [];
  do {
    const { data, msg_flags } = await world.until(accepted.recvmsg());
    got.push(data);
    flags.push(msg_flags);
  } while (flags.at(-1) !== MSG_EOR);
  expect(flags.length).toBeGreaterThan(1);
  expect(Buffer.concat(got).equals(message)).toBe(true);
  expect(text(await world.until(accepted.recvmsg()))).toBe("next");
});

describe("a buffer smaller than the message", () => {
  test("takes it in several calls, MSG_EOR with the last; nothing comes between, at whatever level", async () => {
    for (const interleave of [0, 1, 2] as const) {
      const { world, here, peer, other } = await oneToMany(interleave, SCTP_ASSOC_CHANGE);
      expect(read(world, here)).toEqual([SCTP_COMM_UP, SCTP_COMM_UP]);
      whole(peer, 1, "abcdefgh");
      whole(peer, 2, "of another stream");
      world.network.run(20);
      const got = [here.immediate.recvmsg({ length: 3 })];
      whole(other, 1, "of another association");
      other.send({ type: "ABORT", tBit: false, causes: [] });
      world.network.run(20);
      got.push(here.immediate.recvmsg({ length: 3 }), await here.recvmsg({ length: 3 }));
      expect(got.map((part) => [text(part), part.msg_flags])).toEqual([
        ["abc", 0],
        ["def", 0],
        ["gh", MSG_EOR],
      ]);
      expect(got.map(({ msg_control }) => msg_control)).toMatchObject(
        got.map(() => [{ cmsg_data: { rcv_sid: 1, rcv_ssn: 0 } }]),
      );
    }
  });

  test("of exactly its size takes it with MSG_EOR", async () => {
    const { world, here, peer } = await oneToMany();
    whole(peer, 1, "abc");
    world.network.run(20);
    expect(here.immediate.recvmsg({ length: 3 })).toMatchObject({ data: bytes("abc"), msg_flags: MSG_EOR });
  });

  test("MSG_EOR waits for the end of the message, not of the part", async () => {
    const { world, here, peer } = await oneToMany();
    const [begin, ,] = parts(peer, 1, "long");
    begin?.();
    world.network.run(20);
    expect(here.immediate.recvmsg({ length: 4 })).toMatchObject({ data: bytes("long"), msg_flags: 0 });
    expect(here.immediate.recvmsg()).toMatchObject({ data: bytes(", its beginning"), msg_flags: 0 });
    expect(errno(() => here.immediate.recvmsg())).toBe("EAGAIN");
  });

  test("the last part has MSG_EOR also when the association is gone", async () => {
    const { world, here, peer } = await oneToOne();
    whole(peer, 1, "abcdef");
    world.network.run(20);
    here.immediate.recvmsg({ length: 3 });
    peer.send({ type: "ABORT", tBit: false, causes: [] });
    world.network.run(20);
    expect(here.immediate.recvmsg()).toMatchObject({ data: bytes("def"), msg_flags: MSG_EOR });
    expect(errno(() => here.immediate.recvmsg())).toBe("ECONNRESET");
  });

  test("recv(), recvfrom(), recvv() and sctp_recvmsg() go on where another one stopped", async () => {
    const { world, here, peer } = await oneToMany();
    whole(peer, 1, "abcdefgh");
    world.network.run(20);
    expect(text({ data: here.immediate.recv({ length: 1 }) })).toBe("a");
    expect(text(here.immediate.recvfrom({ length: 2 }))).toBe("bc");
    expect(here.immediate.recvv({ length: 2 })).toMatchObject({ data: bytes("de"), flags: 0 });
    expect(here.immediate.sctp_recvmsg({ length: 9 })).toMatchObject({
      data: bytes("fgh"),
      msg_flags: MSG_EOR,
    });
  });

  test("a length that is none is refused, and nothing is read", async () => {
    const { world, here, peer } = await oneToMany();
    whole(peer, 1, "abc");
    world.network.run(20);
    for (const length of [0, -1, 1.5, Number.NaN]) {
      expect(errno(() => here.immediate.recvmsg({ length }))).toBe("EINVAL");
    }
    expect(text(here.immediate.recvmsg())).toBe("abc");
  });
});

describe("MSG_PEEK", () => {
  test("looks at a message and leaves it, and at the rest of one", async () => {
    const { world, here, peer } = await oneToMany();
    whole(peer, 1, "abcdef");
    world.network.run(20);
    const peek = { flags: MSG_PEEK };
    expect(here.immediate.recvmsg(peek)).toMatchObject({ data: bytes("abcdef"), msg_flags: MSG_EOR });
    expect(here.immediate.recvmsg({ ...peek, length: 2 })).toMatchObject({ data: bytes("ab"), msg_flags: 0 });
    expect(text(await here.recvmsg({ length: 4 }))).toBe("abcd");
    expect(here.immediate.recvmsg(peek)).toMatchObject({ data: bytes("ef"), msg_flags: MSG_EOR });
    expect(here.immediate.recvmsg()).toMatchObject({ data: bytes("ef"), msg_flags: MSG_EOR });
    expect(errno(() => here.immediate.recvmsg(peek))).toBe("EAGAIN");
  });

  test("shows what is read next, also when something else has come meanwhile", async () => {
    const { world, here, peer, other } = await oneToMany(undefined, SCTP_REMOTE_ERROR);
    whole(peer, 1, "first");
    world.network.run(20);
    expect(text(here.immediate.recvmsg({ flags: MSG_PEEK }))).toBe("first");
    other.send({ type: "ERROR", causes: [] });
    whole(other, 1, "second");
    expect(read(world, here)[0]).toBe("first");
  });

  test("looks at a notification, object and all", async () => {
    const { here } = await oneToMany(undefined, SCTP_ASSOC_CHANGE);
    const peeked = here.immediate.recvmsg({ flags: MSG_PEEK });
    expect(peeked.msg_flags).toBe(MSG_NOTIFICATION | MSG_EOR);
    expect(here.immediate.recvmsg()).toEqual(peeked);
  });
});
