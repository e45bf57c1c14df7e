import {
  IPPROTO_SCTP,
  type NotificationType,
  SCTP_ADDR_AVAILABLE,
  SCTP_ADDR_CONFIRMED,
  SCTP_ADDR_MADE_PRIM,
  SCTP_ADDR_POTENTIALLY_FAILED,
  SCTP_ADDR_UNREACHABLE,
  SCTP_EXPOSE_POTENTIALLY_FAILED_STATE,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_PEER_ADDR_PARAMS,
  SCTP_PRIMARY_ADDR,
  SCTP_RTOINFO,
  type SctpSocket,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import { sendTo } from "./listening.ts";
import { at, drain, notifications, only, PORT, SOCK_SEQPACKET, story, subscribe, World } from "./support.ts";

/** The notifications of the peer's addresses (RFC 6458 §6.1.2). */

/** The peer has two addresses, and it is quick to find out that one is gone. */
async function multihomed(...types: readonly NotificationType[]): Promise<{
  world: World;
  here: SctpSocket;
  id: number;
}> {
  const world = new World();
  await world.listener(world.z, SOCK_SEQPACKET);
  const here = world.socket(world.a, SOCK_SEQPACKET);
  subscribe(here, ...types);
  here.setsockopt(IPPROTO_SCTP, SCTP_RTOINFO, { srto_initial: 100, srto_min: 100, srto_max: 200 });
  here.setsockopt(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, { spp_pathmaxrxt: 2 });
  const id = await world.until(here.connectx(at("10.0.0.2")));
  return { world, here, id };
}

describe("SCTP_PEER_ADDR_CHANGE", () => {
  test("tells that a further address of the peer was confirmed", async () => {
    const { world, here, id } = await multihomed(SCTP_PEER_ADDR_CHANGE);
    await world.run(2_000);
    expect(notifications(here)).toMatchObject([
      {
        spc_state: SCTP_ADDR_CONFIRMED,
        spc_aaddr: { family: "IPv4", address: "10.0.1.2", port: PORT },
        spc_error: 0,
        spc_assoc_id: id,
      },
    ]);
  });

  test("tells of the address that fails, step by step, and that is back", async () => {
    const { world, here, id } = await multihomed();
    await world.run(2_000);
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    world.network.cut("10.0.0.1", "10.0.0.2");
    sendTo(here, id, "by the other way");
    await world.run(3_000);
    expect(
      only(notifications(here), SCTP_PEER_ADDR_CHANGE).map((one) => [one.spc_state, one.spc_aaddr.address]),
    ).toEqual([
      [SCTP_ADDR_POTENTIALLY_FAILED, "10.0.0.2"],
      [SCTP_ADDR_UNREACHABLE, "10.0.0.2"],
    ]);
    world.network.heal("10.0.0.1", "10.0.0.2");
    await world.run(60_000);
    expect(story(drain(here))).toEqual([SCTP_ADDR_AVAILABLE]);
  });

  test("hides potentially failed addresses with SCTP_EXPOSE_POTENTIALLY_FAILED_STATE off", async () => {
    const { world, here, id } = await multihomed();
    await world.run(2_000);
    here.setsockopt(IPPROTO_SCTP, SCTP_EXPOSE_POTENTIALLY_FAILED_STATE, { assoc_id: id, assoc_value: 0 });
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    world.network.cut("10.0.0.1", "10.0.0.2");
    sendTo(here, id, "by the other way");
    await world.run(3_000);
    expect(story(drain(here))).toEqual([SCTP_ADDR_UNREACHABLE]);
  });

  test("tells that an address was made primary", async () => {
    const { world, here, id } = await multihomed();
    await world.run(2_000);
    subscribe(here, SCTP_PEER_ADDR_CHANGE);
    here.setsockopt(IPPROTO_SCTP, SCTP_PRIMARY_ADDR, { ssp_assoc_id: id, ssp_addr: at("10.0.1.2") });
    await world.run(10);
    expect(notifications(here)).toMatchObject([
      { spc_state: SCTP_ADDR_MADE_PRIM, spc_aaddr: { address: "10.0.1.2" } },
    ]);
  });
});
