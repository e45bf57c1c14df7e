import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { addressFamily } from "../../src/base/address.ts";
import { interfaceMtu, interfaceOf, localAddresses } from "../../src/datagram/interfaces.ts";
import { localAddressesTowards, selectLocalAddresses } from "../../src/datagram/local-addresses.ts";
import { resolveHost, sourceTowards } from "../../src/datagram/routes.ts";
import { ip, rejection } from "./support.ts";

const loopback =
  Object.entries(networkInterfaces()).find(([, entries]) => entries?.[0]?.internal)?.[0] ?? "lo";

describe("§3.5 where addresses are taken", () => {
  test("a wildcard means every address of its family", async () => {
    const v4 = await selectLocalAddresses(["0.0.0.0"]);
    expect(v4.fixed).toEqual([]);
    expect(v4.current?.()).toContain("127.0.0.1");
    expect(v4.current?.().every((address) => addressFamily(address) === 4)).toBe(true);
    const v6 = await selectLocalAddresses(["::"]);
    expect(v6.current?.().every((address) => addressFamily(address) === 6)).toBe(true);
  });

  test("the name of an interface means its addresses, and those named besides are not in it twice", async () => {
    expect((await selectLocalAddresses([loopback])).current?.()).toContain("127.0.0.1");
    const both = await selectLocalAddresses(["127.0.0.1", loopback]);
    expect(both.fixed).toEqual(["127.0.0.1"]);
    expect(both.current?.()).not.toContain("127.0.0.1");
  });

  test("a host name means every address that it has", async () => {
    const { fixed, current } = await selectLocalAddresses(["localhost", "127.0.0.2"]);
    expect(fixed).toContain("127.0.0.2");
    expect(fixed.length).toBeGreaterThan(1);
    expect(current).toBeUndefined();
  });

  test("a client that names none binds by route", async () => {
    const destinations = [ip("127.0.0.2"), ip("127.0.0.3"), ip("255.255.255.255")];
    expect(await localAddressesTowards(destinations)).toEqual([ip("127.0.0.1")]);
  });
});

describe("§3.2 a malformed list is refused whole, by the name of its entry", () => {
  test.each(["127.0.0.300", "1.2.3", "", "fe80::zz", ":::", "224.0.0.1", "ff02::1"])(
    '"%s"',
    async (entry) => {
      const error = await rejection(selectLocalAddresses(["127.0.0.1", entry]));
      expect(error.code).toBe("ERR_SCTP_INVALID_ADDRESS");
      expect(error.message).toContain(`"${entry}"`);
    },
  );

  test("a name that nobody knows", async () => {
    const error = await rejection(selectLocalAddresses(["127.0.0.1", "nobody.invalid"]));
    expect(error.code).toBe("ERR_SCTP_LOOKUP");
    expect(error.message).toContain("nobody.invalid");
  });

  test("an empty list", async () => {
    expect((await rejection(selectLocalAddresses([]))).code).toBe("ERR_SCTP_INVALID_OPTION");
  });
});

describe("what is known of addresses", () => {
  test("§3.8 a link-local address carries its interface", () => {
    for (const { address, interfaceName } of localAddresses()) {
      if (address.startsWith("fe80:")) expect(address.endsWith(`%${interfaceName}`)).toBe(true);
      else expect(address).not.toContain("%");
    }
  });

  test("the interface of an address; of all of 127.0.0.0/8 the loopback", () => {
    const locals = localAddresses();
    expect(interfaceOf(ip("127.0.0.1"), locals)).toBe(loopback);
    expect(interfaceOf(ip("127.9.9.9"), locals)).toBe(loopback);
    expect(interfaceOf(ip("192.0.2.77"), locals)).toBeUndefined();
  });

  test("§3.15 the MTU of an interface that does not tell it is 1,500", () => {
    expect(interfaceMtu("no-such-interface")).toBe(1_500);
  });

  test("§3.10 the source towards a destination; none where nothing leads", async () => {
    expect(await sourceTowards(ip("127.0.0.2"))).toBe("127.0.0.1");
    expect(await sourceTowards(ip("::1"))).toBe("::1");
    expect(await sourceTowards(ip("255.255.255.255"))).toBeUndefined();
    expect(await sourceTowards(ip("0.0.0.0"))).toBeUndefined();
  });

  test("an address in text resolves to itself, in its canonical form", async () => {
    expect(await resolveHost("::FFFF:127.0.0.1")).toEqual(["127.0.0.1"]);
    expect(await resolveHost("0:0:0:0:0:0:0:1")).toEqual(["::1"]);
  });
});
