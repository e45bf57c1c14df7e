import fc from "fast-check";
import {
  AF_INET,
  AF_INET6,
  decodeNotification,
  encodeNotification,
  type FullSockAddr,
  MSG_EOR,
  MSG_NOTIFICATION,
  MSG_PEEK,
  type NotificationType,
  SCTP_ASSOC_CHANGE,
  SCTP_COMM_UP,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_SENDER_DRY_EVENT,
  type SctpNotification,
  type SctpSndInfo,
  type SctpSndRcvInfo,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { u16, u32 } from "../../packet/arbitraries.ts";
import { at, drain, errno, SOCK_SEQPACKET, subscribe, World } from "./support.ts";

/** Notifications as the structures of RFC 6458 §6.1, in bytes. */

const data: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 60 });

const v4: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 4, maxLength: 4 })
  .map((octets) => [...octets].join("."));

const sockaddr: fc.Arbitrary<FullSockAddr> = fc.oneof(
  fc.record({ family: fc.constant(AF_INET), address: v4, port: u16 }),
  fc.record({ family: fc.constant(AF_INET6), address: v4.map((text) => `::ffff:${text}`), port: u16 }),
  fc.record({
    family: fc.constant(AF_INET6),
    address: fc.constantFrom("2001:db8::1", "fe80::1", "fd00::a:b:c:d", "::1"),
    port: u16,
  }),
);

const sndinfo: fc.Arbitrary<SctpSndInfo> = fc.record({
  snd_sid: u16,
  snd_flags: u16,
  snd_ppid: u32,
  snd_context: u32,
  snd_assoc_id: u32,
});

const sndrcvinfo: fc.Arbitrary<SctpSndRcvInfo> = fc.record({
  sinfo_stream: u16,
  sinfo_ssn: u16,
  sinfo_flags: u16,
  sinfo_ppid: u32,
  sinfo_context: u32,
  sinfo_timetolive: u32,
  sinfo_tsn: u32,
  sinfo_cumtsn: u32,
  sinfo_assoc_id: u32,
});

/** Every notification has its generator: a new one without is a type error. */
const arbitraryOf: {
  readonly [T in NotificationType]: fc.Arbitrary<Extract<SctpNotification, { sn_type: T }>>;
} = {
  SCTP_ASSOC_CHANGE: fc.record({
    sn_type: fc.constant("SCTP_ASSOC_CHANGE"),
    sac_flags: u16,
    sac_state: fc.constantFrom(
      "SCTP_COMM_UP",
      "SCTP_COMM_LOST",
      "SCTP_RESTART",
      "SCTP_SHUTDOWN_COMP",
      "SCTP_CANT_STR_ASSOC",
    ),
    sac_error: u16,
    sac_outbound_streams: u16,
    sac_inbound_streams: u16,
    sac_assoc_id: u32,
    sac_info: data,
  }),
  SCTP_PEER_ADDR_CHANGE: fc.record({
    sn_type: fc.constant("SCTP_PEER_ADDR_CHANGE"),
    spc_flags: u16,
    spc_aaddr: sockaddr,
    spc_state: fc.constantFrom(
      "SCTP_ADDR_AVAILABLE",
      "SCTP_ADDR_UNREACHABLE",
      "SCTP_ADDR_REMOVED",
      "SCTP_ADDR_ADDED",
      "SCTP_ADDR_MADE_PRIM",
      "SCTP_ADDR_CONFIRMED",
      "SCTP_ADDR_POTENTIALLY_FAILED",
    ),
    spc_error: u32,
    spc_assoc_id: u32,
  }),
  SCTP_REMOTE_ERROR: fc.record({
    sn_type: fc.constant("SCTP_REMOTE_ERROR"),
    sre_flags: u16,
    sre_error: u16,
    sre_assoc_id: u32,
    sre_data: data,
  }),
  SCTP_SEND_FAILED: fc.record({
    sn_type: fc.constant("SCTP_SEND_FAILED"),
    ssf_flags: u16,
    ssf_error: u32,
    ssf_info: sndrcvinfo,
    ssf_assoc_id: u32,
    ssf_data: data,
  }),
  SCTP_SEND_FAILED_EVENT: fc.record({
    sn_type: fc.constant("SCTP_SEND_FAILED_EVENT"),
    ssfe_flags: u16,
    ssfe_error: u32,
    ssfe_info: sndinfo,
    ssfe_assoc_id: u32,
    ssfe_data: data,
  }),
  SCTP_SHUTDOWN_EVENT: fc.record({
    sn_type: fc.constant("SCTP_SHUTDOWN_EVENT"),
    sse_flags: u16,
    sse_assoc_id: u32,
  }),
  SCTP_ADAPTATION_INDICATION: fc.record({
    sn_type: fc.constant("SCTP_ADAPTATION_INDICATION"),
    sai_flags: u16,
    sai_adaptation_ind: u32,
    sai_assoc_id: u32,
  }),
  SCTP_PARTIAL_DELIVERY_EVENT: fc.record({
    sn_type: fc.constant("SCTP_PARTIAL_DELIVERY_EVENT"),
    pdapi_flags: u16,
    pdapi_indication: fc.constant("SCTP_PARTIAL_DELIVERY_ABORTED"),
    pdapi_stream: u32,
    pdapi_seq: u32,
    pdapi_assoc_id: u32,
  }),
  SCTP_AUTHENTICATION_EVENT: fc.record({
    sn_type: fc.constant("SCTP_AUTHENTICATION_EVENT"),
    auth_flags: u16,
    auth_keynumber: u16,
    auth_indication: fc.constantFrom("SCTP_AUTH_NEW_KEY", "SCTP_AUTH_NO_AUTH", "SCTP_AUTH_FREE_KEY"),
    auth_assoc_id: u32,
  }),
  SCTP_SENDER_DRY_EVENT: fc.record({
    sn_type: fc.constant("SCTP_SENDER_DRY_EVENT"),
    sender_dry_flags: u16,
    sender_dry_assoc_id: u32,
  }),
  SCTP_NOTIFICATIONS_STOPPED_EVENT: fc.record({
    sn_type: fc.constant("SCTP_NOTIFICATIONS_STOPPED_EVENT"),
    sn_flags: u16,
  }),
  SCTP_STREAM_RESET_EVENT: fc.record({
    sn_type: fc.constant("SCTP_STREAM_RESET_EVENT"),
    strreset_flags: u16,
    strreset_assoc_id: u32,
    strreset_stream_list: fc.array(u16, { maxLength: 20 }),
  }),
  SCTP_ASSOC_RESET_EVENT: fc.record({
    sn_type: fc.constant("SCTP_ASSOC_RESET_EVENT"),
    assocreset_flags: u16,
    assocreset_assoc_id: u32,
    assocreset_local_tsn: u32,
    assocreset_remote_tsn: u32,
  }),
  SCTP_STREAM_CHANGE_EVENT: fc.record({
    sn_type: fc.constant("SCTP_STREAM_CHANGE_EVENT"),
    strchange_flags: u16,
    strchange_assoc_id: u32,
    strchange_instrms: u16,
    strchange_outstrms: u16,
  }),
};

const anything: fc.Arbitrary<SctpNotification> = fc.oneof(...Object.values(arbitraryOf));

describe("decodeNotification(encodeNotification(x)) is x", () => {
  test.each(Object.entries(arbitraryOf))("for %s", (_type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<SctpNotification>, fc.nat(8), (notification, offset) => {
        const bytes = encodeNotification(notification);
        expect(decodeNotification(bytes)).toEqual(notification);
        // Anywhere in a buffer of the reader.
        const buffer = new Uint8Array(offset + bytes.length + 3).fill(0xa5);
        buffer.set(bytes, offset);
        expect(decodeNotification(buffer.subarray(offset, offset + bytes.length))).toEqual(notification);
      }),
    );
  });
});

test("the header has type, flags and the length of all of it", () => {
  fc.assert(
    fc.property(anything, (notification) => {
      const bytes = encodeNotification(notification);
      expect(new DataView(bytes.buffer).getUint32(4, true)).toBe(bytes.length);
    }),
  );
});

describe("the bytes are those of the C structures on a little-endian 64-bit Linux", () => {
  test("SCTP_ASSOC_CHANGE", () => {
    const bytes = encodeNotification({
      sn_type: "SCTP_ASSOC_CHANGE",
      sac_flags: 0,
      sac_state: "SCTP_COMM_LOST",
      sac_error: 12,
      sac_outbound_streams: 10,
      sac_inbound_streams: 0x0201,
      sac_assoc_id: 3,
      sac_info: Uint8Array.of(6, 0, 0, 4),
    });
    expect([...bytes]).toEqual(
      // type, flags, length; state, error, streams; id; info.
      [
        [0x01, 0x80, 0, 0, 24, 0, 0, 0],
        [1, 0, 12, 0, 10, 0, 1, 2],
        [3, 0, 0, 0],
        [6, 0, 0, 4],
      ].flat(),
    );
  });

  test("SCTP_PEER_ADDR_CHANGE of IPv4, IPv6 and IPv4-mapped addresses", () => {
    const change = (spc_aaddr: FullSockAddr): number[] => [
      ...encodeNotification({
        sn_type: "SCTP_PEER_ADDR_CHANGE",
        spc_flags: 0,
        spc_aaddr,
        spc_state: "SCTP_ADDR_MADE_PRIM",
        spc_error: 0,
        spc_assoc_id: 5,
      }),
    ];
    const zeros = (count: number): number[] => Array<number>(count).fill(0);
    // The header, 128 bytes of sockaddr_storage, then state, error and id.
    const around = (storage: readonly number[]): number[] => [
      ...[0x02, 0x80, 0, 0, 148, 0, 0, 0],
      ...storage,
      ...zeros(128 - storage.length),
      ...[4, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0],
    ];
    expect(change(at("192.0.2.1", 0x1234))).toEqual(around([2, 0, 0x12, 0x34, 192, 0, 2, 1]));
    expect(change(at("2001:db8::7", 0x1234))).toEqual(
      around([10, 0, 0x12, 0x34, ...zeros(4), 0x20, 0x01, 0x0d, 0xb8, ...zeros(11), 7]),
    );
    expect(change(at("::ffff:192.0.2.1", 1))).toEqual(
      around([10, 0, 0, 1, ...zeros(4), ...zeros(10), 0xff, 0xff, 192, 0, 2, 1]),
    );
  });

  test("SCTP_REMOTE_ERROR, its cause in network byte order", () => {
    const bytes = encodeNotification({
      sn_type: "SCTP_REMOTE_ERROR",
      sre_flags: 0,
      sre_error: 0x0102,
      sre_assoc_id: 3,
      sre_data: Uint8Array.of(9, 0, 0, 4),
    });
    expect([...bytes]).toEqual(
      [
        [4, 0x80, 0, 0, 20, 0, 0, 0],
        [1, 2, 0, 0],
        [3, 0, 0, 0],
        [9, 0, 0, 4],
      ].flat(),
    );
  });

  test("SCTP_SEND_FAILED_EVENT, its PPID as on the wire", () => {
    const bytes = encodeNotification({
      sn_type: "SCTP_SEND_FAILED_EVENT",
      ssfe_flags: 1,
      ssfe_error: 12,
      ssfe_info: { snd_sid: 2, snd_flags: 0x4001, snd_ppid: 7, snd_context: 8, snd_assoc_id: 3 },
      ssfe_assoc_id: 3,
      ssfe_data: Uint8Array.of(9),
    });
    expect([...bytes]).toEqual(
      [
        [0x0d, 0x80, 1, 0, 33, 0, 0, 0],
        [12, 0, 0, 0],
        [2, 0, 1, 0x40, 0, 0, 0, 7, 8, 0, 0, 0, 3, 0, 0, 0],
        [3, 0, 0, 0],
        [9],
      ].flat(),
    );
  });
});

describe("decodeNotification refuses with EINVAL", () => {
  test("bytes that are cut or have more behind them", () => {
    fc.assert(
      fc.property(anything, fc.nat(), (notification, cut) => {
        const bytes = encodeNotification(notification);
        expect(errno(() => decodeNotification(bytes.subarray(0, cut % bytes.length)))).toBe("EINVAL");
        expect(errno(() => decodeNotification(Uint8Array.of(...bytes, 0)))).toBe("EINVAL");
      }),
    );
  });

  test("bytes that say the right length and have another one than their type", () => {
    const bytes = encodeNotification({
      sn_type: SCTP_SENDER_DRY_EVENT,
      sender_dry_flags: 0,
      sender_dry_assoc_id: 3,
    });
    expect(errno(() => decodeNotification(Uint8Array.of(...bytes.with(4, 13), 0)))).toBe("EINVAL");
    const odd = encodeNotification({
      sn_type: "SCTP_STREAM_RESET_EVENT",
      strreset_flags: 0,
      strreset_assoc_id: 3,
      strreset_stream_list: [1],
    });
    expect(errno(() => decodeNotification(odd.with(4, 13).subarray(0, 13)))).toBe("EINVAL");
  });

  test("a type, a state or a family that it does not know", () => {
    const bytes = encodeNotification({
      sn_type: "SCTP_PEER_ADDR_CHANGE",
      spc_flags: 0,
      spc_aaddr: at("192.0.2.1"),
      spc_state: "SCTP_ADDR_ADDED",
      spc_error: 0,
      spc_assoc_id: 3,
    });
    const type = 0;
    const family = 8;
    const state = 8 + 128;
    for (const place of [type, family, state]) {
      expect(errno(() => decodeNotification(bytes.with(place, 99)))).toBe("EINVAL");
    }
    // The state has 32 bits.
    expect(errno(() => decodeNotification(bytes.with(state + 2, 1)))).toBe("EINVAL");
  });

  test("what is anything but bytes of a notification", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(errno(() => decodeNotification(bytes))).toBe("EINVAL");
      }),
    );
  });
});

describe("recvmsg() with a buffer smaller than the notification", () => {
  async function waiting(length: number): Promise<{ parts: ReturnType<typeof drain>; id: number }> {
    const world = new World();
    await world.listener(world.z, SOCK_SEQPACKET);
    const here = world.socket(world.a, SOCK_SEQPACKET);
    subscribe(here, SCTP_ASSOC_CHANGE);
    const id = await world.until(here.connectx(at("10.0.0.2")));
    const parts: ReturnType<typeof drain> = [];
    do parts.push(here.immediate.recvmsg({ length }));
    while (((parts.at(-1)?.msg_flags ?? 0) & MSG_EOR) === 0);
    return { parts, id };
  }

  test.each([1, 7, 20])("of %i bytes gives it in parts, MSG_EOR with the last", async (length) => {
    const { parts, id } = await waiting(length);
    expect(parts.map(({ msg_flags }) => msg_flags)).toEqual(
      parts.map((_, index) => MSG_NOTIFICATION | (index === parts.length - 1 ? MSG_EOR : 0)),
    );
    expect(parts.map(({ data: part }) => part.length <= length)).toEqual(parts.map(() => true));
    const whole = Uint8Array.from(parts.flatMap(({ data: part }) => [...part]));
    expect(decodeNotification(whole)).toMatchObject({ sac_state: SCTP_COMM_UP, sac_assoc_id: id });
    // As an object it comes with the first part alone.
    expect(parts.map(({ notification }) => notification?.sn_type)).toEqual(
      parts.map((_, index) => (index === 0 ? SCTP_ASSOC_CHANGE : undefined)),
    );
  });

  test("of exactly its size gives it whole", async () => {
    const { parts } = await waiting(23);
    expect(parts.map(({ msg_flags }) => msg_flags)).toEqual([MSG_NOTIFICATION | MSG_EOR]);
  });
});

test("the bytes and the object of a notification say the same", async () => {
  const world = new World(1, { a: ["fd00::1", "10.0.0.1"], z: ["fd00::2", "10.0.0.2"] });
  await world.listener(world.z, SOCK_SEQPACKET, AF_INET6);
  const here = world.socket(world.a, SOCK_SEQPACKET, AF_INET6);
  here.setsockopt("IPPROTO_SCTP", "SCTP_I_WANT_MAPPED_V4_ADDR", 1);
  subscribe(here, SCTP_ASSOC_CHANGE, SCTP_PEER_ADDR_CHANGE);
  await world.until(here.connectx(at("fd00::2")));
  await world.run(5_000);
  const peeked = here.immediate.recvmsg({ flags: MSG_PEEK });
  const read = drain(here);
  expect(peeked).toEqual(read[0]);
  expect(read.map(({ data: bytes }) => decodeNotification(bytes))).toEqual(
    read.map(({ notification }) => notification),
  );
  expect(read.map(({ notification }) => notification)).toMatchObject([
    { sac_state: SCTP_COMM_UP },
    { spc_aaddr: { family: AF_INET6, address: "::ffff:10.0.0.2" } },
  ]);
});
