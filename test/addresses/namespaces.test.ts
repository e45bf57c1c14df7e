import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { describeNamespaces } from "../support/describe-namespaces.ts";
import { TwoMachines } from "./namespaces.ts";

/** Rules 5, 8, 9, 10, 11 and 15 of docs/addresses.md between two machines. */

describeNamespaces("between two network namespaces", () => {
  let machines: TwoMachines;
  const [A, B] = [() => machines.a.agent, () => machines.b.agent];
  const ANY = ["0.0.0.0", "::"];
  const QUICK = { rtoInitial: 100, rtoMin: 100 };

  beforeAll(() => {
    machines = new TwoMachines();
  });

  afterAll(() => machines.remove());

  afterEach(async () => {
    await Promise.all([A().reset(), B().reset()]);
  });

  test("§3.5 the wildcard: every address of every interface can be connected to", async () => {
    const addresses = await B().listen(ANY);
    expect([...addresses].sort()).toEqual(
      [
        ...["127.0.0.1", "::1", "10.9.0.2", "10.9.0.3", "fd00:9::2", "fd00:9::3", "10.8.0.2", "fd00:8::2"],
        ...["fe80::b0%eth0", "fe80::b1%eth0", "fe80::b0%eth1"],
      ].sort(),
    );
    for (const address of addresses.filter((each) => each !== "127.0.0.1" && each !== "::1")) {
      const number = await A().connect({ addresses: address });
      expect(await A().ask(number, `at ${address}`)).toBe(`at ${address}`);
    }
  });

  test("§3.5 a client that names no address: the one of the route, for each destination", async () => {
    await B().listen(ANY);
    for (const [destination, source] of [
      ["10.9.0.3", "10.9.0.1"],
      ["10.8.0.2", "10.8.0.1"],
      ["fd00:8::2", "fd00:8::1"],
      ["fe80::b0%eth1", "fe80::a0%eth1"],
    ] as const) {
      const [path] = await A().paths(await A().connect({ addresses: destination }));
      expect(path).toMatchObject({ source, destination });
    }
    const both = await A().connect({ addresses: ["10.8.0.2", "fd00:9::2"] });
    expect((await A().paths(both)).map(({ source }) => source).sort()).toEqual(
      expect.arrayContaining(["10.8.0.1", "fd00:9::1"]),
    );
  });

  test("§3.5 the name of an interface where addresses are taken", async () => {
    expect([...(await B().listen("eth1"))].sort()).toEqual(["10.8.0.2", "fd00:8::2", "fe80::b0%eth1"]);
    const number = await A().connect({ addresses: "10.8.0.2", localAddresses: "eth1" });
    expect(await A().untilPath(number, "10.8.0.2")).toMatchObject({ source: "10.8.0.1" });
    await expect(A().connect({ addresses: "10.9.0.2", timeout: 100 })).rejects.toThrow("within 100 ms");
  });

  test("§3.5 under a wildcard addresses are tentative, appear and vanish; associations go on", async () => {
    // No `nodad`: for a second it cannot be bound.
    machines.b.ip("addr", "add", "fd00:9::7/64", "dev", "eth0");
    await B().listen(ANY);
    expect(await B().skipped()).toEqual(["fd00:9::7"]);
    expect(await B().addresses()).not.toContain("fd00:9::7");
    const number = await A().connect({ addresses: "10.9.0.2" });
    machines.b.ip("addr", "add", "10.9.0.7/24", "dev", "eth0");
    for (const address of ["10.9.0.7", "fd00:9::7"]) {
      await B().untilAddress(address);
      expect(await A().ask(await A().connect({ addresses: address }), "new here?")).toBe("new here?");
      machines.b.ip("addr", "del", `${address}/${address.includes(":") ? 64 : 24}`, "dev", "eth0");
    }
    for (const address of ["10.9.0.7", "fd00:9::7"]) await B().untilAddress(address, false);
    expect(await A().ask(number, "still there?")).toBe("still there?");
  });

  test("§3.8 link-local addresses keep their scope id: the same address on two links is two", async () => {
    await B().listen(["fe80::b0%eth0", "fe80::b1%eth0", "fe80::b0%eth1"]);
    for (const link of ["eth0", "eth1"]) {
      const number = await A().connect({ addresses: `fe80::b0%${link}` });
      expect(await A().ask(number, link)).toBe(link);
      expect(await A().untilPath(number, `fe80::b0%${link}`)).toMatchObject({ source: `fe80::a0%${link}` });
    }
  });

  test("§3.8 a listed link-local address is one on the link that it was told over", async () => {
    await B().listen(["fe80::b0%eth0", "fe80::b1%eth0", "fe80::b0%eth1"]);
    const number = await A().connectTapped(["fe80::a0%eth0", "fe80::a0%eth1"], {
      addresses: "fe80::b0%eth0",
    });
    // Confirmed by a HEARTBEAT, so it does lead there.
    await A().untilPath(number, "fe80::b1%eth0");
    expect((await A().paths(number)).map(({ destination }) => destination)).toEqual([
      "fe80::b0%eth0",
      "fe80::b1%eth0",
    ]);
    // From another link it cannot be reached, so that is not tried.
    expect(await A().sent("fe80::a0%eth1")).toEqual([]);
    const there = await B().accepted(1);
    expect((await B().paths(there)).map(({ destination }) => destination)).toEqual(["fe80::a0%eth0"]);
  });

  test.each([
    ["wildcard", ANY],
    ["specific", ["10.9.0.2", "10.9.0.3", "fd00:9::2", "fd00:9::3", "fe80::b0%eth0", "fe80::b1%eth0"]],
  ])("§3.9 %s: every reply leaves from the address that was asked", async (_, addresses) => {
    await B().listen(addresses);
    for (const [from, to] of [
      ["10.9.0.1", "10.9.0.2"],
      ["10.9.0.1", "10.9.0.3"],
      ["fd00:9::1", "fd00:9::2"],
      ["fd00:9::1", "fd00:9::3"],
      ["fe80::a0%eth0", "fe80::b0%eth0"],
      ["fe80::a0%eth0", "fe80::b1%eth0"],
    ] as const) {
      expect(await A().sourcesOfReplies(from, to)).toEqual(Array(5).fill(to));
    }
  });

  test("§3.9 also where the way back is over another link", async () => {
    await B().listen(ANY);
    // Asked at 10.8.0.2 by way of eth0, from an address that b reaches by eth0.
    machines.a.route("10.8.0.2/32", "via", "10.9.0.2", "src", "10.9.0.1");
    expect(await A().sourcesOfReplies("10.9.0.1", "10.8.0.2")).toEqual(Array(5).fill("10.8.0.2"));
  });

  test.each([
    ["10.7.0.2/32", "10.8.0.2", "10.8.0.1", "10.9.0.1"],
    ["fd00:7::2/128", "fd00:8::2", "fd00:8::1", "fd00:9::1"],
  ])("§3.10 the first source is the route's: %s", async (prefix, via, routed, other) => {
    const [destination = ""] = prefix.split("/");
    machines.b.borrow("lo", prefix);
    machines.a.route(prefix, "via", via, "src", routed);
    await B().awaitInit(destination);
    const connecting = A().connect({
      addresses: destination,
      localAddresses: [other, routed],
      timeout: 500,
    });
    connecting.catch(() => {});
    expect((await B().heardInit()).source).toBe(routed);
    await expect(connecting).rejects.toThrow();
  });

  test.each([
    [
      ["10.9.0.1", "10.8.0.1"],
      ["10.9.0.2", "10.8.0.2"],
    ],
    [
      ["fd00:8::1", "fd00:9::1"],
      ["fd00:9::2", "fd00:8::2"],
    ],
  ])("§3.10 paths are spread over the links: from %j to %j", async (localAddresses, addresses) => {
    await B().listen(addresses);
    // The second one is told by the INIT ACK.
    const number = await A().connect({ addresses: addresses[0] as string, localAddresses });
    const there = await B().accepted(1);
    for (const [index, destination] of addresses.entries()) {
      const link = destination.slice(0, destination.startsWith("10.") ? 4 : 6);
      const path = await A().untilPath(number, destination);
      expect(path?.source.startsWith(link), `path ${index} has its own link`).toBe(true);
      const back = await B().untilPath(there, path?.source as string);
      expect(back?.source).toBe(destination);
    }
  });

  test("§3.10 a source that fails: a HEARTBEAT from another one, then data from there", async () => {
    machines.b.borrow("lo", "10.7.0.2/32");
    await B().listen(["10.7.0.2"]);
    machines.a.route("10.7.0.2/32", "via", "10.8.0.2", "src", "10.8.0.1", "metric", "20");
    machines.a.ip("route", "add", "10.7.0.2/32", "via", "10.9.0.2", "src", "10.9.0.1", "metric", "10");
    machines.a.assign("eth0", "10.9.0.5/24");
    const number = await A().connectTapped(["10.9.0.5", "10.8.0.1"], { addresses: "10.7.0.2", ...QUICK });
    const [path] = await A().paths(number);
    expect(path?.source).toBe("10.9.0.5");
    await A().sent("10.8.0.1");
    // The socket stays, and its sends fail.
    machines.a.ip("addr", "del", "10.9.0.5/24", "dev", "eth0");
    expect(await A().ask(number, "from elsewhere")).toBe("from elsewhere");
    expect((await A().sent("10.8.0.1")).filter((chunks) => chunks !== "HEARTBEAT-ACK").slice(0, 2)).toEqual([
      "HEARTBEAT",
      "DATA",
    ]);
    expect(await A().paths(number)).toMatchObject([{ source: "10.8.0.1", state: "active" }]);
    expect(await A().changes(number, "10.7.0.2")).toContain("source");
  });

  test("§3.11 no loopback or link-local address is told to a peer that is not there", async () => {
    await B().listen(ANY);
    const global = ["10.9.0.2", "10.9.0.3", "fd00:9::2", "fd00:9::3", "10.8.0.2", "fd00:8::2"];
    const told = async (from: string, to: string): Promise<string[]> => (await A().toldFrom(from, to)).sort();
    for (const [from, to] of [
      ["10.9.0.1", "10.9.0.2"],
      ["10.8.0.1", "10.8.0.2"],
      ["fd00:9::1", "fd00:9::3"],
    ] as const) {
      expect(await told(from, to)).toEqual([...global].sort());
    }
    // Those of the link that the peer is on, and without a scope id, which means nothing over there.
    expect(await told("fe80::a0%eth0", "fe80::b0%eth0")).toEqual([...global, "fe80::b0", "fe80::b1"].sort());
    expect(await told("fe80::a0%eth1", "fe80::b0%eth1")).toEqual([...global, "fe80::b0"].sort());
    expect(await B().toldFrom("127.0.0.1", "127.0.0.1")).toEqual(
      expect.arrayContaining(["127.0.0.1", "::1"]),
    );
  });

  test("§3.11 the same in the INIT, and none where only one address is fit to be told", async () => {
    await B().awaitInit("10.9.0.2");
    const listed = async (localAddresses: string | string[]): Promise<string[]> => {
      const connecting = A().connect({ addresses: "10.9.0.2", localAddresses, timeout: 300 });
      connecting.catch(() => {});
      const heard = await B().heardInit();
      await expect(connecting).rejects.toThrow();
      return heard.listed.sort();
    };
    expect(await listed(ANY)).toEqual(["10.8.0.1", "10.9.0.1", "fd00:8::1", "fd00:9::1"]);
    await B().awaitInit("10.9.0.2");
    expect(await listed(["127.0.0.1", "fe80::a0%eth0", "10.9.0.1"])).toEqual([]);
    await B().listen(["127.0.0.1", "10.9.0.3", "fe80::b0%eth0"]);
    expect(await A().toldFrom("10.9.0.1", "10.9.0.3")).toEqual([]);
  });

  test("§3.11 what a peer is told it can use: no path leads to where it is not", async () => {
    await B().listen(ANY);
    // Unconfirmed addresses are heartbeated one an RTO (RFC 9260 §5.4).
    const number = await A().connect({ addresses: "10.9.0.2", localAddresses: ANY, ...QUICK });
    for (const destination of ["10.9.0.3", "fd00:9::2", "fd00:9::3", "10.8.0.2", "fd00:8::2"]) {
      await A().untilPath(number, destination);
    }
    expect((await A().paths(number)).every(({ state }) => state === "active")).toBe(true);
    expect((await A().paths(number)).length).toBe(6);
  });

  test.each([
    ["10.9.0.1", "10.9.0.2", 28],
    ["fd00:9::1", "fd00:9::2", 48],
  ])(
    "§3.15 IP and UDP headers count: from %s, MTU 1,500, 1,300, 9,000",
    async (source, destination, headers) => {
      for (const [mtu, expected] of [
        [1_500, 1_500],
        [1_300, 1_300],
        // What an interface of jumbo frames says is not what the path behind it can take.
        [9_000, 1_500],
      ] as const) {
        machines.a.ip("link", "set", "eth0", "mtu", `${mtu}`);
        machines.b.ip("link", "set", "eth0", "mtu", `${mtu}`);
        await B().listen([destination]);
        const number = await A().connectTapped([source], { addresses: destination });
        await A().send(number, 100_000);
        // A multiple of 4, as every packet; full ones are as large as may be.
        expect(await A().largest(destination)).toBe((expected - headers) & ~3);
        expect(await A().paths(number)).toMatchObject([{ mtu: expected }]);
        await B().reset();
      }
      machines.a.ip("link", "set", "eth0", "mtu", "1500");
      machines.b.ip("link", "set", "eth0", "mtu", "1500");
    },
  );

  test("§3.15 every path has the MTU of its own link", async () => {
    machines.setMtu("eth1", 1_300);
    await B().listen(["10.9.0.2", "10.8.0.2"]);
    const number = await A().connect({ addresses: ["10.9.0.2", "10.8.0.2"] });
    expect(await A().untilPath(number, "10.9.0.2")).toMatchObject({ mtu: 1_500 });
    expect(await A().untilPath(number, "10.8.0.2")).toMatchObject({ mtu: 1_300 });
    const there = await B().accepted(1);
    expect(await B().untilPath(there, "10.8.0.1")).toMatchObject({ mtu: 1_300 });
  });

  test("§3.15 another source is another link: the path MTU begins anew", async () => {
    machines.setMtu("eth1", 1_300);
    machines.b.borrow("lo", "10.7.0.2/32");
    machines.a.route("10.7.0.2/32", "via", "10.9.0.2", "src", "10.9.0.1");
    await B().listen(["10.7.0.2"]);
    await A().openEndpoint(["10.9.0.1", "10.8.0.1"]);
    const number = await A().dial({ addresses: "10.7.0.2" });
    expect(await A().paths(number)).toMatchObject([{ source: "10.9.0.1", mtu: 1_500 }]);
    await A().removeAddresses(["10.9.0.1"]);
    expect(await A().untilPath(number, "10.7.0.2", { source: "10.8.0.1" })).toMatchObject({ mtu: 1_300 });
  });

  test("§3.15 an interface that shrinks: what is open goes on, and what comes after knows it", async () => {
    await B().listen(["10.9.0.2"], "count");
    await A().openEndpoint(["10.9.0.1"]);
    const before = await A().dial({ addresses: "10.9.0.2" });
    const counting = await B().accepted(1);
    await A().startSending(before, 20_000);
    await B().received(counting, 100);
    machines.setMtu("eth0", 1_300);
    await B().received(counting, 500);
    const count = await A().stopSending(before);
    expect(await B().received(counting, 0)).toEqual({ count, duplicates: 0, disorder: 0 });
    await A().abort(before);
    const mtuOfAnother = async (): Promise<number | undefined> => {
      const after = await A().dial({ addresses: "10.9.0.2" });
      const [path] = await A().paths(after);
      await A().abort(after);
      return path?.mtu;
    };
    // Interfaces are looked at once a second, at most.
    await expect.poll(mtuOfAnother, { timeout: 5_000 }).toBe(1_300);
  });
});
