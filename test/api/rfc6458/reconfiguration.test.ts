import {
  IPPROTO_SCTP,
  SCTP_ADD_STREAMS,
  SCTP_ASSOC_CHANGE,
  SCTP_ASSOC_RESET_DENIED,
  SCTP_ASSOC_RESET_EVENT,
  SCTP_ASSOC_SUPPORTS_RE_CONFIG,
  SCTP_ENABLE_CHANGE_ASSOC_REQ,
  SCTP_ENABLE_RESET_ASSOC_REQ,
  SCTP_ENABLE_RESET_STREAM_REQ,
  SCTP_ENABLE_STREAM_RESET,
  SCTP_RESET_ASSOC,
  SCTP_RESET_STREAMS,
  SCTP_STREAM_CHANGE_DENIED,
  SCTP_STREAM_CHANGE_EVENT,
  SCTP_STREAM_RESET_DENIED,
  SCTP_STREAM_RESET_EVENT,
  SCTP_STREAM_RESET_INCOMING,
  SCTP_STREAM_RESET_INCOMING_SSN,
  SCTP_STREAM_RESET_OUTGOING,
  SCTP_STREAM_RESET_OUTGOING_SSN,
  type SctpSocket,
} from "usctp/socket";
import { expect, test } from "vitest";
import { errno, notifications, subscribe, World } from "./support.ts";

/** RFC 6525 §6: stream reconfiguration through sockets. */

const ALL = SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_RESET_ASSOC_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ;
const BOTH = SCTP_STREAM_RESET_INCOMING | SCTP_STREAM_RESET_OUTGOING;

/** Two connected sockets that allow the peer so much, and hear of all of it. */
async function pair(allowed: number): Promise<{ world: World; here: SctpSocket; there: SctpSocket }> {
  const world = new World();
  const { here, there } = await world.pair();
  for (const it of [here, there]) {
    it.setsockopt(IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, { assoc_value: allowed });
    subscribe(it, SCTP_STREAM_RESET_EVENT, SCTP_ASSOC_RESET_EVENT, SCTP_STREAM_CHANGE_EVENT);
  }
  return { world, here, there };
}

const reset = (
  it: SctpSocket,
  srs_flags: number,
  srs_stream_list: readonly number[] = [],
): string | undefined =>
  errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_RESET_STREAMS, { srs_flags, srs_stream_list }));
const add = (it: SctpSocket, sas_instrms: number, sas_outstrms: number): string | undefined =>
  errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_ADD_STREAMS, { sas_instrms, sas_outstrms }));

test("nothing is allowed by default (RFC 6525 §6.3.1)", async () => {
  const world = new World();
  const there = await world.listener(world.z);
  const here = world.socket(world.a);
  subscribe(
    here,
    SCTP_ASSOC_CHANGE,
    SCTP_STREAM_RESET_EVENT,
    SCTP_ASSOC_RESET_EVENT,
    SCTP_STREAM_CHANGE_EVENT,
  );
  expect(here.getsockopt(IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET).assoc_value).toBe(0);
  await world.until(here.connect({ address: "10.0.0.2", port: there.getsockname().port }));
  await world.run(100);
  const [beginning] = notifications(here);
  expect(beginning?.sn_type).toBe(SCTP_ASSOC_CHANGE);
  expect([...((beginning as { sac_info: Uint8Array }).sac_info ?? [])]).toContain(
    SCTP_ASSOC_SUPPORTS_RE_CONFIG,
  );
  expect(reset(here, SCTP_STREAM_RESET_OUTGOING)).toBeUndefined();
  await world.run(100);
  expect(add(here, 1, 0)).toBeUndefined();
  await world.run(100);
  expect(errno(() => here.setsockopt(IPPROTO_SCTP, SCTP_RESET_ASSOC, 0))).toBeUndefined();
  await world.run(100);
  expect(notifications(here)).toMatchObject([
    { strreset_flags: SCTP_STREAM_RESET_OUTGOING_SSN | SCTP_STREAM_RESET_DENIED, strreset_stream_list: [] },
    { strchange_flags: SCTP_STREAM_CHANGE_DENIED, strchange_instrms: 1_024, strchange_outstrms: 1_024 },
    { assocreset_flags: SCTP_ASSOC_RESET_DENIED },
  ]);
});

test("streams are reset, and both sides hear of it (RFC 6525 §6.1.1, §6.3.2)", async () => {
  const { world, here, there } = await pair(SCTP_ENABLE_RESET_STREAM_REQ);
  for (const it of [here, there])
    it.immediate.sendv("x", { infotype: "SCTP_SENDV_SNDINFO", info: { snd_sid: 3 } });
  await world.run(500);
  expect(reset(here, BOTH, [3])).toBeUndefined();
  // RFC 6525 §6.3: while the Re-configuration Timer is running.
  expect(reset(here, BOTH)).toBe("EALREADY");
  await world.run(500);
  const incoming = { strreset_flags: SCTP_STREAM_RESET_INCOMING_SSN, strreset_stream_list: [3] };
  const outgoing = { strreset_flags: SCTP_STREAM_RESET_OUTGOING_SSN, strreset_stream_list: [3] };
  expect(notifications(here)).toMatchObject([outgoing, incoming]);
  expect(notifications(there)).toMatchObject([incoming, outgoing]);
  expect([reset(here, 0), reset(here, 4)]).toEqual(["EINVAL", "EINVAL"]);
  expect(reset(here, SCTP_STREAM_RESET_OUTGOING, [1_024])).toBe("EINVAL");
  expect(reset(here, SCTP_STREAM_RESET_INCOMING, [1_024])).toBe("EINVAL");
});

test("TSNs are reset, and both sides hear of it (RFC 6525 §6.1.2, §6.3.3)", async () => {
  const { world, here, there } = await pair(SCTP_ENABLE_RESET_ASSOC_REQ);
  const ask = (): string | undefined => errno(() => here.setsockopt(IPPROTO_SCTP, SCTP_RESET_ASSOC, 999));
  expect(ask()).toBeUndefined();
  await world.run(500);
  const [own] = notifications(here) as { assocreset_local_tsn: number; assocreset_remote_tsn: number }[];
  expect(own).toMatchObject({ sn_type: SCTP_ASSOC_RESET_EVENT, assocreset_flags: 0 });
  expect(notifications(there)).toMatchObject([
    {
      assocreset_flags: 0,
      assocreset_local_tsn: own?.assocreset_remote_tsn,
      assocreset_remote_tsn: own?.assocreset_local_tsn,
    },
  ]);
  // RFC 6525 §5.1.4: once within 30 seconds.
  expect(ask()).toBe("EALREADY");
  const { here: many, id } = await new World().many();
  const askOf = (value: number): string | undefined =>
    errno(() => many.setsockopt(IPPROTO_SCTP, SCTP_RESET_ASSOC, value));
  expect([askOf(0), askOf(999), askOf(id)]).toEqual(["EINVAL", "ENOENT", undefined]);
});

test("streams are added, and both sides hear of it (RFC 6525 §6.1.3, §6.3.4)", async () => {
  const { world, here, there } = await pair(ALL);
  expect(there.getsockopt(IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET).assoc_value).toBe(ALL);
  expect(add(here, 0, 0)).toBe("EINVAL");
  expect(add(here, 65_535, 0)).toBe("EINVAL");
  expect(add(here, 2, 3)).toBeUndefined();
  await world.run(500);
  expect(notifications(here)).toMatchObject([
    { strchange_flags: 0, strchange_instrms: 1_024, strchange_outstrms: 1_027 },
    { strchange_flags: 0, strchange_instrms: 1_026, strchange_outstrms: 1_027 },
  ]);
  expect(notifications(there)).toMatchObject([
    { sn_type: SCTP_STREAM_CHANGE_EVENT, strchange_instrms: 1_027, strchange_outstrms: 1_024 },
    { sn_type: SCTP_STREAM_CHANGE_EVENT, strchange_instrms: 1_027, strchange_outstrms: 1_026 },
  ]);
});

test("a peer without RFC 6525 is EOPNOTSUPP (§5.1.1)", async () => {
  const world = new World();
  const listener = await world.listener(world.a);
  world.scripted(world.a).associate();
  const here = listener.immediate.accept();
  expect([reset(here, BOTH), add(here, 1, 1)]).toEqual(["EOPNOTSUPP", "EOPNOTSUPP"]);
  expect(errno(() => here.setsockopt(IPPROTO_SCTP, SCTP_RESET_ASSOC, 0))).toBe("EOPNOTSUPP");
});
