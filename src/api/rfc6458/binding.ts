import { addressFamily, addressScope, type IpAddress } from "../../base/address.ts";
import { acquireDriver, Capture, type Driver, type Lease } from "../../driver/index.ts";
import { limitsIn } from "../message/options.ts";
import { AF_INET6, SCTP_BINDX_ADD_ADDR, SCTP_BINDX_REM_ADDR } from "./constants.ts";
import { SocketError, translating, translatingAsync } from "./errors.ts";
import { association } from "./options/option.ts";
import { leaseOn, SocketPort } from "./port.ts";
import { DEFAULT_UDP_PORT } from "./settings.ts";
import { type ReadAddress, readSockAddr, readSockAddrs } from "./sockaddr.ts";
import { MAX_ADDRESSES, type SocketState, wildcardOf } from "./socket-state.ts";

/** bind() (RFC 6458 §3.1.2, §4.1.2). */
export async function bind(socket: SocketState, value: unknown): Promise<void> {
  socket.checkOpen("bind");
  const address = readSockAddr("bind", value, socket.addressRules);
  checkUnbound(socket, "bind");
  await open(socket, "bind", [address.address], address.port);
}

/** sctp_bindx() (RFC 6458 §9.1): all or none. */
export async function bindx(socket: SocketState, values: unknown, flags: unknown): Promise<void> {
  socket.checkOpen("bindx");
  if (flags !== SCTP_BINDX_ADD_ADDR && flags !== SCTP_BINDX_REM_ADDR) {
    throw new SocketError(
      "EINVAL",
      "bindx",
      "flags are SCTP_BINDX_ADD_ADDR or SCTP_BINDX_REM_ADDR, one of them",
    );
  }
  const addresses = readSockAddrs("bindx", values, socket.addressRules);
  if (addresses.length > MAX_ADDRESSES) {
    throw new SocketError("EINVAL", "bindx", `${addresses.length} addresses are more than ${MAX_ADDRESSES}`);
  }
  if (addresses.length > 1 && addresses.some(({ isWildcard }) => isWildcard)) {
    throw new SocketError("EINVAL", "bindx", "a wildcard cannot be combined with other addresses");
  }
  while (socket.binding !== undefined) await socket.binding;
  if (socket.sharesPort) changeOfAssociation(socket, addresses, flags);
  else if (flags === SCTP_BINDX_REM_ADDR) await remove(socket, addresses);
  else await add(socket, addresses);
}

/** What a socket does that is used unbound: "equivalent to binding with a wildcard address" (RFC 6458 §4.1.5). */
export async function ensureBound(socket: SocketState, syscall: string): Promise<SocketPort> {
  // In one turn with what follows: whoever finds it unbound and free is the one to bind it.
  while (socket.binding !== undefined) await socket.binding;
  socket.checkOpen(syscall);
  if (socket.port === undefined) await open(socket, syscall, [wildcardOf(socket.domain)], 0, 0);
  return socket.bound(syscall);
}

/**
 * A socket that was accepted or peeled off shares the port, with its addresses, with the one that it came from: of those
 * it changes which are its association's, and no others (RFC 6458 §9.1: "optional functionality").
 */
function changeOfAssociation(socket: SocketState, addresses: readonly ReadAddress[], flags: unknown): void {
  const { core } = association(socket, 0, "bindx");
  checkSamePort(socket, addresses);
  checkNoWildcard(addresses);
  const list = addresses.map(({ address }) => address);
  const isAdded = flags === SCTP_BINDX_ADD_ADDR;
  translating("bindx", () =>
    core.changeLocalAddresses({ added: isAdded ? list : [], removed: isAdded ? [] : list }),
  );
  socket.bound("bindx").driver.wake();
}

function checkNoWildcard(addresses: readonly ReadAddress[]): void {
  if (!addresses.some(({ isWildcard }) => isWildcard)) return;
  throw new SocketError("EINVAL", "bindx", "a wildcard cannot be added or removed here, only addresses");
}

/** Begins what `ensureBound` does; undefined while it goes on. That it failed is told by the next call, as SO_ERROR. */
export function boundNow(socket: SocketState, syscall: string): SocketPort | undefined {
  if (socket.port === undefined && socket.binding === undefined) {
    ensureBound(socket, syscall).catch((error: unknown) => {
      if (error instanceof SocketError) socket.error = { code: error.code, text: error.message };
    });
  }
  return socket.port;
}

/** The addresses of the socket (RFC 6458 §9.5); empty when it is unbound. Of one that shares its port, its association's. */
export function localAddresses(socket: SocketState): readonly IpAddress[] {
  if (socket.sharesPort && socket.single !== undefined) return socket.single.core.localAddresses;
  return socket.port?.addresses ?? [];
}

function checkUnbound(socket: SocketState, syscall: string): void {
  if (socket.port === undefined && socket.binding === undefined) return;
  throw new SocketError("EINVAL", syscall, "the socket is bound already; bindx() adds addresses to it");
}

/** RFC 6458 §9.1: "the port given in each socket address must be the same", or zero after the first. */
function commonPort(addresses: readonly ReadAddress[]): number {
  const [first = 0, ...others] = addresses.map(({ port }) => port);
  const odd = others.find((port) => port !== first && (first === 0 || port !== 0));
  if (odd === undefined) return first;
  throw new SocketError("EINVAL", "bindx", `the addresses have different ports, ${first} and ${odd}`);
}

async function add(socket: SocketState, addresses: readonly ReadAddress[]): Promise<void> {
  const list = addresses.map(({ address }) => address);
  if (socket.port === undefined) {
    await open(socket, "bindx", list, commonPort(addresses));
    return;
  }
  checkSamePort(socket, addresses);
  await translatingAsync("bindx", () => socket.bound("bindx").addAddresses(entriesOf(socket, list)));
}

async function remove(socket: SocketState, addresses: readonly ReadAddress[]): Promise<void> {
  const bound = socket.bound("bindx");
  checkSamePort(socket, addresses);
  checkNoWildcard(addresses);
  await translatingAsync("bindx", () => bound.removeAddresses(addresses.map(({ address }) => address)));
}

/** RFC 6458 §9.1: "For an already bound socket, all port numbers provided must be the bound one or 0." */
function checkSamePort(socket: SocketState, addresses: readonly ReadAddress[]): void {
  const { endpoint } = socket.bound("bindx");
  const odd = addresses.find(({ port }) => port !== 0 && port !== endpoint.port);
  if (odd === undefined) return;
  throw new SocketError("EINVAL", "bindx", `the socket is bound to port ${endpoint.port}, not ${odd.port}`);
}

function open(
  socket: SocketState,
  syscall: string,
  addresses: readonly IpAddress[],
  port: number,
  udpPort: number = DEFAULT_UDP_PORT,
): Promise<void> {
  const opening = translatingAsync(syscall, () => openPort(socket, addresses, port, udpPort)).finally(() => {
    socket.binding = undefined;
    // Who found it unbound may try again.
    socket.wakeReaders();
  });
  socket.binding = opening.catch(() => {});
  return opening;
}

async function openPort(
  socket: SocketState,
  addresses: readonly IpAddress[],
  port: number,
  udpPort: number,
): Promise<void> {
  const { driver } = socket.options;
  const lease: Lease =
    driver === undefined
      ? await leaseHere(socket, addresses, udpPort)
      : await leaseThere(socket, addresses, driver);
  let capture: Capture | undefined;
  try {
    if (socket.options.capture !== undefined) capture = await Capture.open(socket.options.capture);
    socket.checkOpen("bind");
    socket.port = new SocketPort(lease, {
      port,
      config: socket.config,
      reusePort: socket.settings.reusesPort,
      wildcards: addresses.filter((address) => addressScope(address) === "unspecified"),
      capture,
    });
  } catch (error) {
    await capture?.end();
    await lease.release();
    throw error;
  }
  socket.port.listener = socket;
  socket.port.retain();
  socket.port.hold(socket.isReferenced);
}

function leaseHere(socket: SocketState, addresses: readonly IpAddress[], udpPort: number): Promise<Lease> {
  return acquireDriver({
    udpPort: socket.options.udpPort ?? udpPort,
    addresses: entriesOf(socket, addresses),
    limits: limitsIn(socket.options),
    onAddresses: (now) => socket.port?.onAddresses(now),
  });
}

/** On a driver of the caller's, wildcards are the addresses that it has. */
function leaseThere(socket: SocketState, addresses: readonly IpAddress[], driver: Driver): Promise<Lease> {
  const entries = entriesOf(socket, addresses);
  const families = new Set(
    entries.flatMap((entry) => (entry === "0.0.0.0" ? [4] : entry === "::" ? [6] : [])),
  );
  const all = driver.addresses.filter((address) => families.has(addressFamily(address)));
  const named = addresses.filter((address) => addressScope(address) !== "unspecified");
  return leaseOn(driver, [...new Set([...named, ...all])]);
}

/** The wildcard of an IPv6 socket means both families, unless IPV6_V6ONLY is on (RFC 6458 §3.1.1). */
function entriesOf(socket: SocketState, addresses: readonly IpAddress[]): readonly IpAddress[] {
  const isDual = socket.domain === AF_INET6 && !socket.settings.v6Only;
  return addresses.flatMap((address) =>
    address === "::" && isDual ? [address, "0.0.0.0" as IpAddress] : [address],
  );
}
