import {
  IPPROTO_SCTP,
  type PrPolicy,
  SCTP_ASSOC_CHANGE,
  SCTP_ASSOC_SUPPORTS_PR,
  SCTP_DATA_SENT,
  SCTP_DATA_UNSENT,
  SCTP_NODELAY,
  SCTP_PR_ASSOC_STATUS,
  SCTP_PR_SCTP_ALL,
  SCTP_PR_SCTP_PRIO,
  SCTP_PR_SCTP_RTX,
  SCTP_PR_SCTP_TTL,
  SCTP_PR_STREAM_STATUS,
  SCTP_PR_SUPPORTED,
  SCTP_PRINFO,
  SCTP_SEND_FAILED_EVENT,
  type SctpSocket,
  SO_SNDBUF,
  SOL_SOCKET,
} from "usctp/socket";
import { describe, expect, test } from "vitest";
import type { ScriptedPeer } from "../../support/scripted-peer.ts";
import { at, errno, notifications, SOCK_SEQPACKET, subscribe, World } from "./support.ts";

/** RFC 6458 §5.3.7, §6.1.11 and RFC 7496 §4, where both sides have partial reliability. */

interface Scene {
  readonly world: World;
  readonly here: SctpSocket;
  readonly peer: ScriptedPeer;
  send(bytes: number, pr_policy: PrPolicy, pr_value: number): void;
}

async function scene(): Promise<Scene> {
  const world = new World();
  const here = await world.listener(world.a, SOCK_SEQPACKET);
  here.setsockopt(IPPROTO_SCTP, SCTP_PR_SUPPORTED, { assoc_value: 1 });
  here.setsockopt(SOL_SOCKET, SO_SNDBUF, 10_000);
  subscribe(here, SCTP_SEND_FAILED_EVENT, SCTP_ASSOC_CHANGE);
  here.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1);
  const peer = world.scripted(world.a);
  peer.associate({ parameters: [{ type: "FORWARD-TSN-SUPPORTED" }] });
  return {
    world,
    here,
    peer,
    send: (bytes, pr_policy, pr_value) => {
      here.immediate.sendmsg({
        msg_name: at("10.0.0.9", 6_000),
        msg_iov: new Uint8Array(bytes),
        msg_control: [
          { cmsg_level: IPPROTO_SCTP, cmsg_type: SCTP_PRINFO, cmsg_data: { pr_policy, pr_value } },
        ],
      });
    },
  };
}

function counted(
  { here }: Scene,
  sprstat_policy: PrPolicy | typeof SCTP_PR_SCTP_ALL,
): readonly [number, number] {
  const [id = 0] = here.getsockopt(IPPROTO_SCTP, "SCTP_GET_ASSOC_ID_LIST").gaids_assoc_id;
  const query = { sprstat_assoc_id: id, sprstat_sid: 0, sprstat_policy } as Parameters<
    typeof here.getsockopt<typeof SCTP_PR_STREAM_STATUS>
  >[2];
  const stream = here.getsockopt(IPPROTO_SCTP, SCTP_PR_STREAM_STATUS, query);
  const all = here.getsockopt(IPPROTO_SCTP, SCTP_PR_ASSOC_STATUS, query);
  expect(all.sprstat_abandoned_sent).toBe(stream.sprstat_abandoned_sent);
  return [stream.sprstat_abandoned_unsent, stream.sprstat_abandoned_sent];
}

describe("partial reliability", () => {
  test("SCTP_COMM_UP tells that both have it", async () => {
    const { here } = await scene();
    const [up] = notifications(here);
    expect(up?.sn_type === SCTP_ASSOC_CHANGE && [...up.sac_info]).toContain(SCTP_ASSOC_SUPPORTS_PR);
  });

  for (const [policy, value] of [
    [SCTP_PR_SCTP_RTX, 0],
    [SCTP_PR_SCTP_TTL, 500],
  ] as const) {
    test(`${policy}: what was sent fails with SCTP_DATA_SENT, and is counted`, async () => {
      const all = await scene();
      const { world, here, peer, send } = all;
      notifications(here);
      send(100, policy, value);
      peer.await("DATA");
      expect(peer.await("FORWARD-TSN").streams).toEqual([{ stream: 0, ssn: 0 }]);
      world.network.run(10);
      expect(notifications(here)).toMatchObject([
        { sn_type: SCTP_SEND_FAILED_EVENT, ssfe_flags: SCTP_DATA_SENT },
      ]);
      expect(counted(all, policy)).toEqual([0, 1]);
      expect(counted(all, SCTP_PR_SCTP_ALL)).toEqual([0, 1]);
      expect(counted(all, SCTP_PR_SCTP_PRIO)).toEqual([0, 0]);
    });
  }

  test("SCTP_PR_SCTP_PRIO: a full buffer takes what is above others, and refuses what is not", async () => {
    const all = await scene();
    const { world, here, peer, send } = all;
    notifications(here);
    peer.send(peer.sack(0, { receiverWindow: 0 }));
    world.network.run(20);
    send(6_000, SCTP_PR_SCTP_PRIO, 7);
    send(4_000, SCTP_PR_SCTP_PRIO, 3);
    expect(errno(() => send(100, SCTP_PR_SCTP_PRIO, 7))).toBe("EAGAIN");
    send(100, SCTP_PR_SCTP_PRIO, 6);
    world.network.run(10);
    expect(notifications(here)).toMatchObject([
      { sn_type: SCTP_SEND_FAILED_EVENT, ssfe_flags: SCTP_DATA_UNSENT, ssfe_error: expect.any(Number) },
    ]);
    expect(counted(all, SCTP_PR_SCTP_PRIO)).toEqual([1, 0]);
  });
});
