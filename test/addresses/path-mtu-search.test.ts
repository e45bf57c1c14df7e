import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { describeNamespaces } from "../support/describe-namespaces.ts";
import { TwoMachines } from "./namespaces.ts";

/** RFC 8899, rule 15 of docs/addresses.md: the path MTU is found by probes, over a router that takes less than we do. */

describeNamespaces("between two network namespaces with a router in between", () => {
  let machines: TwoMachines;

  beforeAll(() => {
    machines = new TwoMachines();
  });

  afterAll(() => machines.remove());

  afterEach(async () => {
    await Promise.all([machines.a.agent.reset(), machines.b.agent.reset()]);
  });

  test.each([
    ["IPv4", "10.6.0.2", "10.7.0.1"],
    ["IPv6", "fd00:6::2", "fd00:7::1"],
  ])("over %s the search ends at what the router takes", async (_, address, localAddresses) => {
    machines.addRouter(1_430);
    const { a, b } = machines;
    await b.agent.listen(address);
    const number = await a.agent.connect({ addresses: address, localAddresses, pathMtuSearch: "always" });
    expect(await a.agent.untilPath(number, address, { mtu: 1_420 })).toMatchObject({ state: "active" });
    // The next step, 1,440, does not get through.
    expect(await a.agent.ask(number, "x".repeat(20_000))).toBe("x".repeat(20_000));
    expect(await a.agent.paths(number)).toMatchObject([{ mtu: 1_420 }]);
  });

  test("towards its own address a machine finds 64 KiB by itself", async () => {
    const { a } = machines;
    await a.agent.listen("10.9.0.1");
    const number = await a.agent.connect({ addresses: "10.9.0.1" });
    expect(await a.agent.untilPath(number, "10.9.0.1", { mtu: 65_535 })).toMatchObject({ state: "active" });
    expect(await a.agent.ask(number, "x".repeat(200_000))).toBe("x".repeat(200_000));
  });
});
