import { afterEach, beforeEach, expect, test } from "vitest";
import { describeNamespaces } from "../support/describe-namespaces.ts";
import { NamespacePair, runScenario } from "./netns.ts";

describeNamespaces("in network namespaces", () => {
  let pair: NamespacePair;

  beforeEach(() => {
    pair = new NamespacePair();
  });

  afterEach(() => {
    pair.remove();
  });

  test("§3.1 §3.7 port 0: a number taken at one of the addresses, or by another driver, is given up", async () => {
    expect(await runScenario(pair.a, "portRange").finished).toEqual({
      ports: Array(20).fill(50_001),
      shared: 0,
    });
  });

  test("§3.5 wildcard: a tentative address is reported and tried again, others come and go", async () => {
    pair.assign(pair.a, "10.9.0.1/24", "10.9.0.3/32");
    const seen = await runScenario(pair.a, "wildcard").finished;
    expect(seen).toMatchObject({
      atFirst: expect.arrayContaining(["127.0.0.1", "10.9.0.1", "10.9.0.3", "::1"]),
      skipped: expect.arrayContaining(["fd00:9::1"]),
      addresses: expect.arrayContaining(["127.0.0.1", "10.9.0.3", "::1", "fd00:9::1"]),
    });
    const { atFirst, addresses, known, skipped } = seen as Record<string, string[]>;
    expect(skipped?.filter((address) => address === "fd00:9::1")).toHaveLength(1);
    expect(atFirst).not.toContain("fd00:9::1");
    // Removed by hand it stays away, although the interface has it.
    expect(addresses).not.toContain("10.8.0.2");
    expect(addresses).not.toContain("10.9.0.1");
    expect([...(known ?? [])].sort()).toEqual([...(addresses ?? [])].sort());
  });

  test("§3.8 §3.9 an answer leaves from the address asked, v4, v6 and link-local with its scope id", async () => {
    pair.assign(pair.a, "10.9.0.1/24", "fd00:9::1/64", "fe80::a/64");
    pair.assign(pair.b, "10.9.0.2/24", "10.9.0.3/24", "fd00:9::2/64", "fd00:9::3/64", "fe80::b/64");
    const echo = runScenario(pair.b, "echo");
    expect(await echo.first).toEqual(expect.arrayContaining(["10.9.0.3", "fd00:9::3", "fe80::b%eth0"]));
    const destinations = ["10.9.0.2", "10.9.0.3", "fd00:9::2", "fd00:9::3", "fe80::b%eth0"];
    const answers = await runScenario(pair.a, "ask", ...destinations).finished;
    expect(answers).toEqual(Object.fromEntries(destinations.map((each) => [each, each])));
    echo.end();
    // It ends by itself once its sockets are closed.
    await echo.finished;
  });

  test("§3.10 §3.15 the route gives the source, the interface the MTU, at most 1,500", async () => {
    pair.assign(pair.a, "10.9.0.1/24", "fd00:9::1/64");
    const seen = await runScenario(pair.a, "links", "10.9.0.2", "fd00:9::2", "8.8.8.8", "10.9.0.1").finished;
    expect(seen).toEqual({
      sources: {
        "10.9.0.2": "10.9.0.1",
        "fd00:9::2": "fd00:9::1",
        "8.8.8.8": null,
        "10.9.0.1": "10.9.0.1",
        own: true,
      },
      mtus: [1_500, 1_400, 1_500, 1_500],
    });
  });

  test("§3.4 a source that vanished fails its sends, and no other's", async () => {
    pair.assign(pair.a, "10.9.0.1/24", "10.8.0.3/24");
    const codes = await runScenario(pair.a, "vanish").finished;
    expect(codes).toEqual([expect.stringMatching(/^E/), "sent"]);
  });
});
