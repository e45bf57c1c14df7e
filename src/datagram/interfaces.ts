import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import {
  type AddressFamily,
  addressFamily,
  addressScope,
  type IpAddress,
  parseAddress,
} from "../base/address.ts";

/** The MTU, in bytes, of an interface that does not tell its own: Ethernet's. */
const DEFAULT_MTU = 1_500;

/** An address that an interface of this machine has. */
export interface LocalAddress {
  readonly address: IpAddress;
  readonly interfaceName: string;
}

/**
 * The addresses of this machine's interfaces that are up, in the system's order. A link-local IPv6 address comes with
 * its interface as scope id. IPv6 addresses still in duplicate detection may be among them, and cannot be bound yet.
 */
export function localAddresses(): LocalAddress[] {
  const found: LocalAddress[] = [];
  for (const [interfaceName, entries] of Object.entries(networkInterfaces())) {
    for (const entry of entries ?? []) {
      // Only link-local addresses have a scope id other than 0; without it they mean nothing.
      const scoped = entry.family === "IPv6" && entry.scopeid !== 0;
      const address = parseAddress(scoped ? `${entry.address}%${interfaceName}` : entry.address);
      if (address !== undefined) found.push({ address, interfaceName });
    }
  }
  return found;
}

/** Every usable local address of one family: what the wildcard of that family means. */
export function addressesOfFamily(family: AddressFamily): IpAddress[] {
  return localAddresses()
    .map((local) => local.address)
    .filter((address) => addressFamily(address) === family);
}

/** The addresses of one interface; none when it is down or not there. */
export function addressesOfInterface(name: string): IpAddress[] {
  return localAddresses()
    .filter((local) => local.interfaceName === name)
    .map((local) => local.address);
}

/** Whether there is an interface of this name with at least one address. */
export function isInterface(name: string): boolean {
  return networkInterfaces()[name] !== undefined;
}

/** The interface that has `address`; for any address of 127.0.0.0/8 the loopback interface. */
export function interfaceOf(address: IpAddress, locals: readonly LocalAddress[]): string | undefined {
  const exact = locals.find((local) => local.address === address);
  if (exact !== undefined || addressScope(address) !== "loopback") return exact?.interfaceName;
  return locals.find((local) => addressScope(local.address) === "loopback")?.interfaceName;
}

/** MTU of an interface: bytes of an IP packet. Only Linux tells; elsewhere, and when it is gone, 1,500. */
export function interfaceMtu(name: string): number {
  try {
    const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, "latin1"));
    return Number.isInteger(mtu) && mtu > 0 ? mtu : DEFAULT_MTU;
  } catch {
    return DEFAULT_MTU;
  }
}
