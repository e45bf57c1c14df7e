import { message, Network, readAll } from "@usctp/sim";
import { expect, test } from "vitest";

/** One destination, two addresses of our own: the loss of the link that one of them is on. */

const [A1, A2, Z1] = ["10.0.0.1", "10.1.0.1", "10.0.0.2"] as const;

test("a peer with one address is reached from another of ours when the first is cut off", () => {
  const network = new Network({ seed: 1 });
  const a = network.host("A", { addresses: [A1, A2] });
  const z = network.host("Z", { addresses: [Z1] });
  network.link(A1, Z1, { delay: 10 });
  network.link(A2, Z1, { delay: 10 });
  const received = readAll(z);
  z.endpoint({ port: 5_002 });
  const association = a
    .endpoint({ port: 5_001 })
    .connect(a.now, { port: 5_002, addresses: z.addresses, udpPort: z.udpPort });
  a.driver.wake();
  network.run(1_000);
  const send = (): void => {
    association.send(a.now, message(new Uint8Array(1_000)));
    a.driver.wake();
  };
  send();
  network.run(1_000);
  expect(association.paths.map(({ source }) => source)).toEqual([A1]);
  network.cut(A1, Z1);
  for (let i = 0; i < 20; i++) send();
  // T3 after RTO.Min; a HEARTBEAT from the other address then takes a round trip, and data follows at once.
  network.run(2_000);
  expect(received.length).toBe(21);
  expect(association.paths).toMatchObject([{ source: A2, state: "active", errors: 0 }]);
});
