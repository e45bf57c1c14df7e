import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { describeNamespaces } from "../support/describe-namespaces.ts";
import { TwoMachines } from "./namespaces.ts";

/** A link goes down in mid-transfer, and comes back: real interfaces, real addresses, nobody told. */

const IPV4 = { sources: ["10.9.0.1", "10.8.0.1"], destinations: ["10.9.0.2", "10.8.0.2"] } as const;
const IPV6 = { sources: ["fd00:9::1", "fd00:8::1"], destinations: ["fd00:9::2", "fd00:8::2"] } as const;
const MESSAGE = 20_000;

describeNamespaces("failover between two network namespaces", () => {
  let machines: TwoMachines;

  beforeAll(async () => {
    machines = new TwoMachines();
    // An interface that goes down would lose its IPv6 addresses for good.
    for (const { agent } of [machines.a, machines.b]) {
      for (const device of ["all", "eth0"])
        await agent.sysctl(`net.ipv6.conf.${device}.keep_addr_on_down`, "1");
    }
  });

  afterAll(() => machines.remove());

  afterEach(async () => {
    await Promise.all([machines.a.agent.reset(), machines.b.agent.reset()]);
  });

  test.each([
    ["IPv4, down at the receiver", IPV4, "b"],
    ["IPv4, down at the sender", IPV4, "a"],
    ["IPv6, down at the receiver", IPV6, "b"],
    ["IPv6, down at the sender", IPV6, "a"],
  ] as const)(
    "%s: everything arrives once, and the primary is used again",
    async (_, { sources, destinations }, side) => {
      const [sender, receiver] = [machines.a.agent, machines.b.agent];
      const [primary, other] = destinations;
      await receiver.listen([...destinations], "count");
      const number = await sender.connect({
        addresses: destinations,
        localAddresses: sources,
        // Less than the defaults, to save time, but more than the SACK.Delay of the receiver: no T3 without a loss.
        rtoInitial: 400,
        rtoMin: 400,
      });
      const counting = await receiver.accepted(1);
      await receiver.untilPath(counting, sources[1]);
      await sender.startSending(number, MESSAGE);
      await receiver.received(counting, 200);

      machines[side].ip("link", "set", "eth0", "down");
      await sender.untilPath(number, primary, { state: "potentially-failed" });
      const overOther = await receiver.receivedBy("eth1");
      await receiver.received(counting, 500);
      expect((await receiver.receivedBy("eth1")) - overOther).toBeGreaterThan(500 * MESSAGE);
      expect(await sender.untilPath(number, other)).toMatchObject({ source: sources[1], primary: false });

      machines[side].ip("link", "set", "eth0", "up");
      const back = await sender.untilPath(number, primary, { state: "active", source: sources[0] });
      expect(back).toMatchObject({ primary: true });
      // What is still on the other path is a window at most.
      const overPrimary = await receiver.receivedBy("eth0");
      await receiver.received(counting, 1_000);
      expect((await receiver.receivedBy("eth0")) - overPrimary).toBeGreaterThan(800 * MESSAGE);

      const count = await sender.stopSending(number);
      expect(await receiver.received(counting, 0)).toEqual({ count, duplicates: 0, disorder: 0 });
      const changes = (await sender.changes(number, primary)).filter((change) => change !== "confirmed");
      expect(changes).toEqual(expect.arrayContaining(["potentially-failed", "active"]));
      expect(changes.at(-1)).toBe("active");
      expect(await sender.changes(number, other)).not.toContain("primary");
    },
  );

  test("an IPv6 address that goes with its link: the path has its own source again when it is back", async () => {
    const [sender, receiver] = [machines.a.agent, machines.b.agent];
    const { sources, destinations } = IPV6;
    const [primary, other] = destinations;
    for (const device of ["all", "eth0"])
      await sender.sysctl(`net.ipv6.conf.${device}.keep_addr_on_down`, "0");
    await receiver.listen([...destinations], "count");
    // By interface: what is bound follows the addresses that these have, and a link that was down just now has none yet.
    await sender.untilInterface("eth0", sources[0]);
    await sender.untilInterface("eth1", sources[1]);
    await sender.openEndpoint(["eth0", "eth1"]);
    const number = await sender.dial({ addresses: destinations, rtoInitial: 400, rtoMin: 400 });
    const counting = await receiver.accepted(1);
    await receiver.untilPath(counting, sources[1]);
    await sender.startSending(number, MESSAGE);
    await receiver.received(counting, 100);

    machines.a.ip("link", "set", "eth0", "down");
    await sender.untilAddress(sources[0], false);
    await receiver.received(counting, 100);
    machines.a.ip("link", "set", "eth0", "up");
    machines.a.assign("eth0", `${sources[0]}/64`, "fe80::a0/64");
    await sender.untilAddress(sources[0]);
    expect(await sender.untilPath(number, primary, { state: "active", source: sources[0] })).toBeDefined();
    expect(await sender.untilPath(number, other)).toMatchObject({ source: sources[1] });

    const count = await sender.stopSending(number);
    expect(await receiver.received(counting, 0)).toEqual({ count, duplicates: 0, disorder: 0 });
  });
});
