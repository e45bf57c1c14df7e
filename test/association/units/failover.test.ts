import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssociationConfig } from "../../../src/association/config.ts";
import type { PathChange } from "../../../src/association/events.ts";
import { Failover } from "../../../src/association/path/failover.ts";
import type { Path } from "../../../src/association/path/path.ts";
import { PathSet } from "../../../src/association/path/path-set.ts";
import { makePath, SEEDED } from "./support.ts";

/** RFC 9260 §8.1, §8.2 and the numbered procedures of RFC 7829 §3.2: what counts as an error, and where data goes. */

interface Setup {
  readonly paths: PathSet;
  readonly failover: Failover;
  /** What the user was told, as "potentially-failed 10.0.0.2". */
  readonly told: string[];
}

function setUp(
  count: number,
  config: Partial<AssociationConfig> = {},
): Setup & { readonly list: readonly Path[] } {
  const paths = new PathSet();
  const told: string[] = [];
  const failover = new Failover(paths, (change: PathChange, path: Path) => {
    told.push(`${change} ${path.destination}`);
  });
  const list = Array.from({ length: count }, (_, index) =>
    makePath({ destination: `10.${index}.0.2`, source: `10.${index}.0.1`, config }),
  );
  for (const path of list) paths.add(path);
  return { paths, failover, told, list };
}

function at(list: readonly Path[], index: number): Path {
  const path = list[index];
  if (path === undefined) throw new Error(`no path ${index}`);
  return path;
}

function strike({ failover }: Setup, path: Path, times: number): void {
  for (let i = 0; i < times; i++) failover.onDataError(path);
}

describe("errors", () => {
  test("7829 1, 2: past PFMR a path is potentially failed, past PMR it is unreachable", () => {
    const setup = setUp(2, { potentiallyFailedMaxRetrans: 1, pathMaxRetrans: 3 });
    const first = at(setup.list, 0);
    const states = [1, 2, 3, 4, 5].map(() => {
      strike(setup, first, 1);
      return first.state;
    });
    expect(states).toEqual([
      "active",
      "potentially-failed",
      "potentially-failed",
      "unreachable",
      "unreachable",
    ]);
    // 12: the user hears of each change, once.
    expect(setup.told).toEqual(["potentially-failed 10.0.0.2", "unreachable 10.0.0.2"]);
  });

  test("7829 1: by default the first error is enough", () => {
    const setup = setUp(2);
    strike(setup, at(setup.list, 0), 1);
    expect(at(setup.list, 0).state).toBe("potentially-failed");
  });

  test("7829 1: with PFMR at PMR or above a path is never potentially failed", () => {
    const setup = setUp(2, { potentiallyFailedMaxRetrans: 5, pathMaxRetrans: 5 });
    strike(setup, at(setup.list, 0), 6);
    expect(setup.told).toEqual(["unreachable 10.0.0.2"]);
  });

  // RFC 9260 §8.3: "SHOULD continue sending HEARTBEAT chunks ... but SHOULD stop increasing the counter".
  test("the counter of an unreachable path stands still", () => {
    const setup = setUp(2);
    strike(setup, at(setup.list, 0), 20);
    expect(at(setup.list, 0).errors).toBe(6);
  });

  test("9260 §8.1: errors of data count for the association, on whichever path", () => {
    const setup = setUp(2);
    strike(setup, at(setup.list, 0), 2);
    strike(setup, at(setup.list, 1), 1);
    expect(setup.failover.errors).toBe(3);
  });

  // "Unacknowledged HEARTBEAT chunks observed on paths different from the path currently used for data transfer
  // SHOULD NOT increment the association error counter".
  test("9260 §8.1: errors of heartbeats count for the association on the path in use alone", () => {
    const { failover, list } = setUp(2);
    failover.onHeartbeatError(at(list, 1));
    expect([failover.errors, at(list, 1).errors]).toEqual([0, 1]);
    failover.onHeartbeatError(at(list, 0));
    expect([failover.errors, at(list, 0).errors]).toEqual([1, 1]);
  });

  // RFC 9260 §5.4: "When probing UNCONFIRMED addresses, however, the association overall error count is not
  // incremented."
  test("9260 §5.4: an unconfirmed path has errors of its own", () => {
    const setup = setUp(2);
    const path = at(setup.list, 1);
    path.confirmed = false;
    for (let i = 0; i < 6; i++) setup.failover.onHeartbeatError(path);
    expect([setup.failover.errors, path.errors, path.state]).toEqual([0, 6, "unreachable"]);
    expect(setup.told).toEqual(["unreachable 10.1.0.2"]);
  });

  test("an unconfirmed path that is all there is counts for the association", () => {
    const { failover, list } = setUp(1);
    const path = at(list, 0);
    path.confirmed = false;
    for (let i = 0; i < 6; i++) failover.onHeartbeatError(path);
    expect([failover.errors, path.errors]).toEqual([6, 6]);
  });

  test("9260 §8.1: a sign of life of the peer clears the association's counter, and no path's", () => {
    const setup = setUp(2);
    strike(setup, at(setup.list, 0), 3);
    setup.failover.onPeerAlive();
    expect([setup.failover.errors, at(setup.list, 0).errors]).toEqual([0, 3]);
  });

  test("7829 7, 10: what proves a path makes it active again, from either state", () => {
    for (const errors of [1, 6]) {
      const setup = setUp(2);
      const path = at(setup.list, 0);
      strike(setup, path, errors);
      setup.told.length = 0;
      setup.failover.onReachable(path);
      setup.failover.onReachable(path);
      expect([path.errors, path.state, setup.told]).toEqual([0, "active", ["active 10.0.0.2"]]);
    }
  });

  test("9260 §5.4: a confirmed path begins without errors, and is told once", () => {
    const { failover, list, told } = setUp(1);
    const path = at(list, 0);
    path.confirmed = false;
    path.errors = 2;
    failover.confirm(path);
    failover.confirm(path);
    expect([path.state, path.errors, told]).toEqual(["active", 0, ["confirmed 10.0.0.2"]]);
  });
});

describe("where new data goes", () => {
  test("9260 §6.4: to the primary, the first one until another is set", () => {
    const { paths, failover, list, told } = setUp(3);
    expect(paths.forData()).toBe(at(list, 0));
    failover.setPrimary(at(list, 2));
    failover.setPrimary(at(list, 2));
    expect(paths.forData()).toBe(at(list, 2));
    expect(told).toEqual(["primary 10.2.0.2"]);
  });

  test("7829 3: not to a potentially failed path while another is active", () => {
    const setup = setUp(2);
    strike(setup, at(setup.list, 0), 1);
    expect(setup.paths.forData()).toBe(at(setup.list, 1));
  });

  test("7829 3: being chosen changes neither state nor errors", () => {
    const setup = setUp(2);
    strike(setup, at(setup.list, 0), 1);
    strike(setup, at(setup.list, 1), 2);
    setup.paths.forData();
    setup.paths.forRetransmission(at(setup.list, 0));
    expect(setup.list.map(({ errors, state }) => [errors, state])).toEqual([
      [1, "potentially-failed"],
      [2, "potentially-failed"],
    ]);
  });

  test("back to the primary as soon as it is active", () => {
    const setup = setUp(3);
    strike(setup, at(setup.list, 0), 1);
    expect(setup.paths.forData()).not.toBe(at(setup.list, 0));
    setup.failover.onReachable(at(setup.list, 0));
    expect(setup.paths.forData()).toBe(at(setup.list, 0));
  });

  // RFC 9260 §8.2: "only ONE transport address SHOULD be chosen and used as the new destination".
  test("the alternate stays the same while it works", () => {
    const setup = setUp(4);
    strike(setup, at(setup.list, 0), 1);
    const chosen = setup.paths.forData();
    for (const path of setup.list) if (path !== chosen && path !== at(setup.list, 0)) path.confirmed = true;
    expect([1, 2, 3].map(() => setup.paths.forData())).toEqual([chosen, chosen, chosen]);
    strike(setup, chosen, 1);
    expect(setup.paths.forData()).not.toBe(chosen);
  });

  // RFC 9260 §5.4.
  test("never to an unconfirmed path while a confirmed one can be reached", () => {
    const setup = setUp(3);
    at(setup.list, 1).confirmed = false;
    strike(setup, at(setup.list, 0), 1);
    expect(setup.paths.forData()).toBe(at(setup.list, 2));
    strike(setup, at(setup.list, 2), 6);
    expect(setup.paths.forData()).toBe(at(setup.list, 0));
    // Nor when none of those can.
    strike(setup, at(setup.list, 0), 6);
    expect(setup.paths.forData().confirmed).toBe(true);
    expect(setup.paths.forRetransmission(at(setup.list, 0)).confirmed).toBe(true);
  });

  test("7829 4: with none active, to the potentially failed one with the fewest errors", () => {
    const setup = setUp(3);
    strike(setup, at(setup.list, 0), 3);
    strike(setup, at(setup.list, 1), 2);
    strike(setup, at(setup.list, 2), 6);
    expect(setup.paths.forData()).toBe(at(setup.list, 1));
    strike(setup, at(setup.list, 1), 2);
    expect(setup.paths.forData()).toBe(at(setup.list, 0));
  });

  test("7829 11, §4.1: with none reachable there is still one path", () => {
    const setup = setUp(3);
    for (const path of setup.list) strike(setup, path, 6);
    expect(setup.list).toContain(setup.paths.forData());
    expect(setup.list.map(({ state }) => state)).toEqual(["unreachable", "unreachable", "unreachable"]);
  });

  test("7829 §4.1: with none reachable data goes on where it last went", () => {
    const setup = setUp(3);
    for (const index of [0, 2]) strike(setup, at(setup.list, index), 6);
    expect(setup.paths.forData()).toBe(at(setup.list, 1));
    strike(setup, at(setup.list, 1), 6);
    expect(setup.paths.forData()).toBe(at(setup.list, 1));
    // Back as soon as there is something better.
    setup.failover.onReachable(at(setup.list, 2));
    expect(setup.paths.forData()).toBe(at(setup.list, 2));
  });

  test("7829 §5: past PSMR the path in use becomes the primary for good", () => {
    const setup = setUp(2, { primarySwitchoverMaxRetrans: 1 });
    strike(setup, at(setup.list, 0), 1);
    expect(setup.paths.primary).toBe(at(setup.list, 0));
    strike(setup, at(setup.list, 0), 1);
    expect(setup.paths.primary).toBe(at(setup.list, 1));
    setup.failover.onReachable(at(setup.list, 0));
    expect(setup.paths.forData()).toBe(at(setup.list, 1));
    expect(setup.told).toEqual(["potentially-failed 10.0.0.2", "primary 10.1.0.2", "active 10.0.0.2"]);
  });

  test("7829 §5: by default the primary stays what the user made it", () => {
    const setup = setUp(2);
    strike(setup, at(setup.list, 0), 30);
    expect(setup.paths.primary).toBe(at(setup.list, 0));
  });
});

describe("where data goes again", () => {
  // RFC 9260 §6.4: "SHOULD try to retransmit a chunk that timed out to an active destination transport address that is
  // different from the last destination address to which the chunk was sent".
  test("9260 §6.4, 7829 3: to another active path", () => {
    const setup = setUp(2);
    strike(setup, at(setup.list, 0), 1);
    expect(setup.paths.forRetransmission(at(setup.list, 0))).toBe(at(setup.list, 1));
    expect(setup.paths.forRetransmission(at(setup.list, 1))).not.toBe(at(setup.list, 0));
  });

  test("to the same path where there is no other that can be reached", () => {
    const single = setUp(1);
    expect(single.paths.forRetransmission(at(single.list, 0))).toBe(at(single.list, 0));
    const setup = setUp(2);
    strike(setup, at(setup.list, 1), 6);
    expect(setup.paths.forRetransmission(at(setup.list, 0))).toBe(at(setup.list, 0));
  });

  // RFC 9260 §6.4.1: "SHOULD attempt to pick the most divergent source-destination pair".
  test("9260 §6.4.1: to the pair that has the least in common with the failed one", () => {
    const paths = new PathSet();
    const failed = makePath({ destination: "10.0.0.2", source: "10.0.0.1" });
    const sameSource = makePath({ destination: "192.0.2.1", source: "10.0.0.1" });
    const sameNetwork = makePath({ destination: "10.0.0.3", source: "10.9.0.1" });
    const divergent = makePath({ destination: "172.16.0.2", source: "10.8.0.1" });
    for (const path of [failed, sameSource, sameNetwork, divergent]) paths.add(path);
    failed.errors = 1;
    expect(paths.forRetransmission(failed)).toBe(divergent);
    divergent.errors = 6;
    expect(paths.forRetransmission(failed)).toBe(sameNetwork);
    sameNetwork.confirmed = false;
    expect(paths.forRetransmission(failed)).toBe(sameSource);
  });
});

describe("where control chunks go", () => {
  test("first where data goes, then round the confirmed paths", () => {
    const { paths, list } = setUp(3);
    at(list, 1).confirmed = false;
    expect([0, 1, 2, 3].map((attempt) => paths.forControl(attempt))).toEqual(
      [0, 2, 0, 2].map((index) => at(list, index)),
    );
  });
});

test("the paths left over take the place of one that goes", () => {
  const { paths, list } = setUp(3);
  paths.remove(at(list, 0));
  expect(paths.primary).toBe(at(list, 1));
  expect(paths.get(at(list, 0).destination)).toBeUndefined();
  expect(paths.forData()).toBe(at(list, 1));
  expect(paths.all).toEqual([at(list, 1), at(list, 2)]);
});

test("whatever happens, data goes to the best that there is", () => {
  const event = fc.record({
    path: fc.integer({ min: 0, max: 3 }),
    what: fc.constantFrom("data", "heartbeat", "reachable", "confirm", "unconfirm", "primary"),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60, size: "max" }), (events) => {
      const setup = setUp(4, { potentiallyFailedMaxRetrans: 1, pathMaxRetrans: 2 });
      const { failover, paths, list } = setup;
      for (const { path: index, what } of events) {
        const path = at(list, index);
        if (what === "data") failover.onDataError(path);
        else if (what === "heartbeat") failover.onHeartbeatError(path);
        else if (what === "reachable") failover.onReachable(path);
        else if (what === "confirm") failover.confirm(path);
        else if (what === "unconfirm") path.confirmed = false;
        else if (path.confirmed) failover.setPrimary(path);

        const chosen = paths.forData();
        const ranks = ["active", "suspect", "potentially-failed", "unconfirmed", "unreachable"] as const;
        const usable = list.filter((other) => other.confirmed && other.state !== "unreachable");
        if (paths.primary.state === "active") expect(chosen).toBe(paths.primary);
        if (usable.length === 0) continue;
        const best = Math.min(...usable.map((other) => ranks.indexOf(other.state)));
        expect(chosen.confirmed).toBe(true);
        expect(ranks.indexOf(chosen.state)).toBe(best);
        if (chosen.state === "potentially-failed") {
          expect(chosen.errors).toBe(Math.min(...usable.map((other) => other.errors)));
        }
      }
    }),
    SEEDED,
  );
});
