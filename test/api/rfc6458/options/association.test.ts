import {
  AF_INET,
  IPPROTO_SCTP,
  SCTP_ASSOC_CHANGE,
  SCTP_ASSOCINFO,
  SCTP_AUTOCLOSE,
  SCTP_DELAYED_SACK,
  SCTP_INITMSG,
  SCTP_MAX_BURST,
  SCTP_MAXSEG,
  SCTP_NODELAY,
  SCTP_RTOINFO,
  SCTP_SHUTDOWN_COMP,
  SCTP_STATUS,
  type SctpSocket,
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
import { data, init, intervals, perPacket, sent, times } from "./wire.ts";

/** What the protocol's parameters do (RFC 6458 §8.1.1 to §8.1.5, §8.1.8, §8.1.16, §8.1.19, §8.1.24). */

const [FIRST, SECOND] = ["10.0.0.2", "10.0.1.2"] as const;

function cutAll({ network }: World): void {
  network.cut("10.0.0.1", FIRST);
  network.cut("10.0.1.1", SECOND);
}

describe("SCTP_RTOINFO", () => {
  test("0 leaves a value as it is", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    it.setsockopt(IPPROTO_SCTP, SCTP_RTOINFO, { srto_initial: 2_000 });
    it.setsockopt(IPPROTO_SCTP, SCTP_RTOINFO, { srto_max: 3_000, srto_min: 0 });
    expect(it.getsockopt(IPPROTO_SCTP, SCTP_RTOINFO)).toEqual({
      srto_assoc_id: 0,
      srto_initial: 2_000,
      srto_max: 3_000,
      srto_min: 1_000,
    });
  });

  test("INITs are sent again at these times", async () => {
    const world = new World();
    cutAll(world);
    const here = world.socket(world.a);
    here.setsockopt(IPPROTO_SCTP, SCTP_RTOINFO, { srto_initial: 500, srto_max: 2_000, srto_min: 200 });
    await world.until(errnoOf(here.connect(at(FIRST))));
    expect(intervals(sent(world, world.a, "INIT")).slice(0, 4)).toEqual([500, 1_000, 2_000, 2_000]);
  });

  test("DATA is sent again at these times, also of an association that is up", async () => {
    const world = new World();
    const { here } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_RTOINFO, { srto_initial: 200, srto_min: 200, srto_max: 500 });
    await here.send("measured");
    await world.run(50);
    const from = world.network.now;
    cutAll(world);
    await here.send("lost");
    await world.run(2_000);
    expect(intervals(data(world, world.a, from)).slice(0, 3)).toEqual([200, 200, 400]);
  });
});

describe("SCTP_ASSOCINFO", () => {
  test("0 leaves a value as it is, and what cannot be set is ignored", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    it.setsockopt(IPPROTO_SCTP, SCTP_ASSOCINFO, { sasoc_asocmaxrxt: 4 });
    it.setsockopt(IPPROTO_SCTP, SCTP_ASSOCINFO, {
      sasoc_asocmaxrxt: 0,
      sasoc_cookie_life: 5_000,
      sasoc_number_peer_destinations: 7,
      sasoc_peer_rwnd: 8,
      sasoc_local_rwnd: 9,
    });
    expect(it.getsockopt(IPPROTO_SCTP, SCTP_ASSOCINFO)).toEqual({
      sasoc_assoc_id: 0,
      sasoc_asocmaxrxt: 4,
      sasoc_number_peer_destinations: 0,
      sasoc_peer_rwnd: 0,
      sasoc_local_rwnd: 1_048_576,
      sasoc_cookie_life: 5_000,
    });
  });

  test("of an association it has the peer's addresses and both windows", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    cutAll(world);
    await here.send(new Uint8Array(1_000));
    await world.run(5);
    const { sasoc_number_peer_destinations, sasoc_peer_rwnd } = here.getsockopt(IPPROTO_SCTP, SCTP_ASSOCINFO);
    expect(sasoc_number_peer_destinations).toBe(2);
    // "reported in the last SACK minus any outstanding data".
    expect(sasoc_peer_rwnd).toBe(1_048_576 - 1_000);
    expect(there.getsockopt(IPPROTO_SCTP, SCTP_ASSOCINFO).sasoc_local_rwnd).toBe(1_048_576);
  });

  test("sasoc_local_rwnd is the window as the peer was told it last", async () => {
    const world = new World();
    const { here, there } = await world.pair();
    await here.send(new Uint8Array(1_000));
    await world.run(500);
    expect(there.getsockopt(IPPROTO_SCTP, SCTP_ASSOCINFO).sasoc_local_rwnd).toBe(1_048_576 - 1_000);
  });

  test("the association ends after so many retransmissions", async () => {
    const world = new World();
    const { here } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_ASSOCINFO, { sasoc_asocmaxrxt: 2 });
    const from = world.network.now;
    cutAll(world);
    await here.send("lost");
    expect(await world.until(errnoOf(here.recv()))).toBe("ETIMEDOUT");
    expect(data(world, world.a, from)).toHaveLength(3);
  });

  test("a cookie is good for so long", async () => {
    for (const [life, isStale] of [
      [100, true],
      [1_000, false],
    ] as const) {
      const world = new World();
      const listening = await world.listener(world.z);
      listening.setsockopt(IPPROTO_SCTP, SCTP_ASSOCINFO, { sasoc_cookie_life: life });
      world.network.filter(({ source }) => (source === "10.0.0.1" ? 400 : true));
      await world.until(world.socket(world.a).connect(at(FIRST)));
      expect(`${world.ladder}`.includes("STALE-COOKIE")).toBe(isStale);
    }
  });
});

describe("SCTP_INITMSG", () => {
  test("0 leaves a value as it is", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    it.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 7 });
    it.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 0, sinit_max_attempts: 2 });
    expect(it.getsockopt(IPPROTO_SCTP, SCTP_INITMSG)).toEqual({
      sinit_num_ostreams: 7,
      sinit_max_instreams: 2_048,
      sinit_max_attempts: 2,
      sinit_max_init_timeo: 60_000,
    });
  });

  test("INIT and INIT ACK ask for these streams", async () => {
    const world = new World();
    const listening = await world.listener(world.z);
    listening.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 30, sinit_max_instreams: 8 });
    const here = world.socket(world.a);
    here.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 10, sinit_max_instreams: 20 });
    await world.until(here.connect(at(FIRST)));
    expect(init(world, world.a)).toMatchObject({ outboundStreams: 10, inboundStreams: 20 });
    const { sstat_outstrms, sstat_instrms } = here.getsockopt(IPPROTO_SCTP, SCTP_STATUS);
    expect([sstat_outstrms, sstat_instrms]).toEqual([8, 20]);
  });

  test("so many attempts are made, and none waits longer than that", async () => {
    const world = new World();
    cutAll(world);
    const here = world.socket(world.a);
    here.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_max_attempts: 3, sinit_max_init_timeo: 1_500 });
    const from = world.network.now;
    expect(await world.until(errnoOf(here.connect(at(FIRST))))).toBe("ETIMEDOUT");
    expect(intervals(sent(world, world.a, "INIT"))).toEqual([1_000, 1_500, 1_500]);
    expect(world.network.now - from).toBeLessThan(5_600);
  });

  test("an association that is up is left as it is", async () => {
    const world = new World();
    const { here } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 3 });
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_outstrms).toBe(1_024);
  });
});

describe("SCTP_NODELAY", () => {
  async function threeMessages(noDelay: boolean): Promise<number[]> {
    const world = new World();
    const { here } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, noDelay);
    for (let count = 0; count < 3; count += 1) {
      here.immediate.send("small");
      world.network.run(0.1);
    }
    await world.run(1_000);
    return perPacket(data(world, world.a));
  }

  test("off, small messages wait for each other while data is outstanding", async () => {
    expect(await threeMessages(false)).toEqual([1, 2]);
  });

  test("on, each goes at once", async () => {
    expect(await threeMessages(true)).toEqual([1, 1, 1]);
  });
});

describe("SCTP_AUTOCLOSE", () => {
  test("is for one-to-many sockets", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_AUTOCLOSE, 10))).toBe("EOPNOTSUPP");
  });

  test("an association without user data is shut down after so many seconds", async () => {
    const world = new World();
    const { here, there, id } = await world.many();
    subscribe(here, SCTP_ASSOC_CHANGE);
    here.setsockopt(IPPROTO_SCTP, SCTP_AUTOCLOSE, 10);
    await world.run(6_000);
    await there.sendto("news", 0, at("10.0.0.1", here.getsockname().port));
    await world.run(1);
    const from = world.network.now;
    await world.run(9_900);
    expect(sent(world, world.a, "SHUTDOWN")).toEqual([]);
    await world.run(1_000);
    const [shutdown] = sent(world, world.a, "SHUTDOWN");
    expect(Math.round(((shutdown?.time ?? 0) - from) / 1_000)).toBe(10);
    expect(notifications(here)).toContainEqual(
      expect.objectContaining({ sac_state: SCTP_SHUTDOWN_COMP, sac_assoc_id: id }),
    );
  });

  test("0 is never", async () => {
    const world = new World();
    const { here } = await world.many();
    here.setsockopt(IPPROTO_SCTP, SCTP_AUTOCLOSE, 10);
    here.setsockopt(IPPROTO_SCTP, SCTP_AUTOCLOSE, 0);
    await world.run(60_000);
    expect(sent(world, world.a, "SHUTDOWN")).toEqual([]);
  });
});

describe("SCTP_MAXSEG", () => {
  async function lengths(assoc_value: number): Promise<number[]> {
    const world = new World();
    const { here } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_MAXSEG, { assoc_value });
    await here.send(new Uint8Array(1_600));
    await world.run(500);
    return data(world, world.a).map(({ chunk }) => chunk.data.length);
  }

  test("no DATA chunk is larger", async () => {
    expect(await lengths(500)).toEqual([500, 500, 500, 100]);
  });

  test("0, and more than fits a packet, leave it to the path MTU", async () => {
    const room = 1_500 - 20 - 8 - 12 - 16;
    expect(await lengths(0)).toEqual([room, 1_600 - room]);
    expect(await lengths(70_000)).toEqual([room, 1_600 - room]);
  });
});

describe("SCTP_DELAYED_SACK", () => {
  test("0 leaves a value as it is", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    it.setsockopt(IPPROTO_SCTP, SCTP_DELAYED_SACK, { sack_delay: 300 });
    it.setsockopt(IPPROTO_SCTP, SCTP_DELAYED_SACK, { sack_freq: 4, sack_delay: 0 });
    const both = { sack_assoc_id: 0, sack_delay: 300, sack_freq: 4 };
    expect(it.getsockopt(IPPROTO_SCTP, SCTP_DELAYED_SACK)).toEqual(both);
    expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_DELAYED_SACK, { sack_delay: 501 }))).toBe("EINVAL");
  });

  /** A connection whose first message, which is acknowledged at once, has been. */
  async function receiving(): Promise<{ world: World; here: SctpSocket; there: SctpSocket }> {
    // One path alone: nobody asks over another one why an acknowledgement takes so long.
    const world = new World(1, { a: ["10.0.0.1"], z: ["10.0.0.2"] });
    const { here, there } = await world.pair();
    here.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1);
    await here.send("first");
    await world.run(500);
    return { world, here, there };
  }

  test.each([100, 200, 450])("one packet is acknowledged after %i ms", async (sack_delay) => {
    const { world, here, there } = await receiving();
    there.setsockopt(IPPROTO_SCTP, SCTP_DELAYED_SACK, { sack_delay });
    const from = world.network.now;
    await here.send("second");
    await world.run(600);
    expect(times(sent(world, world.z, "SACK", from))).toEqual([from + 1 + sack_delay]);
  });

  test.each([1, 2, 3])("%i packets are acknowledged at once", async (sack_freq) => {
    const { world, here, there } = await receiving();
    there.setsockopt(IPPROTO_SCTP, SCTP_DELAYED_SACK, { sack_freq });
    const from = world.network.now;
    for (let count = 0; count < 6; count += 1) {
      here.immediate.send("more");
      world.network.run(0.1);
    }
    await world.run(100);
    expect(sent(world, world.z, "SACK", from)).toHaveLength(6 / sack_freq);
  });
});

describe("SCTP_MAX_BURST", () => {
  /** Packets with DATA that leave in one moment, of a window that would let more go. */
  async function burst(assoc_value: number): Promise<number> {
    const world = new World();
    const { here, there } = await world.pair();
    for (let count = 0; count < 20; count += 1) {
      await here.send(new Uint8Array(50_000));
      await world.run(50);
      drain(there);
    }
    here.setsockopt(IPPROTO_SCTP, SCTP_MAX_BURST, { assoc_value });
    const from = world.network.now;
    await here.send(new Uint8Array(50_000));
    world.network.run(0.1);
    return perPacket(data(world, world.a, from)).length;
  }

  test.each([1, 2, 4])("no more than %i packets leave at one opportunity", async (packets) => {
    expect(await burst(packets)).toBe(packets);
  });

  test("0 lets all go that the window takes", async () => {
    expect(await burst(0)).toBeGreaterThan(6);
  });
});

test("a one-to-many socket has parameters for each of its associations", async () => {
  const world = new World();
  const { there, idThere } = await world.many();
  await world.until(world.socket(world.a, SOCK_SEQPACKET).connectx(at(FIRST)));
  there.setsockopt(IPPROTO_SCTP, SCTP_MAXSEG, { assoc_id: idThere, assoc_value: 100 });
  const points = [idThere, idThere + 1].map(
    (id) => there.opt_info(id, SCTP_STATUS).sstat_fragmentation_point,
  );
  expect(points).toEqual([100, 1_444]);
});
