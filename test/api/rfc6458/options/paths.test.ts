import {
  AF_INET,
  AF_INET6,
  IPPROTO_SCTP,
  SCTP_ACTIVE,
  SCTP_ADDR_AVAILABLE,
  SCTP_ADDR_MADE_PRIM,
  SCTP_ADDR_POTENTIALLY_FAILED,
  SCTP_ADDR_UNREACHABLE,
  SCTP_EXPOSE_POTENTIALLY_FAILED_STATE,
  SCTP_GET_PEER_ADDR_INFO,
  SCTP_INACTIVE,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_PEER_ADDR_PARAMS,
  SCTP_PEER_ADDR_THLDS,
  SCTP_POTENTIALLY_FAILED,
  SCTP_PRIMARY_ADDR,
  SCTP_REMOTE_UDP_ENCAPS_PORT,
  SCTP_STATUS,
  SCTP_UNCONFIRMED,
  type SctpSocket,
  SPP_DSCP,
  SPP_HB_DEMAND,
  SPP_HB_DISABLE,
  SPP_HB_ENABLE,
  SPP_HB_TIME_IS_ZERO,
  SPP_IPV6_FLOWLABEL,
  SPP_PMTUD_DISABLE,
  SPP_PMTUD_ENABLE,
  socket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import {
  at,
  errno,
  errnoOf,
  notifications,
  PORT,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  subscribe,
  World,
} from "../support.ts";
import { data, intervals, sent } from "./wire.ts";

/** What is known and set of the peer's addresses (RFC 6458 §8.1.9, §8.1.12, §8.2.2; RFC 6951 §6; RFC 7829 §7). */

const [FIRST, SECOND] = ["10.0.0.2", "10.0.1.2"] as const;
const first = at(FIRST);
const second = at(SECOND);

/** A connection with both paths confirmed. */
async function connected(): Promise<{ world: World; here: SctpSocket; there: SctpSocket }> {
  const world = new World();
  const { here, there } = await world.pair();
  await world.run(1_000);
  return { world, here, there };
}

function heartbeats(world: World, from: number, to?: string): ReturnType<typeof sent> {
  return sent(world, world.a, "HEARTBEAT", from).filter(
    ({ destination }) => to === undefined || destination === to,
  );
}

function stateOf(it: SctpSocket, spinfo_address: ReturnType<typeof at>): string {
  return it.getsockopt(IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, { spinfo_address }).spinfo_state;
}

describe("SCTP_PRIMARY_ADDR", () => {
  test("data goes to the address that is made the primary", async () => {
    const { world, here } = await connected();
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_PRIMARY_ADDR)).toEqual({ ssp_assoc_id: 0, ssp_addr: first });
    here.setsockopt(IPPROTO_SCTP, SCTP_PRIMARY_ADDR, { ssp_addr: { address: SECOND } });
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_PRIMARY_ADDR).ssp_addr).toEqual(second);
    await here.send("news");
    await world.run(10);
    expect(data(world, world.a).map(({ destination }) => destination)).toEqual([SECOND]);
    expect(here.getpeername()).toEqual(second);
  });

  test("it must be an address of the peer, and no wildcard", async () => {
    const { here } = await connected();
    for (const ssp_addr of [at("10.0.0.1"), at("0.0.0.0"), at(SECOND, PORT + 1), undefined]) {
      expect(
        errno(() => here.setsockopt(IPPROTO_SCTP, SCTP_PRIMARY_ADDR, { ssp_addr: ssp_addr ?? at("") })),
      ).toBe("EINVAL");
    }
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_PRIMARY_ADDR).ssp_addr).toEqual(first);
  });
});

describe("SCTP_PEER_ADDR_PARAMS: heartbeats", () => {
  test("without a word they go to each address every 30 s and an RTO", async () => {
    const { world } = await connected();
    const from = world.network.now;
    await world.run(100_000);
    for (const address of [FIRST, SECOND]) expect(heartbeats(world, from, address)).toHaveLength(3);
  });

  test("off for one address, off for all, and on again", async () => {
    const { world, here } = await connected();
    const change = (spp_flags: number, spp_address?: ReturnType<typeof at>): void =>
      here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_flags, spp_address });
    change(SPP_HB_DISABLE, second);
    await world.run(32_000);
    let from = world.network.now;
    await world.run(100_000);
    expect(heartbeats(world, from, FIRST).length).toBeGreaterThan(2);
    expect(heartbeats(world, from, SECOND)).toEqual([]);
    const flags = (spp_address?: ReturnType<typeof at>): number =>
      here.getsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_address }).spp_flags;
    expect(flags(second) & (SPP_HB_ENABLE | SPP_HB_DISABLE)).toBe(SPP_HB_DISABLE);
    expect(flags(first) & (SPP_HB_ENABLE | SPP_HB_DISABLE)).toBe(SPP_HB_ENABLE);

    // The wildcard means all addresses.
    change(SPP_HB_DISABLE, at("0.0.0.0", 0));
    await world.run(32_000);
    from = world.network.now;
    await world.run(100_000);
    expect(heartbeats(world, from)).toEqual([]);
    expect(flags() & SPP_HB_DISABLE).toBe(SPP_HB_DISABLE);

    change(SPP_HB_ENABLE);
    from = world.network.now;
    await world.run(100_000);
    for (const address of [FIRST, SECOND]) expect(heartbeats(world, from, address).length).toBeGreaterThan(2);
  });

  test("an address has an interval of its own", async () => {
    const { world, here } = await connected();
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, {
      spp_address: second,
      spp_hbinterval: 2_000,
      spp_flags: SPP_HB_ENABLE,
    });
    const from = world.network.now;
    await world.run(30_000);
    expect(heartbeats(world, from, SECOND).length).toBeGreaterThan(8);
    expect(heartbeats(world, from, FIRST).length).toBeLessThan(3);
    const read = here.getsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_address: second });
    expect(read).toMatchObject({ spp_hbinterval: 2_000, spp_address: second });
  });

  test("the interval counts with SPP_HB_ENABLE alone, and 0 leaves it as it is", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    const intervalAfter = (spp_hbinterval: number, spp_flags: number): number => {
      it.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_hbinterval, spp_flags });
      return it.getsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS).spp_hbinterval;
    };
    expect(intervalAfter(5_000, 0)).toBe(30_000);
    expect(intervalAfter(5_000, SPP_HB_DISABLE)).toBe(30_000);
    expect(intervalAfter(5_000, SPP_HB_ENABLE)).toBe(5_000);
    expect(intervalAfter(0, SPP_HB_ENABLE)).toBe(5_000);
  });

  test("SPP_HB_TIME_IS_ZERO leaves the RTO between them", async () => {
    const { world, here } = await connected();
    const spp_flags = SPP_HB_ENABLE | SPP_HB_TIME_IS_ZERO;
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_address: first, spp_flags });
    const from = world.network.now;
    await world.run(20_000);
    const [least = 0, ...more] = intervals(heartbeats(world, from, FIRST)).sort((one, other) => one - other);
    expect(more.length).toBeGreaterThan(10);
    expect(least).toBeGreaterThanOrEqual(500);
    const read = here.getsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_address: first });
    expect(read).toMatchObject({ spp_hbinterval: 0, spp_flags: spp_flags | SPP_PMTUD_ENABLE });
  });

  test("SPP_HB_DEMAND sends one now, to one address", async () => {
    const { world, here } = await connected();
    const from = world.network.now;
    const spp_flags = SPP_HB_DEMAND;
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_address: second, spp_flags });
    await world.run(10);
    expect(heartbeats(world, from).map(({ time, destination }) => [time, destination])).toEqual([
      [from, SECOND],
    ]);
    for (const spp_address of [undefined, at("0.0.0.0", 0)]) {
      expect(
        errno(() => here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_address, spp_flags })),
      ).toBe("EINVAL");
    }
  });
});

describe("SCTP_PEER_ADDR_PARAMS: errors and path MTU", () => {
  test("an address is unreachable after so many errors, and 0 leaves the number as it is", async () => {
    const { world, here } = await connected();
    const change = (spp_pathmaxrxt: number): void =>
      here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_address: second, spp_pathmaxrxt });
    change(1);
    change(0);
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    world.network.cut("10.0.1.1", SECOND);
    const from = world.network.now;
    await world.run(40_000);
    expect(notifications(here)).toMatchObject([
      { spc_state: SCTP_ADDR_POTENTIALLY_FAILED, spc_aaddr: second },
      { spc_state: SCTP_ADDR_UNREACHABLE, spc_aaddr: second },
    ]);
    expect(heartbeats(world, from, SECOND)).toHaveLength(2);
    expect(stateOf(here, second)).toBe(SCTP_INACTIVE);
    expect(stateOf(here, first)).toBe(SCTP_ACTIVE);
  });

  test("a path MTU that is set is that of the address, in bytes for chunks", async () => {
    const { world, here } = await connected();
    const ask = (spp_address: ReturnType<typeof at>): number =>
      here.getsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_address }).spp_pathmtu;
    const room = ask(first);
    expect(room).toBe(1_460);
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, {
      spp_address: second,
      spp_pathmtu: 800,
      spp_flags: SPP_PMTUD_DISABLE,
    });
    expect([ask(first), ask(second)]).toEqual([room, 800]);
    const info = here.getsockopt(IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, { spinfo_address: second });
    expect(info.spinfo_mtu).toBe(800);
    here.setsockopt(IPPROTO_SCTP, SCTP_PRIMARY_ADDR, { ssp_addr: second });
    await here.send(new Uint8Array(3_000));
    await world.run(1_000);
    const COMMON_HEADER = 12;
    expect(Math.max(...data(world, world.a).map(({ size }) => size))).toBe(800 + COMMON_HEADER);

    // Found again: what is given beside it is ignored.
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, {
      spp_address: second,
      spp_pathmtu: 900,
      spp_flags: SPP_PMTUD_ENABLE,
    });
    expect(ask(second)).toBe(room);
  });

  test("a path MTU without SPP_PMTUD_DISABLE, and 0 with it, change nothing", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    const mtuAfter = (spp_pathmtu: number, spp_flags: number): number => {
      it.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_pathmtu, spp_flags });
      return it.getsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS).spp_pathmtu;
    };
    expect(mtuAfter(1_000, 0)).toBe(0);
    expect(mtuAfter(1_000, SPP_PMTUD_DISABLE)).toBe(1_000);
    expect(mtuAfter(0, SPP_PMTUD_DISABLE)).toBe(1_000);
    expect(mtuAfter(700, 0)).toBe(1_000);
    expect(mtuAfter(700, SPP_PMTUD_ENABLE)).toBe(0);
  });

  test("DSCP and flow label are refused: Node cannot set them", () => {
    const it = socket(AF_INET6, SOCK_STREAM);
    for (const spp_flags of [SPP_DSCP, SPP_IPV6_FLOWLABEL]) {
      expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_flags }))).toBe(
        "EOPNOTSUPP",
      );
    }
    const flags = it.getsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS).spp_flags;
    expect(flags & (SPP_DSCP | SPP_IPV6_FLOWLABEL)).toBe(0);
  });

  test("one association of a one-to-many socket, and one address of it", async () => {
    const world = new World();
    const { here, id } = await world.many();
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, {
      spp_assoc_id: id,
      spp_address: first,
      spp_pathmaxrxt: 9,
    });
    const ask = (spp_assoc_id: number, spp_address?: ReturnType<typeof at>): number =>
      here.getsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_assoc_id, spp_address }).spp_pathmaxrxt;
    expect([ask(id, first), ask(id, second), ask(id), ask(0)]).toEqual([9, 5, 5, 5]);
    expect(errno(() => ask(0, first))).toBe("EINVAL");
  });
});

describe("SCTP_PEER_ADDR_THLDS", () => {
  test("an address is potentially failed after so many errors", async () => {
    const { world, here } = await connected();
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_THLDS, {
      spt_address: second,
      spt_pathmaxrxt: 3,
      spt_pathpfthld: 1,
      spt_pathcpthld: 0xffff,
    });
    const read = (spt_address: ReturnType<typeof at>): object =>
      here.getsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_THLDS, { spt_address });
    expect(read(second)).toMatchObject({ spt_pathmaxrxt: 3, spt_pathpfthld: 1, spt_pathcpthld: 0xffff });
    expect(read(first)).toMatchObject({ spt_pathmaxrxt: 5, spt_pathpfthld: 0 });
    world.network.cut("10.0.1.1", SECOND);
    const from = world.network.now;
    const states = new Map<number, string>();
    for (let count = 0; count < 400 && states.size < 8; count += 1) {
      await world.run(250);
      const errors = heartbeats(world, from, SECOND).length;
      states.set(errors, stateOf(here, second));
      if (stateOf(here, second) === SCTP_INACTIVE) break;
    }
    // Seen last before the next HEARTBEAT: of errors, one less than were sent, or as many.
    expect([...states.values()]).toContain(SCTP_POTENTIALLY_FAILED);
    expect(states.get(1)).toBe(SCTP_ACTIVE);
    expect(states.get(3)).toBe(SCTP_POTENTIALLY_FAILED);
    expect(states.get(4)).toBe(SCTP_INACTIVE);
  });

  test("after so many errors another address is made the primary", async () => {
    const { world, here } = await connected();
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_THLDS, {
      spt_pathmaxrxt: 4,
      spt_pathpfthld: 0,
      spt_pathcpthld: 1,
    });
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    world.network.cut("10.0.0.1", FIRST);
    await here.send("lost");
    await world.run(30_000);
    expect(here.getpeername()).toEqual(second);
    expect(notifications(here)).toContainEqual(
      expect.objectContaining({ spc_state: SCTP_ADDR_MADE_PRIM, spc_aaddr: second }),
    );
  });

  test("a threshold of change below that of failure is refused", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    const thresholds = { spt_pathmaxrxt: 5, spt_pathpfthld: 3, spt_pathcpthld: 2 };
    expect(errno(() => it.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_THLDS, thresholds))).toBe("EINVAL");
  });
});

describe("SCTP_EXPOSE_POTENTIALLY_FAILED_STATE", () => {
  test.each([
    [1, SCTP_POTENTIALLY_FAILED, [SCTP_ADDR_POTENTIALLY_FAILED, SCTP_ADDR_AVAILABLE]],
    [0, SCTP_ACTIVE, []],
  ] as const)("%i: the state is %s, the notifications %j", async (assoc_value, state, told) => {
    const { world, here } = await connected();
    here.setsockopt(IPPROTO_SCTP, SCTP_EXPOSE_POTENTIALLY_FAILED_STATE, { assoc_value });
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    world.network.cut("10.0.0.1", FIRST);
    await here.send("lost");
    await world.run(1_500);
    expect(stateOf(here, first)).toBe(state);
    expect(here.getsockopt(IPPROTO_SCTP, SCTP_STATUS).sstat_primary.spinfo_state).toBe(state);
    world.network.heal("10.0.0.1", FIRST);
    await world.run(5_000);
    expect(stateOf(here, first)).toBe(SCTP_ACTIVE);
    expect(notifications(here).map((each) => "spc_state" in each && each.spc_state)).toEqual(told);
  });

  test("0: an address that becomes unreachable is told of, and that it is back", async () => {
    const { world, here } = await connected();
    here.setsockopt(IPPROTO_SCTP, SCTP_EXPOSE_POTENTIALLY_FAILED_STATE, { assoc_value: 0 });
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_pathmaxrxt: 1 });
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    world.network.cut("10.0.1.1", SECOND);
    await world.run(60_000);
    world.network.heal("10.0.1.1", SECOND);
    await world.run(60_000);
    expect(notifications(here).map((each) => "spc_state" in each && each.spc_state)).toEqual([
      SCTP_ADDR_UNREACHABLE,
      SCTP_ADDR_AVAILABLE,
    ]);
  });
});

describe("SCTP_REMOTE_UDP_ENCAPS_PORT", () => {
  test("a peer with another UDP port is reached", async () => {
    const world = new World();
    const other = world.network.host("Y", { addresses: ["10.0.0.9"], udpPort: 7_000 });
    world.network.link("10.0.0.1", "10.0.0.9");
    await world.listener(other);
    const here = world.socket(world.a);
    here.setsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_port: 7_000 });
    await world.until(here.connect(at("10.0.0.9")));
    expect(sent(world, world.a, "INIT").map(({ udpPort }) => udpPort)).toEqual([7_000]);
    const sue_address = at("10.0.0.9");
    const read = here.getsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_address });
    expect(read).toEqual({ sue_assoc_id: 0, sue_address, sue_port: 7_000 });
  });

  test("one address of an association gets another port", async () => {
    const { world, here } = await connected();
    here.setsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_address: first, sue_port: 7_000 });
    const ask = (sue_address: ReturnType<typeof at>): number =>
      here.getsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_address }).sue_port;
    expect([ask(first), ask(second)]).toEqual([7_000, 9_899]);
    await here.send("news");
    await world.run(1);
    expect(data(world, world.a).map(({ udpPort }) => udpPort)).toEqual([7_000]);
  });

  test("without an address, or with a wildcard, the paths that there are stay as they are", async () => {
    for (const sue_address of [undefined, at("0.0.0.0", 0)]) {
      const { world, here } = await connected();
      here.setsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_address, sue_port: 7_000 });
      expect(here.getsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_address }).sue_port).toBe(
        7_000,
      );
      await here.send("news");
      await world.run(1);
      expect(data(world, world.a).map(({ udpPort }) => udpPort)).toEqual([9_899]);
    }
  });

  test("the encapsulation cannot be turned off", () => {
    const it = socket(AF_INET, SOCK_STREAM);
    expect(() => it.setsockopt(IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_port: 0 })).toThrow(
      "here all is UDP",
    );
  });
});

describe("SCTP_GET_PEER_ADDR_INFO", () => {
  test("tells of one address of the peer", async () => {
    const { world, here } = await connected();
    here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_address: first, spp_flags: SPP_HB_DEMAND });
    await world.run(10);
    const info = here.getsockopt(IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, {
      spinfo_address: { address: FIRST },
    });
    expect(info).toMatchObject({
      spinfo_address: first,
      spinfo_state: SCTP_ACTIVE,
      spinfo_srtt: 2,
      spinfo_rto: 1_000,
      spinfo_mtu: 1_460,
    });
    expect(info.spinfo_cwnd).toBeGreaterThan(4_000);
  });

  test("an address is unconfirmed until it has answered", async () => {
    const world = new World();
    world.network.cut("10.0.1.1", SECOND);
    const { here } = await world.pair();
    await world.run(100);
    expect([stateOf(here, first), stateOf(here, second)]).toEqual([SCTP_ACTIVE, SCTP_UNCONFIRMED]);
  });

  test("translates an address into an association's id", async () => {
    const world = new World();
    const { here, id } = await world.many();
    const ask = (spinfo_assoc_id: number, spinfo_address: ReturnType<typeof at>): object =>
      here.getsockopt(IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, { spinfo_assoc_id, spinfo_address });
    expect(ask(0, second)).toMatchObject({ spinfo_assoc_id: id, spinfo_address: second });
    expect(ask(id, first)).toMatchObject({ spinfo_assoc_id: id, spinfo_address: first });
    expect(here.opt_info(0, SCTP_GET_PEER_ADDR_INFO, { spinfo_address: second }).spinfo_assoc_id).toBe(id);
    for (const none of [at("10.0.0.1"), at(FIRST, PORT + 1), at("0.0.0.0")]) {
      expect(errno(() => ask(0, none))).toBe("EINVAL");
      expect(errno(() => ask(id, none))).toBe("EINVAL");
    }
  });
});

test("what a peer that cannot be reached was connected with is no address of it afterwards", async () => {
  const world = new World();
  world.network.cut("10.0.0.1", FIRST);
  const here = world.socket(world.a, SOCK_SEQPACKET);
  expect(await world.until(errnoOf(here.connectx(first)))).toBe("ETIMEDOUT");
  expect(errno(() => here.getsockopt(IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, { spinfo_address: first }))).toBe(
    "EINVAL",
  );
});
