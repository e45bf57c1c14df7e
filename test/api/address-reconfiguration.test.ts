import { describe, expect, test } from "vitest";
import type {
  AddressChangeEvent,
  Association,
  PathEvent,
  ServerOptions,
} from "../../src/api/message/index.ts";
import { createEndpoint } from "../../src/api/message/index.ts";
import { closing, connectTo, PORT, pair, serve, until } from "./loopback.ts";

/** RFC 5061 through the message API, over real sockets. */

const on = { addressReconfiguration: true } as const;

/**
 * A server at 127.0.0.1, and an association to it from an endpoint at 127.0.0.2 whose addresses may change.
 */
async function stage(
  theirs: ServerOptions = on,
  addresses: readonly string[] = ["127.0.0.2"],
): Promise<{
  endpoint: Awaited<ReturnType<typeof createEndpoint>>;
  here: Association;
  there: Association;
}> {
  const server = await serve(theirs);
  const arrivals = server[Symbol.asyncIterator]();
  const endpoint = closing(await createEndpoint({ ...on, port: 0, addresses, udpPort: 0 }));
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

describe("an endpoint whose peer is not told of changes", () => {
  test("keeps the last address that the peer knows (RFC 5061 §5.3 F5)", async () => {
    const { endpoint, here, there } = await stage({});
    await endpoint.addAddresses(["127.0.0.3"]);
    const removing = endpoint.removeAddresses(["127.0.0.2"]);
    await expect(removing).rejects.toMatchObject({ code: "ERR_SCTP_LAST_ADDRESS" });
    await expect(removing).rejects.toThrow(
      "The peer 127.0.0.1, port 5000 knows no other address of ours than 127.0.0.2, and is not told of changes",
    );
    expect(endpoint.addresses).toEqual(["127.0.0.2", "127.0.0.3"]);
    here.on("message", () => {});
    await there.send("still there", { until: "acknowledged" });
    await here.close();
    await endpoint.removeAddresses(["127.0.0.2"]);
    expect(endpoint.addresses).toEqual(["127.0.0.3"]);
  });

  test("gives up one of several", async () => {
    const { endpoint, here, there } = await stage({}, ["127.0.0.2", "127.0.0.3"]);
    await endpoint.removeAddresses(["127.0.0.2"]);
    await expect(endpoint.addAddresses(["127.0.0.2"])).resolves.toBeUndefined();
    await expect(endpoint.removeAddresses(["127.0.0.2", "127.0.0.3"])).rejects.toMatchObject({
      code: "ERR_SCTP_LAST_ADDRESS",
    });
    await here.send("here", { until: "acknowledged" });
    expect(there.remoteAddresses).toEqual(["127.0.0.2", "127.0.0.3"]);
  });
});

describe("where only one side wants authentication (RFC 5061 §4.2.7, §6)", () => {
  const why =
    'ASCONF is offered without AUTH (RFC 5061 4.2.7): set addressReconfiguration alike on both sides, true or \\"unauthenticated\\"';
  const unauthenticated = { addressReconfiguration: "unauthenticated" } as const;

  test("the server says so, and not that nobody listens", async () => {
    const server = await serve(on);
    const refused = await connectTo(server, unauthenticated).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "ERR_SCTP_REFUSED" });
    expect((refused as Error).message).toContain(why);
    expect((refused as Error).message).not.toContain("nobody listens");
  });

  test("the client says so", async () => {
    const server = await serve(unauthenticated);
    const refused = await connectTo(server, on).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "ERR_SCTP_PROTOCOL_VIOLATION" });
    expect((refused as Error).message).toContain(why);
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
