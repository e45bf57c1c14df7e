import {
  AF_INET,
  IPPROTO_SCTP,
  MSG_EOR,
  type NotificationType,
  SCTP_ASSOC_CHANGE,
  SCTP_CONTEXT,
  SCTP_EVENT,
  SCTP_EVENTS,
  SCTP_EXTRCV,
  SCTP_FRAGMENT_INTERLEAVE,
  SCTP_NODELAY,
  SCTP_NXTINFO,
  SCTP_PARTIAL_DELIVERY_POINT,
  SCTP_RCVINFO,
  SCTP_RECVNXTINFO,
  SCTP_RECVRCVINFO,
  SCTP_SEND_FAILED,
  SCTP_SENDER_DRY_EVENT,
  SCTP_SHUTDOWN_EVENT,
  SCTP_SNDRCV,
  SCTP_USE_EXT_RCVINFO,
  type SctpEventSubscribe,
  type SctpSocket,
  SHUT_WR,
  SO_RCVBUF,
  SOL_SOCKET,
  socket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { at, drain, errno, notifications, SOCK_SEQPACKET, SOCK_STREAM, World } from "../support.ts";

/** What is read, and in which form (RFC 6458 §6.2, §8.1.20 to §8.1.22, §8.1.25, §8.1.28 to §8.1.30). */

/** The ancillary data that a message comes with, where the options are these. */
async function control(prepare: (socket: SctpSocket) => void): Promise<(readonly [string, object])[]> {
  const world = new World();
  const { here, there } = await world.pair();
  prepare(there);
  await here.send("one");
  await here.send("two");
  await world.run(500);
  const [message] = drain(there);
  return message?.msg_control.map(({ cmsg_type, cmsg_data }) => [cmsg_type, cmsg_data] as const) ?? [];
}

describe("SCTP_RECVRCVINFO, SCTP_RECVNXTINFO, SCTP_EVENTS and SCTP_USE_EXT_RCVINFO", () => {
  test("without a word messages come without ancillary data", async () => {
    expect(await control(() => {})).toEqual([]);
  });

  test("SCTP_RECVRCVINFO adds SCTP_RCVINFO", async () => {
    const added = await control((it) => it.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1));
    expect(added).toMatchObject([[SCTP_RCVINFO, { rcv_sid: 0, rcv_ssn: 0, rcv_assoc_id: 3 }]]);
  });

  test("SCTP_RECVNXTINFO adds SCTP_NXTINFO", async () => {
    const added = await control((it) => it.setsockopt(IPPROTO_SCTP, SCTP_RECVNXTINFO, 1));
    expect(added).toMatchObject([[SCTP_NXTINFO, { nxt_length: 3, nxt_assoc_id: 3 }]]);
  });

  test("sctp_data_io_event adds SCTP_SNDRCV, SCTP_USE_EXT_RCVINFO makes it SCTP_EXTRCV", async () => {
    const plain = await control((it) => it.setsockopt(IPPROTO_SCTP, SCTP_EVENTS, { sctp_data_io_event: 1 }));
    expect(plain).toMatchObject([[SCTP_SNDRCV, { sinfo_stream: 0, sinfo_assoc_id: 3 }]]);
    const extended = await control((it) => {
      it.setsockopt(IPPROTO_SCTP, SCTP_EVENTS, { sctp_data_io_event: 1 });
      it.setsockopt(IPPROTO_SCTP, SCTP_USE_EXT_RCVINFO, 1);
    });
    expect(extended).toMatchObject([[SCTP_EXTRCV, { serinfo_next_length: 3 }]]);
  });
});

describe("SCTP_CONTEXT", () => {
  test("comes with what is received, of the association that it was set for", async () => {
    const world = new World();
    const { here, there, idThere } = await world.many();
    const other = world.socket(world.a, SOCK_SEQPACKET);
    await world.until(other.connectx(at("10.0.0.2")));
    drain(there);
    there.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
    there.setsockopt(IPPROTO_SCTP, SCTP_CONTEXT, { assoc_id: idThere, assoc_value: 77 });
    await here.sendto("one", 0, at("10.0.0.2"));
    await other.sendto("two", 0, at("10.0.0.2"));
    await world.run(100);
    const contexts = drain(there)
      .flatMap(({ msg_control }) => msg_control)
      .map(({ cmsg_data }) => "rcv_context" in cmsg_data && [cmsg_data.rcv_assoc_id, cmsg_data.rcv_context]);
    expect(contexts).toEqual(
      expect.arrayContaining([
        [idThere, 77],
        [idThere + 1, 0],
      ]),
    );
  });
});

describe("SCTP_EVENT and SCTP_EVENTS", () => {
  test("without a word nothing is told", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.shutdown(SHUT_WR);
    await world.run(100);
    expect([...notifications(here), ...notifications(there)]).toEqual([]);
  });

  test("SCTP_EVENT turns one notification on, and off", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    there.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_SHUTDOWN_EVENT, se_on: 1 });
    there.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_ASSOC_CHANGE, se_on: 1 });
    there.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_ASSOC_CHANGE, se_on: 0 });
    here.shutdown(SHUT_WR);
    await world.run(100);
    expect(notifications(there).map(({ sn_type }) => sn_type)).toEqual([SCTP_SHUTDOWN_EVENT]);
  });

  test("SCTP_EVENTS turns those on that it names, and the others off", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    const isOn = (se_type: NotificationType): number =>
      it.getsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type }).se_on;
    it.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_SHUTDOWN_EVENT, se_on: 1 });
    it.setsockopt(IPPROTO_SCTP, SCTP_EVENTS, { sctp_association_event: 1, sctp_send_failure_event: 1 });
    const types = [SCTP_ASSOC_CHANGE, SCTP_SEND_FAILED, SCTP_SHUTDOWN_EVENT] as const;
    expect(types.map(isOn)).toEqual([1, 1, 0]);
  });

  test.each([
    "address",
    "peer_error",
    "shutdown",
    "partial_delivery",
    "adaptation_layer",
    "authentication",
    "sender_dry",
  ])("SCTP_EVENTS has sctp_%s_event", (name) => {
    const it = socket(AF_INET, SOCK_SEQPACKET);
    const member = `sctp_${name}_event` as keyof SctpEventSubscribe;
    it.setsockopt(IPPROTO_SCTP, SCTP_EVENTS, { [member]: 1 });
    const on = Object.entries(it.getsockopt(IPPROTO_SCTP, SCTP_EVENTS)).filter(([, value]) => value === 1);
    expect(on).toEqual([[member, 1]]);
  });

  test("SCTP_SENDER_DRY_EVENT comes at once where there is nothing to send", async () => {
    const world = new World();
    const { here } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_SENDER_DRY_EVENT, se_on: 1 });
    expect(notifications(here)).toMatchObject([{ sn_type: SCTP_SENDER_DRY_EVENT, sender_dry_assoc_id: 3 }]);
  });
});

describe("SCTP_FRAGMENT_INTERLEAVE and SCTP_PARTIAL_DELIVERY_POINT", () => {
  test("level 2 needs SCTP_RECVRCVINFO or sctp_data_io_event", () => {
    for (const prepare of [
      (it: SctpSocket): void => it.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1),
      (it: SctpSocket): void => it.setsockopt(IPPROTO_SCTP, SCTP_EVENTS, { sctp_data_io_event: 1 }),
    ]) {
      const it = socket(AF_INET, SOCK_STREAM);
      expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, 2))).toBe("EINVAL");
      expect(it.getsockopt(IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE)).toBe(0);
      prepare(it);
      it.setsockopt(IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, 2);
      expect(it.getsockopt(IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE)).toBe(2);
    }
  });

  test("a message beyond the point is delivered in parts, one that is not larger in one", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1);
    there.setsockopt(IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, 4_000);
    const read = async (length: number): Promise<boolean[]> => {
      await here.send(new Uint8Array(length));
      const parts = [];
      for (let count = 0; count < 100; count += 1) {
        await world.run(1);
        parts.push(...drain(there));
      }
      expect(parts.reduce((sum, { data }) => sum + data.length, 0)).toBe(length);
      return parts.map(({ msg_flags }) => (msg_flags & MSG_EOR) !== 0);
    };
    expect(await read(4_000)).toEqual([true]);
    const parts = await read(40_000);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.indexOf(true)).toBe(parts.length - 1);
  });

  test("the point is at most the receive buffer", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    it.setsockopt(SOL_SOCKET, SO_RCVBUF, 10_000);
    expect(it.getsockopt(IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT)).toBe(10_000);
    expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, 10_001))).toBe("EINVAL");
    it.setsockopt(IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, 10_000);
  });
});
