import { message, Network, readAll } from "@usctp/sim";
import { Stack } from "usctp/core";
import { expect, test } from "vitest";

test("a link that shrinks its MTU is noticed by an association that is there", () => {
  const network = new Network({ seed: 1 });
  let mtu = 1_500;
  const a = network.host("A", {
    addresses: ["10.0.0.1"],
    stack: (environment) => new Stack({ environment, linkMtu: () => mtu }),
  });
  const z = network.host("Z", { addresses: ["10.0.0.2"] });
  network.link("10.0.0.1", "10.0.0.2", { delay: 10 });
  readAll(z);
  const lengths: number[] = [];
  network.tap(({ source, bytes }) => {
    if (source === "10.0.0.1") lengths.push(bytes.length);
  });
  z.endpoint({ port: 5_002 });
  const target = { port: 5_002, addresses: z.addresses, udpPort: z.udpPort };
  const association = a.endpoint({ port: 5_001 }).connect(a.now, target);
  const send = (): number => {
    lengths.length = 0;
    association.send(a.now, message(new Uint8Array(5_000)));
    a.driver.wake();
    network.run(500);
    return Math.max(...lengths);
  };
  a.driver.wake();
  network.run(1_000);
  // RFC 6951 §5.6: 20 bytes of IP and 8 of UDP.
  expect(send()).toBe(1_472);
  mtu = 1_280;
  // HB.interval, and as much again for the jitter and the idleness.
  network.run(60_000);
  expect(send()).toBe(1_252);
  expect(association.paths).toMatchObject([{ mtu: 1_280 }]);
});
