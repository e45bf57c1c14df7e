import { createSocket } from "node:dgram";
import { afterEach, describe, expect, test } from "vitest";
import { defaultConfig } from "../../src/association/config.ts";
import type { IpAddress } from "../../src/base/address.ts";
import { fromDgramSocket } from "../../src/datagram/own-socket.ts";
import type { Driver } from "../../src/driver/driver.ts";
import type { DriverLease } from "../../src/driver/driver-lease.ts";
import { acquireDriver, adoptTransport } from "../../src/driver/process-drivers.ts";
import type { Association, Endpoint, StackEvent } from "../../src/stack/index.ts";
import { ip, openHandles, untilReleased } from "../datagram/support.ts";

const leases: DriverLease[] = [];

afterEach(async () => {
  for (const lease of leases.splice(0)) await lease.release();
});

/** Waits for one event of an endpoint at a time. */
function listen(driver: Driver, endpoint: Endpoint): (type: StackEvent["type"]) => Promise<Association> {
  const seen: StackEvent[] = [];
  let look = (): void => {};
  driver.attach(endpoint, (event) => {
    seen.push(event);
    look();
  });
  return (type) =>
    new Promise((resolve) => {
      look = () => {
        const event = seen.find((each) => each.type === type);
        if (event !== undefined) resolve(event.association);
      };
      look();
    });
}

function endpointOn(lease: DriverLease, listening: boolean): Endpoint {
  leases.push(lease);
  const { driver, addresses } = lease;
  return driver.stack.createEndpoint({
    port: listening ? 5_000 : 0,
    addresses,
    listening,
    config: defaultConfig,
  });
}

/** Opens an association from `client` to `server` and takes a message across. */
async function exchange(client: DriverLease, server: DriverLease, addresses: IpAddress[]): Promise<void> {
  const [serverEndpoint, clientEndpoint] = [endpointOn(server, true), endpointOn(client, false)];
  const atServer = listen(server.driver, serverEndpoint);
  const atClient = listen(client.driver, clientEndpoint);
  const association = clientEndpoint.connect(client.driver.now(), {
    port: 5_000,
    addresses,
    udpPort: server.driver.udpPort,
  });
  client.driver.wake();
  await atClient("established");
  association.send(client.driver.now(), {
    data: new TextEncoder().encode("across"),
    stream: 3,
    ppid: 46,
    unordered: false,
    more: false,
    context: undefined,
    notify: false,
    immediate: false,
    destination: undefined,
    lifetime: Number.POSITIVE_INFINITY,
  });
  client.driver.wake();
  const received = (await atServer("readable")).receive();
  expect(new TextDecoder().decode(received?.data)).toBe("across");
  expect(received).toMatchObject({ stream: 3, ppid: 46 });
  association.shutdown(client.driver.now());
  client.driver.wake();
  await Promise.all([atClient("closed"), atServer("closed")]);
  serverEndpoint.close();
  clientEndpoint.close();
}

describe("an association over real sockets", () => {
  test("between two drivers, v4 and v6, and no handle is left", async () => {
    const before = openHandles();
    const server = await acquireDriver({ udpPort: 0, addresses: ["127.0.0.1", "::1"] });
    const client = await acquireDriver({ udpPort: 0, addresses: ["127.0.0.1", "::1"] });
    await exchange(client, server, [ip("::1"), ip("127.0.0.1")]);
    await Promise.all([client.release(), server.release()]);
    await untilReleased(before);
  });

  test("§3.7 between two endpoints that share a UDP port", async () => {
    const server = await acquireDriver({ udpPort: 0, addresses: ["127.0.0.1"] });
    const client = await acquireDriver({ udpPort: server.driver.udpPort, addresses: ["127.0.0.2"] });
    expect(client.driver).toBe(server.driver);
    await exchange(client, server, [ip("127.0.0.1")]);
  });

  test("over a dgram socket of the caller's", async () => {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const server = await acquireDriver({ udpPort: 0, addresses: ["127.0.0.2"] });
    await exchange(adoptTransport(fromDgramSocket(socket)), server, [ip("127.0.0.2")]);
  });
});
