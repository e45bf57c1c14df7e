import { Network } from "../network.ts";
import { faultOf } from "../scenarios/scenario.ts";
import type { HostPlan, Plan, Side } from "./plan.ts";
import { play } from "./play.ts";

/** Runs at most; each takes well under a second. */
const TRIES = 400;

/**
 * A smaller plan that goes wrong in the same way: parts are left out as long as it does. `judge` plays a plan and says
 * what did not hold.
 */
export function shrink(
  plan: Plan,
  judge: (plan: Plan) => readonly string[] = playAlone,
  tries: number = TRIES,
): Plan {
  const fault = kindOf(judge(plan));
  if (fault === undefined) return plan;
  let smallest = plan;
  let left = tries;
  for (let progress = true; progress && left > 0; ) {
    progress = false;
    for (const candidate of smaller(smallest)) {
      if (left-- <= 0) break;
      if (kindOf(judge(candidate)) !== fault) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  return smallest;
}

function playAlone(plan: Plan): readonly string[] {
  try {
    return play(plan, new Network({ seed: plan.seed })).faults;
  } catch (error) {
    return [faultOf(error)];
  }
}

/** What goes wrong first, without its figures: the same in plans of different sizes. */
export function kindOf(faults: readonly string[]): string | undefined {
  return faults[0]?.replaceAll(/\d+/g, "#").split("\n")[0];
}

/** Plans with one part less each, the large parts first. */
function* smaller(plan: Plan): Generator<Plan> {
  for (const part of ["faults", "requests", "writers", "connects"] as const) {
    for (const index of plan[part].keys()) {
      if (part === "connects" && plan.connects.length === 1) continue;
      yield { ...plan, [part]: (plan[part] as readonly unknown[]).toSpliced(index, 1) };
    }
  }
  if (plan.natLifetime !== undefined) yield { ...plan, natLifetime: undefined };
  if (plan.links.length > 1) yield withoutLastPath(plan);
  for (const [index, link] of plan.links.entries()) {
    for (const name of Object.keys(link)) {
      yield { ...plan, links: plan.links.with(index, without(link, name)) };
    }
  }
  for (const side of ["A", "Z"] as const) {
    for (const name of Object.keys(plan.hosts[side].config)) {
      const { addresses, config } = plan.hosts[side];
      yield withHost(plan, side, { addresses, config: without(config, name) });
    }
  }
  for (const [index, writer] of plan.writers.entries()) {
    if (writer.count < 2) continue;
    yield { ...plan, writers: plan.writers.with(index, { ...writer, count: writer.count >>> 1 }) };
    yield { ...plan, writers: plan.writers.with(index, { ...writer, count: writer.count - 1 }) };
  }
}

function withHost(plan: Plan, side: Side, host: HostPlan): Plan {
  return { ...plan, hosts: { ...plan.hosts, [side]: host } };
}

function withoutLastPath(plan: Plan): Plan {
  const links = plan.links.slice(0, -1);
  const shorter = ({ addresses, config }: HostPlan): HostPlan => ({
    addresses: addresses.slice(0, -1),
    config,
  });
  const remains = (fault: Plan["faults"][number]): boolean =>
    ("link" in fault ? fault.link : "index" in fault ? fault.index : 0) < links.length;
  return {
    ...plan,
    links,
    hosts: { A: shorter(plan.hosts.A), Z: shorter(plan.hosts.Z) },
    faults: plan.faults.filter(remains),
  };
}

function without<T extends object>(whole: T, name: string): T {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name)) as T;
}
