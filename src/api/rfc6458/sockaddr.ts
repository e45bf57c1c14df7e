import { addressFamily, addressScope, type IpAddress, mapped, parseAddress } from "../../base/address.ts";
import { AF_INET, AF_INET6 } from "./constants.ts";
import { SocketError } from "./errors.ts";

/** A socket address; the shape of `net.AddressInfo`. Stands for sockaddr_in, sockaddr_in6 and sockaddr_storage. */
export interface SockAddr {
  /** AF_INET ("IPv4") or AF_INET6 ("IPv6"). What is handed in may leave it out: the text of the address tells it. */
  readonly family?: string | undefined;
  /** An IP address: "192.0.2.1", "2001:db8::1", "fe80::1%eth0", "::ffff:192.0.2.1"; "0.0.0.0" and "::" are wildcards. */
  readonly address: string;
  /** SCTP port, 0 to 65,535. Default 0. */
  readonly port?: number | undefined;
}

/** A socket address as calls return it, with nothing left out. */
export interface FullSockAddr {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly address: string;
  readonly port: number;
}

/** A socket address that was read and found to fit its socket. */
export interface ReadAddress {
  readonly address: IpAddress;
  readonly port: number;
  readonly isWildcard: boolean;
}

/** What a socket's domain says of its addresses. */
export interface AddressRules {
  readonly domain: typeof AF_INET | typeof AF_INET6;
  /** IPV6_V6ONLY. */
  readonly v6Only: boolean;
}

/**
 * Reads an address for a socket. An IPv4 socket takes IPv4 alone; an IPv6 socket takes both, IPv4 also as
 * "::ffff:a.b.c.d" (RFC 6458 §3.1.2), unless IPV6_V6ONLY is on. Throws EINVAL.
 */
export function readSockAddr(syscall: string, value: unknown, rules: AddressRules): ReadAddress {
  const { family, address: text, port = 0 } = fieldsOf(syscall, value);
  const address = typeof text === "string" ? parseAddress(text) : undefined;
  if (address === undefined) throw invalid(syscall, `${shown(text)} is not an IP address`);
  if (family !== undefined && family !== AF_INET && family !== AF_INET6) {
    throw invalid(
      syscall,
      `the family of ${text} is AF_INET ("${AF_INET}") or AF_INET6 ("${AF_INET6}"), not ${shown(family)}`,
    );
  }
  // The text tells the family: "::ffff:a.b.c.d" is written as AF_INET6 and means IPv4.
  if (family !== undefined && family !== familyOfText(String(text))) {
    throw invalid(syscall, `${text} is no address of the family ${family}`);
  }
  checkPort(syscall, port);
  const isMappedOrV4 = addressFamily(address) === 4;
  if (rules.domain === AF_INET && familyOfText(String(text)) === AF_INET6) {
    throw invalid(
      syscall,
      `${text} is IPv6, and this is an AF_INET socket: make it with socket(AF_INET6, …)`,
    );
  }
  if (rules.domain === AF_INET6 && rules.v6Only && isMappedOrV4) {
    throw invalid(syscall, `${text} is IPv4, and IPV6_V6ONLY is on for this socket`);
  }
  return { address, port: port as number, isWildcard: addressScope(address) === "unspecified" };
}

/** Reads one address or a list of them, at least one. Throws EINVAL. */
export function readSockAddrs(syscall: string, value: unknown, rules: AddressRules): ReadAddress[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw invalid(syscall, "the list of addresses is empty");
  return list.map((each) => readSockAddr(syscall, each, rules));
}

/**
 * An address for the user: IPv4 is shown as it is, or on an IPv6 socket with SCTP_I_WANT_MAPPED_V4_ADDR as
 * "::ffff:a.b.c.d" (RFC 6458 §8.1.15).
 */
export function sockAddr(address: IpAddress, port: number, wantsMapped: boolean): FullSockAddr {
  if (addressFamily(address) === 6) return { family: AF_INET6, address, port };
  return wantsMapped
    ? { family: AF_INET6, address: mapped(address), port }
    : { family: AF_INET, address, port };
}

function familyOfText(text: string): typeof AF_INET | typeof AF_INET6 {
  return text.includes(":") ? AF_INET6 : AF_INET;
}

function fieldsOf(syscall: string, value: unknown): { family?: unknown; address?: unknown; port?: unknown } {
  if (typeof value !== "object" || value === null) {
    throw invalid(syscall, `an address is an object { address, port }, not ${shown(value)}`);
  }
  const odd = Object.keys(value).find((key) => !["family", "address", "port"].includes(key));
  if (odd === undefined) return value;
  throw invalid(syscall, `an address is { family, address, port }, and has no ${odd}`);
}

function checkPort(syscall: string, port: unknown): void {
  if (Number.isInteger(port) && (port as number) >= 0 && (port as number) <= 65_535) return;
  throw invalid(syscall, `an SCTP port is a whole number from 0 to 65535, not ${shown(port)}`);
}

function invalid(syscall: string, message: string): SocketError {
  return new SocketError("EINVAL", syscall, message);
}

function shown(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : String(value);
}
