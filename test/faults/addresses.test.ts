import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { TwoMachines } from "../addresses/namespaces.ts";
import { describeNamespaces } from "../support/describe-namespaces.ts";

/** What an interface and a routing table do to an association, with the system's own errors. */

const [A, B] = ["10.9.0.1", "10.9.0.2"] as const;
const MESSAGE = 2_000;
const QUICK = { rtoInitial: 400, rtoMin: 400, rtoMax: 400, associationMaxRetrans: 50, pathMaxRetrans: 50 };

describeNamespaces("an association with one path", () => {
  let machines: TwoMachines;

  beforeAll(() => {
    machines = new TwoMachines();
  });

  afterAll(() => machines.remove());

  afterEach(async () => {
    await Promise.all([machines.a.agent.reset(), machines.b.agent.reset()]);
  });

  test.each([
    [
      "whose address disappears and returns",
      ["addr", "del", `${A}/24`, "dev", "eth0"],
      ["addr", "add", `${A}/24`, "dev", "eth0"],
    ],
    ["whose link goes down and up", ["link", "set", "eth0", "down"], ["link", "set", "eth0", "up"]],
    [
      "without a route (EHOSTUNREACH)",
      ["route", "add", "unreachable", B],
      ["route", "del", "unreachable", B],
    ],
    [
      "with a route that is prohibited (EACCES)",
      ["route", "add", "prohibit", B],
      ["route", "del", "prohibit", B],
    ],
    [
      "with a route into nothing (EINVAL)",
      ["route", "add", "blackhole", B],
      ["route", "del", "blackhole", B],
    ],
  ] as const)("%s goes on where it stopped", async (_, breaks, mends) => {
    const [sender, receiver] = [machines.a.agent, machines.b.agent];
    await receiver.listen([B], "count");
    const number = await sender.connect({ addresses: B, localAddresses: A, ...QUICK });
    const counting = await receiver.accepted(1);
    await sender.startSending(number, MESSAGE);
    await receiver.received(counting, 100);

    machines.a.ip(...breaks);
    await sender.untilPath(number, B, { state: "potentially-failed" });
    machines.a.ip(...mends);
    await receiver.received(counting, 1_000);
    expect(await sender.untilPath(number, B)).toMatchObject({ source: A, state: "active" });
    const count = await sender.stopSending(number);
    expect(await receiver.received(counting, 0)).toEqual({ count, duplicates: 0, disorder: 0 });
  });
});
