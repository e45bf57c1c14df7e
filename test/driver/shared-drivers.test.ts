import { afterEach, describe, expect, test, vi } from "vitest";
import { UdpTransport } from "../../src/datagram/udp.ts";
import type { DriverLease } from "../../src/driver/driver-lease.ts";
import { SharedDrivers } from "../../src/driver/shared-drivers.ts";
import { ip, openHandles, rejection, untilReleased } from "../datagram/support.ts";
import { FakeStack } from "./support.ts";

const A = ip("127.0.0.1");
const B = ip("127.0.0.2");
const C = ip("127.0.0.3");

const drivers = new SharedDrivers(() => new FakeStack());
const leases: DriverLease<FakeStack>[] = [];

afterEach(async () => {
  for (const lease of leases.splice(0)) await lease.release();
});

async function acquire(udpPort: number, ...addresses: string[]): Promise<DriverLease<FakeStack>> {
  const lease = await drivers.acquire({ udpPort, addresses });
  leases.push(lease);
  return lease;
}

/** A UDP port that is free at this moment. */
async function freePort(): Promise<number> {
  const transport = await UdpTransport.open({ port: 0, addresses: [A, B, C] });
  await transport.close();
  return transport.port;
}

describe("§3.7 the endpoints of a process share a UDP port", () => {
  test("one driver, and each address open until its last lease is released", async () => {
    const port = await freePort();
    const one = await acquire(port, A, B);
    const two = await acquire(port, B, C);
    expect(two.driver).toBe(one.driver);
    expect(one.addresses).toEqual([A, B]);
    expect(two.addresses).toEqual([B, C]);
    expect(one.driver.stack.addresses).toEqual([A, B, C]);
    await one.release();
    await one.release();
    expect(two.driver.addresses).toEqual([B, C]);
    await two.release();
    const again = await acquire(port, A, B, C);
    expect(again.driver).not.toBe(one.driver);
  });

  test("two that come at once get one driver", async () => {
    const port = await freePort();
    const [one, two] = await Promise.all([acquire(port, A), acquire(port, A)]);
    expect(two.driver).toBe(one.driver);
  });

  test("port 0 is a driver of its own, that others can ask for by its number", async () => {
    const [one, two] = [await acquire(0, A), await acquire(0, A)];
    expect(two.driver).not.toBe(one.driver);
    expect(two.driver.udpPort).not.toBe(one.driver.udpPort);
    const three = await acquire(one.driver.udpPort, B);
    expect(three.driver).toBe(one.driver);
  });

  test("a request that fails leaves the others as they were, and nothing open", async () => {
    const before = openHandles();
    const one = await acquire(0, A);
    const port = one.driver.udpPort;
    expect((await rejection(acquire(port, B, "192.0.2.77"))).code).toBe("ERR_SCTP_ADDRESS_UNAVAILABLE");
    expect(one.driver.addresses).toEqual([A]);
    await one.release();
    expect((await rejection(acquire(port, A, "192.0.2.77"))).code).toBe("ERR_SCTP_ADDRESS_UNAVAILABLE");
    await untilReleased(before);
  });

  test("a port that another process has is an error, not a share", async () => {
    const other = await UdpTransport.open({ port: 0, addresses: [B] });
    const error = await rejection(acquire(other.port, A, B));
    await other.close();
    expect(error.code).toBe("ERR_SCTP_PORT_IN_USE");
  });
});

describe("§3.4 the addresses of a lease", () => {
  test("come and go, many at a time, as often as wanted", async () => {
    const lease = await acquire(0, A);
    for (let i = 0; i < 3; i++) {
      expect(await lease.add([B, C, A])).toEqual([B, C]);
      expect(lease.driver.stack.addresses).toEqual([A, B, C]);
      await lease.remove([C, B]);
      expect(lease.driver.stack.addresses).toEqual([A]);
    }
  });

  test("never end: the last one stays, though others share the driver", async () => {
    const one = await acquire(0, A);
    await acquire(one.driver.udpPort, B);
    expect((await rejection(one.remove([A]))).code).toBe("ERR_SCTP_LAST_ADDRESS");
    expect((await rejection(one.remove([B]))).code).toBe("ERR_SCTP_UNKNOWN_ADDRESS");
    expect(one.addresses).toEqual([A]);
  });

  test("are added all or none", async () => {
    const lease = await acquire(0, A);
    await rejection(lease.add([B, "192.0.2.77"]));
    await rejection(lease.add([B, "1.2.3"]));
    expect(lease.addresses).toEqual([A]);
    expect(lease.driver.addresses).toEqual([A]);
  });

  test("are gone with the release", async () => {
    const lease = await acquire(0, A);
    await lease.release();
    expect((await rejection(lease.add([B]))).code).toBe("ERR_SCTP_CLOSED");
  });
});

describe("§3.5 wildcard", () => {
  test("every address has its socket; with those named besides", async () => {
    const lease = await acquire(0, "0.0.0.0", "127.0.0.9");
    expect(lease.addresses).toContain("127.0.0.1");
    expect(lease.addresses).toContain("127.0.0.9");
    expect(lease.driver.addresses).toEqual(lease.addresses);
  });

  test("holds no process by its watch, which ends with the lease", async () => {
    const before = openHandles();
    const [set, cleared] = [vi.spyOn(globalThis, "setInterval"), vi.spyOn(globalThis, "clearInterval")];
    const lease = await acquire(0, "0.0.0.0");
    await untilReleased(before);
    const watch = set.mock.results[0]?.value;
    await lease.release();
    expect(watch).toBeDefined();
    expect(cleared).toHaveBeenCalledWith(watch);
    vi.restoreAllMocks();
  });

  test("on a port that is taken at one address is an error", async () => {
    const other = await UdpTransport.open({ port: 0, addresses: [A] });
    expect((await rejection(acquire(other.port, "0.0.0.0"))).code).toBe("ERR_SCTP_PORT_IN_USE");
    await other.close();
  });

  test("on a shared port that is taken at one address gives back what it bound", async () => {
    const one = await acquire(0, B);
    const other = await UdpTransport.open({ port: one.driver.udpPort, addresses: [A] });
    expect((await rejection(acquire(one.driver.udpPort, C, "0.0.0.0"))).code).toBe("ERR_SCTP_PORT_IN_USE");
    expect(one.driver.addresses).toEqual([B]);
    await other.close();
  });
});
