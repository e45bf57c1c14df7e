import { defaultConditions } from "../link.ts";
import type { Nat } from "../nat.ts";
import type { Network } from "../network.ts";
import { Random } from "../random.ts";
import { faultOf } from "../scenarios/scenario.ts";
import { Ledger } from "./ledger.ts";
import type { FaultPlan, Plan, Side } from "./plan.ts";
import { Player } from "./player.ts";
import { Watch } from "./watch.ts";

/** ms that everything may take to come to its end once the faults are over. */
const PATIENCE = 3_600_000;
/** ms of silence after the end. */
const SILENCE = 600_000;

/** What came of a run. */
export interface Verdict {
  /** What should have held and did not. */
  readonly faults: readonly string[];
  /** When the first of them was there, ms, as the next packet shows; undefined: none was before the end. */
  readonly faultAt: number | undefined;
  /** How often each thing happened. */
  readonly met: ReadonlyMap<string, number>;
  readonly packets: number;
  /** Of all packets, in order. */
  readonly hash: number;
  /** Simulated, ms. */
  readonly end: number;
}

/** Plays a plan on a network of its seed. The same plan gives the same packets. */
export function play(plan: Plan, network: Network): Verdict {
  const ledger = new Ledger();
  const met = new Map<string, number>();
  const meet = (name: string): void => void met.set(name, (met.get(name) ?? 0) + 1);
  const watch = new Watch(network, meet, (host, association) =>
    ledger.unsettled(`${host.length === 1 ? `${host}0` : host}.${association}`),
  );
  let faultAt: number | undefined;
  network.tap(({ time }) => {
    if (watch.faults.size + ledger.faults.length > 0) faultAt ??= time;
  });
  const lossy = new Set<Side>();
  const lost = (): void => {
    for (const side of ["A", "Z"] as const) lossy.add(side);
  };
  const players: Record<Side, Player> = {
    A: new Player("A", network, plan.hosts.A, { ledger, meet, lost, other: () => players.Z }),
    Z: new Player("Z", network, plan.hosts.Z, { ledger, meet, lost, other: () => players.A }),
  };
  const both = [players.A, players.Z];
  for (const player of both) player.begin();
  for (const [index, conditions] of plan.links.entries()) {
    network.link(plan.hosts.A.addresses[index]!, plan.hosts.Z.addresses[index]!, conditions);
  }
  const { natLifetime } = plan;
  const nats =
    natLifetime === undefined ? [] : plan.hosts.A.addresses.map((it) => network.nat(it, natLifetime));
  for (const { side, at } of plan.connects) network.at(at, () => players[side].connect());
  const draw = Random.of(plan.seed, "writers");
  for (const writer of plan.writers) {
    network.at(writer.at, () => players[writer.side].write(writer, () => draw.fraction()));
  }
  for (const fault of plan.faults) schedule({ network, plan, players, lossy, meet, nats }, fault);
  for (const request of plan.requests) network.at(request.at, () => players[request.side].request(request));

  let thrown: string | undefined;
  try {
    network.run(plan.calmAt);
    // What is on its way arrives: nobody is deaf any more, and every link carries.
    const settled = (): boolean =>
      both.every((player) => player.open.every((it) => it.bufferedBytes === 0 && it.unreadBytes === 0));
    if (!network.runUntil(settled, PATIENCE)) ledger.faults.push("what was sent is not delivered in an hour");
    for (const { side: at, waitsInVain } of both) {
      if (waitsInVain) ledger.faults.push(`${at} waits for room in a send buffer that has some`);
    }
    const { side, how, both: together, vanish, halfWritten } = plan.ending;
    if (vanish) {
      meet("fault vanish");
      for (const index of plan.links.keys()) network.cut(...ends(plan, index));
    }
    if (how === "abort") lost();
    if (halfWritten) players[side].writeHalf();
    players[side].leave(how);
    players[side === "A" ? "Z" : "A"].leave(together ? how : "stay");
    const over = (): boolean => both.every((player) => player.open.length === 0);
    if (!network.runUntil(over, PATIENCE)) {
      ledger.faults.push(
        `no end: ${both.flatMap(({ open, side: at }) => open.map(({ state }) => `${at} is in ${state}`)).join(", ")}`,
      );
    }
    // Old packets may be answered for a while; then nobody has anything to say.
    network.run(SILENCE);
    for (const { side: at, host } of both) {
      const left = host.stack.associations;
      if (left > 0) ledger.faults.push(`${left} associations of ${at} are left behind`);
    }
    const before = watch.packets;
    network.run(SILENCE);
    if (watch.packets > before) ledger.faults.push(`${watch.packets - before} packets after the end`);
  } catch (error) {
    thrown = faultOf(error);
    faultAt ??= network.now;
  }
  for (const { made } of nats) if (made > 1) meet("fault NAT moved");
  ledger.close(lossy);
  const faults = [...(thrown === undefined ? [] : [thrown]), ...watch.faults, ...ledger.faults];
  return { faults, faultAt, met, packets: watch.packets, hash: watch.hash >>> 0, end: network.now };
}

interface Stage {
  readonly network: Network;
  readonly plan: Plan;
  readonly players: Readonly<Record<Side, Player>>;
  readonly lossy: Set<Side>;
  readonly meet: (name: string) => void;
  /** Those of A's addresses. */
  readonly nats: readonly Nat[];
}

/** The addresses of the two hosts that the link of that index joins. */
function ends({ hosts }: Plan, index: number): readonly [string, string] {
  return [hosts.A.addresses[index]!, hosts.Z.addresses[index]!];
}

function schedule(stage: Stage, fault: FaultPlan): void {
  const { network, plan, players, lossy, meet, nats } = stage;
  meet(`fault ${fault.kind}`);
  switch (fault.kind) {
    case "partition":
      for (const index of plan.links.keys())
        network.cut(...ends(plan, index), { from: fault.from, until: fault.until });
      return;
    case "mtu": {
      const { mtu, oversize } = fault;
      network.at(fault.from, () => network.link(...ends(plan, fault.link), { mtu, oversize }));
      network.at(fault.until, () =>
        network.link(...ends(plan, fault.link), { mtu: defaultConditions.mtu, oversize: "drop" }),
      );
      return;
    }
    case "stop":
      network.at(fault.from, () => network.stop(players[fault.side].host, fault.until));
      return;
    case "address":
      network.at(fault.from, () => players[fault.side].loseAddress(fault.index));
      network.at(fault.until, () => players[fault.side].regainAddress(fault.index));
      return;
    case "rebind":
      network.at(fault.at, () => {
        for (const nat of nats) nat.rebind();
      });
      return;
    case "cut": {
      const [a, z] = ends(plan, fault.link);
      const [from, to] = fault.direction === "Z" ? [z, a] : [a, z];
      network.cut(from, to, {
        from: fault.from,
        until: fault.until,
        direction: fault.direction === "both" ? "both" : "forward",
      });
      return;
    }
    case "restart":
      network.at(fault.at, () => {
        lossy.add(fault.side);
        players[fault.side].crash();
        network.at(network.now + fault.down, () => players[fault.side].begin());
      });
      return;
    case "deaf":
      network.at(fault.from, () => players[fault.side].turnDeaf());
      network.at(fault.until, () => players[fault.side].hear());
      return;
    case "change":
      network.at(fault.at, () => network.link(...ends(plan, fault.link), fault.conditions));
  }
}
