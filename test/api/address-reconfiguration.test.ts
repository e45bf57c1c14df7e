import { describe, expect, test } from "vitest";
import type { AddressChangeEvent, Association, PathEvent } from "../../src/api/message/index.ts";
import { createEndpoint } from "../../src/api/message/index.ts";
import { closing, PORT, pair, serve, until } from "./loopback.ts";

/** RFC 5061 through the message API, over real sockets. */

const on = { addressReconfiguration: true } as const;

/**
 * A server at 127.0.0.1, and an association to it from an endpoint at 127.0.0.2 whose addresses may change.
 */
async function stage(): Promise<{
  endpoint: Awaited<ReturnType<typeof createEndpoint>>;
  here: Association;
  there: Association;
}> {
  const server = await serve(on);
  const arrivals = server[Symbol.asyncIterator]();
  const endpoint = closing(await createEndpoint({ ...on, port: 0, addresses: ["127.0.0.2"], udpPort: 0 }));
  const [here, { value: there }] = await Promise.all([
    endpoint.connect({ port: PORT, addresses: server.addresses, udpPort: server.udpPort }),
    arrivals.next(),
  ]);
  return { endpoint, here, there: there as Association };
}

describe("an endpoint whose addresses change", () => {
  test("tells the peers of its associations, which follow in the middle of a transfer", async () => {
    const { endpoint, here, there } = await stage();
    const asked: AddressChangeEvent[] = [];
    here.on("addressChange", (event) => asked.push(event));
    const seen: PathEvent[] = [];
    there.on("path", (event) => {
      // On one machine the MTU is found meanwhile.
      if (event.change !== "mtu") seen.push(event);
    });
    let received = 0;
    here.on("message", () => received++);
    there.on("message", () => received++);
    const sending = (async () => {
      for (let i = 0; i < 300; i++) {
        await Promise.all([here.send(new Uint8Array(3_000)), there.send(new Uint8Array(3_000))]);
      }
    })();
    await endpoint.addAddresses(["127.0.0.3"]);
    await until(() => asked.length === 1 && seen.some(({ change }) => change === "confirmed"));
    here.setPeerPrimary("127.0.0.3");
    await until(() => asked.length === 2);
    await endpoint.removeAddresses(["127.0.0.2"]);
    await until(() => asked.length === 3);
    await sending;
    await until(() => received === 600);
    expect(asked).toEqual([
      { change: "add", address: "127.0.0.3", refused: undefined },
      { change: "set-primary", address: "127.0.0.3", refused: undefined },
      { change: "delete", address: "127.0.0.2", refused: undefined },
    ]);
    expect(there.remoteAddresses).toEqual(["127.0.0.3"]);
    expect(seen.map(({ change, path }) => `${change} ${path.destination}`)).toEqual([
      "added 127.0.0.3",
      "confirmed 127.0.0.3",
      "primary 127.0.0.3",
      "removed 127.0.0.2",
    ]);
    expect(here.localAddress).toBe("127.0.0.3");
  });

  test("may give its only address for another", async () => {
    const { endpoint, here, there } = await stage();
    await endpoint.addAddresses(["127.0.0.4"]);
    await endpoint.removeAddresses(["127.0.0.2"]);
    await until(() => there.remoteAddress === "127.0.0.4" && there.remoteAddresses.length === 1);
    await here.send("here", { until: "acknowledged" });
    await there.send("there", { until: "acknowledged" });
  });
});

describe("setPeerPrimary()", () => {
  test("says why it cannot", async () => {
    const { here } = await pair();
    expect(() => here.setPeerPrimary("127.0.0.1")).toThrow("addressReconfiguration");
    expect(() => here.setPeerPrimary("here")).toThrow("takes one of our IP addresses, and got 'here'");
    const { here: other } = await pair(on, on);
    expect(() => other.setPeerPrimary("192.0.2.1")).toThrow("is not a local address of the association");
  });

  test("the option takes what it says", async () => {
    await expect(
      createEndpoint({ port: 0, addresses: "127.0.0.1", addressReconfiguration: "yes" as "unauthenticated" }),
    ).rejects.toThrow('"addressReconfiguration" takes true, false or "unauthenticated"');
  });
});
