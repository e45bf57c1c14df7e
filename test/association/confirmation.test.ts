import { Network, Random } from "@usctp/sim";
import { expect, test } from "vitest";

/** RFC 9260 §5.4, at moments that are no whole milliseconds. */

test("unconfirmed addresses are probed in turn, HB.Max.Burst of them an RTO, whatever the clock reads", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = Random.of(seed, "moments");
    const network = new Network({ seed });
    const addresses = (last: number): string[] => [0, 1, 2, 3].map((path) => `10.${path}.0.${last}`);
    const a = network.host("A", { addresses: addresses(1) });
    const z = network.host("Z", { addresses: addresses(2) });
    network.linkPairs(a, z, { delay: random.between(0.1, 30) });
    // Nothing but the first path works.
    for (const path of [1, 2, 3]) network.cut(`10.${path}.0.1`, `10.${path}.0.2`);
    let probes = 0;
    network.tap(({ destination, bytes }) => {
      if (destination.startsWith("10.0.")) return;
      if (destination.endsWith(".2")) {
        // An unconfirmed address gets HEARTBEATs alone.
        expect(bytes[12]).toBe(4);
        probes += 1;
      }
    });
    z.endpoint({ port: 5_002 });
    network.run(random.between(0, 1_000));
    const [first] = z.addresses;
    if (first === undefined) throw new Error("no address");
    a.endpoint({ port: 5_001 }).connect(a.now, { port: 5_002, addresses: [first], udpPort: z.udpPort });
    a.driver.wake();
    network.run(10_000);
    // One in each second or less often: the RTO of a path without an answer grows.
    expect(probes).toBeGreaterThan(4);
    expect(probes).toBeLessThanOrEqual(11);
  }
});
