import {
  AF_INET,
  IPPROTO_SCTP,
  SCTP_ACTIVE,
  SCTP_COOKIE_ECHOED,
  SCTP_COOKIE_WAIT,
  SCTP_ESTABLISHED,
  SCTP_GET_ASSOC_ID_LIST,
  SCTP_GET_ASSOC_NUMBER,
  SCTP_INITMSG,
  SCTP_NODELAY,
  SCTP_SHUTDOWN_ACK_SENT,
  SCTP_SHUTDOWN_PENDING,
  SCTP_SHUTDOWN_RECEIVED,
  SCTP_SHUTDOWN_SENT,
  SCTP_STATUS,
  SHUT_WR,
  socket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { at, errno, SOCK_SEQPACKET, SOCK_STREAM, World } from "../support.ts";

/** What is only read (RFC 6458 §8.2). */

/** The types of chunks, RFC 9260 §3.2. */
const INIT = 1;
const SACK = 3;
const PEER = at("10.0.0.2");

describe("SCTP_STATUS", () => {
  test("tells of an association", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    listening.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 7, sinit_max_instreams: 9 });
    const here = world.socket(world.a);
    await world.until(here.connect(PEER));
    const there = await world.until(listening.accept());
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_STATUS)).toMatchObject({
      sstat_assoc_id: 3,
      sstat_state: SCTP_ESTABLISHED,
      sstat_rwnd: 1_048_576,
      sstat_unackdata: 0,
      sstat_penddata: 0,
      sstat_instrms: 7,
      sstat_outstrms: 9,
      sstat_fragmentation_point: 1_444,
      sstat_primary: { spinfo_address: PEER, spinfo_state: SCTP_ACTIVE, spinfo_assoc_id: 3 },
    });
    await here.send("unread");
    await world.run(100);
    expect(there.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_penddata).toBe(1);
    here.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1);
    world.network.filter(() => false);
    await here.send(new Uint8Array(2_000));
    await world.run(1);
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_STATUS)).toMatchObject({
      sstat_unackdata: 2,
      sstat_rwnd: 1_048_576 - 6 - 2_000,
    });
  });

  test("names the state of an association that is being set up", async () => {
    const world = new World();
    const here = world.socket(world.a, SOCK_SEQPACKET);
    await here.bind({ address: "0.0.0.0" });
    world.network.filter(() => false);
    expect(errno(() => here.immediate.connectx(PEER))).toBe("EINPROGRESS");
    await world.run(1);
    expect(here.opt_info(3, SCTP_STATUS).sstat_state).toBe(SCTP_COOKIE_WAIT);
  });

  test("names the state of one whose cookie is on its way", async () => {
    const world = new World();
    await world.listener(world.z);
    const here = world.socket(world.a);
    await here.bind({ address: "0.0.0.0" });
    const isInit = (bytes: Uint8Array): boolean => bytes[12] === INIT;
    world.network.filter(({ source, bytes }) => source.endsWith(".2") || isInit(bytes));
    expect(errno(() => here.immediate.connect(PEER))).toBe("EINPROGRESS");
    await world.run(10);
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_state).toBe(SCTP_COOKIE_ECHOED);
  });

  test("names the states of a shutdown", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    await world.run(1_000);
    const states = (): string[] =>
      [here, there].map((it) => it.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_state);
    const heal = world.network.filter(() => false);
    await here.send("held up");
    here.shutdown(SHUT_WR);
    await world.run(1);
    expect(states()).toEqual([SCTP_SHUTDOWN_PENDING, SCTP_ESTABLISHED]);
    // Z has something that is not acknowledged when the SHUTDOWN comes.
    heal();
    world.network.filter(({ source, bytes }) => !source.endsWith(".2") || bytes[12] === SACK);
    await there.send("held up, too");
    await world.run(3_000);
    expect(states()).toEqual([SCTP_SHUTDOWN_SENT, SCTP_SHUTDOWN_RECEIVED]);
  });

  test("names the last state of a shutdown", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    await world.run(1_000);
    world.network.filter(({ source }) => !source.endsWith(".2"));
    here.shutdown(SHUT_WR);
    await world.run(10);
    expect(there.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_state).toBe(SCTP_SHUTDOWN_ACK_SENT);
  });

  test("there is none without an association", () => {
    expect(errno(() => socket(AF_INET, SOCK_STREAM).getsockopt(IPPROTO_SCTP, SCTP_STATUS))).toBe("EINVAL");
  });
});

describe("SCTP_GET_ASSOC_NUMBER and SCTP_GET_ASSOC_ID_LIST", () => {
  test("tell of the associations that there are", async () => {
    const world = new World();
    const { there, idThere } = await world.many();
    const known = (): unknown[] => [
      there.getsockopt(IPPROTO_SCTP, SCTP_GET_ASSOC_NUMBER),
      there.getsockopt(IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST),
    ];
    expect(known()).toEqual([1, { gaids_number_of_ids: 1, gaids_assoc_id: [idThere] }]);
    const other = world.socket(world.a);
    await world.until(other.connect(PEER));
    await world.run(10);
    expect(known()).toEqual([2, { gaids_number_of_ids: 2, gaids_assoc_id: [idThere, idThere + 1] }]);
    there.peeloff(idThere);
    expect(known()).toEqual([1, { gaids_number_of_ids: 1, gaids_assoc_id: [idThere + 1] }]);
    other.shutdown(SHUT_WR);
    await world.run(100);
    expect(known()).toEqual([0, { gaids_number_of_ids: 0, gaids_assoc_id: [] }]);
  });

  test("are an error on a one-to-one socket", async () => {
    const { here } = await new World().pair();
    for (const name of [SCTP_GET_ASSOC_NUMBER, SCTP_GET_ASSOC_ID_LIST] as const)
      expect(errno(() => here.getsockopt(IPPROTO_SCTP, name))).toBe("EINVAL");
  });
});
